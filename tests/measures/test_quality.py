"""Refusals: a question that a clip cannot answer is not answered, and why is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.errors import UnusableClip
from posture.measures.limits import QualitySettings
from posture.measures.quality import (
    GOOD,
    Grade,
    measured,
    outline_grade,
    seen_grade,
    view_grade,
    worst,
)
from posture.measures.standing import standing_measures
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.types import Activity, Facing, Measure, Quality, Reason, Side
from tests.make import (
    SIDE_ON,
    TALL,
    WIDE,
    Camera,
    Flaws,
    analysed,
    filmed,
    seconds,
    taken,
    thinned,
    view,
)
from tests.stick import BENT, STANDING, Figure, Gait, Pose, bending, moving, standing, walking

PLAIN = Flaws(outline=False)
TREADMILL = Gait(treadmill=True)
LEG = ("hip", "knee", "ankle", "heel", "foot_index")


def codes(measures: list[Measure] | tuple[Measure, ...]) -> set[str]:
    return {m.reason.code for m in measures if m.reason is not None}


def grades(figure: Figure, camera: Camera, flaws: Flaws, *names: str) -> dict[str, Quality]:
    found = analysed(filmed(figure, camera, flaws)).measures
    return {m.name: m.quality for m in found if not names or m.name in names}


# --- the view ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size_px", [WIDE, TALL])
@pytest.mark.parametrize("yaw_deg", [-32.0, 32.0])
def test_a_yaw_of_32_degrees_is_refused_in_either_shape_of_picture(
    yaw_deg: float, size_px: tuple[int, int]
) -> None:
    camera = Camera(yaw_deg=yaw_deg, size_px=size_px)

    found = analysed(filmed(standing(seconds(2.0)), camera, PLAIN)).measures

    assert {m.quality for m in found} == {Quality.MISSING}
    assert codes(found) == {"turned_too_far"}


@pytest.mark.parametrize("yaw_deg", [-22.0, 22.0])
def test_somebody_turned_by_22_degrees_is_marked(yaw_deg: float) -> None:
    found = analysed(filmed(standing(seconds(2.0)), Camera(yaw_deg=yaw_deg), PLAIN)).named(
        "shank_lean"
    )

    assert found.quality is Quality.SUSPECT
    assert found.reason is not None
    assert found.reason.code == "turned"
    assert found.reason.values["yaw_deg"] == pytest.approx(22.0, abs=0.5)


@pytest.mark.parametrize(
    "figure",
    [standing(seconds(2.0)), bending(seconds(9.0)), walking(seconds(4.0), TREADMILL).figure],
    ids=["standing", "bend", "walking"],
)
def test_a_yaw_of_15_degrees_widens_every_doubt_that_it_touches(figure: Figure) -> None:
    straight, turned = (
        {(m.name, m.side): m for m in analysed(filmed(figure, Camera(yaw_deg=yaw))).measures}
        for yaw in (0.0, 15.0)
    )
    touched = {key for key, m in straight.items() if "yaw" in m.spread and key in turned}

    assert touched
    for key in touched:
        if turned[key].quality is not Quality.MISSING:
            assert turned[key].spread["yaw"] > straight[key].spread["yaw"], key


@pytest.mark.parametrize("yaw_deg", [80.0, -80.0])
def test_a_view_from_front_or_back_is_refused(yaw_deg: float) -> None:
    found = analysed(filmed(standing(seconds(2.0)), Camera(yaw_deg=yaw_deg), PLAIN)).measures

    assert codes(found) <= {"not_side_view", "turned_too_far"}
    assert {m.quality for m in found} <= {Quality.MISSING}


@pytest.mark.parametrize(
    ("facing", "yaw_deg", "reason"),
    [
        (Facing.FRONT, 0.0, "not_side_view"),
        (Facing.UNKNOWN, 0.0, "not_side_view"),
        (Facing.RIGHT, math.nan, "body_not_whole"),
        (Facing.LEFT, 28.1, "turned_too_far"),
        (Facing.LEFT, -28.1, "turned_too_far"),
        (Facing.LEFT, 18.1, "turned"),
        (Facing.LEFT, 17.9, None),
    ],
)
def test_the_view_is_graded(facing: Facing, yaw_deg: float, reason: str | None) -> None:
    take = taken(filmed(standing(seconds(0.5)), SIDE_ON, PLAIN), Activity.STANDING)
    segment = replace(take.segment, view=view(facing=facing, yaw_deg=yaw_deg))

    grade = view_grade(replace(take, segment=segment))

    assert (grade.reason and grade.reason.code) == reason


# --- points and outline --------------------------------------------------------------------------


def test_points_have_to_be_seen_by_the_model_over_most_of_the_time() -> None:
    take = taken(filmed(standing(seconds(2.0)), SIDE_ON, PLAIN), Activity.STANDING)
    observed = take.observed.copy()
    observed[:30, take.landmarks.names.index("right_knee")] = False
    half = replace(take, observed=observed)

    assert seen_grade(half, ("hip",), Side.RIGHT) is GOOD
    assert seen_grade(half, ("knee",), Side.LEFT) is GOOD
    assert seen_grade(half, ("hip", "knee"), Side.RIGHT) == Grade(
        quality=Quality.MISSING, reason=Reason("body_not_seen", {"share": 0.5})
    )


@pytest.mark.parametrize(("hidden", "code"), [("heel", "feet_not_seen"), ("knee", "body_not_seen")])
def test_the_reason_names_what_was_out_of_sight(hidden: str, code: str) -> None:
    take = taken(filmed(standing(seconds(2.0)), SIDE_ON, PLAIN), Activity.STANDING)
    observed = take.observed.copy()
    observed[:, take.landmarks.names.index(f"right_{hidden}")] = False

    grade = seen_grade(replace(take, observed=observed), ("knee", "ankle", "heel"), Side.RIGHT)

    assert grade.reason == Reason(code, {"share": 0.0})


@pytest.mark.parametrize(("seen", "quality"), [(7, Quality.GOOD), (5, Quality.MISSING)])
def test_the_outline_has_to_be_clear_over_most_of_the_frames(seen: int, quality: Quality) -> None:
    take = taken(filmed(standing(seconds(2.0)), SIDE_ON, PLAIN), Activity.STANDING)
    values = np.array([1.0] * seen + [math.nan] * (10 - seen))

    assert outline_grade(take, values).quality is quality
    assert outline_grade(take, np.zeros(0)).quality is Quality.MISSING


HIDES = {
    "trunk_lean": "shoulder",
    "pelvic_shift": "ankle",
    "head_forward": "ear",
    "knee_flexion": "ankle",
    "shank_lean": "ankle",
}


@pytest.mark.parametrize(("name", "point"), HIDES.items())
def test_a_hidden_point_leaves_its_measures_missing_with_a_reason_and_never_zero(
    name: str, point: str
) -> None:
    clip = filmed(standing(seconds(2.0)), SIDE_ON, replace(PLAIN, hidden=(f"right_{point}",)))
    take = taken(clip, Activity.STANDING)
    found = next(m for m in standing_measures(take) if m.name == name)

    assert math.isnan(found.value)
    assert found.quality is Quality.MISSING
    assert found.reason is not None
    assert found.spread == {}


def test_without_an_outline_there_is_no_back() -> None:
    backs = ("pelvic_tilt", "lumbar_curve", "thoracic_rounding")
    found = analysed(filmed(standing(seconds(2.0)), SIDE_ON, PLAIN)).measures

    assert {m.name: m.quality for m in found if m.name in backs} == dict.fromkeys(
        backs, Quality.MISSING
    )
    assert codes([m for m in found if m.name in backs]) == {"back_outline_unclear"}


def test_a_back_that_hangs_straight_from_the_shoulder_blades_is_a_shirt() -> None:
    shirt = replace(STANDING, trunk_deg=2.0, sacrum_deg=2.0, junction_deg=2.0, thorax_deg=2.0)

    found = analysed(filmed(standing(seconds(2.0), shirt))).named("pelvic_tilt")

    assert found.reason == Reason("back_hangs_straight")
    assert math.isnan(found.value)


# --- bends ---------------------------------------------------------------------------------------


def test_a_bend_without_standing_before_or_after_is_held_against_people_s_standing() -> None:
    half_up = replace(STANDING, trunk_deg=40.0)
    keys = [(0.0, half_up), (1.5, BENT), (3.5, BENT), (5.0, half_up)]

    found = analysed(filmed(moving(seconds(5.0), keys)))

    assert {m.activity for m in found.measures} == {Activity.FORWARD_BEND}
    reach, hinge, knee = (
        found.named(name) for name in ("fingertip_floor", "pelvis_on_thigh_flexion", "knee_bend")
    )
    assert reach.quality is Quality.GOOD  # needs no standing
    assert "neutral" not in reach.spread
    for measure in (hinge, knee):
        assert measure.reason == Reason("bend_without_standing")
        assert measure.quality is Quality.SUSPECT
        assert measure.spread["neutral"] > 3
    assert hinge.value == pytest.approx(BENT.sacrum_deg - BENT.thigh_deg - 23.7, abs=2)


@pytest.mark.parametrize(
    "arms",
    [
        {"arm_deg": -80.0, "forearm_deg": -150.0},  # fingertips on the collar-bones
        {"arm_deg": 0.0, "forearm_deg": -90.0},
        {"arm_deg": -170.0, "forearm_deg": -170.0},
    ],
)
def test_arms_that_did_not_hang_in_standing_give_no_reach(arms: dict[str, float]) -> None:
    figure = bending(seconds(9.0), upright=replace(STANDING, **arms))

    found = analysed(filmed(figure, SIDE_ON, PLAIN))

    assert found.named("reach_fraction").reason == Reason("arms_did_not_hang")
    assert found.named("fingertip_floor").quality is Quality.GOOD


def test_knees_bent_in_the_bend_mark_what_they_let_off() -> None:
    figure = bending(seconds(9.0), bent=replace(BENT, knee_deg=25.0))

    found = analysed(filmed(figure))

    for name in ("pelvis_on_thigh_flexion", "hip_share", "trunk_flexion"):
        marked = found.named(name)
        assert marked.quality is Quality.SUSPECT
        assert marked.reason is not None
        assert marked.reason.code == "knees_bent_in_bend"
        assert marked.reason.values["knee_deg"] == pytest.approx(23.0, abs=0.2)
    assert found.named("knee_bend").quality is Quality.GOOD


def test_a_turn_too_small_has_no_share() -> None:
    stiff = replace(BENT, sacrum_deg=22.0, junction_deg=-4.0, thorax_deg=100.0, trunk_deg=60.0)

    found = analysed(filmed(bending(seconds(9.0), bent=stiff)))

    assert math.isnan(found.named("hip_share").value)


@pytest.mark.parametrize("hidden", ["right_wrist", "right_heel"])
def test_a_hand_or_foot_out_of_sight_gives_no_distance(hidden: str) -> None:
    found = analysed(filmed(bending(seconds(9.0)), SIDE_ON, replace(PLAIN, hidden=(hidden,))))

    for name in ("fingertip_floor", "reach_fraction"):
        assert math.isnan(found.named(name).value)
        assert found.named(name).reason is not None


# --- walking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [10.0, 12.0, 20.0])
def test_12_frames_a_second_give_no_times_of_walking(rate_hz: float) -> None:
    clip = filmed(walking(seconds(6.0, rate_hz), TREADMILL).figure, SIDE_ON, PLAIN)

    found = [m for m in analysed(clip).measures if m.name != "strides"]

    assert found
    assert {m.quality for m in found} == {Quality.MISSING}
    assert codes(found) <= {"too_few_frames_for_walking", "far_leg_hidden"}


def test_every_other_picture_of_60_is_enough_and_every_fifth_is_not() -> None:
    clip = filmed(walking(seconds(5.0, 60.0), TREADMILL).figure, SIDE_ON, PLAIN)

    assert analysed(thinned(clip, 2)).named("cadence").quality is Quality.GOOD
    assert analysed(thinned(clip, 5)).named("cadence").quality is Quality.MISSING


@pytest.mark.parametrize(("duration_s", "strides"), [(2.6, 1), (3.6, 2)])
def test_few_strides_are_marked(duration_s: float, strides: int) -> None:
    clip = filmed(walking(seconds(duration_s), TREADMILL).figure, SIDE_ON, PLAIN)

    found = analysed(clip)

    assert found.named("strides", Side.RIGHT).value == strides
    assert found.named("cadence").quality is Quality.SUSPECT
    assert found.named("cadence").reason == Reason("few_strides", {"count": strides})
    assert found.named("peak_dorsiflexion").quality is Quality.SUSPECT


def test_without_a_whole_stride_nothing_is_said_of_walking() -> None:
    clip = filmed(walking(seconds(2.0), TREADMILL).figure, SIDE_ON, PLAIN)

    found = analysed(clip)

    assert found.activities == [Activity.WALKING]
    others = [m for m in found.measures if m.name != "strides"]
    assert {m.quality for m in others} == {Quality.MISSING}
    assert codes(others) <= {"no_whole_stride", "far_leg_hidden"}


def test_a_far_leg_behind_the_near_one_is_marked_and_never_good() -> None:
    far = tuple(f"left_{part}" for part in LEG)
    clip = filmed(walking(seconds(5.0), TREADMILL).figure, SIDE_ON, replace(PLAIN, hidden=far))

    found = analysed(clip).measures

    near = next(m for m in found if m.name == "peak_dorsiflexion" and m.side is Side.RIGHT)
    assert near.quality is Quality.GOOD
    for m in found:
        if m.side is Side.LEFT and m.name != "strides":
            assert m.quality is Quality.MISSING, m.name


def test_a_far_leg_that_was_seen_is_still_marked() -> None:
    clip = filmed(walking(seconds(5.0), TREADMILL).figure, SIDE_ON, PLAIN)

    found = analysed(clip)

    for name in ("stance_share", "step_time"):
        assert found.named(name, Side.RIGHT).quality is Quality.GOOD
        assert found.named(name, Side.LEFT).reason == Reason("far_leg")


# --- one picture ---------------------------------------------------------------------------------


def test_one_picture_is_marked_and_doubted_more_than_a_clip() -> None:
    clip = analysed(filmed(standing(seconds(2.0)))).named("trunk_lean")
    picture = analysed(filmed(standing(np.zeros(1)))).named("trunk_lean")

    assert picture.quality is Quality.SUSPECT
    assert picture.reason == Reason("single_picture")
    assert picture.sd == pytest.approx(math.sqrt(2) * clip.sd, rel=0.01)


def test_one_picture_of_a_bend_is_held_against_people_s_standing_and_doubted() -> None:
    clip = analysed(filmed(bending(seconds(9.0))))
    found = analysed(filmed(standing(np.zeros(1), BENT)))

    for name in ("fingertip_floor", "pelvis_on_thigh_flexion", "trunk_flexion", "knee_bend"):
        pictured, filmed_whole = found.named(name), clip.named(name)
        assert pictured.reason == Reason("single_picture")
        assert pictured.sd > 1.4 * filmed_whole.sd
        assert abs(pictured.value - filmed_whole.value) < 2 * pictured.sd
    assert not {m.name for m in found.measures} & {"lumbar_hip_ratio_early"}


# --- lunges --------------------------------------------------------------------------------------


def test_a_lunge_with_a_straight_knee_says_nothing_of_a_bent_one() -> None:
    lunge = Pose(shank_deg=33.0, knee_deg=3.0, trunk_deg=25.0)
    figure = moving(seconds(4.0), [(0.0, lunge)], far_foot_ahead=0.40)

    found = analysed(filmed(figure, SIDE_ON, PLAIN))

    assert found.named("lunge_dorsiflexion_straight").quality is Quality.GOOD
    assert math.isnan(found.named("lunge_dorsiflexion_bent").value)
    assert math.isnan(found.named("gastrocnemius_share").value)


# --- grades and measures themselves --------------------------------------------------------------

SUSPECT = Grade(quality=Quality.SUSPECT, reason=Reason("a"))
MISSING = Grade(quality=Quality.MISSING, reason=Reason("b"))


def test_the_least_trusting_grade_wins_and_of_equals_the_first() -> None:
    assert worst(GOOD, SUSPECT, MISSING) is MISSING
    assert worst(SUSPECT, GOOD) is SUSPECT
    also = Grade(quality=Quality.SUSPECT, reason=Reason("c"))
    assert worst(SUSPECT, also) is SUSPECT


def test_nan_is_missing_whatever_the_grade_and_a_refused_value_is_not_kept() -> None:
    take = taken(filmed(standing(seconds(0.5)), SIDE_ON, PLAIN), Activity.STANDING)

    unseen = measured("trunk_lean", take, Side.RIGHT, math.nan, GOOD)
    refused = measured("trunk_lean", take, Side.RIGHT, 3.0, MISSING)

    assert unseen.reason == Reason("not_seen_long_enough")
    assert math.isnan(refused.value)
    assert refused.reason == Reason("b")


def test_a_measure_nobody_has_doubted_cannot_be_made() -> None:
    take = taken(filmed(standing(seconds(0.5)), SIDE_ON, PLAIN), Activity.STANDING)

    with pytest.raises(ValueError, match=r"cadence: no row for standing in uncertainty\.toml"):
        measured("cadence", take, Side.RIGHT, 100.0, GOOD)


def test_the_limits_are_those_of_the_settings() -> None:
    clip = filmed(standing(np.arange(60) / 30.0), Camera(yaw_deg=23.0))
    patient = replace(Settings(), quality=QualitySettings(suspect_yaw_deg=26.0))
    strict = replace(Settings(), quality=QualitySettings(refused_yaw_deg=19.0))
    usual, waved_through = (
        {m.name: m.quality for m in analyse_landmarks(clip, settings).measures}["pelvic_shift"]
        for settings in (Settings(), patient)
    )

    assert usual is Quality.SUSPECT
    assert waved_through is Quality.GOOD
    with pytest.raises(UnusableClip, match="turned_away"):
        analyse_landmarks(clip, strict)
