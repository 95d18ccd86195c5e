"""Somebody lying on the back, seen from the side: the trunk on the floor, a leg raised."""

from __future__ import annotations

import numpy as np

from posture.landmarks.lying import head_end
from posture.types import Floats, Landmarks, Side, Signal


def lies_facing(landmarks: Landmarks) -> Floats:
    """Return which way somebody who lies would face if the picture were turned to stand them up.

    With the head at the right, lying on the back, that is to the left, and the left side is
    towards the camera: as for everybody who stands.

    Unit
        None, (T,).
    Sign
        +1 right, -1 left, 0 not lying.
    Needs
        Trunk and both legs; on the back: nobody raises a leg lying on the front.
    Source
        Ours; `posture.landmarks.lying.head_end`.
    """
    return -head_end(landmarks.xy_px)


def raised_leg(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far one thigh is raised off the floor.

    Unit
        Degrees in [-180, 180); 0 level, 90 upright.
    Sign
        Positive raised.
    Needs
        Lying on the back in side view; `forward` as from `forward_sign`. The picture's level is
        taken as the floor's.
    Source
        Hip and knee points of one side.
    """
    hip, knee = (landmarks.point(f"{side.value}_{p}") for p in ("hip", "knee"))
    along = forward * (knee[:, 0] - hip[:, 0])
    return Signal(
        name="leg_raise",
        side=side,
        unit="deg",
        positive="raised off the floor",
        time_s=landmarks.time_s,
        value=np.degrees(np.arctan2(hip[:, 1] - knee[:, 1], along)),
    )
