"""Files onto the disk, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from posture import leftovers, machine
from posture.errors import CannotWrite

_WAIT_S = 60.0  # ours; a correction takes seconds, on a machine under load a few times that


@contextlib.contextmanager
def replacing(path: Path, *, for_owner: bool = False, for_good: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when all went well.

    `for_owner`: nobody else may read it. `for_good`: it is on the disk itself before it counts, so
    that no loss of power takes it back. What the operating system says is raised as it is.
    """
    leftovers.sweep(path.parent)  # of an earlier try that was killed
    part = leftovers.hidden(path.parent, path.stem, path.suffix)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        if not for_owner:
            part.chmod(0o644)
        if for_good:
            with part.open("rb+") as file:  # Windows settles only what may be written to
                machine.to_disk(file.fileno())
        machine.patiently(lambda: part.replace(path))
        if for_good:
            machine.folder_to_disk(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when all went well.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way. Nothing half-written stays behind.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            yield part


@contextlib.contextmanager
def one_after_another(folder: Path, name: str) -> Iterator[None]:
    """Hold a folder, so that who reads, works and writes there does so after those before.

    The system keeps the lock: it is gone with its process. The empty file `name` stays.

    Raises
    ------
    CannotWrite
        The folder takes no files, or somebody else holds it for a minute.
    """
    lock = FileLock(folder / name)
    with explained(folder):
        try:
            lock.acquire(timeout=_WAIT_S)
        except Timeout as trouble:
            raise CannotWrite("folder_held", path=str(folder)) from trouble
    try:
        yield
    finally:
        lock.release()


def never_ends(path: Path) -> bool:
    """Whether a path is a pipe or a device, which would be waited for without end."""
    return path.exists() and not path.is_file() and not path.is_dir()


def check_writable(folder: Path) -> None:
    """Fail where a folder, made if need be, takes no files.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # a name of its own: others may ask the same at this moment
        with tempfile.TemporaryFile(dir=folder):
            pass


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a write into one sentence's reason."""
    try:
        yield
    except OSError as trouble:
        code = {
            errno.ENOSPC: "disk_full",
            errno.EDQUOT: "disk_full",
            errno.EACCES: "not_writable",
            errno.EPERM: "not_writable",
            errno.EROFS: "not_writable",
            errno.EEXIST: "in_the_way",
            errno.ENOTDIR: "in_the_way",
            errno.EISDIR: "in_the_way",
        }.get(trouble.errno or 0, "cannot_write")
        if machine.is_open_elsewhere(trouble):
            code = "open_elsewhere"
        why = trouble.strerror or type(trouble).__name__
        raise CannotWrite(code, path=str(path), why=why) from trouble


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; what is no text (file names) as escapes."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file, which takes its place when it is whole."""
    with whole_file(path) as part:
        write(part)
