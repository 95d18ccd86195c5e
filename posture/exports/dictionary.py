"""What every column, quantity and unit of an export is: made of the tables, shipped beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from posture.exports.courses import COLUMNS, PHASES
from posture.measures.doubt import doubt_rows
from posture.outputs.words import load_words
from posture.types import UNITS, Analysis

HEADING = ("kind", "name", "activity", "unit", "en", "ja", "positive", "source")
Row = tuple[str, str, str, str, str, str, str, str]


def dictionary(analyses: Sequence[Analysis]) -> tuple[Row, ...]:
    """Return a row for each thing that the exports of these analyses can hold.

    `positive` says what a positive value means, `source` where the stated error comes from.
    """
    return (*_columns(), *_quantities(analyses), *_measures(analyses), *_units())


def dictionary_csv(analyses: Sequence[Analysis]) -> str:
    """Return the dictionary as a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(dictionary(analyses))
    return text.getvalue()


def _columns() -> Iterator[Row]:
    for name in COLUMNS:
        yield ("column", name, "", "", *_both("export", f"column_{name}"), "", "")
    for name in PHASES:
        yield ("phase", name, "", "", *_both("export", f"phase_{name}"), "", "")


def _quantities(analyses: Sequence[Analysis]) -> Iterator[Row]:
    told = {
        (signal.name, signal.unit): signal.positive
        for analysis in analyses
        for signal in analysis.signals
    }
    for (name, unit), positive in sorted(told.items()):
        said = _both("export", f"signal_{name}", name)
        yield (
            "signal",
            name,
            "",
            unit,
            *_both("web", f"pages_js_signal_{name}", *said),
            positive,
            "",
        )


def _measures(analyses: Sequence[Analysis]) -> Iterator[Row]:
    rows = doubt_rows()
    seen = {
        (measure.activity, measure.name, measure.unit)
        for analysis in analyses
        for measure in analysis.measures
    }
    for activity, name, unit in sorted(seen, key=lambda one: (one[0].value, *one[1:])):
        row = rows.get((activity, name))
        source = row.source if row else ""
        yield ("measure", name, activity.value, unit, *_both("measures", name), "", source)


def _units() -> Iterator[Row]:
    for unit in UNITS:
        yield ("unit", unit, "", unit, *_both("export", f"unit_{unit}"), "", "")


def _both(table: str, code: str, en: str = "", ja: str = "") -> tuple[str, str]:
    """Return what something is called in both languages, or what is given where it is not said."""
    return (
        load_words("en").tables[table].get(code, en),
        load_words("ja").tables[table].get(code, ja or en),
    )
