"""Which pictures repeat the one before: a 15/s clip stored as 60/s is a 15/s clip."""

from __future__ import annotations

import numpy as np

from posture.types import Bools, Floats

# What tells a repeated picture from one in which nothing moves; all ours.
# Read off 33 clips: of pictures amid movement, none that is new changes by less than a twelfth
# of what those about it do, and repeats change by a hundredth of it, the codec's noise.
_ABOUT = 7  # pictures to either side: 60/s made from 10/s repeats six times
_MOVING_LEVELS = 12.0  # change where it is most: somebody moves
_STILL_SHARE = 0.12  # of the change about it
_STILL_LEVELS = 4.0  # and no more than this
_LEAST_SHARE = 0.12  # of the pictures amid movement: every eighth
_LEAST_COUNT = 6
_LONGEST_PERIOD = 12  # pictures after which the pattern comes again
_AGREE = 0.93  # of the pictures amid movement with the pattern
_UNRULY_SHARE = 0.4  # so many repeats are believed without a pattern


def repeats_in(most: Floats) -> Bools:
    """Return which pictures repeat the one before, by how much each differs from it."""
    none = np.zeros(len(most), dtype=bool)
    about = _about(most, _ABOUT)
    amid = (about >= _MOVING_LEVELS) & np.isfinite(most)
    still = amid & (most <= np.minimum(_STILL_SHARE * about, _STILL_LEVELS))
    share = still.sum() / max(int(amid.sum()), 1)
    if still.sum() < _LEAST_COUNT or share < _LEAST_SHARE:
        return none
    every = np.arange(len(most))
    for period in range(2, _LONGEST_PERIOD + 1):
        repeats = np.array([_mostly(still[amid & (every % period == i)]) for i in range(period)])
        pattern = repeats[every % period]
        if repeats.any() and (pattern[amid] == still[amid]).mean() >= _AGREE:
            pattern[0] = False
            regular: Bools = pattern & ~(amid & ~still)
            return regular
    unruly: Bools = still if share >= _UNRULY_SHARE else none
    return unruly


def _about(most: Floats, reach: int) -> Floats:
    """Return the smaller of the largest changes shortly before and shortly after each picture."""
    filled = np.nan_to_num(np.asarray(most, dtype=np.float64), nan=0.0)
    padded = np.pad(filled, reach)
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach)
    count = len(filled)
    before, after = windows[:count].max(axis=1), windows[reach + 1 :].max(axis=1)
    return np.asarray(np.minimum(before, after))


def _mostly(values: Bools) -> bool:
    return bool(len(values)) and bool(values.mean() > 0.5)  # noqa: PLR2004 - more than half
