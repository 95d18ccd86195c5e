"""Standing: chosen poses are read back, and the doubt falls with the seconds, not the frames."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.settings import StandingSettings
from posture.measures.standing import (
    standing_measures,
    standing_signals,
)
from posture.types import Activity, Facing, Floats, Measure, Quality
from tests.make import SIDE_ON, Camera, Flaws, filmed, seconds, taken
from tests.stick import LEG_LENGTH, NECK, STANDING, Figure, Pose, standing

PLAIN = Flaws(outline=False)
POSES = {
    "usual": STANDING,
    "hyperextended": replace(STANDING, shank_deg=-4.0, knee_deg=-9.0, trunk_deg=-5.0),
    "leaning": replace(STANDING, trunk_deg=11.0, head_deg=25.0),
    "flat": replace(STANDING, sacrum_deg=8.0, junction_deg=-3.0, thorax_deg=12.0),
}


def found(pose: Pose, camera: Camera = SIDE_ON) -> dict[str, Measure]:
    take = taken(filmed(standing(seconds(1.0), pose), camera), Activity.STANDING)
    return {m.name: m for m in standing_measures(take)}


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
def test_a_pose_is_read_back(pose: Pose, facing: Facing) -> None:
    measures = found(pose, Camera(facing=facing))

    assert measures["trunk_lean"].value == pytest.approx(pose.trunk_deg, abs=0.01)
    assert measures["knee_flexion"].value == pytest.approx(pose.knee_deg, abs=0.01)
    assert measures["shank_lean"].value == pytest.approx(pose.shank_deg, abs=0.01)
    assert measures["head_forward"].value == pytest.approx(
        NECK * math.sin(math.radians(pose.head_deg)), abs=2e-4
    )
    # the leg is 2 % short, for the heel point lies above the floor
    assert measures["pelvic_shift"].value == pytest.approx(pose.hip[0] / LEG_LENGTH, rel=0.03)
    assert measures["lumbar_curve"].value == pytest.approx(
        pose.sacrum_deg - pose.junction_deg, abs=1.0
    )
    assert measures["thoracic_rounding"].value == pytest.approx(
        pose.thorax_deg - pose.junction_deg, abs=1.0
    )


def test_the_pelvis_tilts_as_the_outline_over_the_sacrum_does() -> None:
    tucked = replace(STANDING, sacrum_deg=STANDING.sacrum_deg - 12.0)

    change = found(STANDING)["pelvic_tilt"].value - found(tucked)["pelvic_tilt"].value

    assert change == pytest.approx(12.0, abs=0.5)


def test_pelvic_tilt_carries_the_5_degrees_of_bone_shape_that_no_outline_shows() -> None:
    tilt = found(STANDING)["pelvic_tilt"]

    assert tilt.spread["bone_shape"] == 5.0
    assert tilt.sd > 10.0


def test_a_leaning_trunk_alone_does_not_tilt_the_pelvis() -> None:
    leaning = replace(STANDING, trunk_deg=9.0)

    assert found(leaning)["pelvic_tilt"].value == pytest.approx(
        found(STANDING)["pelvic_tilt"].value, abs=0.5
    )


def swaying(levels_deg: list[float], rate_hz: float = 30.0) -> Figure:
    """One trunk lean a second."""
    time_s = seconds(float(len(levels_deg)), rate_hz)
    figure = standing(time_s)
    lean = np.radians(np.repeat(levels_deg, round(rate_hz)))
    points = dict(figure.points)
    for side in ("left", "right"):
        hip = points[f"{side}_hip"]
        offset: Floats = 0.288 * np.column_stack([np.sin(lean), np.cos(lean), 0 * lean])
        points[f"{side}_shoulder"] = np.column_stack([(hip + offset)[:, :2], hip[:, 2]])
    return replace(figure, points=points)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_doubt_falls_with_the_root_of_the_seconds_not_of_the_frames(rate_hz: float) -> None:
    # One level a second, alternating 1 and 3: 8 blocks, sd of the levels sqrt(8/7).
    take = taken(filmed(swaying([1.0, 3.0] * 4, rate_hz), SIDE_ON, PLAIN), Activity.STANDING)

    lean = next(m for m in standing_measures(take) if m.name == "trunk_lean")

    assert lean.spread["sway"] == pytest.approx(math.sqrt(8 / 7) / math.sqrt(8), rel=0.01)


def test_the_median_second_is_the_value() -> None:
    take = taken(filmed(swaying([2.0, 2.0, 9.0]), SIDE_ON, PLAIN), Activity.STANDING)

    lean = next(m for m in standing_measures(take) if m.name == "trunk_lean")

    assert lean.value == pytest.approx(2.0, abs=0.05)


def test_a_single_picture_s_extra_doubt_is_a_setting() -> None:
    take = taken(filmed(standing(np.zeros(1))), Activity.STANDING)

    once, twice = (
        next(
            m
            for m in standing_measures(take, StandingSettings(still_picture_factor=factor))
            if m.name == "knee_flexion"
        )
        for factor in (1.0, 2.0)
    )

    assert once.quality is Quality.SUSPECT
    assert twice.spread["single_picture"] == pytest.approx(2 * once.spread["single_picture"])


def test_the_signals_are_known_over_the_take_and_nowhere_else() -> None:
    take = taken(filmed(standing(seconds(2.0))), Activity.STANDING)
    part = replace(take, segment=replace(take.segment, frames=(20, 40)))

    for signal in standing_signals(part):
        assert np.flatnonzero(np.isfinite(signal.value)).tolist() == list(range(20, 40))
