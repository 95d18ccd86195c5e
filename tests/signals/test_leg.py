"""Thigh, shank, knee and the hip-ankle line: values known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signals.leg import (
    knee_flexion,
    segment_inclination,
)
from posture.types import Floats, Landmarks, Side
from tests.make import still

side = st.sampled_from([Side.LEFT, Side.RIGHT])
facing = st.sampled_from([1.0, -1.0])


def leg(thigh_deg: float, shank_deg: float, forward: float, which: Side) -> Landmarks:
    """A leg built upwards from the ankle with chosen inclinations."""
    ankle = np.array([600.0, 640.0])

    def above(point: Floats, deg: float, long: float) -> Floats:
        lean = math.radians(deg)
        return point + long * np.array([forward * math.sin(lean), -math.cos(lean)])

    knee = above(ankle, shank_deg, 123.0)
    hip = above(knee, thigh_deg, 122.5)
    named = {"hip": hip, "knee": knee, "ankle": ankle}
    return still({f"{which.value}_{p}": (float(x), float(y)) for p, (x, y) in named.items()})


@given(thigh=st.floats(-80, 80), shank=st.floats(-80, 80), forward=facing, which=side)
def test_thigh_and_shank_are_recovered_and_the_knee_is_their_difference(
    thigh: float, shank: float, forward: float, which: Side
) -> None:
    body = leg(thigh, shank, forward, which)
    facings = np.array([forward])

    assert segment_inclination("thigh", body, facings, which).value[0] == pytest.approx(
        thigh, abs=1e-6
    )
    assert segment_inclination("shank", body, facings, which).value[0] == pytest.approx(
        shank, abs=1e-6
    )
    assert knee_flexion(body, facings, which).value[0] == pytest.approx(shank - thigh, abs=1e-6)


@pytest.mark.parametrize("which", [Side.LEFT, Side.RIGHT])
@pytest.mark.parametrize("forward", [1.0, -1.0])
@pytest.mark.parametrize("true_deg", [-8.0, 0.0, 60.0, 120.0])
def test_a_flexed_knee_is_positive_and_a_hyperextended_one_negative(
    true_deg: float, forward: float, which: Side
) -> None:
    body = leg(-true_deg / 2, true_deg / 2, forward, which)

    assert knee_flexion(body, np.array([forward]), which).value[0] == pytest.approx(true_deg)


@given(thigh=st.floats(-40, 40), shank=st.floats(-40, 40), roll=st.floats(-20, 20), forward=facing)
def test_rolling_the_camera_turns_the_segments_and_not_the_knee(
    thigh: float, shank: float, roll: float, forward: float
) -> None:
    level = leg(thigh, shank, forward, Side.RIGHT)
    rolled = leg(thigh + roll, shank + roll, forward, Side.RIGHT)
    facings = np.array([forward])

    assert segment_inclination("shank", rolled, facings, Side.RIGHT).value[0] == pytest.approx(
        segment_inclination("shank", level, facings, Side.RIGHT).value[0] + roll, abs=1e-6
    )
    assert knee_flexion(rolled, facings, Side.RIGHT).value[0] == pytest.approx(
        knee_flexion(level, facings, Side.RIGHT).value[0], abs=1e-6
    )


def test_a_trailing_leg_has_the_hip_ahead_of_the_ankle() -> None:
    body = still({"left_hip": (500, 300), "left_ankle": (600, 473.2050807568877)})

    # facing left, the hip is 100 px ahead and 173.2 px above: 30 degrees
    assert segment_inclination("leg", body, -np.ones(1), Side.LEFT).value[0] == pytest.approx(30.0)
    assert segment_inclination("leg", body, np.ones(1), Side.LEFT).value[0] == pytest.approx(-30.0)


@pytest.mark.parametrize("hidden", ["hip", "knee", "ankle"])
def test_a_joint_out_of_sight_gives_nan_not_zero(hidden: str) -> None:
    points = {"right_hip": (0.0, 0.0), "right_knee": (0.0, 50.0), "right_ankle": (0.0, 100.0)}
    points[f"right_{hidden}"] = (math.nan, math.nan)

    assert np.isnan(knee_flexion(still(points), np.ones(1), Side.RIGHT).value[0])


def test_a_signal_says_whose_it_is_and_what_positive_means() -> None:
    signal = knee_flexion(leg(0.0, 30.0, 1.0, Side.LEFT), np.ones(1), Side.LEFT)

    assert (signal.name, signal.side, signal.unit) == ("knee_flexion", Side.LEFT, "deg")
    assert signal.positive == "flexed"
