"""Several forward bends of one clip: each keeps its numbers, the middle one stands for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median, stdev

from posture.types import Activity, Measure, Quality

BEST_OF = {
    "fingertip_floor": "fingertip_floor_best",
    "fingertip_floor_m": "fingertip_floor_best_m",
}
_LEAST_TRIALS = 2


def over_trials(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return what several bends of one clip come to: medians, and the best reach.

    Nothing where there is one bend only. Bends with a reason to be careful count only where there
    is no good one.

    Needs
        The measures of every bend, each with its segment; the answers have none.
    Source
        Protocol of the toe touch (docs/method.md, section 3.1): three trials, the median. The error
        is the smallest of the trials', as most of a camera's error is the same every time; how much
        the trials differ stands beside it as `between_trials`.
    """
    found: list[Measure] = []
    keys = dict.fromkeys((m.name, m.side) for m in measures if m.segment is not None)
    for name, side in keys:
        trials = [
            m
            for m in measures
            if (m.name, m.side) == (name, side)
            and m.activity is Activity.FORWARD_BEND
            and m.segment is not None
            and m.quality is not Quality.MISSING
        ]
        counted = [m for m in trials if m.quality is Quality.GOOD] or trials
        if len(trials) < _LEAST_TRIALS:
            continue
        found.append(_median_of(counted))
        if name in BEST_OF:
            best = min(counted, key=lambda m: m.value)
            found.append(replace(best, name=BEST_OF[name], segment=None, reference=None))
    return tuple(found)


def _median_of(trials: Sequence[Measure]) -> Measure:
    middle = middle_of(trials)
    spread = dict(middle.spread)
    if len(trials) > 1:
        spread["between_trials"] = stdev(m.value for m in trials) / math.sqrt(len(trials))
    frames = (min(m.frames[0] for m in trials), max(m.frames[1] for m in trials))
    return replace(middle, spread=spread, frames=frames)


def middle_of(repeats: Sequence[Measure]) -> Measure:
    """Return one measure for several of the same thing: the median, with the smallest error.

    Needs
        At least one; which of them count is for the caller to say.
    Source
        Ours. The error does not fall with their number, because most of a camera's error
        (clothes, point bias) is the same every time.
    """
    value = median(m.value for m in repeats)
    surest = min(repeats, key=lambda m: m.sd)
    central = min(repeats, key=lambda m: (abs(m.value - value), m.sd))
    keeps_reason = central.value == value or central.quality is not Quality.GOOD
    return replace(
        central,
        value=value,
        spread=surest.spread,
        segment=None,
        reason=central.reason if keeps_reason else None,
    )
