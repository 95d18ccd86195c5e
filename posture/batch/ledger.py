"""The folder of a batch: its lock, its rows and its table."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

from posture import machine
from posture.batch.clips import Clip, Row
from posture.batch.contents import Stamp
from posture.batch.journal import Entry, Journal
from posture.batch.lock import Lock
from posture.batch.rows import called, columns, is_outside, key_of
from posture.batch.table import (
    has_parquet,
    header_of,
    read_table,
    refuse_foreign_parquet,
    write_table,
)
from posture.errors import CannotWrite
from posture.files import explained

STEM = "batch"

Answer = Entry | Row
"""A clip's row: where it stands in a journal, or itself where it can be kept nowhere."""


class Ledger:
    """What was measured into a folder, and the one who adds to it.

    Rows are never taken away: those of other clips, other settings or another version stay in the
    journal and come back when they are asked for again. The table shows what this run asked for.

    Raises
    ------
    CannotWrite
        Another run is at work there, the table is somebody else's, the folder cannot be written.
    """

    def __init__(self, out: Path, stem: str = STEM, *, readonly: bool = False) -> None:
        self._readonly = readonly  # nothing is written, and another run may be at work
        self.out = out
        self.table = out / f"{stem}.csv"
        self.parquet = out / f"{stem}.parquet" if has_parquet() else None
        self.set_aside: Path | None = None  # a table of another version
        self._stem = stem
        self._journal = Journal(out / f"{stem}.journal")
        self._others: list[Journal] = []  # of other shards: read, never written
        self._open = ExitStack()
        self._needs_sweep = False
        self._unkept = 0  # clips that failed and whose rows no journal can keep

    def __enter__(self) -> Self:
        if self._readonly:
            header_of(self.table)
            self._read()
            return self
        with explained(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opening:
            opening.enter_context(Lock(self.out / f"{self._stem}.lock"))
            header = header_of(self.table)
            self._read()
            if header is None and self.parquet is not None:
                refuse_foreign_parquet(self.parquet)
            self._journal.begin()
            opening.callback(self._journal.close)
            self._needs_sweep = not self._journal.is_ended
            self._take_up(header)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if not self._readonly:
                self._end()
        finally:
            self._open.close()

    def _read(self) -> None:
        self._journal = Journal.read(self._journal.path)
        self._others = [*_others(self._journal.path)]

    def find(self, key: tuple[str, ...]) -> Entry | None:
        """Return the row that answers a question, if there is one."""
        found = [
            journal.rows[key]
            for journal in (self._journal, *self._others)
            if key[0] and key in journal.rows
        ]
        return next((one for one in found if one.status == "ok"), found[0] if found else None)

    def sizes(self) -> set[int]:
        """Return the sizes in bytes of the clips that have rows; -1 where one is not known."""
        journals = (self._journal, *self._others)
        return {entry.size for journal in journals for entry in journal.rows.values()}

    def known(self, source: str, stamp: Stamp) -> str:
        """Return the checksum of a file that is as it was when it was read; else nothing."""
        for journal in (self._journal, *self._others):
            was, sha256 = journal.seen.get(source, (None, ""))
            if was == stamp:
                return sha256
        return ""

    def saw(self, source: str, stamp: Stamp, sha256: str) -> None:
        """Keep the checksum of a file that was read."""
        if not self._readonly and self.known(source, stamp) != sha256:
            self._journal.saw(source, stamp, sha256)

    def add(self, row: Row, clip: Clip, stamp: Stamp | None = None, *, count: int = 1) -> Answer:
        """Keep a row, which answers `count` clips; it is on the disk when this returns.

        A row without a checksum answers no question, so that it is kept in the table alone.
        """
        self._needs_sweep = True  # somebody was at work, and may have been ended
        if not row["sha256"]:
            self._unkept += count
            return dict(row)
        return self._journal.add(row, clip.source, stamp, count=count)

    def add_all(self, rows: Iterable[Row]) -> list[Answer]:
        """Keep rows that are measured already; all are on the disk when this returns."""
        answers = []
        for row in rows:
            entry = self.find(key_of(row))
            if entry is None or (row["status"] == "ok" and entry.status != "ok"):
                answers.append(self._added(row))
            else:
                answers.append(entry)
        self._journal.sync()
        return answers

    def _added(self, row: Row) -> Answer:
        return self._journal.add(row, durable=False) if row["sha256"] else dict(row)

    def note_run(self, *, clips: int, ok: int, failed: int) -> None:
        """Keep that a run begins: how many clips it has, and how many of them have their row."""
        self._journal.note("run", {"clips": clips, "ok": ok, "failed": failed})

    def write(self, answers: Sequence[tuple[Clip, Answer]]) -> None:
        """Write the table, one row a clip by name, unless it is so already.

        Raises
        ------
        CannotWrite
            Disk full, no permission, open in another program; the rows stay in the journal.
        """
        ordered = sorted(answers, key=lambda one: (one[0].name, one[0].source))
        digest = _digest(ordered)
        if self._journal.notes.get("table") == {"digest": digest, **self._stamps()}:
            return
        try:
            write_table(_rows(ordered), self.table, self.parquet)
        except CannotWrite as trouble:
            if trouble.reason.code == "open_elsewhere":
                path = str(trouble.reason.values["path"])
                raise CannotWrite("batch_table_open", path=path) from trouble
            raise
        self._journal.note("table", {"digest": digest, **self._stamps()})

    def _stamps(self) -> dict[str, object]:
        return {
            name: _size_and_time(path)
            for name, path in (("csv", self.table), ("parquet", self.parquet))
        }

    def _end(self) -> None:
        """Remove the parts of files that somebody who was killed was about to write."""
        parts: list[Path] = []
        if self._needs_sweep:
            parts += self.out.glob(f".{self._stem}-????????.*")
            if not any(one != self._stem for one in self._at_work()):  # nobody writes into clips
                parts += self.out.glob("clips/**/.*-????????.*")
        for part in parts:
            with contextlib.suppress(OSError):
                part.unlink()
        with contextlib.suppress(CannotWrite, ValueError):
            if not self._journal.is_ended:
                self._journal.note("end", {"failed": self._unkept})

    def _at_work(self) -> Iterator[str]:
        """Yield the stems of the runs that are at work in the folder."""
        for note in self.out.glob(f"{STEM}*.running"):
            yield note.name.removesuffix(".running")

    def _take_up(self, header: tuple[str, ...] | None) -> None:
        """Take over rows of a table whose journal is not here; set another version's aside."""
        if header is None:
            return
        if header != columns():
            self._set_aside()
            return
        noted = self._journal.notes.get("table") or {}
        if noted.get("csv") == _size_and_time(self.table):
            return
        self.add_all(row for row in read_table(self.table) if row["sha256"] and row["status"])

    def _set_aside(self) -> None:
        number = 1
        while (aside := self.out / f"{self._stem}-older-{number}.csv").exists():
            number += 1
        with explained(self.table):
            for path in (self.table, self.table.with_suffix(".parquet")):
                if path.exists():
                    machine.patiently(partial(path.rename, aside.with_suffix(path.suffix)))
        self.set_aside = aside


def is_final(entry: Entry, *, retry_failed: bool) -> bool:
    """Whether a row need not be made again."""
    if entry.status == "ok":
        return True
    return entry.status == "failed" and not retry_failed and not is_outside(entry.code)


def _others(own: Path) -> Iterator[Journal]:
    whole, shares = f"{STEM}.journal", f"{STEM}.shard-*-of-*.journal"
    for path in sorted([*own.parent.glob(whole), *own.parent.glob(shares)]):
        if path != own and path.is_file():
            yield Journal.read(path)


def _rows(ordered: Iterable[tuple[Clip, Answer]]) -> Iterator[Row]:
    """Yield the rows as they stand in the table; each journal is opened once."""
    with ExitStack() as opened:
        files: dict[Path, BinaryIO] = {}
        for clip, answer in ordered:
            if not isinstance(answer, Entry):
                yield called(answer, clip)
                continue
            path = answer.journal.path
            if path not in files:
                files[path] = opened.enter_context(path.open("rb"))
            yield called(answer.journal.row_of(files[path], answer), clip)


def _digest(ordered: Iterable[tuple[Clip, Answer]]) -> str:
    """Return a mark of all that the table will hold."""
    mark = hashlib.sha256("\n".join(columns()).encode())
    for clip, answer in ordered:
        what = (
            [answer.journal.path.name, answer.offset] if isinstance(answer, Entry) else dict(answer)
        )
        told = [clip.name, dict(clip.labels), what]
        mark.update(json.dumps(told, sort_keys=True).encode())
    return mark.hexdigest()


def _size_and_time(path: Path | None) -> list[int] | None:
    if path is None:
        return None
    try:
        told = path.stat()
    except OSError:
        return None
    return [told.st_size, told.st_mtime_ns]
