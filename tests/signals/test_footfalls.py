"""Feet land and leave in turn: what is out of turn goes, what was not seen is no break."""

from __future__ import annotations

import numpy as np
import pytest

from posture.signals.footfalls import Footfalls, in_turn, usual_stride_s

STRIDE_S = 1.1


def walk(strides: int = 4, *, far_lands: float = 0.5, stance: float = 0.63) -> Footfalls:
    starts = np.arange(strides) * STRIDE_S
    return Footfalls(
        near_strikes=starts,
        near_offs=starts + stance * STRIDE_S,
        far_strikes=starts + far_lands * STRIDE_S,
        far_offs=starts + (far_lands + stance - 1.0) * STRIDE_S,
    )


def same(one: Footfalls, other: Footfalls) -> bool:
    return all(
        np.array_equal(a, b) for a, b in zip(one.in_their_order, other.in_their_order, strict=True)
    )


@pytest.mark.parametrize(
    ("far_lands", "stance"),
    [(0.5, 0.54), (0.5, 0.63), (0.5, 0.75), (0.38, 0.66), (0.62, 0.66), (0.42, 0.63)],
)
def test_a_walk_even_or_limping_loses_nothing(far_lands: float, stance: float) -> None:
    steps = walk(far_lands=far_lands, stance=stance)

    assert same(in_turn(steps), steps)


def test_a_foot_that_lands_with_the_other_did_not_land() -> None:
    steps = walk()
    odd = Footfalls(
        near_strikes=np.sort([*steps.near_strikes, STRIDE_S * 1.52]),
        near_offs=steps.near_offs,
        far_strikes=steps.far_strikes,
        far_offs=steps.far_offs,
    )

    assert same(in_turn(odd), steps)


def test_moments_that_were_not_seen_are_no_break() -> None:
    steps = walk()
    holes = Footfalls(
        near_strikes=steps.near_strikes,
        near_offs=steps.near_offs[[0, 2, 3]],
        far_strikes=steps.far_strikes[:2],
        far_offs=np.zeros(0),
    )

    assert same(in_turn(holes), holes)


def test_what_slips_in_at_the_edge_of_the_picture_goes() -> None:
    steps = walk()
    odd = Footfalls(
        near_strikes=np.array([STRIDE_S * 0.3, *steps.near_strikes[1:]]),
        near_offs=steps.near_offs,
        far_strikes=steps.far_strikes,
        far_offs=steps.far_offs,
    )

    kept = in_turn(odd)

    assert kept.near_strikes.tolist() == steps.near_strikes[1:].tolist()


def test_a_single_moment_of_each_kind_is_left_as_it_is() -> None:
    once = Footfalls(
        near_strikes=np.array([0.0]),
        near_offs=np.array([0.7]),
        far_strikes=np.zeros(0),
        far_offs=np.zeros(0),
    )

    assert same(in_turn(once), once)
    assert np.isnan(usual_stride_s(once.in_their_order))
