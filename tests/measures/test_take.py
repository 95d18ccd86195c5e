"""What a measure rests on: yardsticks from all the time the person faces this way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.take import takes_of, within
from posture.types import Activity, Facing, Side
from tests.make import (
    SIDE_ON,
    Camera,
    Flaws,
    analysed,
    filmed,
    seconds,
    signal,
    taken,
)
from tests.stick import LEG_LENGTH, STANDING, bending, one_after_another, standing, walking

PLAIN = Flaws(outline=False)


@pytest.mark.parametrize(("facing", "near"), [(Facing.RIGHT, Side.RIGHT), (Facing.LEFT, Side.LEFT)])
def test_the_near_side_is_measured(facing: Facing, near: Side) -> None:
    take = taken(filmed(standing(seconds(1.0)), Camera(facing=facing), PLAIN), Activity.STANDING)

    assert take.near is near
    assert take.leg_px == pytest.approx(LEG_LENGTH * 500.0, rel=0.02)


@pytest.mark.parametrize("height_px", [250.0, 500.0])
def test_the_body_is_as_tall_as_it_is_upright_and_bent(height_px: float) -> None:
    camera = Camera(height_px=height_px)
    takes = analysed(filmed(bending(seconds(9.0)), camera, PLAIN)).takes

    assert [take.height_px for take in takes] == pytest.approx([height_px] * 3, rel=0.01)
    assert len({take.leg_px for take in takes}) == 1


def test_the_given_height_makes_the_scale() -> None:
    take = taken(filmed(standing(seconds(1.0)), SIDE_ON, PLAIN), Activity.STANDING, height_m=1.6)

    assert take.px_per_m == pytest.approx(500.0 / 1.6, rel=0.01)


def test_what_is_no_test_is_not_taken() -> None:
    seat = replace(STANDING, shank_deg=5.0, knee_deg=90.0)
    result = analysed(filmed(standing(seconds(3.0), seat), SIDE_ON, PLAIN))

    assert result.activities == [Activity.OTHER]
    assert result.takes == ()


def test_a_segment_whose_side_is_unknown_is_not_taken() -> None:
    result = analysed(filmed(standing(seconds(2.0)), SIDE_ON, PLAIN))
    blind = replace(result.segments[0], view=replace(result.segments[0].view, near_side=None))

    assert takes_of(result.cleaned, result.forward, [blind], None) == ()


def test_a_take_knows_which_of_the_clip_s_segments_it_is() -> None:
    figure = one_after_another(bending(seconds(9.0)), walking(seconds(4.0)).figure)
    result = analysed(filmed(figure, Camera(size_px=(1920, 1080), height_px=300.0), PLAIN))

    assert [result.segments[take.index] for take in result.takes] == [
        take.segment for take in result.takes
    ]
    assert {m.segment for m in result.measures} == {take.index for take in result.takes}


def test_one_picture_has_no_time_between_frames() -> None:
    take = taken(filmed(standing(np.zeros(1)), SIDE_ON, PLAIN), Activity.STANDING)

    assert take.is_still
    assert take.frame_s == 0.0


def test_the_time_between_frames_is_the_usual_one() -> None:
    time_s = seconds(2.0)
    time_s[30:] += 0.5

    take = taken(filmed(standing(time_s), SIDE_ON, PLAIN), Activity.STANDING)

    assert take.frame_s == pytest.approx(1 / 30)


def test_a_signal_is_cut_to_its_frames_and_not_shortened() -> None:
    whole = signal(np.arange(6.0), seconds(0.2))

    part = within(whole, (2, 4))

    assert np.array_equal(part.value, [math.nan] * 2 + [2.0, 3.0] + [math.nan] * 2, equal_nan=True)
    assert np.array_equal(whole.value, np.arange(6.0))
