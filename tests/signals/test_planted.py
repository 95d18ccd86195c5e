"""A foot's landing and leaving are read off its own course over the floor it stands on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.signals.clean import clean
from posture.signals.events import heel_strikes, toe_offs
from posture.signals.foot import heel_ahead, toe_ahead
from posture.signals.frame import forward_sign
from posture.signals.planted import landed_s, left_s, rise_deg
from posture.types import Facing, Floats, Landmarks, Side
from tests.make import Camera, Flaws, filmed, landmarks, seconds
from tests.stick import Gait, walking

ACROSS = Camera(size_px=(3600, 1080))
STRIDE_S = 1.0
LEFT_S = 2.60


def points_of(points: dict[str, Floats], time_s: Floats) -> Landmarks:
    return landmarks(time_s, np.stack([*points.values()], axis=1), names=tuple(points))


def tipping(rises_s: float, pitch_deg: float = 60.0) -> dict[str, Floats]:
    """A foot that lies still, tips over its toes until LEFT_S and flies; 60 pictures a second."""
    time_s = seconds(4.0, 60.0)
    tipped = np.interp(time_s, [LEFT_S - rises_s, LEFT_S, LEFT_S + 0.3], [0, pitch_deg, 0])
    flies = np.interp(time_s, [LEFT_S, LEFT_S + 0.4], [0.0, 250.0])
    toe = np.stack([500.0 + flies, np.full(len(time_s), 900.0)], axis=-1)
    turn = np.radians(tipped)
    heel = toe - 80.0 * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    return {"right_heel": heel, "right_foot_index": toe}


@pytest.mark.parametrize("pitch_deg", [35.0, 60.0, 75.0])
@pytest.mark.parametrize("off_s", [-0.05, 0.0, 0.05])
def test_the_toes_leave_when_the_foot_is_tipped_whatever_the_turn_s_place(
    off_s: float, pitch_deg: float
) -> None:
    clip = points_of(tipping(0.225, pitch_deg), seconds(4.0, 60.0))

    (at,) = left_s(clip, np.ones(240), Side.RIGHT, np.array([LEFT_S + off_s]), STRIDE_S)

    # the last fifth of a rise of 225 ms takes 45 ms
    assert at == pytest.approx(LEFT_S, abs=0.012)


def test_of_the_far_foot_the_rise_s_first_seven_tenths_count() -> None:
    clip = points_of(tipping(0.225), seconds(4.0, 60.0))

    (at,) = left_s(clip, np.ones(240), Side.RIGHT, np.array([LEFT_S]), STRIDE_S, is_far=True)

    # the model rounds the top off: three tenths of a rise of 225 ms count as 50 ms
    assert at == pytest.approx(LEFT_S - 0.3 * 0.225 + 0.05, abs=0.012)


@pytest.mark.parametrize("pitch_deg", [12.0, 60.0])
def test_how_far_a_foot_tips_as_it_leaves(pitch_deg: float) -> None:
    clip = points_of(tipping(0.1, pitch_deg), seconds(4.0, 60.0))

    assert rise_deg(clip, np.ones(240), Side.RIGHT, LEFT_S, STRIDE_S) == pytest.approx(
        pitch_deg, rel=0.05
    )
    assert np.isnan(rise_deg(clip, np.ones(240), Side.RIGHT, 9.0, STRIDE_S))


def test_where_the_pitch_was_not_seen_the_turn_stands_in() -> None:
    points = {name: np.full((240, 2), np.nan) for name in ("right_heel", "right_foot_index")}
    clip = points_of(points, seconds(4.0, 60.0))

    found = left_s(clip, np.ones(240), Side.RIGHT, np.array([1.6, 2.6]), STRIDE_S)

    assert found == pytest.approx([1.615, 2.615])


@pytest.mark.parametrize("belt", [0.0, -300.0])
def test_a_foot_lands_when_its_ankle_stops_against_the_floor_also_on_a_belt(belt: float) -> None:
    time_s = seconds(4.0, 60.0)
    went = np.interp(time_s, [1.6, 2.0, 2.06, 4.0], [0.0, 200.0, 209.0, 209.0])
    ankle = np.stack([went + belt * time_s, np.full(len(time_s), 900.0)], axis=-1)
    hip = np.stack([300.0 * time_s + belt * time_s, np.full(len(time_s), 500.0)], axis=-1)
    clip = points_of({"right_ankle": ankle, "right_hip": hip}, time_s)

    (at,) = landed_s(clip, np.ones(240), Side.RIGHT, np.array([2.05]), STRIDE_S)

    # from 500 to 150 px a second about 2.0 s, past three quarters of the hips' 300
    assert at == pytest.approx(2.0 - 0.021, abs=0.012)


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("treadmill", [False, True])
def test_a_walker_s_moments_are_within_what_is_said_of_the_stick(
    facing: Facing, *, treadmill: bool
) -> None:
    stroll = walking(seconds(6.0, 60.0), Gait(treadmill=treadmill), first_s=0.2)
    camera = replace(ACROSS, facing=facing)
    clip = clean(filmed(stroll.figure, camera, Flaws(outline=False))).landmarks
    forward = forward_sign(clip)
    one_way = np.full(len(forward), np.nanmedian(forward))
    for side in (Side.LEFT, Side.RIGHT):
        heel, toe = (ahead(clip, forward, side, 265.0) for ahead in (heel_ahead, toe_ahead))
        landed = landed_s(clip, one_way, side, heel_strikes(heel), stroll.gait.stride_s)
        left = left_s(clip, one_way, side, toe_offs(toe), stroll.gait.stride_s)

        off = {
            "lands": [at - stroll.strikes_s[side] for at in landed[1:-1]],
            "leaves": [at - stroll.offs_s[side] for at in left[1:-1]],
        }
        nearest = {
            name: np.array([each[np.abs(each).argmin()] for each in offs]) / stroll.gait.stride_s
            for name, offs in off.items()
        }
        # the stick's ankle slows down before it lands; its foot tips on after its toes have left
        assert ((nearest["lands"] > -0.035) & (nearest["lands"] < -0.02)).all()
        assert ((nearest["leaves"] > 0.005) & (nearest["leaves"] < 0.03)).all()
