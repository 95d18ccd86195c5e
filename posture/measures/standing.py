"""What can be said of a person standing still."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from posture.measures.calibration import calibration_measures, neutral_take
from posture.measures.found import Asked, Found
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
from posture.measures.settings import StandingSettings
from posture.measures.shape import Reading, standing_shape
from posture.measures.take import Take, within
from posture.measures.walk import Walk
from posture.signals.arms import ArmPose, arm_pose
from posture.signals.head import head_ahead
from posture.signals.known import known_median
from posture.types import Floats, Measure, Quality, Reason, Signal


def standing_measures(
    take: Take, settings: StandingSettings = StandingSettings()
) -> tuple[Measure, ...]:
    """Return everything that is measured of a person standing still.

    Unit
        See each measure.
    Sign
        See each measure.
    Needs
        Quiet standing in side view.
    Source
        The functions below.
    """
    spine, limbs = standing_shape(take, take.frames)
    arms = arm_pose(take.landmarks, take.near, take.frames)
    if arms is ArmPose.UP:  # no shape that was learnt has its arms up
        spine = limbs = None
    free = worst(free_back_grade(take, take.frames), _arms_grade(arms))
    return (
        pelvic_tilt(take, settings, free, spine),
        lumbar_curve(take, settings, free, spine),
        thoracic_rounding(take, settings, free, spine),
        trunk_lean(take, settings, limbs, arms),
        pelvic_shift(take, settings),
        head_forward(take, settings, _arms_grade(arms)),
        standing_knee_flexion(take, settings, limbs),
        shank_lean(take, settings, limbs),
    )


def standing_signals(take: Take) -> tuple[Signal, ...]:
    """Return what the standing measures were read from, over the take.

    Unit
        Degrees.
    Sign
        As in `posture.signals`.
    Needs
        As the measures.
    Source
        `posture.signals`.
    """
    return tuple(
        within(signal, take.frames)
        for signal in (
            take.body.back("sacral", take.frames),
            take.body.back("thoracolumbar", take.frames),
            take.body.back("upper_thorax", take.frames),
            take.body.inclination("trunk"),
            take.body.knee,
            take.body.inclination("shank"),
        )
    )


def found_in_standing(take: Take, asked: Asked, _walk: Walk | None) -> Found:
    """Return what a take of standing gives, with the calibration pose where that was asked for."""
    signals = standing_signals(take)
    if asked.variant != "calibration" or take.is_still:
        return Found(measures=standing_measures(take, asked.standing), signals=signals)
    neutral = neutral_take(take, asked.calibration)
    return Found(
        measures=(
            *standing_measures(neutral, asked.standing),
            *calibration_measures(take, asked.calibration),
        ),
        signals=signals,
    )


def pelvic_tilt(
    take: Take, settings: StandingSettings, free: Grade, spine: Reading | None = None
) -> Measure:
    """Return the tilt of the pelvis in standing, as far as the back's outline tells.

    Describes, never accuses: standing tilt has no relation to hamstring length. The doubt holds
    both the outline's and the +-5 deg of bone shape that no outline shows.

    Unit
        Degrees, of the ASIS-PSIS line to the horizontal.
    Sign
        Positive anterior (forward).
    Needs
        A free back: nothing hanging from the shoulder blades, no arm across it (`free`, as
        `free_back_grade` has it).
    Source
        The body's shape, where it is like those the estimator knows; otherwise the outline over
        the sacrum less a constant read off rendered bodies. The doubt from the same bodies.
    """
    if spine is not None:
        tilts = spine.values["pelvis"] + settings.neutral_tilt_deg
        grade = worst(view_grade(take), free)
        return _shaped("pelvic_tilt", take, tilts, grade, settings, spine)
    sacrum = take.body.back("sacral", take.frames)
    value = sacrum.value[take.part] - settings.sacrum_over_tilt_deg
    grade = _back_grade(take, value, free)
    return _still_measure("pelvic_tilt", take, value, grade, settings)


def lumbar_curve(
    take: Take, settings: StandingSettings, free: Grade, spine: Reading | None = None
) -> Measure:
    """Return how hollow the lower back is in standing.

    Unit
        Degrees between the outline over the sacrum and at the thoracolumbar junction.
    Sign
        Positive more lordotic.
    Needs
        A free back.
    Source
        Outline tangents (Clin Biomech 2024;111:106146).
    """
    if spine is not None:
        curves = spine.values["lordosis"] + settings.neutral_lordosis_deg
        grade = worst(view_grade(take), free)
        return _shaped("lumbar_curve", take, curves, grade, settings, spine)
    low = take.body.back("sacral", take.frames).value
    high = take.body.back("thoracolumbar", take.frames).value
    value = (low - high)[take.part]
    return _still_measure("lumbar_curve", take, value, _back_grade(take, value, free), settings)


def thoracic_rounding(
    take: Take, settings: StandingSettings, free: Grade, spine: Reading | None = None
) -> Measure:
    """Return how rounded the upper back is in standing.

    Unit
        Degrees between the outline of the upper thorax and at the thoracolumbar junction.
    Sign
        Positive more rounded.
    Needs
        A free back, hair off the nape.
    Source
        Outline tangents (Clin Biomech 2024;111:106146).
    """
    if spine is not None:
        rounding = spine.values["kyphosis"] + settings.neutral_kyphosis_deg
        grade = worst(view_grade(take), free)
        return _shaped("thoracic_rounding", take, rounding, grade, settings, spine)
    low = take.body.back("thoracolumbar", take.frames).value
    high = take.body.back("upper_thorax", take.frames).value
    value = (high - low)[take.part]
    return _still_measure(
        "thoracic_rounding", take, value, _back_grade(take, value, free), settings
    )


def _arms_grade(arms: ArmPose) -> Grade:
    """Say what the arms leave of shoulders and back: raised they take both along."""
    if arms is ArmPose.UP:
        return Grade(quality=Quality.MISSING, reason=Reason("arms_up_in_standing"))
    if arms is ArmPose.ELSEWHERE:
        return Grade(quality=Quality.SUSPECT, reason=Reason("arms_not_hanging"))
    return GOOD


def trunk_lean(
    take: Take,
    settings: StandingSettings,
    limbs: Reading | None = None,
    arms: ArmPose = ArmPose.HANG,
) -> Measure:
    """Return how far the trunk leans in standing.

    Unit
        Degrees, of the line from hip to shoulder.
    Sign
        Positive forward.
    Needs
        Side view.
    Source
        The body's shape, where it is like those the estimator knows; else plane geometry. With the
        arms up the points alone, which move with the shoulder.
    """
    value = take.body.inclination("trunk").value[take.part]
    grade = worst(view_grade(take), seen_grade(take, ("shoulder", "hip"), take.near))
    if limbs is not None:
        return _shaped("trunk_lean", take, limbs.values["trunk"], grade, settings, limbs)
    if arms is ArmPose.UP:
        # the hip point lies ahead of the joint, which the learnt lean has taken out
        ahead = settings.hip_ahead_deg if take.settings.uses_learnt else 0.0
        marked = Grade(quality=Quality.SUSPECT, reason=Reason("arms_up_in_standing"))
        more = {"arms": settings.arms_up_sd_deg}
        return _still_measure(
            "trunk_lean", take, value + ahead, worst(grade, marked), settings, more
        )
    return _still_measure("trunk_lean", take, value, grade, settings)


def pelvic_shift(take: Take, settings: StandingSettings) -> Measure:
    """Return how far the hips stand ahead of the ankles.

    Unit
        Leg lengths.
    Sign
        Positive with the hip ahead.
    Needs
        Side view, ankle seen.
    Source
        Plumb line (Kendall 2005).
    """
    hip, ankle = (take.landmarks.point(f"{take.near.value}_{p}") for p in ("hip", "ankle"))
    value = (take.forward * (hip[:, 0] - ankle[:, 0]) / take.leg_px)[take.part]
    value = value - (settings.hip_ahead_legs if take.settings.uses_learnt else 0.0)
    grade = worst(view_grade(take), seen_grade(take, ("hip", "ankle"), take.near))
    return _still_measure("pelvic_shift", take, value, grade, settings)


def head_forward(take: Take, settings: StandingSettings, arms: Grade = GOOD) -> Measure:
    """Return how far the ear stands ahead of the shoulder.

    Unit
        Body heights.
    Sign
        Positive with the ear ahead.
    Needs
        Side view, ear not under hair.
    Source
        Plane geometry; a landmark stand-in for the craniovertebral angle.
    """
    signal = head_ahead(take.landmarks, take.forward, take.near, take.height_px)
    value = signal.value[take.part]
    value = value - (settings.ear_ahead_heights if take.settings.uses_learnt else 0.0)
    grade = worst(view_grade(take), seen_grade(take, ("ear", "shoulder"), take.near), arms)
    return _still_measure("head_forward", take, value, grade, settings)


def standing_knee_flexion(
    take: Take, settings: StandingSettings, limbs: Reading | None = None
) -> Measure:
    """Return how far the knee is bent in standing.

    Unit
        Degrees.
    Sign
        Positive flexed, negative hyperextended.
    Needs
        Side view, whole leg seen.
    Source
        Shank less thigh inclination.
    """
    value = take.body.knee.value[take.part]
    grade = worst(view_grade(take), seen_grade(take, ("hip", "knee", "ankle"), take.near))
    if limbs is not None:
        bent = limbs.values["shank"] - limbs.values["thigh"]
        return _shaped("knee_flexion", take, bent, grade, settings, limbs)
    return _still_measure("knee_flexion", take, value, grade, settings)


def shank_lean(take: Take, settings: StandingSettings, limbs: Reading | None = None) -> Measure:
    """Return how far the shank leans in standing.

    Unit
        Degrees.
    Sign
        Positive with the knee ahead of the ankle.
    Needs
        Side view, lower leg seen.
    Source
        Plane geometry.
    """
    value = take.body.inclination("shank").value[take.part]
    grade = worst(view_grade(take), seen_grade(take, ("knee", "ankle"), take.near))
    if limbs is not None:
        return _shaped("shank_lean", take, limbs.values["shank"], grade, settings, limbs)
    return _still_measure("shank_lean", take, value, grade, settings)


def _shaped(
    name: str,
    take: Take,
    values: Floats,
    grade: Grade,
    settings: StandingSettings,
    reading: Reading,
) -> Measure:
    """Return a measure read off the body's shape, one value a frame looked at."""
    middle = float(np.median(values))
    if take.is_still:
        fixed = measured(name, take, take.near, middle, grade, shape=reading.wider)
        if fixed.quality is Quality.MISSING:
            return fixed
        more = {"single_picture": settings.still_picture_factor * fixed.sd}
        return measured(
            name, take, take.near, middle, _marked(grade), more=more, shape=reading.wider
        )
    lasts_s = float(np.ptp(take.landmarks.time_s[take.part]))
    seconds = max(1.0, lasts_s / settings.block_s)
    sway = float(np.std(values)) / math.sqrt(seconds)
    return measured(name, take, take.near, middle, grade, more={"sway": sway}, shape=reading.wider)


def _back_grade(take: Take, value: Floats, free: Grade) -> Grade:
    """Say whether the back is side-on, seen, and not hidden by a straight-hanging top."""
    like = back_like_grade(take, take.frames, by_shape=False)
    return worst(view_grade(take), outline_grade(take, value), free, like)


def _still_measure(
    name: str,
    take: Take,
    value: Floats,
    grade: Grade,
    settings: StandingSettings,
    arms: Mapping[str, float] | None = None,
) -> Measure:
    median = known_median(value)
    more = dict(arms or {})
    if take.is_still:
        fixed = measured(name, take, take.near, median, grade, more=more)
        if fixed.quality is Quality.MISSING:
            return fixed
        # the pose is whatever it was in one instant, and nothing shows that it was still
        more["single_picture"] = settings.still_picture_factor * fixed.sd
        return measured(name, take, take.near, median, _marked(grade), more=more)
    more["sway"] = _sway(take, value, settings)
    return measured(name, take, take.near, median, grade, more=more)


def _marked(grade: Grade) -> Grade:
    return worst(grade, Grade(quality=Quality.SUSPECT, reason=Reason("single_picture")))


def _sway(take: Take, value: Floats, settings: StandingSettings) -> float:
    """Doubt of the median: scatter of the seconds' medians over the root of their number.

    One second alone tells nothing of how the next would be; its own frames' scatter stands in.
    """
    time_s = take.landmarks.time_s[take.part]
    known = np.isfinite(value)
    if not known.any():
        return math.nan
    block = ((time_s - time_s[0]) // settings.block_s)[known]
    medians = [float(np.median(value[known][block == b])) for b in np.unique(block)]
    if len(medians) < 2:  # noqa: PLR2004 - a scatter needs two
        return float(np.std(value[known]))
    return float(np.std(medians, ddof=1)) / math.sqrt(len(medians))
