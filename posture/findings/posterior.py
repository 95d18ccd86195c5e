"""Exact Bayes over the eight states of hamstring, calf and back, each restricted or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from posture.findings.calibration import Calibration, Chance, calibration_of
from posture.findings.evidence import JUDGED, EvidenceTable, Sign
from posture.findings.readings import Reading, Run
from posture.types import Activity, Evidence, Expected, Floats, Link, Side

Key = tuple[str, Activity, Side]  # of a reading
Logs = Mapping[Key, Floats]  # of one run: each reading's log-likelihoods, (states,)

STATES = tuple(product((0, 1), repeat=len(JUDGED)))
_ON: Floats = np.array(STATES, dtype=float)  # (STATES, links)
FLOAT_NOISE_NATS = 1e-9  # below this a contribution is rounding, not evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What all readings together say about one link."""

    link: Link
    prior: float
    probability: float
    nats: float  # logit of the probability minus logit of the prior
    evidence: tuple[Evidence, ...]  # every reading that moved it, the strongest first
    signs: tuple[Sign, ...]  # those with an effect of this link; both legs' count once


def weigh(link: Link, runs: Sequence[Run], table: EvidenceTable) -> Weighed:
    """Return the probability that a link is restricted, and what each sign did to it.

    The contribution of a sign is the evidence with it minus the evidence without it, so what one
    sign explains away of another is in the numbers; it is told in the odds that all signs are told
    in. What the link would be without the sign is judged anew, as that case is calibrated. With
    two legs the probabilities are averaged.

    Source
        docs/method.md, section 6.1; the average over legs is ours.
    """
    prior = table.priors[link]
    logs = [logs_of(run) for run in runs]
    readings = {reading.key: reading for run in runs for reading in run.readings}
    told = {reading.sign.measure: reading.sign for reading in readings.values()}
    signs = tuple(sign for sign in told.values() if sign.effect[link])
    chance, *chances = _chances_without_each(link, logs, [*readings], table.priors)
    probability, *without = (calibrated(link, c, signs, table) for c in (chance, *chances))
    evidence = [
        Evidence(
            measure=reading.measure,
            contribution_nats=logit(probability) - logit(less),
            expected=_expected(reading, link),
            without=calibrated(link, alone, _signs_without(reading, readings, link), table),
        )
        for reading, less, alone in zip(readings.values(), without, chances, strict=True)
        if abs(logit(probability) - logit(less)) > FLOAT_NOISE_NATS
    ]
    return Weighed(
        link=link,
        prior=prior,
        probability=probability,
        nats=logit(probability) - logit(prior),
        evidence=tuple(sorted(evidence, key=lambda e: -abs(e.contribution_nats))),
        signs=signs,
    )


def _signs_without(
    left_out: Reading, readings: Mapping[Key, Reading], link: Link
) -> tuple[Sign, ...]:
    """Return the signs of a link that there are without one reading."""
    kept = [r.sign for key, r in readings.items() if key != left_out.key and r.sign.effect[link]]
    return tuple({sign.measure: sign for sign in kept}.values())


def calibrated(link: Link, chance: Chance, signs: Sequence[Sign], table: EvidenceTable) -> Chance:
    """Return the probability to tell, from the model's own; the same where nothing was seen.

    Source
        calibration.toml: fitted on simulated bodies of known restriction.
    """
    row = row_of(link, signs, table)
    return row.probability(chance, table.priors[link]) if row and signs else chance


def row_of(link: Link, signs: Sequence[Sign], table: EvidenceTable) -> Calibration | None:
    """Return the calibration of a link that these signs speak of."""
    seen = {name for sign in signs for name in (sign.measure, sign.activity.value)}
    return calibration_of(link, seen, table.calibrations)


def logs_of(run: Run) -> dict[Key, Floats]:
    """Return the log-likelihoods of a run's readings in each of the STATES."""
    return {
        r.key: state_logs(r.sign, np.array([r.value]), sd=r.sd, weight=r.weight)[0]
        for r in run.readings
    }


def state_logs(sign: Sign, values: Floats, *, sd: Floats | float, weight: Floats | float) -> Floats:
    """Return the tempered, capped log-likelihoods of values of a sign: (..., STATES).

    A value at the floor is censored: its likelihood is that of a value at or below it. `sd` is
    that of the measurement, in the sign's unit; it and the weight are one for all values, or one
    for each.

    Source
        docs/method.md, section 6.1; censoring is ours.
    """
    wide = (
        math.hypot(sign.sd_pop, sd)
        if isinstance(sd, int | float)
        else np.hypot(sign.sd_pop, sd)[..., None]
    )
    z = (values[..., None] - means_of(sign)) / wide
    logs = -0.5 * z * z
    low = np.zeros(values.shape, dtype=bool) if sign.floor is None else values <= sign.floor
    if low.any():
        logs[low] = [[_log_share_below(one) for one in row] for row in z[low].tolist()]
    logs = np.asarray(weight)[..., None] * logs
    least = logs.max(axis=-1, keepdims=True) - math.log(sign.cap)
    capped: Floats = np.maximum(logs, least)
    return capped


def _log_share_below(z: float) -> float:
    """Return the logarithm of the share of a normal distribution below `z`."""
    if z > _FAR_BELOW:
        return math.log(0.5 * math.erfc(-z / math.sqrt(2)))
    # the share itself is too small for a number; its asymptotic series is not
    return -0.5 * z * z - math.log(-z * math.sqrt(2 * math.pi)) - 1 / z**2


_FAR_BELOW = -35.0


def means_of(sign: Sign) -> Floats:
    """Return what a sign is expected to be in each of the STATES."""
    means: Floats = sign.mean + _ON @ np.array([sign.effect[link] for link in JUDGED])
    return means


def state_chances(logs: Floats, priors: Mapping[Link, float]) -> Floats:
    """Return the posterior over the STATES from summed log-likelihoods, (..., STATES)."""
    odds = np.array([logit(priors[link]) for link in JUDGED])
    total = logs + _ON @ odds  # less a constant that cancels
    weights = np.exp(total - total.max(axis=-1, keepdims=True))
    chances: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return chances


def chance_of(link: Link, chances: Floats) -> Floats:
    """Return the probability of a link out of that of the STATES, (...,)."""
    chance: Floats = chances @ _ON[:, JUDGED.index(link)]
    return chance


def summed(logs: Logs) -> Floats:
    """Return a run's log-likelihoods over all its readings, (STATES,)."""
    total: Floats = np.sum([np.zeros(len(STATES)), *logs.values()], axis=0)
    return total


def logit(probability: float) -> float:
    """Return the log of the odds."""
    return math.log(probability / (1 - probability))


def _chances_without_each(
    link: Link, runs: Sequence[Logs], keys: Sequence[Key], priors: Mapping[Link, float]
) -> list[float]:
    """Return the probability, averaged over the runs: with all readings, then without each."""
    each = []
    for run in runs:
        of_keys = np.array([run.get(key, np.zeros(len(STATES))) for key in keys])
        total = summed(run)
        rows = np.vstack([total[None], total - of_keys]) if keys else total[None]
        each.append(chance_of(link, state_chances(rows, priors)))
    return [float(chance) for chance in np.mean(each, axis=0)]


def _expected(reading: Reading, link: Link) -> Expected:
    sign, at_speed = reading.sign, reading.measure.value - reading.value
    return Expected(
        free=sign.mean + at_speed,
        restricted=sign.mean + sign.effect[link] + at_speed,
        people_sd=sign.sd_pop,
        weight=reading.weight,
        cap=sign.cap,
        source=sign.source,
    )
