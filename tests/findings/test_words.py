"""Every code of this room has its sentence in English and Japanese, and the sentence fits."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import posture
from posture.findings.assessment import assessment_of
from posture.findings.care import load_plans
from posture.findings.evidence import load_evidence
from posture.findings.same_person import two_people
from posture.outputs.words import Language, load_words
from posture.types import Answers, Assessment, Measure, Quality, Reason, Side
from tests.findings.make import bend, both_lunges, lunge, seen, speed, usual_walk, walk

PACKAGE = Path(posture.__file__).parent
WORDS = PACKAGE / "outputs" / "words"
LANGUAGES: tuple[Language, ...] = ("en", "ja")

# docs/method.md, section 6.6: never a cause, a cure, a disease
FORBIDDEN = {
    "en": r"\bcaus(e|es|ed|ing)\b|\bcur(e|es|ed|ing)\b|diagnos|abnormal|\bheal|correct|\btreat",
    "ja": "診断|異常|病名|治|矯正|歪|原因|改善します",
}

WALKED = walk(Side.LEFT, heel_off=31, shank=10, dorsiflexion=6, knee=16)


def marked(measures: list[Measure], code: str) -> list[Measure]:
    """The same measures, each with a reason to be careful."""
    return [replace(m, quality=Quality.SUSPECT, reason=Reason(code)) for m in measures]


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
    "bent knees": [*bend(50, 26, 25), seen("knee_bend", 26)],
    "one leg": WALKED,
    "limp": marked(WALKED, "walk_limps"),
    "backwards": marked(WALKED, "fact_backwards"),
    "slow motion": marked(WALKED, "fact_slowed_down"),
    "contradiction": [
        seen("pelvis_on_thigh_flexion", 50),
        seen("leg_raise_angle", 75, Side.LEFT),
    ],
    "weak": [seen("knee_bend", 9), seen("soft_knee_gain", 20)],
    "one weak sign": [seen("knee_bend", 9)],
    "one sign": [seen("pelvis_on_thigh_flexion", 45)],
    "one sign against": [seen("pelvis_on_thigh_flexion", 85)],
    "with a height": [
        seen("fingertip_floor", 14),
        seen("fingertip_floor_m", 14),
        seen("knee_bend", 3),
    ],
    "reach only": [seen("fingertip_floor", 14), seen("knee_bend", 3)],
    "heel off leads": [*WALKED[:1], speed(0.45), *WALKED[-1:], seen("fingertip_floor", 2)],
    "lunge once more": [
        seen("lunge_dorsiflexion_straight", 28, Side.LEFT, quality=Quality.SUSPECT),
        seen("lunge_dorsiflexion_bent", 36, Side.LEFT, quality=Quality.SUSPECT),
    ],
}
ANSWERED: dict[str, Answers] = {
    "red flag": Answers(red_flags=("trauma",)),
    "today": Answers(red_flags=("calf_swelling",)),
    "new back pain": Answers(age=70, conditions=("new_back_pain",)),
    "pain": Answers(pain=6),
    "no move": Answers(conditions=("acute_tear",)),
    "osteoporosis": Answers(age=72, conditions=("osteoporosis",)),
}


def reasons(measures: list[Measure], answers: Answers | None = None) -> Iterator[Reason]:
    return said(assessment_of(measures, answers))


def said(told: Assessment) -> Iterator[Reason]:
    for found in told.findings:
        yield found.because
        yield from found.notes
        yield from (r for r in (found.next_test, found.turning_point) if r is not None)
    yield told.verdict.because
    if told.verdict.next_test is not None:
        yield told.verdict.next_test
    for step in told.care:
        yield from (step.what, step.dose, step.stop_if)
        yield from (step.note,) if step.note else ()
    yield from told.care_left_out


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
    table = load_evidence()
    return (
        codes_in_the_source()
        | {test.code for test in table.next_tests}
        | {again.code for again in table.repeats}
        | {code for exercise, dose in steps for code in (exercise.what, exercise.stop, dose.code)}
        | TURNING
        | {"next_bend_straight_knees"}  # a bend once more, after one with bent knees
    )


TURNING = {f"turning_point_{unit}" for unit in ("deg", "cm", "leg", "cycle")}  # by unit


def words(language: str) -> tuple[dict[str, str], dict[str, str]]:
    tables = tomllib.loads((WORDS / f"{language}.toml").read_text("utf-8"))
    return tables["reasons"], tables["terms"]


def of_two_people() -> Iterator[Reason]:
    """What is said where two clips show two people."""
    bodies = [dict.fromkeys(("thigh", "trunk", "upper_arm", "forearm"), x) for x in (0.5, 1.0)]
    two = two_people(bodies, ["a.mp4", "b.mp4"])
    assert two is not None
    return said(assessment_of(PEOPLE["tight hamstrings"], two=two))


def test_the_people_here_bring_up_every_code() -> None:
    told: set[str] = {r.code for person in PEOPLE.values() for r in reasons(person)}
    for answers in ANSWERED.values():
        told |= {reason.code for reason in reasons(PEOPLE["tight hamstrings"], answers)}
    told |= {reason.code for reason in of_two_people()}
    how_often = {"test_settles", "test_last_left"}  # values of another

    assert codes() - told == set()
    assert told - codes() == set()
    assert how_often <= {
        str(reason.values.get("because")) for p in PEOPLE.values() for reason in reasons(p)
    }


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
def test_every_sentence_can_be_said(language: Language) -> None:
    said = load_words(language)
    for person in PEOPLE.values():
        assert all(said.sentence(reason) for reason in reasons(person))
    for answers in ANSWERED.values():
        told = [said.sentence(r) for r in reasons(PEOPLE["tight hamstrings"], answers)]

        assert all(told)
        assert not any("condition_" in text or "short_care" in text for text in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_speaks_of_causes_or_cures(language: str) -> None:
    templates, _ = words(language)
    said = {code: templates[code].lower() for code in codes()}

    assert [code for code, text in said.items() if re.search(FORBIDDEN[language], text)] == []


def test_both_languages_tell_the_same_numbers() -> None:
    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    english, japanese = words("en")[0], words("ja")[0]

    assert [c for c in sorted(codes()) if fields(english[c]) != fields(japanese[c])] == []
