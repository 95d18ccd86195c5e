"""What people of a generator have in common with published samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from posture.truth.restriction import hard, soft
from posture.truth.restriction.people import Array, Bodies, Order

Generator = Callable[[Order], Bodies]
GENERATORS: dict[str, Generator] = {hard.NAME: hard.people, soft.NAME: soft.people}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """One correlation as published, and as the bodies have it."""

    what: str
    published: float
    source: str
    here: float


def couplings(bodies: Bodies) -> tuple[Coupling, ...]:
    """Return the correlations that a study of these bodies would find, cameras left out."""
    lunge = bodies.sided["lunge_dorsiflexion_straight"][:, 0]
    ankle = bodies.sided["peak_dorsiflexion"][:, 0]
    raised = bodies.sided["leg_raise_angle"][:, 0]
    hip, fingertip = bodies.bend["pelvis_on_thigh_flexion"], bodies.fingertip_m
    return (
        Coupling(
            what="straight-knee lunge, peak dorsiflexion in walking",
            published=0.52,
            source="F10",
            here=_r(lunge, ankle),
        ),
        Coupling(
            what="fingertip-floor distance, hip flexion in the bend",
            published=-0.79,
            source="Kippers & Parker 1987",
            here=_r(fingertip, hip),
        ),
        Coupling(
            what="leg raise, fingertip-floor distance",
            published=-0.57,
            source="Hansberger 2019",
            here=_r(raised, fingertip),
        ),
    )


def _r(one: Array, other: Array) -> float:
    return float(np.corrcoef(one, other)[0, 1])
