"""The draws that tests are judged by lie in a file; they are these."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from scipy.special import log_ndtr
from scipy.stats import norm, qmc

from posture.findings.evidence import load_evidence
from posture.findings.next_tests import _spread_out
from posture.findings.posterior import _log_share_below


def kept() -> list[str]:
    with files("posture.findings").joinpath("draws.npz").open("rb") as file, np.load(file) as held:
        return sorted(held)


@pytest.mark.parametrize("columns", range(1, 7))
def test_the_draws_are_evenly_spread_normal_ones(columns: int) -> None:
    made = norm.ppf(qmc.Sobol(columns, scramble=True, seed=1).random(64))

    assert np.abs(_spread_out(columns) - made).max() < 1e-12


def test_there_are_draws_for_all_that_a_test_may_bring() -> None:
    table = load_evidence()
    most = max(sum(sign.activity is test.move for sign in table.signs) for test in table.next_tests)

    assert f"of_{most}" in kept()


@pytest.mark.parametrize("z", [-60.0, -38.0, -35.0, -34.9, -10.0, -1.0, 0.0, 3.0, 9.0])
def test_the_share_below_is_the_normal_distributions(z: float) -> None:
    assert _log_share_below(z) == pytest.approx(float(log_ndtr(z)), rel=1e-6, abs=1e-12)
