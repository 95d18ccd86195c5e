"""What was asked: read, and what it shifts, withholds and forbids - and what it never touches."""

from __future__ import annotations

import math

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from posture.findings.answers import (
    CONDITIONS,
    HABITS,
    RED_FLAGS,
    SAID,
    TOUCHED,
    TOUCHES,
    given,
    is_asked,
    read_answers,
    shifted,
    usable_answers,
    withheld_because,
)
from posture.findings.assessment import assessment_of
from posture.findings.backline import assess
from posture.findings.evidence import JUDGED, load_evidence
from posture.findings.posterior import logit
from posture.types import Activity, Answers, Level, Link, Measure
from tests.findings.make import bend, both_lunges, chance, seen

TABLE = load_evidence()
PERSON: list[Measure] = [*bend(56, 44, 9), *both_lunges(28, 36)]


# --- read ----------------------------------------------------------------------------------------


def test_answers_are_read_as_they_were_given() -> None:
    told = read_answers(
        {
            "age": 44,
            "sex": "female",
            "pain": 2,
            "habits": ["heels", "sitting"],
            "said": ["heavy_morning"],
            "touch": {"calf": "hard", "back": "not_checked"},
            "height_cm": 160,
            "red_flags": None,
        }
    )

    assert told == Answers(
        age=44,
        sex="female",
        pain=2,
        habits=("sitting", "heels"),
        said=("heavy_morning",),
        touch={Link.CALF: "hard", Link.BACK: "not_checked"},
    )


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"habits = yoga, age = 400, sex = x, touch\.knee = hard"):
        read_answers({"age": 400, "sex": "x", "habits": ["yoga"], "touch": {"knee": "hard"}})


def test_of_stored_answers_what_cannot_be_read_is_left_out() -> None:
    assert usable_answers({"age": "old", "pain": 3, "said": ["tight_evening", "?"]}) == Answers(
        pain=3
    )


# --- shifts --------------------------------------------------------------------------------------


def test_long_sitting_and_no_exercise_stop_at_the_bound() -> None:
    # 1.9 x 1.3 = 2.47 is more than 1.9: odds .35 / .65 x 1.9 = 1.0231.
    priors = shifted(TABLE, Answers(habits=("sitting", "inactive"))).priors

    assert priors[Link.HAMSTRING] == pytest.approx(1.0231 / 2.0231, abs=1e-4)
    assert priors[Link.CALF] == pytest.approx((0.25 / 0.75 * 1.3) / (1 + 0.25 / 0.75 * 1.3))
    assert priors[Link.BACK] == 0.20


@given_by(habits=st.sets(st.sampled_from(HABITS)))
def test_no_habits_together_move_a_prior_by_more_than_the_bound(habits: set[str]) -> None:
    after = shifted(TABLE, Answers(habits=tuple(habits))).priors
    moved = [abs(logit(after[link]) - logit(TABLE.priors[link])) for link in JUDGED]

    assert max(moved) <= math.log(1.9) + 1e-9


@pytest.mark.parametrize(
    ("age", "sex", "cm"),
    # docs/method.md, section 3.2: -3 + 1.9 x (age - 22) / 10 for men, 1.0 for women
    [(62, "male", -3 + 7.6), (42, "female", -3 + 2.0), (52, None, -3 + 4.35), (90, "male", 4.98)],
)
def test_the_expected_reach_falls_with_age(age: float, sex: str | None, cm: float) -> None:
    answers = read_answers({"age": age, "sex": sex})
    (reach,) = [s for s in shifted(TABLE, answers).signs if s.measure == "fingertip_floor"]

    assert 85 * reach.mean == pytest.approx(cm, abs=0.01)


def test_the_same_reach_says_less_of_an_old_man_than_of_a_young_one() -> None:
    reach = [seen("fingertip_floor", 10)]
    old, young = (assess(reach, TABLE, Answers(age=age, sex="male"))[0] for age in (64, 22))

    assert chance(old, Link.HAMSTRING) < chance(young, Link.HAMSTRING)


@settings(deadline=None, max_examples=25)
@given_by(
    said=st.sets(st.sampled_from(SAID)),
    touch=st.dictionaries(st.sampled_from(TOUCHED), st.sampled_from(TOUCHES)),
)
def test_what_is_felt_and_touched_never_moves_a_finding(
    said: set[str], touch: dict[Link, str]
) -> None:
    answers = read_answers(
        {"said": list(said), "touch": {link.value: felt for link, felt in touch.items()}}
    )

    assert assess(PERSON, TABLE, answers) == assess(PERSON, TABLE)
    assert assessment_of(PERSON, answers).answers == answers  # kept, to be shown beside it


# --- withheld ------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", RED_FLAGS)
def test_every_red_flag_withholds_everything(flag: str) -> None:
    told = assessment_of(PERSON, Answers(red_flags=(flag,)))

    assert told.withheld is not None
    assert {f.level for f in told.findings} == {Level.CANNOT_TELL}
    assert {f.probability for f in told.findings} == {None}
    assert not any(f.evidence for f in told.findings)
    assert told.care == ()
    assert told.verdict.next_test is not None
    assert told.verdict.next_test.code == "next_doctor"


@pytest.mark.parametrize(
    ("age", "conditions", "is_withheld"),
    [
        (70, (), False),
        (56, ("new_back_pain",), True),
        (55, ("new_back_pain",), False),
        (19, ("new_back_pain",), True),
        (70, ("acute_back_pain",), False),
        (None, ("new_back_pain",), False),
    ],
)
def test_age_is_a_flag_only_with_new_unseen_back_pain(
    *, age: float | None, conditions: tuple[str, ...], is_withheld: bool
) -> None:
    because = withheld_because(Answers(age=age, conditions=conditions), TABLE.rules)

    assert (because is not None) == is_withheld


@pytest.mark.parametrize(("pain", "is_withheld"), [(None, False), (3, False), (4, True)])
def test_pain_above_three_of_ten_withholds(*, pain: float | None, is_withheld: bool) -> None:
    assert (withheld_because(Answers(pain=pain), TABLE.rules) is not None) == is_withheld


# --- forbidden -----------------------------------------------------------------------------------

NO_BEND = [
    Answers(age=65),
    Answers(pain=4),
    Answers(red_flags=("dizzy",)),
    *(
        Answers(conditions=(condition,))
        for condition in (
            *("hypertension", "glaucoma", "recent_surgery", "acute_back_pain"),
            *("osteoporosis", "pregnancy", "acute_tear"),
        )
    ),
]


@pytest.mark.parametrize("answers", NO_BEND)
def test_nobody_is_asked_to_bend_who_should_not(answers: Answers) -> None:
    assert not is_asked(Activity.FORWARD_BEND, answers, TABLE)


@pytest.mark.parametrize("answers", [a for a in NO_BEND if not a.red_flags and a.pain is None])
@pytest.mark.parametrize("measures", [[], PERSON, bend(68, 26, 14), both_lunges(28, 36)])
def test_no_bend_is_named_next_to_who_should_not(answers: Answers, measures: list[Measure]) -> None:
    findings, verdict = assess(measures, TABLE, answers)
    tests = [*(f.next_test for f in findings), verdict.next_test]
    asked = {test.code for test in tests if test is not None}

    assert not {code for code in asked if "bend" in code}


def test_a_leg_raise_takes_the_place_of_the_bend() -> None:
    verdict = assess([], TABLE, Answers(age=70))[1]

    assert verdict.next_test is not None
    assert verdict.next_test.code == "next_leg_raise"


def test_what_forbids_nothing_is_still_known_to_the_care() -> None:
    assert given(Answers(conditions=("neuropathy",)), TABLE.rules) == {"neuropathy"}
    assert set(TABLE.not_with[Activity.FORWARD_BEND]) <= {*CONDITIONS, *RED_FLAGS, "age", "pain"}
