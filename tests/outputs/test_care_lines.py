"""The care plan as it is followed: every exercise is drawn, named and dosed in plain words."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from posture.findings.care import load_plans
from posture.outputs.care_lines import (
    Chosen,
    care_lines,
    chosen_of,
    exercise_drawing,
    exercise_name,
)
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import CareStep, Reason

STEPS = [step for plan in load_plans() for step in plan.steps]
CODES = sorted({exercise.what for exercise, _ in STEPS})


def step(code: str) -> CareStep:
    exercise, dose = next((e, d) for e, d in STEPS if e.what == code)
    return CareStep(
        step=1,
        link=exercise.link,
        what=Reason(exercise.what, {"legs": "legs_both"}),
        dose=dose,
        stop_if=Reason(exercise.stop),
    )


@pytest.mark.parametrize("code", CODES)
def test_every_exercise_has_a_drawing_of_a_body_that_stands_alone(code: str) -> None:
    drawn = ET.fromstring(str(exercise_drawing(code)))  # noqa: S314 - our own file

    filled = [part for part in drawn.iter() if part.get("d") and part.get("fill") != "none"]
    assert len(filled) >= 5  # legs, arms and trunk
    assert drawn.get("aria-hidden") == "true"
    told = str(exercise_drawing(code))
    assert "<text" not in told  # no language of its own
    assert "href" not in told
    assert len(told) < 12_000


@pytest.mark.parametrize("code", ["", "care_", "care_../../words/en", "care_no_such"])
def test_what_is_no_exercise_has_no_drawing(code: str) -> None:
    assert exercise_drawing(code) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exercise_has_a_name_and_no_two_the_same(language: Language) -> None:
    names = {exercise_name(code, load_words(language)) for code in CODES}

    assert len(names) == len(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dose_of_one_set_is_not_said_as_several(language: Language) -> None:
    words = load_words(language)
    once = Reason("dose_hold", {"sets": 1, "seconds": 30, "days": 3})
    twice = Reason("dose_hold", {"sets": 2, "seconds": 30, "days": 3})

    assert "1 times" not in words.sentence(once)
    assert words.sentence(once) != words.sentence(twice)
    for _, dose in STEPS:
        assert "\N{MULTIPLICATION SIGN}" not in words.sentence(dose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_goes_for_all_is_not_said_again_for_each(language: Language) -> None:
    words = load_words(language)
    lines = care_lines([step(code) for code in CODES], words, Chosen())

    assert len(lines) == len(CODES)
    for line in lines:
        assert "sharp pain" not in line.mind
        assert "鋭い痛み" not in line.mind
    for exercise, _ in STEPS:  # what a sentence says besides is not lost
        if len(words.sentence(Reason(exercise.stop))) > 60:
            assert words.tables["care"][exercise.stop]


def test_the_trainer_takes_exercises_out_and_puts_one_in() -> None:
    steps = [step(code) for code in CODES]
    chosen = chosen_of({"without": [CODES[0], 7], "own": {"what": "Sit tall", "dose": "daily"}})

    lines = care_lines(steps, load_words("en"), chosen)

    assert [line.code for line in lines] == [*CODES[1:], ""]
    assert (lines[-1].what, lines[-1].dose, lines[-1].drawing) == ("Sit tall", "daily", "")


@pytest.mark.parametrize(
    "kept", [{}, {"without": "care_sole_roll"}, {"own": ["a"]}, {"own": {"what": 3}}, {"own": None}]
)
def test_what_cannot_be_read_of_a_choice_changes_nothing(kept: dict[str, object]) -> None:
    assert chosen_of(kept) == Chosen()
