"""One simulated person before the camera: the same body bends, walks and lunges as it was drawn.

`restriction` draws people as numbers: how far hips and back go, how early the heel rises. Here one
of them gets a body, clothes and a room, and moves by those numbers, so that what is judged in the
end was measured in pictures. The same number gives the same person, film for film.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import numpy as np
from scipy.optimize import least_squares

from posture.truth import people
from posture.truth.body.figure import Figure
from posture.truth.body.looks import Look, Outfit
from posture.truth.body.pose import Pose
from posture.truth.known import known_measures
from posture.truth.motion.floorwork import lunging, raising
from posture.truth.motion.gait import Footwork, walking
from posture.truth.motion.motion import Motion, Place, on_the_floor
from posture.truth.motion.standing import BendDepth, BendTiming, Stance, bending
from posture.truth.people import Restriction, Someone
from posture.truth.picture.camera import Camera
from posture.truth.picture.render import Light
from posture.truth.picture.room import Room
from posture.truth.restriction.couplings import GENERATORS
from posture.truth.restriction.people import Bodies, Order, Who
from posture.truth.restriction.walking import GRAVITY_M_S2
from posture.truth.scenario import Scenario, Spoilers
from posture.types import Activity, Floats, Side
from posture.types import Variant as Asked

Film = Literal["bend", "walk", "lunge", "leg_raise", "soft_knee", "heel_wedge"]
FILMS: tuple[Film, ...] = get_args(Film)
CHECK: tuple[Film, ...] = ("bend", "walk", "lunge")  # what a check asks for
ACTIVITY: Mapping[Film, Activity] = {
    "bend": Activity.FORWARD_BEND,
    "walk": Activity.WALKING,
    "lunge": Activity.WALL_LUNGE,
    "leg_raise": Activity.LEG_RAISE,
    "soft_knee": Activity.FORWARD_BEND,
    "heel_wedge": Activity.FORWARD_BEND,
}
WHOM: tuple[Who, ...] = ("hamstring", "calf", "free")
_RESTRICTION: Mapping[Who, Restriction] = {"hamstring": "hamstring", "calf": "calf"}
_ROOMS: tuple[Room, ...] = ("gym", "plain", "office")  # no mirror: it doubles the person
_STREAM = 33  # apart from other people of the same seed
_SEEDS = 100_000  # people of one seed
_OTHERS = 10_000  # rooms of another visit
# A check's films are small and short, so that sixty people are filmed within an hour. The model is
# asked for a bend or a lunge 15 times a second however many pictures there are; a walk needs 24.
_SIZE_PX = {False: (432, 768), True: (768, 432)}  # upright; lying
_RATE_HZ: Mapping[Film, float] = {"walk": 25.0}
_USUAL_RATE_HZ = 15.0
_WALK_S = 5.0
_SOFT_KNEE_DEG = 22.0  # as restriction/ has it
_WEDGE_DEG = 10.0
_REACH_PER_HIP = 0.016  # leg lengths a degree, as restriction/hard.py has it
_MOST_BY_WEDGE_DEG = 15.0  # ours; Boyd 2009 has 5.5 to 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One simulated person with a body."""

    seed: int
    number: int
    who: Who
    body: Bodies  # one person
    someone: Someone
    look: Look
    near: Side
    outfit: Outfit
    room: Room
    light: Light

    @property
    def name(self) -> str:
        """What the person's folder is called."""
        return f"{self.number:05d}_{self.who}"

    @property
    def wanted(self) -> dict[str, float]:
        """What restriction/ says of this person: bend, and the near leg's walk, lunge and raise."""
        leg = 0 if self.near is Side.LEFT else 1
        return {
            **{name: float(value[0]) for name, value in self.body.bend.items()},
            **{name: float(value[0, leg]) for name, value in self.body.sided.items()},
            "walking_speed": float(self.body.speed[0]),
        }


def visitor(seed: int, number: int) -> Visitor:
    """Return the person with this number: stiff hamstrings, stiff calves, free, and round again.

    Every other three come from the second generator, which nothing was tuned on.
    """
    who = WHOM[number % len(WHOM)]
    generator = list(GENERATORS.values())[number // len(WHOM) % len(GENERATORS)]
    body = generator(Order(who=who, count=1, seed=seed * _SEEDS + number))
    drawn = np.random.default_rng([seed, number, _STREAM])
    one = people.someone(drawn, "people")
    look = people.look(drawn, "people", woman=one.woman)
    return Visitor(
        seed=seed,
        number=number,
        who=who,
        body=body,
        someone=one,
        look=look,
        near=Side.RIGHT if drawn.uniform() < 0.5 else Side.LEFT,
        outfit=Outfit(Figure(one.traits, one.pelvis_line_deg), look),
        room=_ROOMS[int(drawn.choice(len(_ROOMS)))],
        light=Light(noise=float(drawn.uniform(1.5, 3.5)), shadow=float(drawn.uniform(0.15, 0.55))),
    )


def filmed(
    who: Visitor, film: Film, *, camera_seed: int = 0, rate_hz: float | None = None
) -> Scenario:
    """Return a film of a person; another `camera_seed` is another camera, room and light."""
    drawn = np.random.default_rng([who.seed, who.number, _STREAM, FILMS.index(film)])
    seen = np.random.default_rng(
        [who.seed, who.number, _STREAM, 10 + FILMS.index(film), camera_seed]
    )
    room, light = who.room, who.light
    if camera_seed:
        room = _ROOMS[(_ROOMS.index(room) + camera_seed) % len(_ROOMS)]
        light = replace(light, noise=float(seen.uniform(1.5, 3.5)))
    return Scenario(
        seed=who.seed,
        number=who.number + _OTHERS * camera_seed,  # one room for all films of a visit
        activity=ACTIVITY[film],
        variant="none",
        population="people",
        restriction=_RESTRICTION.get(who.who, "none"),
        someone=who.someone,
        look=who.look,
        near=who.near,
        camera=_camera(seen, who, film),
        room=room,
        light=light,
        spoilers=Spoilers(),
        rate_hz=rate_hz or _RATE_HZ.get(film, _USUAL_RATE_HZ),
        overground=False,
        outfit=who.outfit,
        motion=_motion(drawn, who, film),
    )


def asked_as(film: Film) -> Asked:
    """Return the variant that the analyser is told of."""
    return cast("Asked", film) if film in {"soft_knee", "heel_wedge"} else "none"


def _camera(drawn: np.random.Generator, who: Visitor, film: Film) -> Camera:
    """Return a camera as `scenario` places it, the phone upright except for a person who lies."""
    lies = film == "leg_raise"
    size, height_m = _SIZE_PX[lies], who.outfit.figure.height_m
    fill = float(drawn.uniform(0.60, 0.80)) * (1.0 if lies else 0.8)
    distance = float(drawn.uniform(2.4, 4.2))
    fov = 2 * float(np.degrees(np.arctan(height_m / fill / 2 / distance * max(size) / size[1])))
    stands = float(drawn.uniform(0.6, 1.2))
    aimed = float(np.degrees(np.arctan2((0.35 if lies else 0.5 * height_m) - stands, distance)))
    yaw = drawn.normal(0, 1.5) if drawn.uniform() < 0.5 else np.clip(drawn.normal(0, 9), -20, 20)
    return Camera(
        distance_m=distance,
        height_m=stands,
        yaw_deg=float(yaw),
        pitch_deg=aimed + float(drawn.normal(0, 1.5)),
        roll_deg=float(drawn.normal(0, 1.0)),
        aside_m=float(drawn.normal(0, 0.10)),
        fov_deg=float(np.clip(fov, 40, 84)),
        size_px=size,
        near=who.near.value,
        k1=float(drawn.normal(0, 0.006)),
    )


def _motion(drawn: np.random.Generator, who: Visitor, film: Film) -> Motion:
    wanted, stance = who.wanted, who.someone.stance
    if film == "walk":
        return _walk(drawn, who)
    if film == "lunge":
        straight = float(np.clip(wanted["lunge_dorsiflexion_straight"], 8, 48))
        bent = float(np.clip(wanted["lunge_dorsiflexion_bent"], straight, 56))
        return lunging(who.outfit, stance, who.near, straight, bent)
    if film == "leg_raise":
        return raising(who.outfit, who.near, float(np.clip(wanted["leg_raise_angle"], 25, 105)))
    return _bend(who, film, stance)


def _bend(who: Visitor, film: Film, stance: Stance) -> Motion:
    """Return the bend; the spine above the loins and the arms are the body's own."""
    wanted, outfit = who.wanted, who.outfit
    if film == "soft_knee":
        return _bent(who, stance, wanted["soft_knee_gain"], _SOFT_KNEE_DEG)
    usual = _bent(who, stance)
    if film != "heel_wedge":
        return usual
    # raised heels raise the hips too: the hips bend until the reach has gained what it should
    reach = _reach(who, usual)
    more_hip = wanted["heel_wedge_gain"] / _REACH_PER_HIP
    for _ in range(_ROUNDS):
        raised = _on_a_wedge(outfit, _bent(who, stance, more_hip), _WEDGE_DEG)
        left = wanted["heel_wedge_gain"] - (reach - _reach(who, raised))
        more_hip = float(np.clip(more_hip + left / _REACH_PER_HIP, 0.0, _MOST_BY_WEDGE_DEG))
    return _on_a_wedge(outfit, _bent(who, stance, more_hip), _WEDGE_DEG)


def _reach(who: Visitor, motion: Motion) -> float:
    known = known_measures(who.outfit, motion, who.near)
    return next(one.value for one in known if one.name == "fingertip_floor")


def _bent(who: Visitor, stance: Stance, more_hip: float = 0.0, more_knee: float = 0.0) -> Motion:
    """Return the person's bend with so much more at hips and knees, degrees."""
    drawn = np.random.default_rng([who.seed, who.number, _STREAM, 0])  # of all bends of a person
    wanted = who.wanted
    hip, knee = wanted["pelvis_on_thigh_flexion"], wanted["knee_bend"]
    thigh = wanted["pelvic_rotation"] - hip  # the hips go back by the thigh's lean
    depth = BendDepth(
        hip=float(np.clip(hip + more_hip, 15.0, 105.0)),
        lumbar=float(np.clip(wanted["lumbar_flexion"], 5.0, 85.0)),
        thorax=float(np.clip(drawn.normal(19, 6), 0, 36)),
        knee=float(knee + more_knee),
        shank=float(thigh + knee + more_knee / 2),  # soft knees lean thigh and shank by half each
        neck=float(drawn.normal(15, 8)),
        arms_forward=float(drawn.normal(1, 2)),
        scapula_m=float(np.clip(drawn.normal(0.130, 0.015), 0.05, 0.17)),
        early_lumbar=float(drawn.uniform(0.65, 0.95)),
    )
    timing = BendTiming(stand=0.9, down=1.3, hold=0.9, up=0.9, after=0.2)
    return bending(who.outfit, stance, depth, timing)


def _on_a_wedge(outfit: Outfit, motion: Motion, pitch_deg: float) -> Motion:
    """Return the motion with the heels raised; the toes stand on the floor."""

    def raised(pose: Pose) -> Pose:
        left, right = (replace(leg, foot=pitch_deg, toe=0.0) for leg in (pose.left, pose.right))
        return replace(pose, left=left, right=right)

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        pose = raised(motion.pose_at(time_s)[0])
        return pose, on_the_floor(outfit, pose)

    return replace(motion, pose_at=pose_at, neutral=raised(motion.neutral))


# -- walking --------------------------------------------------------------------------------------

# What is turned, from where to where, until the walk is the person's: heel rise (of the cycle),
# when the ankle is under the hip (of the cycle), the knee's extra flexion and the foot's pitch,
# deg, and the step over the usual one at that speed.
_LEAST = np.array([0.20, 0.195, -6.0, 34.0, 0.82])
_MOST = np.array([0.52, 0.310, 14.0, 76.0, 1.06])
_STEP = np.array([0.02, 0.01, 2.0, 4.0, 0.03])
# What is asked, and how far off counts as one: the spread of people (restriction/walking.py).
_ASKED = {
    "heel_off": 0.04,
    "shank_at_heel_off": 3.5,
    "peak_dorsiflexion": 4.5,
    "knee_flexion_at_peak_dorsiflexion": 5.7,
    "peak_plantarflexion": 8.0,
}
_ROUNDS = 5


def _walk(drawn: np.random.Generator, who: Visitor) -> Motion:
    """Return the walk in place whose numbers are nearest to what the person was drawn with."""
    leg_m = who.outfit.leg_m("R")
    relative = float(who.body.speed[0] * np.sqrt(who.body.leg_m[0] / GRAVITY_M_S2))
    usual = people.walk(drawn, leg_m, relative=float(np.clip(relative, 0.24, 0.54)))
    begins = float(drawn.uniform())
    wanted = np.array([who.wanted[name] for name in _ASKED])
    spread = np.array(list(_ASKED.values()))

    def walked(turned: Floats) -> Motion:
        foot = _footwork(usual.right, turned)
        longer = float(turned[4])
        way = replace(
            usual,
            stride_s=usual.stride_s * longer,
            step_m=usual.step_m * longer,
            under=float(turned[1]),
            left=foot,
            right=foot,
        )
        return walking(
            who.outfit, who.someone.stance, way, _WALK_S, overground=False, begins=begins
        )

    def off(turned: Floats) -> Floats:
        known = known_measures(who.outfit, walked(turned), who.near)
        found = {one.name: one.value for one in known}
        return np.asarray((np.array([found[name] for name in _ASKED]) - wanted) / spread)

    begun = np.array([usual.right.rise, usual.under, 0.0, usual.right.toe_off_pitch, 1.0])

    def off_by_steps(steps: Floats) -> Floats:
        return off(steps * _STEP)

    found = least_squares(
        off_by_steps,
        np.clip(begun, _LEAST + 0.1 * _STEP, _MOST - 0.1 * _STEP) / _STEP,
        bounds=(_LEAST / _STEP, _MOST / _STEP),
        diff_step=np.full(len(_STEP), 0.05),
        max_nfev=_ROUNDS,
    )
    return walked(found.x * _STEP)


def _footwork(usual: Footwork, turned: Floats) -> Footwork:
    return replace(
        usual,
        rise=float(turned[0]),
        midstance_knee=float(turned[2]),
        toe_off_pitch=float(turned[3]),
    )
