"""Pelvis and spine from the shape of the body: small networks, trained on rendered bodies.

The networks are in estimates.npz with the command that made them. Each answer comes with how
unlike the bodies they were trained on this one is, which widens its error. Parts of a body that
say nothing of pelvis and spine (an arm, the hair, a hem) and look like nothing seen in training
are taken as not seen: they are filled in from the rest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from posture.signals.filling import Filling
from posture.types import Floats

Layer = tuple[Floats, Floats]  # weights, biases


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the networks say of one shape."""

    values: Mapping[str, float]  # by target
    sd: Mapping[str, float]  # how far such answers were off on bodies not trained on
    unlikeness: float  # 1 = at the edge of the bodies trained on, by their 99th percentile
    unseen: tuple[str, ...] = ()  # `loose_parts` taken as not seen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimator:
    """Several networks that answer together."""

    targets: tuple[str, ...]
    centre: Floats  # (D,) of the features
    scale: Floats  # (D,)
    networks: tuple[tuple[Layer, ...], ...]
    target_centre: Floats
    target_scale: Floats
    axes: Floats  # (P, D) principal directions of the training shapes
    spans: Floats  # (P,) their standard deviations
    edge: float  # distance of the 99th percentile
    sd: Floats  # (K,) on held-out bodies

    def __call__(self, features: Floats, *, fills: bool = True) -> Estimate:
        """Return the estimate for one vector of features.

        With `fills` loose parts that are like nothing in training are taken as not seen.

        Unit
            Degrees.
        Sign
            That of each target.
        Needs
            Features laid out as in training.
        Source
            Mean of the networks; see docs/method.md for how they were trained and scored.
        """
        if features.shape != self.centre.shape:
            raise ValueError(f"expected {self.centre.shape} features, got {features.shape}")
        shape: Floats = np.clip((features - self.centre) / self.scale, -_FURTHEST, _FURTHEST)
        filling = _filling(self)
        unseen = filling.strange(shape) if fills else ()
        usual = 1.0
        if unseen:
            shape, usual = filling.filled(shape, unseen)
        answers = np.array([_through(network, shape) for network in self.networks])
        values = answers.mean(axis=0) * self.target_scale + self.target_centre
        off = float(np.sqrt(np.mean(((shape @ self.axes.T) / self.spans) ** 2)))
        away = off / usual / self.edge
        wider = widened(away, unseen=len(unseen))
        return Estimate(
            values=dict(zip(self.targets, values.tolist(), strict=True)),
            sd=dict(zip(self.targets, (self.sd * wider).tolist(), strict=True)),
            unlikeness=away,
            unseen=unseen,
        )


_FURTHEST = 6.0  # standard deviations; as in training


def _through(network: tuple[Layer, ...], shape: Floats) -> Floats:
    for weights, biases in network[:-1]:
        shape = np.maximum(shape @ weights + biases, 0.0)
    weights, biases = network[-1]
    answer: Floats = shape @ weights + biases
    return answer


@cache
def _filling(of: Estimator) -> Filling:
    return Filling(of.axes, of.spans, _FURTHEST)


@cache
def estimators() -> Mapping[str, Estimator]:
    """Read the networks.

    Source
        estimates.npz.
    """
    with as_file(files("posture.signals").joinpath("estimates.npz")) as path:
        return load_estimators(path)


@cache
def estimators_made_with() -> Mapping[str, Any]:
    """Return how the networks were made: command, seed, bodies, errors on held-out bodies.

    Source
        estimates.npz.
    """
    with (
        as_file(files("posture.signals").joinpath("estimates.npz")) as path,
        np.load(path, allow_pickle=False) as z,
    ):
        about: Mapping[str, Any] = json.loads(str(z["about"]))
        return about


def load_estimators(path: Any) -> Mapping[str, Estimator]:  # noqa: ANN401 - what numpy opens
    """Read networks from a file.

    Needs
        A file written by `pack_estimators`.
    """
    with np.load(path, allow_pickle=False) as z:
        about = json.loads(str(z["about"]))
        found = {}
        for name, targets in about["targets"].items():
            layers = about["layers"][name]
            found[name] = Estimator(
                targets=tuple(targets),
                networks=tuple(
                    tuple(
                        (_wide(z[f"{name}.{n}.{i}.weights"]), _wide(z[f"{name}.{n}.{i}.biases"]))
                        for i in range(layers)
                    )
                    for n in range(about["networks"])
                ),
                **{key: _wide(z[f"{name}.{key}"]) for key in _ARRAYS},
                edge=float(z[f"{name}.edge"]),
            )
        return found


_ARRAYS = ("centre", "scale", "target_centre", "target_scale", "axes", "spans", "sd")


def _wide(array: Floats) -> Floats:
    return np.asarray(array, dtype=np.float64)


def pack_estimators(
    found: Mapping[str, Estimator], about: Mapping[str, object]
) -> dict[str, Floats]:
    """Return the arrays that `load_estimators` reads; `about` says how they were made.

    Needs
        As many networks and layers in each.
    """
    first = next(iter(found.values()))
    told = {
        **about,
        "targets": {name: list(e.targets) for name, e in found.items()},
        "layers": {name: len(e.networks[0]) for name, e in found.items()},
        "networks": len(first.networks),
    }
    arrays: dict[str, Any] = {"about": np.array(json.dumps(told))}
    for name, e in found.items():
        arrays |= {
            f"{name}.{key}": np.asarray(getattr(e, key), dtype=np.float32) for key in _ARRAYS
        }
        arrays[f"{name}.edge"] = np.float64(e.edge)
        for n, network in enumerate(e.networks):
            for i, (weights, biases) in enumerate(network):
                arrays[f"{name}.{n}.{i}.weights"] = weights.astype(np.float16)
                arrays[f"{name}.{n}.{i}.biases"] = biases.astype(np.float32)
    return arrays


def widened(unlikeness: float, *, unseen: int = 0) -> float:
    """Return how much larger an error is than for the usual bodies of the kind trained on.

    Unit
        Ratio, 1 or more.
    Sign
        Positive.
    Needs
        `Estimate.unlikeness`, and how many parts were taken as not seen.
    Source
        Ours: 1 in the middle of the training bodies, then with the distance. Set on bodies of
        known truth seen otherwise than in training (their outlines without error, `posture truth
        outlines`), whose errors grow so; 1.2 for filled parts, as errors of the upper back and of
        flexion grew in 128 rendered clips whose arms and head were taken as not seen.
    """
    return max(1.0, unlikeness / _WIDENS_FROM) * (_FILLED_WIDENS if unseen else 1.0)


_WIDENS_FROM = 0.5
_FILLED_WIDENS = 1.2


def is_like_the_trained(unlikeness: float) -> bool:
    """Return whether a shape is near enough to those trained on to be answered at all.

    Needs
        `Estimate.unlikeness`.
    Source
        Ours: twice as far out as 99 in 100 of the training bodies is another kind of thing.
    """
    return math.isfinite(unlikeness) and unlikeness < _ANOTHER_KIND


_ANOTHER_KIND = 2.0
