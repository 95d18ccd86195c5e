"""The leg's back edge: the knee of drawn legs of known angle, wherever the points lie."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.signals.leg_edge import knee_edge
from posture.types import OUTLINE_STEPS_PER_PX, Floats, Landmarks, Side
from tests.make import still

ANKLE = np.array([500.0, 900.0])
LONG_PX = 200.0
HALF_WIDE_PX = 35.0


def up(lean_deg: float) -> Floats:
    """From a joint up the segment, for somebody who faces right: forward lean to the right."""
    return np.array([math.sin(math.radians(lean_deg)), -math.cos(math.radians(lean_deg))])


def leg(knee_deg: float, *, hip_back_px: float = 0.0, skirt_px: float = 0.0) -> Landmarks:
    """A leg of two straight columns; `hip_back_px` slides the point, never the outline."""
    shank, thigh = up(2.0), up(2.0 - knee_deg)
    knee = ANKLE + LONG_PX * shank
    hip = knee + LONG_PX * thigh

    def square(lean: Floats, px: float) -> Floats:
        return np.array([-lean[1], lean[0]]) * px  # to the front

    top = hip + 40 * thigh
    sole = ANKLE - 40 * shank
    back = [
        sole - square(shank, HALF_WIDE_PX),
        knee - square((shank + thigh) / 2, HALF_WIDE_PX),
        top - square(thigh, HALF_WIDE_PX),
    ]
    if skirt_px:
        hem = knee + 0.05 * LONG_PX * thigh
        back[1:1] = [knee - square(shank, HALF_WIDE_PX), hem - square(thigh, skirt_px)]
        del back[3]
    front = [
        top + square(thigh, HALF_WIDE_PX),
        knee + square((shank + thigh) / 2, HALF_WIDE_PX),
        sole + square(shank, HALF_WIDE_PX),
    ]
    points = {
        "right_hip": tuple(hip - np.array([hip_back_px, 0.0])),
        "right_knee": tuple(knee),
        "right_ankle": tuple(ANKLE),
    }
    drawn = np.array([*back, *front]) * OUTLINE_STEPS_PER_PX
    return replace(still(points), outlines=(drawn.round().astype(np.int16),))


@pytest.mark.parametrize("knee_deg", [0.0, 8.0, 20.0, 35.0])
@pytest.mark.parametrize("hip_back_px", [0.0, 20.0, 30.0])
def test_the_edge_reads_the_knee_wherever_the_hip_point_slides(
    knee_deg: float, hip_back_px: float
) -> None:
    made = leg(knee_deg, hip_back_px=hip_back_px)

    found = knee_edge(made, np.array([1.0]), Side.RIGHT, 0)

    assert found is not None
    assert found.knee_deg == pytest.approx(knee_deg, abs=2.0)


def test_a_skirt_is_no_leg_and_without_an_outline_there_is_no_edge() -> None:
    skirted = leg(0.0, skirt_px=110.0)

    assert knee_edge(skirted, np.array([1.0]), Side.RIGHT, 0) is None
    bare = still({"right_hip": (500, 500), "right_knee": (500, 700), "right_ankle": (500, 900)})
    assert knee_edge(bare, np.array([1.0]), Side.RIGHT, 0) is None
