"""Rooms drawn at a roll: uprights tell it, a picture, a ramp or stairs that slope do not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from posture.footage.roll import level_of, lines_of, roll_of
from posture.types import Rgb

WIDE, TALL = 960, 540
Wall = NDArray[np.uint8]


def wall() -> Wall:
    return np.full((2 * TALL, 2 * WIDE), 170, dtype=np.uint8)


def door(picture: Wall) -> None:
    for x, wide in ((700, 90), (1000, 60), (1220, 110)):
        cv2.rectangle(picture, (x, 330), (x + wide, 720), 20 + x // 20, -1)


def floor(picture: Wall) -> None:
    cv2.rectangle(picture, (0, 720), (2 * WIDE, 2 * TALL), 90, -1)


def tilted_frame(picture: Wall) -> None:
    box = cv2.boxPoints(((860, 450), (170, 120), 9))
    cv2.fillPoly(picture, [box.astype(np.int32)], 40)


def ramp(picture: Wall) -> None:
    cv2.fillPoly(picture, [np.array([(500, 780), (1500, 620), (1500, 1080), (500, 1080)])], 60)


def stairs(picture: Wall) -> None:
    for i in range(8):
        cv2.rectangle(picture, (600 + 90 * i, 740 - 45 * i), (1500, 1080), 60 + 15 * i, -1)


def leaves(picture: Wall) -> None:
    rng = np.random.default_rng(4)
    for _ in range(150):
        x, y = (int(v) for v in rng.integers((480, 270), (1440, 810)))
        dx, dy = (int(v) for v in rng.normal(0, 45, 2))
        cv2.line(picture, (x, y), (x + dx, y + dy), int(rng.integers(30, 120)), 4)


def filmed(roll_deg: float, *things: Callable[[Wall], None]) -> Rgb:
    """What a camera sees that hangs askew: the room turned clockwise by the roll."""
    picture = wall()
    for thing in things:
        thing(picture)
    turn = cv2.getRotationMatrix2D((WIDE, TALL), -roll_deg, 1.0)  # OpenCV's angles go the other way
    centred = np.array(turn, dtype=np.float64) - [[0, 0, WIDE / 2], [0, 0, TALL / 2]]
    seen = cv2.warpAffine(picture, centred, (WIDE, TALL))
    noise = np.random.default_rng(1).normal(0, 2, seen.shape)
    grey = np.clip(seen + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize("roll_deg", [-12, -5, 0, 3, 8, 15])
def test_uprights_and_floor_tell_the_roll_within_its_error(roll_deg: float) -> None:
    found, sd = roll_of([lines_of(filmed(roll_deg, floor, door), None)])

    assert found == pytest.approx(roll_deg, abs=2 * sd)
    assert sd < 1.5


@pytest.mark.parametrize("thing", [tilted_frame, ramp, stairs, leaves, floor])
def test_what_slopes_by_itself_gives_no_roll(thing: Callable[[Wall], None]) -> None:
    found, _ = roll_of([lines_of(filmed(0, thing), None)])

    assert np.isnan(found) or abs(found) < 1


@pytest.mark.parametrize("thing", [tilted_frame, ramp, stairs])
def test_what_slopes_moves_no_roll_that_uprights_tell(thing: Callable[[Wall], None]) -> None:
    found, sd = roll_of([lines_of(filmed(0, floor, door, thing), None)])

    assert abs(found) < 2 * sd


def test_the_floor_alone_has_a_slope_and_no_roll() -> None:
    lines = [lines_of(filmed(7, floor), None)]

    assert level_of(lines) == pytest.approx(7, abs=0.5)
    assert np.isnan(roll_of(lines)[0])


def boards(picture: Wall) -> None:
    for y in (660, 700, 745, 795):
        cv2.line(picture, (0, y), (2 * WIDE, y), 60, 4)


def boards_that_run_together(picture: Wall) -> None:
    """As of a floor that is seen at an angle: the nearer, the steeper."""
    for y in (660, 700, 745, 795):
        rise = round(0.35 * (y - 560))
        cv2.line(picture, (0, y + rise), (2 * WIDE, y - rise), 60, 4)


def test_parallel_boards_at_several_heights_tell_a_roll() -> None:
    found, sd = roll_of([lines_of(filmed(7, boards), None)])

    assert found == pytest.approx(7, abs=sd)
    assert sd > 2


def test_boards_that_run_together_tell_none() -> None:
    assert np.isnan(roll_of([lines_of(filmed(0, boards_that_run_together), None)])[0])


def test_a_person_is_no_upright_of_the_room() -> None:
    picture = filmed(0, floor)
    ring = np.array([(400, 60), (560, 60), (620, 500), (330, 500)])
    cv2.polylines(picture, [ring], isClosed=True, color=(20, 20, 20), thickness=3)
    outline = (16 * ring).astype(np.int16)

    assert np.isnan(roll_of([lines_of(picture, outline)])[0])
