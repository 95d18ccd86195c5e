"""The posterior of thousands of people at once: the same numbers as `assess`, which a test holds.

Only what a score needs in bulk: the probabilities. Levels and verdicts come from `assess`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from posture.findings.calibration import Calibration
from posture.findings.evidence import JUDGED, EvidenceTable, Sign
from posture.truth.restriction.people import Array
from posture.truth.restriction.seen import WALK, Flags, Seen
from posture.types import Activity, Link

Scalar = TypeVar("Scalar", bound=np.generic)
_STATES = np.array(list(product((0, 1), repeat=len(JUDGED))), dtype=float)  # (8, links)


def probabilities(
    seen: Seen, tests: Sequence[Activity], table: EvidenceTable
) -> Mapping[Link, Array]:
    """Return every person's probability of each link: calf (n, 2) left and right, others (n,)."""
    n, rules = len(seen.bodies), table.rules
    logs = np.zeros((n, 2, len(_STATES)))
    own = np.zeros((n, 2), dtype=bool)
    usable = usable_of(seen, tests)
    speed, speed_sd, paced = _speed(seen, table)
    paced &= WALK in tests
    for sign in table.signs:
        if sign.measure not in usable:
            continue
        column, use = seen.column(sign.measure), usable[sign.measure]
        value, sd = _legs(column.value), _legs(column.sd)
        sd = sd * np.where(_legs(column.suspect), rules.suspect_error, 1.0)
        if sign.at_speed:
            height = np.polynomial.polynomial.polyval(speed, sign.at_speed)
            slope = np.polynomial.polynomial.polyval(
                speed, np.polynomial.polynomial.polyder(sign.at_speed)
            )
            value = value - np.atleast_1d(height)[:, None] + sign.mean
            sd = np.hypot(sd, np.where(paced, slope * speed_sd, 0.0)[:, None])
        if sign.per_knee:
            value = value - _slack(sign, seen, table)[:, None]
        if not sign.is_flat:
            use = use & paced[:, None]
        weight = _weight(sign, usable, n)[:, None]
        logs += np.where(use[..., None], _log_likelihoods(sign, value, sd, weight), 0.0)
        if sign.per_side and column.value.ndim == 2:
            own |= use
    return {
        link: _calibrated(link, chance, usable, table)
        for link, chance in _chances(logs, own, table).items()
    }


def usable_of(seen: Seen, tests: Sequence[Activity]) -> dict[str, Flags]:
    """Return of every measure who has it, (n, 2)."""
    return {
        column.name: ~_legs(column.missing) for column in seen.columns if column.activity in tests
    }


def _slack(sign: Sign, seen: Seen, table: EvidenceTable) -> Array:
    """Return what the knees gave of a sign, as `findings.knees`; its error is in the measure's."""
    row = next(one for one in table.signs if one.measure == "knee_bend")
    knee = seen.column("knee_bend")
    share = row.sd_pop**2 / (row.sd_pop**2 + knee.sd**2)
    more = np.maximum(share * (knee.value - row.mean), 0.0)
    return np.where(knee.missing, 0.0, sign.per_knee * more)


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
    for row, at in rows_that_hold(link, usable, table, table.calibrations):
        chosen = at if chance.ndim == 2 else at[:, 0]
        found = np.where(chosen, row.probability(chance, table.priors[link]), found)
    return found


def rows_that_hold(
    link: Link, usable: Mapping[str, Flags], table: EvidenceTable, rows: Sequence[Calibration]
) -> Iterator[tuple[Calibration, Flags]]:
    """Yield each row of a link with those for whom it is the one, (n, 2)."""
    signs = [s for s in table.signs if s.measure in usable and s.effect[link]]
    shape = next(iter(usable.values())).shape
    nobody = np.zeros(shape, dtype=bool)

    def seen(name: str) -> Flags:
        own = [usable[s.measure] for s in signs if name in {"", s.measure, s.activity.value}]
        some = np.any([nobody, *own], axis=0)
        # the legs count for the whole body, and each for its own calf
        return some if link is Link.CALF else np.repeat(some.any(axis=1)[:, None], 2, axis=1)

    left = seen("")
    for row in rows:
        if row.link is link:
            at = np.all([left, *map(seen, row.seen)], axis=0)
            left = left & ~at
            yield row, at


def _chances(logs: Array, own: Flags, table: EvidenceTable) -> Mapping[Link, Array]:
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
            found[link] = mean[:, place]
    return found
