"""Every code of this room has its sentence in English and Japanese, and the sentence fits."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import posture
from posture.findings.backline import assess
from posture.findings.care import care_plan, load_plans
from posture.findings.evidence import load_evidence
from posture.types import Measure, Reason, Side
from tests.findings.make import bend, both_lunges, lunge, seen, speed, usual_walk, walk

PACKAGE = Path(posture.__file__).parent
WORDS = PACKAGE / "outputs" / "words"
LANGUAGES = ("en", "ja")

# docs/method.md, section 6.6: never a cause, a cure, a disease
FORBIDDEN = {
    "en": ("cause", "cure", "diagnos", "abnormal", "heal", "correct"),
    "ja": ("診断", "異常", "治", "矯正", "歪", "原因"),
}

WALKED = walk(Side.LEFT, heel_off=31, shank=10, dorsiflexion=6, knee=16)
PEOPLE: dict[str, list[Measure]] = {
    "nobody": [],
    "tight hamstrings": [*bend(50, 52, 15), *both_lunges(32, 38)],
    "tight hamstrings, no hips": [
        seen("leg_raise_angle", 45, Side.LEFT),
        seen("fingertip_floor", 25),
    ],
    "compensated": [*bend(48, 71, 12), seen("pelvic_tilt", 9), seen("head_forward", 0.02)],
    "stiff back": bend(68, 26, 14),
    "lumbar": [*bend(74, 15, 14), *both_lunges(36, 42)],
    "calf and back": [*bend(74, 15, 14), *both_lunges(19, 31)],
    "one calf": [*bend(72, 50, 0), *lunge(Side.LEFT, 19, 31)],
    "back line": [*bend(48, 55, 18), *both_lunges(19, 31)],
    "none": [*bend(73, 52, 0), *both_lunges(36, 42)],
    "lunge only": both_lunges(36, 42),
    "walk only": usual_walk(),
    "walk and bend": [*bend(67, 45, 6), speed(0.45), *WALKED],
    "capped": [
        *bend(64, 50, 3),
        seen("heel_wedge_gain", 8),
        seen("soft_knee_gain", 3),
        speed(0.45),
        *walk(Side.LEFT, heel_off=27, shank=7, dorsiflexion=3, knee=18),
    ],
    "few strides": [m for m in WALKED if m.name != "strides"],
    "bent knees": [*bend(50, 26, 25), seen("knee_bend", 14)],
    "contradiction": [
        seen("pelvis_on_thigh_flexion", 50),
        seen("leg_raise_angle", 75, Side.LEFT),
    ],
    "weak": [seen("knee_bend", 9), seen("soft_knee_gain", 20)],
}


def reasons(measures: list[Measure]) -> Iterator[Reason]:
    findings, verdict = assess(measures)
    yield from (found.because for found in findings)
    yield from (found.next_test for found in findings if found.next_test is not None)
    yield verdict.because
    if verdict.next_test is not None:
        yield verdict.next_test
    for step in care_plan(findings, verdict):
        yield from (step.what, step.dose, step.stop_if)


def codes_in_the_source() -> set[str]:
    """Every code written in a call of Reason; each must be in plain sight or from a table."""
    found: set[str] = set()
    for module in sorted((PACKAGE / "findings").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found - {"dose"}  # a column of care.toml, not a code


def codes() -> set[str]:
    steps = [step for plan in load_plans() for step in plan.steps]
    return (
        codes_in_the_source()
        | {test.code for test in load_evidence().next_tests}
        | {code for exercise, dose in steps for code in (exercise.what, exercise.stop, dose.code)}
    )


def words(language: str) -> tuple[dict[str, str], dict[str, str]]:
    tables = tomllib.loads((WORDS / f"{language}.toml").read_text("utf-8"))
    return tables["reasons"], tables["terms"]


def test_the_people_here_bring_up_every_code_but_those_of_repeats() -> None:
    told = {reason.code for person in PEOPLE.values() for reason in reasons(person)}

    assert codes() - told == {"next_repeat_lunge"}
    assert told <= codes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: str) -> None:
    templates, _ = words(language)

    assert sorted(codes() - set(templates)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_and_leg_has_a_term(language: str) -> None:
    _, terms = words(language)
    legs = {f"leg_{side.value}" for side in Side} | {"legs_both"}
    firsts = {f"legs_{side.value}_first" for side in (Side.LEFT, Side.RIGHT)}
    links = {"hamstring", "calf", "calf_left", "calf_right", "back"}
    signs = {sign.measure for sign in load_evidence().signs}

    assert sorted((legs | firsts | links | signs) - set(terms)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("person", PEOPLE)
def test_every_sentence_can_be_said(language: str, person: str) -> None:
    templates, terms = words(language)
    for reason in reasons(PEOPLE[person]):
        values = {
            name: terms[value] if isinstance(value, str) else value
            for name, value in reason.values.items()
        }

        assert templates[reason.code].format(**values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_speaks_of_causes_or_cures(language: str) -> None:
    templates, _ = words(language)
    said = {code: templates[code].lower() for code in codes()}

    assert [(c, w) for c, text in said.items() for w in FORBIDDEN[language] if w in text] == []


def test_both_languages_tell_the_same_numbers() -> None:
    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    english, japanese = words("en")[0], words("ja")[0]

    assert [c for c in sorted(codes()) if fields(english[c]) != fields(japanese[c])] == []
