"""The fingertip: a hand's length beyond the wrist, and how far it is above the floor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signals.hand import fingertip_height, fingertip_px
from posture.types import Landmarks, Side
from tests.make import still


def hand(direction_deg: float, side: Side = Side.RIGHT, height_px: float = 500.0) -> Landmarks:
    """A hand whose knuckles lie 0.06 body heights from the wrist, 0 hanging, 90 to the right."""
    turn = math.radians(direction_deg)
    along = np.array([math.sin(turn), math.cos(turn)])
    across = np.array([along[1], -along[0]])
    wrist = np.array([700.0, 300.0])
    knuckles = {
        "wrist": wrist,
        "index": wrist + height_px * (0.06 * along + 0.012 * across),
        "pinky": wrist + height_px * (0.06 * along - 0.012 * across),
    }
    return still({f"{side.value}_{n}": (float(x), float(y)) for n, (x, y) in knuckles.items()})


@given(direction=st.floats(-180, 180), height=st.floats(150, 900))
def test_the_fingertip_lies_a_hand_s_length_beyond_the_wrist(
    direction: float, height: float
) -> None:
    tip = fingertip_px(hand(direction, height_px=height), Side.RIGHT, height)[0]
    turn = math.radians(direction)

    # 0.108 of the height (Drillis & Contini 1966)
    expected = (700 + 0.108 * height * math.sin(turn), 300 + 0.108 * height * math.cos(turn))
    assert tip == pytest.approx(expected, abs=1e-6)


def test_the_height_is_in_leg_lengths_and_positive_above_the_floor() -> None:
    height = fingertip_height(hand(0.0), Side.RIGHT, 454.0, 500.0, 265.0)

    # wrist at 300, tip 54 px lower, floor another 100 px lower
    assert height.value[0] == pytest.approx(100.0 / 265.0)


def test_a_knuckle_out_of_sight_gives_nan_not_the_wrist() -> None:
    body = still({"left_wrist": (5, 5), "left_index": (math.nan, math.nan), "left_pinky": (5, 35)})

    assert np.isnan(fingertip_px(body, Side.LEFT, 500.0)).all()


def test_knuckles_upon_the_wrist_point_nowhere() -> None:
    body = still({"left_wrist": (5, 5), "left_index": (5, 5), "left_pinky": (5, 5)})

    assert np.isnan(fingertip_px(body, Side.LEFT, 500.0)).all()
