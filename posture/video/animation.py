"""The pictures of an animated WebP, which FFmpeg cannot unpack; OpenCV can."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Rgb

# The container: https://developers.google.com/speed/webp/docs/riff_container
_FLAGS = 20  # the byte of VP8X that holds them
_ANIMATED = 0x02
_CHUNK_HEAD = 8  # bytes: name and length
_FIRST_CHUNK = 12  # bytes before it: RIFF, length, WEBP
_DURATION = slice(12, 15)  # of ANMF, in ms, least byte first
_SHORTEST_MS, _INSTEAD_MS = 10, 100  # as browsers do: who writes no time means ten a second
_AT_ONCE = 32  # pictures unpacked at once: few enough to hold in memory


def is_animated_webp(head: bytes) -> bool:
    """Whether a file that begins with `head` is a WebP of several pictures."""
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    flags = int.from_bytes(head[_FLAGS : _FLAGS + 1])
    return is_webp and head[12:16] == b"VP8X" and bool(flags & _ANIMATED)


def webp_size(head: bytes) -> tuple[int, int]:
    """Return width and height of an animated WebP without unpacking it."""
    width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
    return width, height


def webp_times_ms(path: Path) -> tuple[NDArray[np.int64], int]:
    """Return when each picture of an animated WebP begins, and when the last one ends."""
    lasts = [ms if ms > _SHORTEST_MS else _INSTEAD_MS for ms in _durations_ms(path)]
    ends = list(accumulate(lasts))
    return np.array([0, *ends[:-1]][: len(ends)], dtype=np.int64), ends[-1] if ends else 0


def _durations_ms(path: Path) -> Iterator[int]:
    with path.open("rb") as file:
        file.seek(_FIRST_CHUNK)
        while len(head := file.read(_CHUNK_HEAD)) == _CHUNK_HEAD:
            length = int.from_bytes(head[4:], "little")
            start = file.tell()
            if head[:4] == b"ANMF":
                yield int.from_bytes(file.read(_DURATION.stop)[_DURATION], "little")
            file.seek(start + length + length % 2)


def webp_pictures(path: Path, start: int, stop: int) -> Iterator[tuple[int, Rgb]]:
    """Yield (number, picture) from `start` up to, not including, `stop`."""
    for first in range(start, stop, _AT_ONCE):
        is_read, animation = cv2.imreadanimation(str(path), first, min(_AT_ONCE, stop - first))
        if not is_read:
            return
        for number, bgra in enumerate(animation.frames, start=first):
            yield number, np.ascontiguousarray(bgra[:, :, 2::-1], dtype=np.uint8)
