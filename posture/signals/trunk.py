"""Trunk and head, seen from the side."""

from __future__ import annotations

from posture.signals.geometry import inclination_deg
from posture.types import Floats, Landmarks, Side, Signal


def trunk_inclination(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the line from hip to shoulder leans from the vertical.

    This line is neither the pelvis nor the spine: in a bend it hides how the two share the work.

    Unit
        Degrees in [-180, 180), 0 upright.
    Sign
        Positive leaning forward.
    Needs
        Side view; the picture's vertical is taken as the true one.
    Source
        Shoulder and hip points of one side; never the middle of both, which yaw shifts.
    """
    shoulder, hip = (landmarks.point(f"{side.value}_{p}") for p in ("shoulder", "hip"))
    return Signal(
        name="trunk_inclination",
        side=side,
        unit="deg",
        positive="leaning forward",
        time_s=landmarks.time_s,
        value=inclination_deg(shoulder, hip, forward),
    )


def head_ahead(landmarks: Landmarks, forward: Floats, side: Side, body_height_px: float) -> Signal:
    """Return how far the ear is ahead of the shoulder.

    Unit
        Body heights.
    Sign
        Positive with the ear ahead.
    Needs
        Side view, standing; the body's height in the same picture.
    Source
        Ear and shoulder points of one side.
    """
    ear, shoulder = (landmarks.point(f"{side.value}_{p}")[:, 0] for p in ("ear", "shoulder"))
    return Signal(
        name="head_ahead",
        side=side,
        unit="body_height",
        positive="ear ahead of the shoulder",
        time_s=landmarks.time_s,
        value=forward * (ear - shoulder) / body_height_px,
    )
