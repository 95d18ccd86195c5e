"""No test is skipped unseen where the gate runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import conftest

SKIPPED = ("test_some.py", 3, "Skipped: no clips")


def report(*, outcome: str = "skipped") -> pytest.TestReport:
    assert outcome in ("skipped", "passed")
    return pytest.TestReport(
        nodeid="test_some.py::test_one",
        location=("test_some.py", 3, "test_one"),
        keywords={},
        outcome="skipped" if outcome == "skipped" else "passed",
        longrepr=SKIPPED if outcome == "skipped" else None,
        when="setup",
    )


def test_a_skip_becomes_a_failure_that_says_why() -> None:
    skipped = report()

    conftest.refuse_skip(skipped)

    assert skipped.failed
    assert skipped.longrepr == "POSTURE_CI=1 allows no skip. Skipped: no clips"


def test_what_passed_stays_passed() -> None:
    passed = report(outcome="passed")

    conftest.refuse_skip(passed)

    assert passed.passed


def test_a_failure_that_was_expected_is_no_skip() -> None:
    expected = report()
    expected.wasxfail = "a known fault"

    conftest.refuse_skip(expected)

    assert expected.skipped


@pytest.mark.parametrize(
    ("asked", "there", "decides"),
    [("1", True, True), ("1", False, False), ("0", True, False), (None, True, False)],
)
def test_only_a_run_of_the_gate_beside_the_clips_refuses_skips(
    *,
    asked: str | None,
    there: bool,
    decides: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POSTURE_CI", raising=False)
    if asked is not None:
        monkeypatch.setenv("POSTURE_CI", asked)
    monkeypatch.setattr(conftest, "SHARED", tmp_path if there else tmp_path / "not there")

    assert conftest.is_gate() is decides
