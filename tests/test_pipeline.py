from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import posture
from posture.cli import main
from posture.errors import UnusableClip
from posture.footage.parts import part_of
from posture.formats.analysis import analysis_json
from posture.landmarks.skeleton import NAMES
from posture.landmarks.store import save_landmarks
from posture.outputs.tables import measures_csv
from posture.outputs.words import sentence
from posture.pipeline import analyse, analyse_landmarks, join, landmarks_of
from posture.results import write_results
from posture.settings import Settings
from posture.types import (
    Activity,
    Analysis,
    EventKind,
    Facing,
    Landmarks,
    Level,
    Link,
    Measure,
    Quality,
    Reason,
    Side,
)
from tests.make import BY_POINTS, Camera, Flaws, filmed, mirrored, seconds
from tests.outputs.make import Showing, analysis, as_the_only_one, clip, read_json
from tests.stick import (
    BENT,
    SQUAT,
    STANDING,
    Gait,
    bending,
    moving,
    one_after_another,
    standing,
    walking,
)

LIFELIKE = Flaws(noise=0.003, outline_noise=0.003, seed=3)
ABOVE_THE_HIPS = tuple(
    name for name in NAMES if not any(p in name for p in ("hip", "knee", "ankle", "heel", "foot"))
)


def named(made: Analysis, name: str, side: Side | None = None) -> Measure:
    return next(m for m in made.measures if m.name == name and side in {None, m.side})


def hidden(made: Landmarks, names: tuple[str, ...]) -> Landmarks:
    xy_px, visibility = made.xy_px.copy(), made.visibility.copy()
    columns = [NAMES.index(name) for name in names]
    xy_px[:, columns], visibility[:, columns] = np.nan, 0.0
    return replace(made, xy_px=xy_px, visibility=visibility)


def gone_but_for(made: Landmarks, seconds: float) -> Landmarks:
    """The person is out of the picture after so long."""
    gone = hidden(made, NAMES)
    there = np.flatnonzero(made.time_s - made.time_s[0] < seconds)
    gone.xy_px[there], gone.visibility[there] = made.xy_px[there], made.visibility[there]
    return gone


def refusal(made: Landmarks, settings: Settings | None = None) -> Reason:
    with pytest.raises(UnusableClip, match=r"^\w+") as caught:
        analyse_landmarks(made, settings)
    return caught.value.reason


# --- what comes out -------------------------------------------------------------------------------


def test_a_bend_gives_its_segments_events_measures_and_findings() -> None:
    made = analysis("bend")

    assert [s.activity for s in made.segments] == [
        Activity.STANDING,
        Activity.FORWARD_BEND,
        Activity.STANDING,
    ]
    # as the figure was told to: down from 1.5 s, at the bottom from 3.5 to 5.5 s, up by 7 s
    start, held, bottom, let_go, end = (event.time_s for event in made.events)
    assert [event.kind for event in made.events] == [
        EventKind.BEND_START,
        EventKind.BEND_HOLD_START,
        EventKind.BEND_BOTTOM,
        EventKind.BEND_HOLD_END,
        EventKind.BEND_END,
    ]
    assert 1.5 <= start <= 2.5
    assert 3.0 <= held <= 4.0
    assert 3.4 <= bottom <= 5.5
    assert 5.0 <= let_go <= 6.0
    assert 6.0 <= end <= 7.0
    # pelvis 57, lower back 50, upper back 15 deg; the thigh goes from 2 to -8 deg
    for name, true_deg in (
        ("pelvic_rotation", 57.0),
        ("lumbar_flexion", 50.0),
        ("thoracic_flexion", 15.0),
        ("pelvis_on_thigh_flexion", 57.0 + 10.0),
        ("upper_trunk_rotation", 122.0),
    ):
        found = named(made, name)
        assert abs(found.value - true_deg) < found.sd, name
    assert {f.link for f in made.assessment.findings} == set(Link)
    assert made.assessment.care


def test_standing_gives_the_pose() -> None:
    made = analysis("stand")

    assert [s.activity for s in made.segments] == [Activity.STANDING]
    assert made.events == ()
    assert named(made, "trunk_lean").value == pytest.approx(2.0, abs=0.5)
    assert named(made, "shank_lean").value == pytest.approx(4.0, abs=0.5)
    assert named(made, "knee_flexion").value == pytest.approx(2.0, abs=0.5)


def test_a_walk_gives_steps_in_turn_and_their_times() -> None:
    made = analysis("treadmill")

    assert [s.activity for s in made.segments] == [Activity.WALKING]
    assert named(made, "cadence").value == pytest.approx(120 / 1.10, abs=1.0)
    strikes = [e for e in made.events if e.kind is EventKind.HEEL_STRIKE]
    assert {e.side for e in strikes} == {Side.LEFT, Side.RIGHT}
    assert [a.side for a in strikes[1:]] == [a.side.other for a in strikes[:-1]]
    assert np.diff([e.time_s for e in strikes]) == pytest.approx(0.55, abs=0.04)


def test_events_come_in_the_order_of_time() -> None:
    for showing in ("all", "treadmill"):
        times = [event.time_s for event in analysis(showing).events]

        assert times == sorted(times)


def test_a_clip_of_three_tests_gives_all_three() -> None:
    made = analysis("all")

    assert [s.activity for s in made.segments] == [
        Activity.STANDING,
        Activity.FORWARD_BEND,
        Activity.STANDING,
        Activity.WALKING,
    ]
    assert {m.segment for m in made.measures} == {0, 1, 2, 3}
    assert all(made.segments[m.segment or 0].activity is m.activity for m in made.measures)


def test_every_signal_is_there_once_and_as_long_as_the_clip() -> None:
    for showing in ("all", "treadmill"):
        made = analysis(showing)
        names = [(signal.name, signal.side) for signal in made.signals]

        assert len(set(names)) == len(names) > 0
        assert {len(signal.value) for signal in made.signals} == {len(made.landmarks.time_s)}
        assert all(np.isfinite(signal.value).any() for signal in made.signals)


def test_signals_of_two_segments_are_one_signal_with_a_gap() -> None:
    made = analysis("bend")
    lean = next(s for s in made.signals if s.name == "trunk_inclination")
    first, last = made.segments[0], made.segments[-1]

    assert np.isfinite(lean.value[slice(*first.frames)]).any()
    assert np.isfinite(lean.value[slice(*last.frames)]).any()


def test_what_made_it_is_enough_to_repeat_it() -> None:
    settings = Settings(frame=BY_POINTS, height_m=1.7, near_side=Side.RIGHT)
    made_with = analyse_landmarks(clip("stand"), settings).made_with

    assert made_with["model"] == {"name": "pose_landmarker_full.task", "sha256": "a" * 64}
    assert made_with["settings"] == settings.as_record()
    assert {"posture", "mediapipe", "numpy"} <= set(made_with)


def test_a_still_picture_is_measured_with_care() -> None:
    upright = as_the_only_one(filmed(standing(np.zeros(1))))

    made = analyse_landmarks(upright, Settings(frame=BY_POINTS))

    assert [s.activity for s in made.segments] == [Activity.STANDING]
    lean = named(made, "trunk_lean")
    assert (lean.quality, lean.reason) == (Quality.SUSPECT, Reason("single_picture"))
    assert lean.value == pytest.approx(2.0, abs=0.5)


def test_the_public_names_are_these_functions() -> None:
    assert (posture.analyse, posture.analyse_landmarks, posture.join) == (
        analyse,
        analyse_landmarks,
        join,
    )


# --- from the file as from the memory -------------------------------------------------------------


def squats() -> Landmarks:
    """Long stretches that are no test, whose outlines are not kept."""
    half = replace(SQUAT, shank_deg=20.0, knee_deg=60.0, trunk_deg=30.0)
    poses = [STANDING, SQUAT, half, SQUAT, half, SQUAT, half, SQUAT, half, STANDING]
    down = moving(seconds(9.0), [(float(at), pose) for at, pose in enumerate(poses)])
    figure = one_after_another(down, bending(seconds(9.0)), down)
    return as_the_only_one(filmed(figure, flaws=LIFELIKE))


def from_file(made: Analysis, folder: Path, settings: Settings) -> Analysis:
    save_landmarks(folder / "landmarks.npz", made.landmarks)
    return analyse(folder / "landmarks.npz", settings)


def assert_equal(one: Analysis, other: Analysis) -> None:
    for field in fields(Analysis):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "signals":
            for mine, its in zip(ours, theirs, strict=True):
                assert (mine.name, mine.side, mine.unit) == (its.name, its.side, its.unit)
                np.testing.assert_array_equal(mine.value, its.value, mine.name)
        elif field.name != "landmarks":
            assert repr(ours) == repr(theirs), field.name  # NaN equals NaN


@pytest.mark.parametrize("showing", ["all", "treadmill", "run"])
def test_the_saved_landmarks_give_the_same_analysis(tmp_path: Path, showing: Showing) -> None:
    made = analysis(showing, height_m=1.7)

    assert_equal(made, from_file(made, tmp_path, Settings(frame=BY_POINTS, height_m=1.7)))


def test_they_do_so_where_outlines_were_not_kept(tmp_path: Path) -> None:
    made = analyse_landmarks(squats())

    assert None in made.landmarks.outlines
    assert_equal(made, from_file(made, tmp_path, Settings()))


def test_only_outlines_that_are_measured_are_kept() -> None:
    made = analyse_landmarks(squats(), Settings(frame=BY_POINTS))
    (bend,) = (s for s in made.segments if s.activity is Activity.FORWARD_BEND)
    kept = [outline is not None for outline in made.landmarks.outlines]

    assert all(kept[slice(*bend.frames)])
    assert not any(kept[: bend.frames[0] - 120])


def test_progress_and_models_are_not_needed_for_saved_landmarks(tmp_path: Path) -> None:
    save_landmarks(tmp_path / "landmarks.npz", clip("stand"))
    told: list[str] = []

    found = landmarks_of(
        tmp_path / "landmarks.npz",
        Settings(model="/no/such.task"),
        lambda stage, *_: told.append(stage),
    )

    assert found.names == NAMES
    assert told == []


# --- what cannot be measured ----------------------------------------------------------------------


@pytest.mark.parametrize("yaw_deg", [80.0, 90.0, -90.0])
@pytest.mark.parametrize("figure", ["bend", "stand", "walk"])
def test_a_view_from_the_front_or_back_is_refused(figure: str, yaw_deg: float) -> None:
    figures = {
        "bend": lambda: bending(seconds(9.0)),
        "stand": lambda: standing(seconds(3.0)),
        "walk": lambda: walking(seconds(4.0), Gait(treadmill=True)).figure,
    }
    made = filmed(figures[figure](), Camera(yaw_deg=yaw_deg), LIFELIKE)

    assert refusal(made) == Reason("front_view")


def test_a_view_from_aside_is_refused_with_its_angle() -> None:
    reason = refusal(filmed(bending(seconds(9.0)), Camera(yaw_deg=40.0)))

    assert reason.code == "turned_away"
    assert float(reason.values["yaw_deg"]) == pytest.approx(40.0, abs=3.0)


def test_half_a_body_is_refused() -> None:
    below = tuple(name for name in NAMES if name not in ABOVE_THE_HIPS)

    assert refusal(hidden(clip("stand"), ABOVE_THE_HIPS)) == Reason("only_legs")
    assert refusal(hidden(clip("stand"), below)).code == "clip_feet_not_seen"


def test_how_much_of_a_body_is_seen_is_asked_only_while_it_is_there() -> None:
    seen = hidden(clip("stand"), ABOVE_THE_HIPS)
    gone = gone_but_for(seen, 2.0)

    assert refusal(gone) == Reason("only_legs")
    assert refusal(gone_but_for(clip("stand"), 0.6)).code == "followed_too_briefly"


def test_nobody_is_called_nobody() -> None:
    assert refusal(hidden(clip("stand"), NAMES)) == Reason("nobody_in_view")


def test_squats_alone_are_nothing_to_measure() -> None:
    down = moving(seconds(6.0), [(0.0, SQUAT), (2.0, STANDING), (4.0, SQUAT)])

    assert refusal(filmed(down)) == Reason("nothing_to_measure")


@pytest.mark.parametrize(("first", "last"), [(40, 78), (180, 215)], ids=["down", "up"])
def test_a_bend_without_its_lowest_point_is_told_so(first: int, last: int) -> None:
    whole = filmed(bending(seconds(8.0)))

    assert refusal(part_of(whole, (first, last))) == Reason("bend_without_bottom")


def test_a_moment_is_nothing_to_measure() -> None:
    assert refusal(filmed(standing(seconds(0.1)))) == Reason("nothing_to_measure")


def test_row_13_no_walking_found_and_what_the_clip_shows() -> None:
    reason = refusal(clip("stand"), Settings(frame=BY_POINTS, activity=Activity.WALKING))

    assert sentence(reason, "en") == "No walking was found in the clip; it shows standing."
    assert (
        sentence(reason, "ja") == "この動画に歩行は見つかりませんでした(映っていたのは立位です)。"
    )


def test_row_13_what_the_clip_shows_is_what_it_shows_for_longest() -> None:
    reason = refusal(clip("bend"), Settings(frame=BY_POINTS, activity=Activity.WALKING))

    assert reason == Reason("activity_not_found", {"activity": "walking", "seen": "forward_bend"})


def test_row_13_no_walking_found_where_nothing_is_recognised() -> None:
    down = filmed(moving(seconds(6.0), [(0.0, SQUAT), (2.0, STANDING), (4.0, SQUAT)]))

    assert refusal(down, Settings(frame=BY_POINTS, activity=Activity.WALKING)) == Reason(
        "activity_not_found_at_all", {"activity": "walking"}
    )


def test_row_13_no_gait_is_made_up_from_a_clip_without_one() -> None:
    assert not {m.activity for m in analysis("bend").measures} & {Activity.WALKING}
    assert not [e for e in analysis("bend").events if e.kind is EventKind.HEEL_STRIKE]


def test_what_is_asked_for_is_all_that_is_measured() -> None:
    made = analyse_landmarks(clip("all"), Settings(frame=BY_POINTS, activity=Activity.FORWARD_BEND))

    assert {s.activity for s in made.segments} == {Activity.FORWARD_BEND}
    assert {m.activity for m in made.measures} == {Activity.FORWARD_BEND}
    hip, whole = (named(a, "pelvis_on_thigh_flexion") for a in (made, analysis("all")))
    assert (hip.value, hip.sd) == (whole.value, whole.sd)


def test_running_is_said_with_its_cadence_and_nothing_else() -> None:
    made = analysis("run")

    assert [(m.name, m.activity) for m in made.measures] == [("cadence", Activity.RUNNING)]
    assert [notice.message for notice in made.warnings] == [Reason("running_seen")]
    assert {s.activity for s in made.segments} == {Activity.RUNNING}
    assert all(f.level is Level.CANNOT_TELL for f in made.assessment.findings)


def test_walking_asked_for_in_a_run_is_not_found() -> None:
    reason = refusal(clip("run"), Settings(frame=BY_POINTS, activity=Activity.WALKING))

    assert reason.values == {"activity": "walking", "seen": "running"}


# --- what the reader should know ------------------------------------------------------------------


def warned(made: Landmarks) -> dict[str, Reason]:
    return {
        notice.message.code: notice.message
        for notice in analyse_landmarks(made, Settings(frame=BY_POINTS)).warnings
    }


def test_a_clip_of_one_person_seen_throughout_has_no_warnings() -> None:
    assert analysis("bend").warnings == ()


def test_others_in_view_are_said_with_who_was_measured_and_why() -> None:
    made = clip("stand")
    because = Reason("chosen_largest", {"count": 3})
    person = replace(made.person, count_seen=3, number=2, chosen_because=because)

    notice = analyse_landmarks(replace(made, person=person), Settings(frame=BY_POINTS)).warnings[0]

    assert sentence(notice.message, "en") == (
        "3 people were seen; person 2 was measured: nearest to the camera of 3 people."
    )
    assert notice.what_to_do == Reason("choose_other_person")


def test_a_close_call_between_two_people_is_said_with_the_other_ones_number() -> None:
    made = clip("stand")
    because = Reason("chosen_largest", {"count": 2, "rival": 1})
    person = replace(made.person, count_seen=2, number=2, chosen_because=because)

    found = warned(replace(made, person=person))

    told = sentence(found["others_in_view_alike"], "en")
    assert "person 2 was measured" in told
    assert "person 1 fits nearly as well" in told


def test_clips_of_two_people_give_a_session_without_a_verdict_that_names_them() -> None:
    one, other = analysis("bend"), analysis("stand")
    slim = {"thigh": 1.0, "trunk": 0.6, "upper_arm": 0.33, "forearm": 0.33, "depth": 0.22}
    pair = (
        replace(one, proportions=slim),
        replace(other, proportions={**slim, "depth": 0.38, "trunk": 0.68}),
    )

    session = join(pair)
    sure = join(pair, sure_of_person=True)

    verdict = session.assessment.verdict
    assert verdict.because.code == "verdict_two_people"
    assert [notice.message for notice in session.warnings] == [verdict.because]
    assert sure.warnings == ()
    assert sure.assessment.verdict.because.code != "verdict_two_people"


def test_two_clips_of_the_same_figure_are_one_person() -> None:
    assert join([analysis("bend"), analysis("stand")]).warnings == ()


def test_pain_asked_for_marks_the_bend_and_is_written_down() -> None:
    made = analyse_landmarks(clip("bend"), Settings(frame=BY_POINTS, pain=6.0))

    marked = named(made, "pelvis_on_thigh_flexion")
    assert marked.quality is Quality.SUSPECT
    assert marked.reason == Reason("pain_today", {"pain": 6.0})
    settings = made.made_with["settings"]
    assert isinstance(settings, dict)
    assert settings["pain"] == 6.0


def test_a_person_seen_for_a_part_of_the_clip_is_said() -> None:
    made = clip("stand")
    person = replace(made.person, seen_share=0.6)

    assert warned(replace(made, person=person)) == {
        "seen_partly": Reason("seen_partly", {"share": 0.6})
    }


def test_exchanged_legs_are_said_with_their_share() -> None:
    flaws = Flaws(swapped_s=((1.0, 1.2), (3.0, 3.2), (4.0, 4.2)))
    made = as_the_only_one(filmed(walking(seconds(6.0), Gait(treadmill=True)).figure, flaws=flaws))

    found = warned(made)

    assert set(found) == {"legs_exchanged"}
    assert float(found["legs_exchanged"].values["share"]) == pytest.approx(0.1, abs=0.01)


# --- known answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("showing", ["all", "treadmill", "tall bend"])
def test_row_01_in_a_mirrored_clip_the_sides_swap_and_nothing_else(showing: Showing) -> None:
    made = analysis(showing, height_m=1.7)
    other = analyse_landmarks(mirrored(clip(showing)), Settings(frame=BY_POINTS, height_m=1.7))

    assert_mirrored(made, other)


def test_row_01_also_with_the_errors_of_a_model() -> None:
    rough = as_the_only_one(
        filmed(
            bending(seconds(9.0)),
            Camera(yaw_deg=12.0, off_centre_px=150.0),
            replace(LIFELIKE, offset=0.004),
        )
    )

    assert_mirrored(
        analyse_landmarks(rough, Settings(frame=BY_POINTS)),
        analyse_landmarks(mirrored(rough), Settings(frame=BY_POINTS)),
    )


def assert_mirrored(made: Analysis, other: Analysis) -> None:
    opposite = {Facing.LEFT: Facing.RIGHT, Facing.RIGHT: Facing.LEFT}
    assert other.view.facing is opposite[made.view.facing]
    assert [s.frames for s in made.segments] == [s.frames for s in other.segments]
    for mine, its in zip(made.measures, other.measures, strict=True):
        assert (its.name, its.side, its.quality) == (mine.name, mine.side.other, mine.quality)
        # outlines are kept in sixteenths of a pixel, which do not fall on themselves
        assert (its.value, its.sd) == pytest.approx((mine.value, mine.sd), abs=0.01, nan_ok=True)
    for e, f in zip(made.events, other.events, strict=True):
        assert (f.kind, f.side) == (e.kind, e.side.other)
        assert f.time_s == pytest.approx(e.time_s, abs=1e-3)
    # a left leg is told before a right one, whichever is near
    twins = {(f.link, f.side.other): f for f in other.assessment.findings}
    assert len(twins) == len(other.assessment.findings) == len(made.assessment.findings)
    for one in made.assessment.findings:
        two = twins[one.link, one.side]
        assert two.level is one.level
        assert two.probability == pytest.approx(one.probability, abs=1e-3)
    assert other.assessment.verdict.label is made.assessment.verdict.label
    assert other.scale.px_per_m == pytest.approx(made.scale.px_per_m)


def test_row_12_no_height_no_metres_anywhere() -> None:
    made = analysis("all")
    record = read_json(analysis_json(made))

    assert made.scale.px_per_m is None
    assert not {m.unit for m in made.measures} & {"m", "m_s"}
    assert not {s.unit for s in made.signals} & {"m", "m_s"}
    assert not [m["name"] for m in record["measures"] if m["name"].endswith(("_m", "_m_s"))]
    assert record["scale"] == {"px_per_m": None, "source": "none"}


def test_row_12_with_a_height_the_metres_are_those_of_the_body() -> None:
    made = analysis("all", height_m=1.7)

    reach = named(made, "fingertip_floor_m")
    assert abs(reach.value - 1.7 * BENT.fingertip_height) < 2 * reach.sd
    # 300 px tall, 1.7 m; the camera's yardstick is the body's own segments
    assert made.scale.px_per_m == pytest.approx(300.0 / 1.7, rel=0.03)
    speed = named(made, "walking_speed_m_s")
    assert speed.value == pytest.approx(1.7 * Gait().speed, rel=0.08)


def test_row_12_a_height_changes_nothing_but_the_metres() -> None:
    without, tall, small = (analysis("all", height_m=h) for h in (None, 1.7, 1.5))

    def relative(made: Analysis) -> list[str]:
        return [repr(m) for m in made.measures if m.unit not in {"m", "m_s"}]

    assert relative(without) == relative(tall) == relative(small)
    assert named(tall, "fingertip_floor_m").value == pytest.approx(
        named(small, "fingertip_floor_m").value * 1.7 / 1.5
    )


def test_row_19_the_command_line_writes_what_the_library_gives(tmp_path: Path) -> None:
    path = tmp_path / "landmarks.npz"
    save_landmarks(path, clip("bend"))
    asked = ["analyse", str(path), "--height-cm", "170", "--lang", "en", "--quiet"]

    done = CliRunner().invoke(
        main, [*asked, "--out", str(tmp_path / "cli")], catch_exceptions=False
    )
    settings = Settings(height_m=1.7)
    made = analyse(path, settings)
    results = write_results(made, path, tmp_path / "library", settings)

    assert (done.exit_code, done.output) == (0, "")
    told = (tmp_path / "cli" / "made" / "measures.csv").read_bytes()
    assert told == (results.folder / "measures.csv").read_bytes()
    assert told.decode() == measures_csv(made)


def test_row_23_fingertips_at_the_floor_are_zero_and_at_or_below() -> None:
    deep = replace(BENT, trunk_deg=115.0)
    assert deep.fingertip_height < 0  # the figure's hands would go through the floor
    made = analyse_landmarks(
        as_the_only_one(filmed(bending(seconds(9.0), deep))),
        Settings(frame=BY_POINTS, height_m=1.7),
    )

    for name in ("fingertip_floor", "fingertip_floor_m"):
        reach = named(made, name)
        assert (reach.value, reach.reason) == (0.0, Reason("floor_reached"))


def test_row_24_double_support_from_one_side_is_marked() -> None:
    both = named(analysis("treadmill"), "double_support_share")

    assert both.quality is Quality.SUSPECT
    assert both.reason is not None


# --- several clips of one person ------------------------------------------------------------------


def test_clips_of_one_person_are_judged_from_all_their_measures() -> None:
    bend, walk = analysis("bend"), analysis("treadmill")

    session = join([bend, walk])

    assert session.analyses == (bend, walk)
    assert session.measures == (
        *((0, m) for m in bend.measures),
        *((1, m) for m in walk.measures),
    )
    named_in = {e.measure.activity for f in session.assessment.findings for e in f.evidence}
    assert Activity.FORWARD_BEND in named_in


def test_one_clip_alone_is_judged_as_in_a_session_of_one() -> None:
    assert join([analysis("bend")]).assessment == analysis("bend").assessment


@pytest.mark.parametrize("order", [lambda a, b: [a, b], lambda a, b: [b, a]])
def test_the_order_of_the_clips_changes_no_finding(
    order: Callable[[Analysis, Analysis], list[Analysis]],
) -> None:
    session = join(order(analysis("bend"), analysis("treadmill")))
    chances = {f.link: f.probability for f in session.assessment.findings}
    usual = {
        f.link: f.probability
        for f in join([analysis("bend"), analysis("treadmill")]).assessment.findings
    }

    assert chances == pytest.approx(usual)


def test_a_session_of_no_clips_is_a_wrong_call() -> None:
    with pytest.raises(ValueError, match="expected at least one"):
        join([])


def test_nan_is_never_a_finding() -> None:
    for showing in ("all", "treadmill", "run"):
        for finding in analysis(showing).assessment.findings:
            assert finding.probability is None or not math.isnan(finding.probability)
