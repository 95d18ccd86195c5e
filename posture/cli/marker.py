"""Command of the printed sheet: marker."""

from __future__ import annotations

from pathlib import Path

import click

from posture.cli.options import LANG, told, words_for


@click.command()
@click.option(
    "--pdf",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Where to write it.",
)
@LANG
def marker(out: Path, lang: str | None) -> None:
    """Write a sheet to print (A4) that stands beside the client and is measured by.

    Clips in which it is seen are measured in cm without a height, and the camera's roll and tilt
    are corrected. How to use it stands on its second page.
    """
    from posture.files import write_with  # noqa: PLC0415 - no other command needs it
    from posture.outputs.marker import marker_pdf  # noqa: PLC0415 - as above

    def write(part: Path) -> None:
        part.write_bytes(marker_pdf())

    words = words_for(lang)
    with told(words):
        write_with(out, write)
        click.echo(words.of("marker", "sheet_written").format(path=out))
