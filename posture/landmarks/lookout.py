"""Look for people over a whole picture, closer where they are small."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from posture.landmarks.mediapipe import Pose, PoseFinder, PoseFollower
from posture.landmarks.mirror import lead_px, mirrored
from posture.landmarks.people import Sighting, body_centre, body_size
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.types import Rgb

_LARGE = 0.55  # ours; the model's finder sees 224 px and misses people under half of the picture
_EDGE = 0.02  # of a tile; a body that reaches its inner edge is cut off there
_SQUARISH = 1.15  # width over height; a picture no wider than this is its own tile


class Lookout:
    """A finder that is there when it is needed, for one thread at a time."""

    def __init__(self, model: Path, max_people: int) -> None:
        self._model = model
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
        the largest shown facing right, that look is enough.
        """
        with self._turn:
            if self._finder is None:
                self._finder = PoseFinder(self._model, max_people=self._max_people)
            looks: dict[bool, tuple[Pose, ...]] = {}
            first = expected is not None and expected.faces_left
            for is_turned in (first, not first):
                shown = np.ascontiguousarray(rgb[:, ::-1]) if is_turned else rgb
                found = tuple(_look(self._finder, shown, closely=closely))
                if is_turned:
                    found = tuple(mirrored(pose, rgb.shape[1]) for pose in found)
                if expected is not None and _is_as(expected, expected_after(found)):
                    return found
                looks[is_turned] = found
        return put_together(looks[False], looks[True])

    def rest(self) -> None:
        """Give the memory back until the next look."""
        with self._turn:
            if self._finder is not None:
                self._finder.close()
            self._finder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rest()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the next look will find where nothing changes."""

    bodies: int
    faces_left: bool  # the largest one


def _is_as(expected: Expected, found: Expected | None) -> bool:
    return (
        found is not None
        and found.bodies >= expected.bodies
        and found.faces_left is expected.faces_left
    )


def expected_after(found: Sequence[Pose]) -> Expected | None:
    """Return what to expect after a look; None where nobody, or it is not clear which way."""
    largest_first = sorted(found, key=lambda pose: -body_size(pose.xy_px))
    bodies: list[Pose] = []
    for pose in largest_first:
        reach = _SAME_BODY * body_size(pose.xy_px)
        if all(_apart(pose, other) > reach for other in bodies):
            bodies.append(pose)
    if not bodies:
        return None
    lead = lead_px(bodies[0]) / max(body_size(bodies[0].xy_px), 1.0)
    return None if abs(lead) < _CLEAR else Expected(len(bodies), lead < 0)


_CLEAR = 0.1  # ours; of a body's size: toes and nose this far ahead face that way


def _look(finder: PoseFinder, rgb: Rgb, *, closely: bool) -> Sequence[Pose]:
    """Look at the whole picture; where nobody large is found, at square tiles of it as well."""
    whole = finder.find(rgb)
    has_large = is_large(max((body_size(p.xy_px) for p in whole), default=0.0), rgb.shape[0])
    if has_large and not closely:
        return whole
    closer = [
        pose
        for left, tile in _tiles(rgb)
        for pose in _placed(finder.find(tile), left, rgb.shape[0], rgb.shape[1])
    ]
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


def _tiles(rgb: Rgb) -> Iterator[tuple[int, Rgb]]:
    """Yield squares as high as the picture, overlapping by half, with their left edge."""
    height, width = rgb.shape[:2]
    if width < _SQUARISH * height:
        return
    count = int(np.ceil(2 * (width / height - 1))) + 1
    for left in np.linspace(0, width - height, count).round().astype(int).tolist():
        yield left, np.ascontiguousarray(rgb[:, left : left + height])


def _placed(poses: tuple[Pose, ...], left: int, side: int, width: int) -> Iterator[Pose]:
    """Yield a tile's bodies in the whole picture, without those its inner edges cut off."""
    for pose in poses:
        x = pose.xy_px[:, 0]
        cut_left = left > 0 and x.min() < _EDGE * side
        cut_right = left + side < width and x.max() > (1 - _EDGE) * side
        if not cut_left and not cut_right:
            yield replace(pose, xy_px=pose.xy_px + np.array([left, 0], dtype=np.float32))
