"""The posterior of thousands of people at once: the same numbers as `assess`, which a test holds.

Only what a score needs in bulk: the probabilities. Levels and verdicts come from `assess`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from posture.findings.calibration import calibration_of
from posture.findings.evidence import JUDGED, EvidenceTable, Sign
from posture.truth.restriction.people import Array
from posture.truth.restriction.seen import BEND, WALK, Column, Flags, Seen
from posture.types import Activity, Link

Scalar = TypeVar("Scalar", bound=np.generic)
_STATES = np.array(list(product((0, 1), repeat=len(JUDGED))), dtype=float)  # (8, links)


def probabilities(
    seen: Seen, tests: Sequence[Activity], table: EvidenceTable
) -> Mapping[Link, Array]:
    """Return every person's probability of each link: calf (n, 2) left and right, others (n,).

    NaN where the knees were bent in the bend, for hamstrings and back.
    """
    n, rules = len(seen.bodies), table.rules
    logs = np.zeros((n, 2, len(_STATES)))
    own = np.zeros((n, 2), dtype=bool)
    knee = seen.column("knee_bend")
    sure_sds = NormalDist().inv_cdf(rules.knee_bend_chance)
    surely = knee.value - sure_sds * knee.sd >= rules.knee_bend_limit_deg
    bent: Flags = (BEND in tests) & ~knee.missing & surely
    usable = {
        column.name: _usable(column, seen, bent, rules.min_strides)
        for column in seen.columns
        if column.activity in tests
    }
    speed, speed_sd, paced = _speed(seen, table)
    paced &= WALK in tests
    for sign in table.signs:
        if sign.measure not in usable:
            continue
        column, use = seen.column(sign.measure), usable[sign.measure]
        value, sd = _legs(column.value), _legs(column.sd)
        if sign.at_speed:
            height = np.polynomial.polynomial.polyval(speed, sign.at_speed)
            slope = np.polynomial.polynomial.polyval(
                speed, np.polynomial.polynomial.polyder(sign.at_speed)
            )
            value = value - np.atleast_1d(height)[:, None] + sign.mean
            sd = np.hypot(sd, np.where(paced, slope * speed_sd, 0.0)[:, None])
        if not sign.is_flat:
            use = use & paced[:, None]
        weight = np.where(_legs(column.suspect), rules.suspect_weight, 1.0)
        weight = weight * _weight(sign, usable, n)[:, None]
        logs += np.where(use[..., None], _log_likelihoods(sign, value, sd, weight), 0.0)
        if sign.per_side and column.value.ndim == 2:
            own |= use
    return {
        link: _calibrated(link, chance, usable, table)
        for link, chance in _chances(logs, own, bent, table).items()
    }


def _usable(column: Column, seen: Seen, bent: Flags, min_strides: float) -> Flags:
    """Return (n, 2) where a measure may be used."""
    use = ~_legs(column.missing)
    if column.activity is BEND:
        use = use & ~bent[:, None]
    if column.activity is WALK and column.name != "walking_speed":
        use = use & (seen.strides >= min_strides)
    return np.asarray(use)


def _speed(seen: Seen, table: EvidenceTable) -> tuple[Array, Array, Flags]:
    column, rules = seen.column("walking_speed"), table.rules
    scale = float(np.sqrt(rules.leg_length_m / rules.gravity_m_s2))
    speed = column.value * scale
    paced = ~column.missing & (speed >= rules.speed_low) & (speed <= rules.speed_high)
    return speed, column.sd * scale, paced


def _legs(value: NDArray[Scalar]) -> NDArray[Scalar]:
    return value if value.ndim == 2 else np.repeat(value[:, None], 2, axis=1)


def _weight(sign: Sign, usable: Mapping[str, Flags], n: int) -> Array:
    """Return (n,) weights: the one for a sign that is alone where the others did not come out."""
    if sign.alone_weight is None:
        return np.full(n, sign.weight)
    others = [usable[name].any(axis=1) for name in sign.alone_without if name in usable]
    beside = np.any(others, axis=0) if others else np.zeros(n, dtype=bool)
    return np.where(beside, sign.weight, sign.alone_weight)


def _log_likelihoods(sign: Sign, value: Array, sd: Array, weight: Array) -> Array:
    """Return (n, 2, states), tempered and capped."""
    effect = np.array([sign.effect[link] for link in JUDGED])
    wide = np.hypot(sign.sd_pop, sd)
    z = (value[..., None] - sign.mean - _STATES @ effect) / wide[..., None]
    logs = -0.5 * z * z
    if sign.floor is not None:
        logs = np.where((value <= sign.floor)[..., None], log_ndtr(z), logs)
    logs = weight[..., None] * logs
    capped: Array = np.maximum(logs, logs.max(axis=-1, keepdims=True) - np.log(sign.cap))
    return capped


def _calibrated(
    link: Link, chance: Array, usable: Mapping[str, Flags], table: EvidenceTable
) -> Array:
    """Return the probabilities to tell, by what was seen of everybody; calf (n, 2) as it came."""
    found = chance.copy()
    signs = [s for s in table.signs if s.measure in usable and s.effect[link]]
    tests = [row.test for row in table.calibrations if row.link is link and row.test is not None]

    def seen_of(test: Activity | None) -> Flags:
        own = [usable[s.measure] for s in signs if test is None or s.activity is test]
        return np.asarray(np.any([np.zeros((len(chance), 2), dtype=bool), *own], axis=0))

    told = {test: seen_of(test) for test in tests}
    some = seen_of(None)
    patterns = product((False, True), repeat=len(told))
    for pattern in patterns:
        at = some
        for has, present in zip(told.values(), pattern, strict=True):
            at = at & (has == present)
        chosen = at if chance.ndim == 2 else at.any(axis=1)
        seen = [test for test, present in zip(told, pattern, strict=True) if present]
        row = calibration_of(link, seen, table.calibrations)
        if row is not None:
            found = np.where(chosen, row.probability(chance, table.priors[link]), found)
    return found


def _chances(logs: Array, own: Flags, bent: Flags, table: EvidenceTable) -> Mapping[Link, Array]:
    prior = np.array([table.priors[link] for link in JUDGED])
    before = np.log(np.where(_STATES > 0, prior, 1 - prior)).sum(axis=1)
    total = logs + before
    weights = np.exp(total - total.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    of_leg = weights @ _STATES  # (n, 2, links)
    counts = (own | ~own.any(axis=1, keepdims=True))[..., None]
    mean = (of_leg * counts).sum(axis=1) / counts.sum(axis=1)
    found: dict[Link, Array] = {}
    for place, link in enumerate(JUDGED):
        if link is Link.CALF:
            found[link] = np.where(counts[..., 0], of_leg[..., place], np.nan)
        else:
            found[link] = np.where(bent, np.nan, mean[:, place])
    return found
