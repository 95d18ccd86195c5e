"""The head, seen from the side."""

from __future__ import annotations

from posture.types import Floats, Landmarks, Side, Signal


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
