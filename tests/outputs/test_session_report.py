"""The report of a whole check: what stands on it, and what must not."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from posture.findings.assessment import assessment_of
from posture.findings.backline import assess
from posture.findings.evidence import JUDGED
from posture.outputs.body_figure import body_figure_svg
from posture.outputs.figures import figure_of
from posture.outputs.first_page import Cover
from posture.outputs.numbers import chance, number, percent, plain_number
from posture.outputs.session_report import (
    REPORT_POLICY,
    SessionView,
    session_report_html,
)
from posture.outputs.tables import LEVEL_SIGNS, level_name, link_name
from posture.outputs.why import KeyFrame
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.pipeline import join
from posture.types import (
    Activity,
    Answers,
    Evidence,
    Facing,
    Link,
    Measure,
    Quality,
    Reason,
    Side,
    Unit,
)
from tests.outputs.make import analysis, rows_owed
from tests.outputs.test_report import Page, links_told

EN = load_words("en")
JPEG = b"\xff\xd8 not really a picture"


def view() -> SessionView:
    """Standing, bend and walk of one person, judged together."""
    session = join([analysis("stand"), analysis("bend"), analysis("walk")])
    return SessionView(
        measures=session.measures,
        assessment=session.assessment,
        clips=("stand.mp4", "bend.mp4", "walk.mp4"),
        frames=(KeyFrame(jpeg=JPEG, caption="Bottom of the bend", size_px=(64, 36)),),
        cover=Cover(
            name="Hanako Suzuki", date="26 November 2026", age_band="40-49", about="barefoot"
        ),
    )


def page(shown: SessionView, language: Language = "en") -> tuple[Page, str]:
    html = session_report_html(shown, load_words(language))
    parsed = Page()
    parsed.feed(html)
    parsed.close()
    return parsed, html


def lunge(side: Side, straight_deg: float) -> list[Measure]:
    names = {"lunge_dorsiflexion_straight": straight_deg, "lunge_dorsiflexion_bent": 36.0}
    return [seen(name, Activity.WALL_LUNGE, deg, side=side) for name, deg in names.items()]


def seen(
    name: str, activity: Activity, value: float, unit: Unit = "deg", side: Side = Side.RIGHT
) -> Measure:
    return Measure(
        name=name, activity=activity, side=side, value=value, unit=unit, spread={"method": 3.0}
    )


def stiff() -> SessionView:
    """Hips that give little, and one calf that is tighter than the other."""
    bend = Activity.FORWARD_BEND
    measures = [
        seen("pelvis_on_thigh_flexion", bend, 46.0),
        seen("lumbar_flexion", bend, 52.0),
        seen("knee_bend", bend, 2.0),
        *lunge(Side.LEFT, 22.0),
        *lunge(Side.RIGHT, 34.0),
    ]
    return SessionView(
        measures=tuple((0, measure) for measure in measures),
        assessment=assessment_of(measures),
        clips=("check",),
        facing=Facing.LEFT,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [view, stiff])
def test_it_is_one_well_formed_page_in_its_language(make: object, language: Language) -> None:
    shown = view() if make is view else stiff()
    parsed, html = page(shown, language)

    assert parsed.faults == []
    assert [tag["lang"] for tag in parsed.of("html")] == [language]
    assert html.startswith("<!doctype html>")


def test_it_needs_no_network_and_runs_nothing() -> None:
    parsed, html = page(view())

    assert not re.search(r"https?:|@import|url\(", html)
    assert not {tag for tag, _ in parsed.tags} & {"script", "link", "iframe", "object", "form"}
    (policy,) = [a["content"] for a in parsed.of("meta") if "http-equiv" in a]
    assert policy == REPORT_POLICY
    assert "script" not in policy


def test_the_head_has_name_date_and_age_band() -> None:
    parsed, _ = page(view())

    for told in ("Hanako Suzuki", "26 November 2026 · 40-49 · barefoot", EN.ui("title")):
        assert told in parsed.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [view, stiff])
def test_every_link_is_told_once_with_level_and_probability(
    make: object, language: Language
) -> None:
    words = load_words(language)
    shown = view() if make is view else stiff()
    told = links_told(page(shown, language)[1])

    assert len(told) == len(shown.assessment.findings)
    for finding in shown.assessment.findings:
        own = told[link_name(finding, words)]
        assert own.startswith(f"{LEVEL_SIGNS[finding.level]} {level_name(finding, words)}")
        if finding.probability is not None:
            assert chance(finding.probability, words) in own.partition("\n")[0]
        assert words.sentence(finding.because) in own


def test_the_figure_is_on_the_page_facing_as_the_person_did() -> None:
    _, html = page(stiff())

    assert body_figure_svg(stiff().assessment.findings, EN, Facing.LEFT) in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_can_be_followed_from_the_picture_to_the_sentence(language: Language) -> None:
    words = load_words(language)
    measures = stiff().measures
    picture = figure_of(np.full((90, 160, 3), 200, np.uint8), "bottom_of_bend").jpeg
    frame = KeyFrame(jpeg=picture, caption="Bottom", shows="bottom_of_bend")
    spans = tuple((1.0 + n, 3.5 + n) for n in range(len(measures)))
    shown = replace(stiff(), frames=(frame,), spans_s=spans)
    parsed, _ = page(shown, language)
    rows = [row for row in parsed.rows if len(row) == 5]
    say = words.tables["web"]

    finding = next(f for f in shown.assessment.findings if f.link is Link.HAMSTRING)
    for evidence in finding.evidence:
        measure, expected = evidence.measure, evidence.expected
        assert expected is not None
        seen_at = next(n for n, (_, m) in enumerate(measures) if m == measure)
        name = words.of("measures", measure.name)
        value = number(measure, words)
        if abs(evidence.contribution_nats) < 0.05:  # reads 0.0, and is left out
            continue
        own = [r for r in rows if name in r[1] and r[2] == value]
        when, told, _, ends, _ = own[0]
        # the moment, the number and its error, what was expected, what it did, where it is from
        assert say["report_when"].format(start=1.0 + seen_at, end=3.5 + seen_at) in when
        assert plain_number(expected.free, measure.unit, words) in ends
        assert say["report_source_method"] in told
        assert "doi" not in told
    assert [i for i in parsed.of("img") if i.get("class") == "thumb"]
    # and the sentence they add up to
    assert finding.prior is not None
    assert finding.probability is not None
    assert say["report_before"].format(prior=percent(finding.prior)) in parsed.text
    assert say["report_after"].format(posterior=chance(finding.probability, words)) in parsed.text
    assert words.ui("calibrated") in say["report_after"]
    for reason in (finding.because, finding.turning_point, *finding.notes):
        assert reason is not None
        assert words.sentence(reason) in parsed.text


@pytest.mark.parametrize(
    ("nats_", "told"),
    [
        (0.1, "hardly a sign"),
        (-0.1, "hardly a sign"),
        (0.3, "weak sign for it"),
        (-0.9, "clear sign against it"),
        (2.0, "strong sign for it"),
    ],
)
def test_how_loud_a_sign_speaks_is_said_in_words(nats_: float, told: str) -> None:
    evidence = (Evidence(measure=stiff().measures[0][1], contribution_nats=nats_),)
    findings = tuple(
        replace(f, evidence=evidence if f.link is Link.HAMSTRING else ())
        for f in stiff().assessment.findings
    )
    parsed, _ = page(replace(stiff(), assessment=replace(stiff().assessment, findings=findings)))

    (row,) = [row for row in parsed.rows if len(row) == 5 and "Hip hinge" in row[1]]
    assert told in row[4]


def test_the_reasons_go_from_the_sole_to_the_head_and_say_what_each_rests_on() -> None:
    _, html = page(view())
    why = html[html.index('<section class="why ') :]
    names = [link_name(f, EN) for f in view().assessment.findings]
    places = [why.index(f"<h3>{name} ") for name in names]

    assert places == sorted(places)
    assert "Based on: " in why
    assert "Described by: Pelvic tilt" in why
    assert EN.sentence(Reason("sole_not_seen")) in why


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_felt_and_told_stands_beside_and_says_that_it_counts_nothing(
    language: Language,
) -> None:
    words = load_words(language)
    answers = Answers(
        said=("tight_evening",), touch={Link.HAMSTRING: "hard"}, habits=("sitting",), age=44
    )
    measures = [measure for _, measure in stiff().measures]
    plain, asked = (
        assessment_of(measures, Answers(habits=("sitting",), age=44)),
        assessment_of(measures, answers),
    )
    parsed, _ = page(replace(stiff(), assessment=asked), language)

    assert asked.findings == plain.findings
    assert words.term("said_tight_evening") in parsed.text
    assert words.of("web", "report_touch").format(felt=words.term("touch_hard")) in parsed.text
    assert words.term("habit_sitting") in parsed.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_pain_withholds_the_findings_and_says_why(language: Language) -> None:
    words = load_words(language)
    assessment = assessment_of([m for _, m in stiff().measures], Answers(pain=7))
    parsed, html = page(replace(stiff(), assessment=assessment), language)

    assert assessment.withheld is not None
    assert words.sentence(assessment.withheld) in parsed.text
    assert '<svg class="figure"' not in html
    assert "%" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_an_exercise_that_does_not_go_with_an_answer_is_named_as_left_out() -> None:
    answers = Answers(conditions=("osteoporosis", "pregnancy"))
    assessment = assessment_of([m for _, m in stiff().measures], answers)
    parsed, _ = page(replace(stiff(), assessment=assessment))

    assert "Left out: cat-cow, because of: osteoporosis. Ask a doctor first." in parsed.text
    assert "Lightly and in a small range, because of: pregnancy." in parsed.text


def test_a_sign_that_both_legs_have_is_told_with_its_side() -> None:
    left, right = lunge(Side.LEFT, 22.0)[0], lunge(Side.RIGHT, 34.0)[0]
    hip = seen("pelvis_on_thigh_flexion", Activity.FORWARD_BEND, 46.0)
    evidence = tuple(
        Evidence(measure=measure, contribution_nats=weight)
        for measure, weight in ((hip, 1.5), (left, 0.6), (right, -0.4))
    )
    findings = tuple(
        replace(finding, evidence=evidence) if finding.link is Link.HAMSTRING else finding
        for finding in stiff().assessment.findings
    )
    shown = replace(stiff(), assessment=replace(stiff().assessment, findings=findings))

    names = [row[1] for row in page(shown)[0].rows if len(row) == 5]

    assert "Hip hinge (pelvis on thigh)" in names
    assert {"Lunge, knee straight (left)", "Lunge, knee straight (right)"} <= set(names)


def test_what_it_would_be_without_the_strongest_sign_is_what_judging_without_it_gives() -> None:
    measures = [measure for _, measure in stiff().measures]
    (whole,) = [f for f in assess(measures)[0] if f.link is Link.HAMSTRING]
    best = whole.evidence[0]
    rest = [m for m in measures if (m.name, m.side) != (best.measure.name, best.measure.side)]
    (without,) = [f for f in assess(rest)[0] if f.link is Link.HAMSTRING]

    assert whole.probability is not None
    assert best.without == pytest.approx(without.probability)
    parsed, _ = page(stiff())
    assert f"After all measures: {chance(whole.probability, EN)}, calibrated" in parsed.text
    assert "Without “Hip hinge (pelvis on thigh)” it would be" in parsed.text


def test_a_judged_link_without_evidence_says_why_it_has_none() -> None:
    parsed, _ = page(replace(stiff(), assessment=analysis("stand").assessment))

    for finding in analysis("stand").assessment.findings:
        if finding.link in JUDGED:
            assert parsed.text.count(EN.sentence(finding.because)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_is_there_in_words_under_its_clip(language: Language) -> None:
    words = load_words(language)
    parsed, html = page(view(), language)

    owed = rows_owed([m for _, m in view().measures], words)
    assert [row for row in parsed.rows if row in owed] == owed
    assert f"{words.term('forward_bend')} · bend.mp4" in parsed.text
    drawn = [m for _, m in view().measures if m.reference and m.quality is not Quality.MISSING]
    assert html.count('<svg class="whisker"') == len(drawn) > 0


@pytest.mark.parametrize(("marked", "times"), [(2, 2), (3, 1), (5, 1)])
def test_what_marks_many_numbers_of_a_test_is_said_once_above_them(marked: int, times: int) -> None:
    why = Reason("few_strides", {"count": 2})
    names = ("cadence", "stride_time", "hip_extension", "heel_rise_rate", "trailing_limb_angle")
    measures = [
        replace(seen(name, Activity.WALKING, 1.0), quality=Quality.SUSPECT, reason=why)
        for name in names[:marked]
    ]
    shown = replace(stiff(), measures=tuple((0, one) for one in measures))

    assert page(shown)[1].count(EN.sentence(why)) == times


def test_what_could_not_be_measured_is_told_once_a_reason_with_how_to_film_it() -> None:
    parsed, _ = page(view())
    missing = [m for _, m in view().measures if m.quality is Quality.MISSING and m.reason]

    assert missing
    assert len(parsed.of("dt")) == len({EN.sentence(m.reason) for m in missing if m.reason})
    whole = [m for m in view().measures if m[1].quality is not Quality.MISSING]
    assert page(replace(view(), measures=tuple(whole)))[0].of("dt") == []


def test_care_has_dose_and_stop_rule_and_the_page_says_that_it_is_no_diagnosis() -> None:
    parsed, _ = page(view())

    for step in view().assessment.care:
        for reason in (step.what, step.dose):
            assert EN.sentence(reason) in parsed.text
        assert EN.tables["care"].get(step.stop_if.code, "") in parsed.text
    assert parsed.text.count(EN.of("care", "common")) == 1
    assert EN.ui("not_a_diagnosis") in parsed.text
    assert EN.ui("model_probability") in parsed.text


def test_key_frames_are_in_the_page_with_their_captions() -> None:
    parsed, _ = page(view())

    (image,) = parsed.of("img")
    assert base64.b64decode(image["src"].partition(",")[2]) == JPEG
    assert (image["alt"], image["width"], image["height"]) == ("Bottom of the bend", "64", "36")


def test_a_frame_of_unknown_size_is_shown_all_the_same() -> None:
    frames = (KeyFrame(jpeg=JPEG, caption="Standing"),)

    (image,) = page(replace(view(), frames=frames))[0].of("img")

    assert "width" not in image


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withheld_check_shows_numbers_and_no_finding_no_care_no_frame(language: Language) -> None:
    words = load_words(language)
    shown = replace(stiff(), withheld=True, frames=view().frames)
    parsed, html = page(shown, language)

    assert parsed.faults == []
    assert words.of("web", "report_withheld") in parsed.text
    for finding in shown.assessment.findings:
        assert words.sentence(finding.because) not in parsed.text
    assert words.sentence(shown.assessment.verdict.because) not in parsed.text
    assert words.sentence(shown.assessment.care[0].what) not in parsed.text
    assert parsed.of("img") == []
    assert '<svg class="figure"' not in html
    assert number(shown.measures[0][1], words) in parsed.text


def test_names_are_text_and_nothing_else() -> None:
    strange = "<script>alert(1)</script>"
    cover, plain = (
        Cover(
            name=text, date=text, age_band=text, about=text, studio=text, comment=text, notice=text
        )
        for text in (strange, "plain")
    )
    shown = replace(view(), cover=cover, notes=(strange,), clips=(strange, strange, strange))
    usual, _ = page(replace(view(), cover=plain, notes=("note",)))
    parsed, html = page(shown)

    assert "<script" not in html
    assert strange in parsed.text
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in usual.tags]


def test_a_measure_of_a_clip_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"measures of clips \[2\], of 2 clips"):
        replace(view(), clips=("stand.mp4", "bend.mp4"))
