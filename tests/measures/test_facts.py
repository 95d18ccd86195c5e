"""What facts about a clip do to its measures: withheld, marked, or left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.measures.facts import fact_rows, not_one_person, under_facts
from posture.measures.refusal import why_nothing
from posture.measures.standing import standing_measures
from posture.pipeline import analyse_landmarks
from posture.types import Activity, Fact, FactKind, Measure, Quality, Reason, Side, Unit
from tests.make import SIDE_ON, filmed, seconds, taken
from tests.measures.test_contract import CONTRACT, WIDE_ENOUGH
from tests.stick import SQUAT, bending, standing, walking

TIME_S = np.arange(0.0, 10.0, 0.1)

# said, and nothing more: facts.toml says why of each
ONLY_SAID = {
    FactKind.CAMERA_MOVED,
    FactKind.CUT,
    FactKind.TWO_PEOPLE,
    FactKind.REPEATED_PICTURES,
    FactKind.COVERED,
    FactKind.MIRROR_IMAGE,
    FactKind.SHEET_SEEN,
    FactKind.SHEET_UNUSED,
}


def fact(
    kind: FactKind, probability: float = 0.95, spans_s: tuple[tuple[float, float], ...] = ((0, 10),)
) -> Fact:
    return Fact(
        kind=kind,
        reason=Reason(f"fact_{kind.value}"),
        spans_s=spans_s,
        probability=probability,
    )


def measure(
    name: str,
    unit: Unit,
    *,
    activity: Activity = Activity.WALKING,
    frames: tuple[int, int] = (0, 100),
) -> Measure:
    return Measure(
        name=name,
        activity=activity,
        side=Side.RIGHT,
        value=1.0,
        unit=unit,
        spread={"landmarks": 0.1},
        frames=frames,
        segment=0,
    )


def every_measure() -> list[Measure]:
    return [
        measure(name, unit, activity=activity)
        for activity, names in CONTRACT.items()
        for name, unit in names.items()
    ]


def qualities(*facts: Fact) -> dict[tuple[str, str], Quality]:
    found = under_facts(every_measure(), facts, TIME_S)
    return {(m.activity.value, m.name): m.quality for m in found}


def test_every_kind_of_fact_has_a_row_or_is_known_to_be_only_said() -> None:
    assert {row.fact for row in fact_rows()} | ONLY_SAID == {*FactKind}
    assert {row.fact for row in fact_rows()} & ONLY_SAID == set()


def test_the_rows_name_measures_of_the_contract_only() -> None:
    known = {name for names in CONTRACT.values() for name in names}

    assert {name for row in fact_rows() for name in row.measures} <= known


@pytest.mark.parametrize("kind", [k for k in FactKind if k in ONLY_SAID], ids=lambda k: k.value)
def test_a_fact_that_is_only_said_changes_no_measure(kind: FactKind) -> None:
    assert set(qualities(fact(kind)).values()) == {Quality.GOOD}


def test_without_facts_every_measure_stays_as_it_is() -> None:
    assert set(qualities().values()) == {Quality.GOOD}


def test_a_camera_that_goes_along_takes_way_and_floor_and_leaves_times_and_angles() -> None:
    found = qualities(fact(FactKind.CAMERA_LOST))
    missing = {name for (_, name), quality in found.items() if quality is Quality.MISSING}

    assert missing == {
        "step_length",
        "step_length_m",
        "walking_speed",
        "walking_speed_m_s",
        "fingertip_floor",
        "fingertip_floor_m",
        "fingertip_floor_best",
        "fingertip_floor_best_m",
        "reach_fraction",
        "heel_wedge_fingertip_floor",
        "heel_wedge_gain",
    }


@pytest.mark.parametrize("kind", [FactKind.SLOWED_DOWN, FactKind.SPED_UP], ids=lambda k: k.value)
def test_slow_motion_and_time_lapse_take_what_needs_time_and_leave_angles(kind: FactKind) -> None:
    found = qualities(fact(kind))

    assert found["walking", "cadence"] is Quality.MISSING
    assert found["walking", "walking_speed"] is Quality.MISSING
    assert found["walking", "heel_rise_rate"] is Quality.MISSING
    assert found["walking", "peak_dorsiflexion"] is Quality.GOOD
    assert found["walking", "stance_share"] is Quality.GOOD
    assert found["walking", "step_length"] is Quality.GOOD


def test_a_stretched_picture_takes_angles_and_leaves_times() -> None:
    found = qualities(fact(FactKind.STRETCHED))

    assert {
        quality
        for (activity, name), quality in found.items()
        if CONTRACT[Activity(activity)][name] == "deg"
    } == {Quality.MISSING}
    assert found["walking", "cadence"] is Quality.GOOD


def test_an_askew_camera_marks_angles_to_the_vertical_and_leaves_joints() -> None:
    perhaps = replace(fact(FactKind.CAMERA_ASKEW), reason=Reason("fact_camera_askew_perhaps"))
    found = qualities(perhaps)

    assert found["standing", "trunk_lean"] is Quality.SUSPECT
    assert found["standing", "knee_flexion"] is Quality.GOOD
    assert found["walking", "peak_dorsiflexion"] is Quality.GOOD


def test_backwards_takes_the_gait_and_leaves_the_bend() -> None:
    found = qualities(fact(FactKind.BACKWARDS))

    left = {name for (_, name), quality in found.items() if quality is Quality.GOOD}
    assert left & {*CONTRACT[Activity.WALKING]} == {"strides"}
    assert {*CONTRACT[Activity.FORWARD_BEND]} | {*CONTRACT[Activity.STANDING]} <= left


def test_what_is_outside_of_the_fact_s_time_stays() -> None:
    early = measure("cadence", "steps_per_min", frames=(0, 40))
    late = measure("cadence", "steps_per_min", frames=(60, 100))
    (one, other) = under_facts(
        [early, late], [fact(FactKind.BACKWARDS, spans_s=((5.5, 9.9),))], TIME_S
    )

    assert one is early
    assert other.quality is Quality.MISSING
    assert other.reason == Reason("fact_backwards")


def test_a_backward_step_in_a_long_walk_does_not_take_the_walk() -> None:
    walk = measure("cadence", "steps_per_min")

    assert under_facts([walk], [fact(FactKind.BACKWARDS, spans_s=((0, 1),))], TIME_S) == (walk,)


def test_spans_that_overlap_are_counted_once() -> None:
    walk = measure("cadence", "steps_per_min")
    twice = fact(FactKind.BACKWARDS, spans_s=((0, 3), (1, 3), (0, 2)))

    assert under_facts([walk], [twice], TIME_S) == (walk,)


@pytest.mark.parametrize(
    ("probability", "quality"),
    [(0.95, Quality.MISSING), (0.6, Quality.SUSPECT), (0.3, Quality.GOOD)],
)
def test_a_fact_does_as_much_as_it_is_likely(probability: float, quality: Quality) -> None:
    walk = measure("walking_speed", "leg_length_per_s")

    (found,) = under_facts([walk], [fact(FactKind.CAMERA_LOST, probability)], TIME_S)

    assert found.quality is quality


def test_what_is_missing_already_keeps_its_reason() -> None:
    walk = replace(
        measure("walking_speed", "leg_length_per_s"),
        value=np.nan,
        spread={},
        quality=Quality.MISSING,
        reason=Reason("treadmill_speed_unknown"),
    )

    assert under_facts([walk], [fact(FactKind.CAMERA_LOST)], TIME_S) == (walk,)


def test_counts_are_never_marked() -> None:
    count = measure("strides", "count")

    assert under_facts([count], [fact(FactKind.BLURRED)], TIME_S) == (count,)


def test_a_take_carries_the_facts_of_its_time_and_grades_by_them() -> None:
    clip = filmed(standing(seconds(3.0)), SIDE_ON)
    early, late = (
        fact(FactKind.CAMERA_LOST, spans_s=((0.0, 3.0),)),
        fact(FactKind.BLURRED, spans_s=((50.0, 60.0),)),
    )
    take = taken(replace(clip, facts=(early, late)), Activity.STANDING)

    assert take.facts == (early,)
    found = {
        m.name: m.quality for m in under_facts(standing_measures(take), take.facts, clip.time_s)
    }
    assert found["trunk_lean"] is Quality.SUSPECT
    assert found["knee_flexion"] is Quality.GOOD


def test_an_analysis_of_a_clip_in_slow_motion_has_angles_and_no_times() -> None:
    clip = filmed(walking(seconds(5.0)).figure, WIDE_ENOUGH)
    found = analyse_landmarks(replace(clip, facts=(fact(FactKind.SLOWED_DOWN),)))
    known = {m.name for m in found.measures if m.quality is not Quality.MISSING}

    assert {"peak_dorsiflexion", "stance_share", "step_length"} <= known
    assert not {"cadence", "stride_time", "walking_speed", "heel_rise_rate"} & known


def test_two_people_in_one_clip_give_no_verdict() -> None:
    clip = filmed(bending(seconds(9.0)), SIDE_ON)
    two = fact(FactKind.TWO_PEOPLE)
    found = analyse_landmarks(replace(clip, facts=(two,)))

    assert found.assessment.verdict.because == two.reason
    assert not_one_person(found.facts) == two.reason
    assert not_one_person((fact(FactKind.TWO_PEOPLE, 0.3),)) is None


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FactKind.SLOWED_DOWN, "fact_slowed_down_file"),
        (FactKind.SLOWED_DOWN, "fact_slowed_down_given"),
        (FactKind.SPED_UP, "fact_sped_up_given"),
        (FactKind.CAMERA_ASKEW, "fact_camera_askew"),
    ],
)
def test_what_is_told_and_put_right_takes_nothing(kind: FactKind, code: str) -> None:
    known = replace(fact(kind), reason=Reason(code))

    assert set(qualities(known).values()) == {Quality.GOOD}


@pytest.mark.parametrize(
    "kind", [FactKind.TOO_DARK, FactKind.BLURRED, FactKind.BACKWARDS], ids=lambda k: k.value
)
def test_where_nothing_is_found_what_the_clip_is_like_is_said_first(kind: FactKind) -> None:
    nothing = filmed(standing(seconds(4.0), SQUAT), SIDE_ON)
    likely = fact(kind, spans_s=((0.0, 4.0),))

    assert why_nothing(replace(nothing, facts=(likely,)), ()) == Reason(f"clip_{kind.value}")


@pytest.mark.parametrize(
    "other",
    [
        fact(FactKind.TOO_DARK, spans_s=((0.0, 0.5),)),  # a moment of it
        fact(FactKind.TOO_DARK, 0.3, spans_s=((0.0, 4.0),)),  # hardly likely
        fact(FactKind.CAMERA_MOVED, spans_s=((0.0, 4.0),)),  # put right
    ],
)
def test_a_fact_that_explains_nothing_is_not_blamed(other: Fact) -> None:
    nothing = filmed(standing(seconds(4.0), SQUAT), SIDE_ON)

    assert why_nothing(replace(nothing, facts=(other,)), ()) == Reason("sits")
