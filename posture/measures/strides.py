"""Which strides of a walk the numbers rest on, and why the others are left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posture.footage.steady import filmed_px
from posture.measures.take import Take
from posture.signals.cycle import Stride
from posture.signals.frame import view_of
from posture.types import Activity, Bools, Floats, Reason, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class StrideSettings:
    """When a stride is left out, each number with its reason."""

    overground_legs: float = 0.4  # ours; hips that go further than this a stride cover ground
    speed_change: float = 0.15  # docs/method.md, section 4.1: of the walk's median speed
    edge: float = 0.01  # ours; of the picture's width, a point nearer to its edge may lie beyond
    near_edge_legs: float = 0.5  # ours; a foot unseen with the hips this near an edge is outside
    stance: tuple[float, float] = (0.5, 0.85)  # of a walk's stride; less is a run, more no step
    swing_change: float = 0.4  # ours; of the walk's median swing: no limp halves or doubles it
    turn_deg: float = 18.0  # ours; shoulders swing 5 deg over half a stride, and yaw scatters by 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Strides of one leg: those kept, and those left out with the reason."""

    side: Side
    kept: tuple[Stride, ...]
    left_out: tuple[tuple[Stride, Reason], ...]


def travelled_legs(take: Take, stride: Stride) -> float:
    """Return how far the hips went in a stride.

    Unit
        Leg lengths; NaN where the near hip was not seen about its ends.
    Sign
        Positive forward.
    Needs
        The take's near hip in side view.
    Source
        Definition; medians over 15 % of the stride about its ends.
    """
    facing = float(np.nanmedian(take.forward[take.part]))
    hip = take.landmarks.point(f"{take.near.value}_hip")[:, 0]
    first, last = (_about(take, hip, at, stride) for at in (stride.start_s, stride.end_s))
    return facing * (last - first) / take.leg_px


def _about(take: Take, path: Floats, at_s: float, stride: Stride) -> float:
    """Return the middle of a path about a moment, going as straight as hips do."""
    time_s = take.landmarks.time_s
    known = np.isfinite(path) & (np.abs(time_s - at_s) <= _ABOUT * stride.duration_s)
    if known.sum() < _TO_FIT:
        return math.nan
    slope, height = np.polyfit(time_s[known] - at_s, path[known], 1)
    return float(height) if math.isfinite(slope) else math.nan


_ABOUT = 0.15  # ours; of the stride, to either side
_TO_FIT = 3


def sorted_strides(
    take: Take,
    legs: Sequence[tuple[Side, tuple[Stride, ...]]],
    settings: StrideSettings = StrideSettings(),
) -> dict[Side, Sorted]:
    """Return each leg's strides, those that cannot be used left out with a reason.

    Unit
        Seconds.
    Needs
        All strides of either leg over the take.
    Source
        docs/method.md, section 4.1: no turn, whole in the picture, foot seen, speed within 15 %
        of the walk's own. The far leg's foot is often hidden and is not asked for. A stride with a
        moment that somebody put by hand is not left out for how long it or its swing lasts.
    """
    every = [stride for _, strides in legs for stride in strides]
    speeds = _speeds(take, every, settings)
    usual = float(np.median(speeds)) if len(speeds) else math.nan
    changed = dict(zip(every, np.abs(speeds / usual - 1) > settings.speed_change, strict=True))
    odd, put = _odd(take, every, settings), {s for s in every if _is_put(take, s)}
    heading_deg = _heading_deg(take, take.frames)
    found = {}
    for side, strides in legs:
        why = [
            (
                s,
                _why(take, s, heading_deg, settings, changed=bool(changed[s]) and s not in put)
                or (Reason("stride_events_unclear") if s in odd - put else None),
            )
            for s in strides
        ]
        found[side] = Sorted(
            side=side,
            kept=tuple(stride for stride, reason in why if reason is None),
            left_out=tuple((stride, reason) for stride, reason in why if reason is not None),
        )
    return found


def _is_put(take: Take, stride: Stride) -> bool:
    """Whether somebody moved one of a stride's moments by hand."""
    moments = {stride.start_s, stride.toe_off_s, stride.end_s}
    return any(one.side is stride.side and one.to_s in moments for one in take.corrections.moved)


def _odd(take: Take, strides: Sequence[Stride], settings: StrideSettings) -> set[Stride]:
    """Return strides of a walk whose stance or swing is none: one of their ends is something else.

    A step that comes to a halt, a foot behind furniture or a point that slipped ends a swing early.
    """
    if take.segment.activity is not Activity.WALKING or not strides:
        return set()
    swings_s = [(1 - s.stance_frac) * s.duration_s for s in strides]
    usual_s = float(np.median(swings_s))
    low, high = settings.stance
    return {
        s
        for s, swing_s in zip(strides, swings_s, strict=True)
        if not low <= s.stance_frac <= high or abs(swing_s / usual_s - 1) > settings.swing_change
    }


def _speeds(take: Take, strides: Sequence[Stride], settings: StrideSettings) -> Floats:
    """Return each stride's speed: over ground that of the hips, on a belt that of the feet."""
    went = np.array([travelled_legs(take, stride) for stride in strides])
    lasts_s = np.array([stride.duration_s for stride in strides])
    known = np.isfinite(went)
    covers = known.any() and np.median(went[known]) >= settings.overground_legs
    if covers and known.all():
        return np.asarray(went / lasts_s)
    return np.asarray(1 / lasts_s)


def _why(
    take: Take,
    stride: Stride,
    heading_deg: float,
    settings: StrideSettings,
    *,
    changed: bool,
) -> Reason | None:
    first, last = np.searchsorted(take.landmarks.time_s, (stride.start_s, stride.end_s))
    frames = (int(first), min(int(last) + 1, take.frames[1]))
    if _is_turning(take, frames, heading_deg, settings):
        return Reason("stride_turning")
    if _at_edge(take, stride.side, frames, settings):
        return Reason("stride_at_edge")
    seen = _foot_seen(take, stride.side, frames).mean()
    if stride.side is take.near and seen < take.quality.min_seen_frac:
        return Reason("stride_foot_hidden")
    return Reason("stride_speed_changed") if changed else None


def _is_turning(
    take: Take, frames: tuple[int, int], heading_deg: float, settings: StrideSettings
) -> bool:
    """Say whether half a stride goes another way than the walk as a whole."""
    middle = (frames[0] + frames[1]) // 2
    halves = (_heading_deg(take, half) for half in ((frames[0], middle), (middle, frames[1])))
    return any(abs(heading - heading_deg) > settings.turn_deg for heading in halves)


def _heading_deg(take: Take, frames: tuple[int, int]) -> float:
    """Return the way somebody goes against the picture's plane; NaN where not to be told.

    Walking straight past, people are seen from the front first and from behind at last, by how
    far they are off the camera's axis; that is taken off.
    """
    yaw = view_of(take.landmarks, take.forward, frames, take.settings).yaw_deg
    part = slice(*frames)
    hip = filmed_px(take.landmarks, take.landmarks.point(f"{take.near.value}_hip")[part], part)[
        :, 0
    ]
    if not np.isfinite(hip).any():
        return math.nan
    width, height = take.landmarks.size_px
    focal_px = take.settings.focal_widths * max(width, height)
    beside = math.degrees(math.atan((float(np.nanmedian(hip)) - width / 2) / focal_px))
    return yaw + float(np.nanmedian(take.forward[take.part])) * beside


def _at_edge(take: Take, side: Side, frames: tuple[int, int], settings: StrideSettings) -> bool:
    part = slice(*frames)
    width = take.landmarks.size_px[0]
    columns = [take.landmarks.names.index(f"{side.value}_{p}") for p in (*_LEG, *_FOOT)]
    across = filmed_px(take.landmarks, take.landmarks.xy_px[part][:, columns], part)[..., 0]
    beside = np.fmin(across, width - across)
    hip = filmed_px(take.landmarks, take.landmarks.point(f"{take.near.value}_hip")[part], part)[
        :, 0
    ]
    leaving = np.fmin(hip, width - hip) < settings.near_edge_legs * take.leg_px
    unseen = ~_foot_seen(take, side, frames) & leaving
    with np.errstate(invalid="ignore"):
        return bool((beside < settings.edge * width).any() or unseen.any())


def _foot_seen(take: Take, side: Side, frames: tuple[int, int]) -> Bools:
    columns = [take.landmarks.names.index(f"{side.value}_{p}") for p in _FOOT]
    return np.asarray(take.observed[slice(*frames)][:, columns].all(axis=1))


_LEG = ("hip", "knee")
_FOOT = ("ankle", "heel", "foot_index")
