"""How a body is built: the stick figure's own lengths, whatever it does, however filmed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from posture.measures.proportions import proportions
from posture.signals.activity import segments_of
from posture.signals.clean import clean
from posture.signals.frame import forward_sign
from posture.types import Facing, Side
from tests.make import SIDE_ON, Camera, Flaws, filmed, seconds, there_and_back
from tests.stick import (
    FOREARM,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Figure,
    Gait,
    bending,
    standing,
    walking,
)


def built(figure: Figure, camera: Camera = SIDE_ON, *, outline: bool = True) -> Mapping[str, float]:
    cleaned = clean(filmed(figure, camera, Flaws(outline=outline))).landmarks
    forward = forward_sign(cleaned)
    return proportions(cleaned, forward, segments_of(cleaned, forward))


@pytest.mark.parametrize(
    "figure",
    [
        standing(seconds(2.0)),
        bending(seconds(9.0)),
        walking(seconds(4.0), Gait(treadmill=True)).figure,
    ],
    ids=["standing", "bend", "walking"],
)
@pytest.mark.parametrize("camera", [SIDE_ON, Camera(facing=Facing.LEFT, height_px=350.0)])
def test_lengths_over_the_leg_are_the_figures_own(figure: Figure, camera: Camera) -> None:
    found = built(figure, camera)

    leg = THIGH + SHANK
    assert found["trunk"] == pytest.approx(TRUNK / leg, rel=0.01)
    assert found["upper_arm"] == pytest.approx(UPPER_ARM / leg, rel=0.01)
    assert found["forearm"] == pytest.approx(FOREARM / leg, rel=0.01)
    assert found["thigh"] == pytest.approx(THIGH / SHANK, rel=0.02)


def test_depth_is_that_of_the_outline_and_missing_without_one() -> None:
    assert 0.15 < built(standing(seconds(2.0)))["depth"] < 0.5
    assert "depth" not in built(standing(seconds(2.0)), outline=False)


def test_a_body_turned_too_far_says_nothing_of_how_it_is_built() -> None:
    assert built(standing(seconds(2.0)), Camera(yaw_deg=26.0)) == {}


def test_of_as_many_passes_each_way_the_first_says_which_side_is_measured() -> None:
    cleaned = clean(there_and_back(Camera(size_px=(3600, 1080)))).landmarks
    forward = forward_sign(cleaned)
    segments = segments_of(cleaned, forward)
    first = segments[0].view.near_side

    assert {s.view.near_side for s in segments} == {Side.LEFT, Side.RIGHT}
    assert proportions(cleaned, forward, segments) == proportions(
        cleaned, forward, tuple(s for s in segments if s.view.near_side is first)
    )
