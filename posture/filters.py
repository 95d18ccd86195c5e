"""Standard filters and peaks of series, in numpy alone: SciPy's take a second to import.

Each gives what SciPy's function of the same kind gives, to rounding; `tests/test_filters.py` holds
them to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from posture.types import Bools, Floats, Ints

_REACH_SIGMAS = 4.0  # as SciPy: what lies further off weighs under 0.04 %
_BLOCK = 64  # samples filtered in one product


def gaussian(values: Floats, sigma: float, mode: Literal["wrap", "edge"]) -> Floats:
    """Return `values`, (T,) or (T, K), smoothed along the first axis by a Gaussian.

    `sigma` is in samples. `mode` says what lies beyond the ends: the series again, or its last
    value.

    Source
        The same as `scipy.ndimage.gaussian_filter1d`.
    """
    reach = int(_REACH_SIGMAS * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    columns = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    around = np.pad(columns, ((reach, reach), (0, 0)), mode=mode)
    smooth = np.stack([np.convolve(column, weights, mode="valid") for column in around.T], axis=1)
    return smooth.reshape(np.shape(values))


def zero_phase(values: Floats, cutoff: float, padding: int) -> Floats:
    """Return `values`, (T, K), passed forwards and backwards through a Butterworth filter.

    The filter is of second order and `cutoff` is its own, in cycles a sample; both passes together
    are 6 dB down there. The ends are mirrored about their last value over `padding` samples.

    Source
        The same as `scipy.signal.sosfiltfilt` with `butter(2, cutoff, fs=1)`.
    """
    count = len(values)
    around = np.concatenate(
        [
            2 * values[0] - values[padding:0:-1],
            values,
            2 * values[-1] - values[-2 : -(padding + 2) : -1],
        ]
    )
    there = _passed(around, cutoff)
    back = _passed(there[::-1], cutoff)[::-1]
    return back[padding : padding + count]


def _passed(values: Floats, cutoff: float) -> Floats:
    """Filter once, as if the first value had been there for ever, block after block."""
    own, of_inputs, of_outputs = _blocks(cutoff)
    out = np.empty_like(values, dtype=np.float64)
    # the two samples before, first the older one
    was_in = was_out = np.stack([values[0], values[0]])
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        size = len(block)
        done = own[:size, :size] @ block + of_inputs[:size] @ was_in + of_outputs[:size] @ was_out
        out[start : start + size] = done
        was_in = np.concatenate([was_in, block])[-2:]
        was_out = np.concatenate([was_out, done])[-2:]
    return out


@lru_cache(maxsize=16)  # every point of a clip asks for the same one
def _blocks(cutoff: float) -> tuple[Floats, Floats, Floats]:
    """Return what a block's output is made of: its input, the two inputs before, and outputs."""
    bent = math.tan(math.pi * cutoff)  # the bilinear transform bends the axis
    whole = 1 + math.sqrt(2) * bent + bent**2
    b0 = bent**2 / whole
    feed = (b0, 2 * b0, b0)
    a1, a2 = 2 * (bent**2 - 1) / whole, (1 - math.sqrt(2) * bent + bent**2) / whole
    # columns: inputs -2, -1, the block's; outputs -2, -1
    made = np.zeros((_BLOCK + 2, _BLOCK + 4))
    made[0, -2] = made[1, -1] = 1.0  # the outputs before the block are themselves
    for n in range(_BLOCK):
        row = -a1 * made[n + 1] - a2 * made[n]
        for lag, share in enumerate(feed):
            row[n + 2 - lag] += share
        made[n + 2] = row
    block = made[2:]
    return block[:, 2 : _BLOCK + 2], block[:, :2], block[:, _BLOCK + 2 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Peaks of a series, one row each, in order."""

    at: Ints  # sample; of a plateau its middle
    prominences: Floats  # how far it stands above the higher of the two lows beside it
    left_bases: Ints  # where the lows are, up to the next higher peak or the end
    right_bases: Ints


def peaks(
    values: Floats,
    *,
    prominence: float,
    height: float = -math.inf,
    distance: int = 1,
) -> Peaks:
    """Return the peaks of a series, (T,), that stand out.

    Each is at least `height` high and stands at least `prominence` above the lows beside it; of
    those less than `distance` samples apart the highest stays.

    Source
        The same as `scipy.signal.find_peaks`, which asks for height, distance and prominence in
        this order.
    """
    at = _maxima(values)
    at = at[values[at] >= height]
    at = at[_far_enough(at, values[at], distance)]
    bases = np.array([_bases(values, peak) for peak in at.tolist()], dtype=np.intp).reshape(-1, 2)
    stands = values[at] - np.maximum(values[bases[:, 0]], values[bases[:, 1]])
    high = stands >= prominence
    return Peaks(
        at=at[high],
        prominences=stands[high],
        left_bases=bases[high, 0],
        right_bases=bases[high, 1],
    )


def _maxima(values: Floats) -> Ints:
    """Return samples higher than both neighbours; of level ones the middle."""
    if not len(values):
        return np.zeros(0, dtype=np.intp)
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    first = np.concatenate([[0], changes]).astype(np.intp)
    last = np.concatenate([changes - 1, [len(values) - 1]]).astype(np.intp)
    level = values[first]
    inner = (level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])
    middles: Ints = (first[1:-1][inner] + last[1:-1][inner]) // 2
    return middles


def _far_enough(at: Ints, heights: Floats, distance: int) -> Bools:
    keep = np.ones(len(at), dtype=bool)
    for one in np.argsort(heights)[::-1].tolist():
        if keep[one]:
            near = slice(
                int(np.searchsorted(at, at[one] - distance, side="right")),
                int(np.searchsorted(at, at[one] + distance, side="left")),
            )
            keep[near] = False
            keep[one] = True
    return keep


def _bases(values: Floats, peak: int) -> tuple[int, int]:
    left = _lowest(values[peak::-1])
    return peak - left, peak + _lowest(values[peak:])


def _lowest(values: Floats) -> int:
    """Return how far off the nearest lowest value is, before one higher than the first."""
    higher = values > values[0]
    until = int(higher.argmax()) if higher.any() else len(values)
    return int(np.argmin(values[:until]))
