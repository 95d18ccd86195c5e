"""Bodies: what they are asked to be, and that they do what the pose says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.truth.body.figure import Figure
from posture.truth.body.looks import Look, Outfit
from posture.truth.body.pose import ArmPose, LegPose, Pose
from posture.truth.body.shapes import Traits, normals_of, template
from posture.types import Floats

WOMAN = Traits(gender=1.0)


@pytest.fixture(scope="module")
def figure() -> Figure:
    return Figure(WOMAN, pelvis_line_deg=9.0)


def lean_deg(upper: Floats, lower: Floats) -> float:
    off = upper - lower
    return math.degrees(math.atan2(-off[1], off[2]))


def test_an_adult_is_as_tall_as_adults_are() -> None:
    heights = [
        Figure(Traits(gender=gender, height=height)).height_m
        for gender in (0.0, 1.0)
        for height in (0.3, 0.46)
    ]

    assert all(1.45 < height < 1.95 for height in heights)
    assert heights == sorted(heights[:2]) + sorted(heights[2:])


def test_everything_that_is_wrong_with_traits_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"age 0\.1 .*weight 2\.0 .*unknown local change 'tail'"):
        Traits(gender=1.0, age=0.1, weight=2.0, local={"tail": 0.5})


def test_the_mesh_is_closed_and_its_normals_point_outwards(figure: Figure) -> None:
    normals = normals_of(figure.vertices, template())
    grown = figure.vertices + 0.01 * normals

    assert np.ptp(grown[:, 2]) > np.ptp(figure.vertices[:, 2])
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize(("thigh", "shank"), [(0.0, 0.0), (-30.0, 25.0), (14.0, 20.0)])
def test_a_leg_leans_as_told(figure: Figure, thigh: float, shank: float) -> None:
    figure.take(Pose(right=LegPose(thigh=thigh, shank=shank)))
    points = figure.points(figure.vertices)

    assert lean_deg(points["right_hip"], points["right_knee"]) == pytest.approx(thigh, abs=0.05)
    assert lean_deg(points["right_knee"], points["right_ankle"]) == pytest.approx(shank, abs=0.05)


@pytest.mark.parametrize("pelvis", [-10.0, 0.0, 25.0])
def test_the_pelvis_turns_as_told_and_its_line_with_it(figure: Figure, pelvis: float) -> None:
    figure.take(Pose(pelvis=pelvis))
    points = figure.points(figure.vertices)
    line = points["asis"] - points["psis"]

    slope = math.degrees(math.atan2(-line[2], -line[1]))

    assert slope == pytest.approx(9.0 + pelvis, abs=1e-6)


def test_the_legs_stay_when_the_pelvis_turns(figure: Figure) -> None:
    figure.take(Pose())
    before = figure.points(figure.vertices)
    figure.take(Pose(pelvis=20.0))
    after = figure.points(figure.vertices)

    for point in ("knee", "ankle", "heel"):
        off = after[f"left_{point}"] - after["left_hip"]
        assert off == pytest.approx(before[f"left_{point}"] - before["left_hip"])


def test_the_upper_back_turns_by_pelvis_and_spine_together(figure: Figure) -> None:
    def shoulder_turn(pose: Pose) -> float:
        figure.take(pose)
        off = figure.joint("neck01") - figure.joint("spine01")
        return lean_deg(off, np.zeros(3))

    bent = Pose(pelvis=42.0, lumbar=50.0, thorax=23.0)

    assert bent.upper_trunk == 115.0
    assert shoulder_turn(bent) - shoulder_turn(Pose()) == pytest.approx(115.0, abs=0.01)


def test_both_sides_of_a_symmetrical_pose_are_alike(figure: Figure) -> None:
    arm = ArmPose(upper=-20.0, elbow=40.0)
    figure.take(Pose(left_arm=arm, right_arm=arm, pelvis=5.0))
    points = figure.points(figure.vertices)

    for point in ("wrist", "knee", "shoulder", "fingertip"):
        left, right = points[f"left_{point}"], points[f"right_{point}"]
        assert left[1:] == pytest.approx(right[1:], abs=0.01)
        assert left[0] == pytest.approx(-right[0], abs=0.01)


def back_gap_m(top: str, figure: Figure) -> float:
    """How far the back's edge lies in front of a straight line down it, at the waist."""
    outfit = Outfit(figure, replace(Look(), top=top))  # type: ignore[arg-type]
    figure.take(Pose(lumbar=-12.0, thorax=10.0))
    placed = outfit.posed()
    middle = np.abs(placed[:, 0]) < 0.06
    hips, neck = figure.joint("root")[2], figure.joint("neck01")[2]

    def edge(low: float, high: float) -> float:
        z = placed[:, 2]
        ring = middle & (z > hips + low * (neck - hips)) & (z < hips + high * (neck - hips))
        return float(placed[ring, 1].max())

    return max(edge(-0.1, 0.1), edge(0.6, 0.8)) - edge(0.3, 0.4)


def test_a_hanging_top_hides_the_hollow_of_the_back(figure: Figure) -> None:
    assert back_gap_m("hanging", figure) < 0.5 * back_gap_m("fitted", figure)


def test_clothes_lie_outside_of_the_body(figure: Figure) -> None:
    dressed = Outfit(figure, replace(Look(), barefoot=True))
    normals = normals_of(figure.vertices, template())

    out = np.einsum("ij,ij->i", dressed.surface - figure.vertices, normals)

    assert out.min() > -1e-6
    assert out.max() > 0.004
