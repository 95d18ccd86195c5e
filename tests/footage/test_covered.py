"""Things in front of a drawn body; and points that lie where no body is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture.footage.cover import cover_in
from posture.footage.covered import beyond_outline, without_covered
from posture.landmarks.skeleton import NAMES
from posture.types import Outline, Rgb
from tests.footage.make import RATE_HZ, landmarks, room

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
