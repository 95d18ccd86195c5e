"""How a body is built, as far as a side view tells: lengths of its parts against its leg."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from posture.activities import TESTS
from posture.signals.geometry import distance_px
from posture.signals.known import known_median
from posture.signals.leg import knee_flexion, segment_inclination
from posture.types import Facing, Floats, Landmarks, Segment, Side

_UPRIGHT_DEG = 20.0  # ours; trunk: a bent one pulls the hip's point along
_STRAIGHT_DEG = 15.0  # ours; knee: a bent leg is foreshortened if it points at the camera
_FEWEST = 5  # ours; frames, so that one slip is none of the middle ones
_TURNED_DEG = 20.0  # ours; further round, the trunk's depth is its width

_PARTS = {
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "trunk": ("shoulder", "hip"),
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "foot": ("heel", "foot_index"),
}


def proportions(
    landmarks: Landmarks, forward: Floats, segments: tuple[Segment, ...]
) -> Mapping[str, float]:
    """Return how long and how deep parts of the body are, against its leg.

    Unit
        Leg lengths (hip to knee to ankle); `thigh` is over the shank instead.
    Sign
        Positive.
    Needs
        Cleaned landmarks; upright moments with a straight leg in a side view. Empty without.
    Source
        Medians over those moments, of the near side's points and of the outline's depth at the
        middle of the trunk. Ratios, so that neither distance nor size matters.
    """
    seen = [s for s in segments if _is_side_view(s)]
    sides = [s.view.near_side for s in seen if s.view.near_side is not None]
    if not sides:
        return {}
    near = max(sides, key=sides.count)  # of equals the first: a set has an order of its own
    frames = _upright(landmarks, forward, near, [s for s in seen if s.view.near_side is near])
    if len(frames) < _FEWEST:
        return {}
    lengths = {
        name: known_median(
            distance_px(*(landmarks.point(f"{near.value}_{p}")[frames] for p in ends))
        )
        for name, ends in _PARTS.items()
    }
    leg_px = lengths["thigh"] + lengths["shank"]
    found = {name: px / leg_px for name, px in lengths.items() if name not in {"thigh", "shank"}}
    found["thigh"] = lengths["thigh"] / lengths["shank"]
    found["depth"] = (
        known_median(np.array([_depth_px(landmarks, near, f) for f in frames])) / leg_px
    )
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _is_side_view(segment: Segment) -> bool:
    view = segment.view
    if segment.activity not in TESTS:  # outlines of others are not kept in a saved clip
        return False
    return view.facing in {Facing.LEFT, Facing.RIGHT} and abs(view.yaw_deg) <= _TURNED_DEG


def _upright(
    landmarks: Landmarks, forward: Floats, near: Side, segments: list[Segment]
) -> np.ndarray:
    inside = np.zeros(len(landmarks.time_s), dtype=bool)
    for segment in segments:
        inside[slice(*segment.frames)] = True
    trunk = segment_inclination("trunk", landmarks, forward, near).value
    knee = knee_flexion(landmarks, forward, near).value
    with np.errstate(invalid="ignore"):
        upright = inside & (np.abs(trunk) <= _UPRIGHT_DEG) & (np.abs(knee) <= _STRAIGHT_DEG)
    return np.flatnonzero(upright)


def _depth_px(landmarks: Landmarks, near: Side, frame: int) -> float:
    """Depth of the outline across the middle of the trunk; NaN without."""
    outline = landmarks.outline_px(frame)
    shoulder, hip = (landmarks.point(f"{near.value}_{p}")[frame] for p in ("shoulder", "hip"))
    middle = hip + _WAIST * (shoulder - hip)
    if outline is None or not np.isfinite(middle).all():
        return math.nan
    along = (shoulder - hip) / np.hypot(*(shoulder - hip))
    places = (outline - middle) @ np.column_stack([along, (-along[1], along[0])])
    nxt = np.roll(places, -1, axis=0)
    crosses = places[:, 0] * nxt[:, 0] < 0
    start, end = places[crosses], nxt[crosses]
    at = start[:, 1] - start[:, 0] * (end[:, 1] - start[:, 1]) / (end[:, 0] - start[:, 0])
    before, after = at[at < 0], at[at > 0]
    return float(after.min() - before.max()) if len(before) and len(after) else math.nan


_WAIST = 0.45  # of hip to shoulder; ours, above the hanging hand and below the chest
