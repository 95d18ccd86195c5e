"""Workers that do as a test tells them, in processes as real as the real one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from posture.web.jobs import child


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a piece of Python in the place of the worker."""

    def put(code: str) -> None:
        monkeypatch.setattr(child, "_WORKER", ("-c", code))

    return put
