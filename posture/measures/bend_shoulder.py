"""The shoulder-hip line in a bend: an arm keeps its length.

As the arms reach down, the shoulder blades slide along the ribs, further in some people than in
others. The model puts its point where the shoulder is in most people: where it slid further the arm
seems to grow, where it slid less the arm seems to shrink.
"""

from __future__ import annotations

import math

import numpy as np

from posture.measures.bend_change import at
from posture.measures.bend_poses import BendPoses
from posture.measures.take import Take
from posture.signals.arms import ArmPose, arm_pose
from posture.signals.geometry import distance_px, inclination_deg
from posture.signals.known import known_median
from posture.types import Floats

# Ours: fitted on 16 bends of two generators (.78), the rest of a change being the points' scatter
_SHARE = 0.75
_MOST = 0.25  # ours; an arm that changes by more has turned towards the camera or was lost
_HANGS_DEG = 50.0  # ours; from straight down: beyond it the hands hold or reach for something


def shoulder_slip_deg(take: Take, poses: BendPoses) -> float | None:
    """Return by how much the shoulder-hip line turns further than the model's points say.

    Unit
        Degrees; None where the arms do not tell.
    Sign
        Positive where the trunk is bent further than the points say.
    Needs
        The near arm hanging in the same person's standing and at the bottom, and seen in both.
    Source
        The shoulder point is moved along the arm by what the arm, shoulder to wrist over the elbow,
        is longer at the bottom than in standing, times `_SHARE`.
    """
    if not take.settings.uses_learnt or poses.neutral is None:
        return None
    if arm_pose(take.landmarks, take.near, poses.neutral) is not ArmPose.HANG:
        return None
    shoulder, elbow, wrist, hip = (
        take.landmarks.point(f"{take.near.value}_{p}")
        for p in ("shoulder", "elbow", "wrist", "hip")
    )
    length = distance_px(shoulder, elbow) + distance_px(elbow, wrist)
    standing, bent = at(length, poses.neutral), at(length, poses.bottom)
    arm, back = (_middle(wrist - shoulder, poses), _middle(shoulder - hip, poses))
    if not (np.isfinite([*arm, *back, bent]).all() and standing > 0):
        return None
    grown = bent - standing
    if abs(grown) > _MOST * standing or _from_down_deg(arm) > _HANGS_DEG:
        return None
    forward = known_median(take.forward[slice(*poses.bottom)])
    moved = back + _SHARE * grown * arm / math.hypot(*arm)
    hip_px = np.zeros(2)
    turned = inclination_deg(moved, hip_px, forward) - inclination_deg(back, hip_px, forward)
    return float(turned)


def _middle(off_px: Floats, poses: BendPoses) -> Floats:
    """Return the median over the bottom, (2,)."""
    return np.array([at(off_px[:, axis], poses.bottom) for axis in (0, 1)])


def _from_down_deg(off_px: Floats) -> float:
    return math.degrees(math.atan2(abs(off_px[0]), off_px[1]))
