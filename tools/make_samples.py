"""Draw the rendered clips of samples/: one body each, its motion set apart from chance.

    python tools/make_samples.py samples/ [NAME...]

Needs the extra `truth`. Writes the clips and prints what is true of each; the manifest is written
by hand, with the checksums printed here.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from posture.truth.body.looks import Outfit
from posture.truth.body.pose import ArmPose, Pose
from posture.truth.known import known_measures
from posture.truth.make import film
from posture.truth.motion.floorwork import lunging, raising
from posture.truth.motion.gait import Footwork, Walk, walking
from posture.truth.motion.motion import Motion, Place, eased, on_the_floor
from posture.truth.motion.standing import (
    BendDepth,
    BendTiming,
    Stance,
    TiltRange,
    bending,
    standing,
    standing_pose,
    tilting,
)
from posture.truth.picture.render import Light, Renderer
from posture.truth.scenario import Scenario, scenario
from posture.types import Activity
from posture.video.sink import Sink

_QUALITY = 25  # of the encoder; keeps every clip under 700 kB
_SIZE_PX = (960, 540)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One clip."""

    name: str
    number: int  # of the body among those of seed 2027
    motion: Callable[[Scenario], Motion]
    activity: Activity
    rests_s: tuple[float, float] = (0.0, 0.0)  # left out at the beginning and at the end


def _stand(stance: Stance) -> Callable[[Scenario], Motion]:
    return lambda drawn: standing(drawn.outfit, stance, 4.5, 0.3, 5)


def _bend(depth: BendDepth) -> Callable[[Scenario], Motion]:
    timing = BendTiming(stand=1.4, down=1.5, hold=1.2, up=1.2, after=0.3)
    return lambda drawn: bending(drawn.outfit, Stance(), depth, timing)


def _walk(work: Footwork) -> Callable[[Scenario], Motion]:
    def motion(drawn: Scenario) -> Motion:
        leg_m = drawn.outfit.figure.leg_m("R")
        walk = Walk(
            stride_s=1.08,
            step_m=0.76 * leg_m,
            toe_off=0.615,
            swing_knee=60.0,
            left=work,
            right=work,
        )
        return walking(drawn.outfit, Stance(), walk, 4.6, overground=False, begins=0.2)

    return motion


_CLIENT = 5  # the one body of the demo's visit: limited hips, a back that makes up for them


def _visit_stand(drawn: Scenario) -> Motion:
    return standing(drawn.outfit, Stance(), 2.6, 0.3, 5)


def _visit_bend(drawn: Scenario) -> Motion:
    depth = BendDepth(hip=46.0, lumbar=58.0, thorax=12.0, shank=-6.0, scapula_m=0.05)
    return bending(drawn.outfit, Stance(), depth, BendTiming(stand=1.2, hold=1.2, after=0.2))


VISIT = (
    Sample(
        name="visit_standing",
        number=_CLIENT,
        motion=_visit_stand,
        activity=Activity.STANDING,
    ),
    Sample(
        name="visit_bend",
        number=_CLIENT,
        motion=_visit_bend,
        activity=Activity.FORWARD_BEND,
    ),
    Sample(
        name="visit_walk",
        number=_CLIENT,
        motion=_walk(Footwork(rise=0.39, toe_off_pitch=60.0, toe_joint=32.0)),
        activity=Activity.WALKING,
        rests_s=(0.0, 0.6),
    ),
    Sample(
        name="visit_lunge",
        number=_CLIENT,
        motion=lambda drawn: lunging(drawn.outfit, Stance(), drawn.near, 34.0, 41.0),
        activity=Activity.WALL_LUNGE,
        rests_s=(0.6, 0.6),
    ),
    Sample(
        name="visit_leg_raise",
        number=_CLIENT,
        motion=lambda drawn: raising(drawn.outfit, drawn.near, 60.0),
        activity=Activity.LEG_RAISE,
        rests_s=(0.6, 0.0),
    ),
)

SAMPLES = (
    *VISIT,
    Sample(
        name="standing",
        number=3,
        motion=_stand(Stance()),
        activity=Activity.STANDING,
    ),
    Sample(
        name="standing_tilted",
        number=6,
        motion=_stand(Stance(pelvis=11.0, lordosis=11.0, kyphosis=2.0, arms="collar")),
        activity=Activity.STANDING,
    ),
    Sample(
        name="pelvis_calibration",
        number=6,
        motion=lambda drawn: tilting(
            drawn.outfit, Stance(arms="collar"), TiltRange(back=10.0, forward=12.0)
        ),
        activity=Activity.STANDING,
    ),
    Sample(
        name="forward_bend_free",
        number=2,
        motion=_bend(BendDepth(hip=78.0, lumbar=52.0, thorax=14.0, shank=-6.0, scapula_m=0.07)),
        activity=Activity.FORWARD_BEND,
    ),
    Sample(
        name="forward_bend",
        number=5,
        motion=_bend(BendDepth(hip=44.0, lumbar=58.0, thorax=12.0, shank=-6.0, scapula_m=0.05)),
        activity=Activity.FORWARD_BEND,
    ),
    Sample(
        name="forward_bend_calf",
        number=8,
        motion=_bend(BendDepth(hip=66.0, lumbar=52.0, thorax=12.0, shank=-0.5, scapula_m=0.05)),
        activity=Activity.FORWARD_BEND,
    ),
    Sample(
        name="walk_normal",
        number=11,
        motion=_walk(Footwork(rise=0.39, toe_off_pitch=60.0, toe_joint=32.0)),
        activity=Activity.WALKING,
    ),
    Sample(
        name="walk_weak_push_off",
        number=12,
        motion=_walk(Footwork(rise=0.44, toe_off_pitch=40.0, toe_joint=30.0)),
        activity=Activity.WALKING,
    ),
    Sample(
        name="walk_early_heel_rise",
        number=14,
        motion=_walk(Footwork(rise=0.25, toe_off_pitch=56.0, toe_joint=32.0, midstance_knee=5.0)),
        activity=Activity.WALKING,
    ),
    Sample(
        name="wall_lunge",
        number=17,
        motion=lambda drawn: lunging(drawn.outfit, Stance(), drawn.near, 15.0, 27.0),
        activity=Activity.WALL_LUNGE,
    ),
)


def drawn_for(sample: Sample) -> Scenario:
    """Return the clip before it is drawn."""
    drawn = scenario(2027, sample.number, sample.activity, plain=True)
    look = replace(drawn.look, top="fitted", hair_style="short")
    drawn = replace(drawn, look=look, outfit=Outfit(drawn.outfit.figure, look))
    if sample in VISIT and sample.activity is not Activity.LEG_RAISE:  # the camera stays in place
        stands = scenario(2027, sample.number, Activity.STANDING, plain=True)
        drawn = replace(drawn, camera=stands.camera)
    return replace(
        drawn,
        motion=sample.motion(drawn),
        camera=replace(drawn.camera, size_px=_SIZE_PX),
        light=Light(strength=1.0, noise=1.0, shadow=0.35),
        room="gym" if sample.number % 2 else "plain",
        rate_hz=30.0,
        overground=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of the visit: a motion, or an empty room, perhaps seen the other way round."""

    lasts_s: float
    pose_at: Callable[[float], tuple[Pose, Place]] | None
    flipped: bool = False


def _between(arm: ArmPose, other: ArmPose, share: float) -> ArmPose:
    """Return an arm a share of the way to another pose."""
    return ArmPose(
        upper=arm.upper + share * (other.upper - arm.upper),
        elbow=arm.elbow + share * (other.elbow - arm.elbow),
        out=arm.out + share * (other.out - arm.out),
    )


def _visit_parts(drawn: Scenario) -> list[Part]:
    """Return a whole live check: stand, hands to the collar-bones, bend, walk past four times."""
    outfit, stance, depth = drawn.outfit, Stance(), BendDepth(hip=46.0, lumbar=56.0, thorax=12.0)
    hang, collar = standing_pose(stance), standing_pose(replace(stance, arms="collar"))

    def still(pose: Pose) -> Callable[[float], tuple[Pose, Place]]:
        return lambda time_s: (sway(pose, time_s), on_the_floor(outfit, pose))

    def sway(pose: Pose, time_s: float) -> Pose:
        return replace(pose, head=pose.head + float(np.sin(1.9 * time_s)))

    def arms(share: float) -> Pose:
        mixed = _between(hang.right_arm, collar.right_arm, share)
        return replace(hang, left_arm=mixed, right_arm=mixed)

    def to_collar(time_s: float) -> tuple[Pose, Place]:
        pose = arms(eased(time_s / 0.8))
        return pose, on_the_floor(outfit, pose)

    def from_collar(time_s: float) -> tuple[Pose, Place]:
        return to_collar(0.8 - time_s)

    timing = BendTiming(stand=2.0, down=1.9, hold=2.4, up=1.9, after=2.2)
    bend = bending(outfit, stance, depth, timing)
    leg_m = outfit.figure.leg_m("R")
    pace = Walk(stride_s=1.08, step_m=0.74 * leg_m, toe_off=0.615)
    passes = walking(outfit, stance, pace, 5.4, overground=True, begins=0.2)
    return [
        Part(lasts_s=5.5, pose_at=still(hang)),
        Part(lasts_s=0.8, pose_at=to_collar),
        Part(lasts_s=7.0, pose_at=still(collar)),
        Part(lasts_s=0.8, pose_at=from_collar),
        Part(lasts_s=timing.whole, pose_at=bend.pose_at),
        Part(lasts_s=0.8, pose_at=None),
        *(
            Part(lasts_s=lasts_s, pose_at=pose_at, flipped=bool(number % 2))
            for number in range(4)
            for lasts_s, pose_at in ((5.4, passes.pose_at), (0.4, None))
        ),
    ]


def _hand_parts(drawn: Scenario) -> list[Part]:
    """Return how the client says who they are: one hand up, the rest as in the visit."""
    outfit, hang = drawn.outfit, standing_pose(Stance())
    up = ArmPose(upper=-165.0, elbow=10.0, out=hang.right_arm.out)

    def raised(share: float) -> tuple[Pose, Place]:
        pose = replace(hang, right_arm=_between(hang.right_arm, up, share))
        return pose, on_the_floor(outfit, pose)

    return [
        Part(lasts_s=1.0, pose_at=lambda _: raised(0.0)),
        Part(lasts_s=0.8, pose_at=lambda time_s: raised(eased(time_s / 0.8))),
        Part(lasts_s=2.0, pose_at=lambda _: raised(1.0)),
        Part(lasts_s=0.8, pose_at=lambda time_s: raised(1.0 - eased(time_s / 0.8))),
    ]


def draw_visit(path: Path, parts_of: Callable[[Scenario], list[Part]]) -> None:
    """Draw a clip that stands in for a camera in the tests of the live check."""
    base = drawn_for(
        Sample(name="", number=21, motion=_stand(Stance()), activity=Activity.STANDING)
    )
    height_m = base.outfit.figure.height_m
    size_px, distance_m = (768, 432), 4.2
    tall = height_m / 0.60 / 2 / distance_m
    fov = 2 * float(np.degrees(np.arctan(tall * size_px[0] / size_px[1])))
    camera = replace(
        base.camera, size_px=size_px, distance_m=distance_m, fov_deg=fov, height_m=0.5 * height_m,
        pitch_deg=0.0, yaw_deg=0.0, roll_deg=0.0, aside_m=0.0, k1=0.0,
    )  # fmt: skip
    with (
        Renderer(camera, "plain", Light(strength=1.0, noise=0.0, shadow=0.35), 21) as renderer,
        Sink(path, size_px, 30.0, 31) as sink,
    ):
        actor, frame = renderer.actor(base.outfit), 0
        for part in parts_of(base):
            for step in range(round(part.lasts_s * 30)):
                if part.pose_at is None:
                    picture = renderer.background
                else:
                    base.outfit.figure.take(*part.pose_at(step / 30))
                    picture, _ = renderer.frame([actor], [np.zeros(3)])
                if part.flipped:
                    picture = np.ascontiguousarray(picture[:, ::-1])
                sink.add(picture, frame / 30)
                frame += 1


def main(folder: Path, names: set[str]) -> None:
    """Write every clip, or those named, and print what is true of them."""
    for name, parts_of in (("live_visit", _visit_parts), ("live_hand", _hand_parts)):
        if not names or name in names:
            draw_visit(folder / f"{name}.mp4", parts_of)
    for sample in SAMPLES:
        if names and sample.name not in names:
            continue
        drawn = drawn_for(sample)
        begins_s, left_s = sample.rests_s
        times_s = drawn.times_s
        times_s = times_s[(times_s >= begins_s) & (times_s < drawn.motion.duration_s - left_s)]
        path = folder / f"{sample.name}.mp4"
        with Sink(path, _SIZE_PX, drawn.rate_hz, _QUALITY) as sink:
            for time_s, picture in film(drawn, times_s):
                sink.add(picture, time_s - float(times_s[0]))
        data = path.read_bytes()
        true = known_measures(drawn.outfit, drawn.motion, drawn.near)
        told = ", ".join(f"{k.name} {k.value:.2f}" for k in true if np.isfinite(k.value))
        sys.stdout.write(
            f"{path.name}\t{len(data) // 1000} kB\t{hashlib.sha256(data).hexdigest()}\t"
            f"near {drawn.near.value}\t{told}\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
