"""Thigh, shank and knee of one leg, seen from the side."""

from __future__ import annotations

from posture.signals.geometry import inclination_deg, wrapped_deg
from posture.signals.trunk import trunk_inclination
from posture.types import Floats, Landmarks, Side, Signal


def shank_inclination(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the shank leans from the vertical.

    Unit
        Degrees in [-180, 180), 0 upright.
    Sign
        Positive with the knee ahead of the ankle.
    Needs
        Side view; the picture's vertical is taken as the true one.
    Source
        Knee and ankle points. The camera's steadiest number of the lower leg (sd about 3 deg).
    """
    knee, ankle = (landmarks.point(f"{side.value}_{p}") for p in ("knee", "ankle"))
    return Signal(
        name="shank_inclination",
        side=side,
        unit="deg",
        positive="knee ahead of the ankle",
        time_s=landmarks.time_s,
        value=inclination_deg(knee, ankle, forward),
    )


def thigh_inclination(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the thigh leans from the vertical.

    Unit
        Degrees in [-180, 180), 0 upright.
    Sign
        Positive with the hip ahead of the knee, as in late stance.
    Needs
        Side view; the picture's vertical is taken as the true one.
    Source
        Hip and knee points; the hip point is the model's guess at the joint centre.
    """
    hip, knee = (landmarks.point(f"{side.value}_{p}") for p in ("hip", "knee"))
    return Signal(
        name="thigh_inclination",
        side=side,
        unit="deg",
        positive="hip ahead of the knee",
        time_s=landmarks.time_s,
        value=inclination_deg(hip, knee, forward),
    )


def leg_inclination(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the line from ankle to hip leans from the vertical.

    Unit
        Degrees in [-180, 180), 0 upright.
    Sign
        Positive with the hip ahead of the ankle (a trailing leg).
    Needs
        Side view; the picture's vertical is taken as the true one.
    Source
        Hip and ankle points.
    """
    hip, ankle = (landmarks.point(f"{side.value}_{p}") for p in ("hip", "ankle"))
    return Signal(
        name="leg_inclination",
        side=side,
        unit="deg",
        positive="hip ahead of the ankle",
        time_s=landmarks.time_s,
        value=inclination_deg(hip, ankle, forward),
    )


def knee_flexion(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the knee is bent.

    Unit
        Degrees in [-180, 180), 0 straight.
    Sign
        Positive flexed, negative hyperextended.
    Needs
        Side view.
    Source
        Shank less thigh inclination; the camera's roll and pitch cancel.
    """
    shank = shank_inclination(landmarks, forward, side).value
    thigh = thigh_inclination(landmarks, forward, side).value
    return Signal(
        name="knee_flexion",
        side=side,
        unit="deg",
        positive="flexed",
        time_s=landmarks.time_s,
        value=wrapped_deg(shank - thigh),
    )


def hip_flexion(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the thigh is flexed against the trunk.

    Unit
        Degrees in [-180, 180), 0 with the thigh in line with the trunk.
    Sign
        Positive flexed, negative with the thigh behind the trunk's line.
    Needs
        Side view.
    Source
        Trunk less thigh inclination; the camera's roll and pitch cancel. The pelvis is not seen, so
        that the spine's share is in it: in walking, where the spine moves by a few degrees, little.
    """
    trunk = trunk_inclination(landmarks, forward, side).value
    thigh = thigh_inclination(landmarks, forward, side).value
    return Signal(
        name="hip_flexion",
        side=side,
        unit="deg",
        positive="flexed",
        time_s=landmarks.time_s,
        value=wrapped_deg(trunk - thigh),
    )
