"""A recording that arrives in numbered pieces, in order, into one file."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from posture.live.errors import LiveTrouble, OutOfOrder

MAX_CHUNK_BYTES = 4 << 20  # a second of the highest rate a browser records at is half of it
_HEAD_BYTES = 64  # enough to know what kind of file it is


class Parts:
    """One take on its way in. Used by one thread at a time."""

    def __init__(self, path: Path, *, limit_bytes: int, reserve_bytes: int) -> None:
        self.path = path
        self.head = b""
        self.size_bytes = 0
        self.count = 0  # pieces that are there
        self._limit_bytes = limit_bytes
        self._reserve_bytes = reserve_bytes
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The checksum of all that has arrived."""
        return self._digest.hexdigest()

    def add(self, number: int, data: bytes) -> int:
        """Append piece `number` and return the number of the next one; one twice is no harm.

        Raises
        ------
        OutOfOrder
            A piece is missing before this one.
        LiveTrouble
            Too much of it, or no room on the disk; what was there before stays whole.
        """
        if number < self.count:
            return self.count
        if number > self.count:
            raise OutOfOrder(self.count)
        if not data:
            raise LiveTrouble("live_chunk_empty")
        if self.size_bytes + len(data) > self._limit_bytes:
            raise LiveTrouble("live_recording_too_large", limit_mb=self._limit_bytes / 1e6)
        try:
            self._append(data)
        except OSError as trouble:
            if trouble.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise LiveTrouble("disk_full", path=str(self.path)) from trouble
            raise LiveTrouble("live_recording_lost", why=trouble.strerror or "") from trouble
        self._digest.update(data)
        self.head += data[: _HEAD_BYTES - len(self.head)]
        self.size_bytes += len(data)
        self.count += 1
        return self.count

    def _append(self, data: bytes) -> None:
        if shutil.disk_usage(self.path.parent).free - len(data) < self._reserve_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # opened for each piece: they come seconds apart, and nobody has to remember to close it
        with self.path.open("r+b" if self.path.exists() else "xb", buffering=0) as file:
            try:
                file.seek(self.size_bytes)
                left = memoryview(data)
                while left:
                    left = left[file.write(left) :]
            except OSError:
                file.truncate(self.size_bytes)  # half a piece would spoil the next try
                raise

    def finish(self, count: int) -> None:
        """Check that every piece is there.

        Raises
        ------
        OutOfOrder
            There are not as many pieces as were sent.
        LiveTrouble
            Nothing was sent at all.
        """
        if count != self.count:
            raise OutOfOrder(self.count)
        if not self.count:
            raise LiveTrouble("live_chunk_empty")

    def drop(self) -> None:
        """Throw away what has arrived."""
        self.path.unlink(missing_ok=True)
