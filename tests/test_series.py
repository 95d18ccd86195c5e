"""Where something holds in a series, and how two series go together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from posture.series import about, correlation, nearest, runs


def test_runs_are_half_open_stretches() -> None:
    assert list(runs(np.array([1, 1, 0, 1, 0, 0, 1], dtype=bool))) == [(0, 2), (3, 4), (6, 7)]
    assert list(runs(np.zeros(0, dtype=bool))) == []


def test_what_goes_together_correlates_whatever_its_size_and_place() -> None:
    one = np.array([0.0, 1.0, 0.0, -1.0, 0.5])
    other = np.random.default_rng(7).normal(size=5)

    assert correlation(one, 3 * one + 8) == pytest.approx(1)
    assert correlation(one, 2 - one) == pytest.approx(-1)
    assert correlation(one, other) == pytest.approx(float(np.corrcoef(one, other)[0, 1]))


def test_with_what_does_not_change_nothing_correlates() -> None:
    assert math.isnan(correlation(np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0])))


def test_the_time_about_a_sample_reaches_to_both_its_ends() -> None:
    first, last = about(np.array([0.0, 1.0, 2.0, 2.5, 9.0]), 1.0)

    assert first.tolist() == [0, 0, 1, 2, 4]
    assert last.tolist() == [2, 3, 4, 4, 5]


def test_the_nearest_place_is_the_one_before_of_two_as_near() -> None:
    places = np.array([0.0, 1.0, 4.0])

    assert nearest(np.array([-1.0, 0.4, 0.5, 2.6, 9.0]), places).tolist() == [0, 0, 0, 2, 2]
    assert nearest(np.array([-1.0, 3.0]), places[:1]).tolist() == [0, 0]
