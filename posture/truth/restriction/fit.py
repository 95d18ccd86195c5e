"""Fit how evidence turns into a probability, on bodies of the first generator alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from posture.findings.calibration import Calibration
from posture.findings.evidence import EvidenceTable
from posture.truth.restriction import hard
from posture.truth.restriction.batch import probabilities
from posture.truth.restriction.people import BORDERLINE, CLEAR, Array, Order
from posture.truth.restriction.seen import BEND, LUNGE, RAISE, WALK, Flags, see
from posture.types import Activity, Floats, Link

_CASES: tuple[tuple[Link, Activity | None, tuple[Activity, ...]], ...] = (
    (Link.HAMSTRING, RAISE, (BEND, WALK, LUNGE, RAISE)),
    (Link.HAMSTRING, None, (BEND, WALK, LUNGE)),
    (Link.CALF, LUNGE, (BEND, WALK, LUNGE)),
    (Link.CALF, None, (BEND, WALK)),
    (Link.BACK, None, (BEND, WALK, LUNGE)),
)


_LEVELS = (0.70, 0.80, 0.90)  # from which a link could be suggested


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One row, and how many bits a probability is off before and after, on bodies held out."""

    row: Calibration
    people: int
    loss_before: float
    loss_after: float


def fit(count: int, seed: int, table: EvidenceTable, command: str) -> tuple[Fitted, ...]:
    """Return one row per link and deciding test, fitted on half of the people.

    Borderline links are neither stiff nor free, and are left out.
    """
    raw = replace(table, calibrations=())
    seen = see(hard.people(Order(count=count, seed=seed)))
    half = np.arange(count) % 2 == 0
    found = []
    for link, test, tests in _CASES:
        chance = probabilities(seen, tests, raw)[link]
        chance = chance if chance.ndim == 1 else chance[:, 0]  # the legs are alike: one is enough
        level = seen.bodies.level[link]
        known = (level != BORDERLINE) & np.isfinite(chance)
        row = _row(link, test, chance[known & half], level[known & half] == CLEAR, table, command)
        out, truth = chance[known & ~half], level[known & ~half] == CLEAR
        found.append(
            Fitted(
                row=row,
                people=int((known & half).sum()),
                loss_before=_loss(out, truth),
                loss_after=_loss(row.probability(out, table.priors[link]), truth),
            )
        )
    return tuple(found)


def _row(
    link: Link,
    test: Activity | None,
    chance: Array,
    truth: Flags,
    table: EvidenceTable,
    command: str,
) -> Calibration:
    """Return the row of the greatest likelihood, all tenths of the scale counting."""

    def row(shift: float, log_slope: float) -> Calibration:
        return Calibration(
            link=link, test=test, shift=shift, slope=float(np.exp(log_slope)), source=command
        )

    def loss(at: Array) -> float:
        told = row(float(at[0]), float(at[1])).probability(chance, table.priors[link])
        return _loss(told, truth, _evened(chance))

    shift, log_slope = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    rounded = row(float(shift), float(log_slope))
    return replace(rounded, shift=round(rounded.shift, 2), slope=round(rounded.slope, 2))


def _evened(chance: Array) -> Array:
    """Return weights by which rare probabilities count for more, by the root of their number.

    Otherwise the many that are told next to nothing decide what the few are told.
    """
    tenth = np.minimum((10 * chance).astype(int), 9)
    return np.asarray(1 / np.sqrt(np.bincount(tenth, minlength=10)[tenth]))


def _loss(chance: Floats, truth: Flags, weights: Array | None = None) -> float:
    """Return the mean surprise, nats."""
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    return float(-np.average(np.where(truth, np.log(inside), np.log1p(-inside)), weights=weights))


def accused(count: int, seed: int, table: EvidenceTable) -> dict[float, float]:
    """Return the share of free bodies with some link at or over each level: bend, walk, lunge."""
    seen = see(hard.people(Order(who="free", count=count, seed=seed)))
    told = probabilities(seen, (BEND, WALK, LUNGE), table)
    highest = np.max(
        [
            np.nan_to_num(chance if chance.ndim == 1 else chance.max(axis=1), nan=0.0)
            for chance in told.values()
        ],
        axis=0,
    )
    return {level: float((highest >= level).mean()) for level in _LEVELS}


def as_toml(fitted: Sequence[Fitted], free: Mapping[float, float], command: str) -> str:
    """Return the text of calibration.toml."""
    head = [
        "# How evidence turns into a probability: logit(P) = logit(prior) + shift + slope x nats.",
        "# Fitted on simulated bodies, never on people, and on no body that samples/findings.md",
        "# scores. A row holds where a sign of its `test` speaks of the link; without, always.",
        "# loss: mean surprise in nats on the half not fitted to, before and after.",
        "#",
        "# Free bodies of the same generator and seed with some link at or over a probability,",
        "# which is what rule.suggested_probability in evidence.toml rests on:",
        *(f"#   {level:.2f}  {share:.1%}" for level, share in free.items()),
        "",
        f'source = "fitted: {command}; {fitted[0].people} of its people, the first generator"',
    ]
    for one in fitted:
        row = one.row
        head += [
            "",
            "[[calibration]]",
            f'link  = "{row.link.value}"',
            *([f'test  = "{row.test.value}"'] if row.test else []),
            f"shift = {row.shift}",
            f"slope = {row.slope}",
            f"loss  = [{one.loss_before:.3f}, {one.loss_after:.3f}]",
        ]
    return "\n".join(head) + "\n"
