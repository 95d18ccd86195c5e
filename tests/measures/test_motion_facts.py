"""Slow motion and time lapse are noticed by how people walk; a slow walker is not taken for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture import Analysis, Settings, analyse_landmarks
from posture.landmarks.store import load_landmarks
from posture.types import Fact, FactKind, Landmarks, Measure, Quality
from tests.make import SIDE_ON, Camera, Flaws, filmed, retimed, seconds
from tests.stick import RUN, Gait, walking

PLAIN = Flaws(outline=False)
ACROSS = Camera(size_px=(3600, 1080))
SAMPLE = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
TRUE_SPEED = {
    "usual": Gait(),
    "treadmill": Gait(treadmill=True),
    "quick": Gait(stride_s=0.86),
    "slow": Gait(stride_s=1.5, stride_length=0.62, lead=0.105, stance=0.66),
    "50 steps a minute, short": Gait(stride_s=2.4, stride_length=0.36, lead=0.06, stance=0.77),
    "very short steps": Gait(stride_s=1.3, stride_length=0.28, lead=0.05, stance=0.70),
}


def played(gait: Gait, speed: float, lasts_s: float = 8.0) -> Landmarks:
    """A clip of 30 pictures a second that plays at `speed`."""
    camera = SIDE_ON if gait.treadmill else ACROSS
    clip = filmed(walking(seconds(lasts_s, 30.0 / speed), gait).figure, camera, PLAIN)
    time_s = clip.time_s / speed
    told = replace(clip.clip, duration_s=float(time_s[-1]))
    return replace(retimed(clip, time_s), clip=told)


def pace(analysis: Analysis) -> Fact | None:
    odd = {FactKind.SLOWED_DOWN, FactKind.SPED_UP}
    return next((fact for fact in analysis.facts if fact.kind in odd), None)


def named(analysis: Analysis, name: str) -> Measure:
    return next(m for m in analysis.measures if m.name == name)


@pytest.mark.parametrize("gait", TRUE_SPEED.values(), ids=TRUE_SPEED.keys())
def test_at_true_speed_nothing_is_said(gait: Gait) -> None:
    assert pace(analyse_landmarks(played(gait, 1.0))) is None


def test_a_run_at_true_speed_is_not_sped_up() -> None:
    assert pace(analyse_landmarks(played(RUN, 1.0))) is None


@pytest.mark.parametrize(
    ("gait", "speed"), [("usual", 0.5), ("treadmill", 0.5), ("usual", 0.25), ("quick", 0.25)]
)
def test_in_slow_motion_times_are_missing_and_angles_stay(gait: str, speed: float) -> None:
    slow = analyse_landmarks(played(TRUE_SPEED[gait], speed, lasts_s=5.0))
    fact = pace(slow)

    assert fact is not None
    assert (fact.kind, fact.reason.code) == (FactKind.SLOWED_DOWN, "fact_slowed_down")
    assert fact.probability > 0.8
    for name in ("cadence", "stride_time", "step_time", "heel_rise_rate"):
        measure = named(slow, name)
        assert measure.quality is Quality.MISSING
        assert measure.reason == fact.reason
    for name in ("stance_share", "peak_dorsiflexion", "trailing_limb_angle"):
        assert np.isfinite(named(slow, name).value)


def test_a_time_lapse_is_noticed_as_well() -> None:
    fast = analyse_landmarks(played(Gait(), 2.0))
    fact = pace(fast)

    assert fact is not None
    assert fact.kind is FactKind.SPED_UP
    assert named(fast, "cadence").quality is Quality.MISSING


def test_with_the_speed_given_it_is_the_walk_at_true_speed_in_the_clip_s_own_time() -> None:
    usual = analyse_landmarks(played(Gait(), 1.0))
    slow = analyse_landmarks(played(Gait(), 0.5), Settings(speed=0.5))
    fact = pace(slow)

    assert fact is not None
    assert fact.reason.code == "fact_slowed_down_given"
    assert fact.spans_s[0][1] == pytest.approx(slow.clip.duration_s)
    for name in ("cadence", "stride_time", "step_length", "walking_speed", "stance_share"):
        assert named(slow, name).value == pytest.approx(named(usual, name).value, rel=0.02)
        assert named(slow, name).quality is named(usual, name).quality
    for early, late in zip(usual.events, slow.events, strict=True):
        assert late.time_s == pytest.approx(2 * early.time_s, abs=0.03)
    assert slow.landmarks.time_s[-1] == pytest.approx(2 * usual.landmarks.time_s[-1], abs=0.1)
    assert slow.signals[0].time_s[-1] == pytest.approx(slow.landmarks.time_s[-1])
    assert slow.walks[0].strides[0].end_s == pytest.approx(
        2 * usual.walks[0].strides[0].end_s, abs=0.05
    )


def test_a_speed_of_one_given_is_believed() -> None:
    believed = analyse_landmarks(played(Gait(), 0.5), Settings(speed=1.0))

    assert pace(believed) is None
    assert named(believed, "cadence").quality is not Quality.MISSING


def test_the_stored_walk_is_at_true_speed() -> None:
    assert pace(analyse_landmarks(load_landmarks(SAMPLE))) is None
