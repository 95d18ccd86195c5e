"""Cuts, and what looks like one: drawn rooms in which a body stands, bends, passes or jumps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from posture.types import Floats
from posture.video.cuts import Cut, cuts_between, parts_of
from posture.video.glance import Glances

Grey = NDArray[np.uint8]
RATE_HZ = 30.0
WIDE, TALL = 480, 270


@cache
def room(seed: int) -> Grey:
    """A wall with things on it, as dark and bright as rooms are."""
    rng = np.random.default_rng(seed)
    wall = np.full((TALL, 2 * WIDE), int(rng.integers(90, 170)), dtype=np.uint8)
    cv2.rectangle(wall, (0, int(0.8 * TALL)), (2 * WIDE, TALL), int(rng.integers(40, 90)), -1)
    for _ in range(24):
        x, y = (int(v) for v in rng.integers(0, (2 * WIDE, TALL)))
        w, h = (int(v) for v in rng.integers(20, 90, 2))
        cv2.rectangle(wall, (x, y), (x + w, y + h), int(rng.integers(20, 235)), -1)
    return wall


def body(picture: Grey, x: float, lean_px: int = 0) -> Grey:
    shown = picture.copy()
    hip = (x, 150.0)
    limb(shown, (x, 240.0), hip, 22)
    limb(shown, hip, (x + lean_px, 70 + abs(lean_px) / 2), 28)
    return shown


def limb(picture: Grey, start: tuple[float, float], end: tuple[float, float], wide: int) -> None:
    a, b = ((round(16 * x), round(16 * y)) for x, y in (start, end))
    cv2.line(picture, a, b, 28, wide, cv2.LINE_AA, 4)


def view(wall: Grey, left: int = 0) -> Grey:
    return wall[:, left : left + WIDE]


def seen(
    pictures: list[Grey], noise: float = 1.5, rate_hz: float = RATE_HZ
) -> tuple[Glances, Floats]:
    rng = np.random.default_rng(0)
    rows = Glances.empty(len(pictures))
    reader = rows.reader()
    for number, picture in enumerate(pictures):
        noisy = np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
        reader.see(number, av.VideoFrame.from_ndarray(noisy, format="gray"))
    return rows, np.arange(len(pictures)) / rate_hz


def standing(seed: int, count: int = 30, x: int = 240) -> list[Grey]:
    return [body(view(room(seed)), x + float(np.sin(i / 9))) for i in range(count)]


def walking(seed: int, count: int = 60) -> list[Grey]:
    return [body(view(room(seed)), 40 + 5 * i, 6) for i in range(count)]


def cuts(pictures: list[Grey], **how: float) -> tuple[Cut, ...]:
    return cuts_between(*seen(pictures, **how))


def test_another_room_begins_with_its_first_picture() -> None:
    found = cuts(standing(1) + standing(2) + walking(3))

    assert [cut.frame for cut in found] == [30, 60]
    assert all(cut.whole for cut in found)


@pytest.mark.parametrize("noise", [0.0, 1.5, 6.0])
def test_somebody_elsewhere_all_at_once_is_a_cut_in_the_same_room(noise: float) -> None:
    found = cuts(standing(1, x=150) + standing(1, x=320), noise=noise)

    assert [cut.frame for cut in found] == [30]


def test_a_cut_between_two_shots_that_both_pan_is_one() -> None:
    pans = [[body(view(room(seed), 4 * i), 240) for i in range(40)] for seed in (1, 2)]

    assert [cut.frame for cut in cuts(pans[0] + pans[1])] == [40]


def flash(pictures: list[Grey]) -> None:
    for i in (30, 31):
        pictures[i] = np.clip(pictures[i].astype(int) + 90, 0, 255).astype(np.uint8)


def white_flash(pictures: list[Grey]) -> None:
    pictures[30] = np.full_like(pictures[30], 250)


def light_on(pictures: list[Grey]) -> None:
    shade = np.linspace(1.3, 1.8, WIDE)
    pictures[30:] = [np.clip(p * shade, 0, 255).astype(np.uint8) for p in pictures[30:]]


def fast_pan(pictures: list[Grey]) -> None:
    at = np.clip(np.arange(60) - 25, 0, 12) * 35  # 0.4 s over nearly a picture's width
    pictures[:] = [body(view(room(1), int(left)), 240) for left in at]


def passer_close_by(pictures: list[Grey]) -> None:
    for i in range(20, 40):
        x = -160 + 40 * (i - 20)
        cv2.rectangle(pictures[i], (x, 0), (x + 150, TALL), 40, -1)


def brightens_slowly(pictures: list[Grey]) -> None:
    pictures[:] = [
        np.clip(p * (0.5 + i / 60), 0, 255).astype(np.uint8) for i, p in enumerate(pictures)
    ]


def each_four_times(pictures: list[Grey]) -> None:
    pictures[:] = [pictures[i // 4 * 4] for i in range(60)]


@pytest.mark.parametrize("before", [standing, walking])
@pytest.mark.parametrize(
    "trouble",
    [
        flash,
        white_flash,
        light_on,
        fast_pan,
        passer_close_by,
        brightens_slowly,
        each_four_times,
    ],
)
def test_what_only_looks_like_a_cut_is_none(
    before: Callable[[int, int], list[Grey]], trouble: Callable[[list[Grey]], None]
) -> None:
    pictures = [p.copy() for p in before(1, 60)]
    trouble(pictures)

    assert cuts(pictures) == ()


def test_a_bend_at_five_pictures_a_second_is_no_cut() -> None:
    lean = [0] * 10 + [40, 90, 120] + [130] * 10

    assert cuts([body(view(room(1)), 200, by) for by in lean], rate_hz=5) == ()


def test_parts_lie_between_the_cuts() -> None:
    assert parts_of((30, 60), 90) == [(0, 30), (30, 60), (60, 90)]
