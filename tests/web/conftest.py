"""Workers that do as a test tells them, in processes as real as the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posture.store import Store, open_store
from posture.web import application
from posture.web.jobs import child


@pytest.fixture(autouse=True)
def no_store_stays_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the store of every app that a test makes and never runs."""
    opened: list[Store] = []

    def noted(data_dir: Path) -> Store:
        opened.append(open_store(data_dir))
        return opened[-1]

    monkeypatch.setattr(application, "open_store", noted)
    yield
    for store in opened:
        store.close()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a piece of Python in the place of the worker."""

    def put(code: str) -> None:
        monkeypatch.setattr(child, "_WORKER", ("-c", code))

    return put
