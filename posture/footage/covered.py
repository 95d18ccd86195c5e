"""Where the outline ends the body ends: points the model invents beyond it are not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from posture.footage.parts import parts_of, spans_s_of
from posture.landmarks.skeleton import SIDES
from posture.series import about
from posture.types import (
    OUTLINE_STEPS_PER_PX,
    Bools,
    Fact,
    FactKind,
    Floats,
    Landmarks,
    Outline,
    Reason,
)

# How far outside of the outline a point may lie, in body heights. Ours: of 45 rendered and filmed
# clips without a cover 99 in 100 points lie nearer; feet and hands are thin, the mask is coarse.
_BEYOND = {
    "nose": 0.05,
    "ear": 0.05,
    "shoulder": 0.035,
    "elbow": 0.045,
    "wrist": 0.06,
    "index": 0.08,
    "hip": 0.035,
    "knee": 0.04,
    "ankle": 0.05,
    "heel": 0.07,
    "foot_index": 0.08,
}
_HAND = {"wrist", "index", "pinky", "thumb"}
_EDGE_HEIGHTS = 0.01  # ours; a joint this near a cover's edge is under it by half
_HAND_EDGE_HEIGHTS = 0.06  # ours; a hand under it is put where the arm ends, over its upper edge
_COVER_SHARE = 0.2  # of the pictures looked at for covers: one that comes and goes is none
_COVER_LEAST = 2
_LIKE = {"thumb": "index", "pinky": "index"}  # not looked at on their own: what happens to them
_ABOUT_THIN_S = 1.0  # ours; where that holds fewer outlines than `_ENOUGH`
_ENOUGH = 5
_ABOUT_S = 0.25  # ours; to either side: a mask that slips for a picture or two covers nothing
_SHARE = 0.6  # of the pictures about


def without_covered(landmarks: Landmarks) -> Landmarks:
    """Return the landmarks with points that no body is at unseen, and with the facts that say so.

    Done once, while all outlines are there; later on the points are just not visible.
    """
    beyond = beyond_outline(landmarks)
    unseen = beyond | _cut_at_a_side(landmarks)
    if not unseen.any():
        return landmarks
    return replace(
        landmarks,
        visibility=np.where(unseen, 0, landmarks.visibility).astype(landmarks.visibility.dtype),
        facts=(*landmarks.facts, *_covered(landmarks, beyond)),
    )


_REGIONS = (
    (("nose", "ear"), Reason("fact_covered_head")),
    (("elbow", "wrist"), Reason("fact_covered_arms")),
    (("shoulder", "hip"), Reason("fact_covered_trunk")),
    (("knee",), Reason("fact_covered_legs")),
    (("ankle", "heel", "foot_index"), Reason("fact_covered_feet")),
)
_HIDDEN_SHARE = 0.55  # ours; of both sides over the time about: one side alone is half
_ABOUT_COVER_S = 0.5  # to either side
_COVERED_S = 1.0  # ours; who comes into view or turns is hidden for less


def _covered(landmarks: Landmarks, beyond: Bools) -> Iterator[Fact]:
    """Yield which region of the body is covered and when: both sides of one of its joints.

    Most of the time about is enough: feet swing out from under a cover at every step.
    """
    for parts, told in _REGIONS:
        hidden = np.zeros(len(landmarks.time_s), dtype=bool)
        for part in parts:
            columns = [i for i, name in enumerate(landmarks.names) if name.endswith(part)]
            share = _about(beyond[:, columns].mean(axis=1), landmarks.time_s)
            hidden |= share > _HIDDEN_SHARE
        found = spans_s_of(hidden, landmarks.time_s)
        spans = tuple(span for span in found if span[1] - span[0] >= _COVERED_S)
        if spans:
            yield Fact(
                kind=FactKind.COVERED,
                reason=told,
                spans_s=spans,
                probability=0.9,
                what_to_do=Reason("fact_covered_todo"),
            )


def _about(share: Floats, time_s: Floats) -> Floats:
    """Return the mean over the time about each picture."""
    first, last = about(time_s, _ABOUT_COVER_S)
    total = np.concatenate([[0.0], np.cumsum(share)])
    mean: Floats = (total[last] - total[first]) / (last - first)
    return mean


def beyond_outline(landmarks: Landmarks) -> Bools:
    """Return which points lie outside of the body's outline for longer than a mask slips.

    (T, K); False where there is no outline. A cover, a bar, a caption, grass: the model puts points
    where they would be, as surely as any.
    """
    names = landmarks.names
    beyond = np.zeros(landmarks.xy_px.shape[:2], dtype=bool)
    looked = {
        column: _BEYOND[kind]
        for column, name in enumerate(names)
        if (kind := name.removeprefix("left_").removeprefix("right_")) in _BEYOND
    }
    has = np.array([outline is not None for outline in landmarks.outlines])
    for part in parts_of(landmarks):
        rows = slice(*part)
        height_px = outline_height_px(landmarks, rows)
        if not np.isfinite(height_px):
            continue
        for frame in (part[0] + np.flatnonzero(has[rows]).astype(int)).tolist():
            ring = _ring(landmarks.outlines[frame])
            for column, share in looked.items():
                x, y = landmarks.xy_px[frame, column].tolist()
                if np.isfinite(x):
                    inside_px = cv2.pointPolygonTest(ring, (x, y), True)  # noqa: FBT003 - its way
                    beyond[frame, column] = inside_px < -share * height_px
        beyond[rows] = _lasting(beyond[rows], has[rows], landmarks.time_s[rows])
        beyond[rows] |= _under_cover(landmarks, rows, height_px)
    for name in names:
        side, _, kind = name.partition("_")
        if kind in _LIKE:
            beyond[:, names.index(name)] |= beyond[:, names.index(f"{side}_{_LIKE[kind]}")]
    return beyond


def _cut_at_a_side(landmarks: Landmarks) -> Bools:
    """Return which points belong to a foot or a shank that a side of the picture cuts, (T, K).

    Where a part of it is outside, the model folds the rest into the picture.
    """
    x = landmarks.xy_px[..., 0]
    with np.errstate(invalid="ignore"):
        past = (x < 0) | (x > landmarks.size_px[0])
    first, last = about(landmarks.time_s, _CUT_ABOUT_S)
    cut = np.zeros(x.shape, dtype=bool)
    for side in SIDES:
        knee, ankle, *rest = (landmarks.names.index(f"{side}_{part}") for part in _LOWER_LEG)
        foot = [ankle, *rest]
        for hidden, by in ((foot, foot), ([knee], [knee, ankle])):
            count = np.concatenate([[0], np.cumsum(past[:, by].any(axis=1))])
            cut[:, hidden] = (count[last] > count[first])[:, None]
    return cut


_LOWER_LEG = ("knee", "ankle", "heel", "foot_index")
_CUT_ABOUT_S = 0.1  # ours; folded in, it looks whole for a picture or two


def cover_px(landmarks: Landmarks, rows: slice) -> tuple[float, float] | None:
    """Return from where to where something lies across the person over these pictures, px down."""
    footage = landmarks.footage
    if footage is None:
        return None
    found = footage.cover[rows]
    found = found[np.isfinite(found[:, 0])]
    time_s = landmarks.time_s[rows]
    looks = max(1.0, float(time_s[-1] - time_s[0]) / _LOOKED_EVERY_S)
    if len(found) < max(_COVER_LEAST, _COVER_SHARE * looks):
        return None
    return float(np.median(found[:, 0])), float(np.percentile(found[:, 1], 80))


_LOOKED_EVERY_S = 0.5


def _under_cover(landmarks: Landmarks, rows: slice, height_px: float) -> Bools:
    """Return which points lie under something across the person, or are put at its edge."""
    y = landmarks.xy_px[rows][..., 1]
    cover = cover_px(landmarks, rows)
    if cover is None:
        return np.zeros(y.shape, dtype=bool)
    is_hand = np.array([name.partition("_")[2] in _HAND for name in landmarks.names])
    above = np.where(is_hand, _HAND_EDGE_HEIGHTS, _EDGE_HEIGHTS) * height_px
    with np.errstate(invalid="ignore"):
        under: Bools = (y > cover[0] - above) & (y < cover[1] + _EDGE_HEIGHTS * height_px)
    return under


def outline_height_px(landmarks: Landmarks, rows: slice) -> float:
    """Return how tall the outline usually is where it is tallest; NaN without any."""
    heights = [
        float(np.ptp(outline[:, 1])) / OUTLINE_STEPS_PER_PX
        for outline in landmarks.outlines[rows]
        if outline is not None
    ]
    return float(np.percentile(heights, 90)) if heights else float("nan")


def _ring(outline: Outline | None) -> Floats:
    points = np.zeros((0, 2)) if outline is None else outline / OUTLINE_STEPS_PER_PX
    return points.astype(np.float32).reshape(-1, 1, 2)


def _lasting(beyond: Bools, has: Bools, time_s: Floats) -> Bools:
    """Return where points are outside in most of the pictures about that have an outline."""
    count = np.concatenate([[0], np.cumsum(has)])
    first, last = about(time_s, _ABOUT_S)
    # of somebody who walks an outline is looked for now and then
    is_thin = count[last] - count[first] < _ENOUGH
    wide = about(time_s, _ABOUT_THIN_S)
    first, last = np.where(is_thin, wide[0], first), np.where(is_thin, wide[1], last)
    total = np.vstack([np.zeros((1, beyond.shape[1])), np.cumsum(beyond, axis=0)])
    looked = np.maximum(count[last] - count[first], 1)[:, None]
    lasting: Bools = ((total[last] - total[first]) / looked > _SHARE) & beyond
    # a picture between two outlines is as both of them
    at = np.flatnonzero(has)
    if len(at):
        before = at[np.maximum(np.searchsorted(at, np.arange(len(has)), side="right") - 1, 0)]
        after = at[np.minimum(np.searchsorted(at, np.arange(len(has))), len(at) - 1)]
        near = time_s[after] - time_s[before] <= _ABOUT_THIN_S
        lasting |= lasting[before] & lasting[after] & (near & ~has)[:, None]
    return lasting
