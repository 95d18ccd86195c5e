"""What can be said of a wall lunge: how far the rear ankle gives, knee straight and bent."""

from __future__ import annotations

import math

import numpy as np

from posture.measures.found import Asked, Found
from posture.measures.quality import GOOD, Grade, measured, seen_grade, view_grade, worst
from posture.measures.settings import LungeSettings
from posture.measures.take import Take, within
from posture.measures.walk import Walk
from posture.types import Bools, Floats, Measure, Quality, Reason, Signal


def lunge_measures(take: Take, settings: LungeSettings = LungeSettings()) -> tuple[Measure, ...]:
    """Return the rear, camera-side ankle's dorsiflexion in a wall lunge.

    Unit
        Degrees: `lunge_dorsiflexion_straight`, `lunge_dorsiflexion_bent` and their difference
        `gastrocnemius_share`.
    Sign
        Positive with the shank forward.
    Needs
        Rear leg towards the camera, its heel on the floor.
    Source
        Weight-bearing lunge read as shank inclination (Baumbach 2016; Powden 2015). Frames in
        which the heel has left the floor are left out.
    """
    shank = take.body.inclination("shank").value[take.part]
    knee = take.body.knee.value[take.part]
    pitch = take.body.foot.value[take.part]
    known_pitch = pitch[np.isfinite(pitch)]
    level = float(np.percentile(known_pitch, 10)) if len(known_pitch) else math.nan
    with np.errstate(invalid="ignore"):
        down = pitch - level <= settings.heel_up_deg
        straight = knee <= settings.straight_knee_deg
        bent = knee >= settings.bent_knee_deg
    grade = worst(
        view_grade(take),
        seen_grade(take, ("knee", "ankle", "heel", "foot_index"), take.near),
        _flat_grade(take, level, settings),
    )
    poses = (
        ("lunge_dorsiflexion_straight", straight, _NOT_STRAIGHT),
        ("lunge_dorsiflexion_bent", bent, _NOT_BENT),
    )
    found = [
        measured(
            name,
            take,
            take.near,
            _deepest(shank[pose & down], settings.quantile),
            worst(grade, _pose_grade(pose, down, without)),
        )
        for name, pose, without in poses
    ]
    first = worst(grade, *(_pose_grade(pose, down, without) for _, pose, without in poses))
    share = found[1].value - found[0].value
    return (*found, measured("gastrocnemius_share", take, take.near, share, first))


def found_in_lunge(take: Take, asked: Asked, _walk: Walk | None) -> Found:
    """Return what a take of lunging gives."""
    return Found(measures=lunge_measures(take, asked.lunge), signals=lunge_signals(take))


def lunge_signals(take: Take) -> tuple[Signal, ...]:
    """Return what the lunge is read from: the rear shank's lean and the rear knee, over the take.

    Unit
        Degrees.
    Sign
        As in `posture.signals`: positive with the shank forward, and with the knee bent.
    Needs
        As the measures.
    Source
        As the measures.
    """
    return tuple(
        within(signal, take.frames) for signal in (take.body.inclination("shank"), take.body.knee)
    )


_NOT_STRAIGHT = Grade(quality=Quality.MISSING, reason=Reason("rear_knee_not_straight"))
_NOT_BENT = Grade(quality=Quality.MISSING, reason=Reason("rear_knee_not_bent"))
_HEEL_UP = Grade(quality=Quality.MISSING, reason=Reason("heel_lifted"))


def _pose_grade(pose: Bools, down: Bools, without: Grade) -> Grade:
    """Say why there is no frame of a pose with the heel down: no such pose, or the heel."""
    if not pose.any():
        return without
    return GOOD if (pose & down).any() else _HEEL_UP


def _flat_grade(take: Take, level_deg: float, settings: LungeSettings) -> Grade:
    """Mark a rear heel that was up from first to last, as the front foot tells."""
    front = take.far_body.foot.value[take.part]
    known = front[np.isfinite(front)]
    if not len(known) or math.isnan(level_deg):
        return GOOD
    up_deg = level_deg - float(np.median(known))
    if up_deg <= settings.heel_up_throughout_deg:
        return GOOD
    return Grade(quality=Quality.SUSPECT, reason=Reason("heel_may_be_up", {"pitch_deg": up_deg}))


def _deepest(values: Floats, quantile: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, quantile)) if len(known) else math.nan
