"""A limping, step-to, very slow or very short-stepped walk is a walk, measured and marked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture import Analysis, analyse_landmarks
from posture.types import Activity, Landmarks, Measure, Quality, Side
from tests.make import SIDE_ON, Camera, Flaws, filmed, mirrored, seconds
from tests.stick import Gait, walking

ACROSS = Camera(size_px=(3600, 1080))
PLAIN = Flaws(outline=False)
UNSTEADY = Flaws(noise=0.003, seed=4, outline=False)
RATE_HZ = 60.0
LEG = ("knee", "ankle", "heel", "foot_index")


def late(lag_s: float, flaws: Flaws = UNSTEADY) -> Landmarks:
    """A walk on a belt whose left foot does everything `lag_s` late."""
    stroll = walking(seconds(7.0, RATE_HZ), Gait(treadmill=True))
    clip = filmed(stroll.figure, SIDE_ON, flaws)
    frames = round(lag_s * RATE_HZ)
    xy_px = clip.xy_px.copy()
    if frames:
        for part in LEG:
            column = clip.names.index(f"left_{part}")
            xy_px[frames:, column] = clip.xy_px[:-frames, column]
    return replace(clip, xy_px=xy_px)


def step_to(flaws: Flaws = UNSTEADY) -> Landmarks:
    """A walk on a belt in which the right foot only comes up to the left one."""
    stroll = walking(seconds(7.0, RATE_HZ), Gait(treadmill=True))
    clip = filmed(stroll.figure, SIDE_ON, flaws)
    xy_px = clip.xy_px.copy()
    hips = clip.point("right_hip")[:, 0]
    for part in LEG:
        column = clip.names.index(f"right_{part}")
        ahead = xy_px[:, column, 0] - hips
        xy_px[:, column, 0] -= 0.5 * np.maximum(ahead, 0.0)
    for part in LEG:
        column = clip.names.index(f"left_{part}")
        behind = xy_px[:, column, 0] - hips
        xy_px[:, column, 0] -= 0.5 * np.minimum(behind, 0.0)
    return replace(clip, xy_px=xy_px)


def gait(gait: Gait) -> Landmarks:
    return filmed(walking(seconds(9.0, RATE_HZ), gait).figure, ACROSS, UNSTEADY)


def told(analysis: Analysis) -> set[str]:
    return {m.reason.code for m in analysis.measures if m.reason is not None}


def named(analysis: Analysis, name: str, side: Side | None = None) -> Measure:
    return next(m for m in analysis.measures if m.name == name and side in {None, m.side})


UNEVEN = {
    "one foot lands late": late(0.13),
    "the other foot does": mirrored(late(0.13)),
    "step-to": step_to(),
    "very slow": gait(Gait(stride_s=2.4, stride_length=0.44, lead=0.075, stance=0.74)),
    "very short steps": gait(Gait(stride_s=1.2, stride_length=0.28, lead=0.05, stance=0.70)),
}


@pytest.mark.parametrize("clip", UNEVEN.values(), ids=UNEVEN.keys())
def test_such_a_walk_is_measured_and_marked(clip: Landmarks) -> None:
    analysis = analyse_landmarks(clip)

    assert [s.activity for s in analysis.segments] == [Activity.WALKING]
    assert np.isfinite(named(analysis, "cadence").value)
    for name in ("peak_dorsiflexion", "heel_off"):
        marked = named(analysis, name)
        assert marked.quality is Quality.SUSPECT
        assert marked.reason is not None
        assert marked.reason.code == "walk_limps"
    assert {f.kind for f in analysis.facts} == set()


def test_the_steps_of_a_limp_are_its_own() -> None:
    analysis = analyse_landmarks(late(0.13))

    left, right = (named(analysis, "step_time", side) for side in (Side.LEFT, Side.RIGHT))
    assert left.value == pytest.approx(0.55 + 0.13, abs=0.03)
    assert right.value == pytest.approx(0.55 - 0.13, abs=0.03)
    assert named(analysis, "cadence").value == pytest.approx(120 / 1.1, rel=0.02)


@pytest.mark.parametrize("lag_s", [0.0, 0.017, 0.033])
def test_steps_as_uneven_as_healthy_people_s_are_no_limp(lag_s: float) -> None:
    assert "walk_limps" not in told(analyse_landmarks(late(lag_s)))


def test_a_slow_stroll_is_no_limp() -> None:
    stroll = gait(Gait(stride_s=1.4, stride_length=0.62, lead=0.105))

    assert "walk_limps" not in told(analyse_landmarks(stroll))
