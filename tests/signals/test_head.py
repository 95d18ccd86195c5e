"""Trunk and head: values known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signals.head import head_ahead
from posture.signals.leg import segment_inclination
from posture.types import Side
from tests.make import still


@given(lean=st.floats(-170, 170), forward=st.sampled_from([1.0, -1.0]))
def test_the_trunk_leans_as_far_as_it_was_placed_forward_positive(
    lean: float, forward: float
) -> None:
    shoulder = (
        500 + forward * 144 * math.sin(math.radians(lean)),
        400 - 144 * math.cos(math.radians(lean)),
    )
    body = still({"right_hip": (500, 400), "right_shoulder": shoulder})

    found = segment_inclination("trunk", body, np.array([forward]), Side.RIGHT).value[0]

    assert found == pytest.approx(lean, abs=1e-6)


def test_the_trunk_is_that_of_one_side_and_never_the_middle_of_both() -> None:
    body = still(
        {
            "left_hip": (500, 400),
            "left_shoulder": (500, 200),
            "right_hip": (500, 400),
            "right_shoulder": (700, 200),
        }
    )

    assert segment_inclination("trunk", body, np.ones(1), Side.LEFT).value[0] == 0.0
    assert segment_inclination("trunk", body, np.ones(1), Side.RIGHT).value[0] == pytest.approx(
        45.0
    )


@pytest.mark.parametrize(("forward", "ear_x"), [(1.0, 515.0), (-1.0, 485.0)])
def test_an_ear_ahead_of_the_shoulder_is_positive_in_body_heights(
    forward: float, ear_x: float
) -> None:
    body = still({"left_ear": (ear_x, 100), "left_shoulder": (500, 160)})

    found = head_ahead(body, np.array([forward]), Side.LEFT, body_height_px=500.0)

    assert found.value[0] == pytest.approx(0.03)
    assert found.unit == "body_height"


def test_a_shoulder_or_an_ear_out_of_sight_gives_nan_not_zero() -> None:
    nowhere = (math.nan, math.nan)
    body = still({"right_ear": nowhere, "right_shoulder": (500, 160), "right_hip": nowhere})

    assert np.isnan(segment_inclination("trunk", body, np.ones(1), Side.RIGHT).value[0])
    assert np.isnan(head_ahead(body, np.ones(1), Side.RIGHT, 500.0).value[0])
