"""One pass of walking: the events of both legs, the strides between them, the ground covered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from posture.measures.by_hand import moved, without_left_out
from posture.measures.quality import (
    GOOD,
    Grade,
    seen_grade,
    view_grade,
    worst,
)
from posture.measures.strides import Sorted, StrideSettings, sorted_strides
from posture.measures.take import Take
from posture.signals.cycle import Stride, cut_between, strides_of
from posture.signals.events import EventSettings, heel_strikes, toe_offs
from posture.signals.foot import ToesSettings, heel_ahead, toe_ahead
from posture.signals.footfalls import Footfalls, in_turn, usual_stride_s
from posture.signals.known import known_median
from posture.signals.planted import PlantedSettings, landed_s, left_s
from posture.signals.stepping import steps_s
from posture.types import (
    Activity,
    EventKind,
    Floats,
    Ground,
    Quality,
    Reason,
    Side,
    StrideSeen,
    WalkSeen,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaitSettings:
    """Numbers that shape the measures of walking, each with the reason it has."""

    few_strides: int = 3  # ours; a mean of fewer hides nothing of one stride's chance
    # ours: scatter of a near foot's event, 16 and 17 ms on 5 real walkers read by eye (the reading
    # in it), 9 and 21 ms on 12 rendered ones that nothing was fitted to
    event_sd_s: float = 0.02
    strides: StrideSettings = field(default_factory=StrideSettings)
    planted: PlantedSettings = field(default_factory=PlantedSettings)
    events: EventSettings = field(default_factory=EventSettings)
    toes: ToesSettings = field(default_factory=ToesSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg's events over a take."""

    side: Side
    strikes_s: Floats
    offs_s: Floats
    strides: tuple[Stride, ...]  # those the numbers rest on
    left_out: tuple[StrideSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Both legs' events, and whether ground was covered."""

    near: Leg
    far: Leg
    stride_legs: float  # distance a stride covers, leg lengths; NaN on a treadmill
    ground: Ground = Ground.UNKNOWN
    read_by: GaitSettings = field(default_factory=GaitSettings)

    @property
    def moments_s(self) -> list[float]:
        """Times of all strikes and toe-offs."""
        legs = (self.near, self.far)
        return [float(at) for leg in legs for times in (leg.strikes_s, leg.offs_s) for at in times]


def walk_of(take: Take, settings: GaitSettings = GaitSettings()) -> Walk:
    """Return the events of a take of walking.

    Unit
        Seconds; the stride's distance in leg lengths.
    Needs
        Both feet seen over most of the take.
    Source
        Steps found as in `posture.signals.events` (Zeni 2008), their moments read as in
        `posture.signals.planted`; strides as in `posture.measures.strides`. What was corrected by
        hand is taken as somebody put it.
    """
    found = [
        (
            side,
            moved(take, EventKind.HEEL_STRIKE, side, strikes),
            moved(take, EventKind.TOE_OFF, side, offs),
        )
        for side, strikes, offs in _footfalls(take, settings)
    ]
    cut = [(side, strides_of(side, strikes, offs)) for side, strikes, offs in found]
    kept = {
        side: without_left_out(take, strides)
        for side, strides in sorted_strides(take, cut, settings.strides).items()
    }
    near, far = (
        Leg(
            side=side,
            strikes_s=strikes,
            offs_s=offs,
            strides=kept[side].kept,
            left_out=_left_out(take, kept[side], cut_between(strikes, dict(cut)[side])),
        )
        for side, strikes, offs in found
    )
    covered, ground = _covered(take, near.strides or dict(cut)[take.near], settings)
    return Walk(near=near, far=far, stride_legs=covered, ground=ground, read_by=settings)


def _footfalls(take: Take, settings: GaitSettings) -> tuple[tuple[Side, Floats, Floats], ...]:
    """Return either leg's strikes and toe-offs, near leg first."""
    near, far = take.near, take.near.other
    found = [_events(take, side) for side in (near, far)]
    if take.segment.activity is Activity.WALKING:
        feet = in_turn(
            Footfalls(
                near_strikes=found[0][0],
                near_offs=found[0][1],
                far_strikes=found[1][0],
                far_offs=found[1][1],
            )
        )
        found = [
            _moments(take, near, feet.near_strikes, feet.near_offs, feet, settings.planted),
            _moments(take, far, feet.far_strikes, feet.far_offs, feet, settings.planted),
        ]
    return ((near, *found[0]), (far, *found[1]))


def _moments(
    take: Take,
    side: Side,
    strikes: Floats,
    offs: Floats,
    feet: Footfalls,
    settings: PlantedSettings,
) -> tuple[Floats, Floats]:
    """Return when a foot lands and leaves, from where it turns against the hips."""
    stride_s = usual_stride_s(feet.in_their_order)
    if not math.isfinite(stride_s):
        return strikes, offs
    foot = (take.landmarks, one_way(take), side)
    return (
        landed_s(*foot, strikes, stride_s, settings),
        left_s(*foot, offs, stride_s, settings, is_far=side is not take.near),
    )


def one_way(take: Take) -> Floats:
    """Return which way somebody faces in this take, for all pictures about it.

    Unit
        +1 to the right of the picture, -1 to the left.
    Needs
        A take without a turn.
    Source
        Median over the take.
    """
    return np.full(len(take.forward), np.sign(np.nanmedian(take.forward[take.part])))


def _events(take: Take, side: Side) -> tuple[Floats, Floats]:
    """Return one leg's strikes and toe-offs within the take, looked for a little beyond it.

    At the edge of what is looked at a turn cannot be told from the filter's own; a walk's last
    moment may lie there.
    """
    time_s = take.landmarks.time_s
    first_s, last_s = time_s[take.frames[0]], time_s[take.frames[1] - 1]
    same_way = take.forward == np.sign(np.nanmedian(take.forward[take.part]))
    about = same_way & (time_s >= first_s - _BEYOND_S) & (time_s <= last_s + _BEYOND_S)
    forward = np.where(about, take.forward, np.nan)
    strikes = heel_strikes(heel_ahead(take.landmarks, forward, side, take.leg_px))
    offs = toe_offs(toe_ahead(take.landmarks, forward, side, take.leg_px))
    return _between(strikes, first_s, last_s), _between(offs, first_s, last_s)


def _between(at_s: Floats, first_s: float, last_s: float) -> Floats:
    return at_s[(at_s >= first_s) & (at_s <= last_s)]


_BEYOND_S = 0.5  # ours; half a step


def gap_s(take: Take, at_s: float) -> float:
    """Return how far apart the pictures about a moment are.

    Unit
        Seconds.
    Sign
        Never negative.
    Needs
        A moment within the clip.
    Source
        Definition: the longest of the gaps that hold it and that lie beside it.
    """
    time_s = take.landmarks.time_s
    after = int(np.searchsorted(time_s, at_s))
    about = np.diff(time_s[max(0, after - 2) : after + 2])
    return float(about.max()) if len(about) else 0.0


def frame_sd_s(take: Take, walk: Walk | None = None) -> float:
    """Return the doubt of a moment that lies between two pictures, over those of a walk.

    Unit
        Seconds.
    Sign
        Never negative.
    Needs
        The walk's moments where pictures come unevenly; without it the usual gap stands for all.
    Source
        Ours: a fifth of the gap. With pictures of 6 walks left out at random, heel strikes move by
        a fourteenth of the gap (sd) and toe-offs by a tenth.
    """
    moments = [] if walk is None else walk.moments_s
    if not moments:
        return take.frame_s / _OF_THE_GAP
    gaps = np.array([gap_s(take, at) for at in moments])
    return float(np.sqrt(np.mean(gaps**2))) / _OF_THE_GAP


_OF_THE_GAP = 5


def _left_out(
    take: Take, legs: Sorted, unclear: tuple[tuple[float, float], ...]
) -> tuple[StrideSeen, ...]:
    found = [(stride.start_s, stride.end_s, reason) for stride, reason in legs.left_out]
    found += [(start, end, Reason("stride_events_unclear")) for start, end in unclear]
    near = legs.side is take.near
    return tuple(
        StrideSeen(side=legs.side, is_near=near, start_s=start, end_s=end, left_out=reason)
        for start, end, reason in found
    )


def _covered(
    take: Take, strides: tuple[Stride, ...], settings: GaitSettings
) -> tuple[float, Ground]:
    """How far the near foot is set down from where it stood a stride before, in leg lengths."""
    if not strides:
        return math.nan, Ground.UNKNOWN
    foot = take.landmarks.point(f"{take.near.value}_heel")[:, 0]
    hip = take.landmarks.point(f"{take.near.value}_hip")[:, 0]
    time_s = take.landmarks.time_s

    def over(path: Floats, stride: Stride, shift_s: float) -> float:
        flat = stride.start_s + shift_s + np.linspace(0.15, 0.30, 7) * stride.duration_s
        flat = flat[flat <= time_s[take.frames[1] - 1]]
        return known_median(np.interp(flat, time_s, path))

    facing = float(np.nanmedian(take.forward[take.part]))
    went, steps = (
        [facing * (over(path, s, s.duration_s) - over(path, s, 0.0)) / take.leg_px for s in strides]
        for path in (hip, foot)
    )
    if not np.isfinite(went).any() or np.nanmedian(went) < settings.strides.overground_legs:
        return math.nan, Ground.TREADMILL
    return known_median(np.array(steps)), Ground.OVERGROUND


def strides_by_legs_s(take: Take) -> Floats:
    """Return how long strides last by how the legs part, without the feet.

    Unit
        Seconds; two steps each.
    Needs
        Knees; the feet may be outside of the picture.
    Source
        `posture.signals.stepping.steps_s`; of strides longer or shorter than half their median
        again one step was missed or made up.
    """
    steps = steps_s(take.landmarks, take.frames, take.leg_px)
    lasts_s = steps[:-1:2] + steps[1::2]
    if not len(lasts_s):
        return lasts_s
    usual_s = float(np.median(lasts_s))
    return lasts_s[np.abs(lasts_s - usual_s) <= usual_s / 2]


def step_legs(take: Take, walk: Walk) -> float:
    """Return how far the heels are apart as a foot lands, over ground and on a belt alike.

    Unit
        Leg lengths; NaN where no strike was seen with both heels.
    Sign
        Positive.
    Needs
        Both heels at the strikes.
    Source
        Definition of a step; median over the strikes of both feet.
    """
    return known_median(np.abs(np.concatenate(step_lengths_legs(take, walk))))


def step_lengths_legs(take: Take, walk: Walk) -> tuple[Floats, Floats]:
    """Return how far each heel lands ahead of the other, near foot first.

    Unit
        Leg lengths.
    Sign
        Positive ahead; about 0 of a foot that only comes up to the other.
    Needs
        Both heels at the strikes.
    Source
        Definition of a step.
    """
    time_s = take.landmarks.time_s
    facing = float(np.nanmedian(take.forward[take.part]))
    near, far = (
        take.landmarks.point(f"{leg.side.value}_heel")[:, 0] for leg in (walk.near, walk.far)
    )
    ahead = facing * (near - far) / take.leg_px
    return (
        np.interp(walk.near.strikes_s, time_s, ahead),
        -np.interp(walk.far.strikes_s, time_s, ahead),
    )


def walk_seen(take: Take, walk: Walk) -> WalkSeen:
    """Return every stride of a pass in order of time, with the reason why one is left out.

    Unit
        Seconds.
    Source
        `walk_of`.
    """
    strides = [
        StrideSeen(side=leg.side, is_near=leg.side is take.near, start_s=s.start_s, end_s=s.end_s)
        for leg in (walk.near, walk.far)
        for s in leg.strides
    ]
    strides += [*walk.near.left_out, *walk.far.left_out]
    return WalkSeen(
        segment=take.index,
        near=take.near,
        ground=walk.ground,
        strides=tuple(sorted(strides, key=lambda stride: (stride.start_s, stride.side.value))),
    )


def walk_grade(take: Take, walk: Walk, settings: GaitSettings = GaitSettings()) -> Grade:
    """Return how far anything about this walk may be trusted.

    Source
        `GaitSettings`, `QualitySettings`.
    """
    rate_hz = 1 / take.frame_s if take.frame_s else 0.0
    if rate_hz < take.quality.min_gait_rate_hz:
        slow = Reason("too_few_frames_for_walking", {"rate_hz": rate_hz})
        return Grade(quality=Quality.MISSING, reason=slow)
    count = len(walk.near.strides)
    if not count:
        none = Grade(quality=Quality.MISSING, reason=_no_stride(walk))
        return worst(view_grade(take), seen_grade(take, _FOOT, take.near), none)
    return worst(view_grade(take), few_grade(count, settings))


_FOOT = ("ankle", "heel", "foot_index")


def few_grade(count: int, settings: GaitSettings) -> Grade:
    """Return whether so many strides are enough to say how somebody walks.

    Needs
        How many strides a number rests on.
    Source
        `GaitSettings`.
    """
    if count >= settings.few_strides:
        return GOOD
    return Grade(quality=Quality.SUSPECT, reason=Reason("few_strides", {"count": count}))


def _no_stride(walk: Walk) -> Reason:
    """Return why nothing can rest on any stride: what was said most often of those there were."""
    told = [seen.left_out.code for seen in walk.near.left_out if seen.left_out is not None]
    if not told:
        return Reason("no_whole_stride")
    often = max(sorted(set(told)), key=told.count)
    return Reason("every_stride_left_out", {"count": len(told), "because": often})
