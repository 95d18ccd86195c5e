"""What a motion is: a pose for every moment, and the moments that are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from posture.truth.body.looks import Outfit
from posture.truth.body.pose import Pose
from posture.types import Activity, EventKind, Floats, Side

Place = tuple[float, float, float]  # of the root, metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event that is exact by construction."""

    kind: EventKind
    side: Side
    time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """One activity from 0 to `duration_s`."""

    activity: Activity
    duration_s: float
    pose_at: Callable[[float], tuple[Pose, Place]]
    events: tuple[Moment, ...]
    neutral: Pose  # the same person standing
    held_s: tuple[float, float]  # the pose that counts: bottom of the bend, the hold; or all of it
    speed_m_s: float = 0.0  # of walking, also on a treadmill
    tilted_s: tuple[float, float] | None = None  # pelvis fully back, fully forward


def eased(share: float) -> float:
    """Return a rise from 0 to 1 without jerk at its ends."""
    x = float(np.clip(share, 0.0, 1.0))
    return x * x * x * (10 - 15 * x + 6 * x * x)


def on_the_floor(outfit: Outfit, pose: Pose) -> Place:
    """Take the pose with the lowest point of the feet on the floor and the ankles at y = 0."""
    outfit.figure.take(pose)
    ankle: Floats = outfit.figure.joint("foot.R")
    return (0.0, -float(ankle[1]), -outfit.lowest_z())
