"""What somebody's arms do: hang, lie on the collar-bones, reach up, or anything else."""

from __future__ import annotations

from enum import Enum

import numpy as np

from posture.signals.geometry import distance_px
from posture.signals.known import known_median
from posture.types import Bools, Floats, Landmarks, Side


class ArmPose(Enum):
    """Where the near arm is; what it spoils depends on it."""

    HANG = "hang"
    COLLAR = "collar"  # fingertips on the collar-bones, as for the outline of the back
    UP = "up"  # at shoulder height or over the head: it takes the shoulder along
    ELSEWHERE = "elsewhere"  # folded, on the hips, holding something
    UNSEEN = "unseen"


# Ours, read off 22 rendered and 6 real times of standing: hanging arms are raised by 0 to 8 deg
# with the wrist up to .05 trunks over the hip, arms on the collar-bones by 33 to 38 deg with the
# wrist 1.07 trunks over the hip, arms overhead by 120 to 180 deg.
_UP_DEG = 70.0
_UP_TRUNKS = 0.25  # wrist over the shoulder
_HANGS_DEG = 35.0
_HANGS_TRUNKS = 0.25  # wrist over the hip
_COLLAR_TRUNKS = 0.55  # wrist from the shoulder
_LEAST_SEEN = 0.3  # of the frames


def arms_up(landmarks: Landmarks, side: Side) -> Bools:
    """Return in which frames an arm is raised to the shoulder's height or over it.

    Unit
        None, (T,).
    Needs
        Shoulder, elbow and wrist of that side; where they are not seen the arm is not up.
    Source
        Upper arm from straight down, and the wrist's height over the shoulder; limits are ours.
    """
    raised, over_hip, _ = _arm(landmarks, side)
    with np.errstate(invalid="ignore"):
        up: Bools = (raised > _UP_DEG) | (over_hip > 1 + _UP_TRUNKS)
    return up


def arm_pose(landmarks: Landmarks, side: Side, frames: tuple[int, int]) -> ArmPose:
    """Return what the arm does over somebody's standing.

    Needs
        Shoulder, elbow, wrist and hip of that side over `frames` [start, end), standing.
    Source
        Medians over the frames, see the limits above; ours.
    """
    raised, over_hip, off_shoulder = (row[slice(*frames)] for row in _arm(landmarks, side))
    if np.isfinite(over_hip).mean() < _LEAST_SEEN:
        return ArmPose.UNSEEN
    raised_deg, wrist, from_shoulder = (
        known_median(row) for row in (raised, over_hip, off_shoulder)
    )
    if raised_deg > _UP_DEG or wrist > 1 + _UP_TRUNKS:
        return ArmPose.UP
    if wrist < _HANGS_TRUNKS and raised_deg < _HANGS_DEG:
        return ArmPose.HANG
    return ArmPose.COLLAR if from_shoulder < _COLLAR_TRUNKS else ArmPose.ELSEWHERE


def _arm(landmarks: Landmarks, side: Side) -> tuple[Floats, Floats, Floats]:
    """Upper arm from straight down in degrees; wrist over hip and off shoulder in trunks."""
    shoulder, elbow, wrist, hip = (
        landmarks.point(f"{side.value}_{p}") for p in ("shoulder", "elbow", "wrist", "hip")
    )
    upper, trunk_px = elbow - shoulder, distance_px(shoulder, hip)
    raised = np.degrees(np.arctan2(np.abs(upper[:, 0]), upper[:, 1]))
    over_hip = (hip[:, 1] - wrist[:, 1]) / trunk_px
    return raised, over_hip, distance_px(wrist, shoulder) / trunk_px
