"""How near the fingertips come to the floor."""

from __future__ import annotations

import numpy as np

from posture.types import Floats, Landmarks, Side, Signal

# Length of the hand, wrist to middle fingertip, over body height (Drillis & Contini 1966).
HAND_LENGTH = 0.108


def fingertip_px(landmarks: Landmarks, side: Side, body_height_px: float) -> Floats:
    """Return where the middle fingertip is.

    Unit
        Pixels, (T, 2).
    Sign
        Picture: x right, y down.
    Needs
        Wrist and knuckles of that side; fingers stretched.
    Source
        One hand's length from the wrist towards the middle of the index and little finger
        knuckles: the model's hand points are knuckles, not tips.
    """
    wrist = landmarks.point(f"{side.value}_wrist")
    knuckle = (landmarks.point(f"{side.value}_index") + landmarks.point(f"{side.value}_pinky")) / 2
    reach = knuckle - wrist
    with np.errstate(invalid="ignore", divide="ignore"):
        along = reach / np.hypot(*reach.T)[:, None]
    tip: Floats = wrist + HAND_LENGTH * body_height_px * along
    return tip


def fingertip_height(
    landmarks: Landmarks, side: Side, floor_y_px: float, body_height_px: float, leg_length_px: float
) -> Signal:
    """Return how far the middle fingertip is above the floor.

    Unit
        Leg lengths.
    Sign
        Positive above the floor; below zero is scatter about the floor, not depth.
    Needs
        The floor's height in the picture, the body's height and the leg's length in pixels.
    Source
        `fingertip_px`.
    """
    tip_y = fingertip_px(landmarks, side, body_height_px)[:, 1]
    return Signal(
        name="fingertip_height",
        side=side,
        unit="leg_length",
        positive="above the floor",
        time_s=landmarks.time_s,
        value=(floor_y_px - tip_y) / leg_length_px,
    )
