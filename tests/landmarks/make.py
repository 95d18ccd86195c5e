"""Builders: bodies of chosen size and place, seen where one says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import Sighting, Track, sightings_of
from posture.landmarks.skeleton import NAMES
from posture.types import Rgb

# A person from the side, upright: x forward, y down from the shoulder, in shares of the length
# shoulder-hip-knee-ankle, which is 1 = 0.37 + 0.315 + 0.315.
_UPRIGHT = {
    "nose": (0.08, -0.20),
    "shoulder": (0.0, 0.0),
    "elbow": (0.0, 0.22),
    "wrist": (0.02, 0.42),
    "hip": (0.0, 0.37),
    "knee": (0.0, 0.685),
    "ankle": (0.0, 1.0),
    "heel": (-0.04, 1.04),
    "foot_index": (0.14, 1.05),
}
_ABOVE_THE_HIP = ("nose", "shoulder", "elbow", "wrist")


def body(
    centre_px: tuple[float, float],
    size_px: float,
    *,
    step: float = 0.0,
    lean_deg: float = 0.0,
    visibility: float = 0.9,
    who: float = 0.0,
) -> Pose:
    """Return a person whose box has its middle at `centre_px`.

    `size_px` is the length shoulder-hip-knee-ankle. The feet are `step` apart, in shares of it,
    the left one in front; the trunk leans forward by `lean_deg`. `who` is written into the first
    world coordinate, so that a test can tell the people apart whatever happens to their points.
    """
    xy = np.array([_place(name, step, math.radians(lean_deg)) for name in NAMES]) * size_px
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    return Pose(
        xy_px=(xy - middle + centre_px).astype(np.float32),
        visibility=np.full(len(NAMES), visibility, dtype=np.float32),
        world_m=np.full((len(NAMES), 3), who, dtype=np.float32),
        outline=None,
    )


def _place(name: str, step: float, lean_rad: float) -> tuple[float, float]:
    part = name.removeprefix("left_").removeprefix("right_")
    x, y = _UPRIGHT.get(part, _UPRIGHT["nose" if _is_of_the_head(part) else "wrist"])
    if part in _ABOVE_THE_HIP or part not in _UPRIGHT:
        up = 0.37 - y  # turned forward about the hip
        return (
            x * math.cos(lean_rad) + up * math.sin(lean_rad),
            0.37 + x * math.sin(lean_rad) - up * math.cos(lean_rad),
        )
    if part in ("knee", "ankle", "heel", "foot_index"):
        share = 0.5 if part == "knee" else 1.0
        x += share * step / 2 * (1 if name.startswith("left") else -1)
    return x, y


def _is_of_the_head(part: str) -> bool:
    return part.startswith(("eye", "ear", "mouth")) or part.endswith(("_left", "_right"))


def who(sighting: Sighting) -> float:
    """Return the mark a body was made with."""
    return float(sighting.pose.world_m[0, 0])


def samples(
    times_s: Iterable[float], people: Sequence[Callable[[float], Pose | None]]
) -> list[tuple[Sighting, ...]]:
    """Look at `people`, each a body by the time or None, at every one of `times_s`."""
    return [
        sightings_of(
            number, time_s, [pose for person in people if (pose := person(time_s)) is not None]
        )
        for number, time_s in enumerate(times_s)
    ]


def track(times_s: Iterable[float], person: Callable[[float], Pose]) -> Track:
    """Return one person's track, seen at every one of `times_s`."""
    return Track(sightings=tuple(seen for (seen,) in samples(times_s, [person])))


# Pictures of such bodies, for a model that is none.
CLIENT, OTHER = (30, 220, 30), (220, 30, 30)
_HIGH, _WIDE = 1.25, 0.18  # of the size: the box around an upright body


def draw(
    rgb: Rgb, centre_px: tuple[float, float], size_px: float, colour: tuple[int, int, int]
) -> None:
    """Draw a body into a picture, as the box around it."""
    (x, y), high, wide = centre_px, _HIGH * size_px, _WIDE * size_px
    rows = slice(max(0, round(y - high / 2)), max(0, round(y + high / 2)))
    rgb[rows, max(0, round(x - wide / 2)) : max(0, round(x + wide / 2))] = colour


def bodies_in(rgb: Rgb) -> list[tuple[int, Pose]]:
    """Return every body drawn in a picture, with how many pixels it has."""
    found = []
    for colour in (CLIENT, OTHER):
        y, x = np.nonzero(np.abs(rgb.astype(int) - colour).max(axis=2) < 60)
        if len(x) > 50:
            centre = float(x.min() + x.max() + 1) / 2, float(y.min() + y.max() + 1) / 2
            corners = [(x.min(), y.min()), (x.max(), y.min()), (x.max(), y.max())]
            pose = body(centre, float(np.ptp(y) + 1) / _HIGH)
            found.append((len(x), replace(pose, outline=np.array(corners, dtype=np.int16) * 16)))
    return found
