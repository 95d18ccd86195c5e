"""One clip before it is drawn: who does what, filmed how. The same seed gives the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from posture.activities import TESTS
from posture.truth import people
from posture.truth.body.figure import Figure
from posture.truth.body.looks import Look, Outfit
from posture.truth.motion.floorwork import lunging, raising
from posture.truth.motion.gait import walking
from posture.truth.motion.motion import Motion
from posture.truth.motion.standing import bending, standing, tilting
from posture.truth.people import Population, Restriction, Someone
from posture.truth.picture.camera import Camera
from posture.truth.picture.paper import Paper
from posture.truth.picture.render import Light
from posture.truth.picture.room import ROOMS, Room
from posture.types import Activity, Floats, Side

Variant = Literal["none", "calibration"]
Aim = Literal[
    "usual", "yaw15", "pitched", "rolled"
]  # the camera as people place it, or placed on purpose
_SHARES = (0.34, 0.33, 0.33, 0.0, 0.0)  # the optional tests are made when asked for
_RESTRICTIONS: tuple[Restriction, ...] = ("none", "hamstring", "calf", "lumbar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilers:
    """What makes a picture worse."""

    quality: int = 24  # of the encoder: higher is worse
    defocus_px: float = 0.0
    motion_blur: bool = False
    bench: bool = False
    passer_by: bool = False
    jitter_frac: float = 0.0  # of the time between two pictures: a variable rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that decides a clip."""

    seed: int
    number: int
    activity: Activity
    variant: Variant
    population: Population
    restriction: Restriction
    someone: Someone
    look: Look
    near: Side
    camera: Camera
    room: Room
    light: Light
    spoilers: Spoilers
    rate_hz: float
    overground: bool
    outfit: Outfit
    motion: Motion
    paper: Paper | None = None

    @property
    def times_s(self) -> Floats:
        """When each picture is taken."""
        count = int(self.motion.duration_s * self.rate_hz)
        even = np.arange(count) / self.rate_hz
        shift = np.random.default_rng([self.seed, self.number, 3]).uniform(-0.5, 0.5, count)
        return np.asarray(even + self.spoilers.jitter_frac * shift / self.rate_hz)

    @property
    def name(self) -> str:
        """What the clip is called."""
        return f"{self.number:05d}_{self.activity.value}"


def scenario(
    seed: int,
    number: int,
    activity: Activity | None = None,
    population: Population = "people",
    *,
    plain: bool = False,
    variant: Variant = "none",
    aim: Aim = "usual",
    sheet: bool = False,
) -> Scenario:
    """Return the clip with this number; `plain` leaves out all that makes it harder.

    The variant `calibration` makes standing clips in which the pelvis is tilted fully back, then
    fully forward.
    """
    drawn = np.random.default_rng([seed, number])
    if variant == "calibration":
        activity = Activity.STANDING
    if activity is None:
        activity = TESTS[int(drawn.choice(len(TESTS), p=_SHARES))]
    restriction = _RESTRICTIONS[int(drawn.choice(4, p=[0.4, 0.25, 0.2, 0.15]))]
    one = people.someone(drawn, population)
    look = people.look(drawn, population, woman=one.woman)
    if plain:
        top = look.top if look.top in {"fitted", "bare"} else "fitted"
        bottoms = look.bottoms if look.bottoms != "skirt" else "shorts"
        look = replace(look, top=top, bottoms=bottoms)
    near = Side.RIGHT if drawn.uniform() < 0.5 else Side.LEFT
    figure = Figure(one.traits, one.pelvis_line_deg)
    outfit = Outfit(figure, look)
    overground = bool(drawn.uniform() < 0.5)
    if variant == "calibration":
        one = replace(one, stance=people.with_arms(one.stance, people.arms(drawn, population)))
        motion = tilting(outfit, one.stance, people.tilt_range(drawn))
    else:
        motion, one = _motion(
            drawn, outfit, activity, one, population, restriction, near, overground
        )
    camera = _camera(drawn, figure.height_m, activity, near, overground=overground, plain=plain)
    camera = _aimed(drawn, camera, figure.height_m, aim)
    spoilers, light, room, rate_hz = _setting(drawn, activity, plain=plain)
    return Scenario(
        seed=seed,
        number=number,
        activity=activity,
        variant=variant,
        population=population,
        restriction=restriction,
        someone=one,
        look=look,
        near=near,
        camera=camera,
        room=room,
        light=light,
        spoilers=spoilers,
        rate_hz=rate_hz,
        overground=overground and activity is Activity.WALKING,
        outfit=outfit,
        motion=motion,
        paper=Paper() if sheet else None,
    )


def _motion(
    drawn: np.random.Generator,
    outfit: Outfit,
    activity: Activity,
    one: Someone,
    population: Population,
    restriction: Restriction,
    near: Side,
    overground: bool,  # noqa: FBT001 - passed straight on
) -> tuple[Motion, Someone]:
    if activity is Activity.STANDING:
        one = replace(one, stance=people.with_arms(one.stance, people.arms(drawn, population)))
        sway = float(drawn.uniform(0.2, 0.6))
        return standing(outfit, one.stance, 2.5, sway, int(drawn.integers(1 << 30))), one
    if activity is Activity.FORWARD_BEND:
        depth = people.bend_depth(drawn, population, restriction)
        return bending(outfit, one.stance, depth, people.bend_timing(drawn)), one
    if activity is Activity.WALKING:
        way = people.walk(drawn, outfit.figure.leg_m("R"), restriction)
        lasts_s = 3.4 if overground else 4.2
        begins = float(drawn.uniform())
        return walking(outfit, one.stance, way, lasts_s, overground=overground, begins=begins), one
    if activity is Activity.WALL_LUNGE:
        straight = float(drawn.normal(20, 4) if restriction == "calf" else drawn.normal(33, 5.5))
        bent = straight + float(np.clip(drawn.normal(6, 3.5), 0, 15))
        return lunging(outfit, one.stance, near, float(np.clip(straight, 8, 46)), bent), one
    angle = float(drawn.normal(58, 7) if restriction == "hamstring" else drawn.normal(76, 8))
    return raising(outfit, near, float(np.clip(angle, 30, 100))), one


def _camera(
    drawn: np.random.Generator,
    height_m: float,
    activity: Activity,
    near: Side,
    *,
    overground: bool,
    plain: bool,
) -> Camera:
    """Return a camera that has the person in its picture, as a trainer would place it."""
    sizes = ((960, 540), (540, 960), (1280, 720))
    crosses = overground and activity is Activity.WALKING
    lies = activity is Activity.LEG_RAISE
    size = (
        sizes[2] if crosses or lies or plain else sizes[int(drawn.choice(3, p=[0.45, 0.25, 0.30]))]
    )
    fill = float(drawn.uniform(0.42, 0.52) if crosses else drawn.uniform(0.60, 0.80))
    if size[1] > size[0]:
        fill *= 0.8
    distance = float(drawn.uniform(4.0, 5.0) if crosses else drawn.uniform(2.4, 4.2))
    half = height_m / fill / 2 / distance  # tangent of half the angle over the picture's height
    fov = 2 * float(np.degrees(np.arctan(half * max(size) / size[1])))
    fov = float(np.clip(fov, 40, 84))
    stands = float(drawn.uniform(0.6, 1.2)) if not plain else float(drawn.uniform(0.85, 1.0))
    middle = 0.5 * height_m if not lies else 0.35
    aimed = float(np.degrees(np.arctan2(middle - stands, distance)))
    yaw = float(
        drawn.normal(0, 1.5) if drawn.uniform() < 0.5 else np.clip(drawn.normal(0, 9), -20, 20)
    )
    return Camera(
        distance_m=distance,
        height_m=stands,
        yaw_deg=float(drawn.normal(0, 0.5)) if plain else yaw,
        pitch_deg=aimed + (0.0 if plain else float(drawn.normal(0, 1.5))),
        roll_deg=0.0 if plain else float(drawn.normal(0, 1.0)),
        aside_m=0.0 if plain else float(drawn.normal(0, 0.10)),
        fov_deg=fov,
        size_px=size,
        near=near.value,
        k1=0.0 if plain else float(drawn.normal(0, 0.006)),
    )


def _aimed(drawn: np.random.Generator, camera: Camera, height_m: float, aim: Aim) -> Camera:
    """Return the camera turned on purpose.

    By 15 deg of yaw or 8 of roll, or pitched 10 deg and 15 deg aside.
    """
    if aim == "usual":
        return camera
    sign = 1.0 if drawn.uniform() < 0.5 else -1.0
    if aim == "yaw15":
        return replace(camera, yaw_deg=15.0 * sign)
    if aim == "rolled":
        return replace(camera, roll_deg=8.0 * sign)
    distance = float(drawn.uniform(3.6, 4.4))
    # level at the height of the person's middle, then pitched: they stand in the wide picture's
    # corner, where a pitch leans what is upright most
    return replace(
        camera,
        distance_m=distance,
        height_m=0.5 * height_m,
        pitch_deg=10.0 * sign,
        aside_m=distance * float(np.tan(np.radians(15.0))) * (1 if drawn.uniform() < 0.5 else -1),
        yaw_deg=0.0,
        roll_deg=0.0,
        fov_deg=84.0,
        size_px=(1280, 720),
    )


def _setting(
    drawn: np.random.Generator, activity: Activity, *, plain: bool
) -> tuple[Spoilers, Light, Room, float]:
    room = cast("Room", str(drawn.choice(list(ROOMS), p=[0.35, 0.3, 0.25, 0.1])))
    chance = drawn.uniform(size=8)
    rate_hz = float(drawn.choice([30.0, 25.0, 60.0, 24.0], p=[0.66, 0.14, 0.1, 0.1]))
    if plain:
        return Spoilers(), Light(), room if room != "mirror" else "gym", 30.0
    spoilers = Spoilers(
        quality=int(drawn.integers(26, 33)) if chance[0] < 0.15 else 24,
        defocus_px=float(drawn.uniform(0.8, 2.0)) if chance[1] < 0.15 else 0.0,
        motion_blur=bool(chance[2] < 0.10),
        bench=bool(chance[3] < 0.04 and activity is Activity.STANDING),
        passer_by=bool(chance[4] < 0.06 and activity is not Activity.LEG_RAISE),
        jitter_frac=float(drawn.uniform(0.1, 0.6)) if chance[5] < 0.15 else 0.0,
    )
    dim = chance[6] < 0.12
    light = Light(
        strength=float(drawn.uniform(0.35, 0.55)) if dim else float(drawn.uniform(0.85, 1.15)),
        noise=float(drawn.uniform(6, 10)) if dim else float(drawn.uniform(1.5, 3.5)),
        shadow=float(drawn.uniform(0.15, 0.55)),
    )
    return spoilers, light, room, rate_hz
