"""Lines that matter less than the work: what a full or closed output does not take is dropped."""

from __future__ import annotations

import io
import os
from typing import Any, TextIO


class _Forgiving(io.FileIO):
    """A descriptor that drops what it does not take: full, or closed at the other end."""

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def forgiving_text(descriptor: int, encoding: str = "utf-8", errors: str = "replace") -> TextIO:
    """Return text over `descriptor`, closed with it, for lines that matter less than the work.

    What the descriptor does not take is dropped. A terminal is opened as Python does it: on Windows
    that shows all letters.
    """
    if os.isatty(descriptor):
        return os.fdopen(descriptor, "w", encoding=encoding, errors=errors)
    raw = io.BufferedWriter(_Forgiving(descriptor, "w"))
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, line_buffering=True)
