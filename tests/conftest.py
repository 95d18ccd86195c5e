"""What every test may ask for, and that none is skipped where the gate runs."""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).parents[2] / "shared"  # beside the checkout, not part of it


# A busy machine is slow, which is no fault of what is tested; the gate asks the same every time.
settings.register_profile(
    "posture",
    deadline=None,
    derandomize=os.environ.get("POSTURE_CI") == "1",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("posture")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Where the rendered and the real clips lie that are too large for the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: the clips lie beside the checkout")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if platform.system() == "Linux":
        return
    for item in items:
        if item.get_closest_marker("linux") is not None:
            item.add_marker(pytest.mark.skip(reason="asks for what only Linux has"))


def is_gate() -> bool:
    """Whether this run decides something, on a machine that has all it takes."""
    return os.environ.get("POSTURE_CI") == "1" and SHARED.is_dir()


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure; a test that is expected to fail stays what it is."""
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"POSTURE_CI=1 allows no skip. {why}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if is_gate():
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if is_gate():
        refuse_skip(report)
    return report
