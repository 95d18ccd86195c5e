"""Similarities of pictures, (..., 2, 3): turned, scaled and moved, from one to another."""

from __future__ import annotations

import numpy as np

from posture.types import Floats

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def inverse(matrices: Floats) -> Floats:
    """Return the similarities that undo these, (..., 2, 3)."""
    turn = np.linalg.inv(matrices[..., :2])
    return np.concatenate([turn, -turn @ matrices[..., 2:]], axis=-1)


def after(second: Floats, first: Floats) -> Floats:
    """Return the similarity, (2, 3), that does `first`, then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2:] + second[:, 2:]])


def applied(matrices: Floats, places: Floats) -> Floats:
    """Return places, (..., 2), where similarities, (..., 2, 3), put them."""
    put: Floats = np.einsum("...ij,...j->...i", matrices[..., :2], places) + matrices[..., 2]
    return put
