"""The optional tests: wall lunge, and the straight-leg raise lying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.truth.body.looks import Outfit
from posture.truth.body.pose import ArmPose, LegPose, Pose
from posture.truth.motion.legs import reach_to
from posture.truth.motion.motion import Motion, Place, eased, on_the_floor
from posture.truth.motion.standing import Stance, standing_pose
from posture.types import Activity, Side


def lunging(
    outfit: Outfit,
    stance: Stance,
    near: Side,
    straight_deg: float,
    bent_deg: float,
    apart: float = 0.75,
) -> Motion:
    """Return a wall lunge: rear near leg straight at `straight_deg`, then bent at `bent_deg`.

    Both are the rear shank's inclination with the heel down, degrees; `apart` is the distance of
    the feet in leg lengths.
    """
    figure = outfit.figure
    leg_m = figure.leg_m("R")
    moves_s, whole_s = (2.4, 3.4), 5.8

    def legs(share: float) -> tuple[Pose, LegPose]:
        shank = (1 - share) * straight_deg + share * bent_deg
        knee = (1 - share) * 3.0 + share * 28.0
        rear = LegPose(thigh=shank - knee, shank=shank)
        lean = 12.0 - 4.0 * share
        arms = ArmPose(upper=-72.0, elbow=18.0)
        base = standing_pose(stance)
        return replace(base, pelvis=lean, lumbar=0.0, left_arm=arms, right_arm=arms), rear

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        pose, rear = legs(eased((time_s - moves_s[0]) / (moves_s[1] - moves_s[0])))
        both = replace(pose, left=rear, right=rear)
        rear_letter = "R" if near is Side.RIGHT else "L"
        root = on_the_floor(outfit, both)
        figure.take(both, root)
        hip = figure.joint(f"upperleg01.{'L' if rear_letter == 'R' else 'R'}")
        ankle = figure.joint(f"foot.{rear_letter}")
        front = reach_to(
            figure,
            (-float(hip[1]), float(hip[2])),
            (-float(ankle[1]) + apart * leg_m, float(ankle[2])),
        )
        left, right = (front, rear) if near is Side.RIGHT else (rear, front)
        return replace(both, left=left, right=right), (0.0, root[1] + 0.35 * leg_m, root[2])

    return Motion(
        activity=Activity.WALL_LUNGE,
        duration_s=whole_s,
        pose_at=pose_at,
        events=(),
        neutral=standing_pose(stance),
        held_s=(0.0, whole_s),
    )


def raising(outfit: Outfit, near: Side, angle_deg: float, knee_deg: float = 3.0) -> Motion:
    """Return a straight-leg raise lying on the back, near leg up to an angle against the floor."""
    down = LegPose(thigh=-2.0, shank=1.0)
    rest = Pose(
        left=down,
        right=down,
        lying=-90.0,
        neck=12.0,
        left_arm=ArmPose(upper=0, elbow=4, out=14),
        right_arm=ArmPose(upper=0, elbow=4, out=14),
    )

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        share = eased((time_s - 1.0) / 2.0)
        thigh = down.thigh - share * (angle_deg + down.thigh)
        leg = LegPose(
            thigh=thigh, shank=thigh + knee_deg, foot=thigh + knee_deg, toe=thigh + knee_deg
        )
        pose = replace(rest, pelvis=-share * 0.12 * angle_deg)
        pose = replace(pose, left=leg) if near is Side.LEFT else replace(pose, right=leg)
        outfit.figure.take(pose)
        lowest = float(np.quantile(outfit.figure.skinned(outfit.surface)[:, 2], 0.01))
        return pose, (0.0, 0.0, -lowest)

    return Motion(
        activity=Activity.LEG_RAISE,
        duration_s=5.0,
        pose_at=pose_at,
        events=(),
        neutral=rest,
        held_s=(3.2, 5.0),
    )
