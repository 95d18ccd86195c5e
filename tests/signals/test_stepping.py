"""Forwards or backwards, walk or run: by how feet and body move, whichever leg is called left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.landmarks.store import load_landmarks
from posture.signals.activity import segments_of
from posture.signals.clean import clean
from posture.signals.frame import forward_sign, leg_length_px
from posture.signals.gait import backward_steps, steps_too_quick
from posture.signals.stepping import bounce, steps_per_min, swing_forward
from posture.types import Activity, Facing, Landmarks, Side
from tests.make import SIDE_ON, Camera, Flaws, analysed, filmed, mirrored, retimed, seconds
from tests.stick import RUN, Gait, bending, running, standing, walking

ACROSS = Camera(size_px=(3600, 1080))
PLAIN = Flaws(outline=False)
UNSTEADY = Flaws(noise=0.004, outline=False)
GAITS = {
    "usual": Gait(),
    "treadmill": Gait(treadmill=True),
    "quick, 144 steps a minute": Gait(stride_s=0.833, stance=0.58, hip_height=0.495),
    "slow and short": Gait(stride_s=1.5, stride_length=0.62, lead=0.105),
    "very short steps": Gait(stride_s=1.3, stride_length=0.28, lead=0.05),
    "very slow": Gait(stride_s=2.2, stride_length=0.5, lead=0.085, stance=0.66),
}
JOG = replace(RUN, stride_s=0.86, stride_length=0.95, lead=0.10, stance=0.42)  # 140 steps a minute
SAMPLE = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"


def played_backwards(clip: Landmarks) -> Landmarks:
    return replace(
        clip,
        xy_px=clip.xy_px[::-1].copy(),
        visibility=clip.visibility[::-1].copy(),
        world_m=None,
        outlines=clip.outlines[::-1],
    )


def there_and_back_in_time(clip: Landmarks) -> Landmarks:
    half = len(clip.time_s) // 2
    order = np.concatenate([np.arange(half), np.arange(half)[::-1]])
    return replace(
        clip,
        time_s=clip.time_s[: len(order)],
        xy_px=clip.xy_px[order],
        visibility=clip.visibility[order],
        world_m=None,
        outlines=tuple(clip.outlines[i] for i in order),
    )


def backwards(clip: Landmarks) -> tuple[tuple[tuple[float, float], ...], float]:
    cleaned = clean(clip).landmarks
    return backward_steps(cleaned, forward_sign(cleaned))


def shown(clip: Landmarks) -> list[Activity]:
    return [a for a in analysed(clip).activities if a is not Activity.OTHER]


@pytest.mark.parametrize("flaws", [PLAIN, UNSTEADY], ids=["plain", "unsteady"])
@pytest.mark.parametrize("gait", GAITS.values(), ids=GAITS.keys())
def test_a_walk_of_any_kind_is_a_walk_and_goes_forwards(gait: Gait, flaws: Flaws) -> None:
    camera = SIDE_ON if gait.treadmill else ACROSS
    clip = filmed(walking(seconds(6.0), gait).figure, camera, flaws)

    assert shown(clip) == [Activity.WALKING]
    assert backwards(clip) == ((), 0.0)


@pytest.mark.parametrize("flaws", [PLAIN, UNSTEADY], ids=["plain", "unsteady"])
@pytest.mark.parametrize("gait", [RUN, JOG], ids=["run", "slow jog"])
def test_a_run_of_any_pace_is_a_run_and_goes_forwards(gait: Gait, flaws: Flaws) -> None:
    clip = filmed(walking(seconds(5.0), gait).figure, ACROSS, flaws)

    assert shown(clip) == [Activity.RUNNING]
    assert backwards(clip) == ((), 0.0)


@pytest.mark.parametrize("gait", list(GAITS.values())[:4], ids=list(GAITS)[:4])
@pytest.mark.parametrize("facing", [Facing.RIGHT, Facing.LEFT])
def test_a_walk_played_backwards_is_named_and_none_of_it_measured(
    gait: Gait, facing: Facing
) -> None:
    camera = SIDE_ON if gait.treadmill else ACROSS
    clip = played_backwards(filmed(walking(seconds(6.0), gait).figure, camera, UNSTEADY))
    clip = mirrored(clip) if facing is Facing.LEFT else clip

    spans, chance = backwards(clip)

    assert chance > 0.8
    assert sum(b - a for a, b in spans) > 4.5
    assert shown(clip) == []


def test_of_a_clip_that_plays_there_and_back_the_way_there_is_the_walk() -> None:
    whole = filmed(walking(seconds(8.0), Gait(treadmill=True)).figure, SIDE_ON, UNSTEADY)
    clip = there_and_back_in_time(whole)

    ((start_s, end_s),), chance = backwards(clip)
    walks = [s for s in analysed(clip).segments if s.activity is Activity.WALKING]

    assert chance > 0.8
    assert start_s == pytest.approx(4.0, abs=0.35)
    assert end_s > 7.3
    assert len(walks) == 1
    assert clip.time_s[walks[0].frames[1] - 1] <= start_s


def test_standing_and_bending_step_nowhere() -> None:
    for figure in (standing(seconds(5.0)), bending(seconds(9.0))):
        assert backwards(filmed(figure, SIDE_ON, UNSTEADY)) == ((), 0.0)


def test_a_walker_is_highest_as_the_legs_pass_and_a_runner_as_they_part() -> None:
    walk = filmed(walking(seconds(5.0)).figure, ACROSS, PLAIN)
    run = filmed(running(seconds(5.0)).figure, ACROSS, PLAIN)

    def up(clip: Landmarks) -> float:
        frames = (0, len(clip.time_s))
        return bounce(clip, frames, leg_length_px(clip, frames, Side.RIGHT))

    assert up(walk) < -0.5
    assert up(run) > 0.5


def test_names_that_are_exchanged_change_nothing() -> None:
    clip = load_landmarks(SAMPLE)
    forward = forward_sign(clip)
    pairs = [
        (clip.names.index(f"left_{p}"), clip.names.index(f"right_{p}"))
        for p in ("knee", "ankle", "heel", "foot_index")
    ]
    xy = clip.xy_px.copy()
    for left, right in pairs:
        xy[:, [left, right]] = xy[:, [right, left]]

    first = swing_forward(clip, forward).value
    second = swing_forward(replace(clip, xy_px=xy), forward).value

    assert np.allclose(first, second, equal_nan=True)


def test_too_little_seen_says_nothing() -> None:
    clip = filmed(walking(seconds(0.2)).figure, ACROSS, PLAIN)

    assert np.isnan(swing_forward(clip, np.ones(len(clip.time_s))).value).all()
    assert np.isnan(bounce(clip, (0, 3), 100.0))


def test_a_stretch_that_goes_backwards_is_no_test() -> None:
    clip = played_backwards(load_landmarks(SAMPLE))
    cleaned = clean(clip).landmarks

    kinds = {s.activity for s in segments_of(cleaned, forward_sign(cleaned))}

    assert kinds == {Activity.OTHER}


@pytest.mark.parametrize("pace", [0.9, 1.0, 2.0])
def test_the_legs_tell_how_often_they_step(pace: float) -> None:
    clip = filmed(walking(seconds(6.0, 60.0), Gait(stride_s=1.1 / pace)).figure, ACROSS, UNSTEADY)
    frames = (0, len(clip.time_s))

    found = steps_per_min(clip, frames, leg_length_px(clip, frames, Side.RIGHT))

    assert found == pytest.approx(120 * pace / 1.1, rel=0.03)


def test_steps_faster_than_anybody_s_are_neither_walk_nor_run() -> None:
    clip = filmed(walking(seconds(5.0, 60.0), Gait(treadmill=True)).figure, SIDE_ON, PLAIN)
    fast = retimed(clip, clip.time_s / 3)
    cleaned = clean(fast).landmarks

    assert shown(fast) == []
    assert len(steps_too_quick(cleaned, forward_sign(cleaned))) == 1


def test_a_walk_that_goes_on_past_a_moment_of_unknown_facing_is_a_walk() -> None:
    clip = filmed(walking(seconds(6.0), Gait(treadmill=True)).figure, SIDE_ON, PLAIN)
    xy = clip.xy_px.copy()
    # for five pictures near the end nothing but the thighs and knees is seen
    unseen = [i for i, name in enumerate(clip.names) if "hip" not in name and "knee" not in name]
    xy[np.ix_(np.arange(165, 171), np.array(unseen))] = np.nan

    assert shown(replace(clip, xy_px=xy))[:1] == [Activity.WALKING]
