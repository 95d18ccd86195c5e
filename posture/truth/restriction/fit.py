"""Fit how evidence turns into a probability, on bodies of the first generator alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from posture.findings.calibration import Calibration
from posture.findings.evidence import EvidenceTable
from posture.truth.restriction import hard
from posture.truth.restriction.batch import probabilities, rows_that_hold, usable_of
from posture.truth.restriction.brought import (
    BEND_AND_STRIDES,
    FEW_STRIDES,
    HIPS_ALONE,
    KNEES_ALONE,
    NO_HIPS_NO_REACH,
    NO_STANDING,
    ONE_BEND,
    PHOTO,
    REACH_ALONE,
    Case,
)
from posture.truth.restriction.people import BORDERLINE, CLEAR, Array, Bodies, Order
from posture.truth.restriction.seen import BEND, LUNGE, RAISE, WALK, Flags, see
from posture.types import Floats, Link

# What a row is fitted to: which link, where what was seen of it, on people who bring what. The
# first row of a link that holds for somebody is theirs, so what tells most stands first.
_HIPS, _GAIN, _BACK = "pelvis_on_thigh_flexion", "soft_knee_gain", "lumbar_flexion"
_REACH = "fingertip_floor"
_CHECK = Case(tests=(BEND, WALK, LUNGE))
_ROWS: tuple[tuple[Link, tuple[str, ...], tuple[Case, ...]], ...] = (
    (Link.HAMSTRING, (RAISE.value, _HIPS), (Case(tests=(BEND, WALK, LUNGE, RAISE)),)),
    (Link.HAMSTRING, (RAISE.value,), (Case(tests=(RAISE,)), Case(tests=(WALK, RAISE)))),
    (Link.HAMSTRING, (_GAIN, _HIPS), (_CHECK,)),
    (Link.HAMSTRING, (_HIPS, _REACH), (ONE_BEND, NO_STANDING, PHOTO)),
    (Link.HAMSTRING, (_HIPS,), (HIPS_ALONE,)),
    (Link.HAMSTRING, (_GAIN,), (_CHECK,)),
    (Link.HAMSTRING, (_REACH,), (REACH_ALONE,)),
    (Link.HAMSTRING, (BEND.value,), (NO_HIPS_NO_REACH,)),
    (Link.HAMSTRING, (), (FEW_STRIDES,)),
    (Link.CALF, (LUNGE.value,), (_CHECK,)),
    (Link.CALF, (BEND.value, WALK.value), (Case(tests=(BEND, WALK)), BEND_AND_STRIDES)),
    (Link.CALF, (WALK.value,), (FEW_STRIDES, Case(tests=(WALK,)))),
    (Link.CALF, (), (ONE_BEND, NO_STANDING)),
    (Link.BACK, (_BACK,), (_CHECK, NO_STANDING, PHOTO)),
    (Link.BACK, (_REACH,), (REACH_ALONE,)),
    (Link.BACK, (), (KNEES_ALONE,)),
)
# A hand far from the floor may be the hamstrings, the back, the belly or short arms: beyond a
# point further still says no more, so this row has a most.
_WITH_A_MOST = ((Link.HAMSTRING, (_REACH,)),)


_FLATTEST = 0.05  # ours; a row fitted to what says nothing still rises
_FREE_SHARE = 0.04  # ours; over all links 5 in 100 free bodies, and hamstrings are most of them
_STEPS = (0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1.0)
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
    bodies = hard.people(Order(count=count, seed=seed))
    keys = [_plain(link, seen, command) for link, seen, _ in _ROWS]
    half = np.arange(count) % 2 == 0
    free = hard.people(Order(who="free", count=count, seed=seed))
    found = []
    for key, (link, _, cases) in zip(keys, _ROWS, strict=True):
        told = [_told(key, keys, bodies, case, raw) for case in cases]
        chance = np.concatenate([chance[known & half] for chance, known in told])
        out = np.concatenate([chance[known & ~half] for chance, known in told])
        clear = bodies.level[link] == CLEAR
        truth = np.concatenate([clear[known & half] for _, known in told])
        row = _row(key, chance, truth, table)
        of_free = _told(key, keys, free, cases[0], raw)
        row = replace(row, suggested=_least(row, *of_free, table))
        held_out = np.concatenate([clear[known & ~half] for _, known in told])
        found.append(
            Fitted(
                row=row,
                people=len(chance),
                loss_before=_loss(out, held_out),
                loss_after=_loss(row.probability(out, table.priors[link]), held_out),
            )
        )
    return tuple(found)


def _least(row: Calibration, chance: Array, known: Flags, table: EvidenceTable) -> float:
    """Return from which probability so few free bodies are told this that it may be suggested."""
    told = row.probability(chance[known], table.priors[row.link])
    if (told >= table.rules.suggested_probability).mean() <= _FREE_SHARE:
        return 0.0
    return next(level for level in _STEPS if (told >= level).mean() <= _FREE_SHARE)


def _plain(link: Link, seen: tuple[str, ...], command: str) -> Calibration:
    """Return a row that changes nothing."""
    return Calibration(link=link, seen=seen, shift=0.0, slope=1.0, source=command)


def _told(
    key: Calibration, keys: Sequence[Calibration], bodies: Bodies, case: Case, raw: EvidenceTable
) -> tuple[Array, Flags]:
    """Return the model's own probability, and whose row this one is; borderline people left out."""
    seen = see(bodies, way=case.way)
    chance = probabilities(seen, case.tests, raw)[key.link]
    chance = chance if chance.ndim == 1 else chance[:, 0]  # the legs are alike: one is enough
    holds = rows_that_hold(key.link, usable_of(seen, case.tests), raw, keys)
    at = next(at for row, at in holds if row is key)[:, 0]
    return chance, at & (bodies.level[key.link] != BORDERLINE) & np.isfinite(chance)


def _row(key: Calibration, chance: Array, truth: Flags, table: EvidenceTable) -> Calibration:
    """Return the row of the greatest likelihood, all tenths of the scale counting."""
    has_most = (key.link, key.seen) in _WITH_A_MOST

    def row(at: Array) -> Calibration:
        fitted = replace(key, shift=float(at[0]), slope=float(np.exp(at[1])))
        return replace(fitted, most=float(expit(at[2]))) if has_most else fitted

    def loss(at: Array) -> float:
        told = row(at).probability(chance, table.priors[key.link])
        return _loss(told, truth, _evened(chance))

    start = np.array([0.0, 0.0, 0.5] if has_most else [0.0, 0.0])
    found = row(minimize(loss, start, method="Nelder-Mead").x)
    return replace(
        found,
        shift=round(found.shift, 2),
        slope=max(round(found.slope, 2), _FLATTEST),
        most=round(found.most, 2),
    )


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
        "# scores. A row holds where all that it names in `seen` (signs, or activities with some",
        "# sign) speaks of the link; the first that holds counts. most: no evidence of this kind",
        "# makes the link likelier. suggested: at least this likely to be suggested, where by the",
        f"# rule's own number more than {_FREE_SHARE:.0%} of free bodies would be.",
        "# loss: mean surprise in nats on the half not fitted to, before and after.",
        "#",
        "# Free bodies of the same generator and seed with some link at or over a probability,",
        "# which is what rule.suggested_probability in evidence.toml rests on:",
        *(f"#   {level:.2f}  {share:.1%}" for level, share in free.items()),
        "",
        f'source = "fitted: {command}; half of its people, the first generator"',
    ]
    for one in fitted:
        row = one.row
        head += [
            "",
            "[[calibration]]",
            f'link  = "{row.link.value}"',
            f"seen  = {json.dumps(row.seen)}",
            f"shift = {row.shift}",
            f"slope = {row.slope}",
            *([f"most  = {row.most}"] if row.most < 1 else []),
            *([f"suggested = {row.suggested}"] if row.suggested else []),
            f"loss  = [{one.loss_before:.3f}, {one.loss_after:.3f}]",
        ]
    return "\n".join(head) + "\n"
