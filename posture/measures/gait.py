"""What can be said of walking in time and space: steps, strides, stance, speed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from posture.measures.by_hand import hand_sd_s, moved_from_s
from posture.measures.found import Asked, Found
from posture.measures.quality import GOOD, Grade, measured, worst
from posture.measures.scatter import scatter_of
from posture.measures.take import Take
from posture.measures.walk import (
    GaitSettings,
    Leg,
    Walk,
    frame_sd_s,
    gap_s,
    one_way,
    strides_by_legs_s,
    walk_grade,
)
from posture.signals.footfalls import usual_stride_s
from posture.signals.known import known_mean
from posture.signals.planted import rise_deg
from posture.types import (
    Activity,
    Event,
    EventKind,
    Ground,
    Measure,
    Quality,
    Reason,
    Side,
)


def gait_measures(
    take: Take, walk: Walk, settings: GaitSettings = GaitSettings(), belt_m_s: float | None = None
) -> tuple[Measure, ...]:
    """Return the measures of walking in time and space.

    Unit
        See each measure.
    Sign
        All positive.
    Needs
        Walking in side view, at least one whole stride; 24 frames a second.
    Source
        Definitions; events as in `walk_of`.
    """
    grade = walk_grade(take, walk, settings)
    return (
        *_timing(take, walk, grade, settings),
        *_stance(take, walk, grade, settings),
        *_distance(take, walk, grade, settings, belt_m_s),
        *(
            measured(
                "strides",
                take,
                leg.side,
                float(len(leg.strides)),
                _far_marked(take, leg.side, GOOD),
            )
            for leg in (walk.near, walk.far)
        ),
    )


def found_in_run(take: Take, asked: Asked, walk: Walk | None) -> Found:
    """Return what a take of running gives."""
    if walk is None:
        raise ValueError("expected the walk of a take of running, got none")
    return Found(measures=running_measures(take, walk, asked.gait))


def running_measures(
    take: Take, walk: Walk, settings: GaitSettings = GaitSettings()
) -> tuple[Measure, ...]:
    """Return what is said of running: its cadence, and nothing that is judged.

    Unit
        Steps a minute.
    Sign
        Positive.
    Needs
        Running in side view, one whole stride.
    Source
        Two steps a stride. Strikes are early or late alike in every stride, which cancels.
    """
    return tuple(_cadence(take, walk, walk_grade(take, walk, settings), settings))


def _timing(take: Take, walk: Walk, grade: Grade, settings: GaitSettings) -> tuple[Measure, ...]:
    single_s = _single_s(take, walk, settings)
    measures = [*_cadence(take, walk, grade, settings)]
    for leg, other in ((walk.near, walk.far), (walk.far, walk.near)):
        steps_s = _steps_s(other, leg)
        more = {
            "timing": single_s / math.sqrt(max(len(steps_s), 1)),
            "scatter": scatter_of(steps_s, _STEP_SD_S),
        }
        marked = _far_marked(take, leg.side, grade)
        measures.append(
            measured("step_time", take, leg.side, known_mean(steps_s), marked, more=more)
        )
    return tuple(measures)


def _single_s(take: Take, walk: Walk, settings: GaitSettings) -> float:
    """Doubt of the time between two events."""
    return math.sqrt(2) * math.hypot(settings.event_sd_s, frame_sd_s(take, walk))


def _cadence(take: Take, walk: Walk, grade: Grade, settings: GaitSettings) -> Iterator[Measure]:
    durations = np.array([s.duration_s for leg in (walk.near, walk.far) for s in leg.strides])
    by_legs = not walk.near.strides and _feet_are_to_blame(grade)
    if by_legs:
        durations = strides_by_legs_s(take)
        if len(durations):
            grade = replace(grade, quality=Quality.SUSPECT)
    stride_s = float(np.mean(durations)) if len(durations) else math.nan
    count = max(len(durations), 1)
    # a mean of strides in a row rests on its first and last event only
    event_s = _single_s(take, walk, settings) / count
    if by_legs and len(durations):
        event_s = _BY_LEGS_SD * stride_s
    scatter_s = scatter_of(durations, _STRIDE_SD * stride_s if len(durations) else 0.0)
    per_min = 120 / stride_s
    yield measured(
        "cadence",
        take,
        Side.BOTH,
        per_min,
        grade,
        more={
            "timing": per_min * event_s / stride_s,
            "scatter": per_min * scatter_s / stride_s,
        },
    )
    if take.segment.activity is Activity.WALKING:
        yield measured(
            "stride_time",
            take,
            Side.BOTH,
            stride_s,
            grade,
            more={"timing": event_s, "scatter": scatter_s},
        )


def _feet_are_to_blame(grade: Grade) -> bool:
    return grade.reason is not None and grade.reason.code in _FEET_UNSEEN


_FEET_UNSEEN = {"feet_cut_off", "feet_cut_off_aim", "feet_not_seen"}


def _steps_s(before: Leg, after: Leg) -> list[float]:
    """Return the times from the other foot's strike to this one's, of strides that count."""
    known = {at for leg in (before, after) for s in leg.strides for at in (s.start_s, s.end_s)}
    longest_s = _LONGEST_STEP * known_mean(
        [s.duration_s for s in (*before.strides, *after.strides)]
    )
    found = []
    for strike in after.strikes_s:
        earlier = before.strikes_s[before.strikes_s < strike]
        between = after.strikes_s[after.strikes_s < strike]
        if not len(earlier) or (len(between) and between[-1] >= earlier[-1]):
            continue
        step_s = float(strike - earlier[-1])
        if step_s <= longest_s and {float(strike), float(earlier[-1])} <= known:
            found.append(step_s)
    return found


_LONGEST_STEP = 0.85  # ours; of a stride: a longer one spans a strike that was not seen


def _stance(take: Take, walk: Walk, grade: Grade, settings: GaitSettings) -> tuple[Measure, ...]:
    measures = []
    for leg in (walk.near, walk.far):
        share, more = _share_of(take, walk, leg, settings)
        marked = _far_marked(take, leg.side, grade)
        measures.append(measured("stance_share", take, leg.side, share, marked, more=more))
        if leg.side is take.near:
            measures.append(_double_support(take, walk, grade, settings))
    return tuple(measures)


def _share_of(
    take: Take, walk: Walk, leg: Leg, settings: GaitSettings
) -> tuple[float, dict[str, float]]:
    """Return a leg's share of stance and what is not known of it."""
    shares = [stride.stance_frac for stride in leg.strides]
    usual_s = known_mean([stride.duration_s for stride in leg.strides])
    timing = _single_s(take, walk, settings) / usual_s / math.sqrt(max(len(shares), 1))
    return known_mean(shares), {
        "scatter": scatter_of(shares, _STANCE_SD),
        "timing": timing if math.isfinite(timing) else 0.0,
    }


def _double_support(take: Take, walk: Walk, grade: Grade, settings: GaitSettings) -> Measure:
    """Return for how much of the stride both feet bear: both stances over one, where both are seen.

    Where the far foot's strides are not seen, its stance is taken to be the near one's.
    """
    near, of_near = _share_of(take, walk, walk.near, settings)
    far, of_far = _share_of(take, walk, walk.far, settings)
    if math.isfinite(far):
        more = {cause: math.hypot(sd, of_far[cause]) for cause, sd in of_near.items()}
        grade = _far_marked(take, walk.far.side, grade)
        share = near + far - 1
    else:
        one_side = Reason("double_support_from_one_side")
        grade = worst(grade, Grade(quality=Quality.SUSPECT, reason=one_side))
        more = {cause: 2 * sd for cause, sd in of_near.items()}
        share = 2 * near - 1
    return measured("double_support_share", take, Side.BOTH, share, grade, more=more)


def _distance(
    take: Take, walk: Walk, grade: Grade, settings: GaitSettings, belt_m_s: float | None
) -> tuple[Measure, ...]:
    stride_s = known_mean([stride.duration_s for stride in walk.near.strides])
    leg_m = take.leg_px / take.px_per_m if take.px_per_m else None
    covered, speed = walk.stride_legs, walk.stride_legs / stride_s
    treadmill = walk.ground is Ground.TREADMILL and grade.quality is not Quality.MISSING
    if treadmill and belt_m_s is not None and leg_m is not None:
        speed, covered = belt_m_s / leg_m, belt_m_s / leg_m * stride_s
    elif treadmill:
        unknown = "belt_speed_needs_height" if belt_m_s is not None else "treadmill_speed_unknown"
        grade = Grade(quality=Quality.MISSING, reason=Reason(unknown))
    count = math.sqrt(max(len(walk.near.strides), 1))
    timing = speed * settings.event_sd_s / stride_s / count if math.isfinite(speed) else 0.0
    lengths = scatter_of([1.0] * len(walk.near.strides), _LENGTH_SD)
    scatter = {} if math.isnan(covered) else {"scatter": covered / 2 * lengths}
    faster = {} if math.isnan(speed) else {"scatter": speed * lengths}
    both = Side.BOTH
    measures = [
        measured("step_length", take, both, covered / 2, grade, more=scatter),
        measured("walking_speed", take, both, speed, grade, more={"timing": timing, **faster}),
    ]
    if leg_m is not None:
        step_m, speed_m_s = covered / 2 * leg_m, speed * leg_m
        scale = (
            {}
            if math.isnan(step_m)
            else {"scale": step_m * take.scale_sd, "scatter": step_m * lengths}
        )
        measures.append(measured("step_length_m", take, both, step_m, grade, more=scale))
        scale = (
            {}
            if math.isnan(speed_m_s)
            else {"scale": speed_m_s * take.scale_sd, "scatter": speed_m_s * lengths}
        )
        measures.append(measured("walking_speed_m_s", take, both, speed_m_s, grade, more=scale))
    return tuple(measures)


# How single strides of one person scatter, sd: Owings & Grabiner 2004 and Hausdorff 2005 give 1
# to 3 % of stride time and length in steady walking; few between start and stop vary more (ours).
_STRIDE_SD = 0.03  # of the stride
_STEP_SD_S = 0.02
_STANCE_SD = 0.015
_BY_LEGS_SD = 0.025  # of the stride; 4 walks cut off between knee and foot: 0.1 to 3 % off
_LENGTH_SD = 0.07  # of the length


def gait_events(
    take: Take, walk: Walk, settings: GaitSettings = GaitSettings()
) -> tuple[Event, ...]:
    """Return heel strikes and toe-offs of both legs in order of time.

    Unit
        Seconds.
    Needs
        The take's events.
    Source
        `walk_of`. The stated sd is of one event, the method's bias included; the far foot's events
        scatter more. One that was moved by hand has the hand's (`hand_sd_s`).
    """
    found = []
    for leg in (walk.near, walk.far):
        for kind, times, bias_s in (
            (EventKind.HEEL_STRIKE, leg.strikes_s, _STRIKE_BIAS_S),
            (EventKind.TOE_OFF, leg.offs_s, _OFF_BIAS_S),
        ):
            for t in times:
                far_s = _far_sd_s(take, walk, kind, float(t)) if leg is walk.far else 0.0
                sd_s = math.hypot(settings.event_sd_s, gap_s(take, float(t)) / 5, bias_s, far_s)
                measured_s = moved_from_s(take, kind, leg.side, float(t))
                if measured_s is not None:
                    sd_s = hand_sd_s(kind, gap_s(take, float(t)))
                found.append(
                    Event(
                        kind=kind,
                        side=leg.side,
                        time_s=float(t),
                        sd_s=sd_s,
                        segment=take.index,
                        moved_from_s=measured_s,
                    )
                )
    return tuple(sorted(found, key=lambda event: event.time_s))


# ours, 5 real walkers read by eye and 24 rendered ones: as far as the two lie apart
_STRIKE_BIAS_S = 0.010  # 7 ms late (10 early, held against the first picture), 3 to 6 early
_OFF_BIAS_S = 0.015  # 2 ms late (15 early, held against the first picture), 8 to 12 late
_FAR_SD_S = 0.030  # ours, the same: far feet scatter by 10 to 36 ms
# ours, the same, 99 far toe-offs: off by 50 ms (root mean square) where the foot is not seen to tip
# so far, by 24 where it is; near feet tip by 40 to 75 deg
_TIPS_DEG = 37.0
_HARDLY_SEEN_SD_S = 0.045


def _far_sd_s(take: Take, walk: Walk, kind: EventKind, at_s: float) -> float:
    """Return what is not known of a moment of the far foot, more where it is hardly seen."""
    if kind is not EventKind.TOE_OFF:
        return _FAR_SD_S
    legs = (walk.near, walk.far)
    stride_s = usual_stride_s(tuple(t for leg in legs for t in (leg.strikes_s, leg.offs_s)))
    rise = rise_deg(take.landmarks, one_way(take), walk.far.side, at_s, stride_s)
    return _FAR_SD_S if rise >= _TIPS_DEG else math.hypot(_FAR_SD_S, _HARDLY_SEEN_SD_S)


def _far_marked(take: Take, side: Side, grade: Grade) -> Grade:
    if side is take.near:
        return grade
    return worst(grade, Grade(quality=Quality.SUSPECT, reason=Reason("far_leg")))
