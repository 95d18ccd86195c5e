"""Angles and distances of points in the picture; pure.

Pixels, x right, y down. `forward` is +1 where the person faces right in the picture, -1 where
they face left, NaN where that is not known; it may change from frame to frame.
"""

from __future__ import annotations

import numpy as np

from posture.types import Floats


def wrapped_deg(angle_deg: Floats) -> Floats:
    """Return the same direction in [-180, 180).

    Unit
        Degrees.
    Needs
        Nothing; NaN stays NaN.
    """
    return (np.asarray(angle_deg) + 180.0) % 360.0 - 180.0


def inclination_deg(upper_px: Floats, lower_px: Floats, forward: Floats | float) -> Floats:
    """Return how far the line from `lower_px` up to `upper_px` leans from the vertical.

    Unit
        Degrees in [-180, 180); 0 is upright, 180 upside down.
    Sign
        Positive when the upper end is ahead of the lower one, whichever way the person faces.
    Needs
        Points of shape (..., 2) in pixels; normalised coordinates would turn with the picture's
        shape.
    Source
        Plane geometry.
    """
    ahead = np.asarray(forward) * (upper_px[..., 0] - lower_px[..., 0])
    up = lower_px[..., 1] - upper_px[..., 1]
    return wrapped_deg(np.degrees(np.arctan2(ahead, up)))


def pitch_deg(heel_px: Floats, toe_px: Floats, forward: Floats | float) -> Floats:
    """Return how far the foot is pitched, from heel and toe.

    Unit
        Degrees in [-180, 180); 0 is level.
    Sign
        Positive with the heel above the toe.
    Needs
        Points of shape (..., 2) in pixels.
    Source
        Plane geometry.
    """
    ahead = np.asarray(forward) * (toe_px[..., 0] - heel_px[..., 0])
    return wrapped_deg(np.degrees(np.arctan2(toe_px[..., 1] - heel_px[..., 1], ahead)))


def distance_px(one_px: Floats, other_px: Floats) -> Floats:
    """Return the distance between points.

    Unit
        Pixels.
    Sign
        Never negative.
    Needs
        Points of shape (..., 2) in pixels.
    Source
        Plane geometry.
    """
    return np.hypot(one_px[..., 0] - other_px[..., 0], one_px[..., 1] - other_px[..., 1])


def seen_angle_deg(true_deg: Floats | float, yaw_deg: float) -> Floats:
    """Return how large an angle from the vertical looks when its plane is turned by `yaw_deg`.

    Unit
        Degrees.
    Sign
        That of `true_deg`.
    Needs
        |true_deg| < 90; a camera far away compared with the body's depth.
    Source
        Projection: tan(seen) = tan(true) cos(yaw).
    """
    seen = np.tan(np.radians(true_deg)) * np.cos(np.radians(yaw_deg))
    turned: Floats = np.degrees(np.arctan(seen))
    return turned


def pitch_tilt_deg(pitch_deg_: float, off_axis_deg: float) -> float:
    """Return by how much a true vertical leans in the picture of a pitched camera.

    Unit
        Degrees.
    Sign
        Positive: towards the picture's middle at the top, for a camera that looks up.
    Needs
        The angle between the optical axis and the person, sideways.
    Source
        Pinhole camera: the vertical's image points at the vanishing point of the vertical, so
        tan(lean) = tan(off_axis) sin(pitch). At 10 deg and 15 deg: 2.7 deg.
    """
    lean = np.tan(np.radians(off_axis_deg)) * np.sin(np.radians(pitch_deg_))
    return float(np.degrees(np.arctan(lean)))
