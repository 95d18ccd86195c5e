"""The knee in a bend: how sure it has to be bent, and what soft knees let off."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from posture.measures.bend import bend_measures
from posture.measures.bend_knee import chance_over
from posture.measures.bend_poses import bend_poses
from posture.types import Activity, Measure, Quality
from tests.make import filmed, seconds, taken
from tests.stick import BENT, STANDING, bending


@cache
def bent_by(knee_deg: float) -> dict[str, Measure]:
    figure = bending(seconds(9.0, 15.0), replace(BENT, knee_deg=STANDING.knee_deg + knee_deg))
    take = taken(filmed(figure), Activity.FORWARD_BEND)
    return {m.name: m for m in bend_measures(take, bend_poses(take))}


def test_a_chance_is_even_at_the_limit_and_normal_about_it() -> None:
    assert chance_over(10.0, 4.0, 10.0) == pytest.approx(0.5)
    assert chance_over(14.0, 4.0, 10.0) == pytest.approx(0.8413, abs=1e-4)
    assert chance_over(2.0, 4.0, 10.0) == pytest.approx(0.0228, abs=1e-4)
    assert chance_over(float("nan"), 4.0, 10.0) == 0.0
    assert chance_over(11.0, 0.0, 10.0) == 1.0


@pytest.mark.parametrize(("knee_deg", "is_marked"), [(3.0, False), (11.0, False), (20.0, True)])
def test_only_knees_that_are_surely_bent_are_marked(knee_deg: float, is_marked: bool) -> None:  # noqa: FBT001
    for name in ("pelvis_on_thigh_flexion", "fingertip_floor", "trunk_flexion"):
        assert (bent_by(knee_deg)[name].quality is Quality.SUSPECT) is is_marked


def test_ten_degrees_of_knee_are_five_of_hamstring_slack_in_the_error() -> None:
    found = bent_by(10.0)

    # moment arms of 6 to 7 cm at the hip and 3 to 4 cm at the knee
    assert found["pelvis_on_thigh_flexion"].spread["soft_knee"] == pytest.approx(5.0, abs=0.8)
    assert found["lumbar_flexion"].spread.get("soft_knee", 0.0) == 0.0
    assert bent_by(0.0)["pelvis_on_thigh_flexion"].spread["soft_knee"] < 1.0
