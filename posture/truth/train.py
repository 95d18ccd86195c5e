"""Train the estimators of `posture.signals.estimate` on rendered bodies, as the model sees them.

Nothing here sees a clean mask: features come from the pose model's own points and outline, through
the very function that reads them in an analysis. Bodies are split: the last fifth is never trained
on and gives the errors that are written beside the networks. Needs scikit-learn, predicting does
not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from posture.files import whole_file
from posture.landmarks.skeleton import NAMES
from posture.signals.estimate import (
    Estimator,
    Layer,
    estimators,
    estimators_made_with,
    pack_estimators,
)
from posture.signals.frame import body_size_px
from posture.signals.geometry import inclination_deg
from posture.signals.shape import bend_features, shape_features
from posture.truth.stills import TOPS
from posture.types import Clip, Floats, Landmarks, Person, Reason, Side

STANDING = ("pelvis", "lordosis", "kyphosis")
BEND = ("pelvic_rotation", "pelvis_on_thigh_flexion", "lumbar_flexion", "thoracic_flexion")
LIMBS = ("trunk", "thigh", "shank")
HANGING = ("log_odds",)  # that a top hangs straight down and hides the back
CHANGE = ("pelvis", "lordosis")  # of one person between two standing pictures
_NETWORKS, _HIDDEN = 6, (64,)
_HELD_OUT = 0.2  # of the bodies
_AXES = 40
# columns of `true_px` in the stills: left, then right
_TRUE = ("shoulder", "hip", "knee", "ankle", "heel", "toe", "fingertip", "wrist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One body's pictures: features, and what is true."""

    number: int
    shapes: tuple[Floats | None, ...]
    bent: NDArray[np.bool_]
    truth: Floats  # (T, 5), columns as `stills.TRUTH`
    limbs: Floats  # (T, 3), columns as `LIMBS`
    yaw_deg: float
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Rows to learn from."""

    features: Floats
    targets: Floats
    bodies: NDArray[np.int64]
    bent: NDArray[np.bool_]


def bodies(folder: Path) -> Iterator[Body]:
    """Yield every body whose pictures lie in a folder written by `stills.collect`."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as z:
            arrays = {name: z[name] for name in z.files}
        for number in np.unique(arrays["body"][:, 0]):
            rows = np.flatnonzero(arrays["body"][:, 0] == number)
            yield _body(int(number), {name: array[rows] for name, array in arrays.items()})


def _body(number: int, rows: Mapping[str, Floats]) -> Body:
    is_left = bool(rows["body"][0, 2])
    side, facing = (Side.LEFT, -1.0) if is_left else (Side.RIGHT, 1.0)
    seen = _landmarks(rows)
    forward = np.full(len(seen.time_s), facing)
    body_px = body_size_px(seen, (0, 1))
    offset = 0 if is_left else len(_TRUE)
    true = {name: rows["true_px"][:, offset + i] for i, name in enumerate(_TRUE)}
    limbs = np.stack(
        [
            inclination_deg(true["shoulder"], true["hip"], forward),
            inclination_deg(true["hip"], true["knee"], forward),
            inclination_deg(true["knee"], true["ankle"], forward),
        ],
        axis=1,
    )
    return Body(
        number=number,
        shapes=tuple(
            shape_features(seen, forward, side, frame, body_px) for frame in range(len(forward))
        ),
        bent=rows["body"][:, 1].astype(bool),
        truth=rows["truth"],
        limbs=limbs,
        yaw_deg=float(rows["camera"][0, 0]),
        top=int(rows["body"][0, 3]),
    )


def _landmarks(rows: Mapping[str, Floats]) -> Landmarks:
    count = len(rows["xy_px"])
    size = (int(rows["camera"][0, 3]), int(rows["camera"][0, 4]))
    clip = Clip(
        file="", sha256="", duration_s=float(count), frames=count, size_px=size, rotation_deg=0
    )
    return Landmarks(
        time_s=np.arange(count, dtype=np.float64),
        xy_px=rows["xy_px"].astype(np.float64),
        visibility=rows["visibility"],
        world_m=None,
        names=NAMES,
        outlines=tuple(rows["outline"].astype(np.int16)),
        size_px=size,
        clip=clip,
        person=Person(
            count_seen=1, number=1, chosen_because=Reason("chosen_only_one"), seen_share=1.0
        ),
        model="",
    )


def last_trained_on(found: Sequence[Body]) -> int:
    """Return the number of the last body that is trained on; those after it are kept aside."""
    return int(np.quantile([body.number for body in found], 1 - _HELD_OUT))


def lessons(of: list[Body]) -> Mapping[str, Lessons]:
    """Return the rows of each estimator."""
    rows: dict[str, list[tuple[Floats, list[float], int, bool]]] = {
        "standing": [],
        "bend": [],
        "limbs": [],
        "change": [],
        "hanging": [],
    }
    for body in of:
        rows["change"] += _changes(body)
        neutral, start = body.shapes[0], body.truth[0]
        for frame, shape in enumerate(body.shapes):
            if shape is None:
                continue
            now = body.truth[frame]
            bent = bool(body.bent[frame])
            rows["limbs"].append((shape, body.limbs[frame].tolist(), body.number, bent))
            if not bent:
                hangs = float(body.top == TOPS.index("hanging"))
                rows["hanging"].append((shape, [hangs], body.number, False))
                rows["standing"].append((shape, [now[0], -now[1], now[2]], body.number, False))
            elif neutral is not None and not body.bent[0]:
                turned = now[0] - start[0]
                flexed = turned - (now[3] - start[3])
                target = [turned, flexed, now[1] - start[1], now[2] - start[2]]
                rows["bend"].append((bend_features(shape, neutral), target, body.number, True))
    return {
        name: Lessons(
            features=np.array([row[0] for row in found]),
            targets=np.array([row[1] for row in found]),
            bodies=np.array([row[2] for row in found]),
            bent=np.array([row[3] for row in found]),
        )
        for name, found in rows.items()
    }


def _changes(body: Body) -> list[tuple[Floats, list[float], int, bool]]:
    """Return every pair of one person's standing pictures, either way round."""
    standing = [
        (shape, truth)
        for shape, truth, bent in zip(body.shapes, body.truth, body.bent, strict=True)
        if shape is not None and not bent
    ]
    return [
        (
            bend_features(shape, before),
            [float(now[0] - then[0]), float(then[1] - now[1])],
            body.number,
            False,
        )
        for (before, then), (shape, now) in permutations(standing, 2)
    ]


def _standardised(what: Lessons, known: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return centre and scale of the known rows' features, and all rows by them."""
    centre, scale = what.features[known].mean(axis=0), what.features[known].std(axis=0) + 1e-9
    return centre, scale, np.clip((what.features - centre) / scale, -6, 6)


def _answers(made: Estimator, features: Floats) -> Floats:
    """Return what an estimator says of each row, (N, K)."""
    return np.array([list(made(row).values.values()) for row in features])


def trained(
    what: Lessons, targets: tuple[str, ...], seed: int, last_body: int
) -> tuple[Estimator, Floats]:
    """Return an estimator of bodies up to `last_body`, and its errors (N, K) on those after."""
    known = what.bodies <= last_body
    centre, scale, shape = _standardised(what, known)
    target_centre, target_scale = what.targets[known].mean(axis=0), what.targets[known].std(axis=0)
    wanted = (what.targets[known] - target_centre) / target_scale
    networks = []
    for number in range(_NETWORKS):
        network = MLPRegressor(
            hidden_layer_sizes=_HIDDEN,
            alpha=1.0,
            learning_rate_init=2e-3,
            max_iter=400,
            early_stopping=True,
            n_iter_no_change=20,
            validation_fraction=0.1,
            random_state=seed * 100 + number,
        ).fit(shape[known], wanted)
        layers: tuple[Layer, ...] = tuple(zip(network.coefs_, network.intercepts_, strict=True))
        networks.append(layers)
    _, sizes, axes = np.linalg.svd(shape[known], full_matrices=False)
    spans = sizes[:_AXES] / np.sqrt(known.sum())
    away = np.sqrt(np.mean(((shape[known] @ axes[:_AXES].T) / spans) ** 2, axis=1))
    made = Estimator(
        targets=targets,
        centre=centre,
        scale=scale,
        networks=tuple(networks),
        target_centre=target_centre,
        target_scale=target_scale,
        axes=axes[:_AXES],
        spans=spans,
        edge=float(np.quantile(away, 0.99)),
        sd=np.ones(len(targets)),
    )
    errors = _answers(made, what.features[~known]) - what.targets[~known]
    return replace(made, sd=np.sqrt(np.mean(errors**2, axis=0))), errors


def _right_way(of: Lessons, errors: Floats, last_body: int) -> float:
    """Return how often a change of the pelvis over 5 deg was seen the right way round."""
    true = of.targets[of.bodies > last_body, 0]
    large = np.abs(true) > _SURE_DEG
    return round(float((np.sign(true + errors[:, 0]) == np.sign(true))[large].mean()), 4)


_SURE_DEG = 5.0


def told_apart(
    what: Lessons, targets: tuple[str, ...], seed: int, last_body: int
) -> tuple[Estimator, Floats]:
    """Return a judge of yes and no, in log odds, and how far its chances are off on later bodies.

    A line through the shapes, as many times as there are networks, each on other bodies.
    """
    known = what.bodies <= last_body
    centre, scale, shape = _standardised(what, known)
    drawn = np.random.default_rng(seed)
    lines: list[tuple[Layer, ...]] = []
    for _ in range(_NETWORKS):
        some = drawn.choice(np.unique(what.bodies[known]), size=last_body, replace=True)
        rows = np.flatnonzero(np.isin(what.bodies, some) & known)
        line = LogisticRegression(C=_FLATNESS, max_iter=2000).fit(
            shape[rows], what.targets[rows, 0]
        )
        lines.append(((np.asarray(line.coef_).T, np.asarray(line.intercept_)),))
    one = np.ones(len(targets))
    made = Estimator(
        targets=targets,
        centre=centre,
        scale=scale,
        networks=tuple(lines),
        target_centre=0 * one,
        target_scale=one,
        axes=np.zeros((1, shape.shape[1])),
        spans=np.ones(1),
        edge=1.0,
        sd=one,
    )
    odds = _answers(made, what.features[~known])
    return made, 1 / (1 + np.exp(-odds)) - what.targets[~known]


_FLATNESS = 0.003  # ours; of 0.003, 0.01 and 0.1 the one that refuses fewest fitted tops


ESTIMATORS: Mapping[str, tuple[str, ...]] = {
    "standing": STANDING,
    "bend": BEND,
    "limbs": LIMBS,
    "change": CHANGE,
    "hanging": HANGING,
}


def train(
    folder: Path, out: Path, seed: int, command: str, only: tuple[str, ...] = ()
) -> dict[str, dict[str, float]]:
    """Train estimators on the pictures in a folder; return the error (MAE) of each target.

    With `only` the others are taken over as they are.
    """
    found = list(bodies(folder))
    last_body = last_trained_on(found)
    before = estimators_made_with() if only else {"made": {}, "mae_held_out": {}}
    made: dict[str, Estimator] = dict(estimators()) if only else {}
    score: dict[str, dict[str, float]] = dict(before["mae_held_out"])
    history: dict[str, object] = dict(before["made"])
    rows = lessons(found)
    for name in only or ESTIMATORS:
        targets = ESTIMATORS[name]
        learn = told_apart if name == "hanging" else trained
        made[name], errors = learn(rows[name], targets, seed, last_body)
        mae = np.abs(errors).mean(axis=0)
        score[name] = {target: round(float(e), 4) for target, e in zip(targets, mae, strict=True)}
        if name == "change":
            score[name]["direction"] = _right_way(rows[name], errors, last_body)
        history[name] = {"command": command, "seed": seed, "bodies": len(found)}
    about = {"made": history, "mae_held_out": score}
    with whole_file(out) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **pack_estimators(made, about))
    return score
