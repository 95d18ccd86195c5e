"""The wall lunge: the rear shank with the heel down, knee straight and bent."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from posture.measures.lunge import lunge_measures
from posture.types import Activity, Measure
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


def test_the_deepest_tenth_counts_and_not_one_frame() -> None:
    deeper = replace(STRAIGHT, shank_deg=36.0)
    measures = found(lunge((4.0, STRAIGHT), (5.0, deeper), (8.0, deeper)))

    assert measures["lunge_dorsiflexion_straight"].value == pytest.approx(36.0, abs=0.5)
