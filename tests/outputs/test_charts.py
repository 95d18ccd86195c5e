"""The report's small charts: what stands where."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from posture.outputs.charts import evidence_svg, whisker_svg
from posture.types import Activity, Quality, Reason, Reference
from tests.outputs.make import measure


def reference(
    low: float, high: float, status: Literal["draft", "verified"] = "verified"
) -> Reference:
    return Reference(
        measure="trunk_lean",
        activity=Activity.STANDING,
        low=low,
        high=high,
        unit="deg",
        group="g",
        taken_by="t",
        carry_sd=0.0,
        carry_from="c",
        source="s",
        locator="l",
        doi="d",
        status=status,
    )


def band(svg: str) -> tuple[float, float]:
    """Where the reference band begins and ends."""
    found = re.search(r'<rect x="([\d.-]+)" y="2" width="([\d.]+)"', svg)
    assert found is not None
    left, width = float(found[1]), float(found[2])
    return left, left + width


def dot(svg: str) -> float:
    found = re.search(r'<circle cx="([\d.-]+)"', svg)
    assert found is not None
    return float(found[1])


def whiskers(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'M([\d.-]+) 11H([\d.-]+)" stroke="currentColor"', svg)
    return [(float(left), float(right)) for left, right in found]


bounds = (
    st.one_of(st.just(-math.inf), st.floats(-50, 0)),
    st.one_of(st.just(math.inf), st.floats(1, 50)),
)
values, sds = st.floats(-500, 500), st.floats(0.01, 100)


@given(low=bounds[0], high=bounds[1], value=values, sd=sds)
def test_the_dot_is_on_the_chart_and_on_the_band_only_if_the_value_is_in_the_range(
    low: float, high: float, value: float, sd: float
) -> None:
    assume(math.isfinite(low) or math.isfinite(high))
    svg = whisker_svg(measure("trunk_lean", value, sd=sd, reference=reference(low, high)))

    assert 0 <= dot(svg) <= 180
    left, right = band(svg)
    assert 0 <= left < right <= 180
    inside = left - 0.11 <= dot(svg) <= right + 0.11  # drawn to a tenth
    assert inside or not low <= value <= high


def test_whiskers_reach_one_and_two_errors_from_the_dot() -> None:
    svg = whisker_svg(measure("trunk_lean", 5.0, sd=1.0, reference=reference(0.0, 10.0)))

    (far_left, far_right), (left, right) = whiskers(svg)
    per_deg = (band(svg)[1] - band(svg)[0]) / 10
    assert right - left == pytest.approx(2 * per_deg, abs=0.2)
    assert far_right - far_left == pytest.approx(4 * per_deg, abs=0.2)
    assert (left + right) / 2 == pytest.approx(dot(svg), abs=0.2)


def test_a_draft_is_dashed_and_a_published_range_is_not() -> None:
    draft, published = (
        whisker_svg(measure("trunk_lean", 5.0, reference=reference(0.0, 10.0, status)))
        for status in ("draft", "verified")
    )

    assert "stroke-dasharray" in draft
    assert "stroke-dasharray" not in published


def test_an_error_nobody_assessed_has_no_whisker() -> None:
    assert whiskers(whisker_svg(measure("trunk_lean", 5.0, reference=reference(0.0, 10.0)))) == []


def test_a_number_to_be_read_with_care_is_a_hollow_dot() -> None:
    good = measure("trunk_lean", 5.0, sd=1.0, reference=reference(0.0, 10.0))
    suspect = replace(good, quality=Quality.SUSPECT, reason=Reason("single_picture"))

    assert 'r="5" fill="currentColor"' in whisker_svg(good)
    assert 'r="5" fill="none"' in whisker_svg(suspect)


def test_there_is_no_chart_without_a_number_or_without_a_range() -> None:
    missing = measure(
        "trunk_lean", math.nan, quality=Quality.MISSING, reference=reference(0.0, 10.0)
    )

    assert whisker_svg(missing) == ""
    assert whisker_svg(measure("trunk_lean", 5.0, sd=1.0)) == ""


@given(nats=st.floats(-3, 3).filter(lambda nats: abs(nats) > 1e-3))
def test_evidence_for_points_right_of_the_middle_and_against_left(nats: float) -> None:
    found = re.search(r'<rect x="([\d.]+)" y="5" width="([\d.]+)"', evidence_svg(nats, 3.0))
    assert found is not None
    left, width = float(found[1]), float(found[2])

    assert width == pytest.approx(30 * abs(nats), abs=0.06)
    assert (left if nats > 0 else left + width) == pytest.approx(90, abs=0.11)
