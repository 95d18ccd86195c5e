"""From the person mask to the outline of the body, kept small."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.filters import gaussian
from posture.types import OUTLINE_STEPS_PER_PX, Floats, Outline

MAX_POINTS = 128

_INSIDE = 0.5  # where the mask says "person" as likely as not
_SMOOTHING = 0.004  # of the outline's length; ours: a quarter of the spacing of 128 points
_MIN_POINTS = 24  # ours; fewer are a speck, not a body


def outline_of(mask: NDArray[np.float32]) -> Outline | None:
    """Return the outer edge of the largest part of the mask, or None where there is none.

    `mask` is (height, width) in 0..1. The outline is closed, at most MAX_POINTS points evenly
    spaced along it, in sixteenths of a pixel.
    """
    inside = (mask > _INSIDE).astype(np.uint8)
    found, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not found:
        return None
    # a pixel is known by its number, its middle lies half a pixel further
    edge = max(found, key=cv2.contourArea)[:, 0, :].astype(np.float64) + 0.5
    if len(edge) < _MIN_POINTS:
        return None
    smooth = gaussian(edge, _SMOOTHING * len(edge), "wrap")
    even = _evenly_spaced(smooth, MAX_POINTS)
    return np.round(even * OUTLINE_STEPS_PER_PX).astype(np.int16)


def moved(outline: Outline, by_px: tuple[int, int]) -> Outline:
    """Return the outline shifted by whole pixels, from a crop to its place in the picture."""
    shift = np.asarray(by_px, dtype=np.int16) * OUTLINE_STEPS_PER_PX
    return (outline + shift).astype(np.int16)


def carried(outline: Outline, before: Floats, after: Floats, size_px: float) -> Outline:
    """Return the outline a picture or two away from where it was seen, as the points moved.

    `before` and `after` are the body points (K, 2) in px, there and here; each place of the outline
    goes along with the points near it.
    """
    places = outline / OUTLINE_STEPS_PER_PX
    away = ((places[:, None] - before) ** 2).sum(axis=2)
    weights = 1 / (away + (_NEAR * size_px) ** 2) ** 2
    shift = weights @ (after - before) / weights.sum(axis=1, keepdims=True)
    here: Outline = np.round((places + shift) * OUTLINE_STEPS_PER_PX).astype(np.int16)
    return here


_NEAR = 0.05  # ours; of a body's size: points nearer than this pull alike


def _evenly_spaced(closed: Floats, count: int) -> Floats:
    ring = np.vstack([closed, closed[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    wanted = np.linspace(0.0, along[-1], min(count, len(closed)), endpoint=False)
    return np.stack([np.interp(wanted, along, ring[:, axis]) for axis in (0, 1)], axis=1)
