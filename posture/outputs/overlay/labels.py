"""Labels beside the body: on the side it faces away from, not on each other, not jumping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from posture.outputs.overlay.ink import (
    WHITE,
    Box,
    Colour,
    Pen,
    Point,
    label,
    label_box,
    line,
)
from posture.outputs.overlay.scene import Scene
from posture.types import Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of text that belongs to a point of the body."""

    key: str  # the same from frame to frame
    text: str
    anchor: Point
    colour: Colour = WHITE
    corner: Point | None = None  # where its plate wants to be; None = beside the body


@dataclass(slots=True)
class LabelColumn:
    """Places labels; remembers where they were, so that they ease instead of jumping."""

    places: dict[str, Point] = field(default_factory=dict)
    last_s: float = 0.0

    def draw(
        self, picture: Rgb, scene: Scene, frame: int, labels: Sequence[Label], taken: Sequence[Box]
    ) -> None:
        """Draw the labels in a column behind the body, clear of each other and of `taken`."""
        now_s = float(scene.analysis.landmarks.time_s[frame])
        ease = min(1.0, max(0.0, (now_s - self.last_s) / _EASE_S))
        self.last_s = now_s
        sizes = [letters_px(scene, one.text) for one in labels]
        plates = [label_box((0, 0), one.text, s) for one, s in zip(labels, sizes, strict=True)]
        widest = max((plate[2] for plate in plates), default=0)
        wanted = []
        for one, plate in zip(labels, plates, strict=True):
            goal = self._goal(scene, frame, one, plate, widest)
            x, y = self.places.get(one.key, goal)
            x, y = x + ease * (goal[0] - x), y + ease * (goal[1] - y)
            wanted.append((round(x), round(y), round(x) + plate[2], round(y) + plate[3]))
        corners = free_places(wanted, scene.size_px, taken)
        for one, size, corner in zip(labels, sizes, corners, strict=True):
            box = label_box(corner, one.text, size)
            if one.corner is None and np.isfinite(one.anchor).all():
                line(picture, [_edge(box, one.anchor), one.anchor], Pen(one.colour, 1, halo=1))
            label(picture, corner, one.text, size, one.colour)
        self.places = {one.key: corner for one, corner in zip(labels, corners, strict=True)}

    def _goal(self, scene: Scene, frame: int, one: Label, plate: Box, widest: int) -> Point:
        """Return where the plate would be if it were alone."""
        if one.corner is not None:
            return one.corner
        x, y = _beside(scene, frame, plate[2], widest), one.anchor[1] - plate[3] / 2
        if math.isfinite(y):
            return x, y
        # its point is out of sight: it stays, or begins at the head
        return x, self.places.get(one.key, (x, float(scene.extent[frame, 1])))[1]


_EASE_S = 0.3  # the time a label takes to its new place
_EDGE_PX = 4  # kept free along the picture's edge
_LEAST_PX = 8  # smaller letters are none


def letters_px(scene: Scene, told: str) -> int:
    """Return the size of the letters, smaller only where the picture is too narrow for them."""
    size, room = scene.text_px, scene.size_px[0] - 2 * _EDGE_PX
    wide = label_box((0, 0), told, size)[2]
    while wide > room and size > _LEAST_PX:
        size = max(_LEAST_PX, min(size - 1, math.floor(size * room / wide)))
        wide = label_box((0, 0), told, size)[2]
    return size


def _edge(box: Box, anchor: Point) -> Point:
    """Where a leader leaves the plate: the middle of the side that faces the anchor."""
    middle = (box[1] + box[3]) / 2
    return (float(box[2]) if anchor[0] > (box[0] + box[2]) / 2 else float(box[0]), middle)


def _beside(scene: Scene, frame: int, wide: int, widest: int) -> float:
    """Return the left end of a plate behind the body, or before it where there is more room."""
    width = scene.size_px[0]
    # skin and buttock lie outside of the joints
    gap = 0.07 * scene.height_px if math.isfinite(scene.height_px) else float(scene.text_px)
    left, _, right, _ = scene.extent[frame].tolist()
    behind_is_left = not scene.forward[frame] < 0
    if behind_is_left and left - gap - widest < 0 and right + gap + widest < width:
        behind_is_left = False
    elif not behind_is_left and right + gap + widest > width and left - gap - widest > 0:
        behind_is_left = True
    return float(left - gap - wide if behind_is_left else right + gap)


def free_places(
    wanted: Sequence[Box], size_px: tuple[int, int], taken: Sequence[Box]
) -> list[Point]:
    """Return corners of plates inside the picture, clear of `taken` and of each other.

    Each is as near to where it is wanted as there is room, sooner above or below than aside; the
    uppermost chooses first. One that no room is left for lies where it is wanted.
    """
    occupied = list(taken)
    corners: dict[int, Point] = {}
    for number in sorted(range(len(wanted)), key=lambda n: wanted[n][1]):
        box = _free(wanted[number], size_px, occupied)
        occupied.append(box)
        corners[number] = (box[0], box[1])
    return [corners[number] for number in range(len(wanted))]


_GAP_PX = 5  # between plates
_ASIDE = 3  # ours; a label a line's height lower is nearer than one its width away


def _free(wanted: Box, size_px: tuple[int, int], occupied: Sequence[Box]) -> Box:
    wide, tall = wanted[2] - wanted[0], wanted[3] - wanted[1]

    def at(x: int, y: int) -> Box:
        left = max(min(x, size_px[0] - wide - _EDGE_PX), _EDGE_PX)
        top = max(min(y, size_px[1] - tall - _EDGE_PX), _EDGE_PX)
        return left, top, left + wide, top + tall

    def far(box: Box) -> int:
        return _ASIDE * abs(box[0] - wanted[0]) + abs(box[1] - wanted[1])

    ys = [y for box in occupied for y in (box[1] - tall - _GAP_PX, box[3] + _GAP_PX)]
    xs = [x for box in occupied for x in (box[0] - wide - _GAP_PX, box[2] + _GAP_PX)]
    x, y = wanted[:2]
    for columns, rows in (((x,), (y,)), ((x,), ys), (xs, [y, *ys])):
        places = [at(x, y) for x in columns for y in rows]
        free = [box for box in places if not any(_cross(box, other) for other in occupied)]
        if free:
            return min(free, key=far)
    return at(x, y)


def _cross(one: Box, other: Box) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]
