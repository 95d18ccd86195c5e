"""Errors added up: known ones give known lines."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from posture.truth.reach import reach
from posture.truth.score import ClipScore, EventRow, Row
from posture.truth.summary import (
    by_cause,
    by_measure,
    confusion,
    event_lines,
    is_plain,
    line,
    markdown,
    page,
)

USUAL = {
    "yaw": "0-4 deg",
    "clothing": "fitted",
    "picture": "clean",
    "rate": "30 Hz",
    "size": "540 px",
    "pitch": "as usual",
    "model": "full",
}


def row(true: float, value: float, sd: float = 2.0, **conditions: str) -> Row:
    return Row(
        clip="c",
        measure="forward_bend.lumbar_flexion",
        unit="deg",
        true=true,
        value=value,
        sd=sd,
        quality="good",
        reason="",
        conditions=USUAL | conditions,
    )


ROWS = [row(40, 42), row(50, 49), row(60, 65), row(70, math.nan)]


def test_a_line_is_what_its_errors_are() -> None:
    found = line(ROWS)

    assert found.bias == pytest.approx(2.0)  # 2, -1, 5
    assert found.mae == pytest.approx(8 / 3)
    assert found.refused == 0.25
    assert found.inside == pytest.approx(2 / 3)  # 1.96 x 2 holds 2 and -1, not 5
    # always saying 55 would be off by 10 on average
    assert found.skill == pytest.approx(1 - 8 / 30)


def test_a_measure_always_refused_has_no_errors() -> None:
    found = line([row(40, math.nan)])

    assert found.refused == 1.0
    assert math.isnan(found.mae)
    assert math.isnan(found.inside)


def test_causes_are_told_apart() -> None:
    found = by_cause([row(40, 41), row(40, 46, yaw="over 10 deg")], "yaw")

    assert found["0-4 deg"].mae == pytest.approx(1)
    assert found["over 10 deg"].mae == pytest.approx(6)
    assert not is_plain(row(1, 1, clothing="hanging"))
    assert is_plain(row(1, 1))


def score(label: str = "hamstring") -> ClipScore:
    return ClipScore(
        clip="c",
        activity="forward_bend",
        restriction="hamstring",
        label=label,
        activity_right=True,
        rows=tuple(ROWS),
        events=(
            EventRow(clip="c", kind="toe_off", off_s=0.02, rate_hz=30),
            EventRow(clip="c", kind="toe_off", off_s=0.06, rate_hz=30),
            EventRow(clip="c", kind="toe_off", off_s=math.nan, rate_hz=30),
        ),
        false_events=1,
    )


def test_moments_are_added_up_in_milliseconds() -> None:
    (found,) = event_lines([score()])

    assert found.true == 3
    assert found.found == pytest.approx(2 / 3)
    assert found.bias_ms == pytest.approx(40)
    assert found.sd_ms == pytest.approx(20)


def test_verdicts_are_counted_against_what_the_body_had() -> None:
    table = confusion([score(), score("none"), score()], "forward_bend")

    assert table["hamstring"] == {"hamstring": 2, "none": 1}


def test_the_summary_holds_every_measure_and_the_commands() -> None:
    text = markdown([score()], {"model": "full", "commands": "posture truth score X"})

    assert "posture truth score X" in text
    assert set(by_measure([score()])) == {"forward_bend.lumbar_flexion"}
    assert "| forward_bend.lumbar_flexion | deg | 4 | 25% | +2.00 |" in text
    assert "| toe_off | 3 | 67% | +40 | 20 |" in text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page([score()])

    assert html.count("<circle") == 3  # the refused one has no error
    assert "http" not in html


def test_clips_with_the_printed_sheet_have_lines_of_their_own() -> None:
    beside = {"sheet": "beside them", "roll": "rolled 8"}
    shanks = [
        replace(row(2, value), measure="standing.shank_lean", conditions=USUAL | more)
        for value, more in ((3.0, USUAL), (8.0, beside), (10.0, beside))
    ]
    score = ClipScore(
        clip="c",
        activity="standing",
        restriction="none",
        label="cannot_tell",
        activity_right=True,
        rows=tuple(shanks),
        events=(),
        false_events=0,
    )
    told = {one.what: one.reached for one in reach([score], {})}

    assert told["shank in standing, MAE"] == "1.0 deg (n 1)"
    what = "with the printed sheet: shank, camera rolled 8 deg, MAE, inside"
    assert told[what] == "7.0 deg, 0%, stated sd 2.0 (n 2)"
    assert not any("sheet" in what for what in told if "rolled" not in what)
