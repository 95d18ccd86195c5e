"""Exact Bayes over the eight states of hamstring, calf and back, each restricted or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from scipy.special import log_ndtr

from posture.findings.evidence import JUDGED, EvidenceTable, Sign
from posture.findings.readings import Reading, Run
from posture.types import Activity, Evidence, Link, Side

Key = tuple[str, Activity, Side]  # of a reading
StateLogs = tuple[float, ...]  # one number per state

STATES = tuple(product((0, 1), repeat=len(JUDGED)))
FLOAT_NOISE_NATS = 1e-9  # below this a contribution is rounding, not evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What all readings together say about one link."""

    link: Link
    probability: float
    nats: float  # logit of the probability minus logit of the prior
    evidence: tuple[Evidence, ...]  # every reading that moved it, the strongest first
    signs: tuple[Sign, ...]  # those with an effect of this link; both legs' count once


def weigh(link: Link, runs: Sequence[Run], table: EvidenceTable) -> Weighed:
    """Return the probability that a link is restricted, and what each sign did to it.

    The contribution of a sign is the evidence with it minus the evidence without it, so what one
    sign explains away of another is in the numbers. With two legs the probabilities are averaged.

    Source
        docs/method.md, section 6.1; the average over legs is ours.
    """
    prior = table.priors[link]
    logs = [{r.key: log_likelihoods(r) for r in run.readings} for run in runs]
    probability = _probability(link, logs, table.priors)
    readings = {reading.key: reading for run in runs for reading in run.readings}
    evidence = []
    for key, reading in readings.items():
        without = [{other: log for other, log in run.items() if other != key} for run in logs]
        nats = logit(probability) - logit(_probability(link, without, table.priors))
        if abs(nats) > FLOAT_NOISE_NATS:
            evidence.append(Evidence(measure=reading.measure, contribution_nats=nats))
    signs = [reading.sign for reading in readings.values()]
    return Weighed(
        link=link,
        probability=probability,
        nats=logit(probability) - logit(prior),
        evidence=tuple(sorted(evidence, key=lambda e: -abs(e.contribution_nats))),
        signs=tuple({s.measure: s for s in signs if s.effect[link]}.values()),
    )


def log_likelihoods(reading: Reading) -> StateLogs:
    """Return the tempered, capped log-likelihood of a reading in each of the STATES.

    A reading at the floor is censored: its likelihood is that of a value at or below it.

    Source
        docs/method.md, section 6.1; censoring is ours.
    """
    sign, sd = reading.sign, math.hypot(reading.sign.sd_pop, reading.sd)
    logs = []
    for state in STATES:
        mean = sign.mean + sum(
            sign.effect[link] * on for link, on in zip(JUDGED, state, strict=True)
        )
        z = (reading.value - mean) / sd
        logs.append(reading.weight * (float(log_ndtr(z)) if reading.is_censored else -0.5 * z * z))
    least = max(logs) - math.log(sign.cap)
    return tuple(max(log, least) for log in logs)


def logit(probability: float) -> float:
    """Return the log of the odds."""
    return math.log(probability / (1 - probability))


def _probability(
    link: Link, runs: Sequence[Mapping[Key, StateLogs]], priors: Mapping[Link, float]
) -> float:
    """Return the probability of a restriction, averaged over the runs."""
    each = [_probability_in(link, list(run.values()), priors) for run in runs]
    return math.fsum(each) / len(each)


def _probability_in(
    link: Link, likelihoods: Sequence[StateLogs], priors: Mapping[Link, float]
) -> float:
    logs = [
        math.fsum(
            math.log(priors[latent] if on else 1 - priors[latent])
            for latent, on in zip(JUDGED, state, strict=True)
        )
        + math.fsum(of_sign[number] for of_sign in likelihoods)
        for number, state in enumerate(STATES)
    ]
    top = max(logs)
    weights = [math.exp(log - top) for log in logs]
    place = JUDGED.index(link)
    on = math.fsum(w for w, state in zip(weights, STATES, strict=True) if state[place])
    return on / math.fsum(weights)
