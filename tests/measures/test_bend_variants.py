"""Soft knees and the heel wedge: the gain over the usual bend, or why there is none."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from posture.measures.bend import bend_measures
from posture.measures.bend_poses import bend_poses
from posture.measures.bend_variants import variant_measures, with_gains
from posture.types import Activity, Measure, Quality, Reason
from tests.make import filmed, seconds, taken
from tests.stick import BENT, STANDING, Pose, bending

# knees 25 deg bent, the hips 15 deg more flexed against the thigh
SOFT = replace(BENT, knee_deg=STANDING.knee_deg + 25.0, sacrum_deg=BENT.sacrum_deg + 5.0)


def usual(pose: Pose = BENT) -> tuple[Measure, ...]:
    take = taken(filmed(bending(seconds(9.0), pose)), Activity.FORWARD_BEND)
    return bend_measures(take, bend_poses(take))


def soft(pose: Pose = SOFT) -> tuple[Measure, ...]:
    take = taken(filmed(bending(seconds(9.0), pose)), Activity.FORWARD_BEND)
    return variant_measures(take, bend_poses(take), "soft_knee")


def wedge(pose: Pose = BENT) -> tuple[Measure, ...]:
    take = taken(filmed(bending(seconds(9.0), pose)), Activity.FORWARD_BEND)
    return variant_measures(take, bend_poses(take), "heel_wedge")


def together(*clips: tuple[Measure, ...]) -> dict[str, Measure]:
    session = with_gains([(n, m) for n, clip in enumerate(clips) for m in clip])
    return {m.name: m for _, m in session}


def hinge(pose: Pose) -> float:
    pelvis = pose.sacrum_deg - STANDING.sacrum_deg
    return pelvis - (pose.thigh_deg - STANDING.thigh_deg)


def test_what_soft_knees_gain_is_the_difference_of_two_bends_with_both_errors() -> None:
    plain = {m.name: m for m in usual()}
    found = together(usual(), soft())

    gain = found["soft_knee_gain"]
    assert gain.value == pytest.approx(hinge(SOFT) - hinge(BENT), abs=2.0)
    assert gain.quality is Quality.GOOD
    assert (gain.unit, gain.activity) == ("deg", Activity.FORWARD_BEND)
    both = math.hypot(plain["pelvis_on_thigh_flexion"].sd, found["soft_knee_hip_flexion"].sd)
    assert gain.sd == pytest.approx(both)
    assert found["soft_knee_bend"].value == pytest.approx(25.0, abs=1.0)


def test_the_variant_s_own_bend_is_not_taken_for_a_usual_one() -> None:
    names = {m.name for m in soft()}

    assert names == {"soft_knee_hip_flexion", "soft_knee_bend", "soft_knee_gain"}


def test_without_the_usual_bend_one_sentence_says_what_is_needed() -> None:
    found = together(soft())

    assert found["soft_knee_gain"].quality is Quality.MISSING
    assert found["soft_knee_gain"].reason == Reason("gain_needs_usual_bend")


def test_knees_that_stayed_straight_give_no_gain() -> None:
    found = together(usual(), soft(replace(SOFT, knee_deg=STANDING.knee_deg + 8.0)))

    assert found["soft_knee_gain"].quality is Quality.MISSING
    assert found["soft_knee_gain"].reason is not None
    assert found["soft_knee_gain"].reason.code == "knees_not_soft"


def test_bent_knees_in_the_usual_bend_mark_the_gain() -> None:
    found = together(usual(replace(BENT, knee_deg=STANDING.knee_deg + 19.0)), soft())

    assert found["soft_knee_gain"].quality is Quality.SUSPECT
    assert found["soft_knee_gain"].reason is not None
    assert found["soft_knee_gain"].reason.code == "knees_bent_in_bend"


def test_a_wedge_s_gain_is_more_reach() -> None:
    further = replace(BENT, trunk_deg=BENT.trunk_deg + 6.0)
    plain = {m.name: m for m in usual()}
    found = together(usual(), wedge(further))

    gain = found["heel_wedge_gain"]
    reached = plain["fingertip_floor"].value - found["heel_wedge_fingertip_floor"].value
    assert gain.value == pytest.approx(reached)
    assert gain.value > 0.02
    assert gain.unit == "leg_length"


def test_nothing_can_be_gained_from_the_floor_and_at_least_so_much_to_it() -> None:
    at_floor = tuple(
        replace(m, value=0.0, reason=Reason("floor_reached")) if m.name == "fingertip_floor" else m
        for m in usual()
    )
    on_wedge = tuple(
        replace(m, value=0.0, reason=Reason("floor_reached"))
        if m.name == "heel_wedge_fingertip_floor"
        else m
        for m in wedge()
    )

    assert together(at_floor, wedge())["heel_wedge_gain"].reason == Reason("gain_beyond_floor")
    least = together(usual(), on_wedge)["heel_wedge_gain"]
    assert (least.quality, least.reason) == (Quality.SUSPECT, Reason("gain_at_least"))


def test_the_middle_of_three_usual_bends_is_compared_with() -> None:
    def shifted(by_deg: float) -> tuple[Measure, ...]:
        return tuple(
            replace(m, value=m.value + by_deg) if m.name == "pelvis_on_thigh_flexion" else m
            for m in usual()
        )

    alone = together(usual(), soft())["soft_knee_gain"].value
    found = together(shifted(-9.0), usual(), shifted(20.0), soft())

    assert found["soft_knee_gain"].value == pytest.approx(alone)
