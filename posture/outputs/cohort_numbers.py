"""Rows of batch.csv in; what they add up to out: distributions, outliers, changes, refusals."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.findings.references import load_references
from posture.measures.doubt import doubt_rows
from posture.outputs.followed import FOLLOWED, SAME, WITHIN_95
from posture.types import Activity, Label, Level, Link, Quality, Reference, Unit

Row = Mapping[str, str]

# Farther from the median than 3.5 of what stands in for an sd (Iglewicz and Hoaglin 1993, "How to
# detect and handle outliers"): so far lies one in 2000 of a bell's values.
_FAR = 3.5
_AS_SD = 1.4826  # a median distance from the median, as the sd of a bell
_FEWEST = 8  # ours; among fewer none is unusual
_OUTLIERS_OF_ONE, _OUTLIERS = 4, 24  # ours; each may have its picture
_LINKS = (Link.HAMSTRING, Link.CALF, Link.BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number of one clip."""

    row: Row
    value: float
    sd: float
    is_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One measure over all clips in which it was seen."""

    name: str
    activity: Activity
    unit: Unit
    cells: tuple[Cell, ...]
    reference: Reference | None

    @property
    def values(self) -> np.ndarray:
        """The numbers alone."""
        return np.array([cell.value for cell in self.cells])

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """A quarter is below the first, half below the second, three quarters below the third."""
        low, middle, high = np.percentile(self.values, [25, 50, 75])
        return float(low), float(middle), float(high)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is one of its page
class Outlier:
    """A clip whose number lies far from those of the others, by more than its own error."""

    column: Column
    cell: Cell
    distance: float  # in what stands in for an sd

    @property
    def file(self) -> str:
        """The clip."""
        return self.cell.row["file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One number of one client at the first and at the last visit."""

    column: Column
    before: Cell
    after: Cell

    @property
    def least(self) -> float:
        """The smallest difference that is a change."""
        return WITHIN_95 * math.hypot(self.before.sd, self.after.sd)

    @property
    def is_beyond(self) -> bool:
        """It is larger than measuring twice would give."""
        return abs(self.after.value - self.before.value) > self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody who was there more than once."""

    name: str
    visits: tuple[str, ...]  # in order
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Clips that could not be measured for one kind of reason."""

    code: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """What a table of clips adds up to."""

    clips: int
    measured: int
    verdicts: Mapping[Label, int]
    levels: Mapping[Link, Mapping[Level, int]]
    followed: tuple[Column, ...]
    others: tuple[Column, ...]
    outliers: tuple[Outlier, ...]
    clients: tuple[Client, ...]
    refused: tuple[Refused, ...]
    facts: Mapping[str, int]  # what clips are like, and how many of them


def cohort_of(rows: Iterable[Row]) -> Cohort:
    """Return what the rows of batch.csv add up to, whatever their order."""
    ordered = sorted(rows, key=lambda row: row["file"])
    done = [row for row in ordered if row["status"] == "ok"]
    columns = _columns(done)
    keys = {(column.name, column.activity): column for column in columns}
    followed = _without_twice([keys[key] for key in FOLLOWED if key in keys])
    verdicts = Counter(row.get("verdict", "") for row in done)
    facts = Counter(fact for row in done for fact in row.get("facts", "").split())
    return Cohort(
        clips=len(ordered),
        measured=len(done),
        verdicts={label: verdicts[label.value] for label in Label if verdicts[label.value]},
        levels=_levels(done),
        followed=followed,
        others=tuple(c for c in columns if (c.name, c.activity) not in FOLLOWED),
        outliers=_outliers(followed),
        clients=_clients(done, followed),
        refused=_refused([row for row in ordered if row["status"] != "ok"]),
        facts=dict(facts.most_common()),
    )


def _without_twice(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Leave out a quantity by the leg's length where every clip has it in centimetres as well."""
    counts = {column.name: len(column.cells) for column in columns}
    return tuple(
        column for column in columns if counts.get(SAME.get(column.name, ""), 0) < len(column.cells)
    )


def _columns(rows: Sequence[Row]) -> list[Column]:
    references = {(row.measure, row.activity): row for row in load_references()}
    columns = []
    for (activity, name), doubt in doubt_rows().items():
        column = f"{activity.value}.{name}"
        cells = tuple(cell for row in rows if (cell := _cell(row, column)) is not None)
        if cells:
            columns.append(
                Column(
                    name=name,
                    activity=activity,
                    unit=doubt.unit,
                    cells=cells,
                    reference=references.get((name, activity)),
                )
            )
    return columns


def _cell(row: Row, column: str) -> Cell | None:
    text = row.get(column)
    if not text:
        return None
    value, sd = _float(text), _float(row.get(f"{column}.sd", ""))
    if not math.isfinite(value):
        return None
    return Cell(
        row=row,
        value=value,
        sd=sd if math.isfinite(sd) else math.inf,
        is_good=row.get(f"{column}.quality") == Quality.GOOD.value,
    )


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _levels(rows: Sequence[Row]) -> dict[Link, dict[Level, int]]:
    found = {}
    for link in _LINKS:
        told = Counter(row.get(f"{link.value}.level", "") for row in rows)
        if counts := {level: told[level.value] for level in Level if told[level.value]}:
            found[link] = counts
    return found


# --- outliers -------------------------------------------------------------------------------------


def _outliers(columns: Sequence[Column]) -> tuple[Outlier, ...]:
    """Return the clips to look at, the farthest first; good numbers only."""
    names = {column.name for column in columns}
    found = [
        outlier
        for column in columns
        if SAME.get(column.name) not in names
        for outlier in _outliers_of(column)
    ]
    found.sort(key=lambda outlier: (-outlier.distance, outlier.file, outlier.column.name))
    return tuple(found[:_OUTLIERS])


def _outliers_of(column: Column) -> list[Outlier]:
    cells = [cell for cell in column.cells if cell.is_good]
    if len(cells) < _FEWEST:
        return []
    values = np.array([cell.value for cell in cells])
    middle = float(np.median(values))
    errors = [cell.sd for cell in cells if math.isfinite(cell.sd)]
    # where most are equal, no less than what measuring itself scatters
    scale = max(
        _AS_SD * float(np.median(np.abs(values - middle))),
        float(np.median(errors)) if errors else 0.0,
    )
    if scale <= 0:
        return []
    far = [
        Outlier(column=column, cell=cell, distance=abs(cell.value - middle) / scale)
        for cell in cells
        if abs(cell.value - middle) > max(_FAR * scale, WITHIN_95 * cell.sd)
    ]
    far.sort(key=lambda outlier: (-outlier.distance, outlier.file))
    return far[:_OUTLIERS_OF_ONE]


# --- several visits -------------------------------------------------------------------------------


def _clients(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[Client, ...]:
    """Return who was there more than once: with most changes first, then by name."""
    visits: dict[str, set[str]] = {}
    for row in rows:
        if row.get("client") and row.get("visit"):
            visits.setdefault(row["client"], set()).add(row["visit"])
    several = {
        name: sorted(found, key=in_order) for name, found in visits.items() if len(found) > 1
    }
    numbers = _by_client(columns, several)
    clients = [
        Client(name=name, visits=tuple(told), changes=changes)
        for name, told in several.items()
        if (changes := _changes(told, numbers.get(name, ())))
    ]
    clients.sort(
        key=lambda client: (-sum(c.is_beyond for c in client.changes), in_order(client.name))
    )
    return tuple(clients)


def _changes(
    visits: Sequence[str], numbers: Sequence[tuple[Column, Mapping[str, Cell]]]
) -> tuple[Changed, ...]:
    """Return what is known of somebody at two visits; `numbers` has a cell by visit."""
    changes: list[Changed] = []
    for column, by_visit in numbers:
        seen = [visit for visit in visits if visit in by_visit]
        is_told = SAME.get(column.name) in {one.column.name for one in changes}
        if len(seen) > 1 and not is_told:
            changes.append(
                Changed(column=column, before=by_visit[seen[0]], after=by_visit[seen[-1]])
            )
    return tuple(changes)


def _by_client(
    columns: Sequence[Column], names: Container[str]
) -> dict[str, list[tuple[Column, dict[str, Cell]]]]:
    """Return for each client and measure one cell a visit: the middle one, the good ones first."""
    found: dict[str, list[tuple[Column, dict[str, Cell]]]] = {}
    for column in columns:
        cells: dict[tuple[str, str], list[Cell]] = {}
        for cell in column.cells:
            who, visit = cell.row.get("client", ""), cell.row.get("visit", "")
            if who in names and visit and math.isfinite(cell.sd):
                cells.setdefault((who, visit), []).append(cell)
        by_name: dict[str, dict[str, Cell]] = {}
        for (who, visit), several in cells.items():
            by_name.setdefault(who, {})[visit] = _middle(several)
        for who, by_visit in by_name.items():
            found.setdefault(who, []).append((column, by_visit))
    return found


def _middle(cells: Sequence[Cell]) -> Cell:
    """Return the median cell with the smallest error, as `posture.findings.repeats.settle` does."""
    good = [cell for cell in cells if cell.is_good] or list(cells)
    value = float(np.median([cell.value for cell in good]))
    nearest = min(good, key=lambda cell: abs(cell.value - value))
    return replace(nearest, value=value, sd=min(cell.sd for cell in good))


def in_order(text: str) -> tuple[tuple[int, float, str], ...]:
    """Return what sorts visits and names as people do: 2 before 10, 2026-9-3 before 2026-10-1."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFKC", text).casefold())
    return tuple(
        (0, float(part), "") if part.isdigit() else (1, 0.0, part) for part in parts if part
    )


# --- refused --------------------------------------------------------------------------------------


def _refused(rows: Sequence[Row]) -> tuple[Refused, ...]:
    """Return the clips that could not be measured by reason, the most frequent first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("reason_code", ""), []).append(row)
    found = [Refused(code=code, rows=tuple(group)) for code, group in groups.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.rows), one.code)))
