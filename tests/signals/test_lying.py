"""Lying on the back: at which end the head is, which side is near, how far a leg is up."""

from __future__ import annotations

import numpy as np
import pytest

from posture.landmarks.skeleton import NAMES
from posture.signals.activity import segments_of
from posture.signals.clean import clean
from posture.signals.frame import forward_sign
from posture.signals.lying import lies_facing, raised_leg
from posture.types import Activity, Landmarks, Side
from tests.lying import raising
from tests.make import filmed, landmarks, mirrored, seconds
from tests.stick import bending, standing, walking

HELD = raising(70.0)


def activities(clip: Landmarks) -> list[Activity]:
    points = clean(clip).landmarks
    return [s.activity for s in segments_of(points, forward_sign(points))]


@pytest.mark.parametrize("clip", [HELD, mirrored(HELD)], ids=["head left", "head right"])
def test_a_raised_leg_is_recognised_and_the_near_side_told(clip: Landmarks) -> None:
    points = clean(clip).landmarks
    (segment,) = segments_of(points, forward_sign(points))

    assert segment.activity is Activity.LEG_RAISE
    assert segment.frames == (0, len(clip.time_s))
    # head at the left, on the back: the right side is towards the camera
    assert segment.view.near_side is (Side.RIGHT if clip is HELD else Side.LEFT)


def test_the_thigh_is_read_against_the_level() -> None:
    points = clean(HELD).landmarks
    forward = lies_facing(points)

    near = raised_leg(points, forward, Side.RIGHT).value
    far = raised_leg(points, forward, Side.LEFT).value

    assert near[-1] == pytest.approx(70.0, abs=0.5)
    assert near[0] == pytest.approx(0.0, abs=0.5)
    assert far == pytest.approx(0.0, abs=0.5)


def test_somebody_who_only_lies_shows_no_test() -> None:
    assert activities(raising(5.0)) == [Activity.OTHER]


@pytest.mark.parametrize(
    "figure",
    [standing(seconds(4.0)), bending(seconds(9.0)), walking(seconds(4.0)).figure],
    ids=["standing", "bending", "walking"],
)
def test_nobody_on_their_feet_lies(figure: object) -> None:
    assert not lies_facing(filmed(figure)).any()  # type: ignore[arg-type]


def test_points_out_of_sight_are_nobody_lying() -> None:
    hidden = landmarks(np.arange(3.0), np.full((3, len(NAMES), 2), np.nan))

    assert not lies_facing(hidden).any()
