"""Is the whole body in the picture, and if not: how far to step back, or where to tilt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from posture.footage.steady import filmed_outline_px, filmed_px
from posture.signals.frame import FrameSettings
from posture.types import Floats, Landmarks, Reason

End = Literal["head", "feet"]

_EDGE_FRAC = 0.006  # ours; of the picture's height: an outline that ends there is cut off there
_MOSTLY = 0.5  # ours; of the frames with an outline
_FILL = 0.85  # ours; of the picture's height, so that hands and a step have room
_LENS_SIDES = FrameSettings().focal_widths  # over the picture's longer side
_PERSON_M = 1.65  # ours; the middle of grown-ups, where no height was given
_STEP_M = 0.5  # ours; the lens is not known, so nothing finer is said
_HEIGHTS_PER_TRUNK = 1 / 0.288  # hip to shoulder, Drillis & Contini as in Winter 2009


def is_cut_off(landmarks: Landmarks, frames: tuple[int, int], end: End) -> bool:
    """Return whether the picture's edge cuts off the head, or the feet.

    Needs
        Outlines over `frames` [start, end); without any nothing is said to be cut off.
    Source
        The outline ends at the picture's edge in half of the frames or more; ours.
    """
    height = landmarks.size_px[1]
    margin = max(1.0, _EDGE_FRAC * height)
    at_edge = []
    for frame in range(*frames):
        outline = filmed_outline_px(landmarks, frame)
        if outline is not None:
            y = outline[:, 1]
            at_edge.append(y.min() <= margin if end == "head" else y.max() >= height - 1 - margin)
    return bool(at_edge) and float(np.mean(at_edge)) >= _MOSTLY


def cut_off(
    landmarks: Landmarks,
    frames: tuple[int, int],
    end: End,
    told: Mapping[str, float] | None = None,
) -> Reason:
    """Return what to change so that the head, or the feet, come into the picture.

    A body too large for the picture asks for distance; one that would fit, for another tilt.

    Unit
        Metres further away, in half metres.
    Sign
        Positive.
    Needs
        Hip and shoulder over `frames` [start, end); `told` goes into the sentence.
    Source
        Pinhole camera of 60 deg, a person of 1.65 m; both guesses, hence the half metres.
    """
    farther = farther_m(landmarks, frames)
    values: dict[str, float | str] = dict(told or {})
    if farther > 0:
        values["farther_m"] = farther
        return Reason("feet_cut_off" if end == "feet" else "head_cut_off", values)
    return Reason("feet_cut_off_aim" if end == "feet" else "head_cut_off_aim", values)


def farther_m(landmarks: Landmarks, frames: tuple[int, int]) -> float:
    """Return how much further away the whole body would fit into the picture.

    Unit
        Metres, a multiple of a half; 0 where it would fit from here.
    Sign
        Never negative.
    Needs
        Hip and shoulder over `frames` [start, end); without them 0.
    Source
        As `cut_off`; the body's height from its trunk, which is 0.288 of it.
    """
    part = slice(*frames)
    trunks = []
    for side in ("left", "right"):
        shoulder, hip = (
            filmed_px(landmarks, landmarks.point(f"{side}_{p}")[part], part)
            for p in ("shoulder", "hip")
        )
        lengths: Floats = np.hypot(*(shoulder - hip).T)
        trunks += lengths[np.isfinite(lengths)].tolist()
    if not trunks:
        return 0.0
    body_px = _HEIGHTS_PER_TRUNK * float(np.median(trunks))
    height = landmarks.size_px[1]
    if body_px <= _FILL * height:
        return 0.0
    now_m = _LENS_SIDES * max(landmarks.size_px) * _PERSON_M / body_px
    more_m = now_m * (body_px / (_FILL * height) - 1)
    return max(_STEP_M, math.ceil(more_m / _STEP_M) * _STEP_M)
