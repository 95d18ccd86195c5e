"""What thousands of people's signs are, for the posterior of `posture.findings.posterior`.

Only what a score needs in bulk: the probabilities, the same as of `assess`, which a test holds.
Levels and verdicts come from `assess`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from posture.findings.calibration import Calibration
from posture.findings.evidence import JUDGED, EvidenceTable, Sign
from posture.findings.posterior import STATES, chance_of, state_chances, state_logs
from posture.truth.restriction.people import Array
from posture.truth.restriction.seen import WALK, Flags, Seen
from posture.types import Activity, Link

Scalar = TypeVar("Scalar", bound=np.generic)


def probabilities(
    seen: Seen, tests: Sequence[Activity], table: EvidenceTable
) -> Mapping[Link, Array]:
    """Return every person's probability of each link: calf (n, 2) left and right, others (n,)."""
    n, rules = len(seen.bodies), table.rules
    logs = np.zeros((n, 2, len(STATES)))
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
        logs += np.where(use[..., None], state_logs(sign, value, sd=sd, weight=weight), 0.0)
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
    states = state_chances(logs, table.priors)
    counts = own | ~own.any(axis=1, keepdims=True)
    found: dict[Link, Array] = {}
    for link in JUDGED:
        of_leg = chance_of(link, states)  # (n, 2)
        if link is Link.CALF:
            found[link] = np.where(counts, of_leg, np.nan)
        else:
            found[link] = (of_leg * counts).sum(axis=1) / counts.sum(axis=1)
    return found
