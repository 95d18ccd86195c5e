"""Real people folding with straight knees: a lean for each, and nothing suggested.

What is right for them stands in expected.toml beside the clips: none has tight hamstrings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from posture.types import Level, Link
from tests.clips import analysed
from tests.findings.make import finding

FOLDS = ("fold_a_knees_first_soft", "fold_b_arms_up", "fold_c_ends_at_bottom")


@pytest.mark.parametrize("name", FOLDS)
def test_a_real_fold_with_straight_knees_leans_away_from_tight_hamstrings(
    shared: Path, name: str
) -> None:
    told = analysed(shared / "clips" / "real-landmarks" / f"{name}.npz").assessment
    hamstring = finding(told.findings, Link.HAMSTRING)

    assert hamstring.probability is not None
    assert hamstring.probability < 0.2
    assert hamstring.level is Level.NOT_SUGGESTED
    assert all(found.level is not Level.SUGGESTED for found in told.findings)
