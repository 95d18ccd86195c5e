"""How a body is built, roughly, from the points of several looks at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posture.landmarks.skeleton import SIDES, index
from posture.types import Floats

# What is measured, over the leg's length (the thigh: over the shank's), and by how much two clips
# of one person differ about the person's mean: 15 looks at five rendered people; ours.
_PARTS = {
    "thigh": (("hip", "knee"), 0.041),
    "trunk": (("shoulder", "hip"), 0.022),
    "upper_arm": (("shoulder", "elbow"), 0.014),
    "forearm": (("elbow", "wrist"), 0.012),
    "foot": (("heel", "foot_index"), 0.012),
}
_SD = np.array([sd for _, sd in _PARTS.values()])
_UPRIGHT = 0.36  # ours; of the trunk: 20 deg, bent further the hip's point is pulled along

BUILT_OTHERWISE = 3.0
"""Ours, as for several clips: mean squared difference over its scatter, 1 within a person. One
pair of people in five differs by more, so it only ever tells people apart."""


def build_of(looks: Sequence[NDArray[np.floating]]) -> Floats:
    """Return the proportions of a body from its points at several looks; NaN when never upright."""
    seen = [_proportions(xy_px) for xy_px in looks if _is_upright(xy_px)]
    return np.median(seen, axis=0) if seen else np.full(len(_PARTS), np.nan)


def _is_upright(xy_px: NDArray[np.floating]) -> bool:
    up = np.mean([xy_px[index(f"{s}_shoulder")] - xy_px[index(f"{s}_hip")] for s in SIDES], axis=0)
    return bool(abs(up[0]) < -_UPRIGHT * up[1])


def _proportions(xy_px: NDArray[np.floating]) -> Floats:
    found = []
    for side in SIDES:

        def length(a: str, b: str, side: str = side) -> float:
            return float(np.hypot(*(xy_px[index(f"{side}_{a}")] - xy_px[index(f"{side}_{b}")])))

        thigh, shank = length("hip", "knee"), length("knee", "ankle")
        rest = [length(*ends) for ends, _ in list(_PARTS.values())[1:]]
        found.append([thigh / max(shank, 1e-9), *(r / max(thigh + shank, 1e-9) for r in rest)])
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def difference(one: Floats, other: Floats) -> float:
    """Return how differently two bodies are built, 1 being usual within one person; NaN unknown."""
    return float(np.mean((one - other) ** 2 / (2 * _SD**2)))
