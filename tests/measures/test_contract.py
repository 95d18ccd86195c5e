"""What every measure owes: its name and unit in the contract, its doubt, its reason."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from posture.measures.calibration import calibration_measures
from posture.measures.doubt import doubt_rows
from posture.types import Activity, Facing, Measure, Quality, Side, Unit
from tests.lying import raising
from tests.make import (
    SIDE_ON,
    Camera,
    Flaws,
    analysed,
    filmed,
    mirrored,
    seconds,
    taken,
    there_and_back,
    thinned,
)
from tests.stick import (
    BENT,
    Gait,
    Pose,
    bending,
    moving,
    one_after_another,
    running,
    standing,
    walking,
)

# What other programs read: name and unit of every measure, written out by hand.
CONTRACT: dict[Activity, dict[str, Unit]] = {
    Activity.STANDING: {
        "pelvic_tilt": "deg",
        "pelvic_tilt_change": "deg",
        "pelvic_position": "frac",
        "lumbar_curve": "deg",
        "trunk_lean": "deg",
        "pelvic_shift": "leg_length",
        "thoracic_rounding": "deg",
        "head_forward": "body_height",
        "knee_flexion": "deg",
        "shank_lean": "deg",
    },
    Activity.FORWARD_BEND: {
        "fingertip_floor": "leg_length",
        "fingertip_floor_m": "m",
        "reach_fraction": "frac",
        "pelvis_on_thigh_flexion": "deg",
        "pelvic_rotation": "deg",
        "lumbar_flexion": "deg",
        "thoracic_flexion": "deg",
        "spine_flexion": "deg",
        "upper_trunk_rotation": "deg",
        "trunk_flexion": "deg",
        "hip_share": "frac",
        "knee_bend": "deg",
        "ankle_in_bend": "deg",
        "hip_back_shift": "leg_length",
        "soft_knee_gain": "deg",
        "heel_wedge_gain": "leg_length",
        "soft_knee_hip_flexion": "deg",
        "soft_knee_bend": "deg",
        "heel_wedge_fingertip_floor": "leg_length",
        "fingertip_floor_best": "leg_length",
        "fingertip_floor_best_m": "m",
        "lumbar_hip_ratio_early": "frac",
        "lumbar_hip_ratio_middle": "frac",
        "lumbar_hip_ratio_late": "frac",
    },
    Activity.WALKING: {
        "cadence": "steps_per_min",
        "stride_time": "s",
        "step_time": "s",
        "stance_share": "frac",
        "double_support_share": "frac",
        "step_length": "leg_length",
        "step_length_m": "m",
        "walking_speed": "leg_length_per_s",
        "walking_speed_m_s": "m_s",
        "peak_dorsiflexion": "deg",
        "heel_off": "frac",
        "peak_plantarflexion": "deg",
        "plantarflexion_at_toe_off": "deg",
        "push_off_range": "deg",
        "shank_at_heel_off": "deg",
        "trailing_limb_angle": "deg",
        "hip_extension": "deg",
        "knee_flexion_at_peak_dorsiflexion": "deg",
        "heel_rise_rate": "deg_s",
        "knee_extension_midstance": "deg",
        "strides": "count",
        "peak_dorsiflexion_difference": "deg",
        "step_time_difference": "s",
    },
    Activity.RUNNING: {"cadence": "steps_per_min"},
    Activity.WALL_LUNGE: {
        "lunge_dorsiflexion_straight": "deg",
        "lunge_dorsiflexion_bent": "deg",
        "gastrocnemius_share": "deg",
    },
    Activity.LEG_RAISE: {"leg_raise_angle": "deg"},
}
# in the contract, but of several poses or clips, so that no single take gives them
NOT_OF_ONE_TAKE = {
    "pelvic_tilt_change",
    "pelvic_position",
    "soft_knee_gain",
    "heel_wedge_gain",
    "soft_knee_hip_flexion",
    "soft_knee_bend",
    "heel_wedge_fingertip_floor",
    "fingertip_floor_best",
    "fingertip_floor_best_m",
    # of a bend's course, which this walk through single takes does not follow: test_rhythm.py
    "lumbar_hip_ratio_early",
    "lumbar_hip_ratio_middle",
    "lumbar_hip_ratio_late",
}
STRAIGHT = Pose(shank_deg=33.0, knee_deg=3.0, trunk_deg=25.0)
SOFT = Pose(shank_deg=39.0, knee_deg=30.0, trunk_deg=12.0)
WIDE_ENOUGH = Camera(size_px=(3000, 1080))
LEG = ("hip", "knee", "ankle", "heel", "foot_index")


@cache
def everything() -> tuple[Measure, ...]:
    """All that comes out of clips good and bad, with a height and without."""
    step = seconds(4.0)
    clips = [
        filmed(bending(seconds(9.0))),
        filmed(bending(seconds(9.0), replace(BENT, knee_deg=30.0))),
        filmed(bending(seconds(9.0)), Camera(yaw_deg=22.0), Flaws(noise=0.003)),
        filmed(bending(seconds(9.0)), Camera(yaw_deg=32.0), Flaws(noise=0.003)),
        filmed(bending(seconds(9.0)), SIDE_ON, Flaws(hidden=("right_wrist", "right_heel"))),
        filmed(standing(step), SIDE_ON, Flaws(outline=False, hidden=("right_ear",))),
        filmed(standing(step), Camera(yaw_deg=80.0)),
        filmed(standing(np.zeros(1))),
        filmed(standing(np.zeros(1), BENT)),
        filmed(walking(seconds(5.0)).figure, WIDE_ENOUGH, Flaws(outline=False)),
        filmed(walking(seconds(2.0)).figure, WIDE_ENOUGH, Flaws(outline=False)),
        filmed(walking(seconds(1.3)).figure, WIDE_ENOUGH, Flaws(outline=False)),
        filmed(walking(step, Gait(treadmill=True)).figure, SIDE_ON, Flaws(outline=False)),
        filmed(
            walking(step, Gait(treadmill=True)).figure,
            SIDE_ON,
            Flaws(outline=False, hidden=tuple(f"left_{part}" for part in LEG)),
        ),
        thinned(filmed(walking(step, Gait(treadmill=True)).figure, SIDE_ON), 3),
        filmed(running(seconds(3.0)).figure, WIDE_ENOUGH, Flaws(outline=False)),
        there_and_back(WIDE_ENOUGH),
        filmed(moving(seconds(8.0), [(2.0, STRAIGHT), (6.0, SOFT)], far_foot_ahead=0.40)),
        raising(66.0),
        filmed(
            one_after_another(bending(seconds(9.0)), walking(seconds(4.0)).figure),
            Camera(size_px=(1920, 1080), height_px=300.0, facing=Facing.LEFT),
        ),
    ]
    found: list[Measure] = [
        *calibration_measures(
            taken(filmed(standing(seconds(8.0)), SIDE_ON, Flaws(noise=0.003)), Activity.STANDING)
        )
    ]
    for clip in clips:
        found += analysed(clip).measures
        found += analysed(mirrored(clip), height_m=1.7, belt_m_s=1.2).measures
    return tuple(found)


def joined() -> list[Measure]:
    """Those that several passes give together."""
    return [m for m in everything() if m.segment is None]


def test_only_walking_is_joined_over_passes() -> None:
    assert {m.activity for m in joined()} == {Activity.WALKING}


def test_the_clips_show_every_activity_and_every_grade() -> None:
    assert {m.activity for m in everything()} == {*CONTRACT}
    assert {m.quality for m in everything()} == {*Quality}


def test_every_measure_is_in_the_contract_with_its_unit() -> None:
    unknown = {
        (m.activity.value, m.name, m.unit)
        for m in everything()
        if CONTRACT[m.activity].get(m.name) != m.unit
    }

    assert unknown == set()


def test_every_measure_of_the_contract_comes_out_as_a_number_somewhere() -> None:
    measured = {(m.activity, m.name) for m in everything() if not math.isnan(m.value)}
    owed = {
        (activity, name)
        for activity, names in CONTRACT.items()
        for name in names
        if name not in NOT_OF_ONE_TAKE
    }

    assert owed - measured == set()


def test_nan_and_missing_go_together() -> None:
    assert all(math.isnan(m.value) == (m.quality is Quality.MISSING) for m in everything())


def test_whatever_is_not_good_says_why() -> None:
    silent = {m.name for m in everything() if m.quality is not Quality.GOOD and m.reason is None}

    assert silent == set()


def test_a_number_has_a_finite_doubt_and_a_missing_one_an_infinite() -> None:
    for m in everything():
        assert (m.sd == math.inf) == (m.quality is Quality.MISSING), m
        assert all(math.isfinite(sd) for sd in m.spread.values()), m


def test_only_counts_are_without_doubt() -> None:
    certain = {m.name for m in everything() if m.sd == 0}

    assert certain == {"strides"}


def test_a_missing_number_is_never_zero() -> None:
    # a fingertip at the floor and a count of nothing are the only honest zeros
    zero = {m.name for m in everything() if m.value == 0}

    assert zero <= {"strides", "fingertip_floor", "fingertip_floor_m"}


def test_every_measure_names_frames_of_its_clip_and_its_segment() -> None:
    for m in everything():
        assert 0 <= m.frames[0] < m.frames[1], m
        assert (m.segment is None) == (m in joined()), m


def test_sides_are_the_person_s_and_the_far_leg_is_never_good() -> None:
    far_good = {
        m.name
        for m in everything()
        if m.side in {Side.LEFT, Side.RIGHT}
        and m.quality is Quality.GOOD
        and m.reason is not None
        and m.reason.code.startswith("far")
    }

    assert far_good == set()


def test_every_row_of_the_table_of_doubt_is_used() -> None:
    used = {(m.activity, m.name) for m in everything()}

    assert {*doubt_rows()} - used == set()


def test_every_row_has_a_source_and_the_unit_of_the_contract() -> None:
    for row in doubt_rows().values():
        place = f"{row.activity.value}.{row.measure}"
        assert row.source.strip(), place
        assert row.unit == CONTRACT[row.activity][row.measure], place
        assert row.sd, place
        assert all(math.isfinite(sd) for sd in row.sd.values()), place


def test_upper_trunk_is_pelvis_plus_spine_and_spine_is_lumbar_plus_thorax() -> None:
    bends: dict[tuple[int, int | None, tuple[int, int]], dict[str, float]] = {}
    clip = 0
    for m in everything():
        if m.name == "fingertip_floor":
            clip += 1
        if m.activity is Activity.FORWARD_BEND and m.quality is not Quality.MISSING:
            bends.setdefault((clip, m.segment, m.frames), {})[m.name] = m.value
    whole = [b for b in bends.values() if "upper_trunk_rotation" in b]

    assert len(whole) >= 4
    for bend in whole:
        assert bend["spine_flexion"] == pytest.approx(
            bend["lumbar_flexion"] + bend["thoracic_flexion"], abs=1e-9
        )
        assert bend["upper_trunk_rotation"] == pytest.approx(
            bend["pelvic_rotation"] + bend["spine_flexion"], abs=1e-9
        )


def test_metres_come_only_with_a_height() -> None:
    clip = filmed(bending(seconds(9.0)))

    without = {m.unit for m in analysed(clip).measures}
    with_height = {m.unit for m in analysed(clip, height_m=1.7).measures}

    assert not without & {"m", "m_s"}
    assert "m" in with_height
