"""Results onto the disk, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from posture import machine
from posture.errors import CannotWrite


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
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(0o644)
            machine.patiently(lambda: part.replace(path))
        finally:
            part.unlink(missing_ok=True)


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
