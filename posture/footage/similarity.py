"""Similarities of pictures, (..., 2, 3): turned, scaled and moved, from one to another.

Where a camera was levelled they are projective, (..., 3, 3).
"""

from __future__ import annotations

import numpy as np

from posture.types import Floats

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def inverse(matrices: Floats) -> Floats:
    """Return the maps that undo these, of the same shape."""
    if matrices.shape[-2] == _PROJECTIVE:
        return np.asarray(np.linalg.inv(matrices))
    turn = np.linalg.inv(matrices[..., :2])
    return np.concatenate([turn, -turn @ matrices[..., 2:]], axis=-1)


def after(second: Floats, first: Floats) -> Floats:
    """Return the similarity, (2, 3), that does `first`, then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2:] + second[:, 2:]])


def applied(matrices: Floats, places: Floats) -> Floats:
    """Return places, (..., 2), where similarities, (..., 2, 3), or projective maps put them."""
    put: Floats = np.einsum("...ij,...j->...i", matrices[..., :2], places) + matrices[..., 2]
    return put[..., :2] / put[..., 2:] if matrices.shape[-2] == _PROJECTIVE else put


def projective(matrices: Floats) -> Floats:
    """Return similarities, (..., 2, 3), as projective maps, (..., 3, 3)."""
    below = np.broadcast_to([0.0, 0.0, 1.0], (*matrices.shape[:-2], 1, 3))
    return np.concatenate([matrices, below], axis=-2)


_PROJECTIVE = 3
