"""What can be said of a wall lunge: how far the rear ankle gives, knee straight and bent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.measures.quality import measured, seen_grade, view_grade, worst
from posture.measures.take import Take
from posture.signals.foot import foot_pitch
from posture.signals.leg import knee_flexion, shank_inclination
from posture.types import Floats, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class LungeSettings:
    """Numbers that shape a lunge measure, each with the reason it has."""

    straight_knee_deg: float = 12.0  # ours; 5 by protocol plus the knee's own error
    bent_knee_deg: float = 20.0  # Baumbach 2014: 20 deg slacken the gastrocnemius
    heel_up_deg: float = 6.0  # ours; one frame's scatter of the foot's pitch
    quantile: float = 0.9  # ours; the deepest tenth, one frame being no hold


def lunge_measures(take: Take, settings: LungeSettings | None = None) -> tuple[Measure, ...]:
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
    settings = settings or LungeSettings()
    body = (take.landmarks, take.forward, take.near)
    shank = shank_inclination(*body).value[take.part]
    knee = knee_flexion(*body).value[take.part]
    pitch = foot_pitch(*body).value[take.part]
    known_pitch = pitch[np.isfinite(pitch)]
    level = float(np.percentile(known_pitch, 10)) if len(known_pitch) else math.nan
    with np.errstate(invalid="ignore"):
        down = pitch - level <= settings.heel_up_deg
        straight = down & (knee <= settings.straight_knee_deg)
        bent = down & (knee >= settings.bent_knee_deg)
    grade = worst(
        view_grade(take),
        seen_grade(take, ("knee", "ankle", "heel", "foot_index"), take.near),
    )
    values = [_deepest(shank[chosen], settings.quantile) for chosen in (straight, bent)]
    return (
        measured("lunge_dorsiflexion_straight", take, take.near, values[0], grade),
        measured("lunge_dorsiflexion_bent", take, take.near, values[1], grade),
        measured("gastrocnemius_share", take, take.near, values[1] - values[0], grade),
    )


def _deepest(values: Floats, quantile: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, quantile)) if len(known) else math.nan
