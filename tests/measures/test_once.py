"""What a take shows is worked out once, however many measures rest on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posture.measures import bend_poses as poses_module
from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import bend_events, bend_poses
from posture.measures.standing import standing_measures, standing_signals
from posture.signals import body as body_module
from posture.signals.events import bends
from posture.types import Activity
from tests.make import filmed, seconds, taken
from tests.stick import bending, standing

WATCHED = ("dorsal_profile", "shape_features", "segment_inclination", "knee_flexion", "foot_pitch")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[Any, ...]]:
    """How often each signal was worked out, by its name and what it was asked of."""
    found: Counter[tuple[Any, ...]] = Counter()

    def counted(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def called(*given: object) -> object:
            plain = [one for one in given if isinstance(one, (int, float, str))]
            found[name, *plain] += 1
            return function(*given)

        return called

    for name in WATCHED:
        monkeypatch.setattr(body_module, name, counted(name, getattr(body_module, name)))
    monkeypatch.setattr(poses_module, "bends", counted("bends", bends))
    return found


def test_a_bend_is_found_once_and_each_signal_of_it_worked_out_once(
    calls: Counter[tuple[Any, ...]],
) -> None:
    take = taken(filmed(bending(seconds(9.0))), Activity.FORWARD_BEND)

    poses = bend_poses(take)
    bend_measures(take, poses)
    bend_signals(take, poses)
    bend_events(take, poses)

    assert calls["dorsal_profile", take.frames[0]] == 1
    assert calls["segment_inclination", "trunk"] == 1
    assert [what for what, times in calls.items() if times > 1 and what[0] != "bends"] == []
    assert sum(times for what, times in calls.items() if what[0] == "bends") == 1


def test_standing_reads_each_signal_once(calls: Counter[tuple[Any, ...]]) -> None:
    take = taken(filmed(standing(np.arange(60) / 30.0)), Activity.STANDING)

    standing_measures(take)
    standing_signals(take)

    assert calls["dorsal_profile", take.frames[0]] == 1
    assert [what for what, times in calls.items() if times > 1] == []
