"""Small clips that each show one kind of trouble: answered as the note beside them says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.trouble.siblings import EXAMPLES
from tests.trouble.tried import faults_of_example

pytestmark = pytest.mark.slow


def test_every_clip_that_was_brought_has_its_kind(shared: Path) -> None:
    text = (shared / "clips" / "trouble" / "expected.toml").read_text("utf-8")

    assert set(tomllib.loads(text)) == {*EXAMPLES, "batch_mts"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_clip_is_answered_as_is_right_for_its_kind(shared: Path, name: str) -> None:
    _, faults = faults_of_example(shared / "clips" / "trouble" / f"{name}.mp4")

    assert faults == []
