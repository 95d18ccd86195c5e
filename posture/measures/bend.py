"""What can be said of a forward bend: how far, and how hip and spine share it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from posture.measures.bend_change import (
    Causes,
    at,
    bend_measure,
    bottom_grade,
    change,
    standing_grade,
    standing_level,
)
from posture.measures.bend_knee import (
    KneeReading,
    hip_slip_deg,
    knee_grade,
    knee_reading,
)
from posture.measures.bend_poses import BendPoses, BendSettings
from posture.measures.bend_shoulder import shoulder_slip_deg
from posture.measures.quality import (
    GOOD,
    Grade,
    back_like_grade,
    free_back_grade,
    measured,
    outline_grade,
    seen_grade,
    view_grade,
    worst,
)
from posture.measures.shape import bend_course, bend_shape
from posture.measures.take import Take, within
from posture.signals.clean import smoothed
from posture.signals.contour import WINDOWS
from posture.signals.known import known_median
from posture.types import Floats, Measure, Quality, Reason, Signal


def bend_measures(
    take: Take, poses: BendPoses | None, settings: BendSettings = BendSettings()
) -> tuple[Measure, ...]:
    """Return everything that is measured of a forward bend.

    Every change is from the same person's standing just before or after; where none was filmed,
    from people's, with the error that this adds.

    Unit
        See each measure.
    Sign
        See each measure.
    Needs
        Side view; knees kept straight; `poses` as `bend_poses` finds them.
    Source
        The functions below.
    """
    if poses is None:
        grade = Grade(quality=Quality.MISSING, reason=Reason("not_a_bend"))
        return tuple(measured(name, take, take.near, math.nan, grade) for name in _NAMES)
    knee, tip = knee_reading(take, poses), tip_height(take, poses)
    return (
        *fingertip_floor(take, poses, settings, knee, tip),
        reach_fraction(take, poses, settings, knee, tip),
        *pelvis_and_spine(take, poses, settings, knee),
        *legs_in_bend(take, poses, knee),
    )


_NAMES = (
    "fingertip_floor",
    "reach_fraction",
    "pelvis_on_thigh_flexion",
    "pelvic_rotation",
    "lumbar_flexion",
    "thoracic_flexion",
    "spine_flexion",
    "upper_trunk_rotation",
    "trunk_flexion",
    "hip_share",
    "knee_bend",
    "ankle_in_bend",
    "hip_back_shift",
)


def bend_signals(
    take: Take, poses: BendPoses | None, settings: BendSettings = BendSettings()
) -> tuple[Signal, ...]:
    """Return how the bend went: changes from standing over the bend and a little around it.

    Unit
        Degrees; `fingertip_height` leg lengths.
    Sign
        Positive flexed, rotated forward; above the floor.
    Needs
        As the measures; without a standing pose the fingertips' height alone.
    Source
        As the measures, low-passed at 2 Hz; the measures rest on the unsmoothed ones.
    """
    if poses is None or take.is_still:
        return ()
    height = tip_height(take, poses)
    if poses.neutral is None:  # what changed is not known, how high the hands are is
        return (within(height, take.frames),)
    lo = min(poses.neutral[0], take.frames[0])
    hi = max(poses.neutral[1], take.frames[1])
    sacrum, junction, thorax = (take.body.back(level, (lo, hi)).value for level in WINDOWS)
    trunk, knee = take.body.inclination("trunk").value, take.body.knee.value
    thigh = take.body.inclination("thigh").value
    time_s = take.landmarks.time_s
    courses = {
        "pelvis_on_thigh_flexion": ("flexed", sacrum - thigh),
        "pelvic_rotation": ("rotated forward", sacrum),
        "lumbar_flexion": ("flexed", junction - sacrum),
        "thoracic_flexion": ("flexed", thorax - junction),
        "spine_flexion": ("flexed", thorax - sacrum),
        "trunk_flexion": ("flexed", trunk),
        "knee_bend": ("flexed", knee),
    }
    down = (trunk - at(trunk, poses.neutral)) / change("trunk", trunk, poses)
    bent = np.clip(np.nan_to_num(down), 0.0, 1.0)
    courses["trunk_flexion"] = ("flexed", trunk + (shoulder_slip_deg(take, poses) or 0.0) * bent)
    shaped = bend_course(take, poses.neutral, (lo, hi), bent)
    if shaped is not None:
        for name in _SHAPED - {"spine_flexion"}:
            courses[name] = (courses[name][0], shaped[name])
        spine = shaped["lumbar_flexion"] + shaped["thoracic_flexion"]
        courses["spine_flexion"] = ("flexed", spine)
    changes = [
        Signal(
            name=name,
            side=take.near,
            unit="deg",
            positive=positive,
            time_s=time_s,
            value=smoothed(
                level - (0.0 if shaped and name in _SHAPED else at(level, poses.neutral)),
                time_s,
                settings.shown_hz,
            ),
        )
        for name, (positive, level) in courses.items()
    ]
    return tuple(within(signal, (lo, hi)) for signal in (*changes, height))


_SHAPED = {
    "pelvis_on_thigh_flexion",
    "pelvic_rotation",
    "lumbar_flexion",
    "thoracic_flexion",
    "spine_flexion",
}


def fingertip_floor(
    take: Take, poses: BendPoses, settings: BendSettings, knee: KneeReading, tip: Signal
) -> tuple[Measure, ...]:
    """Return how far the middle fingertip stays above the floor at the bottom of the bend.

    Unit
        Leg lengths; with a printed sheet or a height given also metres.
    Sign
        Never negative: fingertips at the floor give 0 with the reason `floor_reached`, which
        means "at or below".
    Needs
        Near hand and near foot in the picture, fingers stretched.
    Source
        Fingertip-floor distance (Perret 2001; Ekedahl 2012: MDC 4.5 cm with a tape).
    """
    height = tip.value[slice(*poses.bottom)]
    value = known_median(height)
    grade = worst(
        view_grade(take),
        seen_grade(take, ("wrist", "index"), take.near),
        seen_grade(take, ("heel", "foot_index"), take.near),
        _still_grade(take),
        bottom_grade(poses),
        knee_grade(knee, settings),
    )
    more = {"scatter": _scatter(height), "soft_knee": knee.slack_deg * _TIP_PER_HIP_DEG}
    probe = measured("fingertip_floor", take, take.near, max(value, 0.0), grade)
    if probe.quality is Quality.GOOD and value < probe.sd / 2:
        value, grade = 0.0, Grade(reason=Reason("floor_reached"))
    causes = Causes(more=more, from_standing=False)
    relative = bend_measure("fingertip_floor", take, poses, max(value, 0.0), grade, causes)
    if take.px_per_m is None:
        return (relative,)
    leg_m = take.leg_px / take.px_per_m
    more = {cause: sd * leg_m for cause, sd in more.items()}
    more["scale"] = max(value, 0.0) * leg_m * take.scale_sd
    causes = Causes(more=more, from_standing=False)
    metric = bend_measure("fingertip_floor_m", take, poses, max(value, 0.0) * leg_m, grade, causes)
    return relative, metric


# ours; leg lengths that the fingertips go down for a degree of hip flexion, about the deepest bend:
# they hang 0.54 + 0.15 leg lengths of trunk ahead of the hip, which turn by 1/57
_TIP_PER_HIP_DEG = 0.008


def _still_grade(take: Take) -> Grade:
    """Say that one picture may be any instant of a bend."""
    if not take.is_still:
        return GOOD
    return Grade(quality=Quality.SUSPECT, reason=Reason("single_picture"))


def tip_height(take: Take, poses: BendPoses) -> Signal:
    """Return how far the near middle fingertip is above the floor.

    Unit
        Leg lengths, (T,).
    Sign
        Positive above the floor.
    Needs
        As `posture.signals.hand.fingertip_height`.
    Source
        That function, less what rendered bends showed it to be too high by: the model's wrist and
        knuckles lie short of where they are. 32 bends of seed 2026; on 24 others (seed 77) it takes
        the bias from +.021 to -.004 leg lengths.
    """
    height = take.body.fingertip(poses.floor_y_px, take.height_px, take.leg_px)
    lower = _TIP_LOWER if take.settings.uses_learnt else 0.0
    return replace(height, value=height.value - lower)


_TIP_LOWER = 0.025  # leg lengths; ours, see `tip_height`


def reach_fraction(
    take: Take, poses: BendPoses, settings: BendSettings, knee: KneeReading, tip: Signal
) -> Measure:
    """Return how much of the way to the floor the fingertips went.

    Unit
        Fraction; 1 is at the floor.
    Sign
        Positive down.
    Needs
        Arms hanging in the standing pose; where none was filmed, people's.
    Source
        Ratio of two heights; body size cancels.
    """
    standing, bottom = standing_level("fingertip", tip.value, poses), at(tip.value, poses.bottom)
    hang = standing * take.leg_px / take.height_px
    low, high = settings.arms_hang_heights
    grade = worst(
        view_grade(take),
        seen_grade(take, ("wrist", "index"), take.near),
        seen_grade(take, ("heel", "foot_index"), take.near),
        GOOD if poses.neutral is None or low <= hang <= high else _ARMS_UP,
        _still_grade(take),
        bottom_grade(poses),
        standing_grade(poses),
        knee_grade(knee, settings),
    )
    # the floor is the least that can be reached: hands that read lower are at it
    value = min((standing - bottom) / standing, 1.0) if standing > 0 else math.nan
    return bend_measure("reach_fraction", take, poses, value, grade, Causes(more={}))


_ARMS_UP = Grade(quality=Quality.MISSING, reason=Reason("arms_did_not_hang"))


def pelvis_and_spine(
    take: Take, poses: BendPoses, settings: BendSettings, knee: KneeReading
) -> tuple[Measure, ...]:
    """Return how pelvis and spine share the bend.

    `pelvis_on_thigh_flexion` is the hip hinge; `pelvic_rotation` the pelvis's turn in space;
    `lumbar_flexion` and `thoracic_flexion` what the spine adds, `spine_flexion` their sum and
    `upper_trunk_rotation` = `pelvic_rotation` + `spine_flexion` exactly. `trunk_flexion` is the
    turn of the shoulder-hip line, which is neither. `hip_share` is the pelvis's part of pelvis
    and lower back.

    Unit
        Degrees; `hip_share` a fraction.
    Sign
        Positive flexed, rotated forward.
    Needs
        A free back in both poses.
    Source
        The body's shape against the same person's standing, where it is like the bodies that the
        estimator knows. Otherwise changes of outline tangents over sacrum, thoracolumbar junction
        and upper thorax (measures and norms: Esola 1996, Laird 2016); on rendered bodies the upper
        back then reads about 8 deg too little, which the doubt holds.
    """
    back_poses, unlike = _back_poses(take, poses)
    neutral = back_poses.neutral or poses.bottom
    lo, hi = min(neutral[0], poses.bottom[0]), max(neutral[1], poses.bottom[1])
    back = {
        name: take.body.back(level, (lo, hi)).value
        for name, level in zip(_LEVELS, WINDOWS, strict=True)
    }
    thigh = take.body.inclination("thigh").value
    trunk = take.body.inclination("trunk").value
    sacrum, junction, thorax = (change(name, level, back_poses) for name, level in back.items())
    lumbar, thoracic = junction - sacrum, thorax - junction
    hinge = sacrum - change("thigh", thigh, poses) - hip_slip_deg(take, poses)
    reading = bend_shape(take, back_poses.neutral, poses.bottom)
    if reading is not None:
        sacrum, hinge, lumbar, thoracic = (
            reading.median(target)
            for target in (
                "pelvic_rotation",
                "pelvis_on_thigh_flexion",
                "lumbar_flexion",
                "thoracic_flexion",
            )
        )
    seen = (
        GOOD
        if reading is not None
        else worst(*(outline_grade(take, level[slice(*poses.bottom)]) for level in back.values()))
    )
    shared = worst(
        _still_grade(take),
        knee_grade(knee, settings),
        bottom_grade(poses),
        standing_grade(poses),
    )
    free = unlike if back_poses.neutral is None else free_back_grade(take, back_poses.neutral)
    grade = worst(view_grade(take), seen, shared, free)
    whole = sacrum + lumbar
    values = {
        "pelvis_on_thigh_flexion": hinge,
        "pelvic_rotation": sacrum,
        "lumbar_flexion": lumbar,
        "thoracic_flexion": thoracic,
        "spine_flexion": lumbar + thoracic,
        "upper_trunk_rotation": sacrum + lumbar + thoracic,
        "hip_share": sacrum / whole if whole > settings.min_turn_deg else math.nan,
    }
    soft = {"soft_knee": knee.slack_deg}
    slip = shoulder_slip_deg(take, poses)
    wider = None if reading is None else reading.wider
    body = worst(view_grade(take), seen_grade(take, ("shoulder", "hip"), take.near), shared)
    return (
        *(
            bend_measure(
                name,
                take,
                back_poses,
                value,
                grade,
                Causes(more=soft if name in _FROM_HAMSTRINGS else {}, shape=wider),
            )
            for name, value in values.items()
        ),
        bend_measure(
            "trunk_flexion",
            take,
            poses,
            change("trunk", trunk, poses) + (slip or 0.0),
            body,
            Causes(more=soft, shape=None if slip is None else 1.0),
        ),
    )


def _back_poses(take: Take, poses: BendPoses) -> tuple[BendPoses, Grade]:
    """Return the poses for the back: people's standing where its own outline is no back's."""
    if poses.neutral is None:
        return poses, GOOD
    like = back_like_grade(take, poses.neutral, by_shape=True)
    if like.quality is not Quality.MISSING:
        return poses, GOOD
    marked = Grade(quality=Quality.SUSPECT, reason=Reason("standing_back_unclear"))
    return replace(poses, neutral=None, borrowed=1.0), marked


_LEVELS = ("sacrum", "junction", "thorax")  # in `PEOPLE`, of the outline from below

# what the hamstrings let go: a soft knee gives them slack
_FROM_HAMSTRINGS = {"pelvis_on_thigh_flexion", "pelvic_rotation"}


def legs_in_bend(take: Take, poses: BendPoses, reading: KneeReading) -> tuple[Measure, ...]:
    """Return what the legs do in the bend.

    Unit
        `knee_bend` and `ankle_in_bend` degrees, `hip_back_shift` leg lengths.
    Sign
        Positive flexed, dorsiflexed, backward.
    Needs
        The near leg seen in both poses.
    Source
        `knee_reading`; changes of shank inclination and of the hip's place over the ankle, less
        what the model's hip point slides back by (`_HIP_SLIDES_LEGS`). The estimator's limbs are
        not used here: on bends of another generator its knee was 6 deg off, having learnt the
        habits of the bodies that it knows.
    """
    side = take.near.value
    knee = take.body.knee.value
    shank = take.body.inclination("shank").value
    hip, ankle = (take.landmarks.point(f"{side}_{p}") for p in ("hip", "ankle"))
    ahead = take.forward * (hip[:, 0] - ankle[:, 0]) / take.leg_px
    grade = worst(
        view_grade(take),
        seen_grade(take, ("hip", "knee", "ankle"), take.near),
        _still_grade(take),
        bottom_grade(poses),
        standing_grade(poses),
    )

    def leg(name: str, value: float, values: Floats, by_edge: float | None = None) -> Measure:
        scatter = {"scatter": _scatter(values[slice(*poses.bottom)])}
        # what is read off the edge has the error of its standing in it already
        causes = Causes(more=scatter, shape=by_edge, from_standing=by_edge is None)
        return bend_measure(name, take, poses, value, grade, causes)

    bent = reading.change
    edge_sd = bent.sd_deg if bent.by_edge else None
    return (
        leg("knee_bend", bent.deg, knee, edge_sd),
        leg("ankle_in_bend", change("shank", shank, poses), shank),
        leg("hip_back_shift", _hips_back(take, poses, ahead), ahead),
    )


def _hips_back(take: Take, poses: BendPoses, ahead: Floats) -> float:
    trunk = take.body.inclination("trunk").value
    share = min(1.0, max(0.0, change("trunk", trunk, poses) / _SLIDES_WITH_DEG))
    slides = _HIP_SLIDES_LEGS * share if take.settings.uses_learnt else 0.0
    return -change("hips_ahead", ahead, poses) - slides


# Ours: in 78 rendered bends of the project's own bodies the hip point went back by .027 leg lengths
# more than the hip joint (samples/accuracy.md), in a bend of about 95 deg at the trunk.
_HIP_SLIDES_LEGS = 0.027
_SLIDES_WITH_DEG = 95.0


def _scatter(values: Floats) -> float:
    """How much the pose moved while it was held."""
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) else 0.0
