"""The lumbar-hip rhythm: chosen shares at each trunk flexion are read back."""

from __future__ import annotations

import numpy as np
import pytest

from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import bend_events, bend_poses
from posture.measures.rhythm import BANDS, SHARES, Rhythm, rhythm_measures, rhythms
from posture.types import (
    Activity,
    Event,
    EventKind,
    Measure,
    Quality,
    Reason,
    Side,
    Signal,
)
from tests.make import filmed, seconds, taken
from tests.stick import bending

TIME_S = seconds(4.0)
TRUNK = np.clip((TIME_S - 0.5) / 3.0, 0.0, 1.0) * 95.0
# the back gives first, the hips last: 20 + 10, then 15 + 15, then 8 + 20 in each 30 deg
LUMBAR = np.interp(TRUNK, [0, 30, 60, 90, 95], [0, 20, 35, 43, 44])
HIP = np.interp(TRUNK, [0, 30, 60, 90, 95], [0, 10, 25, 45, 48])


def course(name: str, value: np.ndarray) -> Signal:
    return Signal(
        name=name, side=Side.RIGHT, unit="deg", positive="flexed", time_s=TIME_S, value=value
    )


SIGNALS = [
    course("trunk_flexion", TRUNK),
    course("pelvis_on_thigh_flexion", HIP),
    course("lumbar_flexion", LUMBAR),
    course("thoracic_flexion", 0.1 * TRUNK),
]
EVENTS = [
    Event(kind=kind, side=Side.BOTH, time_s=at_s, sd_s=0.1, segment=0)
    for kind, at_s in ((EventKind.BEND_START, 0.7), (EventKind.BEND_BOTTOM, 3.7))
]


def measures(*, quality: Quality = Quality.GOOD) -> list[Measure]:
    reason = None if quality is Quality.GOOD else Reason("back_may_be_hidden")
    return [
        Measure(
            name=name,
            activity=Activity.FORWARD_BEND,
            side=Side.RIGHT,
            value=45.0,
            unit="deg",
            spread={"outline": 5.0},
            quality=quality,
            reason=reason,
        )
        for name in SHARES
    ]


def ratios(signals: list[Signal], **grade: Quality) -> dict[str, Measure]:
    take = taken(filmed(bending(seconds(9.0))), Activity.FORWARD_BEND)
    return {m.name: m for m in rhythm_measures(take, signals, EVENTS, measures(**grade))}


def test_each_part_is_read_at_each_trunk_flexion() -> None:
    (rhythm,) = rhythms(SIGNALS, EVENTS)

    at = dict(zip(rhythm.trunk_deg.tolist(), rhythm.parts_deg["lumbar_flexion"], strict=True))
    assert rhythm.segment == 0
    assert at[30.0] == pytest.approx(20.0, abs=0.5)
    assert at[60.0] == pytest.approx(35.0, abs=0.5)


def test_the_ratio_of_lower_back_to_hip_in_each_band() -> None:
    found = ratios(SIGNALS)

    for name, true in zip(BANDS, (2.0, 1.0, 0.4), strict=True):
        assert found[name].value == pytest.approx(true, abs=0.06), name
        assert found[name].quality is Quality.GOOD
        # 5 deg of either over 10, 15 and 20 deg of the hips
        assert found[name].sd > 0.2


def test_a_bend_that_ends_before_a_band_says_nothing_of_it() -> None:
    half = [course(s.name, np.minimum(s.value, s.value[TRUNK <= 62].max())) for s in SIGNALS]

    found = ratios(half)

    assert found["lumbar_hip_ratio_middle"].quality is Quality.GOOD
    assert found["lumbar_hip_ratio_late"].reason == Reason(
        "bend_band_not_reached", {"least_deg": 90.0}
    )


def test_a_back_that_may_be_hidden_marks_the_rhythm_too() -> None:
    assert {m.quality for m in ratios(SIGNALS, quality=Quality.SUSPECT).values()} == {
        Quality.SUSPECT
    }


def test_a_stick_figure_s_bend_has_its_rhythm() -> None:
    take = taken(filmed(bending(seconds(9.0))), Activity.FORWARD_BEND)
    poses = bend_poses(take)
    signals, events = bend_signals(take, poses), bend_events(take, poses)
    whole = {m.name: m.value for m in bend_measures(take, poses)}

    (rhythm,) = rhythms(signals, events)

    assert isinstance(rhythm, Rhythm)
    for name in SHARES:
        assert rhythm.parts_deg[name][0] == pytest.approx(0.0, abs=6.0)
        assert rhythm.parts_deg[name][-1] == pytest.approx(whole[name], abs=6.0)
