"""clips.csv beside the clips: whose each clip is, and what is known about that person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from posture.activities import TEST_NAMES
from posture.batch.clips import LABELS, NAMED, Clip
from posture.batch.naming import Named, plain
from posture.batch.spreadsheet import folded, header, named, number_of, records
from posture.errors import BadSettings
from posture.findings.answers import OLDEST
from posture.outputs.words import LANGUAGES, load_words
from posture.received import BELT_KMH, FASTEST, HEIGHT_CM, SLOWEST, WORST_PAIN
from posture.types import VARIANTS, Activity, Reason, Side, Variant

SHEET = "clips.csv"

# Column -> least, most and what one unit is in that of the setting; the options' own limits.
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "height_cm": HEIGHT_CM,
    "height_m": (HEIGHT_CM[0] / 100, HEIGHT_CM[1] / 100),
    "age": (0, OLDEST),
    "speed": (SLOWEST, FASTEST),
    "belt_speed": (0, BELT_KMH),
    "pain": (0, WORST_PAIN),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "side": ("left", "right"),
    "activity": TEST_NAMES,
    "variant": tuple(variant for variant in VARIANTS if variant != "none"),
}
_SETTINGS = ("height_m", "near_side", "activity", "variant", "speed", "belt_m_s", "pain")
COLUMNS = ("file", "client", "visit", *_NUMBERS, *_CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row: what is known about a clip besides its pictures."""

    row: int  # as a spreadsheet counts, where the names of the columns are row 1
    file: str
    client: str = ""
    visit: str = ""
    height_m: float | None = None
    age: float | None = None
    sex: Literal["female", "male"] | None = None
    near_side: Side | None = None
    activity: Activity | None = None
    variant: Variant | None = None
    speed: float | None = None
    belt_m_s: float | None = None
    pain: float | None = None

    def overrides(self) -> dict[str, Any]:
        """Return the fields of `Settings` that are this clip's own."""
        return {name: value for name in _SETTINGS if (value := getattr(self, name)) is not None}

    def labels(self) -> dict[str, str]:
        """Return the texts for the table's columns."""
        told = {name: getattr(self, name) for name in LABELS}
        return {
            name: f"{value:g}" if isinstance(value, float) else value
            for name, value in told.items()
            if value not in {None, ""}
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows, and what has to be said about them."""

    path: Path
    rows: tuple[Told, ...] = ()
    faults: tuple[Reason, ...] = ()  # with any of these nothing is begun
    notes: tuple[Reason, ...] = ()  # harmless


def sheet_beside(clips: str) -> Path | None:
    """Return the clips.csv that lies in a folder, or beside the list or the clips of a pattern."""
    try:
        place = Path(clips)
        folder = place if place.is_dir() else place.parent
        found = folder / SHEET
        return found if found.is_file() and found != place else None
    except (OSError, ValueError):  # an address, a pattern that is no path
        return None


def read_sheet(path: Path) -> Sheet:
    """Read a table of clips, whatever spreadsheet wrote it; every fault in it is told.

    UTF-8 with or without a mark, UTF-16, Japanese Excel's code page or the Western one; commas,
    semicolons or tabs.

    Raises
    ------
    BadSettings
        The file cannot be read at all.
    """
    table = list(records(path))
    if not table or not any(cell.strip() for cell in table[0]):
        raise BadSettings("sheet_empty", path=str(path))
    names, faults, notes = _header(path, table[0])
    rows: list[Told] = []
    first: dict[str, tuple[int, list[str]]] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        told, wrong = _row(path, number, names, cells)
        faults += wrong
        if told is None:
            continue
        before = first.setdefault(plain(told.file), (number, cells))
        if before[0] != number:
            if before[1] != cells:
                faults.append(
                    Reason(
                        "sheet_twice",
                        {"path": str(path), "row": number, "first": before[0], "file": told.file},
                    )
                )
            continue
        rows.append(told)
    return Sheet(path=path, rows=tuple(rows), faults=tuple(faults), notes=tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Clips with what a sheet tells of them, and what has to be said about that."""

    clips: tuple[Clip, ...]
    faults: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()


def with_sheet(
    clips: Iterable[Clip], sheet: Sheet, is_meant: Callable[[Clip], bool] | None = None
) -> Assigned:
    """Give each clip what the sheet's row about it tells.

    A row may name its clip by a path from the sheet's folder, by its name alone, in other letter
    case or without ending, as long as that is one clip. `is_meant` says which clips the sheet
    speaks of at all; without it, all of them.
    """
    at = {_place(clip): clip for clip in clips}
    meant = [place for place, clip in at.items() if is_meant is None or is_meant(clip)]
    told, faults, notes = _assigned(sheet, meant)
    given = tuple(
        replace(clip, overrides=row.overrides(), labels=row.labels())
        if (row := told.get(place)) is not None
        else clip
        for place, clip in at.items()
    )
    return Assigned(clips=given, faults=tuple(faults), notes=tuple(notes))


def _place(clip: Clip) -> str:
    return clip.source if clip.is_url else str(Path(clip.source).absolute())


def _assigned(
    sheet: Sheet, places: Iterable[str]
) -> tuple[dict[str, Told], list[Reason], list[Reason]]:
    """Return the row that speaks of each clip, with faults and notes."""
    clips = Named(places)
    told: dict[str, Told] = {}
    faults: list[Reason] = []
    gone: list[Told] = []
    for row in sheet.rows:
        found = clips.found(row.file, sheet.path.parent)
        if not found:
            gone.append(row)
            continue
        place = found[0]
        values: dict[str, float | str] = {
            "path": str(sheet.path), "row": row.row, "file": row.file
        }  # fmt: skip
        if len(found) > 1:
            other = ", ".join(found[:NAMED])
            faults.append(Reason("sheet_ambiguous", {**values, "clips": other}))
        elif place in told:
            faults.append(Reason("sheet_twice", {**values, "first": told[place].row}))
        else:
            told[place] = row
    notes = [
        Reason(
            "sheet_not_there",
            {
                "path": str(sheet.path),
                "files": ", ".join(f"{row.file} ({row.row})" for row in gone[:NAMED]),
                "count": len(gone),
            },
        )
    ]
    return told, faults, notes if gone else []


# --- a row ----------------------------------------------------------------------------------------


def _row(
    path: Path, number: int, names: Sequence[str], cells: Sequence[str]
) -> tuple[Told | None, list[Reason]]:
    """Return what a row tells, and what is wrong with it."""
    where: dict[str, float | str] = {"path": str(path), "row": number}
    if any(cell.strip() for cell in cells[len(names) :]):
        return None, [Reason("sheet_too_wide", where)]
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
    if not given.get("file"):
        return None, [Reason("sheet_no_file", where)]
    faults: list[Reason] = []
    found: dict[str, float | str] = {}
    for name, cell in given.items():
        read = _cell(name, cell) if cell else None
        if isinstance(read, Reason):
            faults.append(_at(read, where))
        elif read is not None:
            found[name] = read
    if {"height_cm", "height_m"} <= found.keys():
        faults.append(Reason("sheet_two_heights", where))
    return (None, faults) if faults else (_told(number, given, found), [])


def _at(fault: Reason, where: Mapping[str, float | str]) -> Reason:
    return replace(fault, values={**where, **fault.values})


def _cell(name: str, cell: str) -> float | str | Reason | None:
    """Return what a cell says; None where it says nothing, a reason where it cannot be so."""
    there: dict[str, float | str] = {"column": name, "value": cell}
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        value = number_of(cell)
        if low <= value <= high and not (name == "belt_speed" and value == 0):
            return value
        return Reason("sheet_number", {**there, "least": low, "most": high})
    if name not in _CHOICES:
        return None
    choice = _choices().get((name, folded(cell)))
    if choice is None:
        return Reason("sheet_choice", {**there, "choices": ", ".join(_CHOICES[name])})
    return choice or None


def _told(number: int, given: Mapping[str, str], found: Mapping[str, float | str]) -> Told:
    height_cm = found.get("height_cm")
    belt_km_h = found.get("belt_speed")
    height_m = found.get("height_m") if height_cm is None else float(height_cm) / 100
    known = {name: found.get(name) for name in ("age", "sex", "variant", "speed", "pain")}
    return Told(
        row=number,
        file=given["file"],
        client=given.get("client", ""),
        visit=given.get("visit", ""),
        height_m=None if height_m is None else float(height_m),
        near_side=Side(found["side"]) if "side" in found else None,
        activity=Activity(found["activity"]) if "activity" in found else None,
        belt_m_s=None if belt_km_h is None else float(belt_km_h) / 3.6,
        **known,  # type: ignore[arg-type] # each read as what it is
    )


# --- the columns ----------------------------------------------------------------------------------


def _header(path: Path, cells: Sequence[str]) -> tuple[list[str], list[Reason], list[Reason]]:
    """Return the columns' names, empty for one that is not used, with faults and notes."""
    names, faults, notes = header(path, cells, _columns(), COLUMNS)
    if "file" not in names:
        known = ", ".join(COLUMNS)
        faults.append(Reason("sheet_no_file_column", {"path": str(path), "known": known}))
    return names, faults, notes


@cache
def _columns() -> Mapping[str, str]:
    """Return each column by every name that it may have, in any language."""
    return named(COLUMNS, "sheet")


@cache
def _choices() -> Mapping[tuple[str, str], str]:
    """Return what a cell of a column says by every way to say it; empty = find out."""
    found: dict[tuple[str, str], str] = {}
    for language in LANGUAGES:
        table = load_words(language).tables["sheet_choices"]
        for column, choices in _CHOICES.items():
            found |= {(column, folded(word)): "" for word in table["find_out"].split("|")}
            for choice in choices:
                for word in (choice, *table[choice].split("|")):
                    found[column, folded(word)] = choice
    return found
