"""Which pictures of a clip are looked at whole, and in which pieces the client is followed.

From some seconds on both are counted from the beginning, whatever the clip's length: a recording
that is still coming in is looked at and followed as the whole of it will be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from posture.types import Floats

LONG_S = 10.0  # ours; shorter clips are shared evenly between two cores


def sample_numbers(time_s: Floats, every_s: float, at_most: int) -> Iterator[int]:
    """Yield the frame numbers at which to look for people, ends included.

    Every `every_s` from the first one on; spread evenly in a clip of some seconds, and in one so
    long that there would be more than `at_most`.
    """
    duration_s = float(time_s[-1] - time_s[0])
    count = min(at_most, max(1, round(duration_s / every_s)) + 1)
    wanted = np.linspace(time_s[0], time_s[-1], count)
    if duration_s > LONG_S and count < at_most:
        wanted[:-1] = time_s[0] + every_s * np.arange(count - 1)
    yield from np.unique(np.clip(np.searchsorted(time_s, wanted), 0, len(time_s) - 1)).tolist()


def pieces_of(time_s: Floats, piece_s: float) -> list[tuple[int, int]]:
    """Cut a clip into pieces [start, stop) of `piece_s`; one of some seconds evenly, into two."""
    duration_s = float(time_s[-1] - time_s[0])
    count = max(2 if duration_s > piece_s / 2 else 1, math.ceil(duration_s / piece_s))
    each_s = piece_s if duration_s > LONG_S else duration_s / count
    edges = np.searchsorted(time_s, time_s[0] + each_s * np.arange(1, count))
    bounds = [0, *(int(e) for e in edges), len(time_s)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]
