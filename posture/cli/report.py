"""Command that makes a PDF of a report: report."""

from __future__ import annotations

from pathlib import Path

import click

from posture.cli.options import LANG, told, words_for
from posture.errors import UnusableClip


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.option(
    "--pdf",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it. Default: beside the report, as report.pdf.",
)
@LANG
def report(place: Path, out: Path | None, lang: str | None) -> None:
    """Print the report in PLACE (a results folder, or a report.html) as PDF.

    It is printed by the Chrome, Edge, Chromium or Brave of this machine, without a window and
    without the network.
    """
    from posture.printing import print_page  # noqa: PLC0415 - no other command needs it

    words = words_for(lang)
    page = place / "report.html" if place.is_dir() else place
    with told(words):
        if not page.is_file():
            raise UnusableClip("no_report", path=str(place))
        pdf = page.with_suffix(".pdf") if out is None else out
        print_page(page, pdf)
        click.echo(words.ui("report_printed", path=pdf))
