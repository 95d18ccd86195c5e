"""The estimators: what they are given, what they make of strange shapes, what they are worth."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest

from posture.signals.estimate import (
    estimators,
    is_like_the_trained,
    load_estimators,
    pack_estimators,
)
from posture.signals.frame import body_size_px, forward_sign
from posture.signals.shape import FEATURES, bend_features, shape_features
from posture.types import Floats, Landmarks, Side
from tests.make import SIDE_ON, Flaws, filmed, mirrored, seconds
from tests.stick import standing


def shape_of(clip: Landmarks, side: Side) -> Floats:
    found = shape_features(clip, forward_sign(clip), side, 3, body_size_px(clip, (0, 6)))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def upright() -> Landmarks:
    return filmed(standing(seconds(0.3)), SIDE_ON, Flaws())


def test_a_shape_knows_nothing_of_side_place_or_size(upright: Landmarks) -> None:
    flipped = mirrored(upright)

    one, other = shape_of(upright, Side.RIGHT), shape_of(flipped, Side.LEFT)

    assert len(one) == FEATURES
    assert other == pytest.approx(one, abs=0.01)


def test_without_an_outline_there_is_no_shape() -> None:
    bare = filmed(standing(seconds(0.3)), SIDE_ON, Flaws(outline=False))

    assert shape_features(bare, forward_sign(bare), Side.RIGHT, 3, 400.0) is None


def test_each_estimator_takes_its_features_and_answers_in_degrees(upright: Landmarks) -> None:
    shape = shape_of(upright, Side.RIGHT)

    standing_, bend = (
        estimators()["standing"](shape),
        estimators()["bend"](bend_features(shape, shape)),
    )

    assert set(standing_.values) == {"pelvis", "lordosis", "kyphosis"}
    assert all(abs(value) < 60 for value in standing_.values.values())
    # somebody who has not moved has hardly bent
    assert abs(bend.values["pelvis_on_thigh_flexion"]) < 25


def test_a_wrong_number_of_features_is_a_wrong_call() -> None:
    with pytest.raises(ValueError, match=r"expected \(160,\) features, got \(3,\)"):
        estimators()["standing"](np.zeros(3))


def test_a_shape_that_is_no_body_is_told_and_its_error_grows(upright: Landmarks) -> None:
    estimator = estimators()["standing"]
    shape = shape_of(upright, Side.RIGHT)
    strange = shape + np.random.default_rng(1).normal(0, 0.6, len(shape))

    usual, odd = estimator(shape), estimator(strange)

    assert is_like_the_trained(usual.unlikeness)
    assert not is_like_the_trained(odd.unlikeness)
    assert odd.sd["pelvis"] > usual.sd["pelvis"]


def test_estimators_survive_being_packed(tmp_path: Path, upright: Landmarks) -> None:
    shape = shape_of(upright, Side.RIGHT)
    with (tmp_path / "e.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **pack_estimators(estimators(), {"seed": 1}))

    again = load_estimators(tmp_path / "e.npz")

    for target, value in estimators()["standing"](shape).values.items():
        assert again["standing"](shape).values[target] == pytest.approx(value, abs=0.05)


def test_the_file_says_how_it_was_made_and_what_it_is_worth() -> None:
    with as_file(files("posture.signals").joinpath("estimates.npz")) as path, np.load(path) as z:
        about = json.loads(str(z["about"]))

    assert set(about["made"]) == set(about["targets"]) == set(about["mae_held_out"])
    for made in about["made"].values():
        assert made["command"].startswith("posture truth train")
        assert f"--n {made['bodies']} --seed {made['seed']}" in made["command"]
    assert about["mae_held_out"]["bend"]["pelvis_on_thigh_flexion"] < 5
