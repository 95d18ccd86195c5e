from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posture.store import Store, open_store


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    with open_store(data_dir, wait_s=0.2) as opened:
        yield opened
