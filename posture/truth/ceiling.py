"""What an outline can tell of the pelvis at all: learnt from outlines without error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.settings import Settings
from posture.signals.estimate import Estimator
from posture.truth.stills import TOPS, natural_line_deg
from posture.truth.train import STANDING, Body, last_trained_on, lessons, trained
from posture.types import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """How well the pelvis of natural people is read, by what it is read from."""

    read_from: str
    bodies: int  # natural ones, none of them trained on
    mae_deg: float  # of the pelvis itself
    skill: float  # of its tilt, bone shape and all
    skill_drawn_in: float  # drawn towards people's mean as far as the other half of them asks


def ceilings(found: Sequence[Body], seed: int) -> list[Ceiling]:
    """Return what outlines without error reach, by estimators trained on such outlines.

    The last fifth of the bodies is not trained on; of those the natural ones count, in the two
    poses that people stand in.
    """
    last = last_trained_on(found)
    known, aside = ([b for b in found if (b.number <= last) is side] for side in (True, False))
    people = [b for b in known if natural_line_deg(seed, b.number) is not None]
    fitted = [b for b in aside if TOPS[b.top] in {"bare", "fitted"}]
    told = "without error, networks trained on"
    every = _learnt(known, seed)
    return [
        ceiling("the posture itself", aside, seed, None),
        ceiling(f"outlines {told} {len(known)} such bodies", aside, seed, every),
        ceiling("the same; those bare or in fitted clothes", fitted, seed, every),
        ceiling(f"outlines {told} half as many", aside, seed, _learnt(known[::2], seed)),
        ceiling(f"outlines {told} the {len(people)} natural", aside, seed, _learnt(people, seed)),
    ]


def _learnt(known: Sequence[Body], seed: int) -> Estimator:
    rows = lessons(list(known))["standing"]
    # the last body is kept for the errors, which nobody asks for
    return trained(rows, STANDING, seed, max(body.number for body in known) - 1)[0]


def ceiling(told: str, of: Sequence[Body], seed: int, made: Estimator | None) -> Ceiling:
    """Return how well natural people's pelvis is read; by nobody, but known, without `made`."""
    pelvis, tilt, numbers = [], [], []
    for body in of:
        line = natural_line_deg(seed, body.number)
        for shape, truth in list(zip(body.shapes, body.truth, strict=True))[:2]:
            if line is not None and shape is not None:
                said = float(truth[0]) if made is None else made(shape).values["pelvis"]
                pelvis.append((said, float(truth[0])))
                tilt.append((_NEUTRAL_DEG + said, line + float(truth[0])))
                numbers.append(body.number)
    said_deg, true_deg = np.array(tilt).T
    usual = np.abs(true_deg - true_deg.mean()).mean()
    drawn_in = _drawn_in(said_deg, true_deg, np.array(numbers) % 2)
    return Ceiling(
        read_from=told,
        bodies=len(set(numbers)),
        mae_deg=float(np.mean([abs(said - true) for said, true in pelvis])),
        skill=float(1 - np.abs(said_deg - true_deg).mean() / usual),
        skill_drawn_in=float(1 - np.abs(drawn_in - true_deg).mean() / usual),
    )


def _drawn_in(said: Floats, true: Floats, half: NDArray[np.int64]) -> Floats:
    """Return what was said, drawn towards the mean by a line through the other half of people."""
    found = said.copy()
    for one in (0, 1):
        mine, others = half == one, half != one
        if others.sum() > 1:
            found[mine] = np.polyval(np.polyfit(said[others], true[others], 1), said[mine])
    return found


_NEUTRAL_DEG = Settings().standing.neutral_tilt_deg
