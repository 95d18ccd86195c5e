"""A tiny look at every picture that is decoded, whether or not it is converted and measured."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Bools, Floats

Thumb = NDArray[np.uint8]  # (_TALL, _WIDE) brightness
_WIDE, _TALL = 32, 18  # ours: a person is some cells tall, and an hour of them takes 60 MB
_FINE = 4  # ours: times finer, for what changes from one picture to the next
_LUMA_FIRST = ("yuv", "nv12", "nv21", "gray")  # 8-bit formats whose first plane is brightness


@dataclass(frozen=True, slots=True)
class Glances:
    """What was seen of a clip's pictures at a glance, one row a picture; filled in place."""

    thumbs: Thumb  # (T, 18, 32)
    change: Floats  # (T,) grey levels by which a picture differs from the one before; NaN unknown
    most: Floats  # (T,) the same where it differs most
    seen: Bools  # (T,)

    @classmethod
    def empty(cls, frames: int) -> Glances:
        """Return rows that say nothing yet."""
        return cls(
            thumbs=np.zeros((frames, _TALL, _WIDE), dtype=np.uint8),
            change=np.full(frames, np.nan, dtype=np.float32),
            most=np.full(frames, np.nan, dtype=np.float32),
            seen=np.zeros(frames, dtype=bool),
        )

    def reader(self) -> Glancer:
        """Return one that looks at pictures in their order; a thread has its own."""
        return Glancer(self)


class Glancer:
    """Looks at one picture after the other."""

    def __init__(self, rows: Glances) -> None:
        self._rows = rows
        self._last: tuple[int, Floats] | None = None

    def see(self, number: int, frame: av.VideoFrame) -> None:
        """Write down what this picture is like, and how it differs from the one before."""
        rows = self._rows
        before, self._last = self._last, None
        if rows.seen[number] and (number == 0 or np.isfinite(rows.change[number])):
            # known from an earlier reading; the next one may want it
            if number + 1 < len(rows.seen) and not np.isfinite(rows.change[number + 1]):
                self._last = number, _fine(frame)
            return
        fine = _fine(frame)
        self._last = number, fine
        rows.thumbs[number] = np.round(cv2.resize(fine, (_WIDE, _TALL), interpolation=_MEAN))
        rows.seen[number] = True
        if before is not None and before[0] == number - 1:
            off = cv2.blur(np.abs(fine - before[1]), (3, 3))  # single cells are noise
            rows.change[number] = off.mean()
            rows.most[number] = off.max()


_MEAN = cv2.INTER_AREA
_STRIDE = 3  # ours: of the stored rows; every third one says as much of the mean


def _fine(frame: av.VideoFrame) -> Floats:
    plain = _luma(frame)
    # a picture with few rows has none to spare
    step = max(1, min(_STRIDE, plain.shape[0] // (_FINE * _TALL)))
    across = cv2.resize(
        np.ascontiguousarray(plain[::step]),
        (_FINE * _WIDE, len(range(0, plain.shape[0], step))),
        interpolation=_MEAN,
    )
    fine = cv2.resize(
        across.astype(np.float32), (_FINE * _WIDE, _FINE * _TALL), interpolation=_MEAN
    )
    return np.asarray(fine)


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the brightness as stored, without converting where it is there already."""
    form = frame.format
    if form.name.startswith(_LUMA_FIRST) and form.components[0].bits == 8:  # noqa: PLR2004
        plane = frame.planes[0]
        stored: NDArray[np.uint8] = np.frombuffer(memoryview(plane), dtype=np.uint8)
        return stored.reshape(-1, plane.line_size)[: plane.height, : plane.width]
    return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
