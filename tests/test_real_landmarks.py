"""Real people, from their points: whatever the clip, nothing leaves that no body has."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from posture import Analysis
from posture.types import Quality
from tests.clips import analysed, impossible

CLIPS = (
    "fold_a_knees_first_soft",
    "fold_b_arms_up",
    "fold_c_ends_at_bottom",
    "stand_a",
    "walk_a",
    "walk_b",
    "walk_c_then_backwards",
    "walk_d_both_ways",
)


@cache
def _table(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "expected.toml").read_text("utf-8"))


def clip(shared: Path, name: str) -> Analysis:
    return analysed(shared / "clips" / "real-landmarks" / f"{name}.npz")


def by_eye(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = _table(shared / "clips" / "real-landmarks")[name]
    return found


def test_every_real_clip_is_here(shared: Path) -> None:
    assert set(_table(shared / "clips" / "real-landmarks")) == set(CLIPS)


@pytest.mark.parametrize("name", CLIPS)
def test_a_real_clip_gives_no_value_that_no_body_has(shared: Path, name: str) -> None:
    assert impossible(clip(shared, name)) == []


def test_an_outline_that_is_not_the_back_gives_no_lumbar_curve(shared: Path) -> None:
    low, high = by_eye(shared, "stand_a")["lumbar_curve_deg"]
    curves = [m for m in clip(shared, "stand_a").measures if m.name == "lumbar_curve"]

    assert curves
    for m in curves:
        assert m.quality is Quality.MISSING or low <= m.value <= high
