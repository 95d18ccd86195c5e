"""How the person is lit and how sharp the picture of them is."""

from __future__ import annotations

import cv2
import numpy as np

from posture.types import OUTLINE_STEPS_PER_PX, Floats, Outline, Rgb
from posture.video.glance import Glances


def light_of(rgb: Rgb, outline: Outline | None) -> Floats:
    """Return how the person is lit, (4,): middle and bright tenth, noise and edges; grey levels.

    Of what lies within the outline; NaN without one. Noise is half of how much neighbouring points
    differ at all, edges how much the two in a hundred differ that differ most.
    """
    if outline is None:
        return np.full(4, np.nan)
    points = outline.astype(np.float64) / OUTLINE_STEPS_PER_PX
    height, width = rgb.shape[:2]
    left, top = np.clip(points.min(axis=0), 0, (width - 8, height - 8)).astype(int)
    right, bottom = np.clip(points.max(axis=0), (left + 8, top + 8), (width, height)).astype(int)
    box = np.ascontiguousarray(rgb[top:bottom, left:right, 1])
    inside = np.zeros(box.shape, dtype=np.uint8)
    cv2.fillPoly(inside, [np.round(points - (left, top)).astype(np.int32)], 1)
    step = max(1, max(box.shape) // _POINTS)
    of_body = box[::step, ::step][inside[::step, ::step] > 0]
    if not len(of_body):
        return np.full(4, np.nan)
    edges = np.abs(cv2.Laplacian(box, cv2.CV_16S))[::step, ::step][inside[::step, ::step] > 0]
    return np.array(
        [
            np.median(of_body),
            np.percentile(of_body, 90),
            np.median(edges),
            np.percentile(edges, 98),
        ],
        dtype=np.float64,
    )


_POINTS = 200  # ours; to a side, more say no more


def is_dark(glances: Glances) -> bool:
    """Whether hardly anything in a clip is bright enough to be seen, whoever is in it."""
    thumbs = glances.thumbs[glances.seen]
    if not len(thumbs):
        return False
    bright = np.percentile(thumbs.reshape(len(thumbs), -1), _BRIGHT_PERCENT, axis=1)
    return bool(np.median(bright) < _DARK_BRIGHT)


_BRIGHT_PERCENT = 95
_DARK_BRIGHT = 45.0  # ours; stored brightness, in which black is 0 or 16: rooms are at 140 and over
