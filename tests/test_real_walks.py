"""Real walks, from their points: what a person reads off them by eye is found."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from posture import Analysis, Settings, analyse
from posture.types import Activity, FactKind

WALKS = ("walk_a", "walk_b", "walk_c_then_backwards", "walk_d_both_ways")


@cache
def _analysed(path: Path) -> Analysis:
    return analyse(path, Settings())


@cache
def _table(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "expected.toml").read_text("utf-8"))


def walk(shared: Path, name: str) -> Analysis:
    return _analysed(shared / "clips" / "real-landmarks" / f"{name}.npz")


def by_eye(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = _table(shared / "clips" / "real-landmarks")[name]
    return found


@pytest.mark.parametrize("name", WALKS)
def test_a_real_walk_is_a_walk(shared: Path, name: str) -> None:
    expected = by_eye(shared, name)
    until_s = expected.get("measured_until_s", float("inf"))
    analysis = walk(shared, name)
    time_s = analysis.landmarks.time_s

    shown = {
        s.activity
        for s in analysis.segments
        if time_s[s.frames[0]] < until_s and s.activity is not Activity.OTHER
    }
    assert shown == {Activity(expected["activity"])}


@pytest.mark.parametrize("name", WALKS)
def test_what_follows_backwards_is_named_and_not_measured(shared: Path, name: str) -> None:
    until_s = by_eye(shared, name).get("measured_until_s")
    analysis = walk(shared, name)
    told = [fact for fact in analysis.facts if fact.kind is FactKind.BACKWARDS]

    if until_s is None:
        assert told == []
        return
    (fact,) = told
    ((start_s, end_s),) = fact.spans_s
    assert fact.probability > 0.9
    assert until_s - 0.2 < start_s < until_s + 1.0
    assert end_s > 11.0
    assert all(event.time_s < until_s + 0.2 for event in analysis.events)
