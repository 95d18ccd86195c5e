"""What every test may ask for, and that none is skipped where the gate runs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
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


@pytest.fixture
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hashed as weakly as argon2 allows: what it costs is its own authors' to test."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("posture.store.passwords._HASHER", weak)


# The process that hands out the tests decides for all of them.
BARE_ROOT = "POSTURE_BARE_ROOT"
KEPT = "POSTURE_KEPT"  # the folder of what is found once for all of them, see kept.py


def pytest_configure(config: pytest.Config) -> None:
    """Give the run what all its processes share."""
    compile_once()
    if KEPT not in os.environ:
        os.environ[KEPT] = tempfile.mkdtemp(prefix="posture-kept-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(KEPT), ignore_errors=True))
    # whether a bare Debian can be made here is asked once; not where nobody wants slow tests
    if BARE_ROOT not in os.environ and config.getoption("markexpr") != "not slow":
        os.environ[BARE_ROOT] = "1" if can_make_bare_root() else "0"


def compile_once() -> None:
    """Let Python keep what it compiled: the tests start hundreds of processes."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def can_make_bare_root() -> bool:
    """Whether there are debootstrap, the rights to make a root, and a mirror that answers."""
    if platform.system() != "Linux" or os.geteuid() or not shutil.which("debootstrap"):
        return False
    from tools.bare_root import mirror  # noqa: PLC0415 - needs terminals, which Windows has not

    mounts = ["unshare", "--mount", "true"]
    if subprocess.run(mounts, capture_output=True, check=False).returncode:
        return False
    try:
        release = f"{mirror().rstrip('/')}/dists/bookworm/Release"
        with urllib.request.urlopen(release, timeout=10) as answer:  # noqa: S310 - apt's own
            return bool(answer.read(1))
    except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError):
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get(BARE_ROOT) != "1":
        # left out, not skipped: a test of the gate may rest on no network
        out = [item for item in items if item.get_closest_marker("bare_root") is not None]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
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
