"""The stick figure itself: what the other tests take for true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.types import Facing, Floats, Side
from tests.make import SIDE_ON, TALL, Camera, Flaws, filmed, mirrored, seconds
from tests.stick import (
    ANKLE_HEIGHT,
    BENT,
    HAND,
    RUN,
    SHANK,
    STANDING,
    THIGH,
    TRUNK,
    Figure,
    Gait,
    Pose,
    bending,
    gait_truth,
    leaning_deg,
    moving,
    standing,
    walking,
)

PLAIN = Flaws(outline=False)
FIGURES = {
    "bending": bending(seconds(9.0)),
    "walking": walking(seconds(3.0)).figure,
    "running": walking(seconds(3.0), RUN).figure,
    "lunging": moving(
        seconds(4.0),
        [(1.0, Pose(shank_deg=33.0, trunk_deg=25.0)), (3.0, Pose(shank_deg=39.0, knee_deg=30.0))],
        far_foot_ahead=0.40,
    ),
}


def gap(figure: Figure, one: str, other: str) -> Floats:
    apart = figure.points[one] - figure.points[other]
    return np.hypot(apart[:, 0], apart[:, 1])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_bones_keep_their_lengths(figure: Figure, side: str) -> None:
    for upper, lower, length in (
        ("shoulder", "hip", TRUNK),
        ("hip", "knee", THIGH),
        ("knee", "ankle", SHANK),
    ):
        assert gap(figure, f"{side}_{upper}", f"{side}_{lower}") == pytest.approx(length)


def test_a_pose_has_the_angles_it_was_given() -> None:
    figure = standing(np.zeros(1), BENT)

    def lean(upper: str, lower: str) -> float:
        pair = (figure.points[f"right_{p}"][0, :2] for p in (upper, lower))
        return float(leaning_deg(*pair))

    assert lean("shoulder", "hip") == pytest.approx(BENT.trunk_deg)
    assert lean("knee", "ankle") == pytest.approx(BENT.shank_deg)
    assert lean("knee", "ankle") - lean("hip", "knee") == pytest.approx(BENT.knee_deg)


def test_arms_that_hang_end_where_tables_say() -> None:
    upright = replace(STANDING, shank_deg=0.0, knee_deg=0.0, trunk_deg=0.0)

    # 0.378 of the height (Drillis & Contini 1966); 0.381 and 0.392 in Hong Kong
    assert upright.fingertip_height == pytest.approx(0.378)
    wrist = standing(np.zeros(1), upright).points["left_wrist"][0, 1]
    assert wrist - HAND == pytest.approx(0.378)


def test_feet_stay_where_they_are_put() -> None:
    for name in ("heel", "foot_index", "ankle"):
        path = FIGURES["bending"].points[f"right_{name}"]
        assert np.ptp(path, axis=0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("gait", [Gait(), RUN], ids=["walking", "running"])
def test_a_stance_foot_does_not_slide_and_its_heel_lands_and_toes_leave_on_time(
    gait: Gait,
) -> None:
    stroll = walking(seconds(4.0, 200.0), gait, first_s=0.1)
    time_s = stroll.figure.time_s
    for side in (Side.LEFT, Side.RIGHT):
        ankle = stroll.figure.points[f"{side.value}_ankle"]
        for strike_s in stroll.strikes_s[side]:
            flat = (time_s > strike_s + gait.flat_at * gait.stride_s) & (
                time_s < strike_s + gait.heel_off_at * gait.stride_s
            )
            if flat.any():
                assert np.ptp(ankle[flat], axis=0)[:2] == pytest.approx(0.0, abs=1e-9)
                assert ankle[flat][:, 1] == pytest.approx(ANKLE_HEIGHT)
        toe = stroll.figure.points[f"{side.value}_foot_index"]
        for strike_s in stroll.strikes_s[side]:
            rolling = (time_s > strike_s + gait.heel_off_at * gait.stride_s) & (
                time_s < strike_s + gait.stance * gait.stride_s
            )
            if rolling.any():
                # the point lies a little over the sole, about which the foot rolls
                assert np.ptp(toe[rolling, 0]) < 0.004


def test_walkers_keep_a_foot_on_the_floor_and_runners_fly() -> None:
    assert gait_truth(Gait())["double_support_share"] > 0.2
    assert gait_truth(RUN)["double_support_share"] < 0


def test_a_walker_walks_as_people_do() -> None:
    true = gait_truth(Gait())

    # Schwartz 2008 and CGM2.3 at a free pace, design page 4.3, give or take two sd
    assert 4 < true["peak_dorsiflexion"] < 21
    assert 4 < true["peak_plantarflexion"] < 38
    assert 0.30 < true["heel_off"] < 0.46
    assert 17 < true["trailing_limb_angle"] < 29
    assert 0 < true["knee_extension_midstance"] < 15
    assert 12 < true["hip_extension"] < 24


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("yaw_deg", [-30.0, 0.0, 30.0])
def test_a_turned_body_is_as_narrow_as_its_projection(facing: Facing, yaw_deg: float) -> None:
    camera = Camera(facing=facing, yaw_deg=yaw_deg)
    clip = filmed(standing(np.zeros(1)), camera, PLAIN)
    left, right = (clip.point(f"{side}_shoulder")[0, 0] for side in ("left", "right"))
    heel, toe = (clip.point(f"left_{p}")[0, 0] for p in ("heel", "foot_index"))

    # chest to the camera: the person's left at the picture's right
    assert left - right == pytest.approx(500 * 0.21 * np.sin(np.radians(yaw_deg)))
    assert abs(toe - heel) == pytest.approx(500 * 0.15 * np.cos(np.radians(yaw_deg)), rel=1e-6)
    assert np.sign(toe - heel) == (1 if facing is Facing.RIGHT else -1)


def test_a_rolled_picture_is_turned_clockwise_about_its_middle() -> None:
    level, rolled = (
        filmed(standing(np.zeros(1)), Camera(roll_deg=deg, size_px=TALL), PLAIN).xy_px[0]
        for deg in (0.0, 10.0)
    )
    middle = np.array(TALL) / 2
    before, after = (
        np.degrees(np.arctan2(*(points - middle).T[::-1])) for points in (level, rolled)
    )

    assert (after - before + 180) % 360 - 180 == pytest.approx(10.0)


def test_noise_is_as_large_as_said() -> None:
    figure = standing(seconds(20.0))
    noisy = filmed(figure, SIDE_ON, Flaws(noise=0.015, outline=False))

    off = noisy.xy_px - filmed(figure, SIDE_ON, PLAIN).xy_px

    assert off.std() == pytest.approx(0.015 * 500, rel=0.02)


def test_a_mirror_mirrored_is_the_clip() -> None:
    clip = filmed(walking(seconds(1.0)).figure, SIDE_ON, Flaws(noise=0.01))
    twice = mirrored(mirrored(clip))

    assert twice.xy_px == pytest.approx(clip.xy_px)
    assert all(
        a is not None and b is not None and np.array_equal(a, b)
        for a, b in zip(twice.outlines, clip.outlines, strict=True)
    )
