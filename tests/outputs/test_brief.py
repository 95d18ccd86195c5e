"""What a terminal says first fits one screen: the finding, why, five numbers, what to do."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from posture.outputs.brief import brief_of_clip, brief_of_session
from posture.outputs.headline import headline
from posture.outputs.numbers import number
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.pipeline import join
from posture.types import Notice, Quality, Reason
from tests.outputs.make import Showing, analysis

HEIGHT = 24
AFTER = 3  # where the video and the report lie, and the prompt


def lines(told: object, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(told)
    return console.export_text().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("showing", ["all", "stand", "bend", "walk", "run", "treadmill"])
def test_the_finding_comes_first_and_all_fits_a_terminal(
    showing: Showing, language: Language
) -> None:
    words, made = load_words(language), analysis(showing, height_m=1.7)

    told = lines(brief_of_clip(made, words))

    assert told[0].rstrip() == headline(made.assessment, words)
    assert len(told) <= HEIGHT - AFTER, "\n".join(told)
    assert words.ui("not_a_diagnosis").replace(" ", "") in "".join(told).replace(" ", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_clips_are_told_as_one_visit(language: Language) -> None:
    words, session = load_words(language), join([analysis("stand"), analysis("bend")])

    told = lines(brief_of_session(session, words))

    assert told[0].rstrip() == headline(session.assessment, words)
    assert words.term("forward_bend") in told[1]
    assert len(told) <= HEIGHT - AFTER


def test_reasons_and_numbers_are_those_of_the_analysis_and_none_is_told_twice() -> None:
    words, made = load_words("en"), analysis("bend")

    told = lines(brief_of_clip(made, words), width=160)

    (hips,) = (m for m in made.measures if m.name == "pelvis_on_thigh_flexion")
    assert sum("Hip hinge" in line for line in told) == 1
    (line,) = (line for line in told if "Hip hinge" in line)
    assert number(hips, words) in line
    start = next(i for i, line in enumerate(told) if line.startswith("Numbers"))
    rest = next(i for i, line in enumerate(told) if i > start and line[0] != " ")
    assert rest - start == 5


def test_what_could_not_be_measured_is_one_line() -> None:
    words, made = load_words("en"), analysis("walk")
    assert any(m.quality is Quality.MISSING for m in made.measures)

    told = lines(brief_of_clip(made, words), width=200)

    assert sum(line.startswith("Missing") for line in told) == 1


def test_notes_stand_there_and_more_than_two_are_counted() -> None:
    words, made = load_words("en"), analysis("stand")
    notes = tuple(Notice(message=Reason("seen_partly", {"share": s})) for s in (0.5, 0.6, 0.7, 0.8))

    told = "\n".join(lines(brief_of_clip(replace(made, warnings=notes), words), width=200))

    assert "50%" in told
    assert "60%" in told
    assert "70%" not in told
    assert "2 more notes with `--all`." in told
