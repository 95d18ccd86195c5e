"""Command that compares two visits of one person: compare."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from posture.cli.options import LANG, told, words_for
from posture.types import Analysis


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Every measure, not only those followed.")
@LANG
def compare(before: Path, after: Path, *, everything: bool, lang: str | None) -> None:
    """Say what changed from the results in BEFORE to those in AFTER, of one person.

    Each is a results folder of `analyse` or `check`, or an analysis.json. A difference is called a
    change where it is larger than measuring the same body twice would give in 95 of 100 cases.
    """
    from posture.formats.analysis import load_analysis  # noqa: PLC0415 - loads all that measures
    from posture.formats.places import analyses_in  # noqa: PLC0415
    from posture.outputs.comparison import comparison  # noqa: PLC0415

    words = words_for(lang)

    def loaded(path: Path) -> Analysis:
        with told(words, str(path)):
            return load_analysis(path)

    with told(words):
        old, new = ([loaded(path) for path in analyses_in(p).values()] for p in (before, after))
        Console(highlight=False).print(comparison(old, new, words, everything=everything))
