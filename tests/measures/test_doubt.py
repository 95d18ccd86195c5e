"""The doubt in a measure: by cause, widened by what the clip is like."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.measures.doubt import DoubtRow, spread_of, yaw_doubt_deg
from posture.measures.take import Take
from posture.types import Activity
from tests.make import filmed, seconds, taken
from tests.stick import standing

ROW = DoubtRow(
    measure="made",
    activity=Activity.STANDING,
    unit="deg",
    sd={"landmarks": 3.0},
    source="made for this test",
    sagittal=True,
    per_roll_deg=1.0,
)


def take(yaw_deg: float = 0.0, *, off_axis_deg: float = 0.0) -> Take:
    found = taken(filmed(standing(seconds(0.5))), Activity.STANDING)
    view = replace(found.segment.view, yaw_deg=yaw_deg, yaw_sd_deg=0.0)
    return replace(found, segment=replace(found.segment, view=view), off_axis_deg=off_axis_deg)


@pytest.mark.parametrize("value_deg", [-30.0, 5.0, 20.0, 45.0])
@pytest.mark.parametrize("yaw_deg", [0.0, 10.0, 20.0, -20.0])
def test_the_doubt_of_yaw_is_what_projection_takes_off_the_angle(
    value_deg: float, yaw_deg: float
) -> None:
    across = math.tan(math.radians(value_deg)) * math.cos(math.radians(yaw_deg))

    expected = abs(value_deg - math.degrees(math.atan(across)))

    assert yaw_doubt_deg(value_deg, yaw_deg) == pytest.approx(expected)
    assert spread_of(ROW, value_deg, take(yaw_deg), {})["yaw"] == pytest.approx(expected)


@given(value=st.floats(-180, 180), yaw=st.floats(-90, 90))
def test_the_doubt_of_yaw_is_never_negative_and_always_finite(value: float, yaw: float) -> None:
    assert 0 <= yaw_doubt_deg(value, yaw) < 45


@given(value=st.floats(0, 44), less=st.floats(0, 59), more=st.floats(0, 59))
def test_more_yaw_is_never_less_doubt(value: float, less: float, more: float) -> None:
    low, high = sorted([less, more])

    assert yaw_doubt_deg(value, low) <= yaw_doubt_deg(value, high) + 1e-9


def test_the_yaw_s_own_doubt_counts_even_in_an_exact_side_view() -> None:
    found = take()
    view = replace(found.segment.view, yaw_sd_deg=10.0)
    unsure = replace(found, segment=replace(found.segment, view=view))

    assert spread_of(ROW, 30.0, unsure, {})["yaw"] > spread_of(ROW, 30.0, found, {})["yaw"]


def test_roll_is_a_degree_for_a_degree_where_the_vertical_is_the_zero() -> None:
    found = take()

    assert spread_of(ROW, 5.0, found, {})["camera_roll"] == found.segment.view.roll_sd_deg


def test_roll_and_pitch_do_not_touch_what_is_no_angle_from_the_vertical() -> None:
    spread = spread_of(replace(ROW, per_roll_deg=0.0), 5.0, take(off_axis_deg=20.0), {})

    assert "camera_roll" not in spread
    assert "camera_pitch" not in spread


def test_pitch_matters_more_the_further_off_the_axis_they_stand() -> None:
    leans = [
        spread_of(ROW, 5.0, take(off_axis_deg=aside), {})["camera_pitch"] for aside in (0, 10, 20)
    ]

    assert leans[0] == 0.0
    assert leans[0] < leans[1] < leans[2]


def test_what_is_no_sagittal_angle_widens_by_so_much_a_degree_of_yaw() -> None:
    row = replace(ROW, sagittal=False, per_yaw_deg=0.2)

    assert spread_of(row, 5.0, take(15.0), {})["yaw"] == pytest.approx(3.0)


def test_further_causes_stand_beside_the_row_s_and_add_in_quadrature() -> None:
    spread = spread_of(
        replace(ROW, sagittal=False, per_roll_deg=0.0), 5.0, take(), {"scatter": 4.0}
    )

    assert spread == {"landmarks": 3.0, "scatter": 4.0}
    assert math.hypot(*spread.values()) == 5.0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"unit": "furlong"}, "made: unknown unit 'furlong'"),
        ({"sd": {}}, "made: no cause of doubt"),
        ({"sd": {"a": -1.0}}, "made: a negative doubt"),
        ({"source": " "}, "made: source left blank"),
        ({"source": "", "sd": {}}, "made: no cause of doubt; source left blank"),
    ],
)
def test_a_bad_row_is_refused_with_all_its_faults(fault: dict[str, object], told: str) -> None:
    fields = {
        "measure": "made",
        "activity": Activity.STANDING,
        "unit": "deg",
        "sd": {"landmarks": 3.0},
        "source": "made for this test",
        **fault,
    }

    with pytest.raises(ValueError, match=told):
        DoubtRow(**fields)  # type: ignore[arg-type]
