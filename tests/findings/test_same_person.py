"""Clips given as one client's: contradicted only where bodies differ beyond their error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.findings.backline import assess
from posture.findings.same_person import difference, held_back, two_people
from posture.outputs.words import LANGUAGES, sentence
from posture.types import Label, Level, Link, Measure, Reason
from tests.findings.make import seen

SLIM = {
    "thigh": 0.96,
    "trunk": 0.61,
    "upper_arm": 0.33,
    "forearm": 0.33,
    "foot": 0.265,
    "depth": 0.23,
}
STOUT = {**SLIM, "depth": 0.40, "trunk": 0.68}
AGAIN = {**SLIM, "trunk": 0.625, "upper_arm": 0.34, "depth": 0.235, "thigh": 1.0}
TIGHT: list[Measure] = [
    seen("pelvis_on_thigh_flexion", 40.0),
    seen("fingertip_floor", 28.0),
    seen("lumbar_flexion", 55.0),
    seen("knee_bend", 2.0),
]


def test_a_slim_and_a_stout_body_are_two_people_and_both_clips_are_named() -> None:
    two = two_people([SLIM, AGAIN, STOUT], ["bend.mp4", "stand.mp4", "walk.mp4"])

    assert two is not None
    assert two.code == "verdict_two_people"
    assert two.values["other"] == "walk.mp4"
    for language in LANGUAGES:
        assert "walk.mp4" in sentence(two, language)


def test_clips_of_one_body_are_one_person() -> None:
    assert two_people([SLIM, AGAIN], ["a.mp4", "b.mp4"]) is None


def test_an_arm_that_was_followed_wrongly_is_no_other_person() -> None:
    """As a rendered client in the lunge: the forearm 15 times its scatter off, the rest alike."""
    slipped = {**AGAIN, "forearm": SLIM["forearm"] + 0.33}

    assert two_people([SLIM, slipped], ["bend.mp4", "lunge.mp4"]) is None
    two = two_people([SLIM, {**STOUT, "forearm": slipped["forearm"]}], ["a.mp4", "b.mp4"])
    assert two is not None


def test_a_difference_counts_the_same_either_way_round_and_none_with_oneself() -> None:
    assert difference(SLIM, STOUT) == pytest.approx(difference(STOUT, SLIM))
    assert difference(SLIM, SLIM) == 0.0


@pytest.mark.parametrize("other", [{}, {"depth": 0.5, "trunk": 0.9}])
def test_a_clip_that_shows_too_little_of_the_body_contradicts_nobody(
    other: dict[str, float],
) -> None:
    assert two_people([SLIM, other], ["a.mp4", "b.mp4"]) is None


@pytest.mark.parametrize("bodies", [[], [SLIM]])
def test_one_clip_contradicts_nobody(bodies: list[dict[str, float]]) -> None:
    assert two_people(bodies, ["a.mp4"]) is None


def test_clips_of_two_people_give_no_verdict_and_nothing_above_possible() -> None:
    findings, verdict = assess(TIGHT)
    assert verdict.label is Label.HAMSTRING  # the same measures of one person

    because = Reason("verdict_two_people", {"one": "a.mp4", "other": "b.mp4"})
    capped, held = held_back(findings, verdict, because)

    assert held.label is Label.INCONCLUSIVE
    assert held.because == because
    assert held.next_test == Reason("next_one_person")
    assert Level.SUGGESTED not in {finding.level for finding in capped}
    hamstring = next(f for f in capped if f.link is Link.HAMSTRING)
    assert hamstring.level is Level.POSSIBLE
    assert hamstring.because.code == "capped_by_clips"
    assert [f for f in capped if f.link is not Link.HAMSTRING] == [
        replace(f, turning_point=None) for f in findings if f.link is not Link.HAMSTRING
    ]
    # "4 degrees more and it is possible" would stand beside "possible"
    assert any(f.turning_point for f in findings)
    assert not any(f.turning_point for f in capped)
