"""What a file is without reading it, and its checksum: read once, then known by size and time."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from posture.errors import UnusableClip


class Stamp(NamedTuple):
    """What changes when a file's contents do."""

    size: int  # bytes
    mtime_ns: int
    inode: int


def stamp_of(path: str) -> Stamp:
    """Return a file's stamp; nothing is opened.

    Raises
    ------
    UnusableClip
        Not there, a folder, not allowed, or no file: a pipe or a device never ends.
    """
    name = Path(path).name
    try:
        told = os.stat(path)  # noqa: PTH116 - a thousand files a second
    except (FileNotFoundError, NotADirectoryError) as trouble:
        raise UnusableClip("no_such_file", file=name) from trouble
    except PermissionError as trouble:
        raise UnusableClip("no_permission", file=name) from trouble
    except (OSError, ValueError) as trouble:  # a loop of links; a NUL in the name
        raise UnusableClip("cannot_read", file=name, why=_why(trouble)) from trouble
    if stat.S_ISDIR(told.st_mode):
        raise UnusableClip("is_a_folder", file=name)
    if not stat.S_ISREG(told.st_mode):
        raise UnusableClip("not_a_video", file=name)
    return Stamp(told.st_size, told.st_mtime_ns, told.st_ino)


def checksum(path: str) -> str:
    """Return the sha256 of a file's contents.

    Raises
    ------
    UnusableClip
        As `stamp_of`, or it cannot be read.
    """
    stamp_of(path)
    name = Path(path).name
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError as trouble:
        raise UnusableClip("no_permission", file=name) from trouble
    except OSError as trouble:
        raise UnusableClip("cannot_read", file=name, why=_why(trouble)) from trouble


def _why(trouble: OSError | ValueError) -> str:
    return getattr(trouble, "strerror", None) or str(trouble)
