"""The outline of the person mask: right to a pixel, small, and moved without loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posture.landmarks.silhouette import MAX_POINTS, moved, outline_of
from posture.types import Floats, Outline

Mask = NDArray[np.float32]


def mask_of(inside: NDArray[np.bool_]) -> Mask:
    return inside.astype(np.float32)


def disc(centre: tuple[float, float], radius: float, size: tuple[int, int] = (300, 200)) -> Mask:
    """A mask of `size` (width, height) with a disc in it; a pixel's middle is at its half."""
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    return mask_of(np.hypot(x - centre[0], y - centre[1]) <= radius)


def box(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (300, 200)) -> Mask:
    """A mask of `size` with a box in it that reaches to its last row and column."""
    mask = np.zeros(size[::-1], dtype=np.float32)
    mask[top : bottom + 1, left : right + 1] = 1.0
    return mask


def in_px(outline: Outline | None) -> Floats:
    assert outline is not None
    return outline / 16


def area(closed: Floats) -> float:
    """The shoelace formula."""
    x, y = closed.T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


@settings(max_examples=50, deadline=None)
@given(x=st.floats(100, 200), y=st.floats(90, 110), radius=st.floats(10, 80))
def test_the_outline_of_a_disc_lies_on_its_edge_to_a_pixel(
    x: float, y: float, radius: float
) -> None:
    outline = in_px(outline_of(disc((x, y), radius)))

    beyond_the_edge = np.hypot(*(outline - (x, y)).T) - radius
    assert np.abs(beyond_the_edge).max() < 1.05  # the disc itself is drawn in whole pixels
    assert -0.7 < beyond_the_edge.mean() < 0.0  # it runs through the middle of the last pixels
    assert area(outline) == pytest.approx(math.pi * radius**2, rel=0.03 + 2 / radius)


@settings(max_examples=50, deadline=None)
@given(
    left=st.integers(5, 100),
    top=st.integers(5, 50),
    width=st.integers(30, 150),
    height=st.integers(30, 140),
)
def test_the_outline_of_a_box_lies_on_its_sides_to_a_pixel(
    left: int, top: int, width: int, height: int
) -> None:
    right, bottom = left + width, top + height  # the far sides of the last column and row

    x, y = in_px(outline_of(box(left, top, right - 1, bottom - 1))).T

    off_the_sides = np.minimum.reduce(
        [np.abs(x - left), np.abs(x - right), np.abs(y - top), np.abs(y - bottom)]
    )
    assert off_the_sides.max() < 1.5  # half a pixel to its middle, one at a rounded corner
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((left, right, top, bottom), abs=1)
    assert (x.min() + x.max()) / 2 == pytest.approx((left + right) / 2, abs=0.3)


@pytest.mark.parametrize("radius", [6, 20, 60, 400])
def test_an_outline_is_small_and_evenly_spaced(radius: int) -> None:
    mask = disc((radius + 5, radius + 5), radius, (2 * radius + 10, 2 * radius + 10))

    outline = outline_of(mask)

    assert outline is not None
    assert outline.dtype == np.int16
    assert len(outline) <= MAX_POINTS == 128
    steps = np.hypot(*np.diff(np.vstack([outline, outline[:1]]), axis=0).T) / 16
    assert steps == pytest.approx(2 * math.pi * radius / len(outline), rel=0.15, abs=0.15)


def test_thin_limbs_keep_their_length() -> None:
    # An arm of 8 px that reaches out 60 px from a trunk.
    mask = box(100, 40, 140, 180) + box(141, 60, 200, 67)

    x, y = in_px(outline_of(mask)).T

    assert x.max() == pytest.approx(200, abs=3)  # its corners are rounded off
    assert np.ptp(y[x > 160]) == pytest.approx(7, abs=1)


def test_only_the_largest_part_counts_and_its_holes_do_not() -> None:
    person = disc((100, 100), 50)
    with_hole = person * (1 - disc((100, 100), 20))
    with_crumbs = with_hole + disc((230, 60), 15) + disc((230, 150), 4)

    np.testing.assert_array_equal(outline_of(with_crumbs), outline_of(person))


def test_the_edge_is_where_the_mask_is_undecided() -> None:
    # From 1 in the middle to 0 at 100 px: half at 50.
    y, x = np.mgrid[:200, :300] + 0.5
    soft = np.clip(1 - np.hypot(x - 150, y - 100) / 100, 0, 1).astype(np.float32)

    from_centre = np.hypot(*(in_px(outline_of(soft)) - (150, 100)).T)

    assert from_centre == pytest.approx(50, abs=1)


def test_a_body_cut_off_by_the_picture_ends_there() -> None:
    outline = in_px(outline_of(box(0, 50, 100, 199)))

    assert outline.min() >= 0
    assert outline[:, 1].max() == pytest.approx(199.5, abs=0.1)
    assert outline[:, 0].min() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(np.zeros((200, 300), np.float32), id="nobody"),
        pytest.param(np.full((200, 300), 0.5, np.float32), id="undecided everywhere"),
        pytest.param(disc((150, 100), 2), id="a speck"),
    ],
)
def test_without_a_body_there_is_no_outline(mask: Mask) -> None:
    assert outline_of(mask) is None


shifts = st.integers(-20, 20)


@settings(max_examples=30, deadline=None)
@given(dx=shifts, dy=shifts)
def test_a_mask_that_is_shifted_has_its_outline_shifted(dx: int, dy: int) -> None:
    here, there = outline_of(disc((150, 100), 60.3)), outline_of(disc((150 + dx, 100 + dy), 60.3))

    assert here is not None
    assert there is not None
    assert np.abs(there - moved(here, (dx, dy))).max() <= 1  # a sixteenth, from rounding


@given(
    points=st.lists(
        st.tuples(st.integers(0, 16 * 1024), st.integers(0, 16 * 1024)), min_size=1, max_size=128
    ),
    by_px=st.tuples(st.integers(0, 1023), st.integers(0, 1023)),
)
def test_an_outline_is_moved_by_whole_pixels_without_loss(
    points: list[tuple[int, int]], by_px: tuple[int, int]
) -> None:
    outline = np.array(points, dtype=np.int16)

    there = moved(outline, by_px)

    assert there.dtype == np.int16
    expected = [(x + 16 * by_px[0], y + 16 * by_px[1]) for x, y in points]
    assert [tuple(point) for point in there.tolist()] == expected


def test_moving_an_outline_leaves_the_first_as_it_was() -> None:
    outline = np.array([[16, 32]], dtype=np.int16)

    moved(outline, (5, 5))

    assert outline.tolist() == [[16, 32]]
