"""The sheet of reference values: what somebody measured with another tool, a row a reading."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from posture.batch.spreadsheet import ALIKE, folded, header, named, number_of, records
from posture.errors import BadSettings
from posture.measures.doubt import doubt_rows
from posture.measures.possible import is_possible
from posture.outputs.words import LANGUAGES, load_words
from posture.types import Activity, Reason, Side, Unit
from posture.validation.units import factor, writings

Tool = Literal[
    "tape",
    "inclinometer",
    "goniometer",
    "motion_capture",
    "force_plate",
    "walkway",
    "stopwatch",
    "video",
    "other",
]
Take = Literal["mean", "max", "min", "range"]
TOOLS: tuple[Tool, ...] = get_args(Tool)
TAKES: tuple[Take, ...] = get_args(Take)
COLUMNS = ("clip", "measure", "side", "value", "unit", "tool", "rater", "client")
LAB_COLUMNS = ("file", "channel", "take", "offset_s")
_ALL = (*COLUMNS, *LAB_COLUMNS)
Key = tuple[Activity, str]
Where = Mapping[str, float | str]  # path and row, for a fault's sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSource:
    """Where a reading comes from that is a lab's file over time."""

    file: Path
    channel: str
    take: Take
    offset_s: float  # the lab's time when the clip begins
    factor: float  # from the channel's unit to ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One row: what a tool gave for one measure of what one clip shows."""

    row: int  # as a spreadsheet counts, where the names of the columns are row 1
    clip: str
    key: Key
    unit: Unit
    side: Side | None
    value: float  # NaN where it is still to be read from the lab's file
    tool: Tool
    rater: str = ""
    client: str = ""
    lab: LabSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The rows, and what has to be said about them."""

    path: Path
    readings: tuple[Reading, ...] = ()
    faults: tuple[Reason, ...] = ()  # with any of these nothing is begun
    notes: tuple[Reason, ...] = ()  # harmless


def read_references(path: Path) -> References:
    """Read a sheet of reference values, whatever spreadsheet wrote it; every fault is told.

    Raises
    ------
    BadSettings
        The file cannot be read at all.
    """
    table = list(records(path))
    if not table or not any(cell.strip() for cell in table[0]):
        raise BadSettings("references_empty", path=str(path), known=", ".join(COLUMNS))
    names, faults, notes = _header(path, table[0])
    if faults:
        return References(path=path, faults=tuple(faults), notes=tuple(notes))
    readings: list[Reading] = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            faults.append(Reason("sheet_too_wide", {"path": str(path), "row": number}))
            continue
        given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        read = _reading(path, number, given)
        if isinstance(read, Reading):
            readings.append(read)
        else:
            faults += read
    if not readings and not faults:
        raise BadSettings("references_empty", path=str(path), known=", ".join(COLUMNS))
    return References(path=path, readings=tuple(readings), faults=tuple(faults), notes=tuple(notes))


def _reading(path: Path, number: int, given: Mapping[str, str]) -> Reading | list[Reason]:
    """Return what a row tells, or all that is wrong with it."""
    where: Where = {"path": str(path), "row": number}
    lacks = [name for name in ("clip", "measure", "unit") if not given.get(name)]
    faults = [Reason("references_lacks", {**where, "column": name}) for name in lacks]
    side = _chosen("side", given, where, faults)
    tool = _chosen("tool", given, where, faults) or "other"
    take = _chosen("take", given, where, faults) or "mean"
    is_lab = bool(given.get("file") or given.get("channel"))
    if is_lab and not (given.get("file") and given.get("channel")):
        faults.append(Reason("references_half_lab", {**where}))
    if is_lab == bool(given.get("value")):
        faults.append(Reason("references_one_value", {**where}))
    key = _key(given["measure"], where, faults) if given.get("measure") else None
    if key is None or not given.get("unit"):
        return faults
    told = _in_our_unit(key, given["unit"])
    if told is None:
        known = ", ".join(writings(doubt_rows()[one].unit) for one in _twins(key))
        values = {**where, "measure": key[1], "unit": given["unit"], "known": known}
        return [*faults, Reason("references_unit", values)]
    key, scale = told
    value = _number("value", given, where, faults) * scale
    offset_s = _number("offset_s", given, where, faults)
    if math.isfinite(value) and not is_possible(key[1], key[0], value):
        values = {**where, "measure": key[1], "value": given["value"], "unit": given["unit"]}
        faults.append(Reason("references_impossible", values))
    if faults:
        return faults
    return Reading(
        row=number,
        clip=given["clip"],
        key=key,
        unit=doubt_rows()[key].unit,
        side=Side(side) if side else None,
        value=value,
        tool=tool,  # type: ignore[arg-type] # one of TOOLS
        rater=given.get("rater", ""),
        client=given.get("client", ""),
        lab=LabSource(
            file=path.parent / given["file"],
            channel=given["channel"],
            take=take,  # type: ignore[arg-type] # one of TAKES
            offset_s=0.0 if math.isnan(offset_s) else offset_s,
            factor=scale,
        )
        if is_lab
        else None,
    )


def _number(name: str, given: Mapping[str, str], where: Where, faults: list[Reason]) -> float:
    """Return a cell's number; NaN where it is empty, and a fault where it is none."""
    cell = given.get(name, "")
    value = number_of(cell.replace("\u2212", "-"))  # the minus that typesetters write
    if cell and math.isnan(value):
        faults.append(Reason("references_number", {**where, "column": name, "value": cell}))
    return value


def _in_our_unit(key: Key, written: str) -> tuple[Key, float] | None:
    """Return the measure that a unit speaks of, which may be its twin in metres, and the factor."""
    for one in _twins(key):
        scale = factor(written, doubt_rows()[one].unit)
        if scale is not None:
            return one, scale
    return None


def _twins(key: Key) -> list[Key]:
    """Return a measure with the same one in metres: fingertip_floor and fingertip_floor_m."""
    activity, name = key
    twins = [key, (activity, f"{name}_m"), (activity, f"{name}_m_s")]
    return [one for one in twins if one in doubt_rows()]


# --- names and choices ----------------------------------------------------------------------------


def _key(written: str, where: Where, faults: list[Reason]) -> Key | None:
    """Return the measure that a name means, in any language; the first activity that has it."""
    found = _measures().get(folded(written), ())
    if len({name for _, name in found}) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{activity.value}.{name}" for activity, name in found)
        faults.append(Reason("references_ambiguous", {**where, "measure": written, "names": names}))
        return None
    near = difflib.get_close_matches(folded(written), _measures(), 1, ALIKE)
    if near:
        meant = _measures()[near[0]][0][1]
        faults.append(
            Reason("references_measure_typo", {**where, "measure": written, "meant": meant})
        )
    else:
        faults.append(Reason("references_measure", {**where, "measure": written}))
    return None


@cache
def _measures() -> Mapping[str, tuple[Key, ...]]:
    """Return each measure by its code, with its activity before it, and by what people read."""
    found: dict[str, tuple[Key, ...]] = {}
    for key in doubt_rows():
        activity, name = key
        shown = [load_words(language).of("measures", name) for language in LANGUAGES]
        for written in dict.fromkeys((name, f"{activity.value}.{name}", *shown)):
            found[folded(written)] = (*found.get(folded(written), ()), key)
    return {written: _without_twins(keys) for written, keys in found.items()}


def _without_twins(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """Leave out those in metres where the same one is there without: the unit tells them apart."""
    twins = {twin for key in keys for twin in _twins(key)[1:]}
    return tuple(key for key in keys if key not in twins)


def _chosen(name: str, given: Mapping[str, str], where: Where, faults: list[Reason]) -> str:
    """Return what a cell of a column with choices says; empty where it says nothing."""
    cell = given.get(name, "")
    if not cell:
        return ""
    found = _choices().get((name, folded(cell)))
    if found is None:
        choices = ", ".join(_CHOICES[name])
        faults.append(
            Reason(
                "references_choice", {**where, "column": name, "value": cell, "choices": choices}
            )
        )
    return found or ""


_CHOICES: Mapping[str, Sequence[str]] = {
    "side": [side.value for side in Side],
    "tool": TOOLS,
    "take": TAKES,
}


@cache
def _choices() -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for language in LANGUAGES:
        table = load_words(language).tables["reference_choices"]
        for column, choices in _CHOICES.items():
            for choice in choices:
                for word in (choice, *table[choice].split("|")):
                    found[column, folded(word)] = choice
    return found


@cache
def _columns() -> Mapping[str, str]:
    return named(_ALL, "reference_columns")


def _header(path: Path, cells: Sequence[str]) -> tuple[list[str], list[Reason], list[Reason]]:
    """Return the columns' names, empty for one that is not used, with faults and notes."""
    names, faults, notes = header(path, cells, _columns(), _ALL)
    lacks = [] if faults else [name for name in ("clip", "measure", "unit") if name not in names]
    if lacks:
        values = {"path": str(path), "column": lacks[0], "known": ", ".join(_ALL)}
        faults.append(Reason("references_no_column", values))
    return names, faults, notes
