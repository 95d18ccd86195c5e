"""The wall lunge: the rear shank with the heel down, knee straight and bent."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.lunge import lunge_measures, lunge_signals
from posture.types import Activity, Measure, Quality, Reason, Side
from tests.make import SIDE_ON, Flaws, filmed, mirrored, seconds, taken
from tests.stick import Figure, Pose, moving

PLAIN = Flaws(outline=False)
STRAIGHT = Pose(shank_deg=33.0, knee_deg=3.0, trunk_deg=25.0)
BENT_KNEE = Pose(shank_deg=39.0, knee_deg=30.0, trunk_deg=12.0)


def lunge(*keys: tuple[float, Pose]) -> Figure:
    return moving(seconds(9.0), keys, far_foot_ahead=0.40)


BOTH = lunge((4.0, STRAIGHT), (5.0, BENT_KNEE))


def found(figure: Figure, *, mirror: bool = False) -> dict[str, Measure]:
    clip = filmed(figure, SIDE_ON, PLAIN)
    take = taken(mirrored(clip) if mirror else clip, Activity.WALL_LUNGE)
    return {m.name: m for m in lunge_measures(take)}


@pytest.mark.parametrize("mirror", [False, True])
def test_both_holds_and_their_difference_are_read(mirror: bool) -> None:  # noqa: FBT001 - a case
    measures = found(BOTH, mirror=mirror)

    assert measures["lunge_dorsiflexion_straight"].value == pytest.approx(33.0, abs=0.5)
    assert measures["lunge_dorsiflexion_bent"].value == pytest.approx(39.0, abs=0.5)
    assert measures["gastrocnemius_share"].value == pytest.approx(6.0, abs=1.0)


def test_frames_with_the_heel_up_are_left_out() -> None:
    tiptoe = replace(STRAIGHT, shank_deg=45.0, pitch_deg=15.0)
    measures = found(lunge((4.0, STRAIGHT), (5.0, tiptoe), (6.0, tiptoe), (7.0, STRAIGHT)))

    assert measures["lunge_dorsiflexion_straight"].value == pytest.approx(33.0, abs=2.0)


def test_a_knee_in_between_is_neither_straight_nor_bent() -> None:
    measures = found(lunge((0.0, replace(STRAIGHT, knee_deg=16.0))))

    assert math.isnan(measures["lunge_dorsiflexion_straight"].value)
    assert math.isnan(measures["lunge_dorsiflexion_bent"].value)


def test_a_knee_that_is_neither_says_which_way_to_move_it() -> None:
    measures = found(lunge((0.0, replace(STRAIGHT, knee_deg=16.0))))

    assert measures["lunge_dorsiflexion_straight"].reason == Reason("rear_knee_not_straight")
    assert measures["lunge_dorsiflexion_bent"].reason == Reason("rear_knee_not_bent")


def test_a_heel_that_leaves_the_floor_in_one_pose_says_to_lean_less() -> None:
    lifted = replace(STRAIGHT, shank_deg=36.0, pitch_deg=12.0)
    tiptoe = replace(BENT_KNEE, shank_deg=42.0, pitch_deg=12.0)
    measures = found(lunge((4.0, STRAIGHT), (4.4, lifted), (5.0, tiptoe)))

    assert measures["lunge_dorsiflexion_straight"].value == pytest.approx(33.0, abs=1.0)
    assert measures["lunge_dorsiflexion_bent"].reason == Reason("heel_lifted")
    assert measures["gastrocnemius_share"].reason == Reason("heel_lifted")


@pytest.mark.parametrize("mirror", [False, True])
def test_a_heel_up_from_first_to_last_is_marked_by_the_front_foot(
    mirror: bool,  # noqa: FBT001 - a case
) -> None:
    up = found(lunge((0.0, replace(STRAIGHT, pitch_deg=21.0))), mirror=mirror)
    down = found(lunge((0.0, STRAIGHT)), mirror=mirror)

    marked = up["lunge_dorsiflexion_straight"]
    assert marked.quality is Quality.SUSPECT
    assert marked.reason is not None
    assert marked.reason.code == "heel_may_be_up"
    assert down["lunge_dorsiflexion_straight"].quality is Quality.GOOD


def test_either_leg_has_its_own_side_and_the_same_number() -> None:
    right, left = found(BOTH), found(BOTH, mirror=True)

    assert {m.side for m in right.values()} == {Side.RIGHT}
    assert {m.side for m in left.values()} == {Side.LEFT}
    for name, m in right.items():
        assert left[name].value == pytest.approx(m.value, abs=1e-6), name


def test_the_deepest_tenth_counts_and_not_one_frame() -> None:
    deeper = replace(STRAIGHT, shank_deg=36.0)
    measures = found(lunge((4.0, STRAIGHT), (5.0, deeper), (8.0, deeper)))

    assert measures["lunge_dorsiflexion_straight"].value == pytest.approx(36.0, abs=0.5)


@pytest.mark.parametrize("mirror", [False, True])
def test_its_course_over_time_is_the_rear_shank_and_knee(mirror: bool) -> None:  # noqa: FBT001 - a case
    clip = filmed(BOTH, SIDE_ON, PLAIN)
    take = taken(mirrored(clip) if mirror else clip, Activity.WALL_LUNGE)

    shank, knee = lunge_signals(take)

    assert (shank.name, knee.name) == ("shank_inclination", "knee_flexion")
    for at_s, lean_deg, bend_deg in ((2.0, 33.0, 3.0), (7.0, 39.0, 30.0)):
        at = int(np.searchsorted(shank.time_s, at_s))
        assert shank.value[at] == pytest.approx(lean_deg, abs=1.0)
        assert knee.value[at] == pytest.approx(bend_deg, abs=2.0)
