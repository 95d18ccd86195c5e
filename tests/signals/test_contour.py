"""The back's outline: bodies whose back has chosen inclinations."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.signals.body import BodySignals
from posture.signals.clean import clean
from posture.signals.contour import WINDOWS, dorsal_profile, hollow_depth
from posture.signals.frame import forward_sign
from posture.types import OUTLINE_STEPS_PER_PX, Facing, Floats, Landmarks, Side
from tests.make import NONE, SIDE_ON, Camera, Flaws, filmed, landmarks
from tests.stick import BENT, STANDING, Pose, standing

NEAR = {Facing.RIGHT: Side.RIGHT, Facing.LEFT: Side.LEFT}


def levels_deg(pose: Pose, camera: Camera = SIDE_ON, flaws: Flaws = NONE) -> list[float]:
    clip = clean(filmed(standing(np.zeros(1), pose), camera, flaws)).landmarks
    forward = forward_sign(clip)
    body = BodySignals(clip, forward, NEAR[camera.facing])
    return [float(body.back(level, (0, 1)).value[0]) for level in WINDOWS]


POSES = {
    "standing": STANDING,
    "flat back": replace(STANDING, sacrum_deg=6.0, junction_deg=-2.0, thorax_deg=10.0),
    "hollow back": replace(STANDING, sacrum_deg=32.0, junction_deg=-14.0, thorax_deg=25.0),
    "sway back": replace(STANDING, trunk_deg=-6.0, sacrum_deg=15.0, junction_deg=-20.0),
    "bent": BENT,
    "bent in the hips": replace(
        BENT, trunk_deg=92.0, sacrum_deg=95.0, junction_deg=90.0, thorax_deg=100.0
    ),
}


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.LEFT])
@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
def test_the_inclinations_of_the_back_are_found(pose: Pose, facing: Facing) -> None:
    found = levels_deg(pose, Camera(facing=facing))

    assert found == pytest.approx([pose.sacrum_deg, pose.junction_deg, pose.thorax_deg], abs=1.0)


@pytest.mark.parametrize("height_px", [250.0, 400.0, 600.0])
def test_how_near_they_stand_does_not_matter(height_px: float) -> None:
    found = levels_deg(STANDING, Camera(height_px=height_px))

    assert found == pytest.approx(levels_deg(STANDING), abs=1.5)


@pytest.mark.parametrize("roll_deg", [-8.0, 5.0])
@pytest.mark.parametrize(("facing", "sign"), [(Facing.RIGHT, 1.0), (Facing.LEFT, -1.0)])
def test_a_rolled_camera_adds_its_roll(roll_deg: float, facing: Facing, sign: float) -> None:
    found = levels_deg(STANDING, Camera(facing=facing, roll_deg=roll_deg))
    level = levels_deg(STANDING, Camera(facing=facing))

    assert found == pytest.approx([deg + sign * roll_deg for deg in level], abs=0.5)


def test_the_hip_and_shoulder_points_matter_little_to_the_back() -> None:
    moved = levels_deg(STANDING, SIDE_ON, Flaws(offset=0.01, seed=5))

    assert moved == pytest.approx(levels_deg(STANDING), abs=4.0)


def box(left_px: float, right_px: float, *, hollow_px: float = 0.0) -> Landmarks:
    """Somebody of straight back facing right: hip at (500, 500), shoulder at (500, 300)."""
    back_y = np.linspace(560.0, 240.0, 65)
    bay = hollow_px * np.exp(-(((back_y - 400.0) / 40.0) ** 2))
    back = np.column_stack([left_px + bay, back_y])
    edge: Floats = np.vstack([back, [[right_px, 240.0], [right_px, 560.0]]])
    outline = np.round(edge * OUTLINE_STEPS_PER_PX).astype(np.int16)
    points = {"right_hip": (500.0, 500.0), "right_shoulder": (500.0, 300.0)}
    return landmarks(
        np.zeros(1),
        np.array([list(points.values())]),
        names=tuple(points),
        outlines=(outline,),
    )


def test_depth_is_the_distance_behind_the_hip_shoulder_line_in_its_lengths() -> None:
    profile = dorsal_profile(box(440.0, 570.0), np.ones(1), Side.RIGHT, 0)

    assert profile is not None
    assert profile.chord_deg == 0.0
    assert profile.depth == pytest.approx(60.0 / 200.0, abs=1e-3)


def test_depth_is_taken_on_the_side_they_do_not_face() -> None:
    profile = dorsal_profile(box(440.0, 570.0), -np.ones(1), Side.RIGHT, 0)

    assert profile is not None
    assert profile.depth == pytest.approx(70.0 / 200.0, abs=1e-3)


def test_an_edge_far_off_is_not_the_back() -> None:
    profile = dorsal_profile(box(300.0, 570.0), np.ones(1), Side.RIGHT, 0)

    assert profile is not None
    assert np.isnan(profile.depth).all()


def test_a_hollow_is_as_deep_as_it_was_made_and_a_straight_back_has_none() -> None:
    straight = dorsal_profile(box(440.0, 570.0), np.ones(1), Side.RIGHT, 0)
    hollow = dorsal_profile(box(440.0, 570.0, hollow_px=10.0), np.ones(1), Side.RIGHT, 0)

    assert straight is not None
    assert hollow is not None
    assert hollow_depth(straight) == pytest.approx(0.0, abs=1e-3)
    assert hollow_depth(hollow) == pytest.approx(10.0 / 200.0, abs=0.003)


def test_a_broken_outline_has_no_depth_of_hollow() -> None:
    profile = dorsal_profile(box(300.0, 570.0), np.ones(1), Side.RIGHT, 0)

    assert profile is not None
    assert math.isnan(hollow_depth(profile))


def test_without_outline_hip_or_facing_there_is_no_profile_and_no_inclination() -> None:
    clip = box(440.0, 570.0)
    headless = replace(clip, xy_px=clip.xy_px * np.nan)

    assert dorsal_profile(replace(clip, outlines=(None,)), np.ones(1), Side.RIGHT, 0) is None
    assert dorsal_profile(headless, np.ones(1), Side.RIGHT, 0) is None
    assert dorsal_profile(clip, np.array([np.nan]), Side.RIGHT, 0) is None
    assert np.isnan(
        BodySignals(headless, np.ones(1), Side.RIGHT).back("sacral", (0, 1)).value
    ).all()


def test_outside_of_the_frames_asked_for_nothing_is_known() -> None:
    clip = clean(filmed(standing(np.arange(5) / 30.0))).landmarks

    value = BodySignals(clip, forward_sign(clip), Side.RIGHT).back("sacral", (1, 3)).value

    assert np.isfinite(value).tolist() == [False, True, True, False, False]
