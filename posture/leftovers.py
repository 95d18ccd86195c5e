"""Names of what is written for a moment, and what a killed program left of it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from posture import machine
from posture.received import NAME_BYTES, cut

# Ours: whoever wrote it on a machine that cannot be asked has ended or given up by then.
_FORGOTTEN_S = 24 * 3600.0
_MARKED = re.compile(r"\..*-([0-9a-f]{8})-([0-9]{1,10})-[0-9a-f]{8}(?:\.[^-]*)?")
# As earlier versions called them; who wrote one cannot be told, so its age decides.
_EARLIER = re.compile(
    r"\.restoring-[0-9a-f]{16}"
    r"|\..+\.zip\.db\.[0-9a-f]{16}(?:-journal|-wal|-shm)?"
    r"|\..+\.zip\.[0-9a-f]{16}\.part"
    r"|\.overlay-(?![0-9]{8})[a-z0-9_]{8}\.mp4"  # eight digits are a date somebody wrote
)


def hidden(folder: Path, name: str, suffix: str = "") -> Path:
    """Return a path nobody else has, for a file or folder that is needed for a moment only.

    Its name says which process of which machine it belongs to.
    """
    tail = f"-{_here()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}"
    return folder / f".{cut(name, NAME_BYTES - 1 - len(tail.encode()))}{tail}"


@cache
def _here() -> str:
    """Return what stands for this machine, and within it for whoever counts processes alike."""
    counted = ""
    with suppress(OSError):  # only Linux has several who count
        counted = str(Path("/proc/self/ns/pid").stat().st_ino)
    return f"{zlib.crc32(f'{machine.host()} {counted}'.encode()):08x}"


def left_behind(folder: Path) -> Iterator[Path]:
    """Yield what a process that is no more left in a folder; nothing that somebody still writes."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError, OverflowError):  # a number that no process has
                if entry.name.startswith(".") and _is_left(entry):
                    yield Path(entry.path)


def _is_left(entry: os.DirEntry[str]) -> bool:
    marked = _MARKED.fullmatch(entry.name)
    if marked is not None and marked[1] == _here() and not machine.is_running(int(marked[2])):
        return True
    if marked is None and not _EARLIER.fullmatch(entry.name):
        return False
    return entry.stat(follow_symlinks=False).st_mtime < time.time() - _FORGOTTEN_S


def sweep(folder: Path) -> None:
    """Remove what was left behind in a folder, as far as it can be removed."""
    for path in [*left_behind(folder)]:
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
