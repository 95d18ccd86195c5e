"""Motions: exact by construction, within what people do."""

from __future__ import annotations

import numpy as np
import pytest

from posture.truth.body.figure import Figure
from posture.truth.body.looks import Look, Outfit
from posture.truth.body.shapes import Traits
from posture.truth.known import known_measures
from posture.truth.motion.floorwork import lunging, raising
from posture.truth.motion.gait import Walk, walking
from posture.truth.motion.motion import Motion
from posture.truth.motion.standing import (
    BendDepth,
    BendTiming,
    Stance,
    bending,
    bent_pose,
    fingertip_floor_m,
    standing,
    within_reach,
)
from posture.truth.scenario import scenario
from posture.types import Activity, EventKind, Floats, Side


@pytest.fixture(scope="module")
def outfit() -> Outfit:
    return Outfit(Figure(Traits(gender=0.0)), Look(barefoot=True))


@pytest.fixture(scope="module")
def stroll(outfit: Outfit) -> Motion:
    return walking(outfit, Stance(), Walk(), 3.0, overground=True, begins=0.1)


def named(outfit: Outfit, motion: Motion, near: Side = Side.RIGHT) -> dict[str, float]:
    return {known.name: known.value for known in known_measures(outfit, motion, near)}


def points_at(outfit: Outfit, motion: Motion, time_s: float) -> dict[str, Floats]:
    outfit.figure.take(*motion.pose_at(time_s))
    return outfit.figure.points(outfit.surface)


@pytest.mark.parametrize("pelvis", [-8.0, 0.0, 12.0])
def test_standing_has_the_tilt_and_curves_it_was_given(outfit: Outfit, pelvis: float) -> None:
    stance = Stance(pelvis=pelvis, lordosis=6.0, kyphosis=4.0, knee=3.0, shank=2.0)

    found = named(outfit, standing(outfit, stance, 2.0, 0.0, 1))

    assert found["pelvic_tilt"] == pytest.approx(10.0 + pelvis, abs=0.01)
    assert found["lumbar_curve"] == pytest.approx(36.0)
    assert found["thoracic_rounding"] == pytest.approx(39.0)
    assert found["knee_flexion"] == pytest.approx(3.0)
    assert found["shank_lean"] == pytest.approx(2.0)


def test_a_bend_adds_to_standing_what_it_was_given(outfit: Outfit) -> None:
    depth = BendDepth(hip=48.0, lumbar=52.0, thorax=14.0, knee=4.0, shank=-5.0)

    found = named(outfit, bending(outfit, Stance(pelvis=5.0, knee=2.0), depth, BendTiming()))

    assert found["pelvis_on_thigh_flexion"] == pytest.approx(48.0)
    assert found["lumbar_flexion"] == pytest.approx(52.0)
    assert found["spine_flexion"] == pytest.approx(66.0)
    # the thigh went back by 5 and 4 more: the pelvis turned by 48 less 9
    assert found["pelvic_rotation"] == pytest.approx(39.0)
    assert found["upper_trunk_rotation"] == pytest.approx(105.0)
    assert found["knee_bend"] == pytest.approx(4.0)
    assert found["ankle_in_bend"] == pytest.approx(-5.0)
    assert found["hip_share"] == pytest.approx(39 / 91)


def test_hands_stop_at_the_floor(outfit: Outfit) -> None:
    deep = BendDepth(hip=95.0, lumbar=70.0, thorax=25.0)

    height_m = fingertip_floor_m(
        outfit, bent_pose(Stance(), within_reach(outfit, Stance(), deep), 1.0)
    )

    assert 0 <= height_m < 0.02


def test_a_foot_on_the_floor_does_not_slide(outfit: Outfit, stroll: Motion) -> None:
    strike = next(
        e.time_s for e in stroll.events if e.kind is EventKind.HEEL_STRIKE and e.side is Side.RIGHT
    )
    flat = [
        points_at(outfit, stroll, strike + phase * Walk().stride_s)["right_heel"]
        for phase in (0.10, 0.20, 0.30)
    ]

    assert np.ptp(np.array(flat), axis=0) == pytest.approx(np.zeros(3), abs=1e-3)


def test_no_foot_goes_through_the_floor(outfit: Outfit, stroll: Motion) -> None:
    lowest = []
    for time_s in np.linspace(0, 2.9, 40):
        outfit.figure.take(*stroll.pose_at(float(time_s)))
        lowest.append(float(outfit.posed()[:, 2].min()))

    assert min(lowest) >= 0.0
    assert max(lowest) < 0.02  # and one is always on it


def test_both_heels_strike_half_a_stride_apart(stroll: Motion) -> None:
    strikes = sorted(e.time_s for e in stroll.events if e.kind is EventKind.HEEL_STRIKE)

    assert np.diff(strikes) == pytest.approx(Walk().stride_s / 2)


def test_walking_is_within_published_bands(outfit: Outfit, stroll: Motion) -> None:
    found = named(outfit, stroll)

    # docs/method.md 4.3, free and slow speed, +- 2 sd of people
    for name, low, high in (
        ("peak_dorsiflexion", 2.0, 24.0),
        ("heel_off", 0.30, 0.52),
        ("peak_plantarflexion", 4.0, 38.0),
        ("trailing_limb_angle", 15.0, 29.0),
        ("knee_extension_midstance", -6.0, 14.0),
        ("stance_share", 0.56, 0.68),
        ("hip_extension", 4.0, 24.0),
    ):
        assert low < found[name] < high, (name, found[name])


def test_the_toes_turn_against_the_hips_about_when_they_leave() -> None:
    # people's do within a picture or two by all that is published of the coordinate method;
    # walkers that drag their toes behind them turn 55 to 70 ms later
    late_s = [turns_late_s(number) for number in range(4)]

    assert abs(np.mean(late_s)) < 0.03


def turns_late_s(number: int) -> float:
    drawn = scenario(77, number, Activity.WALKING, plain=True)
    side = drawn.near.value
    off_s = next(
        e.time_s
        for e in drawn.motion.events
        if e.kind is EventKind.TOE_OFF and e.side is drawn.near and e.time_s > 0.3
    )
    about_s = np.arange(-0.12, 0.121, 0.005)
    ahead = []
    for shift_s in about_s:
        points = points_at(drawn.outfit, drawn.motion, float(off_s + shift_s))
        ahead.append(float(points[f"{side}_hip"][1] - points[f"{side}_toe"][1]))
    return float(about_s[int(np.argmin(ahead))])


def test_a_lunge_holds_the_shank_that_it_was_given(outfit: Outfit) -> None:
    motion = lunging(outfit, Stance(), Side.RIGHT, 30.0, 37.0)

    found = named(outfit, motion)
    outfit.figure.take(*motion.pose_at(0.5))
    points = outfit.figure.points(outfit.surface)

    assert found["lunge_dorsiflexion_straight"] == pytest.approx(30.0)
    assert found["gastrocnemius_share"] == pytest.approx(7.0)
    # the left foot stands in front of the right one, which faces -y
    assert points["left_ankle"][1] < points["right_ankle"][1] - 0.3


def test_a_raised_leg_is_as_high_as_it_was_given_and_nobody_floats(outfit: Outfit) -> None:
    motion = raising(outfit, Side.LEFT, 70.0)

    found = named(outfit, motion, Side.LEFT)
    points = points_at(outfit, motion, 4.0)
    thigh = points["left_knee"] - points["left_hip"]

    assert motion.activity is Activity.LEG_RAISE
    assert found["leg_raise_angle"] == pytest.approx(70.0)
    assert np.degrees(np.arctan2(thigh[2], np.hypot(*thigh[:2]))) == pytest.approx(70.0, abs=0.5)
    assert 0 < points["right_hip"][2] < 0.25
