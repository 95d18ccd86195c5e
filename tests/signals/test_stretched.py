"""A walk, read from its file, whose pictures are pulled wide or squeezed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.landmarks.store import load_landmarks
from posture.signals.clean import clean
from posture.signals.frame import forward_sign
from posture.signals.stretched import stretch_of, stretched_facts
from posture.types import Fact, Landmarks

WALK = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"


def stretched(landmarks: Landmarks, across: float, down: float = 1.0) -> Landmarks:
    by = np.array([across, down])
    return replace(
        landmarks,
        xy_px=landmarks.xy_px * by,
        size_px=(
            round(landmarks.size_px[0] * across) + 1,
            round(landmarks.size_px[1] * down) + 1,
        ),
        outlines=tuple(
            None if outline is None else np.round(outline * by).astype(np.int16)
            for outline in landmarks.outlines
        ),
    )


def facts(landmarks: Landmarks) -> tuple[Fact, ...]:
    cleaned = clean(landmarks).landmarks
    return stretched_facts(cleaned, forward_sign(cleaned))


@pytest.mark.parametrize(("across", "down"), [(0.75, 1), (0.78, 1), (1, 0.66), (1.5, 1)])
def test_a_stretched_picture_is_said_to_be_one(across: float, down: float) -> None:
    found = facts(stretched(load_landmarks(WALK), across, down))

    assert [fact.reason.code for fact in found] == ["fact_stretched"]
    assert found[0].probability > 0.8


@pytest.mark.parametrize("zoom", [0.5, 1.0, 2.0])
def test_a_true_picture_is_not_whatever_its_size(zoom: float) -> None:
    assert facts(stretched(load_landmarks(WALK), zoom, zoom)) == ()


def test_the_same_walk_mirrored_says_the_same() -> None:
    landmarks = load_landmarks(WALK)
    width = landmarks.size_px[0]
    other = {"left": "right", "right": "left"}
    names = [other.get(n.split("_")[0], "") + n[n.find("_") :] for n in landmarks.names]
    order = [landmarks.names.index(n) if n in landmarks.names else i for i, n in enumerate(names)]
    mirrored = replace(
        landmarks,
        xy_px=(np.array([width, 0]) + landmarks.xy_px * (-1, 1))[:, order],
        visibility=landmarks.visibility[:, order],
        outlines=tuple(
            None if o is None else (np.array([16 * width, 0]) + o * (-1, 1)).astype(np.int16)
            for o in landmarks.outlines
        ),
    )
    plain, turned = (clean(one).landmarks for one in (landmarks, mirrored))

    assert stretch_of(turned, forward_sign(turned))[0] == pytest.approx(
        stretch_of(plain, forward_sign(plain))[0], abs=0.03
    )


def test_points_that_are_all_in_one_place_say_nothing() -> None:
    walk = load_landmarks(WALK)
    heap = replace(walk, xy_px=np.full_like(walk.xy_px, 500.0))

    assert np.isnan(stretch_of(heap, np.ones(len(heap.time_s)))[0])
