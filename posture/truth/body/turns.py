"""Rotations about the body's axes, in degrees.

About x (to the person's left), positive tips the top of a thing forward and swings a hanging one
back; about z, positive turns the front to the person's left.
"""

from __future__ import annotations

import numpy as np

from posture.types import Floats


def about_x(deg: float) -> Floats:
    """Return the rotation about the person's left-right axis."""
    c, s = _both(deg)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_y(deg: float) -> Floats:
    """Return the rotation about the person's front-back axis."""
    c, s = _both(deg)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def about_z(deg: float) -> Floats:
    """Return the rotation about the vertical."""
    c, s = _both(deg)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def aligning(one: Floats, other: Floats) -> Floats:
    """Return the smallest rotation that turns one direction into another."""
    a, b = one / np.linalg.norm(one), other / np.linalg.norm(other)
    axis, cosine = np.cross(a, b), float(a @ b)
    cross = np.array(
        [[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]], dtype=np.float64
    )
    turn: Floats = np.eye(3) + cross + cross @ cross / (1 + cosine)
    return turn


def _both(deg: float) -> tuple[float, float]:
    turn = np.radians(deg)
    return float(np.cos(turn)), float(np.sin(turn))
