"""Rooms to stand in, as coloured triangles: floor, a wall behind, things about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Room = Literal["gym", "plain", "office", "mirror"]
ROOMS: tuple[Room, ...] = get_args(Room)

PAINTED, BOARDS, RUBBER, PLASTER, BRICKS = range(5)
WALL_M = 1.7  # behind the person
Colour = tuple[float, float, float]
Corner = tuple[float, float, float]
Row = list[float]  # place, normal, colour, kind


def _quad(corners: Sequence[Corner], colour: Colour, kind: int) -> Iterator[Row]:
    a, b, c, d = corners
    normal = np.cross(np.subtract(b, a), np.subtract(d, a))
    normal = normal / np.linalg.norm(normal)
    for corner in (a, b, c, a, c, d):
        yield [*corner, *normal, *colour, kind]


def _box(low: Corner, high: Corner, colour: Colour) -> Iterator[Row]:
    (x0, y0, z0), (x1, y1, z1) = low, high
    for corners in (
        [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
        [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)],
        [(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)],
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
        [(x0, y1, z0), (x0, y1, z1), (x1, y1, z1), (x1, y1, z0)],
    ):
        yield from _quad(corners, colour, PAINTED)


class _Wall:
    """Places along a wall that lies on the far side of the person."""

    def __init__(self, near: str) -> None:
        self._sign = 1.0 if near == "right" else -1.0
        self.x = WALL_M * self._sign

    def box(
        self,
        out: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        colour: Colour,
    ) -> Iterator[Row]:
        """Return a box standing out from the wall by `out` (nearest, furthest), metres."""
        near, far = sorted(self.x - self._sign * depth for depth in out)
        return _box((near, y[0], z[0]), (far, y[1], z[1]), colour)

    def face(self, colour: Colour, kind: int) -> Iterator[Row]:
        """Return the wall itself."""
        x = self.x
        return _quad([(x, -9, 0), (x, 9, 0), (x, 9, 5), (x, -9, 5)], colour, kind)


def _floor(colour: Colour, kind: int) -> Iterator[Row]:
    return _quad([(-8, -9, 0), (8, -9, 0), (8, 9, 0), (-8, 9, 0)], colour, kind)


def room(kind: Room, near: str, seed: int) -> NDArray[np.float32]:
    """Return the room's triangles, one corner a row: place 3, normal 3, colour 3, kind 1."""
    drawn = np.random.default_rng(seed)
    wall = _Wall(near)
    rows: list[Row] = []

    def tint(low: float, high: float) -> Colour:
        r, g, b = drawn.uniform(low, high, 3)
        return float(r), float(g), float(b)

    if kind == "plain":
        base = float(drawn.uniform(0.45, 0.85))
        rows += _floor((0.55, 0.50, 0.46), BOARDS)
        rows += wall.face((base, base * 0.99, base * 0.96), PLASTER)
        rows += wall.box((0, 0.02), (-9, 9), (0, 0.09), (0.9, 0.9, 0.88))
        return np.array(rows, dtype=np.float32)
    rows += _floor((0.20, 0.21, 0.23), RUBBER)
    brick = kind == "gym"
    rows += wall.face(
        (0.62, 0.36, 0.28) if brick else tint(0.55, 0.85), BRICKS if brick else PLASTER
    )
    if kind == "mirror":
        rows += wall.box((0.02, 0.04), (-3.5, 3.5), (0.2, 2.3), (0.55, 0.62, 0.68))
    else:
        rows += wall.box((0.02, 0.04), (-2.3, -0.9), (0.4, 2.1), (0.55, 0.62, 0.68))
    shift = float(drawn.uniform(-1.0, 1.0))
    for shelf in (0.25, 0.65, 1.05):
        rows += wall.box(
            (0.1, 0.5), (0.9 + shift, 2.4 + shift), (shelf, shelf + 0.05), (0.12, 0.12, 0.13)
        )
        for y in np.arange(1.0, 2.35, 0.22) + shift:
            top = shelf + 0.05
            rows += wall.box((0.15, 0.42), (y, y + 0.12), (top, top + 0.12), tint(0.05, 0.35))
    for y in (0.85 + shift, 2.4 + shift):
        rows += wall.box((0.1, 0.5), (y, y + 0.06), (0, 1.25), (0.10, 0.10, 0.11))
    for y in (-2.9, -2.75):
        rows += wall.box((0.2, 0.26), (y, y + 0.06), (0, 2.3), (0.75, 0.15, 0.12))
    bench = float(drawn.uniform(-1.2, 0.6))
    rows += wall.box((0.1, 0.7), (bench - 0.4, bench + 0.4), (0.38, 0.46), (0.08, 0.08, 0.09))
    for y in (bench - 0.3, bench + 0.3):
        rows += wall.box((0.2, 0.26), (y, y + 0.05), (0, 0.38), (0.6, 0.6, 0.6))
    mat = tint(0.1, 0.4)
    rows += _quad(
        [(-0.55, -1.3, 0.004), (0.55, -1.3, 0.004), (0.55, 1.3, 0.004), (-0.55, 1.3, 0.004)],
        mat,
        RUBBER,
    )
    return np.array(rows, dtype=np.float32)


def bench_in_front(near: str) -> NDArray[np.float32]:
    """Return a low bench between camera and person, hiding the feet and part of the shanks."""
    sign = -1.0 if near == "right" else 1.0
    near_x, far_x = sorted((sign * 0.7, sign * 1.0))
    rows = list(_box((near_x, -0.5, 0.22), (far_x, 0.5, 0.30), (0.10, 0.10, 0.12)))
    for y in (-0.4, 0.35):
        rows += _box((near_x, y, 0.0), (far_x, y + 0.05, 0.22), (0.55, 0.55, 0.57))
    return np.array(rows, dtype=np.float32)
