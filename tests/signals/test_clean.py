"""Hiding, swap repair and bridging: what is unknown stays unknown, what was exchanged goes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.landmarks.skeleton import NAMES
from posture.signals.clean import (
    CleanSettings,
    bridge_gaps,
    clean,
    drop_spikes,
    hide_unseen,
    repair_swaps,
)
from posture.types import Landmarks, Side
from tests.make import (
    SIDE_ON,
    WIDE,
    Camera,
    Flaws,
    filmed,
    landmarks,
    retimed,
    seconds,
)
from tests.stick import Figure, Gait, bending, running, standing, walking

ACROSS = Camera(size_px=(4200, 1080))  # wide enough to hold the whole way
NO_OUTLINE = Flaws(outline=False)


def one_point(*places: tuple[float, float] | None, visibility: float = 1.0) -> Landmarks:
    xy_px = np.array([[place or (np.nan, np.nan)] for place in places], dtype=float)
    return landmarks(
        seconds(len(places) / 30.0),
        xy_px,
        names=("nose",),
        visibility=np.full((len(places), 1), visibility),
    )


def test_a_point_the_model_did_not_see_is_hidden() -> None:
    assert np.isnan(hide_unseen(one_point((5, 5), visibility=0.29), 0.3).xy_px).all()
    assert hide_unseen(one_point((5, 5), visibility=0.3), 0.3).xy_px[0, 0].tolist() == [5, 5]


@pytest.mark.parametrize("outside", [(-1, 5), (5, -0.5), (WIDE[0] + 1, 5), (5, WIDE[1] + 0.5)])
def test_a_point_outside_of_the_picture_is_hidden_wholly(outside: tuple[float, float]) -> None:
    assert np.isnan(hide_unseen(one_point(outside), 0.3).xy_px).all()


def test_a_hidden_point_is_not_observed_and_stays_nan_through_cleaning() -> None:
    clip = filmed(standing(seconds(1.0)), SIDE_ON, Flaws(hidden=("left_knee",), outline=False))

    cleaned = clean(clip)

    assert not cleaned.observed[:, NAMES.index("left_knee")].any()
    assert np.isnan(cleaned.landmarks.point("left_knee")).all()


def test_a_short_gap_is_bridged_by_a_straight_line_and_counted_as_not_observed() -> None:
    figure = walking(seconds(3.0), Gait(treadmill=True)).figure
    gap = ("right_knee", 1.0, 1.1)

    cleaned = clean(filmed(figure, SIDE_ON, Flaws(gaps=(gap,), outline=False)))

    knee = NAMES.index("right_knee")
    inside = (figure.time_s >= 1.0) & (figure.time_s < 1.1)
    assert np.isfinite(cleaned.landmarks.xy_px[:, knee]).all()
    assert np.array_equal(cleaned.observed[:, knee], ~inside)


def test_a_bridge_is_a_straight_line_in_time() -> None:
    time_s = np.array([0.0, 0.01, 0.05, 0.1])
    path = np.array([[[0.0, 10.0]], [[np.nan] * 2], [[np.nan] * 2], [[20.0, 30.0]]])

    bridged = bridge_gaps(path, time_s, 0.2)

    assert bridged[:, 0].tolist() == [[0, 10], [2, 12], [10, 20], [20, 30]]


def test_a_long_gap_and_the_ends_stay_unknown() -> None:
    time_s = seconds(0.5)
    path = np.full((15, 1, 2), np.nan)
    path[2], path[11] = 1.0, 2.0  # 0.3 s apart

    assert np.array_equal(bridge_gaps(path, time_s, 0.2), path, equal_nan=True)


@pytest.mark.parametrize(("rate_hz", "frames"), [(30.0, 6), (60.0, 12), (120.0, 24)])
def test_a_gap_is_long_or_short_in_seconds_not_in_frames(rate_hz: float, frames: int) -> None:
    path = np.ones((60, 1, 2))
    path[10 : 10 + frames - 1] = np.nan  # from the last seen to the next: `frames` steps = 0.2 s
    longer = path.copy()
    longer[10 + frames - 1] = np.nan

    time_s = seconds(60 / rate_hz, rate_hz)

    assert np.isfinite(bridge_gaps(path, time_s, 0.2001)).all()
    assert np.isnan(bridge_gaps(longer, time_s, 0.2001)).any()


# --- slips ---------------------------------------------------------------------------------------


def slipping(frames: int, by_px: float, rate_hz: float = 30.0) -> Landmarks:
    """A walker on a treadmill whose right heel jumps away for some pictures."""
    clip = filmed(walking(seconds(3.0, rate_hz), Gait(treadmill=True)).figure, SIDE_ON, NO_OUTLINE)
    xy_px = clip.xy_px.copy()
    xy_px[40 : 40 + frames, NAMES.index("right_heel"), 0] += by_px
    return replace(clip, xy_px=xy_px)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_a_point_that_slips_away_and_comes_back_is_hidden_and_bridged(
    frames: int, rate_hz: float
) -> None:
    honest, slipped = clean(slipping(0, 0.0, rate_hz)), clean(slipping(frames, 60.0, rate_hz))

    heel = NAMES.index("right_heel")
    assert not slipped.observed[40 : 40 + frames, heel].any()
    path, true = (c.landmarks.point("right_heel") for c in (slipped, honest))
    assert np.abs(path - true).max() < 6.0


def test_a_slip_of_one_point_hides_no_other() -> None:
    slipped = clean(slipping(1, 60.0))

    assert slipped.observed[:, [k for k in range(33) if NAMES[k] != "right_heel"]].all()


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_a_clean_walker_or_runner_loses_nothing_to_the_search_for_slips(
    noise: float, rate_hz: float
) -> None:
    time_s = seconds(4.0, rate_hz)
    for figure in (walking(time_s).figure, running(time_s).figure, bending(time_s)):
        assert clean(filmed(figure, ACROSS, Flaws(noise=noise, outline=False))).observed.all()


def test_at_few_frames_a_second_a_real_turn_is_not_taken_for_a_slip() -> None:
    time_s = np.arange(8) / 10.0
    path = np.zeros((8, 1, 2))
    path[4] = 50.0

    assert np.isfinite(drop_spikes(path, time_s, 10.0, 0.2)).all()
    assert np.isnan(drop_spikes(path, time_s / 3, 10.0, 0.2)[4]).all()


def test_the_search_for_slips_leaves_gaps_and_ends_alone() -> None:
    path = np.zeros((12, 1, 2))
    path[0], path[11] = 50.0, 50.0
    path[5] = np.nan

    assert np.array_equal(drop_spikes(path, seconds(0.4), 10.0, 0.2), path, equal_nan=True)


# --- swaps ---------------------------------------------------------------------------------------

MOVING = [
    ("walking", walking(seconds(4.0)).figure),
    ("on a treadmill", walking(seconds(4.0), Gait(treadmill=True)).figure),
    ("running", running(seconds(4.0)).figure),
]


@pytest.mark.parametrize(("name", "figure"), MOVING, ids=[name for name, _ in MOVING])
@pytest.mark.parametrize("noise", [0.0, 0.005, 0.015])
def test_the_legs_of_a_clean_clip_are_never_exchanged(
    name: str, figure: Figure, noise: float
) -> None:
    del name
    for seed in range(3):
        clip = filmed(figure, ACROSS, Flaws(noise=noise, seed=seed, outline=False))
        assert not clean(clip).swapped.any()


@pytest.mark.parametrize("figure", [standing(seconds(4.0)), bending(seconds(8.0))])
def test_legs_standing_side_by_side_are_not_exchanged(figure: Figure) -> None:
    clip = filmed(figure, SIDE_ON, Flaws(noise=0.005, outline=False))

    assert not clean(clip).swapped.any()


@pytest.mark.parametrize(("name", "figure"), MOVING, ids=[name for name, _ in MOVING])
@pytest.mark.parametrize("noise", [0.0, 0.015])
def test_legs_exchanged_for_some_frames_are_put_back(
    name: str, figure: Figure, noise: float
) -> None:
    del name
    stretches = ((1.0, 1.2), (2.5, 2.6), (2.9, 2.935))
    honest = filmed(figure, ACROSS, Flaws(noise=noise, seed=1, outline=False))
    mixed_up = filmed(
        figure, ACROSS, Flaws(noise=noise, seed=1, outline=False, swapped_s=stretches)
    )
    wanted = np.zeros(len(figure.time_s), dtype=bool)
    for first_s, last_s in stretches:
        wanted |= (figure.time_s >= first_s) & (figure.time_s < last_s)

    repaired, swapped = repair_swaps(mixed_up, CleanSettings().swap_price)

    assert np.array_equal(swapped, wanted)
    assert np.array_equal(repaired.xy_px, honest.xy_px)


def test_what_was_reported_of_a_point_goes_back_with_it() -> None:
    figure = walking(seconds(3.0), Gait(treadmill=True)).figure
    mixed_up = filmed(figure, SIDE_ON, Flaws(outline=False, swapped_s=((1.0, 1.1),)))
    ankles = [NAMES.index("left_ankle"), NAMES.index("right_ankle")]
    visibility = mixed_up.visibility.copy()
    visibility[30:33, ankles] = (0.9, 0.4)

    repaired, _ = repair_swaps(replace(mixed_up, visibility=visibility), 0.02)

    assert repaired.visibility[30:33, ankles].tolist() == [[0.4, 0.9]] * 3


def test_without_the_far_leg_nothing_is_exchanged() -> None:
    figure = walking(seconds(3.0), Gait(treadmill=True)).figure
    far = tuple(f"left_{part}" for part in ("knee", "ankle", "heel", "foot_index"))
    clip = filmed(figure, SIDE_ON, Flaws(outline=False, hidden=far, swapped_s=((1.0, 1.1),)))

    _, swapped = repair_swaps(hide_unseen(clip, 0.3), 0.02)

    assert not swapped[:30].any()
    assert not swapped[33:].any()


def test_legs_exchanged_from_one_crossing_to_the_next_are_put_back() -> None:
    figure = walking(seconds(4.0), Gait(treadmill=True)).figure
    apart = figure.points["left_ankle"][:, 0] - figure.points["right_ankle"][:, 0]
    crossing_s = figure.time_s[1:][np.sign(apart[1:]) != np.sign(apart[:-1])]
    stretch = (float(crossing_s[1]), float(crossing_s[2]))

    cleaned = clean(filmed(figure, SIDE_ON, Flaws(outline=False, swapped_s=(stretch,))))

    inside = (figure.time_s >= stretch[0]) & (figure.time_s < stretch[1])
    assert np.array_equal(cleaned.swapped, inside)


def test_legs_whose_points_run_together_as_they_pass_keep_their_names() -> None:
    stroll = walking(seconds(5.0), Gait(treadmill=True))
    figure = stroll.figure
    apart = figure.points["left_ankle"][:, 0] - figure.points["right_ankle"][:, 0]
    passing = np.abs(apart) < 0.03  # body heights
    crossing_s = figure.time_s[1:][np.sign(apart[1:]) != np.sign(apart[:-1])]
    # as in a real walk: misnamed from where the near leg leaves the floor until the legs pass
    early = tuple(
        (float(off), float(min(crossing_s[crossing_s > off])))
        for off in stroll.offs_s[Side.LEFT]
        if (crossing_s > off).any()
    )
    flaws = Flaws(noise=0.004, seed=2, outline=False, swapped_s=early)
    clip = filmed(figure, SIDE_ON, flaws)
    xy = clip.xy_px.copy()
    for part in ("knee", "ankle", "heel", "foot_index"):
        left, right = (NAMES.index(f"{side}_{part}") for side in ("left", "right"))
        middle = (xy[passing, left] + xy[passing, right]) / 2
        xy[passing, left] = xy[passing, right] = middle
    honest = filmed(figure, SIDE_ON, replace(flaws, swapped_s=()))

    repaired, _ = repair_swaps(replace(clip, xy_px=xy), CleanSettings().swap_price)

    assert np.array_equal(repaired.xy_px[~passing], honest.xy_px[~passing])


def test_a_leg_that_leads_every_step_is_not_exchanged() -> None:
    time_s = seconds(6.0)
    clip = filmed(walking(time_s, Gait(treadmill=True)).figure, SIDE_ON, Flaws(outline=False))
    xy = clip.xy_px.copy()
    # a step-to walk: the right foot comes up to the left one and never passes it
    for part in ("knee", "ankle", "heel", "foot_index"):
        left, right = (NAMES.index(f"{side}_{part}") for side in ("left", "right"))
        ahead = xy[:, left, 0] - xy[:, right, 0]
        xy[:, right, 0] -= np.maximum(-ahead, 0.0) * 2.0

    _, swapped = repair_swaps(replace(clip, xy_px=xy), CleanSettings().swap_price)

    assert swapped.mean() < 0.02


def test_hips_out_of_sight_are_no_trouble() -> None:
    clip = filmed(
        standing(seconds(1.0)), SIDE_ON, Flaws(hidden=("left_hip", "right_hip"), outline=False)
    )

    assert not clean(clip).swapped.any()


def test_cleaning_a_still_picture_leaves_it_as_it_is() -> None:
    clip = filmed(standing(np.zeros(1)))

    assert np.array_equal(clean(clip).landmarks.xy_px, clip.xy_px)


def test_cleaning_takes_its_cut_off_from_the_timestamps() -> None:
    # the same pictures at half the speed: twice as much of each step is left
    clip = filmed(
        walking(seconds(4.0, 60.0), Gait(treadmill=True)).figure,
        SIDE_ON,
        Flaws(noise=0.01, outline=False),
    )
    slow = retimed(clip, clip.time_s * 2)

    jitter = [np.diff(clean(c).landmarks.point("nose")[:, 1]).std() for c in (clip, slow)]

    assert jitter[1] > 1.5 * jitter[0]
