"""Real folds and standing, held against what a person reads off them by eye; and bends trimmed."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posture import Analysis
from posture.pipeline import analyse_landmarks
from posture.types import Activity, EventKind, Landmarks, Level, Link, Measure, Quality, Reason
from tests.clips import analysed

SAMPLES = Path(__file__).parent.parent / "samples"
FOLDS = ("fold_a_knees_first_soft", "fold_b_arms_up", "fold_c_ends_at_bottom")


def eye(shared: Path, name: str) -> dict[str, Any]:
    """What a person reads off the clip."""
    text = (shared / "clips" / "real-landmarks" / "expected.toml").read_text("utf-8")
    read: dict[str, Any] = tomllib.loads(text)[name]
    return read


def clip(shared: Path, name: str) -> Analysis:
    return analysed(shared / "clips" / "real-landmarks" / f"{name}.npz")


def of(analysis: Analysis, activity: Activity, name: str) -> list[Measure]:
    return [m for m in analysis.measures if (m.activity, m.name) == (activity, name)]


def bend_of(analysis: Analysis) -> dict[str, Measure]:
    return {m.name: m for m in analysis.measures if m.activity is Activity.FORWARD_BEND}


def part(whole: Landmarks, first: int, stop: int) -> Landmarks:
    """The same clip, trimmed."""
    span = slice(first, stop)
    time_s = whole.time_s[span] - whole.time_s[first]
    return replace(
        whole,
        time_s=time_s,
        xy_px=whole.xy_px[span],
        visibility=whole.visibility[span],
        world_m=None if whole.world_m is None else whole.world_m[span],
        outlines=whole.outlines[span],
        footage=None,
        facts=(),
        clip=replace(whole.clip, frames=stop - first, duration_s=float(time_s[-1])),
    )


# --- real folds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOLDS)
def test_a_real_fold_is_a_forward_bend_with_numbers(shared: Path, name: str) -> None:
    found = clip(shared, name)

    assert eye(shared, name)["activity"] == "forward_bend"
    bends = [s for s in found.segments if s.activity is Activity.FORWARD_BEND]
    assert len(bends) == 1
    named = bend_of(found)
    for measure in ("fingertip_floor", "trunk_flexion", "knee_bend"):
        assert named[measure].quality is not Quality.MISSING
    assert named["trunk_flexion"].value > 110


@pytest.mark.parametrize("name", FOLDS)
def test_knees_that_are_straight_in_the_picture_withhold_nothing(shared: Path, name: str) -> None:
    found = clip(shared, name)

    reasons = {m.reason.code for m in found.measures if m.reason is not None}
    assert "knees_bent_in_bend" not in reasons
    hamstring = next(f for f in found.assessment.findings if f.link is Link.HAMSTRING)
    assert hamstring.probability is not None
    assert hamstring.probability < 0.5
    assert hamstring.level is not Level.SUGGESTED


def test_hands_that_reach_the_floor_are_at_it_and_hands_on_the_calves_are_not(
    shared: Path,
) -> None:
    for name in FOLDS[:2]:
        reach = bend_of(clip(shared, name))["fingertip_floor"]
        assert (reach.value == 0) is eye(shared, name)["fingertips_at_floor"]


# --- arms, and outlines that are no back ----------------------------------------------------------


def test_raised_arms_never_lean_the_trunk_back(shared: Path) -> None:
    low, high = eye(shared, "fold_b_arms_up")["trunk_lean_standing_deg"]

    found = of(clip(shared, "fold_b_arms_up"), Activity.STANDING, "trunk_lean")

    assert all(low <= m.value <= high for m in found if m.quality is not Quality.MISSING)
    assert any(m.reason == Reason("arms_up_in_standing") for m in found)


def test_standing_is_cut_where_the_arms_go_up(shared: Path) -> None:
    found = clip(shared, "fold_c_ends_at_bottom")

    fates = [m.quality for m in of(found, Activity.STANDING, "head_forward")]
    assert fates[0] is Quality.GOOD
    assert set(fates[1:]) == {Quality.MISSING}


def test_an_outline_that_is_no_back_has_no_lumbar_curve(shared: Path) -> None:
    low, high = eye(shared, "stand_a")["lumbar_curve_deg"]

    for curve in of(clip(shared, "stand_a"), Activity.STANDING, "lumbar_curve"):
        assert curve.quality is Quality.MISSING or low <= curve.value <= high
    covered = of(clip(shared, "stand_a"), Activity.STANDING, "thoracic_rounding")
    assert any(m.reason == Reason("back_not_a_back") for m in covered)


# --- siblings: one bend of known depth, trimmed at every place ------------------------------------

TRIMMED = ("from the bottom", "to the bottom", "only the hold", "no standing", "0.2 s of standing")


def trimmed(whole: Analysis, how: str) -> Analysis:
    times: dict[EventKind, float] = {e.kind: e.time_s for e in whole.events}
    time_s, last = whole.landmarks.time_s, len(whole.landmarks.time_s)

    def at(kind: EventKind, later_s: float) -> int:
        return int(np.searchsorted(time_s, times[kind] + later_s))

    start, stop = {
        "from the bottom": (at(EventKind.BEND_HOLD_START, 0.1), last),
        "to the bottom": (0, at(EventKind.BEND_HOLD_END, 0.0)),
        "only the hold": (at(EventKind.BEND_HOLD_START, 0.05), at(EventKind.BEND_HOLD_END, 0.0)),
        "no standing": (at(EventKind.BEND_START, 0.1), at(EventKind.BEND_END, -0.1)),
        "0.2 s of standing": (at(EventKind.BEND_START, -0.2), at(EventKind.BEND_END, -0.1)),
    }[how]
    return analyse_landmarks(part(whole.landmarks, start, stop))


@pytest.mark.slow
@pytest.mark.parametrize("how", TRIMMED)
@pytest.mark.parametrize("sample", ["forward_bend", "forward_bend_calf", "forward_bend_free"])
def test_a_trimmed_bend_says_the_same_within_its_wider_error(sample: str, how: str) -> None:
    whole = analysed(SAMPLES / f"{sample}.mp4")
    true, found = bend_of(whole), bend_of(trimmed(whole, how))

    for name in ("fingertip_floor", "reach_fraction", "knee_bend", "trunk_flexion"):
        assert found[name].quality is not Quality.MISSING
        assert abs(found[name].value - true[name].value) < 2 * found[name].sd, name
    for name in ("pelvis_on_thigh_flexion", "pelvic_rotation", "lumbar_flexion"):
        assert abs(found[name].value - true[name].value) < 2 * found[name].sd, name
        if how in {"only the hold", "no standing"}:
            assert found[name].reason == Reason("bend_without_standing")
            assert found[name].sd > 1.4 * true[name].sd


@pytest.mark.slow
def test_a_bend_that_comes_again_is_two_bends_and_their_middle() -> None:
    once = analysed(SAMPLES / "forward_bend.mp4").landmarks
    again_s = once.time_s + once.time_s[-1] + (once.time_s[1] - once.time_s[0])
    twice = replace(
        once,
        time_s=np.concatenate([once.time_s, again_s]),
        xy_px=np.concatenate([once.xy_px, once.xy_px]),
        visibility=np.concatenate([once.visibility, once.visibility]),
        world_m=None,
        outlines=once.outlines * 2,
        footage=None,
    )

    found = analyse_landmarks(twice)

    assert [s.activity for s in found.segments].count(Activity.FORWARD_BEND) == 2
    hips = of(found, Activity.FORWARD_BEND, "pelvis_on_thigh_flexion")
    assert [m.segment is None for m in hips].count(True) == 1
    assert max(m.value for m in hips) - min(m.value for m in hips) < 5
