"""Strides: cut at heel strikes, laid over each other, averaged without the unknown."""

from __future__ import annotations

import numpy as np
import pytest

from posture.signals.cycle import PHASE, Stride, mean_curve, over_cycle, strides_of
from posture.types import Side
from tests.make import seconds, signal


def test_a_stride_goes_from_strike_to_strike_with_one_toe_off_between() -> None:
    strides = strides_of(Side.LEFT, np.array([1.0, 2.0, 3.2]), np.array([0.6, 1.6, 2.7]))

    assert [(s.start_s, s.toe_off_s, s.end_s) for s in strides] == [
        (1.0, 1.6, 2.0),
        (2.0, 2.7, 3.2),
    ]
    assert [s.stance_frac for s in strides] == pytest.approx([0.6, 0.7 / 1.2])
    assert strides[1].duration_s == pytest.approx(1.2)


@pytest.mark.parametrize("offs", [[], [1.6, 1.7, 2.6]])
def test_without_one_toe_off_it_is_no_stride(offs: list[float]) -> None:
    strides = strides_of(Side.LEFT, np.array([1.0, 2.0, 3.0]), np.array(offs))

    assert [s.start_s for s in strides] == ([2.0] if offs else [])


def test_a_cycle_over_a_missed_strike_is_left_out() -> None:
    strikes = np.array([0.0, 1.0, 2.0, 4.0, 5.0])

    strides = strides_of(Side.LEFT, strikes, np.array([0.6, 1.6, 2.6, 4.6]))

    assert [s.start_s for s in strides] == [0.0, 1.0, 4.0]


def test_no_strikes_make_no_strides() -> None:
    assert strides_of(Side.LEFT, np.zeros(0), np.zeros(0)) == ()
    assert strides_of(Side.LEFT, np.array([1.0]), np.array([1.5])) == ()


def stride(start_s: float, end_s: float) -> Stride:
    return Stride(side=Side.LEFT, start_s=start_s, toe_off_s=(start_s + end_s) / 2, end_s=end_s)


def test_a_signal_is_laid_over_phases_whatever_the_stride_took() -> None:
    time_s = seconds(5.0, 60.0)
    ramp = signal(10.0 * time_s, time_s)

    curves = over_cycle(ramp, (stride(1.0, 2.0), stride(2.0, 4.0)))

    assert curves[0] == pytest.approx(10.0 + 10.0 * PHASE)
    assert curves[1] == pytest.approx(20.0 + 20.0 * PHASE)


def test_an_unknown_stretch_stays_unknown_at_its_phases() -> None:
    time_s = seconds(5.0, 60.0)
    value = np.ones(len(time_s))
    value[(time_s > 1.4) & (time_s < 1.6)] = np.nan

    (curve,) = over_cycle(signal(value, time_s), (stride(1.0, 2.0),))

    assert np.isnan(curve[(PHASE > 0.42) & (PHASE < 0.58)]).all()
    assert np.isfinite(curve[(PHASE < 0.38) | (PHASE > 0.62)]).all()


def test_the_mean_leaves_out_strides_unknown_at_a_phase() -> None:
    curves = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])

    assert np.array_equal(mean_curve(curves), [2.0, 5.0, np.nan], equal_nan=True)
