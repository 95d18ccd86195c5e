"""Filters and peaks give what SciPy's give."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from posture.filters import gaussian, peaks, zero_phase

SERIES = arrays(
    np.float64,
    st.integers(0, 80),
    # whole numbers: plateaus and peaks of one height are met often
    elements=st.one_of(st.integers(-5, 5).map(float), st.floats(-10, 10)),
)
Beyond = Literal["wrap", "edge"]


@pytest.mark.parametrize("mode", ["wrap", "edge"])
@pytest.mark.parametrize("sigma", [0.6, 3.0, 11.0])
def test_a_gaussian_smooths_as_scipys(mode: Beyond, sigma: float) -> None:
    edge = np.random.default_rng(1).normal(size=(200, 2)).cumsum(axis=0)

    ours = gaussian(edge, sigma, mode)

    scipys = gaussian_filter1d(edge, sigma, axis=0, mode="wrap" if mode == "wrap" else "nearest")
    assert np.abs(ours - scipys).max() < 1e-12
    assert np.abs(gaussian(edge[:, 0], sigma, mode) - scipys[:, 0]).max() < 1e-12


@pytest.mark.parametrize("count", [6, 63, 64, 65, 700])
@pytest.mark.parametrize("cutoff", [0.02, 0.1, 0.4])
def test_the_low_pass_is_scipys(count: int, cutoff: float) -> None:
    paths = np.random.default_rng(count).normal(size=(count, 3)).cumsum(axis=0) + 300
    padding = min(count - 1, max(3, round(1 / cutoff)))

    ours = zero_phase(paths, cutoff, padding)

    sections = butter(2, cutoff, fs=1.0, output="sos")
    scipys = sosfiltfilt(sections, paths, axis=0, padtype="odd", padlen=padding)
    assert np.abs(ours - scipys).max() < 1e-9


@settings(max_examples=300, deadline=None)
@given(
    SERIES,
    st.floats(0.0, 5.0),
    st.sampled_from([-np.inf, 0.0, 2.0]),
    st.integers(1, 12),
)
def test_peaks_are_scipys(
    values: np.ndarray, prominence: float, height: float, distance: int
) -> None:
    ours = peaks(values, prominence=prominence, height=height, distance=distance)

    at, about = find_peaks(
        values,
        prominence=prominence,
        height=None if np.isinf(height) else height,
        distance=distance,
    )
    assert ours.at.tolist() == at.tolist()
    assert ours.prominences.tolist() == about["prominences"].tolist()
    assert ours.left_bases.tolist() == about["left_bases"].tolist()
    assert ours.right_bases.tolist() == about["right_bases"].tolist()
