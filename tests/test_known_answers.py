"""Known answers: what existing tools get wrong, row by row of known-answers.md.

Each row was seen in a published tool; `test_row_NN_...` is its right answer here. Rows 1, 11, 13,
16, 17, 19 and 25 need a clip, a machine or the command line and are tested where those are; 8 and 9
need the shared walking clip.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.doubt import doubt_rows, spread_of
from posture.measures.standing import standing_measures
from posture.signals.clean import clean, smoothed
from posture.signals.frame import floor_px, forward_sign, scale_of
from posture.signals.geometry import inclination_deg, pitch_tilt_deg, wrapped_deg
from posture.signals.hand import fingertip_px
from posture.signals.leg import knee_flexion, segment_inclination
from posture.types import (
    Activity,
    EventKind,
    Facing,
    Floats,
    Landmarks,
    Quality,
    Reason,
    Side,
)
from tests.make import (
    SIDE_ON,
    TALL,
    WIDE,
    Camera,
    Flaws,
    analysed,
    filmed,
    mirrored,
    retimed,
    seconds,
    still,
    taken,
    view,
)
from tests.stick import BENT, STANDING, Gait, bending, standing, walking

PLAIN = Flaws(outline=False)
TREADMILL = Gait(treadmill=True)


# --- 2, 3: a knee at 60 degrees ------------------------------------------------------------------


def normalised_knee(size_px: tuple[int, int]) -> Landmarks:
    """A knee flexed by 60 degrees: thigh 20 back, shank 40 forward, in a picture of this shape."""
    width, height = size_px
    ankle = (width / 2, height * 0.8)
    long = 0.2 * height
    knee = (
        ankle[0] + long * math.sin(math.radians(40)),
        ankle[1] - long * math.cos(math.radians(40)),
    )
    hip = (
        knee[0] + long * math.sin(math.radians(-20)),
        knee[1] - long * math.cos(math.radians(-20)),
    )
    return still({"right_hip": hip, "right_knee": knee, "right_ankle": ankle})


@pytest.mark.parametrize("size_px", [WIDE, TALL], ids=["16:9", "9:16"])
def test_row_02_a_knee_at_60_degrees_is_60_in_either_shape_of_picture(
    size_px: tuple[int, int],
) -> None:
    found = knee_flexion(normalised_knee(size_px), np.ones(1), Side.RIGHT)

    assert found.value[0] == pytest.approx(60.0)


@pytest.mark.parametrize("size_px", [WIDE, TALL], ids=["16:9", "9:16"])
def test_row_02_and_all_through_the_measures(size_px: tuple[int, int]) -> None:
    pose = replace(STANDING, shank_deg=20.0, knee_deg=60.0, trunk_deg=20.0)
    clip = filmed(standing(seconds(1.0), pose), Camera(size_px=size_px), PLAIN)

    found = taken(clip, Activity.STANDING)

    assert knee_flexion(found.landmarks, found.forward, found.near).value == pytest.approx(60.0)


@pytest.mark.parametrize("true_deg", [15.0, 60.0, 110.0])
def test_row_03_no_factor_hides_in_a_joint(true_deg: float) -> None:
    body = still(
        {
            "left_hip": (500.0, 300.0),
            "left_knee": (500.0, 400.0),
            "left_ankle": (
                500.0 - 100 * math.sin(math.radians(true_deg)),
                400.0 + 100 * math.cos(math.radians(true_deg)),
            ),
        }
    )

    found = knee_flexion(body, np.ones(1), Side.LEFT)

    assert found.value[0] == pytest.approx(true_deg)


# --- 4: a leaning trunk --------------------------------------------------------------------------


@pytest.mark.parametrize("lean_deg", [0.0, 20.0, 45.0])
def test_row_04_a_leaning_trunk_gives_no_pelvic_tilt(lean_deg: float) -> None:
    pose = replace(STANDING, trunk_deg=lean_deg)
    clip = filmed(standing(np.zeros(1), pose), SIDE_ON, PLAIN)

    measures = analysed(clip).measures

    assert all(math.isnan(m.value) for m in measures if m.name.startswith("pelvic_tilt"))


def test_row_04_nor_does_a_trunk_that_leans_over_a_pelvis_that_stays() -> None:
    upright, leaning = (
        analysed(filmed(standing(seconds(2.0), replace(STANDING, trunk_deg=deg)))).named(
            "pelvic_tilt"
        )
        for deg in (1.0, 9.0)
    )

    assert leaning.value == pytest.approx(upright.value, abs=0.5)


# --- 5: the floor --------------------------------------------------------------------------------


def test_row_05_toes_8_px_apart_are_no_slope_of_the_floor() -> None:
    level = filmed(standing(seconds(2.0)), SIDE_ON, PLAIN)
    xy_px = level.xy_px.copy()
    xy_px[:, level.names.index("left_foot_index"), 1] -= 8.0
    uneven = replace(level, xy_px=xy_px)

    floors = [floor_px(clip, (0, 30)) for clip in (level, uneven)]
    angles = [
        {m.name: m.value for m in analysed(clip).measures if not math.isnan(m.value)}
        for clip in (level, uneven)
    ]

    assert floors[0] == floors[1]
    assert angles[0] == angles[1]
    assert angles[0]["shank_lean"] == pytest.approx(STANDING.shank_deg, abs=0.01)


# --- 6, 7: time comes from timestamps ------------------------------------------------------------


def strength_at(hz: float, time_s: Floats, values: Floats) -> float:
    inside = slice(len(time_s) // 4, 3 * len(time_s) // 4)
    turn = 2 * np.pi * hz * time_s[inside]
    waves = np.column_stack([np.sin(turn), np.cos(turn)])
    found, *_ = np.linalg.lstsq(waves, values[inside], rcond=None)
    return float(np.hypot(*found))


def webcam_times(duration_s: float, rate_hz: float, jitter_frac: float) -> Floats:
    even = seconds(duration_s, rate_hz)
    rng = np.random.default_rng(7)
    return even + rng.uniform(-jitter_frac, jitter_frac, len(even)) / rate_hz


@pytest.mark.parametrize("cutoff_hz", [1.0, 2.0])
@pytest.mark.parametrize("jitter_frac", [0.0, 0.3])
def test_row_06_a_cut_off_stays_in_hertz_at_12_frames_a_second(
    cutoff_hz: float, jitter_frac: float
) -> None:
    time_s = webcam_times(20.0, 12.0, jitter_frac)

    passed = smoothed(np.sin(2 * np.pi * cutoff_hz * time_s), time_s, cutoff_hz)

    assert strength_at(cutoff_hz, time_s, passed) == pytest.approx(1 / math.sqrt(2), rel=0.03)


@pytest.mark.parametrize("jitter_frac", [0.2, 0.35])
def test_row_06_a_cut_off_of_6_hz_acts_at_6_hz_however_uneven_30_frames_come(
    jitter_frac: float,
) -> None:
    time_s = webcam_times(20.0, 30.0, jitter_frac)

    passed = smoothed(np.sin(2 * np.pi * 6.0 * time_s), time_s, 6.0)

    assert strength_at(6.0, time_s, passed) == pytest.approx(1 / math.sqrt(2), rel=0.03)


def test_row_06_a_retimed_clip_lasts_as_long_as_its_timestamps_say() -> None:
    # 30 pictures a second, delivered at 12: everything takes 2.5 times as long
    clip = filmed(bending(seconds(9.0)), SIDE_ON, PLAIN)
    slow = retimed(clip, clip.time_s * 2.5)

    bends = [
        next(s for s in analysed(c).segments if s.activity is Activity.FORWARD_BEND)
        for c in (clip, slow)
    ]
    lasts_s = [
        float(c.time_s[bend.frames[1] - 1] - c.time_s[bend.frames[0]])
        for c, bend in zip((clip, slow), bends, strict=True)
    ]

    assert lasts_s[1] == pytest.approx(2.5 * lasts_s[0], rel=0.05)


@pytest.mark.parametrize(
    "time_s",
    [
        np.arange(180) * 1001 / 30000,
        np.cumsum(np.random.default_rng(1).choice([1 / 60, 1 / 30, 1 / 24], 200)),
        seconds(6.0) - 0.5,
        np.concatenate([seconds(2.0), 2.3 + seconds(4.0)]),
    ],
    ids=["29.97", "variable rate", "first below zero", "cut out"],
)
def test_row_07_cadence_is_that_of_the_clock(time_s: Floats) -> None:
    clip = filmed(walking(time_s, TREADMILL).figure, SIDE_ON, PLAIN)

    found = [m for m in analysed(clip).measures if m.name == "cadence"]
    cadences = [m for m in found if m.quality is not Quality.MISSING]

    assert cadences
    for cadence in cadences:
        assert cadence.value == pytest.approx(120 / TREADMILL.stride_s, rel=0.01)
        assert abs(cadence.value - 120 / TREADMILL.stride_s) < 2 * cadence.sd


# --- 10: walking to the left ---------------------------------------------------------------------


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
def test_row_10_heel_strikes_are_heel_strikes_in_either_direction(facing: Facing) -> None:
    stroll = walking(seconds(5.0), first_s=0.3)
    clip = filmed(stroll.figure, Camera(size_px=(3000, 1080), facing=facing), PLAIN)

    events = analysed(clip).events

    for kind, true in (
        (EventKind.HEEL_STRIKE, stroll.strikes_s),
        (EventKind.TOE_OFF, stroll.offs_s),
    ):
        found = [e for e in events if e.kind is kind]
        assert len(found) >= 7
        for event in found:
            # toe-off lies 0.4 s from any strike
            assert np.abs(true[event.side] - event.time_s).min() < 0.05


# --- 12: no height, no metres --------------------------------------------------------------------


def test_row_12_without_a_height_there_are_no_metres_anywhere() -> None:
    clip = filmed(walking(seconds(5.0)).figure, Camera(size_px=(3000, 1080)), PLAIN)

    found = analysed(clip)

    assert {m.unit for m in found.measures} & {"m", "m_s"} == set()
    assert all(take.px_per_m is None for take in found.takes)
    assert scale_of(500.0, None).source == "none"
    assert found.named("walking_speed").value < 3.0  # leg lengths a second


# --- 14: straight is straight on both sides ------------------------------------------------------


@pytest.mark.parametrize("forward", [1.0, -1.0])
@pytest.mark.parametrize("lean_deg", [-30.0, 0.0, 12.0, 75.0])
def test_row_14_a_straight_left_and_right_knee_and_wrist_are_the_same_number(
    lean_deg: float, forward: float
) -> None:
    along = np.array(
        [forward * math.sin(math.radians(lean_deg)), -math.cos(math.radians(lean_deg))]
    )
    chain = ("ankle", "knee", "hip", "index", "wrist", "elbow")
    places = {
        f"{side}_{joint}": tuple(np.array([600.0, 600.0]) + 80.0 * i * along)
        for i, joint in enumerate(chain)
        for side in ("left", "right")
    }
    places |= {f"{side}_pinky": places[f"{side}_index"] for side in ("left", "right")}
    body, facing = still(places), np.array([forward])

    knees = [knee_flexion(body, facing, side).value[0] for side in (Side.LEFT, Side.RIGHT)]
    wrists = []
    for side in (Side.LEFT, Side.RIGHT):
        elbow, wrist = (body.point(f"{side.value}_{p}") for p in ("elbow", "wrist"))
        tip = fingertip_px(body, side, 500.0)
        forearm, hand = inclination_deg(elbow, wrist, facing), inclination_deg(wrist, tip, facing)
        wrists.append(float(wrapped_deg(forearm - hand)[0]))

    assert knees == pytest.approx([0.0, 0.0], abs=1e-9)
    assert wrists == pytest.approx([0.0, 0.0], abs=1e-9)


# --- 15: what was not seen -----------------------------------------------------------------------


@pytest.mark.parametrize("point", ["hip", "knee", "ankle"])
def test_row_15_a_point_not_seen_is_nan_not_zero_and_not_the_last_value(point: str) -> None:
    gap = (f"right_{point}", 0.5, 1.5)
    clip = filmed(standing(seconds(2.0)), SIDE_ON, replace(PLAIN, gaps=(gap,)))
    cleaned = clean(clip)
    inside = (clip.time_s >= 0.5) & (clip.time_s < 1.5)

    value = knee_flexion(cleaned.landmarks, forward_sign(cleaned.landmarks), Side.RIGHT).value

    assert np.isnan(value[inside]).all()
    assert np.isfinite(value[~inside]).all()


def test_row_15_and_its_share_is_reported() -> None:
    gap = ("right_knee", 0.0, 1.2)
    clip = filmed(standing(seconds(2.0)), SIDE_ON, replace(PLAIN, gaps=(gap,)))
    take = taken(clip, Activity.STANDING)

    found = next(m for m in standing_measures(take) if m.name == "knee_flexion")

    assert found.quality is Quality.MISSING
    assert found.reason is not None
    assert found.reason.code == "body_not_seen"
    assert found.reason.values["share"] == pytest.approx(0.4)


# --- 18: a yaw of 32 degrees ---------------------------------------------------------------------


@pytest.mark.parametrize("size_px", [WIDE, TALL], ids=["16:9", "9:16"])
@pytest.mark.parametrize("yaw_deg", [32.0, -32.0])
def test_row_18_a_yaw_of_32_degrees_is_seen_and_refused_in_any_aspect(
    yaw_deg: float, size_px: tuple[int, int]
) -> None:
    clip = filmed(standing(seconds(2.0)), Camera(yaw_deg=yaw_deg, size_px=size_px), PLAIN)

    found = analysed(clip)

    assert found.segments[0].view.yaw_deg == pytest.approx(yaw_deg, abs=1.0)
    assert {m.quality for m in found.measures} == {Quality.MISSING}
    assert {m.reason.code for m in found.measures if m.reason} == {"turned_too_far"}


# --- 20: the far leg -----------------------------------------------------------------------------


def test_row_20_the_near_leg_is_reported_and_the_far_one_marked() -> None:
    far = tuple(f"left_{p}" for p in ("hip", "knee", "ankle", "heel", "foot_index"))
    clip = filmed(walking(seconds(5.0), TREADMILL).figure, SIDE_ON, replace(PLAIN, hidden=far))

    measures = analysed(clip).measures

    near = {m.name: m.quality for m in measures if m.side is Side.RIGHT}
    assert near["peak_dorsiflexion"] is Quality.GOOD
    assert near["stance_share"] is Quality.GOOD
    for m in measures:
        if m.side is Side.LEFT and m.name != "strides":
            assert math.isnan(m.value)
            assert m.reason is not None


# --- 21: a pitched camera ------------------------------------------------------------------------


def test_row_21_a_pitch_of_10_degrees_leans_a_vertical_15_degrees_aside_by_2_7() -> None:
    assert pitch_tilt_deg(10.0, 15.0) == pytest.approx(2.7, abs=0.05)
    assert pitch_tilt_deg(-10.0, 15.0) == pytest.approx(-2.7, abs=0.05)
    assert pitch_tilt_deg(10.0, 0.0) == 0.0


@pytest.mark.parametrize("name", ["trunk_lean", "shank_lean"])
def test_row_21_and_two_of_the_stated_sd_cover_it(name: str) -> None:
    focal_px = (WIDE[0] / 2) / math.tan(math.radians(30.0))
    aside_px = focal_px * math.tan(math.radians(15.0))
    clip = filmed(standing(seconds(2.0)), Camera(off_centre_px=aside_px, height_px=400.0), PLAIN)

    found = analysed(clip).named(name)

    # the pitch is unknown, 10 degrees being two of its sd
    assert 2 * found.spread["camera_pitch"] == pytest.approx(2.7, abs=0.1)
    assert 2 * found.sd > 2.7


@pytest.mark.parametrize("name", ["trunk_lean", "shank_lean"])
def test_row_21_and_make_no_difference_between_left_and_right_of_the_picture(name: str) -> None:
    left, right = (
        analysed(
            filmed(standing(seconds(2.0)), Camera(off_centre_px=aside, height_px=400.0), PLAIN)
        ).named(name)
        for aside in (-250.0, 250.0)
    )

    assert left.value == pytest.approx(right.value, abs=1e-6)
    assert left.spread == pytest.approx(right.spread)


def test_row_21_a_joint_angle_is_not_touched() -> None:
    row = doubt_rows()[Activity.STANDING, "knee_flexion"]
    take = taken(filmed(standing(seconds(1.0)), SIDE_ON, PLAIN), Activity.STANDING)
    pitched = replace(
        take,
        off_axis_deg=15.0,
        segment=replace(take.segment, view=view(pitch_sd_deg=10.0)),
    )

    assert "camera_pitch" not in spread_of(row, 2.0, pitched, {})


# --- 22: pelvis, spine and the line between hip and shoulder -------------------------------------


def test_row_22_the_upper_trunk_turns_as_far_as_pelvis_and_spine_and_the_line_does_not() -> None:
    bent = replace(
        BENT,
        trunk_deg=STANDING.trunk_deg + 73.0,
        sacrum_deg=STANDING.sacrum_deg + 42.0,
        junction_deg=STANDING.junction_deg + 42.0 + 45.0,
        thorax_deg=STANDING.thorax_deg + 42.0 + 73.0,
    )

    found = analysed(filmed(bending(seconds(9.0), bent)))

    assert found.named("pelvic_rotation").value == pytest.approx(42.0, abs=1.5)
    assert found.named("spine_flexion").value == pytest.approx(73.0, abs=1.5)
    assert found.named("upper_trunk_rotation").value == pytest.approx(115.0, abs=1.5)
    assert found.named("trunk_flexion").value == pytest.approx(73.0, abs=0.5)
    # the hip turned by 42 and the thigh's 10 back: not by 73 and more
    thigh = bent.thigh_deg - STANDING.thigh_deg
    assert found.named("pelvis_on_thigh_flexion").value == pytest.approx(42.0 - thigh, abs=1.5)


# --- 23: fingertips at the floor -----------------------------------------------------------------


@pytest.mark.parametrize("below_floor", [0.0, 0.01, 0.04])
def test_row_23_fingertips_at_or_below_the_floor_are_0_at_or_below(below_floor: float) -> None:
    # what is missing to the floor is taken from the knees
    low = replace(BENT, knee_deg=STANDING.knee_deg, shank_deg=0.0, trunk_deg=129.0)
    too_high = low.fingertip_height + below_floor
    clip = filmed(bending(seconds(9.0), low), SIDE_ON, PLAIN)
    xy_px = clip.xy_px.copy()
    held = (clip.time_s > 3.0) & (clip.time_s < 6.0)
    for part in ("wrist", "index", "pinky", "thumb"):
        xy_px[held, clip.names.index(f"right_{part}"), 1] += too_high * 500.0

    found = analysed(replace(clip, xy_px=xy_px), height_m=1.7)

    for name in ("fingertip_floor", "fingertip_floor_m"):
        assert found.named(name).value == 0.0
        assert found.named(name).quality is Quality.GOOD
        assert found.named(name).reason == Reason("floor_reached")
    assert found.named("reach_fraction").value == pytest.approx(1.0, abs=0.02)


def test_row_23_fingertips_well_above_the_floor_are_where_they_are() -> None:
    found = analysed(filmed(bending(seconds(9.0)), SIDE_ON, PLAIN)).named("fingertip_floor")

    assert found.value > 0.05
    assert found.reason is None


# --- 24: one side's view of double support -------------------------------------------------------


@pytest.mark.parametrize("mirror", [False, True])
def test_row_24_double_support_from_one_side_is_marked(mirror: bool) -> None:  # noqa: FBT001 - a case
    unseen = replace(PLAIN, hidden=("left_foot_index",))
    clip = filmed(walking(seconds(5.0), TREADMILL).figure, SIDE_ON, unseen)

    found = analysed(mirrored(clip) if mirror else clip).named("double_support_share")

    assert found.quality is Quality.SUSPECT
    assert found.reason == Reason("double_support_from_one_side")
    assert abs(found.value - 0.25) < 2 * found.sd


def test_a_shank_is_measured_against_the_vertical_and_not_against_the_feet() -> None:
    # rows 5 and 21 rest on this
    body = still({"right_knee": (500.0, 400.0), "right_ankle": (500.0, 500.0)})

    assert segment_inclination("shank", body, np.ones(1), Side.RIGHT).value[0] == 0.0
