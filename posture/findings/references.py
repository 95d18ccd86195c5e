"""Published ranges: the only numbers a measure may be placed against."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from posture.types import Activity, Reference


@cache
def load_references() -> tuple[Reference, ...]:
    """Read and check the whole table; bad rows stop the program, all named at once.

    Source
        references.toml, which says for each row who was measured, by what means and where.
    """
    text = files("posture.findings").joinpath("references.toml").read_text("utf-8")
    return parse_references(text)


def parse_references(text: str) -> tuple[Reference, ...]:
    """Turn the text of a table into rows; every fault in it is reported."""
    rows: list[Reference] = []
    faults: list[str] = []
    for number, entry in enumerate(tomllib.loads(text).get("reference", []), start=1):
        try:
            rows.append(_reference(entry))
        except (TypeError, ValueError) as fault:  # a column missing or unknown, a bad value
            faults.append(f"reference {number} ({entry.get('measure', 'unnamed')}): {fault}")
    keys = [(row.measure, row.activity.value) for row in rows]
    faults += [f"{' in '.join(key)}: entered twice" for key in sorted(_repeated(keys))]
    if faults:
        raise ValueError("\n".join(faults))
    return tuple(rows)


def reference_for(
    name: str, activity: Activity, rows: Sequence[Reference] | None = None
) -> Reference | None:
    """Return the published range of a measure, or None where there is none.

    Its `status` says whether it may be used to judge ("verified") or only be shown ("draft").
    Who asks often hands in `rows`, read once; otherwise the table is read.
    """
    for row in load_references() if rows is None else rows:
        if (row.measure, row.activity) == (name, activity):
            return row
    return None


def _reference(entry: dict[str, Any]) -> Reference:
    row = Reference(**{**entry, "activity": Activity(entry.get("activity"))})
    if row.status not in {"draft", "verified"}:
        raise ValueError(f"status is draft or verified, got {row.status!r}")
    if not row.carry_sd >= 0:
        raise ValueError(f"carry_sd is 0 or more, got {row.carry_sd}")
    return row


def _repeated(keys: list[tuple[str, str]]) -> set[tuple[str, str]]:
    return {key for key in keys if keys.count(key) > 1}
