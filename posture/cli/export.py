"""Command that writes an analysis for other programs: export."""

from __future__ import annotations

from pathlib import Path

import click

from posture.cli.options import LANG, told, words_for


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "asked",
    metavar="csv|parquet|trc|mot|c3d|netcdf|xlsx",
    help="What to write. Default: what the name of OUT ends with (netCDF: .nc).",
)
@LANG
def export(place: Path, out: Path, asked: str | None, lang: str | None) -> None:
    """Write the analysis in PLACE (a results folder, or an analysis.json) as the file OUT.

    csv and parquet: every angle over time. mot: the same for OpenSim. trc, c3d: body points in
    metres and millimetres (needs --height-cm, or the printed sheet, when the clip was analysed).
    netcdf: body points in pixels, for `movement`. xlsx: all measures; PLACE may then hold many
    analyses, such as one client's visits. What is in it stands beside it, in OUT.dictionary.csv.
    """
    from posture.exports.export import export as write  # noqa: PLC0415 - no other command needs it

    words = words_for(lang)
    with told(words):
        for path in write(place, out, words, asked):
            click.echo(str(path))
