"""How two ways of measuring agree: bias, limits of agreement, SEM, MDC95, ICC(2,1), coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, chdtri, fdtri, nctdtrit, stdtrit

from posture.outputs.followed import WITHIN_95
from posture.types import Floats

FEWEST = 3  # ours; two differences have a mean, but no spread that means anything
_TAIL = 0.025  # of a 95 % interval, on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A number with its 95 % confidence interval; NaN ends where none can be given."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the pairs of one measure add up to, in its unit."""

    pairs: int
    people: int
    bias: Interval  # mean of second less first
    sd: float  # of the differences
    lower: Interval  # limits of agreement: 95 % of differences lie between
    upper: Interval
    sem: Interval
    mdc95: Interval
    icc: Interval  # ICC(2,1)
    inside: Interval  # share of differences within what the stated errors promise
    assessed: int  # pairs that have a stated error
    promised: float  # 95 % of differences should be smaller than this, by the stated errors


def agreement(
    first: Sequence[float], second: Sequence[float], sd: Sequence[float], people: int
) -> Agreement:
    """Return how the second of two numbers agrees with the first.

    `sd` is what the difference of each pair is stated to have, `people` how many they are of.
    Bias and limits: Bland and Altman 1986 and 1999 (doi 10.1177/096228029900800204). The limits'
    intervals are exact for differences of a bell (Carkeet 2015, doi 10.1097/OPX.0000000000000513).
    Where people count more than once, intervals are as wide as for that many people (ours: pairs
    of one person are not independent), and the ICC has none. SEM is the root of the residual mean
    square of persons x methods, MDC95 is 1.96 x root 2 x SEM (Weir 2005, doi 10.1519/15184.1).

    Raises
    ------
    ValueError
        Fewer pairs than an average may rest on.
    """
    if not len(first) == len(second) == len(sd) or not 1 <= people <= len(first):
        raise ValueError("expected as many firsts as seconds and sds, of at least one person")
    if len(first) < FEWEST:
        raise ValueError(f"expected at least {FEWEST} pairs, got {len(first)}")
    off = np.asarray(second, float) - np.asarray(first, float)
    bias, spread = float(off.mean()), float(off.std(ddof=1))
    stated = np.asarray(sd, float)
    known = np.isfinite(stated)
    within = np.abs(off[known]) <= WITHIN_95 * stated[known]
    return Agreement(
        pairs=len(off),
        people=people,
        bias=_mean(bias, spread, people),
        sd=spread,
        lower=_mirrored(_limit(-bias, spread, people)),
        upper=_limit(bias, spread, people),
        sem=_times(spread, 1 / math.sqrt(2), people),  # of two columns: the residual's root ...
        mdc95=_times(spread, WITHIN_95, people),  # ... and 1.96 x root 2 of that
        icc=icc_2_1(np.column_stack([first, second]), is_independent=people == len(off)),
        inside=share(int(within.sum()), int(known.sum())),
        assessed=int(known.sum()),
        promised=WITHIN_95 * math.sqrt(float((stated[known] ** 2).mean()))
        if known.any()
        else math.nan,
    )


def _mean(bias: float, sd: float, people: int) -> Interval:
    if people < FEWEST:
        return Interval(value=bias)
    reach = float(stdtrit(people - 1, 1 - _TAIL)) * sd / math.sqrt(people)
    return Interval(value=bias, low=bias - reach, high=bias + reach)


def _limit(bias: float, sd: float, people: int) -> Interval:
    """Return the upper limit of agreement, with its interval from the noncentral t."""
    limit = bias + WITHIN_95 * sd
    if people < FEWEST or sd == 0:
        return Interval(value=limit)
    root = math.sqrt(people)
    low, high = (
        bias + sd * float(nctdtrit(people - 1, WITHIN_95 * root, tail)) / root
        for tail in (_TAIL, 1 - _TAIL)
    )
    return Interval(value=limit, low=low, high=high)


def _times(sd: float, factor: float, people: int) -> Interval:
    """Return a multiple of a standard deviation, with its interval by chi square."""
    if people < FEWEST:
        return Interval(value=factor * sd)
    low, high = (
        factor * sd * math.sqrt((people - 1) / float(chdtri(people - 1, tail)))
        for tail in (_TAIL, 1 - _TAIL)
    )
    return Interval(value=factor * sd, low=low, high=high)


def _mirrored(limit: Interval) -> Interval:
    return Interval(value=-limit.value, low=-limit.high, high=-limit.low)


def share(inside: int, of: int) -> Interval:
    """Return a share with its exact interval (Clopper and Pearson 1934)."""
    if not of:
        return Interval(value=math.nan)
    low = float(betaincinv(inside, of - inside + 1, _TAIL)) if inside else 0.0
    high = float(betaincinv(inside + 1, of - inside, 1 - _TAIL)) if inside < of else 1.0
    return Interval(value=inside / of, low=low, high=high)


def icc_2_1(table: Floats, *, is_independent: bool = True) -> Interval:
    """Return ICC(2,1): two-way random effects, absolute agreement, of a single measurement.

    A row a person, a column a method. Shrout and Fleiss 1979 (doi 10.1037/0033-2909.86.2.420);
    its interval by Satterthwaite as in McGraw and Wong 1996, ICC(A,1)
    (doi 10.1037/1082-989X.1.1.30). NaN where nothing differs.
    """
    n, k = table.shape
    grand = table.mean()
    rows = k * float(((table.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((table.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand
    error = float((left**2).sum()) / ((n - 1) * (k - 1))
    whole = rows + (k - 1) * error + k * (columns - error) / n
    if whole <= 0:
        return Interval(value=math.nan)
    icc = (rows - error) / whole
    if error <= 1e-12 * rows or not is_independent:
        return Interval(value=icc)
    ratio = columns / error
    a, b = k * icc * ratio, n * (1 + (k - 1) * icc) - k * icc
    freedom = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    low_f = float(fdtri(n - 1, freedom, 1 - _TAIL))
    high_f = float(fdtri(freedom, n - 1, 1 - _TAIL))
    both = k * columns + (k * n - k - n) * error
    return Interval(
        value=icc,
        low=n * (rows - low_f * error) / (low_f * both + n * rows),
        high=n * (high_f * rows - error) / (both + n * high_f * rows),
    )
