"""The legs over the gait cycle, drawn: a line a leg, a box only where a speed is known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from posture.outputs.charts import at_its_speed, whisker_svg
from posture.outputs.cycle_chart import cycle_caption, cycle_svg
from posture.outputs.tables import remark
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import CycleCurve, Measure, Reference, Side, Usual
from tests.outputs.make import analysis, measure
from tests.outputs.test_charts import reference

EN = load_words("en")
PHASE = np.linspace(0.0, 1.0, 101)


def curve(
    name: str = "ankle_dorsiflexion", side: Side = Side.LEFT, *, sd: float = 2.0
) -> CycleCurve:
    mean = 12.0 * np.sin(2 * np.pi * PHASE)
    return CycleCurve(
        name=name,
        side=side,
        unit="deg",
        positive="dorsiflexed",
        phase=PHASE,
        mean=mean,
        sd=np.full(101, sd),
        count=np.full(101, 4.0),
        strides=4,
    )


def usual(low: float, high: float, phase: float | None = 0.45) -> Usual:
    return Usual(
        low=low, high=high, unit="deg", phase=phase, speed=0.43, speed_sd=0.01, source="made"
    )


def walked(name: str, expected: Usual | None, given: Reference | None = None) -> Measure:
    return replace(measure(name, 9.0, sd=3.0, reference=given), expected=expected)


def boxes(svg: str) -> list[tuple[float, ...]]:
    found = re.findall(
        r'class="usual" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"', svg
    )
    return [tuple(float(number) for number in one) for one in found]


def test_without_curves_nothing_is_drawn() -> None:
    assert cycle_svg((), (), EN) == ""


def test_each_leg_has_its_line_and_its_band() -> None:
    svg = cycle_svg([curve(side=Side.LEFT), curve(side=Side.RIGHT)], (), EN)

    assert svg.count('<polyline class="left"') == svg.count('<polyline class="right"') == 1
    assert svg.count("<polygon") == 2
    # colour never speaks alone
    assert re.search(r'class="right"[^>]*stroke-dasharray', svg)
    assert not re.search(r'class="left"[^>]*stroke-dasharray', svg)


def test_an_unknown_stretch_is_a_gap() -> None:
    holed = curve()
    mean = holed.mean.copy()
    mean[40:50] = np.nan

    assert cycle_svg([replace(holed, mean=mean)], (), EN).count("<polyline") == 2


def test_a_wider_scatter_is_a_wider_band() -> None:
    def height(sd: float) -> float:
        found = re.search(r'<polygon points="([^"]*)"', cycle_svg([curve(sd=sd)], (), EN))
        assert found is not None
        first = [float(point.split(",")[1]) for point in found[1].split()]
        return abs(first[0] - first[-1])  # over and under the first phase

    assert height(3.0) > 2 * height(1.0)


def test_what_is_usual_at_the_speed_is_a_box_about_its_place() -> None:
    measures = [
        walked("peak_dorsiflexion", usual(7.0, 16.0)),
        walked("peak_plantarflexion", usual(12.0, 27.0, 0.6)),
    ]

    with_speed = boxes(cycle_svg([curve()], measures, EN))
    without = boxes(cycle_svg([curve()], [walked("peak_dorsiflexion", None)], EN))

    assert without == []
    (x, y, _, _), (later, lower, _, _) = with_speed
    assert later > x
    assert lower > y  # plantarflexion is drawn downwards


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caption_counts_the_strides_of_each_leg(language: Language) -> None:
    words = load_words(language)

    told = cycle_caption([curve(side=Side.LEFT), curve(side=Side.RIGHT)], (), words)

    assert words.term("left") in told
    assert told.count("4") == 2
    assert words.of("cycle", "no_speed") in told
    assert words.of("cycle", "usual") in cycle_caption(
        [curve()], [walked("peak_dorsiflexion", usual(7.0, 16.0))], words
    )


def test_a_walk_s_own_curves_are_drawn_for_the_near_leg_alone() -> None:
    made = analysis("treadmill")

    svg = cycle_svg(made.curves, made.measures, EN)

    sides = set(re.findall(r'<polyline class="(\w+)"', svg))
    assert sides == {made.view.near_side.value if made.view.near_side else ""}
    assert svg.count("<polyline") == 5


def test_a_remark_says_what_is_usual_at_the_speed_in_place_of_the_rough_guide() -> None:
    draft = reference(10.0, 14.0, "draft")

    told = remark(walked("peak_dorsiflexion", usual(7.0, 16.0), draft), EN)

    assert told == "at this speed usually 7 to 16 deg, a rough guide"


def test_a_verified_range_stays_beside_it() -> None:
    told = remark(walked("stance_share", usual(7.0, 16.0), reference(10.0, 14.0)), EN)

    assert "at this speed" in told
    assert "usual 10 to 14" in told


def test_the_whisker_lies_on_the_range_of_the_speed_and_is_never_a_verdict() -> None:
    one = walked("peak_dorsiflexion", usual(7.0, 16.0), reference(10.0, 14.0, "draft"))

    drawn = at_its_speed(one)

    assert drawn is not None
    assert (drawn.low, drawn.high, drawn.status) == (7.0, 16.0, "draft")
    assert "stroke-dasharray" in whisker_svg(one)
