"""Every row that was ever measured into a folder, appended one by one and never taken away.

A line is a head and a row, both JSON in ASCII, parted by a tab: whatever a file is called, a line
has neither a tab nor a line end in it, and one that a power cut tore off is known by its missing
end. The rows stay on the disk; only where each begins is kept in memory.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from posture import machine
from posture.batch.clips import Row
from posture.batch.contents import Stamp
from posture.batch.rows import columns, key_of
from posture.errors import CannotWrite
from posture.files import explained

_FIRST = b'{"posture": "batch/1"}\t\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a row stands, and what is asked of it without reading it."""

    journal: Journal
    offset: int
    status: str
    code: str
    size: int  # of the clip, bytes; below zero = unknown


@dataclass(slots=True)
class Journal:
    """One file of rows. Opened to read; `begin` makes it one that can be added to."""

    path: Path
    rows: dict[tuple[str, ...], Entry] = field(default_factory=dict)  # by `key_of`, the last counts
    seen: dict[str, tuple[Stamp, str]] = field(default_factory=dict)  # path -> as it was, checksum
    notes: dict[str, Any] = field(default_factory=dict)
    far: dict[str, int] = field(default_factory=lambda: {"clips": 0, "ok": 0, "failed": 0})
    is_ended: bool = True  # the last run came to its end, and nothing of it lies about
    _file: FileIO | None = None
    _end: int = 0

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Return what a journal holds; empty where there is none. A torn last line is left out.

        Raises
        ------
        CannotWrite
            The file is not a journal of ours, or cannot be read.
        """
        journal = cls(path)
        with explained(path):
            if not path.exists():
                return journal
            with path.open("rb") as file:
                first = file.readline()
                if first != _FIRST and not _FIRST.startswith(first.rstrip(b"\0")):
                    raise CannotWrite("batch_not_ours", path=str(path))
                journal._end = len(_FIRST) if first == _FIRST else 0
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    journal._take(line)
                    journal._end += len(line)
        return journal

    def begin(self) -> None:
        """Make it ready to be added to: the torn end is cut off."""
        with explained(self.path):
            # without a buffer: what a full disk did not take shall not be tried again later
            self._file = self.path.open("r+b" if self.path.exists() else "w+b", buffering=0)
            self._file.truncate(self._end)
            self._file.seek(self._end)
            if not self._end:
                self._write(_FIRST)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # all of it is written already
                self._file.close()
            self._file = None

    def add(
        self,
        row: Row,
        source: str = "",
        stamp: Stamp | None = None,
        *,
        count: int = 1,
        durable: bool = True,
    ) -> Entry:
        """Add a row, which answers `count` clips.

        Where it is `durable`, it is on the disk when this returns.
        """
        told = {name: cell for name, cell in row.items() if cell}
        head = {
            "key": key_of(row),
            "status": row["status"],
            "code": row["reason_code"],
            "clips": count,
            **_stamped(source, stamp),
        }
        offset = self._end
        line = _line(head, told)
        self._write(line, durable=durable)
        self._take(line, offset)
        return self.rows[key_of(row)]

    def sync(self) -> None:
        """Have all that was added on the disk."""
        if self._file is not None:
            with explained(self.path):
                machine.to_disk(self._file.fileno())

    def saw(self, source: str, stamp: Stamp, sha256: str) -> None:
        """Keep a file's checksum, so that it need not be read again."""
        line = _line({**_stamped(source, stamp), "sha256": sha256}, {})
        self._write(line, durable=False)
        self._take(line)

    def note(self, name: str, told: Mapping[str, Any]) -> None:
        """Keep a fact about the folder; the last one of its name counts."""
        line = _line({"note": name, "told": told}, {})
        self._write(line, durable=False)
        self._take(line)

    def row(self, entry: Entry) -> Row:
        """Return a row with all its columns."""
        with explained(self.path), self.path.open("rb") as file:
            return _row_at(file, entry)

    def row_of(self, file: BinaryIO, entry: Entry) -> Row:
        """Return a row out of the journal's opened file."""
        return _row_at(file, entry)

    def _write(self, line: bytes, *, durable: bool = True) -> None:
        if self._file is None:
            raise ValueError("expected a journal that was begun")
        with explained(self.path):
            try:
                self._file.seek(self._end)
                rest = memoryview(line)
                while rest:
                    rest = rest[self._file.write(rest) or 0 :]
                if durable:
                    machine.to_disk(self._file.fileno())
            except OSError:
                self._undo()
                raise
        self._end += len(line)

    def _undo(self) -> None:
        """Cut off what a full disk took of a line; where it cannot be, the next lies over it."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)

    def _take(self, line: bytes, offset: int | None = None) -> None:
        """Take up what a line says; one that cannot be read says nothing."""
        at = self._end if offset is None else offset
        try:
            head = json.loads(line[: line.index(b"\t")])
            stamp = Stamp(*head["stamp"]) if "stamp" in head else None
            if "key" in head:
                key = tuple(head["key"])
                size = stamp.size if stamp else -1
                self.rows[key] = Entry(
                    journal=self, offset=at, status=head["status"], code=head["code"], size=size
                )
                if head["status"] in self.far:
                    self.far[head["status"]] += int(head.get("clips", 1))
                if stamp and key[0]:
                    self.seen[head["source"]] = stamp, key[0]
            elif "sha256" in head and stamp:
                self.seen[head["source"]] = stamp, head["sha256"]
            elif "note" in head:
                self.notes[head["note"]] = head["told"]
                if head["note"] == "run":  # what comes after it is the last run's
                    self.far, self.is_ended = dict(head["told"]), False
                elif head["note"] == "end":
                    self.is_ended = True
                    self.far["failed"] += int(dict(head["told"]).get("failed", 0))
        except (ValueError, KeyError, TypeError):
            return


def _line(head: Mapping[str, Any], row: Mapping[str, str]) -> bytes:
    told = json.dumps(row, separators=(",", ":")) if row else ""
    return f"{json.dumps(head, separators=(',', ':'))}\t{told}\n".encode("ascii")


def _stamped(source: str, stamp: Stamp | None) -> dict[str, Any]:
    return {} if stamp is None else {"source": source, "stamp": list(stamp)}


def _row_at(file: BinaryIO, entry: Entry) -> Row:
    file.seek(entry.offset)
    told = json.loads(file.readline().partition(b"\t")[2])
    return {name: str(told.get(name, "")) for name in columns()}
