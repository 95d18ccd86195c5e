"""Most tests here work the model of docs/method.md, sections 6.1 to 6.3, out by hand.

What was fitted on simulated bodies on top of it (calibration.toml, and the probability from which
a link is suggested) would hide the arithmetic: it is left out here, and has its own tests in
test_calibration.py and tests/truth.
"""

from __future__ import annotations

import pytest

from posture.findings import assessment, backline
from tests.findings.make import model_alone


@pytest.fixture(autouse=True)
def the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever passes no table gets this one."""
    for module in (backline, assessment):
        monkeypatch.setattr(module, "load_evidence", model_alone)
