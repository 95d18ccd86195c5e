"""Angles of points: recovered as they were placed, and what must hold for every pair of points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signals.geometry import (
    distance_px,
    inclination_deg,
    pitch_deg,
    pitch_tilt_deg,
    seen_angle_deg,
    wrapped_deg,
)
from posture.types import Floats

direction = st.floats(-179.9, 179.9)
facing = st.sampled_from([1.0, -1.0])
length = st.floats(1.0, 2000.0)
px = st.floats(-3000.0, 3000.0)


def at(x: float, y: float) -> Floats:
    return np.array([x, y])


@given(deg=direction, forward=facing, long=length, x=px, y=px)
def test_a_segment_has_the_inclination_it_was_placed_at(
    deg: float, forward: float, long: float, x: float, y: float
) -> None:
    lean = math.radians(deg)
    upper = at(x + forward * long * math.sin(lean), y - long * math.cos(lean))

    assert inclination_deg(upper, at(x, y), forward) == pytest.approx(deg, abs=1e-6)


@given(deg=direction, forward=facing, long=length, x=px, y=px)
def test_a_foot_has_the_pitch_it_was_placed_at_heel_up_positive(
    deg: float, forward: float, long: float, x: float, y: float
) -> None:
    pitch = math.radians(deg)
    toe = at(x + forward * long * math.cos(pitch), y + long * math.sin(pitch))

    assert pitch_deg(at(x, y), toe, forward) == pytest.approx(deg, abs=1e-6)


@pytest.mark.parametrize(
    ("given_deg", "same_deg"),
    [(0, 0), (179, 179), (180, -180), (-180, -180), (181, -179), (360, 0), (-190, 170), (725, 5)],
)
def test_an_angle_is_wrapped_to_the_same_direction(given_deg: float, same_deg: float) -> None:
    assert wrapped_deg(np.array(given_deg, dtype=float)) == same_deg


def test_upright_is_zero_and_upside_down_is_minus_180() -> None:
    assert inclination_deg(at(5, 0), at(5, 10), 1.0) == 0.0
    assert inclination_deg(at(5, 10), at(5, 0), 1.0) == -180.0


def test_unknown_points_and_unknown_facing_give_nan_not_zero() -> None:
    nowhere = at(math.nan, math.nan)

    assert np.isnan(inclination_deg(nowhere, at(0, 0), 1.0))
    assert np.isnan(inclination_deg(at(0, 0), at(0, 9), math.nan))
    assert np.isnan(pitch_deg(at(0, 0), nowhere, -1.0))
    assert np.isnan(distance_px(nowhere, at(0, 0)))
    assert np.isnan(wrapped_deg(np.array(math.nan)))


def test_a_3_4_5_triangle_has_its_long_side() -> None:
    assert distance_px(at(10, 20), at(13, 24)) == 5.0


@pytest.mark.parametrize("true_deg", [-60.0, -20.0, 0.0, 15.0, 45.0, 80.0])
@pytest.mark.parametrize("yaw_deg", [0.0, 10.0, 32.0, -32.0, 60.0])
def test_a_turned_segment_looks_as_steep_as_its_projection(true_deg: float, yaw_deg: float) -> None:
    ahead, up = math.sin(math.radians(true_deg)), math.cos(math.radians(true_deg))
    across = ahead * math.cos(math.radians(yaw_deg))  # the rest goes away from the camera

    assert seen_angle_deg(true_deg, yaw_deg) == pytest.approx(math.degrees(math.atan2(across, up)))


def pictured(point: Floats, pitch: float) -> Floats:
    """Pinhole camera at the origin, looking level along z and then up by `pitch`; x right, y up."""
    forward = np.array([0.0, math.sin(pitch), math.cos(pitch)])
    upward = np.array([0.0, math.cos(pitch), -math.sin(pitch)])
    depth = float(point @ forward)
    return np.array([point[0] / depth, float(point @ upward) / depth])


@pytest.mark.parametrize("camera_deg", [-10.0, 3.0, 10.0, 20.0])
@pytest.mark.parametrize("aside_deg", [5.0, 15.0, 25.0])
def test_a_vertical_seen_by_a_pitched_camera_leans_as_a_pinhole_camera_shows_it(
    camera_deg: float, aside_deg: float
) -> None:
    x = 4.0 * math.tan(math.radians(aside_deg))
    foot, head = (
        pictured(np.array([x, height, 4.0]), math.radians(camera_deg)) for height in (-0.01, 0.01)
    )
    towards_middle = foot[0] - head[0]

    lean_deg = math.degrees(math.atan2(towards_middle, head[1] - foot[1]))

    assert pitch_tilt_deg(camera_deg, aside_deg) == pytest.approx(lean_deg, abs=0.01)
