"""Quiet standing, and the bend that begins and ends in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from posture.truth.body.looks import Outfit
from posture.truth.body.pose import ArmPose, LegPose, Pose
from posture.truth.motion.motion import Moment, Motion, Place, eased, on_the_floor
from posture.types import Activity, EventKind, Side

Arms = Literal["hang", "collar", "cross", "front", "up"]
ARMS: dict[Arms, ArmPose] = {
    "hang": ArmPose(upper=2.0, elbow=8.0),
    "collar": ArmPose(upper=-38.0, elbow=132.0, out=8.0),
    "cross": ArmPose(upper=-22.0, elbow=105.0),
    "front": ArmPose(upper=-40.0, elbow=72.0),
    "up": ArmPose(upper=-85.0, elbow=5.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """How somebody stands; degrees over the body's own neutral, signs as in `Pose`."""

    pelvis: float = 0.0
    lordosis: float = 0.0  # lumbar extension
    kyphosis: float = 0.0  # thoracic flexion
    knee: float = 2.0
    shank: float = 3.0
    head: float = 0.0  # forward, over level
    arms: Arms = "hang"
    arm_sway: float = 0.0


def standing_pose(stance: Stance, sway: float = 0.0) -> Pose:
    """Return the pose; `sway` leans the whole leg forward."""
    shank = stance.shank + sway
    leg = LegPose(thigh=shank - stance.knee, shank=shank)
    upper = stance.pelvis - stance.lordosis + stance.kyphosis
    arm = ARMS[stance.arms]
    arm = replace(arm, upper=arm.upper + stance.arm_sway)
    return Pose(
        pelvis=stance.pelvis + sway * 0.3,
        lumbar=-stance.lordosis,
        thorax=stance.kyphosis,
        neck=-0.55 * upper + 0.6 * stance.head,
        head=-0.45 * upper - 0.2 * stance.head,
        left=leg,
        right=leg,
        left_arm=arm,
        right_arm=arm,
    )


def standing(
    outfit: Outfit, stance: Stance, duration_s: float, sway_deg: float, seed: int
) -> Motion:
    """Return quiet standing with a slow sway about the ankles."""
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 2)

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        slow = np.sin(2 * np.pi * 0.31 * time_s + phase[0])
        quick = 0.5 * np.sin(2 * np.pi * 0.83 * time_s + phase[1])
        pose = standing_pose(stance, float(sway_deg * (slow + quick)))
        return pose, on_the_floor(outfit, pose)

    return Motion(
        activity=Activity.STANDING,
        duration_s=duration_s,
        pose_at=pose_at,
        events=(),
        neutral=standing_pose(stance),
        held_s=(0.0, duration_s),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TiltRange:
    """How far somebody can tilt the pelvis in standing, degrees from how they stand."""

    back: float = 9.0
    forward: float = 10.0
    lumbar: float = 1.0  # change of the hollow over that of the pelvis
    knee: float = 0.0  # bends with the pelvis back


def tilting(outfit: Outfit, stance: Stance, reach: TiltRange) -> Motion:
    """Return the calibration pose: stand, pelvis fully back and held, fully forward and held."""
    back_s, forward_s, ends_s = 1.6, 4.4, 7.2
    moves_s, holds_s = 1.2, 1.4

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        back = eased((time_s - back_s) / moves_s) - eased((time_s - forward_s) / moves_s)
        forward = eased((time_s - forward_s) / moves_s) - eased((time_s - ends_s) / moves_s)
        turned = forward * reach.forward - back * reach.back
        pose = standing_pose(
            replace(
                stance,
                pelvis=stance.pelvis + turned,
                lordosis=stance.lordosis + reach.lumbar * turned,
                knee=stance.knee + back * reach.knee,
            )
        )
        return pose, on_the_floor(outfit, pose)

    return Motion(
        activity=Activity.STANDING,
        duration_s=8.8,
        pose_at=pose_at,
        events=(),
        neutral=standing_pose(stance),
        held_s=(0.0, back_s),
        tilted_s=(back_s + moves_s + holds_s / 2, forward_s + moves_s + holds_s / 2),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BendDepth:
    """What the bottom of a bend adds to standing; degrees, flexed positive."""

    hip: float  # pelvis on thigh
    lumbar: float
    thorax: float
    knee: float = 2.0
    shank: float = -5.0  # ankle; negative moves the hips back
    neck: float = 15.0
    arms_forward: float = 0.0
    scapula_m: float = 0.05  # shoulder blades and fingers reach
    early_lumbar: float = 0.8  # under 1 the spine leads, over 1 the hips


@dataclass(frozen=True, slots=True, kw_only=True)
class BendTiming:
    """When, in seconds."""

    stand: float = 1.2
    down: float = 1.7
    hold: float = 1.2
    up: float = 1.5
    after: float = 0.6

    @property
    def whole(self) -> float:
        """Everything together."""
        return self.stand + self.down + self.hold + self.up + self.after


def bent_pose(stance: Stance, depth: BendDepth, share: float) -> Pose:
    """Return the pose at a share of the way down, 0 standing, 1 the bottom."""
    start = standing_pose(replace(stance, arms="hang"))
    hinge = share ** (2 - depth.early_lumbar) if share > 0 else 0.0
    round_ = share**depth.early_lumbar if share > 0 else 0.0
    shank = start.right.shank + share * depth.shank
    knee = start.right.knee + share * depth.knee
    leg = LegPose(thigh=shank - knee, shank=shank)
    moved_thigh = leg.thigh - start.right.thigh
    hang = ArmPose(
        upper=(1 - share) * start.right_arm.upper - share * depth.arms_forward,
        elbow=(1 - share) * start.right_arm.elbow + share * 4.0,
    )
    return replace(
        start,
        pelvis=start.pelvis + hinge * depth.hip + moved_thigh,
        lumbar=start.lumbar + round_ * depth.lumbar,
        thorax=start.thorax + round_ * depth.thorax,
        neck=start.neck * (1 - share) + share * depth.neck,
        head=start.head * (1 - share) + share * 5.0,
        left=leg,
        right=leg,
        left_arm=hang,
        right_arm=hang,
        scapula_m=share * depth.scapula_m,
    )


def within_reach(outfit: Outfit, stance: Stance, depth: BendDepth) -> BendDepth:
    """Return the bend with the arms forward as far as the floor asks: hands do not go through it.

    Raises
    ------
    ValueError
        The shoulders are so low that no arm would fit.
    """
    for forward in np.arange(depth.arms_forward, 89.0, 1.5):
        tried = replace(depth, arms_forward=float(forward))
        if fingertip_floor_m(outfit, bent_pose(stance, tried, 1.0)) >= 0:
            return tried
    raise ValueError("a body outside of the range: its shoulders reach the floor")


def fingertip_floor_m(outfit: Outfit, pose: Pose) -> float:
    """Return how far the fingertips are above the floor in a pose."""
    root = on_the_floor(outfit, pose)
    outfit.figure.take(pose, root)
    points = outfit.figure.points(outfit.surface)
    return float(min(points[f"{s}_fingertip"][2] for s in ("left", "right")))


def bending(outfit: Outfit, stance: Stance, depth: BendDepth, timing: BendTiming) -> Motion:
    """Return a whole bend: stand, down, hold, up, stand."""
    depth = within_reach(outfit, stance, depth)
    down_s = timing.stand
    held_s = down_s + timing.down
    up_s = held_s + timing.hold

    def share_at(time_s: float) -> float:
        return eased((time_s - down_s) / timing.down) - eased((time_s - up_s) / timing.up)

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        pose = bent_pose(stance, depth, share_at(time_s))
        return pose, on_the_floor(outfit, pose)

    both = Side.BOTH
    return Motion(
        activity=Activity.FORWARD_BEND,
        duration_s=timing.whole,
        pose_at=pose_at,
        events=(
            Moment(kind=EventKind.BEND_START, side=both, time_s=down_s),
            Moment(kind=EventKind.BEND_BOTTOM, side=both, time_s=(held_s + up_s) / 2),
            Moment(kind=EventKind.BEND_END, side=both, time_s=up_s + timing.up),
        ),
        neutral=bent_pose(stance, depth, 0.0),
        held_s=(held_s, up_s),
    )
