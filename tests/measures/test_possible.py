"""Nothing impossible leaves: the table of what is possible, and what is done with what is not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from posture.errors import UnusableClip
from posture.measures.doubt import doubt_rows
from posture.measures.measurable import check_something_measured
from posture.measures.possible import (
    is_possible,
    only_possible,
    possible_rows,
    possible_rules,
)
from posture.types import Activity, Measure, Quality, Reason, Side, Unit
from tests.measures.test_contract import CONTRACT


def measure(
    name: str,
    value: float,
    *,
    activity: Activity = Activity.WALKING,
    side: Side = Side.RIGHT,
    sd: float = 0.01,
    unit: Unit = "frac",
    segment: int | None = 0,
) -> Measure:
    return Measure(
        name=name,
        activity=activity,
        side=side,
        value=value,
        unit=unit,
        spread={"landmarks": sd},
        segment=segment,
        quality=Quality.MISSING if math.isnan(value) else Quality.GOOD,
        reason=Reason("not_seen_long_enough") if math.isnan(value) else None,
    )


def reasons(*measures: Measure) -> dict[tuple[str, str], str | None]:
    return {
        (m.name, m.side.value): None if m.reason is None else m.reason.code
        for m in only_possible(measures)
    }


def test_every_measure_of_the_contract_and_of_the_table_of_doubt_has_a_range() -> None:
    owed = {(a, name) for a, names in CONTRACT.items() for name in names} | {*doubt_rows()}

    assert owed - {*possible_rows()} == set()
    assert {*possible_rows()} - owed == set()


def test_every_range_has_the_unit_of_the_contract_and_a_source() -> None:
    for row in possible_rows().values():
        place = f"{row.activity.value}.{row.measure}"
        assert row.unit == CONTRACT[row.activity][row.measure], place
        assert row.source.strip(), place


def test_every_rule_has_a_source_and_terms_of_the_contract() -> None:
    for rule in possible_rules():
        assert rule.source.strip()
        assert all(name in CONTRACT[rule.activity] for name, _, _ in rule.terms), rule.rule


def test_a_range_upside_down_is_refused() -> None:
    row = next(iter(possible_rows().values()))
    with pytest.raises(ValueError, match="not below"):
        replace(row, low=row.high)


# what people were measured to do, by others: none of it may be called impossible
LIVING = [
    ("double_support_share", Activity.WALKING, 0.42),  # a slow walk, read by eye
    ("stance_share", Activity.WALKING, 0.80),  # the better leg after a stroke
    ("stance_share", Activity.WALKING, 0.51),  # a race walker
    ("cadence", Activity.WALKING, 220.0),  # a race walker
    ("cadence", Activity.WALKING, 30.0),  # one step in two seconds
    ("knee_flexion", Activity.STANDING, 60.0),  # a crouch
    ("knee_flexion", Activity.STANDING, -20.0),  # knees far back
    ("thoracic_rounding", Activity.STANDING, 85.0),  # the most bent backs
    ("peak_dorsiflexion", Activity.WALKING, -30.0),  # on the toes
    ("lunge_dorsiflexion_bent", Activity.WALL_LUNGE, 58.0),
    ("leg_raise_angle", Activity.LEG_RAISE, 150.0),  # a dancer
    ("reach_fraction", Activity.FORWARD_BEND, 1.0),
]


@pytest.mark.parametrize(("name", "activity", "value"), LIVING)
def test_what_living_people_do_is_possible(name: str, activity: Activity, value: float) -> None:
    assert is_possible(name, activity, value)


# what the program once said, and no body does
ONCE_SAID = [
    ("double_support_share", Activity.WALKING, -0.26, 0.11),
    ("lumbar_curve", Activity.STANDING, 73.6, 10.3),
    ("plantarflexion_at_toe_off", Activity.WALKING, -25.0, 5.0),
    ("reach_fraction", Activity.FORWARD_BEND, -0.16, 0.04),
]


@pytest.mark.parametrize(("name", "activity", "value", "sd"), ONCE_SAID)
def test_what_no_body_does_is_not(name: str, activity: Activity, value: float, sd: float) -> None:
    assert not is_possible(name, activity, value, sd)


def test_an_unknown_value_breaks_nothing_and_an_unknown_measure_is_a_wrong_call() -> None:
    assert is_possible("cadence", Activity.WALKING, math.nan)
    with pytest.raises(ValueError, match="no row"):
        is_possible("cadence", Activity.STANDING, 100.0)


def test_a_reading_that_scatters_over_a_bound_is_put_on_it_and_marked() -> None:
    (found,) = only_possible(
        [measure("reach_fraction", -0.03, activity=Activity.FORWARD_BEND, sd=0.02)]
    )

    assert (found.value, found.quality) == (0.0, Quality.SUSPECT)
    assert found.reason == Reason("at_bound")
    assert found.sd == 0.02


def test_what_is_possible_stays_as_it_is() -> None:
    walk = [
        measure("stance_share", 0.62, side=Side.LEFT),
        measure("stance_share", 0.63),
        measure("double_support_share", 0.25, side=Side.BOTH),
        measure("heel_off", 0.4),
        measure("cadence", 110.0, side=Side.BOTH, unit="steps_per_min", sd=0.3),
        measure("stride_time", 120 / 110, side=Side.BOTH, unit="s", sd=0.003),
    ]

    assert only_possible(walk) == tuple(walk)


def test_what_is_read_off_the_same_outline_goes_with_an_impossible_value() -> None:
    found = reasons(
        measure("lumbar_curve", 73.6, activity=Activity.STANDING, unit="deg", sd=10.0),
        measure("pelvic_tilt", 6.0, activity=Activity.STANDING, unit="deg", sd=10.0),
        measure("knee_flexion", 2.0, activity=Activity.STANDING, unit="deg", sd=3.0),
        measure("pelvic_tilt", 6.0, activity=Activity.STANDING, unit="deg", segment=2),
    )

    assert found["lumbar_curve", "right"] == "impossible_value"
    assert found["knee_flexion", "right"] is None


def test_the_same_outline_is_that_of_the_same_segment() -> None:
    found = only_possible(
        [
            measure("lumbar_curve", 73.6, activity=Activity.STANDING, unit="deg", sd=10.0),
            measure("pelvic_tilt", 6.0, activity=Activity.STANDING, unit="deg", sd=10.0),
            measure("pelvic_tilt", 7.0, activity=Activity.STANDING, unit="deg", segment=2),
        ]
    )

    assert [m.quality for m in found] == [Quality.MISSING, Quality.MISSING, Quality.GOOD]
    assert found[1].reason == Reason("read_with_impossible")


def test_a_heel_that_rises_after_the_toe_has_left_gives_neither() -> None:
    found = reasons(measure("stance_share", 0.6), measure("heel_off", 0.75))

    assert set(found.values()) == {"impossible_together"}


def test_the_legs_of_a_rule_are_not_mixed() -> None:
    found = reasons(measure("stance_share", 0.6, side=Side.LEFT), measure("heel_off", 0.75))

    assert set(found.values()) == {None}


def test_a_cadence_that_is_not_that_of_its_strides_gives_neither() -> None:
    found = reasons(
        measure("cadence", 110.0, side=Side.BOTH, unit="steps_per_min", sd=0.3),
        measure("stride_time", 0.55, side=Side.BOTH, unit="s", sd=0.003),
    )

    assert set(found.values()) == {"impossible_together"}


def test_where_most_of_a_movement_is_impossible_none_of_it_is_given() -> None:
    walk = [
        measure("stance_share", 0.3, side=Side.LEFT),
        measure("stance_share", 0.3),
        measure("double_support_share", -0.4, side=Side.BOTH),
        measure("peak_dorsiflexion", 60.0, unit="deg"),
        measure("hip_extension", 10.0, unit="deg"),
        measure("strides", 3.0, unit="count", sd=0.0),
    ]
    found = only_possible(walk)

    assert all(m.quality is Quality.MISSING for m in found)
    assert found[4].reason == Reason("impossible_activity")


def test_whatever_is_left_out_says_so_in_one_of_the_room_s_own_reasons() -> None:
    found = only_possible([measure("stance_share", 0.2), measure("heel_off", 0.3)])

    assert all(m.reason is not None and "impossible" in m.reason.code for m in found)


def test_a_range_widens_by_the_error_only_where_truth_may_lie() -> None:
    floor, floor_sd = ("fingertip_floor", Activity.FORWARD_BEND), 0.05
    assert is_possible(*floor, -0.09, floor_sd)
    assert not is_possible(*floor, 1.15, floor_sd)


def test_a_clip_of_which_nothing_is_left_is_an_error_with_its_sentence() -> None:
    nothing = only_possible(
        [
            measure("stance_share", 0.3),
            measure("double_support_share", -0.4, side=Side.BOTH),
            measure("heel_off", 0.9),
            measure("step_time", 0.5, unit="s"),
        ]
    )
    with pytest.raises(UnusableClip) as caught:
        check_something_measured(nothing)

    assert caught.value.reason == Reason("clip_impossible")


def test_a_clip_of_which_something_is_left_is_none() -> None:
    stood = measure("knee_flexion", 2.0, activity=Activity.STANDING, unit="deg", segment=1)
    walked = only_possible([measure(f"{name}", 9.0) for name in ("stance_share", "heel_off")])

    check_something_measured([stood, *walked])
    check_something_measured([])


def test_a_clip_without_any_number_is_an_error_with_the_commonest_reason() -> None:
    framed, hidden = Reason("body_not_whole"), Reason("hidden_back", {"share": 0.4})
    missing = [
        replace(measure(name, math.nan), quality=Quality.MISSING, reason=why)
        for name, why in (("a", framed), ("b", hidden), ("c", hidden))
    ]

    with pytest.raises(UnusableClip) as caught:
        check_something_measured(missing)

    told: dict[str, float | str] = {"because": "hidden_back", "share": 0.4}
    assert caught.value.reason == Reason("clip_nothing_measured", told)
