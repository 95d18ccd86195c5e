"""Several bends of one clip: each keeps its numbers; the middle one and the best are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.measures.bend_poses import bend_events, bend_poses
from posture.measures.trials import over_trials
from posture.types import Activity, EventKind, Measure, Quality
from tests.make import analysed, filmed, mirrored, seconds, thinned
from tests.stick import BENT, STANDING, Figure, Pose, moving

SHALLOW = replace(BENT, trunk_deg=BENT.trunk_deg - 14.0, sacrum_deg=BENT.sacrum_deg - 14.0)
DEEP = replace(BENT, trunk_deg=BENT.trunk_deg + 8.0, sacrum_deg=BENT.sacrum_deg + 8.0)
KNEES = replace(BENT, knee_deg=25.0)


def bent(*poses: Pose) -> Figure:
    """One bend after another, a second and a half of standing between them."""
    keys: list[tuple[float, Pose]] = [(1.5, STANDING)]
    for number, pose in enumerate(poses):
        start_s = 1.5 + 6.5 * number
        keys += [
            (start_s + 1.5, pose),
            (start_s + 3.5, pose),
            (start_s + 5.0, STANDING),
            (start_s + 6.5, STANDING),
        ]
    return moving(seconds(2.0 + 6.5 * len(poses)), keys)


def trials(*poses: Pose) -> tuple[list[Measure], tuple[Measure, ...]]:
    found = analysed(filmed(bent(*poses)))
    bends = [m for m in found.measures if m.activity is Activity.FORWARD_BEND]
    return bends, over_trials(bends)


def values(measures: list[Measure], name: str) -> list[float]:
    return [m.value for m in measures if m.name == name]


def test_every_bend_keeps_its_own_and_the_median_stands_for_all() -> None:
    each, together = trials(BENT, DEEP, SHALLOW)

    hinges = values(each, "pelvis_on_thigh_flexion")
    (hinge,) = (m for m in together if m.name == "pelvis_on_thigh_flexion")
    assert len(hinges) == 3
    assert max(hinges) - min(hinges) > 15.0
    assert hinge.value == sorted(hinges)[1]
    assert hinge.segment is None
    assert hinge.spread["between_trials"] > 3.0


def test_the_best_reach_is_told_beside_the_median() -> None:
    each, together = trials(BENT, DEEP, SHALLOW)

    reaches = values(each, "fingertip_floor")
    assert values(list(together), "fingertip_floor_best") == [min(reaches)]
    assert values(list(together), "fingertip_floor") == [sorted(reaches)[1]]


def test_one_bend_is_no_several() -> None:
    _, together = trials(BENT)

    assert together == ()


def test_bends_with_bent_knees_count_only_where_there_is_no_other() -> None:
    each, together = trials(BENT, KNEES, BENT)

    marked = [m for m in each if m.name == "pelvis_on_thigh_flexion"]
    (hinge,) = (m for m in together if m.name == "pelvis_on_thigh_flexion")
    assert [m.quality for m in marked] == [Quality.GOOD, Quality.SUSPECT, Quality.GOOD]
    assert hinge.quality is Quality.GOOD
    assert hinge.value == pytest.approx((marked[0].value + marked[2].value) / 2)


def test_every_bend_has_its_start_hold_and_end() -> None:
    found = analysed(filmed(bent(BENT, DEEP)))

    bends = [
        bend_events(take, bend_poses(take))
        for take in found.takes
        if take.segment.activity is Activity.FORWARD_BEND
    ]
    assert len(bends) == 2
    for number, one in enumerate(bends):
        assert [e.kind for e in one] == [
            EventKind.BEND_START,
            EventKind.BEND_HOLD_START,
            EventKind.BEND_BOTTOM,
            EventKind.BEND_HOLD_END,
            EventKind.BEND_END,
        ]
        times = [e.time_s for e in one]
        assert times == sorted(times)
        # leaves standing after 1.5 s, is down from 3.0 to 5.0, back at 6.5; the next 6.5 s later
        assert times[0] == pytest.approx(1.9 + 6.5 * number, abs=0.5)
        assert times[1] == pytest.approx(3.0 + 6.5 * number, abs=0.6)
        assert times[3] == pytest.approx(5.0 + 6.5 * number, abs=0.6)
        assert times[4] == pytest.approx(6.1 + 6.5 * number, abs=0.5)


def test_mirrored_and_at_half_the_frames_the_middle_stays() -> None:
    clip = filmed(bent(BENT, DEEP, SHALLOW))
    usual = {m.name: m for m in over_trials(analysed(clip).measures)}

    for other in (mirrored(clip), thinned(clip, 2)):
        for m in over_trials(analysed(other).measures):
            assert abs(m.value - usual[m.name].value) <= usual[m.name].sd, m.name
