"""A batch in shares: each machine does one, and the tables are merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from posture.batch.clips import LABELS, Clip, Row
from posture.batch.contents import stamp_of
from posture.batch.journal import Journal
from posture.batch.ledger import STEM, Answer, Ledger
from posture.batch.rows import columns, key_of, reason_column
from posture.batch.table import header_of, read_table
from posture.errors import CannotWrite, UnusableClip
from posture.outputs.words import Language

_NAME = re.compile(rf"{STEM}\.shard-(\d+)-of-(\d+)\.csv")
_ALIKE = ("version", "model", "settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The share `number` (from 1) of `count`."""

    number: int
    count: int

    @property
    def stem(self) -> str:
        """What this share's files are called, without ending."""
        return f"{STEM}.shard-{self.number}-of-{self.count}"

    def share(self, clips: Sequence[Clip]) -> tuple[Clip, ...]:
        """Return the clips of this share.

        Every clip is in one share, and it is the same one on every machine that has the same
        clips. Shares are about as large by the size of their clips.
        """
        sizes = {clip.source: _size(clip) for clip in clips}
        known = [size for size in sizes.values() if size is not None]
        usual = max(1.0, sum(known) / len(known)) if known else 1.0
        weighed = [
            (usual if (size := sizes[clip.source]) is None else 1.0 + size, clip) for clip in clips
        ]
        loads = [0.0] * self.count
        mine = []
        for weight, clip in sorted(weighed, key=lambda one: (-one[0], one[1].name, one[1].source)):
            lightest = loads.index(min(loads))
            loads[lightest] += weight
            if lightest == self.number - 1:
                mine.append(clip)
        return tuple(mine)


def _size(clip: Clip) -> float | None:
    try:
        return None if clip.is_url else float(stamp_of(clip.source).size)
    except UnusableClip:
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """How a merge went."""

    table: Path
    parquet: Path | None
    done: int
    failed: tuple[tuple[str, str], ...]  # file, reason in the language asked for
    missing: tuple[str, ...]  # shares such as 2/4 that are not there
    unfinished: tuple[str, ...]  # shares that hold fewer rows than they have clips
    set_aside: Path | None = None


def merge(folders: Iterable[Path], out: Path, language: Language = "en") -> Merged:
    """Put the tables of all shares in these folders into one table in `out`.

    A clip that is in several is there once; one that was measured goes before one that failed.

    Raises
    ------
    CannotWrite
        No table there, tables of different settings, models, versions or splits.
    """
    tables = [table for folder in folders for table in _tables(folder)]
    rows: dict[tuple[str, ...], Row] = {}
    for table in tables:
        if header_of(table) != columns():
            raise CannotWrite("merge_other_version", path=str(table))
        for row in read_table(table):
            key = (row["file"], *key_of(row))
            if key not in rows or (row["status"] == "ok") > (rows[key]["status"] == "ok"):
                rows[key] = row
    _refuse_mixed(rows.values())
    missing, unfinished = _gaps(tables)
    chosen = _without_old_failures(rows.values())
    with Ledger(out) as ledger:
        answers: list[tuple[Clip, Answer]] = [
            (_clip(row), answer) for row, answer in zip(chosen, ledger.add_all(chosen), strict=True)
        ]
        ledger.write(answers)
        told = reason_column(language)
        failed = [(row["file"], row[told]) for row in chosen if row["status"] == "failed"]
        return Merged(
            table=ledger.table,
            parquet=ledger.parquet,
            done=len(chosen) - len(failed),
            failed=tuple(failed),
            missing=missing,
            unfinished=unfinished,
            set_aside=ledger.set_aside,
        )


def _tables(folder: Path) -> list[Path]:
    """Return the tables in a folder: of shares, or the one of a whole batch."""
    if folder.is_file():
        return [folder]
    shares = sorted(
        path for path in folder.glob(f"{STEM}.shard-*.csv") if _NAME.fullmatch(path.name)
    )
    whole = [path for path in (folder / f"{STEM}.csv",) if path.is_file()]
    found = shares or whole
    if not found:
        raise CannotWrite("merge_nothing", path=str(folder))
    return found


def _refuse_mixed(rows: Iterable[Row]) -> None:
    for name in _ALIKE:
        values = sorted({row[name] for row in rows})
        if len(values) > 1:
            raise CannotWrite("merge_mixed", what=name, values=", ".join(values))


def _without_old_failures(rows: Iterable[Row]) -> list[Row]:
    """Leave out a clip's failure to be read where another share measured it."""
    measured = {row["file"] for row in rows if row["status"] == "ok"}
    return [row for row in rows if row["sha256"] or row["file"] not in measured]


def _clip(row: Row) -> Clip:
    labels = {name: row[name] for name in LABELS if row[name]}
    return Clip(source=row["file"], name=row["file"], labels=labels)


def _gaps(tables: Iterable[Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the shares that are not there, and those that are not done."""
    shares = {table: named for table in tables if (named := _NAME.fullmatch(table.name))}
    counts = {int(named[2]) for named in shares.values()}
    if not counts:
        return (), ()
    if len(counts) > 1:
        splits = ", ".join(f"1/{count}" for count in sorted(counts))
        raise CannotWrite("merge_mixed", what="--shard", values=splits)
    (count,) = counts
    there = {int(named[1]) for named in shares.values()}
    missing = tuple(f"{number}/{count}" for number in range(1, count + 1) if number not in there)
    unfinished = tuple(
        f"{named[1]}/{count}" for table, named in shares.items() if not _is_done(table)
    )
    return missing, unfinished


def _is_done(table: Path) -> bool:
    """Whether a share's table has a row for each of its clips, as far as its journal is here."""
    told = Journal.read(table.with_suffix(".journal")).notes.get("run")
    return told is None or len(read_table(table)) >= int(told["clips"])
