"""The leg raise: the angle it is held at, and what keeps it from counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.measures.leg_raise import leg_raise_measures, leg_raise_signals
from posture.types import Activity, Landmarks, Measure, Quality, Reason, Side
from tests.lying import raising
from tests.make import mirrored, retimed, taken, thinned


def raised(clip: Landmarks) -> Measure:
    (measure,) = leg_raise_measures(taken(clip, Activity.LEG_RAISE))
    return measure


@pytest.mark.parametrize("angle_deg", [35.0, 60.0, 85.0, 95.0])
def test_the_angle_of_the_hold_is_read(angle_deg: float) -> None:
    found = raised(raising(angle_deg))

    assert (found.name, found.side, found.quality) == ("leg_raise_angle", Side.RIGHT, Quality.GOOD)
    assert found.value == pytest.approx(angle_deg, abs=0.5)
    assert 1.0 < found.sd < 8.0


def test_the_other_way_round_it_is_the_left_leg_s() -> None:
    there, back = raised(raising(66.0)), raised(mirrored(raising(66.0)))

    assert back.side is Side.LEFT
    assert back.value == pytest.approx(there.value, abs=1e-6)


def test_a_knee_that_bends_is_marked_and_further_refused() -> None:
    little, much = raised(raising(80.0, knee_deg=20.0)), raised(raising(80.0, knee_deg=32.0))

    assert little.quality is Quality.SUSPECT
    assert little.reason is not None
    assert little.reason.code == "knee_bent_in_raise"
    assert much.quality is Quality.MISSING
    assert raised(raising(80.0, knee_deg=9.0)).quality is Quality.GOOD


def test_another_leg_off_the_floor_is_marked() -> None:
    found = raised(raising(80.0, other_deg=28.0))

    assert found.quality is Quality.SUSPECT
    assert found.reason is not None
    assert found.reason.code == "other_leg_not_flat"


def test_a_leg_that_is_not_held_up_says_what_to_do() -> None:
    swung = raising(70.0, held_s=0.0)

    assert raised(swung).reason == Reason("no_leg_held_up")
    assert raised(raising(8.0)).quality is Quality.MISSING


def test_the_far_leg_raised_alone_is_not_taken_for_the_near_one() -> None:
    clip = raising(70.0)
    names = list(clip.names)
    near, far = (
        [names.index(f"{s}_{p}") for p in ("knee", "ankle", "heel", "foot_index")]
        for s in ("right", "left")
    )
    xy = clip.xy_px.copy()
    xy[:, near + far] = clip.xy_px[:, far + near]

    assert raised(replace(clip, xy_px=xy)).reason == Reason("no_leg_held_up")


def test_speed_rate_roll_and_noise_move_it_by_less_than_its_error() -> None:
    usual = raised(raising(66.0))
    clip = raising(66.0, rate_hz=60.0)
    others = {
        "half speed": retimed(raising(66.0), 2 * raising(66.0).time_s),
        "30 of 60 frames": thinned(clip, 2),
        "rolled 3 deg": raising(66.0, roll_deg=3.0),
        "noise": raising(66.0, noise_px=3.0),
    }

    for name, other in others.items():
        found = raised(other)
        assert found.quality is Quality.GOOD, name
        assert abs(found.value - usual.value) <= found.sd, name


def test_the_course_is_shown_over_the_take() -> None:
    take = taken(raising(70.0), Activity.LEG_RAISE)
    (course,) = leg_raise_signals(take)

    assert course.name == "leg_raise_angle"
    assert np.nanmax(course.value) == pytest.approx(70.0, abs=0.5)
