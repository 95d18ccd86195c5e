"""One run at a time in a folder: a lock that a killed process gives up.

The system keeps it, so that it is gone with its process, whatever ended that. Some shared disks
keep no locks between machines: there a note beside the lock says who is at work, and is touched as
long as they are. What that cannot see: two machines that begin within the same second.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from posture import machine
from posture.errors import CannotWrite
from posture.files import explained

_BEAT_S = 15.0  # ours; a touch costs a round trip to a shared disk
_SILENT_S = 90.0  # ours; six beats: a machine under load misses one or two


class Lock:
    """Held from entering to leaving.

    Raises
    ------
    CannotWrite
        Another run has it, here or on another machine; or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._note = path.with_suffix(".running")
        self._lock = FileLock(path, timeout=0)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        with explained(self._path):
            try:
                self._lock.acquire()
            except Timeout as trouble:
                raise CannotWrite(
                    "batch_running", path=str(self._path.parent), who=self._who()
                ) from trouble
            try:
                self._refuse_another_machine()
                self._note.write_text(json.dumps(_me()), "utf-8")
            except BaseException:
                self._lock.release()
                raise
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._note.unlink()
        self._lock.release()

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_S):
            with contextlib.suppress(OSError):
                os.utime(self._note)

    def _who(self) -> str:
        told = self._noted()
        return f"{told.get('host', '?')}, {told.get('pid', '?')}"

    def _noted(self) -> dict[str, object]:
        with contextlib.suppress(OSError, ValueError):
            told = json.loads(self._note.read_bytes())
            if isinstance(told, dict):
                return told
        return {}

    def _refuse_another_machine(self) -> None:
        """Refuse where a machine whose locks are not seen here has been at work just now."""
        told = self._noted()
        if not told or told.get("host") == machine.host():
            return  # on this machine the lock says all
        os.utime(self._path)  # the disk's own clock, not this machine's
        silent_s = self._path.stat().st_mtime - self._note.stat().st_mtime
        if silent_s < _SILENT_S:
            raise CannotWrite(
                "batch_running_elsewhere",
                path=str(self._path.parent),
                who=self._who(),
                wait_s=_SILENT_S,
            )


def _me() -> dict[str, object]:
    return {
        "host": machine.host(),
        "pid": os.getpid(),
        "since": time.strftime("%FT%TZ", time.gmtime()),
    }
