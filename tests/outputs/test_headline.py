"""The first line: the likeliest link and how likely, or no sign, or the one movement that tells."""

from __future__ import annotations

import pytest

from posture.findings.assessment import assessment_of
from posture.outputs.headline import beside, headline, judged
from posture.outputs.words import load_words
from posture.types import Answers, Assessment, Measure, Side
from tests.findings.make import bend, both_lunges, lunge
from tests.findings.test_words import ANSWERED, PEOPLE

EN, JA = load_words("en"), load_words("ja")


def told(measures: list[Measure], answers: Answers | None = None) -> tuple[str, str]:
    found = assessment_of(measures, answers)
    return headline(found, EN), headline(found, JA)


def chance(measures: list[Measure], place: int = 0) -> str:
    return f"{judged(assessment_of(measures))[place].probability:.0%}"


def test_tight_hamstrings_are_suggested_with_their_probability() -> None:
    measures = PEOPLE["tight hamstrings"]

    assert told(measures) == (
        f"The signs suggest tight hamstrings ({chance(measures)})",
        f"太ももの裏が硬いようです({chance(measures)})",
    )


def test_a_likely_link_that_is_not_sure_yet_is_named_with_how_to_make_sure() -> None:
    measures = PEOPLE["compensated"]

    assert told(measures) == (
        f"Possibly tight hamstrings ({chance(measures)}); one more movement would settle it",
        f"太ももの裏が硬い可能性があります({chance(measures)})。あと1つの動きで確かめられます",
    )


def test_no_sign_is_said_as_that() -> None:
    assert told(PEOPLE["none"]) == (
        "No sign of tightness was seen",
        "硬さのサインは見られませんでした",
    )


def test_where_all_is_well_so_far_it_does_not_read_as_unclear() -> None:
    english, japanese = told(both_lunges(36, 42))

    assert english == "No sign of tightness so far"
    assert japanese == "いまのところ硬さのサインは見られません"


@pytest.mark.parametrize("who", ["nobody", "walk only"])
def test_where_nothing_tells_it_names_the_one_movement_that_would(who: str) -> None:
    english, japanese = told(PEOPLE[who])

    assert english.startswith("Not enough seen yet to judge; film next: ")
    assert japanese.startswith("まだ判断できません。次に確かめたい動き:")


def test_the_back_line_is_named_as_a_whole_in_japanese_too() -> None:
    english, japanese = told(PEOPLE["back line"])

    assert english.startswith("The signs suggest a tight back line as a whole (hamstrings ")
    assert japanese.startswith("体の背面(バックライン)全体が硬いようです(太ももの裏 ")


def test_one_leg_is_named_where_the_verdict_names_one() -> None:
    english, japanese = told(
        [*bend(72, 50, 0), *lunge(Side.LEFT, 17, 28), *lunge(Side.RIGHT, 38, 44)]
    )

    assert "tight left calf" in english
    assert japanese.startswith("左のふくらはぎが硬い")


def test_the_sentence_beside_it_says_why_and_not_the_same_again() -> None:
    found = assessment_of(PEOPLE["tight hamstrings"])

    for words in (EN, JA):
        assert f"{judged(found)[0].probability:.0%}" in headline(found, words)
        assert "%" not in beside(found, words)
    assert beside(assessment_of(PEOPLE["none"]), EN).startswith("No signs of tightness")


@pytest.mark.parametrize("answers", [ANSWERED["red flag"], ANSWERED["pain"]])
def test_who_should_see_a_doctor_is_told_nothing_else(answers: Answers) -> None:
    assert told(PEOPLE["compensated"], answers) == (
        "See a doctor first; nothing is judged today",
        "先に医療機関へご相談ください。今回は判断をしていません",
    )


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_gets_one_line_that_never_says_more_than_a_suggestion(who: str) -> None:
    found: Assessment = assessment_of(PEOPLE[who])
    for words in (EN, JA):
        line = headline(found, words)

        assert line
        assert not {"\n", "{"} & set(line)
        assert len(line) < 100
        assert not line.endswith((".", "。"))  # a headline: what follows is a sentence of its own
