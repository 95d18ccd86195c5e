"""Which strides count: turns, edges, hidden feet and changes of speed leave a stride out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.cycle_curves import pass_of
from posture.measures.gait import gait_measures
from posture.measures.push_off import push_off_measures
from posture.measures.take import Take
from posture.measures.walk import walk_of, walk_seen
from posture.types import Activity, Floats, Ground, Landmarks, Measure, Quality, Side, WalkSeen
from tests.make import SIDE_ON, Camera, Flaws, analysed, filmed, retimed, seconds, taken
from tests.stick import Figure, Gait, Stroll, walking

PLAIN = Flaws(outline=False)
ACROSS = Camera(size_px=(3600, 1080))
BELT = Gait(treadmill=True)


def seen(clip: Landmarks) -> WalkSeen:
    take = taken(clip, Activity.WALKING)
    return walk_seen(take, walk_of(take))


def near_reasons(walk: WalkSeen) -> list[str]:
    """Why strides of the near leg are left out, in order; "" for those that count."""
    return [s.left_out.code if s.left_out else "" for s in walk.strides if s.is_near]


def going(figure: Figure, heading_deg: Floats) -> Figure:
    """The same steps along a path that turns: 0 to the right, 180 to the left."""
    points = figure.points
    hips = (points["left_hip"] + points["right_hip"]) / 2
    heading = np.radians(heading_deg)
    step = np.diff(hips[:, 0], prepend=hips[0, 0])
    path = np.cumsum(np.stack([step * np.cos(heading), step * np.sin(heading)], axis=1), axis=0)
    turned = {}
    for name, point in points.items():
        ahead, aside = point[:, 0] - hips[:, 0], point[:, 2]
        turned[name] = np.stack(
            [
                path[:, 0] + ahead * np.cos(heading) - aside * np.sin(heading),
                point[:, 1],
                path[:, 1] + ahead * np.sin(heading) + aside * np.cos(heading),
            ],
            axis=1,
        )
    return replace(figure, points=turned)


def eased(time_s: Floats, first_s: float, last_s: float) -> Floats:
    share = np.clip((time_s - first_s) / (last_s - first_s), 0.0, 1.0)
    return np.asarray(share**2 * (3 - 2 * share))


def stopping(duration_s: float = 14.0, ramp_s: float = 4.0) -> tuple[Landmarks, Stroll]:
    """Somebody who stands, starts to walk, walks on, slows down and stands."""
    time_s = seconds(duration_s)
    pace = eased(time_s, 1.0, 1.0 + ramp_s) - eased(
        time_s, duration_s - 1.0 - ramp_s, duration_s - 1.0
    )
    walked_s = np.cumsum(pace) / 30.0
    stroll = walking(walked_s)
    figure = replace(stroll.figure, time_s=time_s)
    return filmed(figure, replace(ACROSS, size_px=(6000, 1080)), PLAIN), stroll


# --- every stride is said to be used or not -------------------------------------------------------


def test_of_a_steady_walk_every_stride_counts() -> None:
    walk = seen(filmed(walking(seconds(6.0), first_s=0.4).figure, ACROSS, PLAIN))

    assert near_reasons(walk) == [""] * 5
    assert walk.ground is Ground.OVERGROUND
    assert {s.side for s in walk.strides if s.is_near} == {Side.RIGHT}
    assert {s.side for s in walk.strides if not s.is_near} == {Side.LEFT}


def test_walking_in_place_is_on_a_treadmill() -> None:
    assert seen(filmed(walking(seconds(6.0), BELT).figure, SIDE_ON, PLAIN)).ground is (
        Ground.TREADMILL
    )


def test_without_a_stride_the_ground_is_unknown() -> None:
    walk = seen(filmed(walking(seconds(1.2)).figure, ACROSS, PLAIN))

    assert (walk.ground, walk.strides) == (Ground.UNKNOWN, ())


def test_the_counts_are_those_of_the_strides_seen() -> None:
    take = taken(stopping()[0], Activity.WALKING)
    walk = walk_of(take)
    counts = {m.side: m.value for m in gait_measures(take, walk) if m.name == "strides"}

    for side in (Side.LEFT, Side.RIGHT):
        used = [s for s in walk_seen(take, walk).strides if s.side is side and not s.left_out]
        assert counts[side] == len(used)


# --- reasons --------------------------------------------------------------------------------------


def test_a_leg_that_reaches_the_edge_leaves_its_stride_out() -> None:
    stroll = walking(seconds(6.0), first_s=0.4)
    whole = filmed(stroll.figure, ACROSS, PLAIN)
    reach = whole.point("right_foot_index")[:, 0]
    # the picture ends where the right foot stands after four seconds
    cut = int(reach[int(4.0 * 30)])
    walk = seen(replace(whole, size_px=(cut, 1080)))

    reasons = near_reasons(walk)

    assert reasons.count("") == 2
    assert set(reasons) == {"", "stride_at_edge"}
    assert reasons == sorted(reasons)  # at the end of the walk


def test_a_foot_hidden_for_most_of_a_stride_leaves_it_out() -> None:
    stroll = walking(seconds(6.0), BELT, first_s=0.4)
    hidden = (("right_foot_index", 1.75, 2.45),)
    walk = seen(filmed(stroll.figure, SIDE_ON, replace(PLAIN, gaps=hidden)))

    # strides from 0.4, 1.5, 2.6, 3.7 s; the toe-off of the second is not seen at all
    assert "" in near_reasons(walk)
    assert [s.start_s for s in walk.strides if s.is_near and s.left_out] == [
        pytest.approx(1.5, abs=0.06)
    ]


def test_a_stride_whose_toe_off_was_not_seen_is_said_to_be_unclear() -> None:
    stroll = walking(seconds(6.0), BELT, first_s=0.4)
    hidden = (("right_foot_index", 2.02, 2.37),)  # the toes leave at 2.19
    walk = seen(filmed(stroll.figure, SIDE_ON, replace(PLAIN, gaps=hidden)))

    assert near_reasons(walk) == ["", "stride_events_unclear", "", "", ""]


def test_somebody_who_starts_and_stops_is_measured_on_the_steady_strides() -> None:
    clip, stroll = stopping()
    found = analysed(clip)
    (take,) = [t for t in found.takes if t.segment.activity is Activity.WALKING]
    walk = walk_seen(take, walk_of(take))

    left_out = [s for s in walk.strides if s.left_out]
    used = [s for s in walk.strides if not s.left_out]
    assert {s.left_out.code for s in left_out if s.left_out} == {"stride_speed_changed"}
    steady = (min(s.start_s for s in used), max(s.end_s for s in used))
    assert all(s.start_s < steady[0] or s.end_s > steady[1] for s in left_out)
    lasts_s = [s.end_s - s.start_s for s in used]
    assert max(lasts_s) < 1.25 * min(lasts_s)
    cadence = found.named("cadence")
    assert abs(cadence.value - 120 / stroll.gait.stride_s) < 2 * cadence.sd


def test_somebody_who_never_keeps_a_speed_is_refused_or_marked() -> None:
    time_s = seconds(5.0)
    walked_s = np.cumsum(0.35 + 0.45 * time_s) / 30.0  # three times as fast at the end
    clip = retimed(filmed(walking(walked_s).figure, ACROSS, PLAIN), time_s)

    measures = _angles(taken(clip, Activity.WALKING))

    assert {m.quality for m in measures} <= {Quality.SUSPECT, Quality.MISSING}
    assert all(m.reason for m in measures)


# --- turns ----------------------------------------------------------------------------------------


def turning_round() -> tuple[Landmarks, Stroll]:
    """To the right for four seconds, round in one, and back to the left."""
    time_s = seconds(9.0)
    stroll = walking(time_s)
    figure = going(stroll.figure, 180.0 * eased(time_s, 4.0, 5.0))
    return filmed(figure, ACROSS, PLAIN), stroll


def test_a_turn_in_the_middle_leaves_two_passes_and_no_stride_of_the_turn() -> None:
    clip, _ = turning_round()
    found = analysed(clip)
    walks = [
        walk_seen(take, walk)
        for take, walk in zip(found.takes, found.walks, strict=True)
        if walk is not None
    ]

    assert [walk.near for walk in walks] == [Side.RIGHT, Side.LEFT]
    used = [s for walk in walks for s in walk.strides if s.left_out is None]
    assert len(used) >= 8
    # half a second of slack: heading changes by 15 deg before the middle of the turn is near
    assert all(s.end_s < 4.5 or s.start_s > 4.5 for s in used)


def test_the_turn_does_not_show_in_the_angles() -> None:
    clip, stroll = turning_round()
    straight = taken(filmed(stroll.figure, ACROSS, PLAIN), Activity.WALKING)
    usual = {m.name: m for m in _angles(straight)}

    for m in analysed(clip).measures:
        if m.name in usual and m.segment is not None and m.quality is not Quality.MISSING:
            assert abs(m.value - usual[m.name].value) < m.sd, (m.name, m.segment)


def test_a_bend_in_the_path_is_a_turn_too() -> None:
    time_s = seconds(8.0)
    heading = 40.0 * eased(time_s, 5.0, 6.0)
    walk = seen(filmed(going(walking(time_s).figure, heading), ACROSS, PLAIN))

    reasons = near_reasons(walk)

    assert "stride_turning" in reasons
    assert reasons[:3] == ["", "", ""]


@pytest.mark.parametrize("yaw_deg", [-15.0, 15.0])
def test_a_camera_that_stands_askew_is_no_turn(yaw_deg: float) -> None:
    clip = filmed(walking(seconds(6.0)).figure, replace(ACROSS, yaw_deg=yaw_deg), PLAIN)

    assert set(near_reasons(seen(clip))) == {""}


# --- too little -----------------------------------------------------------------------------------


def test_one_stride_is_said_to_be_one_and_nothing_of_it_is_good() -> None:
    take = taken(filmed(walking(seconds(2.0), first_s=0.3).figure, ACROSS, PLAIN), Activity.WALKING)
    walk = walk_of(take)

    assert len(walk.near.strides) == 1
    for m in (*gait_measures(take, walk), *_angles(take)):
        if m.name == "step_time":  # from one leg's counted strides to the other's, which has none
            assert m.quality is Quality.MISSING
        elif m.name != "strides" and m.side is not take.near.other:
            assert m.quality is Quality.SUSPECT, m.name
            assert m.reason is not None
            assert (m.reason.code, m.reason.values) == ("few_strides", {"count": 1})


def test_where_every_stride_is_left_out_the_reason_is_said() -> None:
    clip = filmed(walking(seconds(3.0), BELT, first_s=0.4).figure, SIDE_ON, PLAIN)
    feet = clip.point("right_foot_index")[:, 0]
    take = taken(replace(clip, size_px=(int(feet.max()) + 1, 720)), Activity.WALKING)

    measures = _angles(take)

    assert {m.quality for m in measures} == {Quality.MISSING}
    told = {m.reason.code: m.reason.values for m in measures if m.reason}
    assert told == {"every_stride_left_out": {"count": 2, "because": "stride_at_edge"}}
    assert all(math.isnan(m.value) for m in measures)


def _angles(take: Take) -> list[Measure]:
    """What the near leg does over the cycle."""
    return [m for m in push_off_measures(pass_of(take, walk_of(take))) if m.side is take.near]
