"""Foot and ankle: values known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signals.foot import ankle_dorsiflexion, foot_pitch, heel_ahead, toe_ahead
from posture.types import Landmarks, Side
from tests.make import still

facing = st.sampled_from([1.0, -1.0])


def foot(shank_deg: float, pitch_deg: float, forward: float) -> Landmarks:
    shank, pitch = math.radians(shank_deg), math.radians(pitch_deg)
    heel, ankle = (600.0, 640.0), (600.0 + forward * 20, 620.0)
    toe = (heel[0] + forward * 75 * math.cos(pitch), heel[1] + 75 * math.sin(pitch))
    knee = (ankle[0] + forward * 123 * math.sin(shank), ankle[1] - 123 * math.cos(shank))
    return still(
        {"right_knee": knee, "right_ankle": ankle, "right_heel": heel, "right_foot_index": toe}
    )


@given(pitch=st.floats(-80, 80), forward=facing)
def test_a_heel_above_the_toe_is_a_positive_pitch(pitch: float, forward: float) -> None:
    found = foot_pitch(foot(0.0, pitch, forward), np.array([forward]), Side.RIGHT).value[0]

    assert found == pytest.approx(pitch, abs=1e-6)


@given(shank=st.floats(-60, 60), pitch=st.floats(-60, 60), flat=st.floats(-10, 10), forward=facing)
def test_the_ankle_is_the_shank_less_the_pitch_over_the_flat_foot_s(
    shank: float, pitch: float, flat: float, forward: float
) -> None:
    found = ankle_dorsiflexion(
        foot(shank, pitch, forward), np.array([forward]), Side.RIGHT, flat_pitch_deg=flat
    )

    assert found.value[0] == pytest.approx(shank - (pitch - flat), abs=1e-6)


def test_a_shank_forward_over_a_flat_foot_is_dorsiflexion_and_a_heel_up_plantarflexion() -> None:
    assert ankle_dorsiflexion(foot(12.0, 0.0, 1.0), np.ones(1), Side.RIGHT).value[0] > 0
    assert ankle_dorsiflexion(foot(12.0, 30.0, 1.0), np.ones(1), Side.RIGHT).value[0] < 0


@pytest.mark.parametrize("forward", [1.0, -1.0])
def test_heel_and_toe_are_ahead_of_the_middle_of_the_hips_in_leg_lengths(forward: float) -> None:
    body = still(
        {
            "left_hip": (490, 300),
            "right_hip": (510, 300),
            "left_heel": (500 + forward * 50, 550),
            "left_foot_index": (500 - forward * 75, 550),
        }
    )

    assert heel_ahead(body, np.array([forward]), Side.LEFT, 250.0).value[0] == pytest.approx(0.2)
    assert toe_ahead(body, np.array([forward]), Side.LEFT, 250.0).value[0] == pytest.approx(-0.3)


def test_the_near_hip_stands_in_for_both_where_the_far_one_is_hidden() -> None:
    body = still(
        {
            "left_hip": (490, 300),
            "right_hip": (math.nan, math.nan),
            "left_heel": (540, 550),
        }
    )

    assert heel_ahead(body, np.ones(1), Side.LEFT, 250.0).value[0] == pytest.approx(0.2)


def test_a_toe_out_of_sight_gives_nan_not_zero() -> None:
    points = {
        "right_knee": (600.0, 500.0),
        "right_ankle": (600.0, 620.0),
        "right_heel": (600.0, 640.0),
        "right_foot_index": (math.nan, math.nan),
        "right_hip": (600.0, 400.0),
        "left_hip": (600.0, 400.0),
    }
    body = still(points)

    assert np.isnan(foot_pitch(body, np.ones(1), Side.RIGHT).value[0])
    assert np.isnan(ankle_dorsiflexion(body, np.ones(1), Side.RIGHT).value[0])
    assert np.isnan(toe_ahead(body, np.ones(1), Side.RIGHT, 250.0).value[0])
