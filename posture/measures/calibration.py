"""The calibration pose: pelvis fully back, fully forward, and where standing lies between."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from posture.measures.quality import GOOD, Grade, free_back_grade, measured, view_grade, worst
from posture.measures.shape import TiltCourse, tilt_course
from posture.measures.take import Take
from posture.types import Measure, Quality, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSettings:
    """Numbers that shape what the calibration pose gives, each with the reason it has."""

    neutral_s: float = 1.2  # ours; the person stands as always before the pelvis moves
    hold_s: float = 0.6  # ours; a pose held for less is a passage
    least_range_deg: float = 10.0  # docs/method.md, PTpos: a smaller range places nothing
    reading_sd_deg: float = 2.0  # ours, rendered bodies: one reading of the same person's tilt


def neutral_take(take: Take, settings: CalibrationSettings = CalibrationSettings()) -> Take:
    """Return the part of a calibration clip in which the person stands as always.

    Needs
        A take that begins with quiet standing.
    Source
        The protocol: stand still, then move the pelvis.
    """
    time_s = take.landmarks.time_s[take.part]
    frames = int(np.searchsorted(time_s, time_s[0] + settings.neutral_s))
    start = take.frames[0]
    segment = replace(take.segment, frames=(start, min(start + max(frames, 1), take.frames[1])))
    return replace(take, segment=segment)


def calibration_measures(
    take: Take, settings: CalibrationSettings = CalibrationSettings()
) -> tuple[Measure, ...]:
    """Return how far the pelvis tilts from fully back to fully forward, and where standing lies.

    Unit
        `pelvic_tilt_change` degrees; `pelvic_position` a fraction of the person's own range.
    Sign
        The change towards anterior; the position 0 fully back, 1 fully forward.
    Needs
        Standing as always first, then both ends held for a second, in side view with a free back.
    Source
        Position in the person's own range as in docs/method.md, PTpos; the held ends are the
        lowest and the highest mean over `hold_s`.
    """
    neutral = neutral_take(take, settings).frames
    course = tilt_course(take, neutral)
    back, forward = _ends(course, settings.hold_s)
    span = forward - back
    grade = worst(view_grade(take), free_back_grade(take, neutral))
    position = -back / span if span > 0 else math.nan
    reading = settings.reading_sd_deg * (course.wider or 1.0)
    # three readings of one person, each off by as much: how the ratio of their differences errs
    scatter = {"outline": reading / max(span, 1e-9) * math.hypot(1, 1 - position, position)}
    return (
        measured("pelvic_tilt_change", take, take.near, span, grade, shape=course.wider),
        measured(
            "pelvic_position",
            take,
            take.near,
            float(np.clip(position, 0.0, 1.0)),
            worst(grade, _range_grade(span, settings)),
            more=scatter if math.isfinite(position) else {},
        ),
    )


def _range_grade(span_deg: float, settings: CalibrationSettings) -> Grade:
    if not span_deg < settings.least_range_deg:
        return GOOD
    small = Reason("pelvis_range_small", {"range_deg": span_deg, "least": settings.least_range_deg})
    return Grade(quality=Quality.MISSING, reason=small)


def _ends(course: TiltCourse, hold_s: float) -> tuple[float, float]:
    """Return the lowest and the highest mean over a hold."""
    time_s = course.time_s
    means = [
        float(course.tilt_deg[(time_s >= start) & (time_s <= start + hold_s)].mean())
        for start in time_s
        if start + hold_s <= time_s[-1]
    ]
    return (min(means), max(means)) if means else (math.nan, math.nan)
