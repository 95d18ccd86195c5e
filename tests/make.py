"""Builders: the smallest body that shows the point, and a camera for the stick figure.

`still` places single points; `filmed` turns a figure of `tests.stick` into landmarks as a camera
and a pose model would give them; `analysed` runs signals and measures over them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from posture.landmarks.skeleton import NAMES
from posture.measures.bend import bend_measures
from posture.measures.bend_poses import bend_poses
from posture.measures.cycle_curves import pass_of
from posture.measures.gait import gait_events, gait_measures, running_measures
from posture.measures.leg_raise import leg_raise_measures
from posture.measures.lunge import lunge_measures
from posture.measures.passes import joined_measures
from posture.measures.push_off import heel_off_events, push_off_measures
from posture.measures.standing import standing_measures
from posture.measures.take import Take, takes_of
from posture.measures.walk import Walk, walk_of
from posture.signals.activity import segments_of
from posture.signals.clean import Cleaned, clean
from posture.signals.frame import FrameSettings, forward_sign, view_of
from posture.types import (
    OUTLINE_STEPS_PER_PX,
    Activity,
    Clip,
    Event,
    Facing,
    Floats,
    Landmarks,
    Measure,
    Outline,
    Person,
    Reason,
    Segment,
    Side,
    Signal,
    Unit,
    View,
)
from tests.stick import FLAT_FOOT_DEG, Figure, Gait, pitched, up, walking

WIDE = (1280, 720)
TALL = (720, 1280)


def seconds(duration_s: float, rate_hz: float = 30.0, first_s: float = 0.0) -> Floats:
    """Evenly spaced timestamps."""
    return first_s + np.arange(round(duration_s * rate_hz)) / rate_hz


def landmarks(
    time_s: Floats,
    xy_px: Floats,
    *,
    names: tuple[str, ...] = NAMES,
    visibility: Floats | None = None,
    outlines: tuple[Outline | None, ...] | None = None,
    size_px: tuple[int, int] = WIDE,
) -> Landmarks:
    """Landmarks around the given points, all fully visible unless said."""
    clip = Clip(
        file="made.mp4",
        sha256="0" * 64,
        duration_s=float(time_s[-1] - time_s[0]),
        frames=len(time_s),
        size_px=size_px,
        rotation_deg=0,
    )
    person = Person(count_seen=1, number=1, chosen_because=Reason("only_one"), seen_share=1.0)
    return Landmarks(
        time_s=time_s,
        xy_px=xy_px,
        visibility=np.ones(xy_px.shape[:2]) if visibility is None else visibility,
        world_m=None,
        names=names,
        outlines=outlines or (None,) * len(time_s),
        size_px=size_px,
        clip=clip,
        person=person,
        model="made by hand",
    )


def still(points_px: Mapping[str, tuple[float, float]]) -> Landmarks:
    """One frame with the given points, all fully visible."""
    xy_px = np.array([list(points_px.values())], dtype=np.float64)
    return landmarks(np.zeros(1), xy_px, names=tuple(points_px))


def signal(value: Floats, time_s: Floats, unit: Unit = "deg", side: Side = Side.RIGHT) -> Signal:
    return Signal(name="made", side=side, unit=unit, positive="up", time_s=time_s, value=value)


def view(*, facing: Facing = Facing.RIGHT, yaw_deg: float = 0.0, pitch_sd_deg: float = 5.0) -> View:
    near = {Facing.LEFT: Side.LEFT, Facing.RIGHT: Side.RIGHT}.get(facing)
    return View(
        facing=facing,
        near_side=near,
        yaw_deg=yaw_deg,
        yaw_sd_deg=4.0,
        pitch_deg=0.0,
        pitch_sd_deg=pitch_sd_deg,
        roll_deg=0.0,
        roll_sd_deg=1.5,
    )


# --- the camera ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Far away, so that nothing grows towards it."""

    height_px: float = 500.0  # of the body
    facing: Facing = Facing.RIGHT
    yaw_deg: float = 0.0  # chest turned towards the camera
    roll_deg: float = 0.0  # picture turned clockwise, about its middle
    size_px: tuple[int, int] = WIDE
    off_centre_px: float = 0.0  # of the hips' mean place


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaws:
    """What a pose model adds."""

    noise: float = 0.0  # sd of every coordinate in every frame, body heights
    offset: float = 0.0  # sd of every point's own constant error, body heights
    outline_noise: float = 0.0  # sd of the outline's wobble, body heights
    seed: int = 0
    hidden: tuple[str, ...] = ()  # points of low visibility throughout
    gaps: tuple[tuple[str, float, float], ...] = ()  # point, from, to (s): not seen
    swapped_s: tuple[tuple[float, float], ...] = ()  # stretches with the legs exchanged
    outline: bool = True


SIDE_ON = Camera()
NONE = Flaws()
HIDDEN_VISIBILITY = 0.1
LEG_POINTS = ("knee", "ankle", "heel", "foot_index")


def filmed(figure: Figure, camera: Camera = SIDE_ON, flaws: Flaws = NONE) -> Landmarks:
    """What a camera and a pose model would make of a stick figure."""
    rng = np.random.default_rng(flaws.seed)
    body = np.stack([figure.points[name] for name in NAMES], axis=1)  # (T, K, 3)
    middle = (body[:, NAMES.index("left_hip"), 0] + body[:, NAMES.index("right_hip"), 0]) / 2
    centre = float((middle.max() + middle.min()) / 2)
    xy_px = _pictured(body, centre, camera)
    wobble = rng.normal(size=xy_px.shape) * flaws.noise
    wobble += rng.normal(size=xy_px.shape[1:]) * flaws.offset
    xy_px = xy_px + wobble * camera.height_px
    visibility = np.ones(xy_px.shape[:2])
    for name in flaws.hidden:
        visibility[:, NAMES.index(name)] = HIDDEN_VISIBILITY
    for name, first_s, last_s in flaws.gaps:
        inside = (figure.time_s >= first_s) & (figure.time_s < last_s)
        xy_px[inside, NAMES.index(name)] = np.nan
        visibility[inside, NAMES.index(name)] = 0.0
    left, right = ([NAMES.index(f"{s}_{p}") for p in LEG_POINTS] for s in ("left", "right"))
    for first_s, last_s in flaws.swapped_s:
        rows = np.flatnonzero((figure.time_s >= first_s) & (figure.time_s < last_s))[:, None]
        xy_px[rows, left + right] = xy_px[rows, right + left]
    outlines: tuple[Outline | None, ...] = (None,) * len(figure.time_s)
    if flaws.outline:
        edges = [_wobbling(edge, flaws.outline_noise, rng) for edge in _outlines(figure)]
        pictured = _pictured(np.array(edges), centre, camera) * OUTLINE_STEPS_PER_PX
        outlines = tuple(np.round(pictured).astype(np.int16))
    return landmarks(
        figure.time_s, xy_px, visibility=visibility, outlines=outlines, size_px=camera.size_px
    )


def _pictured(body: Floats, centre: float, camera: Camera) -> Floats:
    """Forward, up, left (..., 3) in body heights -> px; parallel rays."""
    sign = 1.0 if camera.facing is Facing.RIGHT else -1.0
    yaw = math.radians(camera.yaw_deg)
    width, height = camera.size_px
    # chest towards the camera: the person's left comes to the picture's right, whichever way
    across = sign * (body[..., 0] - centre) * math.cos(yaw) + body[..., 2] * math.sin(yaw)
    x = across * camera.height_px + camera.off_centre_px
    y = camera.height_px * (0.5 - body[..., 1]) - 0.05 * height
    roll = math.radians(camera.roll_deg)
    turned_x = x * math.cos(roll) - y * math.sin(roll)
    turned_y = x * math.sin(roll) + y * math.cos(roll)
    return np.stack([turned_x + width / 2, turned_y + height / 2], axis=-1)


# Along hip to shoulder, the stretches over which the back has one inclination; above them it goes
# on along the line itself.
_PLATEAUS = (-0.05, 0.29, 0.43, 0.70, 0.775, 1.03, 1.10)
_ALONG = np.linspace(-0.12, 1.16, 65)
_BUTTOCK_DEPTH = 0.40  # of hip to shoulder, behind the hip
_LEAST_DEPTH = 0.10


def _back_depths(trunk_deg: Floats, back_deg: Floats) -> Floats:
    """How far the back lies behind the hip-shoulder line at _ALONG, in its lengths: (T, N)."""
    levels = np.concatenate([np.repeat(back_deg, 2, axis=-1), trunk_deg[:, None]], axis=-1)
    inclination = np.array([np.interp(_ALONG, _PLATEAUS, one) for one in levels])
    slope = np.tan(np.radians(trunk_deg[:, None] - inclination))
    steps = (slope[:, 1:] + slope[:, :-1]) / 2 * np.diff(_ALONG)
    depth = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=-1)], axis=-1)
    lowest = depth.min(axis=-1, keepdims=True)
    return np.asarray(depth + np.maximum(_BUTTOCK_DEPTH, _LEAST_DEPTH - lowest))


def _outlines(figure: Figure) -> Floats:
    """The body's edge in its own plane, (T, N, 3), from the buttock up the back and round."""

    def at(name: str) -> Floats:
        left, right = (figure.points[f"{side}_{name}"][:, :2] for side in ("left", "right"))
        return np.asarray((left + right) / 2)

    hip, shoulder, ear, knee, ankle, heel, toe = (
        at(p) for p in ("hip", "shoulder", "ear", "knee", "ankle", "heel", "foot_index")
    )
    chord = shoulder - hip
    length = np.hypot(chord[:, 0], chord[:, 1])[:, None]
    chord = chord / length
    behind = np.stack([-chord[:, 1], chord[:, 0]], axis=-1)
    trunk_deg = np.degrees(np.arctan2(chord[:, 0], chord[:, 1]))
    depth = _back_depths(trunk_deg, figure.back_deg)
    back = hip[:, None] + length[:, None] * (
        _ALONG[:, None] * chord[:, None] + depth[..., None] * behind[:, None]
    )
    crown = ear - shoulder
    crown = crown / np.hypot(crown[:, 0], crown[:, 1])[:, None]
    face = np.stack([crown[:, 1], -crown[:, 0]], axis=-1)
    head = [
        ear + a * crown + b * face
        for a, b in ((0.02, -0.075), (0.075, -0.05), (0.085, 0.02), (0.05, 0.07), (-0.05, 0.065))
    ]
    front = [hip + length * a * chord - d * behind for a, d in ((0.95, 0.06), (0.4, 0.08))]
    thigh_front = [knee + np.array([0.045, 0.0]), ankle + np.array([0.03, 0.02])]
    tipped = np.degrees(np.arctan2(heel[:, 1] - toe[:, 1], toe[:, 0] - heel[:, 0])) - FLAT_FOOT_DEG
    sole = [ankle + pitched(place, tipped) for place in ((0.125, -0.039), (-0.05, -0.039))]
    leg_back = [ankle - np.array([0.045, 0.0]), knee - np.array([0.045, 0.0])]
    fold = [hip - 0.12 * up(0.0) - np.array([0.07, 0.0])]
    round_it = np.stack([*head, *front, *thigh_front, *sole, *leg_back, *fold], axis=1)
    edge = np.concatenate([back, round_it], axis=1)
    return np.concatenate([edge, np.zeros((*edge.shape[:2], 1))], axis=-1)


def _wobbling(edge: Floats, sd: float, rng: np.random.Generator) -> Floats:
    if not sd:
        return edge
    raw = gaussian_filter1d(rng.normal(size=(len(edge), 2)), 2.0, axis=0, mode="wrap")
    moved = edge.copy()
    moved[:, :2] += sd * raw / raw.std()
    return moved


# --- what must hold for every clip ----------------------------------------------------------------


def mirrored(clip: Landmarks) -> Landmarks:
    """The picture flipped left-right, with the names of left and right exchanged."""
    swap = {"left": "right", "right": "left"}
    partner = [
        NAMES.index("_".join(swap.get(word, word) for word in name.split("_"))) for name in NAMES
    ]
    flipped = clip.xy_px[:, partner] * (-1.0, 1.0) + (clip.size_px[0], 0.0)
    width = clip.size_px[0] * OUTLINE_STEPS_PER_PX
    return replace(
        clip,
        xy_px=flipped,
        visibility=clip.visibility[:, partner],
        outlines=tuple(
            None if o is None else (o * (-1, 1) + (width, 0)).astype(np.int16)
            for o in clip.outlines
        ),
    )


def retimed(clip: Landmarks, time_s: Floats) -> Landmarks:
    return replace(clip, time_s=time_s)


def thinned(clip: Landmarks, every: int) -> Landmarks:
    """Only every so-manieth picture."""
    return replace(
        clip,
        time_s=clip.time_s[::every],
        xy_px=clip.xy_px[::every],
        visibility=clip.visibility[::every],
        outlines=clip.outlines[::every],
    )


def there_and_back(
    camera: Camera, gait: Gait | None = None, *, passes: int = 2, duration_s: float = 5.0
) -> Landmarks:
    """Past the camera to the right, back to the left and so on, out of view in between."""
    clips = [
        filmed(
            walking(seconds(duration_s), gait).figure,
            replace(camera, facing=(Facing.RIGHT, Facing.LEFT)[number % 2]),
            Flaws(outline=False),
        )
        for number in range(passes)
    ]
    gap = np.full((15, *clips[0].xy_px.shape[1:]), np.nan)
    paths = [part for clip in clips for part in (clip.xy_px, gap)][:-1]
    xy_px = np.concatenate(paths)
    return landmarks(
        seconds(len(xy_px) / 30.0),
        xy_px,
        visibility=np.where(np.isfinite(xy_px[..., 0]), 1.0, 0.0),
        size_px=camera.size_px,
    )


# --- signals and measures over one clip -----------------------------------------------------------


# A stick figure's outline is nobody's: what its shape says to an estimator is not what it is.
BY_POINTS = FrameSettings(uses_learnt=False)


def taken(
    clip: Landmarks,
    activity: Activity,
    *,
    height_m: float | None = None,
    frame: FrameSettings | None = None,
) -> Take:
    """The whole clip as one take of the given activity, recognised or not."""
    cleaned = clean(clip)
    forward = forward_sign(cleaned.landmarks)
    frames = (0, len(clip.time_s))
    segment = Segment(
        activity=activity, frames=frames, view=view_of(cleaned.landmarks, forward, frames)
    )
    return takes_of(cleaned, forward, [segment], height_m, frame or BY_POINTS)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything up to the measures."""

    cleaned: Cleaned
    forward: Floats
    segments: tuple[Segment, ...]
    takes: tuple[Take, ...]
    walks: tuple[Walk | None, ...]  # one per take
    events: tuple[Event, ...]
    measures: tuple[Measure, ...]

    @property
    def activities(self) -> list[Activity]:
        return [segment.activity for segment in self.segments]

    def named(self, name: str, side: Side | None = None) -> Measure:
        """The first measure of this name (and side)."""
        return next(m for m in self.measures if m.name == name and side in {None, m.side})


def analysed(
    clip: Landmarks, *, height_m: float | None = None, belt_m_s: float | None = None
) -> Result:
    """Run the two rooms over landmarks as the model gave them."""
    cleaned = clean(clip)
    forward = forward_sign(cleaned.landmarks)
    segments = segments_of(cleaned.landmarks, forward)
    takes = takes_of(cleaned, forward, segments, height_m, BY_POINTS)
    gaits = {Activity.WALKING, Activity.RUNNING}
    walks = tuple(walk_of(take) if take.segment.activity in gaits else None for take in takes)
    measures: list[Measure] = []
    events: list[Event] = []
    for take, walk in zip(takes, walks, strict=True):
        match take.segment.activity:
            case Activity.STANDING:
                measures += standing_measures(take)
            case Activity.FORWARD_BEND:
                measures += bend_measures(take, bend_poses(take))
            case Activity.WALL_LUNGE:
                measures += lunge_measures(take)
            case Activity.LEG_RAISE:
                measures += leg_raise_measures(take)
            case Activity.WALKING if walk is not None:
                measures += gait_measures(take, walk, belt_m_s=belt_m_s)
                measures += push_off_measures(pass_of(take, walk))
                events += [*gait_events(take, walk), *heel_off_events(take, walk)]
            case Activity.RUNNING if walk is not None:
                measures += running_measures(take, walk)
    walked = [
        pass_of(take, walk)
        for take, walk in zip(takes, walks, strict=True)
        if walk is not None and take.segment.activity is Activity.WALKING
    ]
    measures += joined_measures(walked, measures)
    return Result(
        cleaned=cleaned,
        forward=forward,
        segments=segments,
        takes=takes,
        walks=walks,
        events=tuple(events),
        measures=tuple(measures),
    )
