"""Corrections in words: each of a few, many counted, nothing where there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.outputs.corrections import correction_lines, correction_note
from posture.outputs.tables import corrected_line, measures_csv, remark
from posture.outputs.words import Language, load_words
from posture.types import Corrections, EventKind, LeftOut, MovedEvent, Quality, Side
from tests.outputs.make import analysis, measure

STRIKE = MovedEvent(kind=EventKind.HEEL_STRIKE, side=Side.LEFT, from_s=1.0, to_s=1.1)
STRIDE = LeftOut(part="stride", side=Side.RIGHT, start_s=2.0, end_s=3.0)
BEND = LeftOut(part="repetition", side=Side.BOTH, start_s=4.0, end_s=9.0)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_few_are_told_each_and_many_are_counted(language: Language) -> None:
    words = load_words(language)
    few = Corrections(moved=(STRIKE,), left_out=(STRIDE, BEND))
    many = replace(few, moved=(STRIKE, replace(STRIKE, from_s=5.0, to_s=5.1)))

    lines = correction_lines(few, words)
    assert len(lines) == 3
    assert all(line in correction_note(few, words) for line in lines)
    assert "1.00" not in correction_note(many, words)
    assert correction_note(Corrections(), words) == ""


def test_a_number_says_what_was_measured_and_one_that_nobody_corrected_does_not() -> None:
    words = load_words("en")
    plain = measure("step_time", 0.55, "s", sd=0.04)
    by_hand = replace(plain, uncorrected=0.53)
    first = replace(plain, uncorrected=float("nan"))

    assert corrected_line(plain, words) == ""
    assert corrected_line(by_hand, words) == "corrected by hand, measured 0.53 s"
    assert "not measured before" in corrected_line(first, words)
    assert "corrected by hand" in remark(by_hand, words)
    assert "corrected" not in remark(plain, words)
    assert plain.quality is Quality.GOOD


def test_the_table_for_spreadsheets_has_it_in_its_last_column() -> None:
    made = analysis("walk")
    changed = replace(made.measures[0], uncorrected=1.5)
    rows = measures_csv(replace(made, measures=(changed, *made.measures[1:]))).splitlines()

    assert rows[0].endswith(",uncorrected")
    assert rows[1].endswith(",1.5")
    assert rows[2].endswith(",")
