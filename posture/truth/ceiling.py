"""What an outline can tell of the pelvis at all: learnt from outlines without error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posture.settings import Settings
from posture.signals.estimate import Estimator
from posture.truth.stills import TOPS, natural_line_deg
from posture.truth.train import STANDING, Body, last_trained_on, lessons, trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """How well the pelvis of natural people is read, by what it is read from."""

    read_from: str
    bodies: int  # natural ones, none of them trained on
    mae_deg: float  # of the pelvis itself
    skill: float  # of its tilt, bone shape and all


def ceilings(found: Sequence[Body], seed: int) -> list[Ceiling]:
    """Return what outlines without error reach, by estimators trained on such outlines.

    The last fifth of the bodies is not trained on; of those the natural ones count, in the two
    poses that people stand in.
    """
    last = last_trained_on(found)
    made, _ = trained(lessons(list(found))["standing"], STANDING, seed, last)
    kept_aside = [body for body in found if body.number > last]
    fitted = [b for b in kept_aside if TOPS[b.top] in {"bare", "fitted"}]
    about = f"outlines and points without error, networks trained on {last + 1} such bodies"
    return [
        ceiling("the posture itself, without error", kept_aside, seed, None),
        ceiling(about, kept_aside, seed, made),
        ceiling(f"{about}; bare or fitted", fitted, seed, made),
    ]


def ceiling(told: str, of: Sequence[Body], seed: int, made: Estimator | None) -> Ceiling:
    """Return how well natural people's pelvis is read; by nobody, but known, without `made`."""
    error, true, natural = [], [], set()
    for body in of:
        line = natural_line_deg(seed, body.number)
        for shape, truth in list(zip(body.shapes, body.truth, strict=True))[:2]:
            if line is not None and shape is not None:
                said = truth[0] if made is None else made(shape).values["pelvis"]
                error.append((said - truth[0], _NEUTRAL_DEG + said - line - truth[0]))
                true.append(line + truth[0])
                natural.add(body.number)
    off = np.abs(np.array(error).reshape(-1, 2)).mean(axis=0)
    usual = np.abs(np.array(true) - np.mean(true)).mean()
    return Ceiling(
        read_from=told,
        bodies=len(natural),
        mae_deg=float(off[0]),
        skill=float(1 - off[1] / usual),
    )


_NEUTRAL_DEG = Settings().standing.neutral_tilt_deg
