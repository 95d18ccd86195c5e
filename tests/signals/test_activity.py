"""Which test a clip shows: figures that do one thing, several in a row, or none of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from posture.types import Activity, Facing, Landmarks
from tests.make import (
    SIDE_ON,
    Camera,
    Flaws,
    analysed,
    filmed,
    mirrored,
    retimed,
    seconds,
    thinned,
)
from tests.stick import (
    BENT,
    SQUAT,
    STANDING,
    Figure,
    Gait,
    Pose,
    bending,
    moving,
    one_after_another,
    running,
    standing,
    walking,
)

ACROSS = Camera(size_px=(3600, 1080))
FAR = Camera(size_px=(1920, 1080), height_px=300.0)
LUNGE = Pose(shank_deg=33.0, knee_deg=3.0, trunk_deg=25.0)
PLAIN = Flaws(outline=False)
UNSTEADY = Flaws(noise=0.004, outline=False)  # more than the model's jitter on rendered bodies


def lunging(time_s: np.ndarray) -> Figure:
    return moving(time_s, [(0.0, LUNGE)], far_foot_ahead=0.40)


def shown(clip: Landmarks) -> list[Activity]:
    """The activities in order, without what lies between them."""
    return [activity for activity in analysed(clip).activities if activity is not Activity.OTHER]


ONE_THING = {
    "standing": (standing(seconds(4.0)), Activity.STANDING),
    "walking": (walking(seconds(4.0)).figure, Activity.WALKING),
    "walking slowly": (
        walking(seconds(5.0), Gait(stride_s=1.5, stride_length=0.62, lead=0.105)).figure,
        Activity.WALKING,
    ),
    "treadmill": (walking(seconds(4.0), Gait(treadmill=True)).figure, Activity.WALKING),
    "running": (running(seconds(4.0)).figure, Activity.RUNNING),
    "wall lunge": (lunging(seconds(4.0)), Activity.WALL_LUNGE),
}


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("flaws", [PLAIN, UNSTEADY], ids=["plain", "unsteady"])
@pytest.mark.parametrize(("figure", "activity"), ONE_THING.values(), ids=ONE_THING.keys())
def test_one_thing_is_recognised(
    figure: Figure, activity: Activity, flaws: Flaws, facing: Facing
) -> None:
    clip = filmed(figure, ACROSS, flaws)

    assert shown(clip if facing is Facing.RIGHT else mirrored(clip)) == [activity]


@pytest.mark.parametrize("flaws", [PLAIN, UNSTEADY], ids=["plain", "unsteady"])
def test_a_bend_stands_between_two_times_of_standing(flaws: Flaws) -> None:
    wanted = [Activity.STANDING, Activity.FORWARD_BEND, Activity.STANDING]

    assert shown(filmed(bending(seconds(9.0)), SIDE_ON, flaws)) == wanted


def test_a_squat_is_none_of_the_tests() -> None:
    keys = [(1.5, STANDING), (3.0, SQUAT), (5.0, SQUAT), (6.5, STANDING)]

    found = analysed(filmed(moving(seconds(8.5), keys), SIDE_ON, PLAIN))

    assert found.activities == [Activity.STANDING, Activity.OTHER, Activity.STANDING]


def test_bending_over_with_knees_that_give_is_no_forward_bend() -> None:
    set_up = replace(BENT, trunk_deg=60.0, knee_deg=40.0)  # picking a thing up, before a lift
    keys = [(1.5, STANDING), (3.0, set_up), (5.0, set_up), (6.5, STANDING)]

    found = shown(filmed(moving(seconds(8.5), keys), SIDE_ON, PLAIN))

    assert Activity.FORWARD_BEND not in found


@pytest.mark.parametrize(("ahead_legs", "is_bend"), [(0.1, True), (0.5, False)])
def test_bending_over_one_foot_ahead_as_in_a_start_is_no_forward_bend(
    ahead_legs: float,
    is_bend: bool,  # noqa: FBT001
) -> None:
    made = filmed(bending(seconds(9.0)), SIDE_ON, PLAIN)
    leg_px = made.point("right_ankle")[0, 1] - made.point("right_hip")[0, 1]
    xy_px = made.xy_px.copy()
    for point in ("knee", "ankle", "heel", "foot_index"):
        xy_px[:, made.names.index(f"left_{point}"), 0] += ahead_legs * leg_px

    assert (Activity.FORWARD_BEND in shown(replace(made, xy_px=xy_px))) is is_bend


def test_a_bend_may_begin_at_the_bottom_and_end_there() -> None:
    for keys in ([(2.0, BENT), (4.0, STANDING)], [(2.0, STANDING), (4.0, BENT)], [(0.0, BENT)]):
        figure = moving(seconds(6.0), keys)

        assert Activity.FORWARD_BEND in shown(filmed(figure, SIDE_ON, PLAIN))


def test_a_bow_is_not_a_bend() -> None:
    bow = replace(STANDING, trunk_deg=30.0)
    figure = moving(seconds(8.0), [(1.5, STANDING), (3, bow), (4, bow), (5.5, STANDING)])

    assert Activity.FORWARD_BEND not in shown(filmed(figure, SIDE_ON, PLAIN))


@pytest.mark.parametrize("gap_s", [0.1, 0.2, 0.3, 0.8])
def test_who_stands_still_stands_before_and_after_a_moment_out_of_sight(gap_s: float) -> None:
    clip = filmed(standing(seconds(5.0)), SIDE_ON, PLAIN)
    hidden = (clip.time_s > 2.5) & (clip.time_s < 2.5 + gap_s)
    xy_px = np.where(hidden[:, None, None], np.nan, clip.xy_px)

    found = set(shown(replace(clip, xy_px=xy_px)))

    assert found == {Activity.STANDING}


def test_sitting_still_is_not_standing() -> None:
    seat = replace(STANDING, shank_deg=5.0, knee_deg=90.0)

    assert shown(filmed(standing(seconds(4.0), seat), SIDE_ON, PLAIN)) == []


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
def test_several_things_in_one_clip_come_in_their_order(facing: Facing) -> None:
    figure = one_after_another(bending(seconds(9.0)), walking(seconds(4.0)).figure)
    clip = filmed(figure, replace(FAR, facing=facing), PLAIN)

    found = analysed(clip)

    assert [a for a in found.activities if a is not Activity.OTHER] == [
        Activity.STANDING,
        Activity.FORWARD_BEND,
        Activity.STANDING,
        Activity.WALKING,
    ]
    bend, walk = (
        next(s for s in found.segments if s.activity is activity)
        for activity in (Activity.FORWARD_BEND, Activity.WALKING)
    )
    assert clip.time_s[bend.frames[0]] < 3.5
    assert clip.time_s[bend.frames[1]] > 5.5
    assert clip.time_s[walk.frames[0]] == pytest.approx(9.0, abs=0.8)


def test_segments_do_not_overlap() -> None:
    figure = one_after_another(bending(seconds(9.0)), walking(seconds(4.0)).figure)

    frames = [s.frames for s in analysed(filmed(figure, FAR, PLAIN)).segments]

    assert all(before[1] <= after[0] for before, after in pairwise(frames))


@pytest.mark.parametrize("every", [2, 4])
def test_fewer_frames_a_second_show_the_same(every: int) -> None:
    figure = one_after_another(bending(seconds(9.0, 60.0)), walking(seconds(4.0, 60.0)).figure)
    clip = filmed(figure, FAR, PLAIN)

    assert shown(thinned(clip, every)) == shown(clip)


def test_timestamps_that_wobble_show_the_same() -> None:
    even = seconds(9.0)
    time_s = even + np.random.default_rng(0).uniform(-0.01, 0.01, len(even))

    assert shown(retimed(filmed(bending(even), SIDE_ON, PLAIN), time_s)) == [
        Activity.STANDING,
        Activity.FORWARD_BEND,
        Activity.STANDING,
    ]


def test_the_mirrored_clip_shows_the_same_at_the_same_time() -> None:
    clip = filmed(bending(seconds(9.0)), SIDE_ON, UNSTEADY)
    there, back = analysed(clip), analysed(mirrored(clip))

    assert [(s.activity, s.frames) for s in there.segments] == [
        (s.activity, s.frames) for s in back.segments
    ]
    assert {s.view.facing for s in back.segments} == {Facing.LEFT}


@pytest.mark.parametrize(
    ("pose", "activity"),
    [
        (STANDING, Activity.STANDING),
        (BENT, Activity.FORWARD_BEND),
        (SQUAT, Activity.OTHER),
        (replace(STANDING, trunk_deg=-40.0), Activity.OTHER),
    ],
)
def test_a_still_picture_is_judged_by_its_pose(pose: Pose, activity: Activity) -> None:
    assert analysed(filmed(standing(np.zeros(1), pose))).activities == [activity]


def test_a_pause_of_half_a_second_is_part_of_the_movement() -> None:
    walk = walking(seconds(3.0)).figure
    figure = one_after_another(walk, standing(seconds(0.5)), walk)

    assert Activity.STANDING not in shown(filmed(figure, FAR, PLAIN))


@pytest.mark.parametrize(
    "hidden",
    [
        ("right_foot_index",),
        ("left_foot_index", "right_foot_index"),
        ("right_heel",),
        ("left_hip", "right_hip"),
        ("right_knee",),
        tuple(f"left_{p}" for p in ("hip", "knee", "ankle", "heel", "foot_index")),
        ("left_shoulder", "right_shoulder"),
    ],
)
@pytest.mark.parametrize(
    "figure",
    [
        standing(seconds(3.0)),
        bending(seconds(8.0)),
        walking(seconds(3.0), Gait(treadmill=True)).figure,
    ],
    ids=["standing", "bend", "walking"],
)
def test_points_out_of_sight_make_no_noise_and_no_other_activity(
    figure: Figure, hidden: tuple[str, ...]
) -> None:
    whole = {*shown(filmed(figure, SIDE_ON, PLAIN))}

    assert {*shown(filmed(figure, SIDE_ON, replace(PLAIN, hidden=hidden)))} <= whole
