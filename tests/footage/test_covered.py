"""Things in front of a drawn body; and points that lie where no body is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from posture.footage.cover import cover_in
from posture.footage.covered import beyond_outline, without_covered
from posture.footage.watch import Watcher
from posture.landmarks.skeleton import NAMES
from posture.landmarks.watch import Watched
from posture.types import Outline, Rgb
from tests.footage.make import RATE_HZ, TALL, WIDE, landmarks, room

HEAD, SOLE = 40, 240  # px down
LEFT, RIGHT = 215, 265


def body(shirt: int = 70, trousers: int = 35) -> tuple[Rgb, Outline]:
    grey = np.array(room()[240 : 240 + 270, 240 : 240 + 480])
    cv2.rectangle(grey, (LEFT, HEAD), (RIGHT, 130), shirt, -1)
    cv2.rectangle(grey, (LEFT, 130), (RIGHT, SOLE), trousers, -1)
    ring = np.array([(LEFT, HEAD), (RIGHT, HEAD), (RIGHT, SOLE), (LEFT, SOLE)])
    return np.repeat(grey[..., None], 3, axis=2), (16 * ring).astype(np.int16)


@pytest.mark.parametrize(("top", "bottom"), [(170, 200), (60, 95), (150, 160)])
@pytest.mark.parametrize("level", [0, 205, 255])
def test_a_bar_across_the_body_is_found_where_it_is(top: int, bottom: int, level: int) -> None:
    picture, outline = body()
    picture[top:bottom] = level

    assert cover_in(picture, outline) == pytest.approx([top, bottom], abs=4)


def test_letters_on_a_caption_do_not_hide_it() -> None:
    picture, outline = body()
    picture[165:205] = 255
    cv2.putText(picture, "hamstring test today", (40, 195), 0, 1.0, (0, 0, 0), 2)

    assert cover_in(picture, outline) == pytest.approx([165, 205], abs=6)


def test_a_box_before_the_feet_reaches_to_their_end() -> None:
    picture, outline = body()
    picture[205:270] = 215

    top, bottom = cover_in(picture, outline)

    assert top == pytest.approx(205, abs=4)
    assert bottom >= SOLE - 4


def test_nothing_before_a_body_is_no_cover() -> None:
    assert np.isnan(cover_in(*body())).all()


def test_trousers_before_a_bench_of_their_colour_are_no_cover() -> None:
    picture, outline = body(trousers=35)
    picture[160:185, :LEFT] = 35
    picture[160:185, RIGHT:] = 35

    assert np.isnan(cover_in(picture, outline)).all()


def test_a_wall_of_the_clothes_colour_is_no_cover() -> None:
    picture, outline = body(shirt=140, trousers=140)
    picture[:220] = 140

    assert np.isnan(cover_in(picture, outline)).all()


FLOOR_FROM = 200  # a skirting board over it, that falls by 8 px across the picture
SKIN, SHOES, TROUSERS = (205, 160, 140), (30, 30, 35), (60, 60, 90)
WOOD, CARPET = (135, 125, 118), (70, 75, 70)
Colour = tuple[int, int, int]


def strider(parted_px: float, legs: Colour, floor: Colour) -> Rgb:
    """A body in mid-step before a wall with a skirting board."""
    picture = np.full((TALL, WIDE, 3), 107, dtype=np.uint8)
    for below, colour in ((-16, (176, 175, 172)), (0, floor)):
        edge = [
            (0, FLOOR_FROM + below - 4),
            (WIDE, FLOOR_FROM + below + 4),
            (WIDE, TALL),
            (0, TALL),
        ]
        cv2.fillPoly(picture, [np.array(edge)], colour)
    trunk, *both = rings(parted_px)
    cv2.fillPoly(picture, [trunk], (80, 110, 60))
    for leg in both:
        cv2.fillPoly(picture, [leg], legs)
    return picture


def rings(parted_px: float) -> list[NDArray[np.int32]]:
    trunk = [(LEFT, HEAD), (RIGHT, HEAD), (RIGHT, 140), (LEFT, 140)]
    middle = (LEFT + RIGHT) // 2
    legs = [
        [(middle - 12, 135), (middle + 12, 135), (x + 9, SOLE), (x - 9, SOLE)]
        for x in (middle - parted_px, middle + parted_px)
    ]
    return [np.array(ring, dtype=np.int32) for ring in (trunk, *legs)]


def outline_of(parted_px: float) -> Outline:
    mask = np.zeros((TALL, WIDE), dtype=np.uint8)
    for ring in rings(parted_px):
        cv2.fillPoly(mask, [ring], 1)
    (found, *_), _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline: Outline = (16 * found[:, 0]).astype(np.int16)
    return outline


PARTED_PX = 60 * np.abs(np.sin(np.arange(60) * np.pi / 14))  # a step in half a second


@dataclass
class Shown:
    """A picture as it comes on its way."""

    picture: Rgb

    def whole(self) -> Rgb:
        return self.picture


def looks(pictures: list[Rgb], every: int) -> NDArray[np.float64]:
    """What was found before a walker whose outline is looked for in every so many pictures."""
    time_s = np.arange(len(pictures)) / RATE_HZ
    watcher = Watcher(time_s, (WIDE, TALL))
    through = Watched(watcher, 0, len(time_s))
    for n, _ in through.through(enumerate(map(Shown, pictures))):
        own = outline_of(PARTED_PX[n]) if n % every == 0 else None
        through.found(own, (240.0, 140.0), float(time_s[n]))
    return np.array([found for _, found in watcher.pieces[0].covers])


@pytest.mark.parametrize("floor", [WOOD, CARPET])
@pytest.mark.parametrize("legs", [SKIN, SHOES, TROUSERS])
def test_the_floor_where_a_foot_was_is_no_cover(legs: Colour, floor: Colour) -> None:
    pictures = [strider(parted_px, legs, floor) for parted_px in PARTED_PX]

    # held against an outline of a moment ago the floor begins and ends before the body as beside it
    assert cover_in(pictures[14], outline_of(60.0))[0] == pytest.approx(FLOOR_FROM, abs=8)
    found = looks(pictures, every=8)
    assert len(found) >= 4
    assert np.isnan(found).all()


@pytest.mark.parametrize("level", [0, 215])
def test_a_box_before_a_walker_s_feet_is_seen_with_few_outlines(level: int) -> None:
    pictures = [strider(parted_px, SKIN, WOOD) for parted_px in PARTED_PX]
    for picture in pictures:
        picture[180:] = level

    found = looks(pictures, every=8)

    assert len(found) >= 4
    assert found[:, 0] == pytest.approx(180, abs=6)


def test_points_far_beyond_the_outline_are_not_of_the_body() -> None:
    count = 30
    xy = np.full((count, len(NAMES), 2), (240.0, 140.0))
    xy[:, NAMES.index("left_knee")] = (240, 262)  # a tenth of the height under the outline's end
    xy[:, NAMES.index("right_knee")] = (240, 243)
    outline = np.array([(LEFT, HEAD), (RIGHT, HEAD), (RIGHT, SOLE), (LEFT, SOLE)]) * 16
    clip = landmarks(np.arange(count) / RATE_HZ, xy, (outline.astype(np.int16),) * count)

    beyond = beyond_outline(clip)

    assert beyond[:, NAMES.index("left_knee")].all()
    assert beyond.sum() == count


def test_a_mask_that_slips_for_a_picture_hides_nothing() -> None:
    count = 30
    xy = np.full((count, len(NAMES), 2), (240.0, 230.0))
    whole = (16 * np.array([(215, 40), (265, 40), (265, 240), (215, 240)])).astype(np.int16)
    short = (16 * np.array([(215, 40), (265, 40), (265, 140), (215, 140)])).astype(np.int16)
    outlines = tuple(short if i in {10, 11} else whole for i in range(count))
    clip = landmarks(np.arange(count) / RATE_HZ, xy, outlines)

    assert not beyond_outline(clip).any()
    assert not beyond_outline(replace(clip, outlines=(None,) * count)).any()


def test_a_leg_that_a_side_of_the_picture_cuts_is_not_seen() -> None:
    """Folded into the picture, its ankle bends by 160 degrees."""
    count = 60
    time_s = np.arange(count) / RATE_HZ
    xy = np.full((count, len(NAMES), 2), (240.0, 140.0))
    toe_x = 60 - 80 * time_s  # past the side after three quarters of a second
    xy[:, NAMES.index("left_foot_index"), 0] = toe_x
    clip = landmarks(time_s, xy, (None,) * count)

    cut = without_covered(clip)

    hidden = cut.visibility == 0
    assert hidden[toe_x < 0][:, [NAMES.index(f"left_{p}") for p in ("heel", "ankle")]].all()
    assert not hidden[:, NAMES.index("left_knee")].any()  # as long as the ankle is inside
    assert not hidden[toe_x > 20].any()
    assert not hidden[:, [NAMES.index(p) for p in ("right_ankle", "left_hip")]].any()
    assert cut.facts == clip.facts
