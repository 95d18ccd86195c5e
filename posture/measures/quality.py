"""Can this stretch of the clip answer this question? If not: what to change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posture.measures.doubt import DoubtRow, doubt_rows, spread_of
from posture.measures.framing import cut_off, is_cut_off
from posture.measures.limits import LOOKED_AT
from posture.measures.shape import HANGS, MAY_HANG, hanging_chance
from posture.measures.take import Take
from posture.signals.contour import (
    WINDOWS,
    Level,
    edge_deg,
    hollow_depth,
    roughness,
)
from posture.signals.known import known_median
from posture.types import Activity, Facing, Measure, Quality, Reason, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How far a number may be trusted, and why not further."""

    quality: Quality = Quality.GOOD
    reason: Reason | None = None


GOOD = Grade()


def worst(*grades: Grade) -> Grade:
    """Return the least trusting grade; of equals the first.

    Needs
        At least one grade.
    """
    order = [Quality.GOOD, Quality.SUSPECT, Quality.MISSING]
    return max(grades, key=lambda grade: order.index(grade.quality))


def view_grade(take: Take) -> Grade:
    """Return whether the person is side-on enough.

    Needs
        The segment's view.
    Source
        `QualitySettings`; beyond 28 deg of yaw, near and far side can no longer be told apart.
    """
    view = take.segment.view
    if view.facing in {Facing.FRONT, Facing.BACK, Facing.UNKNOWN}:
        return Grade(quality=Quality.MISSING, reason=Reason("not_side_view"))
    if math.isnan(view.yaw_deg):
        return Grade(quality=Quality.MISSING, reason=Reason("body_not_whole"))
    turned = abs(view.yaw_deg)
    if turned > take.quality.refused_yaw_deg:
        return Grade(quality=Quality.MISSING, reason=Reason("turned_too_far", {"yaw_deg": turned}))
    if turned > take.quality.suspect_yaw_deg:
        return Grade(quality=Quality.SUSPECT, reason=Reason("turned", {"yaw_deg": turned}))
    return GOOD


def seen_grade(take: Take, points: tuple[str, ...], side: Side) -> Grade:
    """Return whether one side's points were seen often enough over the segment.

    Needs
        Names without their side, such as "ankle".
    Source
        `QualitySettings`.
    """
    columns = [take.landmarks.names.index(f"{side.value}_{p}") for p in points]
    seen = take.observed[take.part][:, columns]
    share = float(seen.all(axis=1).mean())
    if share >= take.quality.min_seen_frac:
        return GOOD
    least_seen = points[int(seen.mean(axis=0).argmin())]
    return Grade(quality=Quality.MISSING, reason=_unseen(take, least_seen, share))


def _unseen(take: Take, point: str, share: float) -> Reason:
    """Return why a point was not seen, and what to change about it."""
    body = (take.landmarks, take.frames)
    if point in _FOOT and is_cut_off(*body, "feet"):
        return cut_off(*body, "feet", {"share": share})
    if point in _HEAD and is_cut_off(*body, "head"):
        return cut_off(*body, "head")
    return Reason("feet_not_seen" if point in _FOOT else "body_not_seen", {"share": share})


_FOOT = {"ankle", "heel", "foot_index"}
_HEAD = {"ear", "nose"}


def outline_grade(take: Take, values: np.ndarray) -> Grade:
    """Return whether the back's outline could be read over the frames that matter.

    Needs
        The outline's inclinations over those frames, NaN where it could not.
    Source
        `QualitySettings`.
    """
    share = float(np.isfinite(values).mean()) if len(values) else 0.0
    least = take.quality.min_seen_frac if not take.is_still else 1.0
    if share >= least:
        return GOOD
    return Grade(quality=Quality.MISSING, reason=Reason("back_outline_unclear", {"share": share}))


def back_like_grade(take: Take, frames: tuple[int, int], *, by_shape: bool) -> Grade:
    """Return whether what is seen behind the trunk is shaped like a back at all.

    Needs
        Upright standing over `frames` [start, end); `by_shape` where the whole shape is read, which
        is told by itself how unlike a body it is, and not tangents, which follow whatever is there.
    Source
        `QualitySettings`: an arm, a bar or a bag is rougher than a back, or rounder.
    """
    step = max(1, (frames[1] - frames[0]) // LOOKED_AT)
    found = [take.body.profile(frame) for frame in range(frames[0], frames[1], step)]
    profiles = [profile for profile in found if profile is not None]
    if not profiles:
        return GOOD  # whether an outline was seen is asked elsewhere
    rough = known_median(np.array([roughness(profile) for profile in profiles]))
    off_deg = [
        abs(known_median(np.array([edge_deg(p, WINDOWS[level]) - p.chord_deg for p in profiles])))
        for level in _OF_THE_TRUNK
    ]
    leans = not by_shape and max(off_deg) > take.quality.leaning_edge_deg
    if rough > take.quality.rough_back or leans:
        return Grade(quality=Quality.MISSING, reason=Reason("back_not_a_back"))
    return GOOD


_OF_THE_TRUNK: tuple[Level, ...] = ("thoracolumbar", "upper_thorax")


def free_back_grade(take: Take, frames: tuple[int, int]) -> Grade:
    """Return whether the back itself is seen in standing, or a top that hangs down straight.

    Needs
        Upright standing over `frames` [start, end).
    Source
        How hollow the outline is between buttock and shoulder blade, middle of the frames; and
        what shapes under hanging tops have in common (`hanging_chance`). A head cut off by the
        picture's edge is said first, as it spoils both.
    """
    if is_cut_off(take.landmarks, frames, "head"):
        # the shape is read whole: without its head it is nobody's the estimators know
        why = cut_off(take.landmarks, frames, "head")
        return Grade(quality=Quality.MISSING, reason=why)
    middle = (frames[0] + frames[1] - 1) // 2
    profile = take.body.profile(middle)
    chance = hanging_chance(take, frames)
    flat = profile is not None and hollow_depth(profile) < take.quality.flat_hollow
    if flat or chance >= HANGS:
        return Grade(quality=Quality.MISSING, reason=Reason("back_hangs_straight"))
    covered = back_like_grade(take, frames, by_shape=True)
    if covered.quality is Quality.MISSING:
        return covered
    if chance >= MAY_HANG:
        return Grade(quality=Quality.SUSPECT, reason=Reason("back_may_be_hidden"))
    return GOOD


def measured(
    name: str,
    take: Take,
    side: Side,
    value: float,
    grade: Grade,
    *,
    frames: tuple[int, int] | None = None,
    more: Mapping[str, float] | None = None,
    shape: float | None = None,
) -> Measure:
    """Return a measure with its doubt, or a missing one where the grade or the value says so.

    Unit
        That of the measure's row in uncertainty.toml.
    Sign
        See posture/conventions.md.
    Needs
        A row for the measure; `more` names further causes of doubt, `shape` is as in `spread_of`.
    Source
        `spread_of`.
    """
    row = _row(take.segment.activity, name)
    if math.isnan(value) and grade.quality is not Quality.MISSING:
        grade = Grade(quality=Quality.MISSING, reason=Reason("not_seen_long_enough"))
    missing = grade.quality is Quality.MISSING
    return Measure(
        name=name,
        activity=take.segment.activity,
        side=side,
        value=math.nan if missing else value,
        unit=row.unit,
        spread={} if missing else spread_of(row, value, take, more or {}, shape),
        frames=frames or take.frames,
        segment=take.index,
        quality=grade.quality,
        reason=grade.reason,
    )


def _row(activity: Activity, name: str) -> DoubtRow:
    try:
        return doubt_rows()[activity, name]
    except KeyError:
        raise ValueError(f"{name}: no row for {activity.value} in uncertainty.toml") from None
