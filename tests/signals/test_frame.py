"""Which way they face, how far they are turned, where the floor is, how long a leg is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.signals.clean import clean
from posture.signals.frame import (
    FrameSettings,
    body_size_px,
    floor_px,
    forward_sign,
    leg_length_px,
    off_axis_deg,
    scale_of,
    view_of,
)
from posture.types import Facing, Landmarks, Side, View
from tests.make import SIDE_ON, TALL, WIDE, Camera, Flaws, filmed, seconds
from tests.stick import (
    HEEL,
    LEG_LENGTH,
    SHANK,
    STANDING,
    THIGH,
    TRUNK,
    Gait,
    bending,
    standing,
    walking,
)

PLAIN = Flaws(outline=False)
FEET = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("heel", "foot_index"))


def stander(camera: Camera = SIDE_ON, flaws: Flaws = PLAIN) -> Landmarks:
    return clean(filmed(standing(seconds(1.0)), camera, flaws)).landmarks


def seen(clip: Landmarks) -> View:
    return view_of(clip, forward_sign(clip), (0, len(clip.time_s)))


@pytest.mark.parametrize(("facing", "sign"), [(Facing.RIGHT, 1.0), (Facing.LEFT, -1.0)])
def test_facing_is_told_from_feet_and_face(facing: Facing, sign: float) -> None:
    assert (forward_sign(stander(Camera(facing=facing))) == sign).all()


@pytest.mark.parametrize("hidden", [FEET, ("nose", "left_ear", "right_ear")])
@pytest.mark.parametrize(("facing", "sign"), [(Facing.RIGHT, 1.0), (Facing.LEFT, -1.0)])
def test_either_feet_or_face_is_enough(
    hidden: tuple[str, ...], facing: Facing, sign: float
) -> None:
    clip = stander(Camera(facing=facing), Flaws(hidden=hidden, outline=False))

    assert (forward_sign(clip) == sign).all()


def test_without_feet_and_face_nobody_can_tell() -> None:
    clip = stander(SIDE_ON, Flaws(hidden=(*FEET, "nose"), outline=False))

    assert np.isnan(forward_sign(clip)).all()


def test_a_head_hanging_in_a_bend_does_not_turn_the_person_round() -> None:
    clip = clean(filmed(bending(seconds(8.0)), SIDE_ON, Flaws(hidden=FEET, outline=False)))

    assert (forward_sign(clip.landmarks) == 1.0).all()


def test_a_frame_without_anybody_faces_nowhere() -> None:
    clip = stander()
    xy_px = clip.xy_px.copy()
    xy_px[10:14] = np.nan

    forward = forward_sign(replace(clip, xy_px=xy_px))

    assert np.isnan(forward[10:14]).all()
    assert (np.delete(forward, slice(10, 14)) == 1.0).all()


def test_a_walker_faces_one_way_all_along() -> None:
    clip = clean(filmed(walking(seconds(4.0), Gait(treadmill=True)).figure, SIDE_ON, PLAIN))

    assert (forward_sign(clip.landmarks) == 1.0).all()


@pytest.mark.parametrize("height_px", [200.0, 500.0])
def test_a_leg_is_as_long_as_its_segments_and_the_height_of_the_ankle(height_px: float) -> None:
    clip = stander(Camera(height_px=height_px))

    length = leg_length_px(clip, (0, 30), Side.RIGHT)

    assert length == pytest.approx((THIGH + SHANK - HEEL[1]) * height_px, abs=1e-6)
    assert length == pytest.approx(LEG_LENGTH * height_px, rel=0.02)


def test_a_leg_keeps_its_length_in_walking() -> None:
    clip = clean(filmed(walking(seconds(4.0), Gait(treadmill=True)).figure, SIDE_ON, PLAIN))

    length = leg_length_px(clip.landmarks, (0, 120), Side.RIGHT)

    assert length == pytest.approx(LEG_LENGTH * 500.0, rel=0.03)


def test_a_leg_out_of_sight_has_no_length() -> None:
    clip = stander(SIDE_ON, Flaws(hidden=("right_knee", "right_ankle"), outline=False))

    assert math.isnan(leg_length_px(clip, (0, 30), Side.RIGHT))
    assert math.isfinite(leg_length_px(clip, (0, 30), Side.LEFT))


def test_a_straight_leg_with_its_knee_covered_is_as_long_as_without() -> None:
    covered = stander(SIDE_ON, Flaws(hidden=("right_knee",), outline=False))
    seen = stander(SIDE_ON, Flaws(outline=False))

    length = leg_length_px(covered, (0, 30), Side.RIGHT)

    assert length == pytest.approx(leg_length_px(seen, (0, 30), Side.RIGHT), rel=0.02)


def test_a_body_has_the_same_size_upright_and_bent() -> None:
    clip = clean(filmed(bending(seconds(8.0)), SIDE_ON, PLAIN)).landmarks
    true_px = (TRUNK + THIGH + SHANK) * 500.0

    assert body_size_px(clip, (0, 30)) == pytest.approx(true_px, rel=1e-3)
    assert body_size_px(clip, (120, 150)) == pytest.approx(true_px, rel=1e-3)


def test_a_body_of_which_no_side_is_whole_has_no_size() -> None:
    hidden = ("left_shoulder", "right_hip")
    clip = stander(SIDE_ON, Flaws(hidden=hidden, outline=False))

    assert math.isnan(body_size_px(clip, (0, 30)))


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.LEFT])
@pytest.mark.parametrize("size_px", [WIDE, TALL])
@pytest.mark.parametrize("yaw_deg", [-40.0, -15.0, 0.0, 8.0, 32.0])
def test_the_yaw_is_positive_with_the_chest_towards_the_camera_whichever_way_they_face(
    facing: Facing, size_px: tuple[int, int], yaw_deg: float
) -> None:
    view = seen(stander(Camera(facing=facing, yaw_deg=yaw_deg, size_px=size_px)))

    assert view.facing is facing
    assert view.yaw_deg == pytest.approx(yaw_deg, abs=1.0)


@pytest.mark.parametrize(("facing", "near"), [(Facing.RIGHT, Side.RIGHT), (Facing.LEFT, Side.LEFT)])
def test_the_near_side_is_the_one_they_face_away_from_the_camera_with(
    facing: Facing, near: Side
) -> None:
    assert seen(stander(Camera(facing=facing))).near_side is near


@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.LEFT])
@pytest.mark.parametrize(("yaw_deg", "named"), [(80.0, Facing.FRONT), (-80.0, Facing.BACK)])
def test_somebody_turned_towards_the_camera_is_seen_from_the_front(
    facing: Facing, yaw_deg: float, named: Facing
) -> None:
    assert seen(stander(Camera(facing=facing, yaw_deg=yaw_deg))).facing is named


def test_without_shoulders_the_yaw_is_unknown_and_its_doubt_infinite() -> None:
    hidden = ("left_shoulder", "right_shoulder")
    view = seen(stander(SIDE_ON, Flaws(hidden=hidden, outline=False)))

    assert math.isnan(view.yaw_deg)
    assert view.yaw_sd_deg == math.inf


def test_the_floor_is_one_number_under_the_lowest_foot_point() -> None:
    clip = stander()
    feet = [clip.names.index(name) for name in FEET]

    floor = floor_px(clip, (0, 30))

    assert floor == pytest.approx(clip.xy_px[:, feet, 1].max(), abs=1e-6)


def test_the_outline_s_edge_is_the_floor_where_it_is_seen() -> None:
    clip = stander(SIDE_ON, Flaws(outline=True))
    ankle_y = clip.point("right_ankle")[0, 1]

    # the sole lies 0.039 body heights under the ankle, the toe point 0.037
    assert floor_px(clip, (0, 30)) == pytest.approx(ankle_y + 0.039 * 500.0, abs=0.1)


def test_an_outline_that_goes_on_into_a_shadow_is_not_the_floor() -> None:
    clip = stander(SIDE_ON, Flaws(outline=True))
    shadow = tuple(
        None if o is None else np.where(o == o[:, 1].max(), o + 16 * 60, o).astype(np.int16)
        for o in clip.outlines
    )

    assert floor_px(replace(clip, outlines=shadow), (0, 30)) == pytest.approx(
        floor_px(stander(), (0, 30)), abs=1.0
    )


def test_without_feet_the_floor_is_unknown() -> None:
    clip = stander(SIDE_ON, Flaws(hidden=FEET, outline=False))

    assert math.isnan(floor_px(clip, (0, 30)))


@pytest.mark.parametrize("aside_deg", [0.0, 5.0, 15.0, 25.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_how_far_off_the_axis_follows_from_a_lens_of_60_degrees(
    aside_deg: float, sign: float
) -> None:
    focal_px = (WIDE[0] / 2) / math.tan(math.radians(30.0))
    aside_px = sign * focal_px * math.tan(math.radians(aside_deg))

    clip = stander(Camera(off_centre_px=aside_px, height_px=300.0))

    assert off_axis_deg(clip, (0, 30)) == pytest.approx(aside_deg, abs=0.3)


def test_a_height_gives_the_scale_and_nothing_else_does() -> None:
    assert scale_of(850.0, 1.7).px_per_m == pytest.approx(500.0)
    assert scale_of(850.0, None).px_per_m is None
    assert scale_of(math.nan, 1.7).source == "none"


def test_the_pose_stands_upright_so_that_its_height_is_one_body_height() -> None:
    # a check of the stick figure itself: shoulder at 0.818 H (Drillis & Contini)
    figure = standing(np.zeros(1), replace(STANDING, shank_deg=0.0, knee_deg=0.0, trunk_deg=0.0))

    assert figure.points["left_shoulder"][0, 1] == pytest.approx(0.818)
    assert FrameSettings().shoulder_width * (TRUNK + THIGH + SHANK) == pytest.approx(0.21, abs=1e-3)
