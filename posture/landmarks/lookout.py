"""Look for people over a whole picture, closer where they are small."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posture.closing import Closing
from posture.landmarks.mediapipe import Pose, PoseFinder, PoseFollower
from posture.landmarks.mirror import lead_px, mirrored
from posture.landmarks.people import Sighting, body_centre, body_size
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.types import Rgb

_LARGE = 0.55  # ours; the model's finder sees 224 px and misses people under half of the picture
_EDGE = 0.02  # of a tile; a body that reaches its inner edge is cut off there
_SQUARISH = 1.15  # width over height; a picture no wider than this is its own tile


class Lookout(Closing):
    """A finder that is there when it is needed, for one thread at a time."""

    def __init__(self, model: Path, max_people: int, kept: Looks | None = None) -> None:
        self._model = model
        self._kept = kept  # where given, nothing is looked at twice
        self._max_people = max_people
        self._finder: PoseFinder | None = None
        self._turn = threading.Lock()

    def find(
        self, rgb: Rgb, *, closely: bool = False, expected: Expected | None = None
    ) -> tuple[Pose, ...]:
        """Return the people in a picture; the same person may come twice.

        The picture is looked at as it is and mirrored, and what both found is put together, so
        that a mirrored clip is followed from mirrored places. `closely` looks for smaller people
        beside a large one too, which takes three times as long. Where `expected` is found with
        the largest shown facing right, that look is enough; where there are places to look at
        closely, so is a look there.
        """
        if self._kept is None:
            return self._find(rgb, closely=closely, expected=expected)
        question = print_of(rgb), closely, expected
        if question not in self._kept:
            self._kept[question] = self._find(rgb, closely=closely, expected=expected)
        return self._kept[question]

    def _find(self, rgb: Rgb, *, closely: bool, expected: Expected | None) -> tuple[Pose, ...]:
        with self._turn:
            if self._finder is None:
                self._finder = PoseFinder(self._model, max_people=self._max_people)
            if expected is not None and expected.small_x and not closely:
                found = _both_ways(rgb, expected, partial(_look_about, self._finder, expected))
                if len(_different(found)) >= expected.bodies:
                    return found
            return _both_ways(rgb, expected, partial(_look, self._finder, closely=closely))

    def rest(self) -> None:
        """Give the memory back until the next look."""
        with self._turn:
            if self._finder is not None:
                self._finder.close()
            self._finder = None

    def close(self) -> None:
        """Rest for good."""
        self.rest()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the next look will find where nothing changes."""

    bodies: int
    faces_left: bool | None  # the largest one; None = not clear
    small_x: tuple[float, ...] = ()  # px; where to look closer, and if they are there nowhere else


Looks = dict[tuple[bytes, bool, Expected | None], tuple[Pose, ...]]
"""What was found in pictures: the picture's `print_of`, and what else the look was told."""


def print_of(rgb: Rgb) -> bytes:
    """Return 16 bytes that tell a picture from any other."""
    told = hashlib.blake2b(np.ascontiguousarray(rgb).data, digest_size=16)
    told.update(repr(rgb.shape).encode())
    return told.digest()


def _both_ways(
    rgb: Rgb, expected: Expected | None, look: Callable[[Rgb, bool], Sequence[Pose]]
) -> tuple[Pose, ...]:
    """Look at a picture and its mirror image, or one of them where that finds what is expected."""
    looks: dict[bool, tuple[Pose, ...]] = {}
    first = expected is not None and bool(expected.faces_left)
    for is_turned in (first, not first):
        found = tuple(look(np.ascontiguousarray(rgb[:, ::-1]) if is_turned else rgb, is_turned))
        if is_turned:
            found = tuple(mirrored(pose, rgb.shape[1]) for pose in found)
        if expected is not None and _is_as(expected, found):
            return found
        looks[is_turned] = found
    return put_together(looks[False], looks[True])


def _is_as(expected: Expected, found: Sequence[Pose]) -> bool:
    bodies = _different(found)
    return (
        expected.faces_left is not None
        and len(bodies) >= expected.bodies
        and _faces_left(bodies[0]) is expected.faces_left
    )


def expected_after(found: Sequence[Pose]) -> Expected | None:
    """Return what to expect after a look; None where nobody, or it is not clear which way."""
    bodies = _different(found)
    faces_left = _faces_left(bodies[0]) if bodies else None
    return None if faces_left is None else Expected(len(bodies), faces_left)


def _different(found: Sequence[Pose]) -> list[Pose]:
    """Return the bodies found, the largest first, each once."""
    bodies: list[Pose] = []
    for pose in sorted(found, key=lambda pose: -body_size(pose.xy_px)):
        reach = _SAME_BODY * body_size(pose.xy_px)
        if all(_apart(pose, other) > reach for other in bodies):
            bodies.append(pose)
    return bodies


def _faces_left(body: Pose) -> bool | None:
    lead = lead_px(body) / max(body_size(body.xy_px), 1.0)
    return None if abs(lead) < _CLEAR else bool(lead < 0)


_CLEAR = 0.1  # ours; of a body's size: toes and nose this far ahead face that way


def _look_about(finder: PoseFinder, expected: Expected, rgb: Rgb, is_turned: bool) -> list[Pose]:  # noqa: FBT001 - as the other look is called
    """Look closer where somebody small should be."""
    height, width = rgb.shape[:2]
    places_x = [width - x if is_turned else x for x in expected.small_x]
    return [p for left in _about(width, height, places_x) for p in _in_tile(finder, rgb, left)]


def _look(finder: PoseFinder, rgb: Rgb, _: bool, *, closely: bool) -> Sequence[Pose]:  # noqa: FBT001 - as the look at a part is called
    """Look at the whole picture; where nobody large is found, at square tiles of it as well."""
    height, width = rgb.shape[:2]
    whole = finder.find(rgb)
    has_large = is_large(max((body_size(p.xy_px) for p in whole), default=0.0), height)
    if has_large and not closely:
        return whole
    closer = [pose for left in _tiles(width, height) for pose in _in_tile(finder, rgb, left)]
    if has_large:  # found whole, and others only closer up
        reach = [_SAME_BODY * body_size(pose.xy_px) for pose in whole]
        return (
            *whole,
            *(
                p
                for p in closer
                if all(_apart(p, w) > r for w, r in zip(whole, reach, strict=True))
            ),
        )
    # bodies found closer up are the better ones, and the whole picture mixes some up
    return closer or whole


def really_there(rgb: Rgb, sightings: Sequence[Sighting], model: Path) -> tuple[Sighting, ...]:
    """Leave out bodies that a second look from nearby does not find: a tree, two mixed up."""
    with PoseFollower(model, masks=False) as follower:
        return tuple(s for s in sightings if _is_found_nearby(rgb, s, follower))


def _is_found_nearby(rgb: Rgb, seen: Sighting, follower: PoseFollower) -> bool:
    height, width = rgb.shape[:2]
    side = max(_SMALLEST_PX, round(_AROUND * HEIGHTS_PER_SIZE * seen.size_px))
    tall, wide = min(side, height), min(side, width)
    left, top = (
        min(max(round(c - s / 2), 0), whole - s)
        for c, s, whole in zip(seen.centre_px, (wide, tall), (width, height), strict=True)
    )
    follower.forget()
    again = follower.follow(np.ascontiguousarray(rgb[top : top + tall, left : left + wide]), 1.0)
    if again is None:
        return False
    place = body_centre(again.xy_px + np.array([left, top], dtype=np.float32))
    ratio = body_size(again.xy_px) / seen.size_px
    is_near = math.dist(place, seen.centre_px) < _SAME_BODY * seen.size_px
    return is_near and 1 / _AS_LARGE < ratio < _AS_LARGE


_AROUND = 1.5  # ours; body heights, as the client is followed on
_SMALLEST_PX = 64
_AS_LARGE = 1.4  # ours; a body is found as large again from nearby, within a tenth in trials


def is_large(size_px: float, height_px: int) -> bool:
    """Whether a body (shoulder to ankle) is large in the picture, so that it is found at once."""
    return size_px * HEIGHTS_PER_SIZE >= _LARGE * height_px


def put_together(straight: Sequence[Pose], turned: Sequence[Pose]) -> tuple[Pose, ...]:
    """Return the middle of poses that both looks found, and those that one of them did."""
    rest = list(turned)
    found = []
    for pose in straight:
        twin = min(rest, key=lambda other: _apart(pose, other), default=None)
        if twin is None or _apart(pose, twin) > _SAME_BODY * body_size(pose.xy_px):
            found.append(pose)
            continue
        rest = [other for other in rest if other is not twin]
        found.append(
            Pose(
                xy_px=_middle(pose.xy_px, twin.xy_px),
                visibility=_middle(pose.visibility, twin.visibility),
                world_m=_middle(pose.world_m, twin.world_m),
                outline=None,
            )
        )
    return (*found, *rest)


def _middle(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return ((one + other) / 2).astype(np.float32)


_SAME_BODY = 0.35  # ours; centres nearer than this share of a body's size are one body's


def _apart(one: Pose, other: Pose) -> float:
    return math.dist(body_centre(one.xy_px), body_centre(other.xy_px))


def _tiles(width: int, height: int) -> list[int]:
    """Return the left edges of squares as high as the picture, overlapping by half."""
    if width < _SQUARISH * height:
        return []
    count = int(np.ceil(2 * (width / height - 1))) + 1
    return [int(left) for left in np.linspace(0, width - height, count).round()]


def _about(width: int, height: int, places_x: Sequence[float]) -> list[int]:
    """Return the left edges of such squares about places; those near each other share one."""
    if width < _SQUARISH * height:
        return []
    groups: list[list[float]] = []
    for x in sorted(places_x):
        if groups and x - groups[-1][0] < _SHARED * height:
            groups[-1].append(x)
        else:
            groups.append([x])
    middles = [(group[0] + group[-1]) / 2 for group in groups]
    return [min(max(round(x - height / 2), 0), width - height) for x in middles]


_SHARED = 0.35  # ours; of a square's side: both are well within it, with arms and a long step


def _in_tile(finder: PoseFinder, rgb: Rgb, left: int) -> tuple[Pose, ...]:
    height, width = rgb.shape[:2]
    tile = np.ascontiguousarray(rgb[:, left : left + height])
    return tuple(_placed(finder.find(tile), left, height, width))


def _placed(poses: tuple[Pose, ...], left: int, side: int, width: int) -> Iterator[Pose]:
    """Yield a tile's bodies in the whole picture, without those its inner edges cut off."""
    for pose in poses:
        x = pose.xy_px[:, 0]
        cut_left = left > 0 and x.min() < _EDGE * side
        cut_right = left + side < width and x.max() > (1 - _EDGE) * side
        if not cut_left and not cut_right:
            yield replace(pose, xy_px=pose.xy_px + np.array([left, 0], dtype=np.float32))
