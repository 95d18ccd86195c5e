"""Several passes of one clip: each leg from the passes in which it is near, never from others."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.cycle_curves import Pass, pass_of
from posture.measures.passes import joined_measures, leg_curves, without_parts
from posture.signals.cycle import PHASE
from posture.types import Activity, Landmarks, Measure, Quality, Side
from tests.make import Camera, Flaws, Result, analysed, filmed, mirrored, seconds, there_and_back
from tests.stick import Gait, gait_truth, walking

ACROSS = Camera(size_px=(3600, 1080))
BOTH = Side.BOTH


def joined(clip: Landmarks) -> dict[tuple[str, Side], Measure]:
    return {(m.name, m.side): m for m in analysed(clip).measures if m.segment is None}


def passes(found: Result) -> list[Pass]:
    both = zip(found.takes, found.walks, strict=True)
    return [pass_of(take, walk) for take, walk in both if walk is not None]


def test_one_pass_alone_gives_nothing_over_the_clip() -> None:
    assert joined(filmed(walking(seconds(5.0)).figure, ACROSS, Flaws(outline=False))) == {}


def test_there_and_back_gives_double_support_from_both_near_legs_and_it_is_good() -> None:
    found = analysed(there_and_back(ACROSS))
    measures = {(m.name, m.side): m for m in found.measures if m.segment is None}
    stance = {
        m.side: m.value
        for take in found.takes
        for m in found.measures
        if (m.name, m.segment, m.side) == ("stance_share", take.index, take.near)
    }
    double = measures["double_support_share", BOTH]

    assert double.quality is Quality.GOOD
    assert double.value == pytest.approx(stance[Side.LEFT] + stance[Side.RIGHT] - 1)


def test_two_passes_each_way_read_each_leg_from_all_its_strides() -> None:
    clip = there_and_back(ACROSS, passes=4, duration_s=3.6)
    found = analysed(clip)
    measures = {(m.name, m.side): m for m in found.measures if m.segment is None}
    true = gait_truth(Gait())

    for side in (Side.LEFT, Side.RIGHT):
        for name in ("peak_dorsiflexion", "heel_off", "push_off_range", "trailing_limb_angle"):
            m = measures[name, side]
            assert m.quality is Quality.GOOD, name
            assert abs(m.value - true[name]) < 2 * m.sd, name
    curves = leg_curves(passes(found))
    near = {
        side: sum(
            len(walk.near.strides)
            for take, walk in zip(found.takes, found.walks, strict=True)
            if walk is not None and take.near is side
        )
        for side in (Side.LEFT, Side.RIGHT)
    }
    assert {(c.side, c.strides) for c in curves} == {(side, near[side]) for side in near}
    assert min(near.values()) >= 4


def test_what_the_far_leg_does_changes_nothing_that_is_said_of_either_leg() -> None:
    clip = there_and_back(ACROSS, passes=4, duration_s=3.6)
    facing = np.where(np.gradient(clip.point("left_hip")[:, 0]) > 0, 1, -1)
    xy_px = clip.xy_px.copy()
    for sign, far in ((1, "left"), (-1, "right")):
        column = clip.names.index(f"{far}_foot_index")
        xy_px[facing == sign, column, 1] -= 12.0  # the far toes are seen too high
    changed = joined(replace(clip, xy_px=xy_px))

    for (name, side), m in joined(clip).items():
        # a far foot lands and leaves when it did: its toes are only higher
        assert changed[name, side].value == pytest.approx(m.value, abs=1e-6, nan_ok=True), name


def test_even_legs_show_no_difference_and_it_is_right_less_left() -> None:
    clip = there_and_back(ACROSS)
    xy_px = clip.xy_px.copy()
    # the right leg's toes are seen higher, as of an ankle that is bent more in all of the walk
    column = clip.names.index("right_ankle")
    xy_px[:, column, 0] -= np.where(np.gradient(clip.point("right_hip")[:, 0]) > 0, 8.0, -8.0)
    even, bent = joined(clip), joined(replace(clip, xy_px=xy_px))
    name = ("peak_dorsiflexion_difference", BOTH)

    assert abs(even[name].value) < 0.5
    assert bent[name].value > 2.0
    assert abs(even["step_time_difference", BOTH].value) < 0.01


def test_in_a_mirror_differences_change_their_sign_and_the_legs_their_names() -> None:
    clip = there_and_back(ACROSS, passes=3)
    there, back = joined(clip), joined(mirrored(clip))

    assert {(name, side.other) for name, side in back} == set(there)
    for (name, side), m in there.items():
        sign = -1 if name.endswith("_difference") else 1
        assert back[name, side.other].value == pytest.approx(sign * m.value, abs=1e-5), name


def test_the_parts_are_left_out_where_the_whole_stands_for_them() -> None:
    measures = analysed(there_and_back(ACROSS, passes=4, duration_s=3.6)).measures

    kept = without_parts(measures)

    names = [(m.name, m.side) for m in kept if m.activity is Activity.WALKING]
    assert names.count(("peak_dorsiflexion", Side.LEFT)) == 1
    assert names.count(("cadence", BOTH)) == 1
    # counts add up: they stay one a pass
    assert names.count(("strides", Side.LEFT)) == 4


def test_a_single_pass_keeps_all_its_parts() -> None:
    measures = analysed(filmed(walking(seconds(5.0)).figure, ACROSS, Flaws(outline=False))).measures

    assert without_parts(measures) == measures


def test_no_passes_join_to_nothing() -> None:
    assert joined_measures((), ()) == ()
    assert leg_curves(()) == ()


def test_the_band_is_how_the_strides_scatter() -> None:
    noisy = Flaws(noise=0.01, outline=False)
    calm, rough = (
        leg_curves(passes(analysed(filmed(walking(seconds(6.0)).figure, ACROSS, flaws))))
        for flaws in (Flaws(outline=False), noisy)
    )

    for curve in calm:
        assert curve.phase is PHASE
        assert curve.count.max() == curve.strides
        assert np.nanmax(curve.sd) < 1.0, curve.name
    ankle = next(c for c in rough if c.name == "ankle_dorsiflexion")
    assert 1.0 < float(np.nanmean(ankle.sd)) < 8.0
    assert {c.name for c in rough} == {
        "hip_flexion",
        "knee_flexion",
        "ankle_dorsiflexion",
        "thigh_inclination",
        "shank_inclination",
        "foot_pitch",
    }
    assert not any(math.isnan(v) for c in calm for v in c.mean)
