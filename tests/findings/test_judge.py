"""judge: places and refusals, checked on a made-up range of 10 to 20 deg."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.findings.judge import Place, judge
from posture.types import Activity, Measure, Quality, Reason, Reference, Side

RANGE = Reference(
    measure="trunk_lean",
    activity=Activity.STANDING,
    low=10.0,
    high=20.0,
    unit="deg",
    group="made up",
    taken_by="made up",
    carry_sd=0.0,
    carry_from="made up",
    source="made up",
    locator="made up",
    doi="made up",
    status="verified",
)


def lean(value: float, sd: float = 1.0) -> Measure:
    return Measure(
        name="trunk_lean",
        activity=Activity.STANDING,
        side=Side.BOTH,
        value=value,
        unit="deg",
        spread={"made up": sd},
    )


# 95 % of a normal lies below mean + 1.6449 sd (any table of the normal distribution).
@pytest.mark.parametrize(
    ("value", "place"),
    [
        (8.35, Place.BELOW),
        (8.36, Place.UNDECIDED),
        (15.0, Place.WITHIN),
        (21.64, Place.UNDECIDED),
        (21.65, Place.ABOVE),
    ],
)
def test_a_place_needs_95_per_cent(value: float, place: Place) -> None:
    assert judge(lean(value), RANGE) is place


def test_the_doubt_of_carrying_the_range_over_joins_in_quadrature() -> None:
    carried = replace(RANGE, carry_sd=3.0)  # with 4.0: 5.0; 1.6449 x 5 = 8.2243

    assert judge(lean(10 - 8.23, sd=4.0), carried) is Place.BELOW
    assert judge(lean(10 - 8.21, sd=4.0), carried) is Place.UNDECIDED


def test_less_confidence_asked_decides_more() -> None:
    assert judge(lean(9.0), RANGE, confidence=0.8) is Place.BELOW


def test_an_open_end_is_never_passed() -> None:
    at_least = replace(RANGE, high=math.inf)

    assert judge(lean(1000.0), at_least) is Place.WITHIN
    assert judge(lean(0.0), at_least) is Place.BELOW


@settings(deadline=None)
@given(value=st.floats(-1000, 1000))
def test_a_doubt_nobody_assessed_decides_nothing(value: float) -> None:
    no_cause = replace(lean(value), spread={})

    assert judge(no_cause, RANGE) is Place.UNDECIDED
    assert judge(lean(value), replace(RANGE, carry_sd=math.inf)) is Place.UNDECIDED


@pytest.mark.parametrize("quality", [Quality.SUSPECT, Quality.MISSING])
def test_only_a_good_value_is_placed(quality: Quality) -> None:
    value = math.nan if quality is Quality.MISSING else 0.0
    doubtful = replace(lean(0.0), value=value, quality=quality, reason=Reason("view_turned"))

    assert judge(doubtful, RANGE) is Place.UNDECIDED


def test_a_draft_is_never_used_to_judge() -> None:
    with pytest.raises(ValueError, match="trunk_lean: the reference is a draft"):
        judge(lean(15.0), replace(RANGE, status="draft"))


@pytest.mark.parametrize(
    "other",
    [
        replace(RANGE, measure="shank_lean"),
        replace(RANGE, activity=Activity.WALKING),
        replace(RANGE, unit="frac"),
    ],
)
def test_another_measure_activity_or_unit_is_a_wrong_call(other: Reference) -> None:
    with pytest.raises(ValueError, match=r"trunk_lean in standing \[deg\] against"):
        judge(lean(15.0), other)
