"""Moments: what the stick figure does at known times is found, all of it and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.signals.clean import clean
from posture.signals.events import (
    EventSettings,
    bends,
    heel_off,
    heel_strikes,
    toe_offs,
)
from posture.signals.foot import heel_ahead, toe_ahead
from posture.signals.frame import forward_sign
from posture.types import Facing, Floats, Side, Signal
from tests.make import Camera, Flaws, filmed, seconds, signal
from tests.stick import BENT, STANDING, Gait, Stroll, moving, walking

ACROSS = Camera(size_px=(3600, 1080))
# what the docstrings of `heel_strikes` and `toe_offs` say of the stick figure, share of the stride
STRIKE_EARLY = (0.02, 0.03)
OFF_LATE = (0.025, 0.032)
GAITS = {
    "usual": Gait(),
    "quick": Gait(stride_s=0.95),
    "slow and short": Gait(stride_s=1.4, stride_length=0.62, lead=0.105),
    "landing hard": Gait(landing=0.5),
    "on a treadmill": Gait(treadmill=True),
}


def ahead(stroll: Stroll, side: Side, camera: Camera, flaws: Flaws) -> tuple[Signal, Signal]:
    clip = clean(filmed(stroll.figure, camera, flaws)).landmarks
    forward = forward_sign(clip)
    return heel_ahead(clip, forward, side, 265.0), toe_ahead(clip, forward, side, 265.0)


def errors_s(found: Floats, true: Floats, time_s: Floats) -> Floats:
    """Found less true for every true moment well inside of the clip; NaN where it was missed.

    Raises if something was found where nothing was.
    """
    gap = np.abs(found[:, None] - true[None])
    assert (gap.min(axis=1) < 0.15).all(), f"false: {found}, true: {true}"
    inside = true[(true > time_s[0] + 0.2) & (true < time_s[-1] - 0.2)]
    nearest = np.abs(found[:, None] - inside[None]).argmin(axis=0)
    off = found[nearest] - inside
    return np.where(np.abs(off) < 0.15, off, np.nan)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
@pytest.mark.parametrize("gait", GAITS.values(), ids=GAITS.keys())
def test_every_landing_and_leaving_is_found_with_the_bias_the_method_is_known_for(
    gait: Gait, rate_hz: float, facing: Facing, side: Side
) -> None:
    stroll = walking(seconds(6.0, rate_hz), gait, first_s=0.2)
    heel, toe = ahead(stroll, side, replace(ACROSS, facing=facing), Flaws(outline=False))

    early_s = -errors_s(heel_strikes(heel), stroll.strikes_s[side], heel.time_s)
    late_s = errors_s(toe_offs(toe), stroll.offs_s[side], toe.time_s)

    assert STRIKE_EARLY[0] <= np.mean(early_s) / gait.stride_s <= STRIKE_EARLY[1]
    assert OFF_LATE[0] <= np.mean(late_s) / gait.stride_s <= OFF_LATE[1]
    assert np.std(early_s) < 0.003
    assert np.std(late_s) < 0.003


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_noise_scatters_the_moments_as_stated_and_neither_loses_nor_invents_any(
    rate_hz: float,
) -> None:
    stroll = walking(seconds(8.0, rate_hz), Gait(treadmill=True), first_s=0.2)
    early_s, late_s = [], []
    for seed in range(5):
        # 1.5 cm on a body of 1.7 m
        flaws = Flaws(noise=0.015 / 1.7, seed=seed, outline=False)
        for side in (Side.LEFT, Side.RIGHT):
            heel, toe = ahead(stroll, side, Camera(), flaws)
            early_s += [*-errors_s(heel_strikes(heel), stroll.strikes_s[side], heel.time_s)]
            late_s += [*errors_s(toe_offs(toe), stroll.offs_s[side], toe.time_s)]

    stride_s = stroll.gait.stride_s
    assert STRIKE_EARLY[0] - 0.005 <= np.mean(early_s) / stride_s <= STRIKE_EARLY[1] + 0.005
    assert OFF_LATE[0] - 0.005 <= np.mean(late_s) / stride_s <= OFF_LATE[1] + 0.005
    # GaitSettings.event_sd_s, and a fifth of a frame
    stated_s = np.hypot(0.015, 0.2 / rate_hz)
    assert np.std(early_s) < stated_s
    assert np.std(late_s) < stated_s


def test_moments_lie_between_frames_where_the_signal_says_so() -> None:
    time_s = seconds(6.0)
    wave = np.cos(2 * np.pi * (time_s - 0.513))

    found = heel_strikes(signal(wave, time_s))

    assert found == pytest.approx(np.arange(6) + 0.513, abs=0.001)


def test_toes_leave_where_they_are_furthest_behind() -> None:
    time_s = seconds(6.0)
    wave = np.cos(2 * np.pi * (time_s - 0.513))

    found = toe_offs(signal(wave, time_s))

    assert found == pytest.approx(np.arange(5) + 1.013, abs=0.001)


def test_a_turn_at_the_very_edge_of_what_was_seen_is_not_trusted() -> None:
    time_s = seconds(3.0)
    wave = np.cos(2 * np.pi * (time_s - 0.04))

    found = heel_strikes(signal(wave, time_s))

    assert found[0] == pytest.approx(1.04, abs=0.001)


def test_unknown_stretches_hold_no_moments_and_nothing_known_holds_none() -> None:
    time_s = seconds(6.0)
    wave = np.cos(2 * np.pi * (time_s - 0.5))
    wave[(time_s > 2.0) & (time_s < 3.0)] = np.nan

    assert heel_strikes(signal(wave, time_s)) == pytest.approx([0.5, 1.5, 3.5, 4.5, 5.5], abs=0.01)
    assert len(heel_strikes(signal(np.full(180, np.nan), time_s))) == 0
    assert len(heel_strikes(signal(np.zeros(180), time_s))) == 0


# --- heel-off --------------------------------------------------------------------------------

PHASE = np.linspace(0.0, 1.0, 101)


def test_the_heel_is_off_so_long_before_the_pitch_has_risen_by_11_degrees() -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.3, 0.6, 0.8, 1], [-20, 2, 2, 62, 0, -20])

    # 11 degrees over the flat foot's 2 are reached .055 of a cycle after .3, .066 after heel-off
    assert heel_off(pitch, PHASE, 0.0, 0.62, 1.0) == pytest.approx(0.3 + 0.055 - 0.066)


def test_of_a_pitch_that_is_seen_in_part_less_will_do() -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.3, 0.6, 0.8, 1], [-20, 0, 0, 60, 0, -20])

    # seen by eight tenths, what rises to 11 degrees shows 8.8
    whole = heel_off(pitch, PHASE, 0.0, 0.62, 1.0)
    part = heel_off(0.8 * pitch, PHASE, 0.0, 0.62, 1.0, seen_share=0.8)
    assert part == pytest.approx(whole)
    assert heel_off(0.8 * pitch, PHASE, 0.0, 0.62, 1.0) > whole + 0.01


def test_the_time_until_the_heel_is_seen_up_goes_with_the_stride() -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.3, 0.6, 0.8, 1], [-20, 2, 2, 62, 0, -20])

    assert heel_off(pitch, 1.2 * PHASE, 0.0, 1.2 * 0.62, 1.2) == pytest.approx(
        1.2 * heel_off(pitch, PHASE, 0.0, 0.62, 1.0)
    )


@pytest.mark.parametrize("wanders_deg", [6.0, 9.0])
def test_a_planted_foot_s_points_may_wander_without_a_heel_being_up(wanders_deg: float) -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.45, 0.6, 0.8, 1], [-20, 0, 0, 60, 0, -20])
    still = heel_off(pitch, PHASE, 0.0, 0.62, 1.0)
    # as they are read on people who walk flat-footed: for the whole last part of mid-stance
    pitch += np.interp(PHASE, [0.30, 0.34, 0.42, 0.46], [0, wanders_deg, wanders_deg, 0])

    assert heel_off(pitch, PHASE, 0.0, 0.62, 1.0) == pytest.approx(still, abs=0.02)


def test_a_rise_that_does_not_last_is_not_heel_off() -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.4, 0.6, 0.8, 1], [-20, 0, 0, 60, 0, -20])
    still = heel_off(pitch, PHASE, 0.0, 0.62, 1.0)
    pitch[25:28] = 14.0

    assert heel_off(pitch, PHASE, 0.0, 0.62, 1.0) == pytest.approx(still)


def test_a_foot_still_coming_down_is_not_heel_off() -> None:
    pitch = np.interp(PHASE, [0, 0.05, 0.1, 0.4, 0.6, 1], [0, 16, 0, 0, 60, 0])

    assert heel_off(pitch, PHASE, 0.0, 0.62, 1.0) == pytest.approx(0.4 + 0.2 * 11 / 60 - 0.066)


@pytest.mark.parametrize("pitch", [np.zeros(101), np.full(101, np.nan)])
def test_a_heel_that_stays_down_or_was_not_seen_has_no_heel_off(pitch: Floats) -> None:
    assert np.isnan(heel_off(pitch, PHASE, 0.0, 0.62, 1.0))


def test_a_heel_that_left_before_the_first_picture_has_no_heel_off() -> None:
    pitch = np.interp(PHASE, [0, 0.1, 0.3, 0.6, 0.8, 1], [-20, 2, 2, 62, 0, -20])

    # heel-off is at .289
    assert np.isnan(heel_off(pitch[29:], PHASE[29:], 0.0, 0.62, 1.0))
    assert heel_off(pitch[28:], PHASE[28:], 0.0, 0.62, 1.0) == pytest.approx(0.289)


# --- bends ---------------------------------------------------------------------------------------


def trunk(*keys: tuple[float, float], duration_s: float = 9.0) -> Signal:
    time_s = seconds(duration_s)
    figure = moving(time_s, [(at, replace(STANDING, trunk_deg=deg)) for at, deg in keys])
    shoulder, hip = figure.points["right_shoulder"], figure.points["right_hip"]
    line = shoulder - hip
    return signal(np.degrees(np.arctan2(line[:, 0], line[:, 1])), time_s)


def test_a_bend_is_found_with_its_start_hold_end_and_depth() -> None:
    (bend,) = bends(trunk((1.5, 2), (3.5, 98), (5.5, 98), (7, 2)), 2.0, 35.0)

    assert 1.5 < bend.start / 30 < 2.5
    assert bend.bottom[0] / 30 == pytest.approx(3.5, abs=0.5)
    assert bend.bottom[1] / 30 == pytest.approx(5.5, abs=0.5)
    assert 6.5 < bend.end / 30 < 7.5
    assert bend.depth_deg == pytest.approx(96.0, abs=0.5)


def test_two_bends_are_two_and_a_bow_is_none() -> None:
    twice = trunk((0.5, 2), (2, 90), (2.5, 90), (4, 2), (5, 2), (6.5, 70), (7, 70), (8.5, 2))
    bow = trunk((1, 2), (2, 32), (3, 32), (4, 2))

    assert [round(bend.depth_deg) for bend in bends(twice, 2.0, 35.0)] == [88, 68]
    assert bends(bow, 2.0, 35.0) == ()


def test_a_bend_held_until_the_clip_ends_ends_with_it() -> None:
    (bend,) = bends(trunk((1.5, 2), (3.5, 98), duration_s=5.0), 2.0, 35.0)

    assert bend.end == 150
    assert bend.bottom[1] == 150


@pytest.mark.parametrize("duration_s", [2.4, 2.7, 2.9])
def test_a_clip_that_ends_on_the_way_down_shows_no_bottom(duration_s: float) -> None:
    assert bends(trunk((1.5, 2), (3.5, 98), duration_s=duration_s), 2.0, 35.0) == ()


def test_a_bottom_that_was_not_seen_is_no_bottom() -> None:
    whole = trunk((1.5, 2), (3.5, 98), (5.5, 98), (7, 2))
    value = whole.value.copy()
    value[(whole.time_s > 2.6) & (whole.time_s < 5.9)] = np.nan

    assert bends(replace(whole, value=value), 2.0, 35.0) == ()


def test_a_gap_in_the_hold_leaves_the_hold_on_either_side() -> None:
    whole = trunk((1.5, 2), (3.5, 98), (5.5, 98), (7, 2))
    value = whole.value.copy()
    value[(whole.time_s > 4.3) & (whole.time_s < 4.8)] = np.nan

    found = bends(replace(whole, value=value), 2.0, 35.0)

    assert [round(bend.depth_deg) for bend in found] == [96, 96]


def test_a_bend_takes_as_long_as_the_clock_says_at_any_frame_rate() -> None:
    keys = [(1.5, STANDING), (3.5, BENT), (5.5, BENT), (7.0, STANDING)]
    starts_s = []
    for rate_hz in (15.0, 30.0, 60.0):
        time_s = seconds(9.0, rate_hz)
        figure = moving(time_s, keys)
        line = figure.points["right_shoulder"] - figure.points["right_hip"]
        lean = signal(np.degrees(np.arctan2(line[:, 0], line[:, 1])), time_s)
        (bend,) = bends(lean, 2.0, 35.0, EventSettings())
        starts_s.append(time_s[bend.start])

    assert np.ptp(starts_s) < 0.1
