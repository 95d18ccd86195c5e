"""The page over many clips: it counts right, shows what is rare, and stays small."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from posture.outputs.cohort import cohort_html
from posture.outputs.cohort_chart import spread_of
from posture.outputs.cohort_numbers import Column, cohort_of, in_order
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Activity, Level, Link
from tests.cohort_rows import made_rows

REACH = "forward_bend.pelvis_on_thigh_flexion"


def clip(name: str, **more: object) -> dict[str, str]:
    row = {"file": name, "status": "ok", "verdict": "none", **more}
    return {key.replace("__", "."): str(value) for key, value in row.items()}


def hinge(name: str, value: float, sd: float = 2.0, **more: object) -> dict[str, str]:
    cells = {REACH: value, f"{REACH}.sd": sd, f"{REACH}.quality": "good"}
    return clip(name, **cells, **more)


def only(rows: list[dict[str, str]]) -> Column:
    (column,) = cohort_of(rows).followed
    return column


def test_clips_verdicts_levels_and_facts_are_counted() -> None:
    rows = [
        clip("a", verdict="hamstring", hamstring__level="suggested", facts="dark camera_moved"),
        clip("b", verdict="none", hamstring__level="not_suggested", facts="dark"),
        clip("c", verdict="hamstring", hamstring__level="suggested"),
        {"file": "d", "status": "failed", "reason_code": "empty_file", "reason": "Empty."},
    ]

    cohort = cohort_of(rows)

    assert (cohort.clips, cohort.measured) == (4, 3)
    assert {label.value: count for label, count in cohort.verdicts.items()} == {
        "hamstring": 2,
        "none": 1,
    }
    assert cohort.levels == {Link.HAMSTRING: {Level.SUGGESTED: 2, Level.NOT_SUGGESTED: 1}}
    assert cohort.facts == {"dark": 2, "camera_moved": 1}
    assert [(one.code, len(one.rows)) for one in cohort.refused] == [("empty_file", 1)]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = made_rows(60)

    one, other = (cohort_html(cohort_of(some), load_words("en")) for some in (rows, rows[::-1]))

    assert one == other


def test_a_number_far_from_the_others_is_shown_and_one_within_its_own_error_is_not() -> None:
    rows = [hinge(f"{n:02d}", 50 + n % 5) for n in range(20)]
    rows += [hinge("far", 90), hinge("unsure", 91, sd=40)]

    found = cohort_of(rows).outliers

    assert [(one.file, one.cell.value) for one in found] == [("far", 90)]


def test_where_all_are_equal_a_number_is_far_by_the_error_of_measuring() -> None:
    rows = [hinge(f"{n:02d}", 50) for n in range(20)] + [hinge("a", 56), hinge("b", 58)]

    # sd 2: 56 is 3 of it away, 58 is 4; beyond 3.5 it is far
    assert [one.file for one in cohort_of(rows).outliers] == ["b"]


def test_among_a_handful_none_is_unusual() -> None:
    assert cohort_of([hinge(f"{n}", 50 if n else 99) for n in range(7)]).outliers == ()


def test_a_change_is_one_beyond_what_measuring_twice_gives() -> None:
    least = 1.96 * math.hypot(2, 2)
    rows = [
        hinge("a1", 50, client="A", visit="2026-9-3"),
        hinge("a2", 50 + least + 0.1, client="A", visit="2026-10-1"),
        hinge("b1", 50, client="B", visit="1"),
        hinge("b2", 99, client="B", visit="2"),
        hinge("b10", 50 + least - 0.1, client="B", visit="10"),
        hinge("c1", 50, client="C", visit="1"),
    ]

    clients = cohort_of(rows).clients

    assert [(c.name, c.visits) for c in clients] == [
        ("A", ("2026-9-3", "2026-10-1")),
        ("B", ("1", "2", "10")),
    ]
    assert [[change.is_beyond for change in client.changes] for client in clients] == [
        [True],
        [False],
    ]


def test_two_clips_of_one_visit_count_as_their_middle_and_a_good_one_before_a_marked_one() -> None:
    rows = [
        hinge("1", 50, client="A", visit="1"),
        hinge("2", 54, client="A", visit="1"),
        {**hinge("3", 90, client="A", visit="1"), f"{REACH}.quality": "suspect"},
        hinge("4", 60, client="A", visit="2"),
    ]

    ((change,),) = (client.changes for client in cohort_of(rows).clients)

    assert (change.before.value, change.after.value) == (52, 60)


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    assert sorted(["visit 10", "visit 2", "Visit 1"], key=in_order) == [
        *("Visit 1", "visit 2", "visit 10")
    ]


# --- the drawing ----------------------------------------------------------------------------------


def test_a_slip_of_the_camera_does_not_flatten_all_others() -> None:
    values = np.linspace(40, 60, 200)
    rows = [hinge(f"{n:03d}", value) for n, value in enumerate(values)] + [hinge("slip", 5000)]

    spread = spread_of(only(rows))

    assert spread.above == 1
    assert spread.low < 40
    assert 60 < spread.high < 120


def test_a_spike_does_not_flatten_the_few_beside_it() -> None:
    rows = [hinge(f"{n:04d}", 50) for n in range(2000)] + [hinge(f"x{n}", 46) for n in range(2)]

    heights = [float(tall) for tall in re.findall(r"h[\d.]+v([\d.]+)z", spread_of(only(rows)).svg)]

    assert len(heights) == 2
    assert min(heights) >= 1.5
    assert max(heights) <= 66


@pytest.mark.parametrize("count", [1, 2, 60])
def test_few_clips_are_a_dot_each(count: int) -> None:
    rows = [hinge(f"{n:02d}", 50 + n % 7) for n in range(count)]

    spread = spread_of(only(rows))

    assert spread.svg.count("<circle") == count
    assert spread.low < spread.high


def test_equal_numbers_without_an_error_are_drawn_too() -> None:
    column = only([hinge("a", 0), hinge("b", 0)])
    column = replace(column, cells=tuple(replace(cell, sd=math.inf) for cell in column.cells))

    assert spread_of(column).svg.count("<circle") == 2


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_thousand_clips_are_a_small_page(language: Language) -> None:
    page = cohort_html(cohort_of(made_rows(10_000)), load_words(language))

    assert len(page.encode()) < 3_000_000
    assert "10,000" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_and_only_failures_are_a_page_too(language: Language) -> None:
    words = load_words(language)
    failed = [row for row in made_rows(50) if row["status"] == "failed"]

    assert words.of("cohort", "title") in cohort_html(cohort_of([]), words)
    page = cohort_html(cohort_of(failed), words)
    told = failed[0]["reason" if language == "en" else "reason_ja"]
    assert told in unescape(page)
    assert "<svg" not in page


def test_names_are_shown_as_they_are_and_run_nothing() -> None:
    evil = "<script>alert(1)</script>.mp4"
    rows = [hinge(f"{n:02d}", 50 + n % 3, client="<b>", visit=f"{n % 2}") for n in range(9)]
    rows += [hinge(evil, 99), {"file": evil, "status": "failed", "reason": "<i>"}]

    page = cohort_html(cohort_of(rows), load_words("en"), reports={evil: f"clips/{evil}/r.html"})

    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>2" not in page
    assert 'href="clips/%3Cscript' in page


def test_the_page_asks_for_nothing_outside_of_itself() -> None:
    page = cohort_html(cohort_of(made_rows(200)), load_words("en"))

    assert "default-src 'none'" in unescape(page)
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []
    assert not re.search(r"https?:", page)


def test_an_outlier_has_its_picture_and_the_way_to_its_report() -> None:
    rows = [hinge(f"{n:02d}", 50 + n % 5) for n in range(20)] + [hinge("sub/far #1.mp4", 90)]

    cohort = cohort_of(rows)

    page = cohort_html(
        cohort,
        load_words("en"),
        pictures={cohort.outliers[0]: b"\xff\xd8jpeg"},
        reports={"sub/far #1.mp4": "clips/sub/far #1/report.html"},
    )

    assert page.count("<img") == 1
    assert 'href="clips/sub/far%20%231/report.html"' in page


def test_a_reason_with_numbers_of_its_own_is_told_for_each_clip() -> None:
    rows = [
        {"file": "a", "status": "failed", "reason_code": "too_long", "reason": "It lasts 61 min."},
        {"file": "b", "status": "failed", "reason_code": "too_long", "reason": "It lasts 90 min."},
    ]

    page = cohort_html(cohort_of(rows), load_words("en"))

    assert re.search(r"<li>b <span[^>]*>It lasts 90 min\.", page)


def test_every_activity_that_has_numbers_can_be_named() -> None:
    for language in LANGUAGES:
        for activity in Activity:
            assert load_words(language).term(activity.value)
