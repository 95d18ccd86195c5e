"""What can be said of a straight-leg raise lying: how far the leg goes up, knee straight."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from posture.measures.found import Asked, Found
from posture.measures.quality import GOOD, Grade, measured, seen_grade, view_grade, worst
from posture.measures.settings import LegRaiseSettings
from posture.measures.take import Take, within
from posture.measures.walk import Walk
from posture.series import runs
from posture.signals.known import known_median
from posture.types import Bools, Floats, Measure, Quality, Reason, Signal


def leg_raise_measures(
    take: Take, settings: LegRaiseSettings = LegRaiseSettings()
) -> tuple[Measure, ...]:
    """Return how far the camera-side leg is held up, `leg_raise_angle`.

    Unit
        Degrees.
    Sign
        Positive raised; 0 level, 90 upright.
    Needs
        Lying on the back in side view, the raised leg towards the camera and its knee straight, the
        other leg flat.
    Source
        Active straight-leg raise read as the thigh against the level, median over the highest hold.
    """
    raised = leg_course(take).value
    hold = highest_hold(raised, take, settings)
    grade = worst(view_grade(take), seen_grade(take, ("hip", "knee", "ankle"), take.near))
    if hold is None:
        other = Grade(quality=Quality.MISSING, reason=Reason("no_leg_held_up"))
        return (measured("leg_raise_angle", take, take.near, math.nan, worst(grade, other)),)
    value = known_median(raised[slice(*hold)])
    grade = worst(grade, _knee_grade(take, hold, settings), _other_leg_grade(take, hold, settings))
    return (
        measured(
            "leg_raise_angle",
            take,
            take.near,
            value,
            grade,
            frames=hold,
            more={"scatter": float(np.nanstd(raised[slice(*hold)]))},
        ),
    )


def found_in_raise(take: Take, asked: Asked, _walk: Walk | None) -> Found:
    """Return what a take of the leg raise gives."""
    return Found(
        measures=leg_raise_measures(take, asked.leg_raise), signals=leg_raise_signals(take)
    )


def leg_raise_signals(take: Take) -> tuple[Signal, ...]:
    """Return the course of the raised leg over the take.

    Unit
        Degrees.
    Sign
        Positive raised.
    Needs
        As the measure.
    Source
        As the measure.
    """
    return (within(replace(leg_course(take), name="leg_raise_angle"), take.frames),)


def leg_course(take: Take) -> Signal:
    """Return how far the camera-side thigh is raised, in every frame of the clip.

    Unit
        Degrees, (T,).
    Sign
        Positive raised.
    Needs
        As `posture.signals.lying.raised_leg`.
    Source
        That function, plus what rendered leg raises showed it to be too low by: the model's hip
        point goes up along with the thigh. Nothing of it in a leg that lies. The even-numbered of
        ten clips of seed 301; on the odd-numbered it takes the mean error from -3.1 to +0.9 deg.
    """
    raised = take.body.raised
    if not take.settings.uses_learnt:
        return raised
    share = np.clip(raised.value / _ALL_OF_IT_FROM_DEG, 0.0, 1.0)
    return replace(raised, value=raised.value + _HIGHER_DEG * share)


_HIGHER_DEG = 4.0  # ours; see `leg_course`
_ALL_OF_IT_FROM_DEG = 45.0  # ours; lower than any raise rendered


def highest_hold(
    raised_deg: Floats, take: Take, settings: LegRaiseSettings = LegRaiseSettings()
) -> tuple[int, int] | None:
    """Return the frames over which the leg is held at its highest, or None.

    Unit
        Frames of the whole clip, half-open.
    Needs
        The leg's course over the whole clip, degrees.
    Source
        Ours: of all stretches that stay within `hold_within_deg` of their own highest place for
        `hold_s`, the highest.
    """
    time_s = take.landmarks.time_s
    inside = np.zeros(len(time_s), dtype=bool)
    inside[take.part] = np.isfinite(raised_deg[take.part])
    for level in np.unique(raised_deg[inside])[::-1]:
        if level < settings.least_deg:
            break
        with np.errstate(invalid="ignore"):
            near = inside & (np.abs(raised_deg - level) <= settings.hold_within_deg)
        held = _longest(near, time_s)
        if held is not None and time_s[held[1] - 1] - time_s[held[0]] >= settings.hold_s:
            return held
    return None


def _longest(true: Bools, time_s: Floats) -> tuple[int, int] | None:
    return max(runs(true), key=lambda run: time_s[run[1] - 1] - time_s[run[0]], default=None)


def _knee_grade(take: Take, hold: tuple[int, int], settings: LegRaiseSettings) -> Grade:
    knee = known_median(take.body.knee.value[slice(*hold)])
    if knee <= settings.knee_bent_deg or math.isnan(knee):
        return GOOD
    refused = knee > settings.knee_refused_deg
    return Grade(
        quality=Quality.MISSING if refused else Quality.SUSPECT,
        reason=Reason("knee_bent_in_raise", {"knee_deg": knee}),
    )


def _other_leg_grade(take: Take, hold: tuple[int, int], settings: LegRaiseSettings) -> Grade:
    other = known_median(take.far_body.raised.value[slice(*hold)])
    if other <= settings.other_leg_deg or math.isnan(other):
        return GOOD
    return Grade(
        quality=Quality.SUSPECT, reason=Reason("other_leg_not_flat", {"raised_deg": other})
    )
