"""Which pictures repeat the one before: a 15/s clip stored as 60/s is a 15/s clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.types import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatSettings:
    """What tells a repeated picture from one in which nothing moves; all ours.

    Read off 33 clips: of pictures amid movement, none that is new changes by less than a twelfth
    of what those about it do, and repeats change by a hundredth of it, the codec's noise.
    """

    about: int = 7  # pictures to either side: 60/s made from 10/s repeats six times
    moving_levels: float = 12.0  # change where it is most: somebody moves
    still_share: float = 0.12  # of the change about it
    still_levels: float = 4.0  # and no more than this
    least_share: float = 0.12  # of the pictures amid movement: every eighth
    least_count: int = 6
    longest_period: int = 12  # pictures after which the pattern comes again
    agree: float = 0.93  # of the pictures amid movement with the pattern
    unruly_share: float = 0.4  # so many repeats are believed without a pattern


def repeats_in(most: Floats, settings: RepeatSettings | None = None) -> Bools:
    """Return which pictures repeat the one before, by how much each differs from it."""
    settings = settings or RepeatSettings()
    none = np.zeros(len(most), dtype=bool)
    about = _about(most, settings.about)
    amid = (about >= settings.moving_levels) & np.isfinite(most)
    still = amid & (most <= np.minimum(settings.still_share * about, settings.still_levels))
    share = still.sum() / max(int(amid.sum()), 1)
    if still.sum() < settings.least_count or share < settings.least_share:
        return none
    every = np.arange(len(most))
    for period in range(2, settings.longest_period + 1):
        repeats = np.array([_mostly(still[amid & (every % period == i)]) for i in range(period)])
        pattern = repeats[every % period]
        if repeats.any() and (pattern[amid] == still[amid]).mean() >= settings.agree:
            pattern[0] = False
            regular: Bools = pattern & ~(amid & ~still)
            return regular
    unruly: Bools = still if share >= settings.unruly_share else none
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
