"""One client over time as an Excel workbook: every measure of every visit, and side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from posture import received
from posture.distribution import EXCEL
from posture.exports.dictionary import HEADING, dictionary
from posture.exports.tabular import require
from posture.outputs.tables import uncorrected_cell
from posture.outputs.words import Words
from posture.types import Analysis, Measure

if TYPE_CHECKING:
    import xlsxwriter

COLUMNS = (
    *("visit", "file", "activity", "segment", "measure", "name", "side"),
    *("value", "sd", "unit", "quality", "reason", "uncorrected"),
)
Key = tuple[str, str, str, str]  # activity, measure, side, unit


def write_workbook(analyses: Mapping[str, Analysis], path: Path, words: Words) -> None:
    """Write the sheets `measures`, `over_time` and `dictionary`; numbers are in file units.

    `analyses` by what each visit or clip is called, in the order of time.

    Raises
    ------
    MissingLibrary
        XlsxWriter is not installed.
    """
    require("xlsxwriter", EXCEL)
    import xlsxwriter  # noqa: PLC0415 - may be missing

    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        _put(book, "measures", COLUMNS, list(_rows(analyses, words)))
        keys, table = _over_time(analyses)
        rows: list[list[float | str]] = [
            [*key, _called(key[1], words), *table[key]] for key in keys
        ]
        _put(book, "over_time", ("activity", "measure", "side", "unit", "name", *analyses), rows)
        _put(book, "dictionary", HEADING, [list(row) for row in dictionary([*analyses.values()])])


def _rows(analyses: Mapping[str, Analysis], words: Words) -> list[list[float | str]]:
    return [
        [
            visit,
            analysis.clip.file,
            measure.activity.value,
            "" if measure.segment is None else measure.segment,
            measure.name,
            _called(measure.name, words),
            measure.side.value,
            measure.value,
            measure.sd,
            measure.unit,
            measure.quality.value,
            words.sentence(measure.reason) if measure.reason else "",
            uncorrected_cell(measure),
        ]
        for visit, analysis in analyses.items()
        for measure in analysis.measures
    ]


def _called(measure: str, words: Words) -> str:
    """Return a measure's name for people; of one that another version measured, its own."""
    return words.tables["measures"].get(measure, measure)


def _over_time(
    analyses: Mapping[str, Analysis],
) -> tuple[Sequence[Key], Mapping[Key, Sequence[float]]]:
    """Return the value of each quantity at each visit; of several in one, the first."""
    table: dict[Key, list[float]] = {}
    for place, analysis in enumerate(analyses.values()):
        for measure in analysis.measures:
            row = table.setdefault(_key(measure), [math.nan] * len(analyses))
            if math.isnan(row[place]):
                row[place] = measure.value
    keys = [key for key, row in table.items() if any(map(math.isfinite, row))]
    return keys, table


def _key(measure: Measure) -> Key:
    return measure.activity.value, measure.name, measure.side.value, measure.unit


def _put(
    book: xlsxwriter.Workbook,
    name: str,
    heading: Sequence[str],
    rows: Sequence[Sequence[float | str]],
) -> None:
    """Write a sheet; a number that is not known leaves its cell empty, a text is never run."""
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    for column, told in enumerate(heading):
        sheet.write_string(0, column, received.written(told), bold)
        sheet.set_column(column, column, max(10, min(40, len(told) + 2)))
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    sheet.write_string(at, column, received.written(value))
            elif math.isfinite(value):
                sheet.write_number(at, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(heading) - 1)
