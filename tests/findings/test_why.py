"""The least change that changes a level, the next test by information, what is explained away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.findings.backline import assess
from posture.findings.next_tests import promises
from posture.findings.readings import runs_from
from posture.types import Answers, Finding, Link, Measure, Quality, Reason, Side
from tests.findings.make import LEG_CM, bend, both_lunges, chance, finding, lunge, model_alone, seen

TABLE = model_alone()
SIGN = {"way_more": 1, "way_longer": 1, "way_later": 1}
UNIT = {"turning_point_deg": 1.0, "turning_point_cm": 1 / LEG_CM, "turning_point_leg": 1.0}


def judged(measures: list[Measure]) -> tuple[Finding, ...]:
    return assess(measures, TABLE)[0]


def changed(measures: list[Measure], turn: Reason, share: float = 1.0) -> list[Measure]:
    """The same person, the sign changed as the sentence says; the height's copy is left."""
    step = float(turn.values["change"]) * UNIT[turn.code] * SIGN.get(str(turn.values["way"]), -1)
    return [
        replace(m, value=m.value + share * step) if m.name == turn.values["sign"] else m
        for m in measures
    ]


# --- had it been so much more --------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(hips=st.floats(40, 85), back=st.floats(15, 65), reach_cm=st.floats(1, 30))
def test_the_change_told_brings_the_level_told_and_a_smaller_one_does_not(
    hips: float, back: float, reach_cm: float
) -> None:
    measures = bend(hips, back, reach_cm)
    for link in (Link.HAMSTRING, Link.BACK):
        found = finding(judged(measures), link)
        turn = found.turning_point
        if turn is None or turn.code == "no_turning_point":
            continue
        after = finding(judged(changed(measures, turn)), link)
        step = max(
            0.0, 1 - 1 / round(float(turn.values["change"]) * (100 if "leg" in turn.code else 1))
        )

        assert f"reads_{after.level.value}" == turn.values["reads"]
        assert after.level is not found.level
        assert finding(judged(changed(measures, turn, share=step)), link).level is found.level


def test_the_turning_point_of_one_sign_is_where_its_odds_meet_the_bound() -> None:
    # Straight lunge 20, bent 34: 1.882353 + .181347 nats. The straight one at x adds
    # ((x - 33)^2 - (x - 23)^2) / 85 = (560 - 20 x) / 85; suggested asks for
    # logit .70 - logit .25 - .181347 = 1.764563, so x = (560 - 149.988) / 20 = 20.5006.
    left = finding(judged(lunge(Side.LEFT, 20, 34)), Link.CALF, Side.LEFT)

    assert left.turning_point == Reason(
        "turning_point_deg",
        {
            "link": "calf_left",
            "sign": "lunge_dorsiflexion_straight",
            "change": 1.0,  # .5, rounded up to what can be read off
            "way": "way_more",
            "reads": "reads_possible",
        },
    )


@pytest.mark.parametrize("known", [True, False])
def test_a_reach_is_told_in_cm_where_a_height_is_known(*, known: bool) -> None:
    reach = [seen("fingertip_floor", 14), seen("knee_bend", 3)]
    measures = [*reach, seen("fingertip_floor_m", 14)] if known else reach
    turn = finding(judged(measures), Link.HAMSTRING).turning_point

    assert turn is not None
    assert turn.code == ("turning_point_cm" if known else "turning_point_leg")


def test_nothing_is_said_of_a_link_no_sign_looked_at() -> None:
    assert finding(judged(both_lunges(28, 36)), Link.HAMSTRING).turning_point is None


# --- the next test -------------------------------------------------------------------------------


def test_after_a_bend_the_leg_raise_promises_more_than_soft_knees() -> None:
    told = promises(Link.HAMSTRING, runs_from(bend(62, 48, 7), TABLE), TABLE, Answers())
    by_code = {promise.code: promise for promise in told}

    assert set(by_code) == {"next_leg_raise", "next_soft_knee_bend"}
    raised, soft = by_code["next_leg_raise"], by_code["next_soft_knee_bend"]
    assert raised.information_nats > soft.information_nats > 0
    assert raised.settles > soft.settles


def test_what_a_test_promises_is_what_drawn_people_show() -> None:
    # Calves of whom nothing is known, measured by a lunge drawn from the table's own numbers.
    random = np.random.default_rng(1)
    (promise,) = [
        p for p in promises(Link.CALF, (), TABLE, Answers()) if p.code == "next_wall_lunge"
    ]
    settled = 0
    for _ in range(300):
        tight = random.random() < 0.25
        straight = random.normal(23 if tight else 33, np.hypot(5.5, 3.5))
        bent = random.normal(34 if tight else 39, np.hypot(6, 3.5))
        level = finding(judged(lunge(Side.LEFT, straight, bent)), Link.CALF, Side.LEFT).level
        settled += level.value in {"suggested", "not_suggested"}

    assert settled / 300 == pytest.approx(promise.settles, abs=0.08)


def test_a_suspect_bend_may_be_worth_more_once_more_than_something_new() -> None:
    suspect = [
        replace(m, quality=Quality.SUSPECT, reason=Reason("turned")) for m in bend(50, 30, 9)
    ]
    found = finding(judged(suspect), Link.BACK)

    assert found.next_test is not None
    assert found.next_test.code == "next_repeat_bend"
    assert found.next_test.values["because"] != "test_last_left"


def test_the_last_test_left_says_so() -> None:
    found = finding(judged(bend(68, 26, 14)), Link.BACK)

    assert found.next_test == Reason("next_repeat_bend", {"because": "test_last_left", "tenths": 0})


# --- explained away ------------------------------------------------------------------------------


def test_a_stiff_back_is_named_where_it_takes_the_reach_upon_itself() -> None:
    measures = [seen("fingertip_floor", 14), seen("pelvis_on_thigh_flexion", 62)]
    stiff = finding(judged([*measures, seen("lumbar_flexion", 26)]), Link.HAMSTRING)
    free = finding(judged([*measures, seen("lumbar_flexion", 60)]), Link.HAMSTRING)
    told = {
        "link": "hamstring",
        "other": "back",
        "seen_in": "lumbar_flexion",
        "sign": "fingertip_floor",
    }

    assert stiff.notes == (Reason("explained_away", told),)
    assert free.notes == ()  # it hardly a sign, as the report calls it
    assert chance((stiff,), Link.HAMSTRING) < chance((free,), Link.HAMSTRING)

    far = [seen("fingertip_floor", 16), seen("pelvis_on_thigh_flexion", 72)]
    left = finding(judged([*far, seen("lumbar_flexion", 60)]), Link.HAMSTRING)
    assert left.notes == (Reason("left_to_it", told),)


# --- what each sign was expected to be -----------------------------------------------------------


def test_a_sign_carries_what_was_expected_and_where_it_comes_from() -> None:
    found = finding(judged(bend(50, 52, 15)), Link.HAMSTRING)
    hips = next(e for e in found.evidence if e.measure.name == "pelvis_on_thigh_flexion")

    assert hips.expected is not None
    assert (hips.expected.free, hips.expected.restricted) == (70, 52)
    assert (hips.expected.cap, hips.expected.weight) == (8, 1)
    assert "Gajdosik" in hips.expected.source
    assert found.prior == 0.35
