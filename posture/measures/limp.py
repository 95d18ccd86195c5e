"""Does somebody walk unevenly, or with very slow or short steps? Then pain or caution may lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from posture.measures.take import Take
from posture.measures.walk import Walk, step_lengths_legs
from posture.signals.known import known_mean, known_median
from posture.types import FactKind, Measure, Quality, Reason, Side

# What makes a walk uneven or too slow to judge a calf by; each with its reason.
# Of the sum of left and right. Healthy people's steps differ by 2 to 5 % in time and length
# (Patterson 2010: half of the people after a stroke are outside of that); a limp that the eye
# notices is beyond these.
_TIME_APART = 0.07
_LENGTH_APART = 0.15
_FAR_FOOT_S = 0.05  # ours, 6 rendered walks: a far strike is off by 10 to 30 ms, twice
_FAR_FOOT_LEGS = 0.06  # ours; of a body turned by up to 10 deg
_LEAST_PROBABILITY = 0.8  # ours
_LEAST_STEP_LEGS = 0.35  # ours; about 0.3 m, half of a usual step
_LEAST_SPEED = 0.55  # leg lengths a second, about 0.5 m/s: Fritz & Lusardi 2009, household


def marked_if_limping(take: Take, walk: Walk, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return the measures of a walk, marked where it is uneven, very slow or very short-stepped.

    The numbers are what they are; what they say of a calf is another question.

    Needs
        The take's walk, and what was measured in it.
    Source
        The limits above; probability that a difference is over its limit, given its error.
    """
    if not is_limping(take, walk, measures):
        return tuple(measures)
    return limping(measures)


def limping(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return measures marked as those of a walk that limps; missing ones and counts stay.

    Needs
        Nothing.
    Source
        Definition.
    """
    return tuple(
        m
        if m.quality is Quality.MISSING or m.unit == "count"
        else replace(m, quality=Quality.SUSPECT, reason=Reason("walk_limps"))
        for m in measures
    )


def is_limping(take: Take, walk: Walk, measures: Sequence[Measure]) -> bool:
    """Return whether a walk is uneven, very slow or very short-stepped.

    Needs
        Strides of both legs, or a speed.
    Source
        The limits above.
    """
    steps = {m.side: m for m in measures if m.name == "step_time"}
    chances = [
        _over(
            [steps[side].value for side in (take.near, take.near.other)],
            _TIME_APART,
            math.hypot(_FAR_FOOT_S, *(_scatter(steps[side]) for side in steps)),
        )
        if len(steps) == len((Side.LEFT, Side.RIGHT))
        else 0.0
    ]
    lengths = [known_median(one) for one in step_lengths_legs(take, walk)]
    chances.append(_over(lengths, _LENGTH_APART, _FAR_FOOT_LEGS))
    if max(chances) >= _LEAST_PROBABILITY:
        return True
    return _is_slow(take, walk, lengths)


def _over(pair: Sequence[float], limit: float, sd: float) -> float:
    """Return how likely two values lie further apart than `limit` of their sum."""
    total = sum(abs(value) for value in pair)
    if not math.isfinite(total) or total <= 0:
        return 0.0
    return 1 - NormalDist(abs(pair[0] - pair[1]), sd).cdf(limit * total)


def _scatter(measure: Measure) -> float:
    """Return what is not known of a mean step but for the method's own error."""
    return math.hypot(measure.spread.get("scatter", 0.0), measure.spread.get("timing", 0.0))


def _is_slow(take: Take, walk: Walk, lengths: Sequence[float]) -> bool:
    if any(fact.kind in {FactKind.SLOWED_DOWN, FactKind.SPED_UP} for fact in take.facts):
        return False
    strides = [*walk.near.strides, *walk.far.strides]
    step = known_mean(lengths)
    stride_s = known_mean([stride.duration_s for stride in strides])
    if not (np.isfinite(step) and np.isfinite(stride_s)):
        return False
    return step < _LEAST_STEP_LEGS or 2 * step / stride_s < _LEAST_SPEED
