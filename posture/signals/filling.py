"""A body's loose parts, where they are like nothing seen before: filled in from the rest of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.signals.shape import FEATURES, loose_parts
from posture.types import Floats

_Places = NDArray[np.int64]

# ours, standard deviations (root mean square over a part): in 128 rendered clips at most 4 in 100
# frames have a part beyond it, in real standing with raised arms nearly all
_STRANGE = 3.0
_LEAST_LEFT = 0.03  # ours; of a feature's variance, so that no two features are one


class Filling:
    """What the rest of a body says of its loose parts, by how bodies trained on vary together.

    Principal directions and what they leave over make a Gaussian of all features, each of variance
    1; a part is strange where it lies further off what the rest of the body makes of it than
    `_STRANGE`.
    """

    def __init__(self, axes: Floats, spans: Floats, furthest: float) -> None:
        spread = axes.T * spans
        left_over = np.clip(1.0 - (spread**2).sum(axis=1), _LEAST_LEFT, None)
        size = axes.shape[1]
        # a judge of yes and no keeps no record of its bodies
        parts = loose_parts() if axes.any() and size % FEATURES == 0 else {}
        self._furthest = furthest
        self._reads = axes / spans[:, None]
        self._spread, self._left_over = spread, left_over
        self._parts: dict[str, _Places] = {
            name: np.concatenate([np.array(at) + start for start in range(0, size, FEATURES)])
            for name, at in parts.items()
        }
        loose = [int(at) for found in self._parts.values() for at in found]
        self._core: _Places = np.setdiff1d(np.arange(size), loose)
        self._of_core = {name: self._given(part, self._core) for name, part in self._parts.items()}
        self._kept: dict[tuple[str, ...], tuple[_Places, _Places, Floats, float]] = {}

    def _together(self, some: _Places, others: _Places) -> Floats:
        """Return how features vary together."""
        own = np.where(some[:, None] == others, self._left_over[some][:, None], 0.0)
        return np.asarray(self._spread[some] @ self._spread[others].T + own)

    def _given(self, part: _Places, rest: _Places) -> tuple[Floats, Floats]:
        """Return what the rest makes of a part: a matrix, and the inverse of what then varies.

        The rest says it by way of the principal directions, which are few (Woodbury's identity).
        """
        spread = self._spread[rest]
        weighted = spread.T / self._left_over[rest]
        inner = np.eye(spread.shape[1]) + weighted @ spread
        says = self._spread[part] @ np.linalg.solve(inner, weighted)
        varies = self._together(part, part) - says @ self._together(rest, part)
        return says, np.linalg.inv(varies)

    def strange(self, shape: Floats) -> tuple[str, ...]:
        """Return the loose parts of a standardised shape that are like nothing in training.

        Unit
            Names, as `loose_parts` has them.
        Needs
            Features in standard deviations of the training's.
        Source
            Ours: how far each part lies off what the firm parts of the body make of it.
        """
        found = []
        for name, part in self._parts.items():
            says, inverse = self._of_core[name]
            off = shape[part] - says @ shape[self._core]
            if off @ inverse @ off > _STRANGE**2 * len(part):
                found.append(name)
        return tuple(found)

    def filled(self, shape: Floats, unseen: tuple[str, ...]) -> tuple[Floats, float]:
        """Return the shape with parts filled in, and how far out bodies so filled usually lie.

        Unit
            Standard deviations; the distance in those of a body seen whole, at most 1.
        Needs
            Names of `loose_parts`.
        Source
            The mean of a Gaussian, given what is seen.
        """
        if unseen not in self._kept:
            part = np.unique(np.concatenate([self._parts[name] for name in unseen]))
            rest = np.setdiff1d(np.arange(len(shape)), part)
            says, _ = self._given(part, rest)
            reads = self._reads[:, rest] + self._reads[:, part] @ says
            varies = reads @ self._together(rest, rest) @ reads.T
            usual = float(np.sqrt(np.trace(varies) / len(reads)))
            self._kept[unseen] = part, rest, says, min(usual, 1.0)
        part, rest, says, usual = self._kept[unseen]
        whole = shape.copy()
        whole[part] = np.clip(says @ shape[rest], -self._furthest, self._furthest)
        return whole, usual
