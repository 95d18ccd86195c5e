"""Dark and soft pictures by the numbers that pictures gave."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture.footage.facts import facts_of
from posture.footage.light import light_of
from posture.types import FactKind, Footage, Landmarks, Rgb
from tests.footage.make import STILL, WIDE, landmarks

T = 30
RING = (16 * np.array([(200, 30), (280, 30), (280, 240), (200, 240)])).astype(np.int16)


def person(shirt: int, skin: int, beyond: int) -> Rgb:
    """Somebody in clothes with folds before a wall."""
    picture = np.full((270, WIDE), beyond, dtype=np.uint8)
    picture[30:240, 200:280] = shirt
    picture[30:70, 200:280] = skin
    for y in range(80, 240, 16):
        picture[y : y + 3, 200:280] = max(0, shirt - 12)
    return np.repeat(picture[..., None], 3, axis=2)


def clip(picture: Rgb) -> Landmarks:
    luma, bright, noise, sharpness = light_of(picture, RING)
    rows = np.ones(T)
    found = landmarks(np.arange(T) / 30, np.full((T, 33, 2), (240.0, 150.0)), (RING,) * T)
    footage = Footage(
        luma=luma * rows,
        bright=bright * rows,
        noise=noise * rows,
        sharpness=sharpness * rows,
        cover=np.full((T, 2), np.nan),
        change=rows,
        most=rows,
        to_steady=np.tile(STILL, (T, 1, 1)),
        steady_sd_px=0 * rows,
        group=np.zeros(T, dtype=int),
    )
    return replace(found, footage=footage)


def kinds(picture: Rgb) -> set[FactKind]:
    return {fact.kind for fact in facts_of(clip(picture))}


def noisy(picture: Rgb, sd: float) -> Rgb:
    grain = np.random.default_rng(1).normal(0, sd, picture.shape[:2])[..., None]
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("shirt", "skin", "beyond"),
    [(120, 180, 150), (15, 120, 150), (25, 90, 10), (110, 190, 5), (12, 75, 120)],
)
def test_dark_clothes_dark_skin_and_a_dark_room_behind_are_not_too_dark(
    shirt: int, skin: int, beyond: int
) -> None:
    assert kinds(noisy(person(shirt, skin, beyond), 2)) == set()


@pytest.mark.parametrize(("share", "noise"), [(0.06, 6), (0.1, 7), (0.16, 10)])
def test_a_dark_picture_is_too_dark(share: float, noise: float) -> None:
    dark = (person(110, 180, 150) * share).astype(np.uint8)

    assert kinds(noisy(dark, noise)) == {FactKind.TOO_DARK}


def test_a_picture_out_of_focus_is_blurred() -> None:
    soft = cv2.GaussianBlur(person(110, 180, 150), (0, 0), 6).astype(np.uint8)

    assert kinds(noisy(soft, 0.5)) == {FactKind.BLURRED}
