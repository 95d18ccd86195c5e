"""The low-pass: its stated cut-off is the effective one, in Hz of the clock, and it has no lag."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.signals.clean import smoothed
from posture.types import Floats
from tests.make import seconds


def passed(time_s: Floats, values: Floats, hz: float) -> complex:
    """What is left of a sine of this frequency: share of its amplitude, and how far it is shifted.

    Read off by least squares in the middle half, where no end is near.
    """
    middle = slice(len(time_s) // 4, 3 * len(time_s) // 4)
    turn = 2 * np.pi * hz * time_s[middle]
    waves = np.column_stack([np.sin(turn), np.cos(turn), np.ones(len(turn))])
    (inphase, ahead, _), *_ = np.linalg.lstsq(waves, values[middle], rcond=None)
    return complex(inphase, ahead)


def sine(time_s: Floats, hz: float) -> Floats:
    return np.asarray(np.sin(2 * np.pi * hz * time_s))


@pytest.mark.parametrize("rate_hz", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("cutoff_hz", [1.0, 2.0, 6.0])
def test_a_sine_at_the_stated_cut_off_keeps_1_over_root_2_of_its_height(
    rate_hz: float, cutoff_hz: float
) -> None:
    time_s = seconds(10.0, rate_hz)

    left = passed(time_s, smoothed(sine(time_s, cutoff_hz), time_s, cutoff_hz), cutoff_hz)

    assert abs(left) == pytest.approx(1 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("of_cutoff", [0.25, 0.5, 1.0, 1.5])
def test_nothing_comes_out_later_or_earlier_than_it_went_in(
    rate_hz: float, of_cutoff: float
) -> None:
    time_s, hz = seconds(10.0, rate_hz), 6.0 * of_cutoff

    left = passed(time_s, smoothed(sine(time_s, hz), time_s, 6.0), hz)

    assert np.degrees(np.angle(left)) == pytest.approx(0.0, abs=0.1)


def test_slow_motion_passes_and_fast_jitter_does_not() -> None:
    time_s = seconds(10.0, 60.0)

    slow = passed(time_s, smoothed(sine(time_s, 1.0), time_s, 6.0), 1.0)
    fast = passed(time_s, smoothed(sine(time_s, 18.0), time_s, 6.0), 18.0)

    assert abs(slow) > 0.999
    assert abs(fast) < 0.02


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_a_constant_comes_out_as_it_went_in(rate_hz: float) -> None:
    time_s = seconds(1.0, rate_hz)

    assert smoothed(np.full(len(time_s), 312.5), time_s, 6.0) == pytest.approx(312.5, abs=1e-9)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_a_ramp_does_not_ring_at_its_ends(rate_hz: float) -> None:
    time_s = seconds(2.0, rate_hz)
    ramp = 100.0 * time_s

    assert smoothed(ramp, time_s, 6.0) == pytest.approx(ramp, abs=0.05)


def test_a_ramp_with_uneven_times_reaches_its_very_end() -> None:
    rng = np.random.default_rng(3)
    time_s = seconds(4.0) + rng.uniform(-0.012, 0.012, 120)
    ramp = 100.0 * time_s

    assert smoothed(ramp, time_s, 6.0) == pytest.approx(ramp, abs=0.1)


def test_a_step_overshoots_by_less_than_a_twentieth() -> None:
    time_s = seconds(4.0, 60.0)
    step = (time_s > 2.0).astype(float)

    smooth = smoothed(step, time_s, 6.0)

    assert smooth.max() < 1.05
    assert smooth.min() > -0.05


def test_unknown_stays_unknown_and_the_rest_does_not_hear_of_it() -> None:
    time_s = seconds(6.0)
    whole = sine(time_s, 1.0)
    holed = whole.copy()
    holed[60:75] = np.nan

    smooth = smoothed(holed, time_s, 6.0)

    assert np.array_equal(np.isnan(smooth), np.isnan(holed))
    assert smooth[:60] == pytest.approx(smoothed(whole[:60], time_s[:60], 6.0), nan_ok=False)


def test_a_run_too_short_to_have_an_inside_is_left_as_it_is() -> None:
    time_s = seconds(1.0)
    islands = np.full(30, np.nan)
    islands[3:8] = [1.0, 9.0, 1.0, 9.0, 1.0]

    assert np.array_equal(smoothed(islands, time_s, 6.0), islands, equal_nan=True)


@pytest.mark.parametrize("rate_hz", [8.0, 10.0, 12.0, 13.0])
def test_a_series_sampled_too_slowly_for_the_cut_off_is_left_as_it_is(rate_hz: float) -> None:
    time_s = seconds(5.0, rate_hz)
    values = np.random.default_rng(0).normal(size=len(time_s))

    assert np.array_equal(smoothed(values, time_s, 6.0), values)


@pytest.mark.parametrize("rate_hz", [14.0, 15.0, 20.0, 24.0])
def test_just_above_that_the_cut_off_still_holds(rate_hz: float) -> None:
    time_s = seconds(10.0, rate_hz)

    left = passed(time_s, smoothed(sine(time_s, 6.0), time_s, 6.0), 6.0)

    assert abs(left) == pytest.approx(1 / np.sqrt(2), rel=0.02)


def test_paths_keep_their_shape_and_are_filtered_apart() -> None:
    time_s = seconds(2.0)
    paths = np.random.default_rng(1).normal(size=(60, 3, 2))

    smooth = smoothed(paths, time_s, 6.0)

    assert smooth.shape == paths.shape
    assert smooth[:, 2, 1] == pytest.approx(smoothed(paths[:, 2, 1], time_s, 6.0))


def test_the_argument_is_not_changed() -> None:
    time_s = seconds(2.0)
    values = np.random.default_rng(2).normal(size=60)
    before = values.copy()

    smoothed(values, time_s, 6.0)

    assert np.array_equal(values, before)


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-2000, 2000), zoom=st.floats(0.1, 10.0), later_s=st.floats(-5.0, 3600.0))
def test_where_how_large_and_when_does_not_matter(
    shift: float, zoom: float, later_s: float
) -> None:
    time_s = seconds(2.0)
    values = np.random.default_rng(4).normal(size=60)

    moved = smoothed(zoom * values + shift, time_s + later_s, 6.0)

    assert moved == pytest.approx(zoom * smoothed(values, time_s, 6.0) + shift, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_backwards_in_time_it_is_the_same_filter(seed: int) -> None:
    time_s = seconds(2.0)
    values = np.random.default_rng(seed).normal(size=60)

    there = smoothed(values, time_s, 6.0)
    back = smoothed(values[::-1], time_s, 6.0)[::-1]

    # the transients at the two ends differ by some hundredths of the noise
    assert back == pytest.approx(there, abs=0.05)
