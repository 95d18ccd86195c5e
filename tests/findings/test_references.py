"""The table of published ranges: against itself, its neighbours and the measures' units."""

from __future__ import annotations

import math

import pytest

from posture.findings.references import load_references, parse_references, reference_for
from posture.types import Activity, Reference

CONTRACT_UNITS = {  # of the measures as other programs read them, written out by hand
    "deg": {
        "trunk_lean", "thoracic_rounding", "knee_flexion", "shank_lean", "pelvis_on_thigh_flexion",
        "pelvic_rotation", "lumbar_flexion", "trunk_flexion", "knee_bend", "ankle_in_bend",
        "peak_dorsiflexion", "peak_plantarflexion", "push_off_range", "shank_at_heel_off",
        "trailing_limb_angle", "hip_extension", "knee_flexion_at_peak_dorsiflexion",
        "knee_extension_midstance", "lunge_dorsiflexion_straight", "lunge_dorsiflexion_bent",
        "gastrocnemius_share", "leg_raise_angle",
    },
    "frac": {
        "pelvic_position", "reach_fraction", "hip_share", "stance_share", "double_support_share",
        "heel_off",
    },
    "leg_length": {"pelvic_shift", "fingertip_floor", "hip_back_shift", "step_length"},
    "body_height": {"head_forward"},
    "m": {"fingertip_floor_m", "step_length_m"},
    "m_s": {"walking_speed_m_s"},
    "s": {"stride_time", "step_time"},
    "steps_per_min": {"cadence"},
}  # fmt: skip

ROW = """
[[reference]]
measure = "cadence"
activity = "walking"
low = {low}
high = 120.0
unit = "steps_per_min"
group = "made up"
taken_by = "{taken_by}"
carry_sd = 1.0
carry_from = "made up"
source = "made up"
locator = "made up"
doi = "made up"
status = "{status}"
"""


def row(name: str, activity: Activity = Activity.WALKING) -> Reference:
    found = reference_for(name, activity)
    assert found is not None
    return found


def test_every_row_has_the_unit_of_the_contract() -> None:
    by_unit: dict[str, set[str]] = {}
    for reference in load_references():
        by_unit.setdefault(reference.unit, set()).add(reference.measure)

    assert by_unit == CONTRACT_UNITS


def test_pelvic_tilt_never_has_a_range() -> None:
    names = {reference.measure for reference in load_references()}

    assert not {"pelvic_tilt", "pelvic_tilt_change"} & names
    assert reference_for("pelvic_tilt", Activity.STANDING) is None


def test_what_is_ours_is_a_draft() -> None:
    ours = [r for r in load_references() if r.source.startswith(("ours", "after", "cut", "band"))]

    assert {r.status for r in ours} == {"draft"}
    assert all(r.group.strip() for r in ours)


def test_a_verified_row_can_be_looked_up() -> None:
    verified = [r for r in load_references() if r.status == "verified"]

    assert verified
    assert all(r.doi.startswith(("10.", "https://")) for r in verified)
    assert all(math.isfinite(r.carry_sd) for r in verified)


def test_a_range_is_found_only_for_its_own_activity() -> None:
    assert row("cadence").unit == "steps_per_min"
    assert reference_for("cadence", Activity.RUNNING) is None


def test_rows_read_once_are_not_read_again() -> None:
    assert reference_for("cadence", Activity.WALKING, rows=()) is None


@pytest.mark.parametrize(("name", "product"), [("stride_time", 120.0), ("step_time", 60.0)])
def test_cadence_times_its_time_is_the_seconds_of_a_minute(name: str, product: float) -> None:
    cadence, time = row("cadence"), row(name)

    assert cadence.low * time.high == pytest.approx(product, rel=0.01)
    assert cadence.high * time.low == pytest.approx(product, rel=0.01)


def test_a_stride_is_two_steps() -> None:
    stride, step = row("stride_time"), row("step_time")

    assert (stride.low, stride.high) == pytest.approx((2 * step.low, 2 * step.high), abs=0.011)


def test_step_length_times_cadence_is_speed() -> None:
    length, cadence, speed = row("step_length_m"), row("cadence"), row("walking_speed_m_s")
    middle = (length.low + length.high) / 2 * (cadence.low + cadence.high) / 2 / 60

    assert middle == pytest.approx((speed.low + speed.high) / 2, rel=0.05)


def test_both_feet_are_down_as_often_as_the_stances_overlap() -> None:
    stance, double = row("stance_share"), row("double_support_share")
    middle = (stance.low + stance.high) / 2

    assert 2 * middle - 1 == pytest.approx((double.low + double.high) / 2, abs=0.01)


def test_the_reach_in_metres_is_the_reach_in_legs() -> None:
    metres = row("fingertip_floor_m", Activity.FORWARD_BEND)
    legs = row("fingertip_floor", Activity.FORWARD_BEND)

    assert metres.high / 0.85 == pytest.approx(legs.high, abs=0.005)


def test_hip_share_is_one_minus_the_published_lumbar_share() -> None:
    share = row("hip_share", Activity.FORWARD_BEND)

    assert (1 - share.high, 1 - share.low) == pytest.approx((0.35, 0.52))


def test_bent_minus_straight_knee_agrees_with_the_gastrocnemius_share() -> None:
    straight = row("lunge_dorsiflexion_straight", Activity.WALL_LUNGE)
    bent = row("lunge_dorsiflexion_bent", Activity.WALL_LUNGE)

    assert 0 < bent.low - straight.low < row("gastrocnemius_share", Activity.WALL_LUNGE).high


def test_all_faults_are_told_at_once() -> None:
    text = (
        ROW.format(low=130.0, taken_by="x", status="draft")
        + ROW.format(low=90.0, taken_by=" ", status="draft")
        + ROW.format(low=90.0, taken_by="x", status="hearsay")
    )

    with pytest.raises(ValueError, match=r"(?s)not below high.*taken_by left blank.*hearsay"):
        parse_references(text)


def test_a_range_entered_twice_is_a_fault() -> None:
    text = 2 * ROW.format(low=90.0, taken_by="x", status="draft")

    with pytest.raises(ValueError, match="cadence in walking: entered twice"):
        parse_references(text)


def test_a_missing_column_is_a_fault() -> None:
    text = ROW.format(low=90.0, taken_by="x", status="draft").replace('group = "made up"\n', "")

    with pytest.raises(ValueError, match=r"reference 1 \(cadence\): .*group"):
        parse_references(text)
