"""What somebody wears tells two people apart, and does not take one for two."""

from __future__ import annotations

import numpy as np
import pytest

from posture.landmarks.clothes import OTHER, Clothes, apart, clothes_of, is_other, usual
from posture.landmarks.mediapipe import Pose
from posture.landmarks.skeleton import SIDES, index
from posture.types import Rgb
from tests.landmarks.make import body

SIZE_PX = 200.0
RED, BLUE, GREY, BLACK, SKIN = (
    (190, 40, 40),
    (40, 50, 170),
    (120, 120, 120),
    (18, 18, 20),
    (200, 150, 120),
)


def dressed(
    pose: Pose, shirt: tuple[int, ...], legs: tuple[int, ...], *, light: float = 1.0
) -> Rgb:
    """Draw what a body wears: a broad line along each part."""
    rgb = np.full((400, 400, 3), (90, 110, 90), dtype=np.float64)
    y, x = np.mgrid[0:400, 0:400]
    parts = (("hip", "knee", legs), ("knee", "ankle", legs), ("shoulder", "hip", shirt))
    for upper, lower, colour in parts:
        for side in SIDES:
            a, b = (pose.xy_px[index(f"{side}_{name}")] for name in (upper, lower))
            along = (b - a) / np.hypot(*(b - a))
            share = np.clip((x - a[0]) * along[0] + (y - a[1]) * along[1], 0, np.hypot(*(b - a)))
            away = np.hypot(x - a[0] - share * along[0], y - a[1] - share * along[1])
            rgb[away < 0.07 * SIZE_PX] = colour
    return np.clip(light * rgb, 0, 255).astype(np.uint8)


def seen(
    shirt: tuple[int, ...], legs: tuple[int, ...], *, light: float = 1.0, lean_deg: float = 0
) -> Clothes:
    pose = body((200, 200), SIZE_PX, step=0.3, lean_deg=lean_deg)
    return clothes_of(dressed(pose, shirt, legs, light=light), pose.xy_px, SIZE_PX)


@pytest.mark.parametrize("other", [(BLUE, BLACK), (RED, GREY), (GREY, BLACK), (BLACK, SKIN)])
def test_two_people_who_are_dressed_differently_are_told_apart(
    other: tuple[tuple[int, ...], ...],
) -> None:
    assert apart(seen(RED, BLACK), seen(other[0], other[1])) > OTHER


@pytest.mark.parametrize("lean_deg", [-10, 30, 60, 90, 110])
def test_who_bends_wears_what_they_wore_before(lean_deg: float) -> None:
    assert apart(seen(RED, BLACK), seen(RED, BLACK, lean_deg=lean_deg)) < OTHER / 4


@pytest.mark.parametrize("light", [0.6, 0.8, 1.25])
@pytest.mark.parametrize("clothes", [(RED, BLACK), (BLACK, BLACK), (GREY, BLUE), (BLUE, SKIN)])
def test_a_light_that_goes_on_or_off_dresses_nobody_anew(
    light: float, clothes: tuple[tuple[int, ...], ...]
) -> None:
    assert apart(seen(clothes[0], clothes[1]), seen(clothes[0], clothes[1], light=light)) < OTHER


def test_a_hand_before_the_shirt_now_and_then_changes_nothing_of_what_is_usual() -> None:
    often = [seen(RED, BLACK)] * 5 + [seen(SKIN, BLACK)] * 2

    np.testing.assert_allclose(usual(often), seen(RED, BLACK))


def test_a_towel_before_the_legs_makes_nobody_else_of_the_client() -> None:
    usually = seen(RED, BLACK)
    covered = usually.copy()
    covered[2] = (90, 0, 0)

    assert not is_other(usually, covered)
    assert is_other(usually, seen(BLUE, GREY))


def test_nothing_is_known_of_parts_outside_the_picture() -> None:
    pose = body((200, 390), SIZE_PX)  # the legs hang out of it
    found = clothes_of(dressed(pose, RED, BLACK), pose.xy_px, SIZE_PX)

    assert np.isnan(found[2]).all()
    assert np.isfinite(found[0]).all()
    assert apart(found, seen(RED, BLACK)) < OTHER / 2
    assert np.isnan(apart(None, found))
