"""What is asked of a series of values in every room: where something holds, how two go together."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from posture.types import Bools, Floats, Ints


def runs(true: Bools) -> Iterator[tuple[int, int]]:
    """Yield the half-open [start, stop) stretches over which `true`, (T,), holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def about(time_s: Floats, half_s: float) -> tuple[Ints, Ints]:
    """Return from which sample to which, not included, `half_s` to either side of each reaches."""
    first = np.searchsorted(time_s, time_s - half_s, side="left")
    return first, np.searchsorted(time_s, time_s + half_s, side="right")


def nearest(wanted: Floats | Ints, places: Floats | Ints) -> Ints:
    """Return which of `places`, (K,) rising, is nearest to each wanted; the one before of two."""
    behind = np.clip(np.searchsorted(places, wanted), 0, len(places) - 1)
    before = np.clip(behind - 1, 0, len(places) - 1)
    is_before = np.abs(places[before] - wanted) <= np.abs(places[behind] - wanted)
    return np.asarray(np.where(is_before, before, behind))


def correlation(one: Floats, other: Floats) -> float:
    """Return how two series, (T,), go together, -1 to 1; NaN where one of them does not change."""
    a, b = one - one.mean(), other - other.mean()
    scale = math.sqrt(float((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else math.nan
