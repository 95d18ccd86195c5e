"""Walking in time and space: a stick walker's own numbers come out, over ground and on a belt."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from posture.measures.gait import gait_events, gait_measures
from posture.measures.take import Take
from posture.measures.walk import Leg, walk_of
from posture.types import Activity, EventKind, Facing, Measure, Quality, Reason, Side
from tests.make import (
    SIDE_ON,
    Camera,
    Flaws,
    analysed,
    filmed,
    landmarks,
    mirrored,
    retimed,
    seconds,
    taken,
)
from tests.stick import LEG_LENGTH, Gait, Stroll, gait_truth, walking

PLAIN = Flaws(outline=False)
ACROSS = Camera(size_px=(3600, 1080))
GAITS = {
    "usual": Gait(),
    "quick": Gait(stride_s=0.95),
    "slow and short": Gait(stride_s=1.4, stride_length=0.62, lead=0.105),
}
# The stick's ankle slows down before its heel lands, as no person's does (2.5 to 3 % of the cycle
# early), and its foot is tipped to the full only after its toes have left (.5 to 2.5 % late).
# Of its far foot, as sharp as the near one, what the model blurs is taken off in vain.
STANCE_TOO_LONG = (0.028, 0.057)
FAR_STANCE_TOO_LONG = (0.018, 0.052)


def found(
    stroll: Stroll, camera: Camera = ACROSS, *, height_m: float | None = None
) -> dict[tuple[str, Side], Measure]:
    take = taken(filmed(stroll.figure, camera, PLAIN), Activity.WALKING, height_m=height_m)
    return {(m.name, m.side): m for m in gait_measures(take, walk_of(take))}


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
@pytest.mark.parametrize("gait", GAITS.values(), ids=GAITS.keys())
def test_times_and_lengths_of_a_walk_are_its_own(
    gait: Gait, rate_hz: float, facing: Facing
) -> None:
    measures = found(walking(seconds(6.0, rate_hz), gait), replace(ACROSS, facing=facing))
    true = gait_truth(gait)

    assert measures["cadence", Side.BOTH].value == pytest.approx(true["cadence"], rel=0.003)
    assert measures["stride_time", Side.BOTH].value == pytest.approx(gait.stride_s, rel=0.003)
    near = Side.RIGHT if facing is Facing.RIGHT else Side.LEFT
    for side in (Side.LEFT, Side.RIGHT):
        assert measures["step_time", side].value == pytest.approx(gait.stride_s / 2, rel=0.01)
        too_long = measures["stance_share", side].value - gait.stance
        least, most = STANCE_TOO_LONG if side is near else FAR_STANCE_TOO_LONG
        assert least < too_long < most
    # the leg reads 2 % short, for the heel point lies above the floor
    for name in ("step_length", "walking_speed"):
        assert measures[name, Side.BOTH].value == pytest.approx(true[name], rel=0.03)


@pytest.mark.parametrize("gait", GAITS.values(), ids=GAITS.keys())
def test_cadence_times_stride_time_is_120(gait: Gait) -> None:
    measures = found(walking(seconds(6.0), gait))

    assert measures["cadence", Side.BOTH].value * measures[
        "stride_time", Side.BOTH
    ].value == pytest.approx(120.0)


def test_speed_is_two_steps_a_stride() -> None:
    measures = found(walking(seconds(6.0)))

    assert measures["walking_speed", Side.BOTH].value == pytest.approx(
        2 * measures["step_length", Side.BOTH].value / measures["stride_time", Side.BOTH].value,
        rel=0.01,
    )


def test_double_support_is_both_stances_less_one() -> None:
    measures = found(walking(seconds(6.0)))
    double = measures["double_support_share", Side.BOTH]
    stances = [measures["stance_share", side].value for side in (Side.LEFT, Side.RIGHT)]

    assert double.value == pytest.approx(sum(stances) - 1, abs=1e-9)
    assert double.quality is Quality.SUSPECT
    assert double.reason == Reason("far_leg")


def test_double_support_from_one_side_is_twice_the_stance_less_one_and_marked() -> None:
    clip = filmed(walking(seconds(6.0)).figure, ACROSS, replace(PLAIN, hidden=("left_foot_index",)))
    take = taken(clip, Activity.WALKING)
    measures = {(m.name, m.side): m for m in gait_measures(take, walk_of(take))}
    double = measures["double_support_share", Side.BOTH]

    assert double.value == pytest.approx(
        2 * measures["stance_share", Side.RIGHT].value - 1, abs=1e-9
    )
    assert double.quality is Quality.SUSPECT
    assert double.reason == Reason("double_support_from_one_side")


@pytest.mark.parametrize("duration_s", [2.5, 3.5, 4.5])
def test_fewer_strides_state_a_larger_error_that_holds_the_whole_walk_s(duration_s: float) -> None:
    whole = found(walking(seconds(8.0)))
    few = found(walking(seconds(duration_s)))

    for name in ("cadence", "stride_time", "double_support_share", "step_length", "walking_speed"):
        one, all_of_it = few[name, Side.BOTH], whole[name, Side.BOTH]
        assert one.sd >= all_of_it.sd
        assert abs(one.value - all_of_it.value) < one.sd


def test_a_limp_shows_in_the_step_times() -> None:
    # one leg's points lag: its foot lands a twentieth of a second late
    stroll = walking(seconds(6.0, 60.0), Gait(treadmill=True))
    clip = filmed(stroll.figure, SIDE_ON, PLAIN)
    xy_px = clip.xy_px.copy()
    for part in ("knee", "ankle", "heel", "foot_index"):
        column = clip.names.index(f"left_{part}")
        xy_px[3:, column] = clip.xy_px[:-3, column]
    take = taken(replace(clip, xy_px=xy_px), Activity.WALKING)

    steps = {m.side: m.value for m in gait_measures(take, walk_of(take)) if m.name == "step_time"}

    assert steps[Side.LEFT] == pytest.approx(0.55 + 0.05, abs=0.01)
    assert steps[Side.RIGHT] == pytest.approx(0.55 - 0.05, abs=0.01)


def test_strides_are_counted_for_each_leg() -> None:
    stroll = walking(seconds(6.0), first_s=0.4)

    measures = found(stroll)

    # right strikes at 0.4, 1.5 ... 5.9, left ones at 0.95 ... 5.35
    assert measures["strides", Side.RIGHT].value == 5
    assert measures["strides", Side.LEFT].value == 4


# --- ground and belt -------------------------------------------------------------------------


def test_on_a_treadmill_speed_is_unknown_and_times_are_not() -> None:
    measures = found(walking(seconds(6.0), Gait(treadmill=True)), SIDE_ON)

    for name in ("walking_speed", "step_length"):
        assert measures[name, Side.BOTH].reason == Reason("treadmill_speed_unknown")
    assert measures["cadence", Side.BOTH].quality is Quality.GOOD


def test_the_belt_s_speed_and_a_height_give_speed_and_step() -> None:
    stroll = walking(seconds(6.0), Gait(treadmill=True))
    height_m, belt_m_s = 1.7, 1.7 * stroll.gait.speed
    take = taken(filmed(stroll.figure, SIDE_ON, PLAIN), Activity.WALKING, height_m=height_m)

    measures = {m.name: m for m in gait_measures(take, walk_of(take), belt_m_s=belt_m_s)}

    true = gait_truth(stroll.gait)
    assert measures["walking_speed_m_s"].value == pytest.approx(belt_m_s)
    assert measures["walking_speed"].value == pytest.approx(true["walking_speed"], rel=0.03)
    assert measures["step_length_m"].value == pytest.approx(
        stroll.gait.stride_length / 2 * height_m, rel=0.01
    )


def test_the_belt_s_speed_without_a_height_is_not_enough() -> None:
    take = taken(
        filmed(walking(seconds(6.0), Gait(treadmill=True)).figure, SIDE_ON, PLAIN),
        Activity.WALKING,
    )

    measures = {m.name: m for m in gait_measures(take, walk_of(take), belt_m_s=1.2)}

    assert measures["walking_speed"].reason == Reason("belt_speed_needs_height")


def test_over_ground_the_belt_s_speed_is_not_asked() -> None:
    take = taken(
        filmed(walking(seconds(5.0)).figure, ACROSS, PLAIN), Activity.WALKING, height_m=1.7
    )
    walk = walk_of(take)

    with_belt = {m.name: m.value for m in gait_measures(take, walk, belt_m_s=9.0)}
    without = {m.name: m.value for m in gait_measures(take, walk)}

    assert with_belt["walking_speed_m_s"] == without["walking_speed_m_s"]
    assert without["walking_speed_m_s"] == pytest.approx(1.7 * Gait().speed, rel=0.03)


# --- events ----------------------------------------------------------------------------------


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
def test_every_event_lies_within_two_of_its_stated_sd(facing: Facing) -> None:
    stroll = walking(seconds(6.0), first_s=0.3)
    take = taken(filmed(stroll.figure, replace(ACROSS, facing=facing), PLAIN), Activity.WALKING)

    events = gait_events(take, walk_of(take))

    assert [e.time_s for e in events] == sorted(e.time_s for e in events)
    for event in events:
        kind = event.kind is EventKind.HEEL_STRIKE
        true = (stroll.strikes_s if kind else stroll.offs_s)[event.side]
        assert np.abs(true - event.time_s).min() < 2 * event.sd_s
    assert len(events) >= 2 * (len(stroll.strikes_s[Side.LEFT]) - 1) * 2


def test_a_far_foot_that_is_hardly_seen_to_tip_states_more_of_its_toe_off() -> None:
    stroll = walking(seconds(6.0), first_s=0.3)
    take = taken(filmed(stroll.figure, ACROSS, PLAIN), Activity.WALKING)
    walk = walk_of(take)
    xy = take.landmarks.xy_px.copy()
    heel, toe = (take.landmarks.names.index(f"left_{p}") for p in ("heel", "foot_index"))
    xy[:, heel, 1] = xy[:, toe, 1]
    flat = replace(take, landmarks=replace(take.landmarks, xy_px=xy))

    def stated(of: Take) -> dict[tuple[Side, EventKind], float]:
        return {(e.side, e.kind): e.sd_s for e in gait_events(of, walk)}

    usual, hardly = stated(take), stated(flat)
    far_off = (Side.LEFT, EventKind.TOE_OFF)
    assert hardly[far_off] > 1.4 * usual[far_off]
    assert {k: v for k, v in hardly.items() if k != far_off} == {
        k: v for k, v in usual.items() if k != far_off
    }


def test_both_legs_strike_in_turn() -> None:
    stroll = walking(seconds(6.0), first_s=0.3)
    take = taken(filmed(stroll.figure, ACROSS, PLAIN), Activity.WALKING)

    strikes = [e for e in gait_events(take, walk_of(take)) if e.kind is EventKind.HEEL_STRIKE]

    sides = [event.side for event in strikes]
    assert all(a is b.other for a, b in pairwise(sides))


def test_a_walk_to_the_left_is_the_walk_to_the_right_in_a_mirror() -> None:
    clip = filmed(walking(seconds(5.0)).figure, ACROSS, Flaws(noise=0.004, outline=False))

    there = analysed(clip).events
    back = analysed(mirrored(clip)).events

    assert [(e.kind, e.side.other) for e in back] == [(e.kind, e.side) for e in there]
    assert [e.time_s for e in back] == pytest.approx([e.time_s for e in there], abs=1e-6)


def test_times_are_those_of_the_container_however_uneven() -> None:
    # 29.97 frames a second, the first timestamp below zero, two frames held twice as long
    time_s = -0.2 + np.cumsum(np.full(150, 1001 / 30000))
    time_s[60:] += 1001 / 30000
    time_s[100:] += 1001 / 30000
    gait = Gait(treadmill=True)

    measures = found(walking(time_s, gait), SIDE_ON)

    assert measures["cadence", Side.BOTH].value == pytest.approx(120 / gait.stride_s, rel=0.005)


def test_at_half_speed_times_double_speeds_halve_and_shares_stay() -> None:
    clip = filmed(walking(seconds(5.0, 60.0)).figure, ACROSS, PLAIN)
    usual, slow = (
        {(m.name, m.side): m for m in analysed(c).measures}
        for c in (clip, retimed(clip, clip.time_s * 2))
    )

    both = Side.BOTH
    for name, factor in (
        ("stride_time", 2.0),
        ("cadence", 0.5),
        ("walking_speed", 0.5),
        ("step_length", 1.0),
    ):
        assert slow[name, both].value == pytest.approx(factor * usual[name, both].value, rel=0.01)
    share = "stance_share", Side.RIGHT
    assert abs(slow[share].value - usual[share].value) < usual[share].sd


def test_somebody_who_comes_back_is_measured_on_either_near_side() -> None:
    there = filmed(walking(seconds(4.0)).figure, ACROSS, PLAIN)
    back = filmed(walking(seconds(4.0)).figure, replace(ACROSS, facing=Facing.LEFT), PLAIN)
    clip = landmarks(
        np.concatenate([there.time_s, back.time_s + 4.5]),
        np.concatenate([there.xy_px, back.xy_px]),
        size_px=ACROSS.size_px,
    )

    found = analysed(clip)

    assert [take.near for take in found.takes] == [Side.RIGHT, Side.LEFT]
    first, second = (
        [m for m in found.measures if m.segment == take.index and m.side is take.near]
        for take in found.takes
    )
    for one, other in zip(first, second, strict=True):
        assert one.name == other.name
        # of four seconds three strides of one leg are whole, and two of the other
        assert abs(one.value - other.value) <= (1 if one.name == "strides" else one.sd)


def test_a_leg_without_events_has_no_steps() -> None:
    stroll = walking(seconds(5.0), Gait(treadmill=True))
    take = taken(filmed(stroll.figure, SIDE_ON, PLAIN), Activity.WALKING)
    walk = walk_of(take)
    none = Leg(side=Side.LEFT, strikes_s=np.zeros(0), offs_s=np.zeros(0), strides=())

    measures = {(m.name, m.side): m for m in gait_measures(take, replace(walk, far=none))}

    assert math.isnan(measures["step_time", Side.RIGHT].value)
    assert math.isnan(measures["stance_share", Side.LEFT].value)
    assert measures["stance_share", Side.RIGHT].quality is Quality.GOOD
    assert measures["strides", Side.LEFT].value == 0


def test_the_leg_is_the_yardstick() -> None:
    near, far = (
        found(walking(seconds(5.0)), replace(ACROSS, height_px=size))["step_length", Side.BOTH]
        for size in (500.0, 300.0)
    )

    assert near.value == pytest.approx(far.value, rel=1e-6)
    assert near.value == pytest.approx(0.77 / 2 / LEG_LENGTH, rel=0.03)
