"""The pelvis, as far as the outline of the back shows it."""

from __future__ import annotations

from posture.signals.contour import SACRUM, THORACOLUMBAR, UPPER_THORAX, back_inclination_deg
from posture.types import Floats, Landmarks, Side, Signal


def sacral_inclination(
    landmarks: Landmarks, forward: Floats, side: Side, frames: tuple[int, int]
) -> Signal:
    """Return how far the outline over the sacrum leans from the vertical.

    This follows the pelvis; it is not pelvic tilt, which is a matter of bony points that no
    outline shows. Its change within one person is worth more than its value.

    Unit
        Degrees; NaN outside of `frames`.
    Sign
        Positive with the upper end forward: grows as the pelvis tilts forward.
    Needs
        Side view, a free back.
    Source
        `contour.back_inclination_deg` just above the buttock.
    """
    return _back(landmarks, forward, side, frames, "sacral_inclination", SACRUM)


def thoracolumbar_inclination(
    landmarks: Landmarks, forward: Floats, side: Side, frames: tuple[int, int]
) -> Signal:
    """Return how far the outline between lower back and thorax leans from the vertical.

    Unit
        Degrees; NaN outside of `frames`.
    Sign
        Positive with the upper end forward.
    Needs
        Side view, a free back.
    Source
        `contour.back_inclination_deg` about the thoracolumbar junction.
    """
    return _back(landmarks, forward, side, frames, "thoracolumbar_inclination", THORACOLUMBAR)


def upper_thorax_inclination(
    landmarks: Landmarks, forward: Floats, side: Side, frames: tuple[int, int]
) -> Signal:
    """Return how far the outline of the upper thorax leans from the vertical.

    Unit
        Degrees; NaN outside of `frames`.
    Sign
        Positive with the upper end forward.
    Needs
        Side view, a free back, hair off the nape.
    Source
        `contour.back_inclination_deg` below the neck.
    """
    return _back(landmarks, forward, side, frames, "upper_thorax_inclination", UPPER_THORAX)


def _back(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    frames: tuple[int, int],
    name: str,
    window: tuple[float, float],
) -> Signal:
    return Signal(
        name=name,
        side=side,
        unit="deg",
        positive="upper end forward",
        time_s=landmarks.time_s,
        value=back_inclination_deg(landmarks, forward, side, window, frames),
    )
