"""What the clip itself is like is said once, with when and what to do, wherever people read."""

from __future__ import annotations

import math
import string
from dataclasses import replace

import numpy as np
import pytest

from posture.outputs.facts import fact_line, fact_lines, facts_at
from posture.outputs.overlay import Overlay
from posture.outputs.overlay.panel import _lines
from posture.outputs.report import report_html
from posture.outputs.tables import analysis_table, remark, warning_lines
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Analysis, Fact, FactKind, Notice, Quality, Reason
from tests.outputs.make import analysis, blank, measure, scene
from tests.outputs.test_tables import printed

ENGLISH = load_words("en")


def values_of(kind: FactKind) -> dict[str, float | str]:
    """A number for each value that the sentence wants, whatever it is about."""
    template = ENGLISH.tables["reasons"][f"fact_{kind.value}"]
    return {name: 2.0 for _, name, _, _ in string.Formatter().parse(template) if name}


def fact(kind: FactKind, *spans_s: tuple[float, float]) -> Fact:
    return Fact(
        kind=kind,
        reason=Reason(f"fact_{kind.value}", values_of(kind)),
        spans_s=spans_s,
        probability=0.9,
        what_to_do=Reason(f"fact_{kind.value}_todo"),
    )


def bend(*facts: Fact) -> Analysis:
    return replace(analysis("bend"), facts=facts)


def told(*spans_s: tuple[float, float], duration_s: float = 10.0) -> str:
    return fact_line(Reason("fact_too_dark"), None, spans_s, duration_s, ENGLISH)


def test_when_it_is_so_is_said_where_that_is_not_the_whole_clip() -> None:
    plain = "It is too dark"

    assert told().startswith(plain)
    assert told((0, 10)).startswith(plain)
    assert told((0.1, 9.8)).startswith(plain)
    assert told((2.41, 4.5)).startswith(f"2.4 to 4.5 s: {plain}")
    assert told((4, 4)).startswith(f"4.0 s: {plain}")
    assert told((5, 6), (1, 2)).startswith(f"1.0 to 2.0, 5.0 to 6.0 s: {plain}")
    assert told((1, 2), (2.1, 3)).startswith(f"1.0 to 3.0 s: {plain}")
    assert told((60, 65.4), duration_s=600).startswith(f"1:00 to 1:05: {plain}")


def test_of_many_times_the_first_are_named_and_the_others_counted() -> None:
    line = told((1, 1.1), (2, 2.1), (3, 3.1), (4, 4.1), (5, 5.1))

    assert line.startswith("1.0 to 1.1, 2.0 to 2.1, 3.0 to 3.1 s and 2 times more: ")


def test_a_photo_has_no_time() -> None:
    assert told((0, 0), duration_s=0.0).startswith("It is too dark")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_is_said_on_the_page_and_in_the_terminal(
    kind: FactKind, language: Language
) -> None:
    words = load_words(language)
    made = bend(fact(kind, (1.0, 2.0)))

    (line,) = fact_lines(made, words)
    page = report_html(made, [], words)

    assert words.sentence(Reason(f"fact_{kind.value}_todo")) in line
    assert line in page.replace("&#34;", '"').replace("&#39;", "'")
    assert line in printed(analysis_table(made, words), width=400)


def test_a_warning_does_not_say_a_fact_once_more() -> None:
    slow = fact(FactKind.SLOWED_DOWN)
    notices = (Notice(message=slow.reason, what_to_do=slow.what_to_do), Notice(message=OTHER))

    lines = warning_lines(replace(bend(slow), warnings=notices), ENGLISH)

    assert len(lines) == 2
    assert lines[0].startswith("The clip looks slowed down")
    assert lines[1] == ENGLISH.sentence(OTHER)


OTHER = Reason("running_seen")


def test_beside_each_number_that_a_fact_took_away_it_is_named_in_short() -> None:
    slow = fact(FactKind.SLOWED_DOWN)
    cadence = measure(
        "cadence", math.nan, "steps_per_min", quality=Quality.MISSING, reason=slow.reason
    )

    assert remark(cadence, ENGLISH) == "slow motion"


def test_what_is_so_at_a_time_is_what_its_spans_hold_and_a_moment_lasts_long_enough_to_read() -> (
    None
):
    cut, dark = fact(FactKind.CUT, (4.0, 4.0)), fact(FactKind.TOO_DARK)

    assert facts_at((cut, dark), 3.9, 1.0) == (dark,)
    assert facts_at((cut, dark), 4.5, 1.0) == (cut, dark)
    assert facts_at((cut, dark), 5.1, 1.0) == (dark,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overlay_says_a_fact_while_it_is_so_and_the_panel_has_room_for_it(
    language: Language,
) -> None:
    words = load_words(language)
    plain = scene(analysis("bend"), language)
    facts = (fact(FactKind.BACKWARDS, (2.0, 4.0)), fact(FactKind.CAMERA_LOST, (3.0, 4.0)))
    made = replace(plain, analysis=replace(plain.analysis, facts=facts))
    time_s = made.analysis.landmarks.time_s

    def said(at_s: float) -> list[str]:
        return [line[0] for line in _lines(made, int(np.searchsorted(time_s, at_s)))]

    backwards, camera = (words.of("facts", f.kind.value) for f in facts)
    assert backwards not in said(1.0)
    assert backwards in said(2.5)
    assert camera not in said(2.5)
    assert {backwards, camera} <= set(said(3.5))
    overlay, before = Overlay.of(made), Overlay.of(plain)
    tall, usual = (box[3] - box[1] for box in (overlay.panel.box, before.panel.box))
    assert tall > usual
    overlay.draw(blank(made.size_px), int(np.searchsorted(time_s, 3.5)))
