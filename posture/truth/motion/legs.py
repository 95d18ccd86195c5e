"""Two bones between a hip and an ankle."""

from __future__ import annotations

import numpy as np

from posture.truth.body.figure import Figure
from posture.truth.body.pose import LegPose

Forward = tuple[float, float]  # metres: forward, up


def two_bones(thigh_m: float, shank_m: float, hip: Forward, ankle: Forward) -> tuple[float, float]:
    """Return the inclinations of thigh and shank that join hip and ankle, knee forward; degrees.

    Where the ankle is out of reach the leg is straight towards it.
    """
    ahead, up = ankle[0] - hip[0], ankle[1] - hip[1]
    distance = min(float(np.hypot(ahead, up)), (thigh_m + shank_m) * 0.9999)
    at_knee = (thigh_m**2 + shank_m**2 - distance**2) / (2 * thigh_m * shank_m)
    knee = 180 - np.degrees(np.arccos(np.clip(at_knee, -1, 1)))
    at_hip = (thigh_m**2 + distance**2 - shank_m**2) / (2 * thigh_m * distance)
    off = np.degrees(np.arccos(np.clip(at_hip, -1, 1)))
    # of the line from ankle to hip: positive with the hip ahead
    line = np.degrees(np.arctan2(-ahead, -up))
    return float(line - off), float(line - off + knee)


def reach_to(figure: Figure, hip: Forward, ankle: Forward) -> LegPose:
    """Return the leg that joins hip and ankle, its foot flat."""
    thigh, shank = two_bones(
        figure.length("upperleg01.R", "lowerleg01.R"),
        figure.length("lowerleg01.R", "foot.R"),
        hip,
        ankle,
    )
    return LegPose(thigh=thigh, shank=shank)
