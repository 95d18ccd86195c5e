"""A folder of results, or an analysis, into one file of another program, with its dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from posture import received
from posture.errors import BadSettings, CannotWrite, UnusableClip
from posture.exports.c3d import write_c3d
from posture.exports.dictionary import dictionary_csv
from posture.exports.netcdf import write_netcdf
from posture.exports.opensim import write_mot, write_trc
from posture.exports.tabular import write_csv, write_parquet
from posture.exports.workbook import write_workbook
from posture.files import whole_file, write_text
from posture.formats.analysis import load_analysis
from posture.formats.places import analyses_in
from posture.outputs.words import Words
from posture.types import Analysis

WORKBOOK = "xlsx"
_WRITERS: Mapping[str, Callable[[Analysis, Path, str], None]] = {
    "csv": lambda analysis, path, _: write_csv(analysis, path),
    "parquet": lambda analysis, path, _: write_parquet(analysis, path),
    "trc": write_trc,
    "mot": write_mot,
    "c3d": lambda analysis, path, _: write_c3d(analysis, path),
    "netcdf": lambda analysis, path, _: write_netcdf(analysis, path),
}
FORMATS = (*_WRITERS, WORKBOOK)
_ENDINGS = {".nc": "netcdf"}


def format_of(out: Path, asked: str | None) -> str:
    """Return the format that was asked for, or the one that a file's name says.

    Raises
    ------
    BadSettings
        There is none of that name.
    """
    ending = out.suffix.casefold()
    found = asked or _ENDINGS.get(ending, ending.removeprefix("."))
    if found not in FORMATS:
        raise BadSettings("export_format", format=found or "?", known=", ".join(FORMATS))
    return found


def export(place: Path, out: Path, words: Words, asked: str | None = None) -> tuple[Path, Path]:
    """Write the export of a results folder and its dictionary; return where both are.

    `place` is an analysis (its folder or analysis.json); for a workbook also a folder that has
    any number of them below, such as a client's visits, taken in the order of their names.

    Raises
    ------
    PostureError
        Nothing to export, no such format, something in the way; nothing was changed.
    """
    kind = format_of(out, asked)
    beside = out.with_name(f"{out.name}.dictionary.csv")
    for path in (out, beside):
        if path.exists():
            raise CannotWrite("export_in_the_way", path=str(path))
    analyses = {name: load_analysis(path) for name, path in analyses_in(place).items()}
    if kind != WORKBOOK and len(analyses) > 1:
        raise UnusableClip("export_several", path=str(place), count=len(analyses))
    with whole_file(out) as part:
        if kind == WORKBOOK:
            write_workbook(analyses, part, words)
        else:
            called = received.line(received.written(out.name))  # stands in one line of the file
            _WRITERS[kind](next(iter(analyses.values())), part, called)
    write_text(beside, dictionary_csv([*analyses.values()]))
    return out, beside
