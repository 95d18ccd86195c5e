from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from posture.outputs.numbers import bounds, chance, number
from posture.outputs.tables import (
    LEVEL_SIGNS,
    activities,
    analysis_table,
    assessment_table,
    level_name,
    link_name,
    measures_csv,
    person_line,
    remark,
    warning_lines,
)
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Finding, Level, Link, Notice, Quality, Reason, Side
from tests.outputs.make import Showing, analysis, measure

EN, JA = load_words("en"), load_words("ja")
COLUMNS = [
    *("name", "activity", "segment", "side", "value", "unit", "sd", "quality", "reason"),
    *("start_s", "end_s", "spread", "uncorrected"),
]


def printed(table: RenderableType, width: int = 160) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(table)
    return console.export_text()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- measures.csv ---------------------------------------------------------------------------------


@pytest.mark.parametrize("showing", ["all", "treadmill", "run"])
def test_every_measure_is_one_row_and_comes_back_as_it_was(showing: Showing) -> None:
    made = analysis(showing, height_m=1.7)
    text = measures_csv(made)

    assert text.splitlines()[0].split(",") == COLUMNS
    assert len(rows(text)) == len(made.measures)
    for row, m in zip(rows(text), made.measures, strict=True):
        assert (row["name"], row["activity"], row["side"], row["unit"], row["quality"]) == (
            m.name,
            m.activity.value,
            m.side.value,
            m.unit,
            m.quality.value,
        )
        if m.quality is Quality.MISSING:
            assert (row["value"], row["sd"], row["spread"]) == ("", "", "")
        else:
            assert float(row["value"]) == pytest.approx(m.value, rel=1e-8, abs=1e-12)
            assert float(row["sd"]) == pytest.approx(m.sd, rel=1e-8, abs=1e-12)
        spread = dict(part.split("=") for part in row["spread"].split())
        assert {cause: float(sd) for cause, sd in spread.items()} == pytest.approx(
            m.spread, rel=1e-5
        )
        assert row["segment"] == str(m.segment)


def test_times_of_a_row_are_those_of_its_first_and_last_frame() -> None:
    made = analysis("bend")
    time_s = made.landmarks.time_s

    for row, m in zip(rows(measures_csv(made)), made.measures, strict=True):
        assert float(row["start_s"]) == pytest.approx(time_s[m.frames[0]], abs=1e-6)
        assert float(row["end_s"]) == pytest.approx(time_s[m.frames[1] - 1], abs=1e-6)


def test_what_is_not_known_is_an_empty_cell() -> None:
    made = analysis("stand")
    missing = measure("trunk_lean", math.nan, quality=Quality.MISSING)
    unassessed = measure("shank_lean", 4.0)

    told = rows(measures_csv(replace(made, measures=(missing, unassessed))))

    assert [(row["value"], row["sd"], row["segment"]) for row in told] == [
        ("", "", ""),
        ("4", "", ""),
    ]


def test_a_reason_with_commas_and_quotes_stays_one_cell() -> None:
    made = analysis("stand")
    reason = Reason(
        "model_unknown_name", {"name": 'a,"b"', "path": "x", "known": "y", "command": "z"}
    )
    marked = measure("trunk_lean", 1.0, sd=1.0, quality=Quality.SUSPECT, reason=reason)

    (row,) = rows(measures_csv(replace(made, measures=(marked,))))

    assert 'called "a,"b"",' in row["reason"]
    assert set(row) == set(COLUMNS)


def test_a_clip_with_nothing_measured_has_the_head_only() -> None:
    assert measures_csv(replace(analysis("run"), measures=())) == ",".join(COLUMNS) + "\n"


# --- the terminal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 160])
def test_the_terminal_shows_every_measure_with_its_number(language: Language, width: int) -> None:
    words = load_words(language)
    made = analysis("all", height_m=1.7)
    told = printed(analysis_table(made, words), width)
    lines = told.splitlines()

    for m in made.measures:
        assert any(number(m, words) in line for line in lines), m.name
        if width == 160:
            name = words.of("measures", m.name)
            assert any(name in line and number(m, words) in line for line in lines), m.name
    assert "…" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_says_what_was_seen_of_whom_and_that_it_is_no_diagnosis(
    language: Language,
) -> None:
    words = load_words(language)
    made = analysis("all")
    told = printed(analysis_table(made, words)) + printed(assessment_table(made.assessment, words))

    assert "made.mp4" in told
    assert person_line(made, words) in told
    assert words.ui("not_a_diagnosis") in told.replace("\n", "")
    assert words.sentence(made.assessment.verdict.because) in told.replace("\n", "")
    assert words.term("forward_bend") in told


def test_activities_are_named_once_in_the_order_of_the_clip() -> None:
    assert activities(analysis("all"), EN) == "standing, forward bend, walking"
    assert activities(replace(analysis("run"), segments=()), EN) == "none found"


def test_every_finding_has_its_sign_level_and_probability() -> None:
    assessment = analysis("all").assessment
    lines = printed(assessment_table(assessment, EN)).splitlines()

    for finding in assessment.findings:
        told = f"{LEVEL_SIGNS[finding.level]} {level_name(finding, EN)}"
        (line,) = (one for one in lines if one.lstrip().startswith(link_name(finding, EN) + " "))
        assert told in line
        if finding.probability is not None:
            assert chance(finding.probability, EN) in line


def test_the_four_levels_have_four_signs() -> None:
    assert set(LEVEL_SIGNS) == set(Level)
    assert len(set(LEVEL_SIGNS.values())) == 4


def made_finding(link: Link, code: str, side: Side = Side.BOTH) -> Finding:
    return Finding(
        link=link, side=side, level=Level.CANNOT_TELL, probability=None, because=Reason(code)
    )


@pytest.mark.parametrize(
    ("link", "code", "english", "japanese"),
    [
        (Link.SOLE, "sole_not_seen", "not seen", "映像では分かりません"),
        (Link.PELVIS, "pelvis_described", "described, not judged", "参考値(評価の対象外)"),
        (Link.HEAD, "head_described", "described, not judged", "参考値(評価の対象外)"),
        (Link.PELVIS, "pelvis_not_measured", "cannot tell", "まだ判断できません"),
        (Link.BACK, "no_signs", "cannot tell", "まだ判断できません"),
    ],
)
def test_links_that_are_only_described_say_so_instead_of_a_level(
    link: Link, code: str, english: str, japanese: str
) -> None:
    finding = made_finding(link, code)

    assert (level_name(finding, EN), level_name(finding, JA)) == (english, japanese)


def test_a_calf_has_its_side_where_the_legs_were_told_apart() -> None:
    assert link_name(made_finding(Link.CALF, "no_signs", Side.LEFT), EN) == "Calf (left)"
    assert link_name(made_finding(Link.CALF, "no_signs"), EN) == "Calf"
    assert link_name(made_finding(Link.CALF, "no_signs", Side.RIGHT), JA) == "ふくらはぎ (右)"


# --- remarks and warnings -------------------------------------------------------------------------


def test_a_remark_tells_the_reason_and_then_the_usual_range() -> None:
    (hip,) = (m for m in analysis("bend").measures if m.name == "pelvis_on_thigh_flexion")
    assert hip.reference is not None
    usual = bounds(hip.reference, EN)
    marked = replace(hip, quality=Quality.SUSPECT, reason=Reason("single_picture"))

    assert remark(hip, EN) == usual
    assert f"{hip.reference.low:.0f} deg or more" in usual
    assert remark(marked, EN) == f"from a single frame only; the error is wider; {usual}"
    assert remark(replace(hip, reference=None), EN) == ""


def test_a_missing_number_is_not_held_against_a_range() -> None:
    (hip,) = (m for m in analysis("bend").measures if m.name == "pelvis_on_thigh_flexion")
    missing = replace(
        hip, value=math.nan, spread={}, quality=Quality.MISSING, reason=Reason("not_side_view")
    )

    assert remark(missing, EN) == "not a side view: film from the side"


def test_a_warning_is_one_line_with_what_to_do_behind_it() -> None:
    told: dict[str, float | str] = {"count": 2, "number": 1, "because": "chosen_largest"}
    notices = (
        Notice(message=Reason("others_in_view", told), what_to_do=Reason("choose_other_person")),
        Notice(message=Reason("running_seen")),
    )

    first, second = warning_lines(replace(analysis("stand"), warnings=notices), EN)
    assert first == (
        "2 people were seen; person 1 was measured: nearest to the camera of 2 people. "
        "If that is the wrong one, say which with --person N."
    )
    assert second.startswith("Running was seen: its cadence is given")


def test_warnings_stand_in_the_terminal() -> None:
    assert "Running was seen: " in printed(analysis_table(analysis("run"), EN))
