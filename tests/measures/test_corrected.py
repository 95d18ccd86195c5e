"""Corrections by hand: numbers follow exactly, carry the hand's error, and nothing else moves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from posture import Analysis, analyse_landmarks
from posture.errors import CannotCorrect
from posture.landmarks.store import load_landmarks
from posture.measures.by_hand import hand_sd_s
from posture.settings import Settings
from posture.types import (
    Activity,
    Corrections,
    Event,
    EventKind,
    LeftOut,
    Measure,
    MovedEvent,
    Quality,
    Side,
)
from tests.formats.same import differences
from tests.make import BY_POINTS, filmed, retimed
from tests.measures.test_trials import DEEP, SHALLOW, bent
from tests.stick import BENT

SAMPLE = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"  # a rendered walk, 30/s
FRAME_S = 1 / 30
LEFT, RIGHT = Side.LEFT, Side.RIGHT
STRIKE, OFF, HEEL_OFF = EventKind.HEEL_STRIKE, EventKind.TOE_OFF, EventKind.HEEL_OFF
BENDS = Settings(frame=BY_POINTS)


@pytest.fixture(scope="module")
def walk() -> Analysis:
    return analyse_landmarks(load_landmarks(SAMPLE))


@pytest.fixture(scope="module")
def bends() -> Analysis:
    return analyse_landmarks(filmed(bent(BENT, DEEP, SHALLOW)), BENDS)


def corrected(*moved: MovedEvent, out: tuple[LeftOut, ...] = ()) -> Analysis:
    asked = Corrections(moved=moved, left_out=out)
    return analyse_landmarks(load_landmarks(SAMPLE), corrections=asked)


def events(analysis: Analysis, kind: EventKind, side: Side) -> list[Event]:
    return [e for e in analysis.events if (e.kind, e.side) == (kind, side)]


def by_frames(event: Event, frames: float) -> MovedEvent:
    to_s = event.time_s + frames * FRAME_S
    return MovedEvent(kind=event.kind, side=event.side, from_s=event.time_s, to_s=to_s)


def one(analysis: Analysis, name: str, side: Side = Side.BOTH) -> Measure:
    (found,) = (
        m for m in analysis.measures if (m.name, m.side) == (name, side) and m.segment is not None
    )
    return found


def stride(analysis: Analysis, side: Side, number: int) -> LeftOut:
    found = [s for w in analysis.walks for s in w.strides if s.side is side][number]
    return LeftOut(part="stride", side=side, start_s=found.start_s, end_s=found.end_s)


def bend(analysis: Analysis, number: int) -> LeftOut:
    segments = [s for s in analysis.segments if s.activity is Activity.FORWARD_BEND]
    start, end = segments[number].frames
    time_s = analysis.landmarks.time_s
    return LeftOut(
        part="repetition",
        side=Side.BOTH,
        start_s=float(time_s[start]),
        end_s=float(time_s[end - 1]),
    )


def test_a_strike_moved_by_five_frames_moves_both_step_times_by_just_that(walk: Analysis) -> None:
    strikes = events(walk, STRIKE, LEFT)
    found = corrected(by_frames(strikes[1], 5))

    # three steps end with a left strike and two with a right one within strides that count
    lefts = len(strikes[1:])
    rights = len([e for e in events(walk, STRIKE, RIGHT) if e.time_s > strikes[0].time_s])
    for side, steps, way in ((LEFT, lefts, 1), (RIGHT, rights, -1)):
        before, after = one(walk, "step_time", side), one(found, "step_time", side)
        assert after.value - before.value == pytest.approx(way * 5 * FRAME_S / steps, abs=1e-12)
        assert after.uncorrected == before.value
    # it is inside a row of strides, whose mean rests on its first and last strike
    assert one(found, "stride_time").value == pytest.approx(one(walk, "stride_time").value)
    (moved,) = (e for e in found.events if e.moved_from_s is not None)
    assert (moved.moved_from_s, moved.time_s) == (
        strikes[1].time_s,
        strikes[1].time_s + 5 * FRAME_S,
    )


def test_a_toe_off_moves_its_own_stance_and_no_step(walk: Analysis) -> None:
    offs = [e for e in events(walk, OFF, LEFT) if e.time_s > events(walk, STRIKE, LEFT)[0].time_s]
    found = corrected(by_frames(offs[1], -2))

    strides = [s for w in walk.walks for s in w.strides if s.side is LEFT]
    lasts_s = strides[1].end_s - strides[1].start_s
    change = one(found, "stance_share", LEFT).value - one(walk, "stance_share", LEFT).value
    assert change == pytest.approx(-2 * FRAME_S / lasts_s / len(strides), abs=1e-12)
    for name, side in (("step_time", LEFT), ("step_time", RIGHT), ("stance_share", RIGHT)):
        same = one(found, name, side)
        assert (same.value, same.sd, same.uncorrected) == (
            one(walk, name, side).value,
            one(walk, name, side).sd,
            None,
        )


def test_a_heel_off_moves_its_share_of_the_cycle_alone(walk: Analysis) -> None:
    up = events(walk, HEEL_OFF, LEFT)
    strides = [s for w in walk.walks for s in w.strides if s.side is LEFT]
    within = next(e for e in up if strides[1].start_s < e.time_s < strides[1].end_s)
    found = corrected(by_frames(within, 2))

    lasts_s = strides[1].end_s - strides[1].start_s
    change = one(found, "heel_off", LEFT).value - one(walk, "heel_off", LEFT).value
    assert change == pytest.approx(2 * FRAME_S / lasts_s / len(strides), abs=1e-9)
    changed = {m.name for m in found.measures if m.uncorrected is not None}
    assert changed == {"heel_off", "shank_at_heel_off"} | (changed & {"heel_rise_rate"})


def test_a_stride_left_out_leaves_the_mean_of_the_others(walk: Analysis) -> None:
    found = corrected(out=(stride(walk, LEFT, 1),))

    strikes, offs = events(walk, STRIKE, LEFT), events(walk, OFF, LEFT)
    shares = []
    for number in (0, 2):
        start, end = strikes[number].time_s, strikes[number + 1].time_s
        (off,) = (e.time_s for e in offs if start < e.time_s < end)
        shares.append((off - start) / (end - start))
    assert one(found, "stance_share", LEFT).value == pytest.approx(sum(shares) / 2, abs=1e-12)
    assert one(found, "strides", LEFT).value == 2
    assert one(found, "strides", RIGHT).value == one(walk, "strides", RIGHT).value
    left_out = [s for w in found.walks for s in w.strides if s.left_out is not None]
    assert [s.left_out.code for s in left_out if s.left_out] == ["left_out_by_hand"]


def test_corrections_that_change_nothing_change_no_number(walk: Analysis) -> None:
    still = [by_frames(e, 0) for e in walk.events if e.kind in {STRIKE, OFF, HEEL_OFF}]

    assert [*differences(walk, corrected(*still))] == []
    assert [*differences(walk, corrected())] == []


def test_the_comparison_sees_a_millisecond(walk: Analysis) -> None:
    strike = events(walk, STRIKE, LEFT)[1]
    moved = replace(by_frames(strike, 0), to_s=strike.time_s + 0.001)

    assert [*differences(walk, corrected(moved))]


def test_moving_there_and_back_is_what_was_measured(walk: Analysis) -> None:
    strike = events(walk, STRIKE, LEFT)[1]
    there = corrected(by_frames(strike, 3))
    again = replace(by_frames(strike, 3), to_s=strike.time_s)

    assert there.corrections
    assert [*differences(walk, corrected(again))] == []


def test_a_moved_moment_has_the_error_of_the_hand() -> None:
    # half a picture either way is uniform: 1/sqrt(12); the reader's .38 of a picture beside it
    expected = FRAME_S * math.sqrt(1 / 12 + 0.38**2)
    walk = analyse_landmarks(load_landmarks(SAMPLE))
    found = corrected(by_frames(events(walk, STRIKE, RIGHT)[0], 1))

    (moved,) = (e for e in found.events if e.moved_from_s is not None)
    assert moved.sd_s == pytest.approx(expected, rel=0.01)
    assert moved.sd_s < events(walk, STRIKE, RIGHT)[0].sd_s  # the far foot is found worse
    assert hand_sd_s(HEEL_OFF, FRAME_S) > hand_sd_s(STRIKE, FRAME_S)


def test_what_the_detector_leaves_in_doubt_goes_with_the_moments_it_did_not_find(
    walk: Analysis,
) -> None:
    every = [by_frames(e, 0.2) for e in walk.events if e.kind in {STRIKE, OFF}]
    some = [m for m in every if m.side is LEFT]

    before, partly, wholly = (
        one(a, "step_time", LEFT) for a in (walk, corrected(*some), corrected(*every))
    )
    assert before.spread["method"] > partly.spread["method"] > wholly.spread["method"] == 0
    assert wholly.sd < before.sd


@pytest.mark.parametrize(
    ("frames", "number", "code"),
    [
        (16.0, 1, "correct_past_neighbour"),  # past the heel-off after it
        (-12.0, 1, "correct_past_neighbour"),
        (900.0, 1, "correct_outside_clip"),
        (-900.0, 1, "correct_outside_clip"),
    ],
)
def test_a_moment_stays_between_its_neighbours_and_in_the_clip(
    walk: Analysis, frames: float, number: int, code: str
) -> None:
    with pytest.raises(CannotCorrect) as trouble:
        corrected(by_frames(events(walk, STRIKE, LEFT)[number], frames))

    assert trouble.value.reason.code == code


def test_what_is_not_there_is_refused(walk: Analysis) -> None:
    strike = events(walk, STRIKE, LEFT)[1]
    nothing = replace(by_frames(strike, 1), from_s=strike.time_s + 0.2)
    bottom = MovedEvent(kind=EventKind.BEND_BOTTOM, side=Side.BOTH, from_s=1.0, to_s=1.1)
    far_off = LeftOut(part="stride", side=LEFT, start_s=90.0, end_s=91.0)
    no_bend = LeftOut(part="repetition", side=Side.BOTH, start_s=1.0, end_s=2.0)
    cases = [
        (Corrections(moved=(nothing,)), "correct_no_such_event"),
        (Corrections(moved=(bottom,)), "correct_side_not_measured"),
        (Corrections(moved=(by_frames(strike, 1), by_frames(strike, 2))), "correct_event_twice"),
        (Corrections(left_out=(far_off,)), "correct_no_such_stride"),
        (Corrections(left_out=(no_bend,)), "correct_no_such_repetition"),
        (
            Corrections(left_out=tuple(stride(walk, LEFT, n) for n in range(3))),
            "correct_no_stride_left",
        ),
    ]
    for asked, code in cases:
        with pytest.raises(CannotCorrect) as trouble:
            analyse_landmarks(load_landmarks(SAMPLE), corrections=asked)
        assert trouble.value.reason.code == code


def test_a_side_that_was_not_measured_is_refused() -> None:
    asked = Corrections(left_out=(LeftOut(part="stride", side=LEFT, start_s=1.0, end_s=2.0),))
    with pytest.raises(CannotCorrect) as trouble:
        analyse_landmarks(filmed(bent(BENT)), BENDS, corrections=asked)

    assert trouble.value.reason.code == "correct_side_not_measured"


def hinges(analysis: Analysis) -> list[Measure]:
    return [
        m
        for m in analysis.measures
        if m.name == "pelvis_on_thigh_flexion" and m.activity is Activity.FORWARD_BEND
    ]


def test_a_bend_left_out_gives_nothing_and_the_median_is_of_the_others(bends: Analysis) -> None:
    *each, together = hinges(bends)
    asked = Corrections(left_out=(bend(bends, 1),))
    found = analyse_landmarks(filmed(bent(BENT, DEEP, SHALLOW)), BENDS, corrections=asked)

    *others, median = hinges(found)
    assert [m.quality is Quality.MISSING for m in others] == [False, True, False]
    assert others[1].reason is not None
    assert others[1].reason.code == "left_out_by_hand"
    assert median.value == pytest.approx((each[0].value + each[2].value) / 2)
    assert median.uncorrected == together.value
    assert others[0] == each[0]


def test_all_bends_cannot_be_left_out(bends: Analysis) -> None:
    asked = Corrections(left_out=tuple(bend(bends, n) for n in range(3)))
    with pytest.raises(CannotCorrect) as trouble:
        analyse_landmarks(filmed(bent(BENT, DEEP, SHALLOW)), BENDS, corrections=asked)

    assert trouble.value.reason.code == "correct_no_repetition_left"


def test_the_hold_is_about_the_bottom_that_was_put() -> None:
    clip = filmed(bent(BENT))
    plain = analyse_landmarks(clip, BENDS)
    (bottom,) = events(plain, EventKind.BEND_BOTTOM, Side.BOTH)
    start = events(plain, EventKind.BEND_START, Side.BOTH)[0].time_s
    halfway = MovedEvent(
        kind=EventKind.BEND_BOTTOM,
        side=Side.BOTH,
        from_s=bottom.time_s,
        to_s=start + 0.7,
    )
    found = analyse_landmarks(clip, BENDS, corrections=Corrections(moved=(halfway,)))

    (moved,) = events(found, EventKind.BEND_BOTTOM, Side.BOTH)
    assert (moved.time_s, moved.moved_from_s) == (halfway.to_s, bottom.time_s)
    # on the way down the hips had given less
    assert hinges(found)[0].value < hinges(plain)[0].value - 5
    assert hinges(found)[0].uncorrected == hinges(plain)[0].value

    beyond = replace(halfway, to_s=start - 0.5)
    with pytest.raises(CannotCorrect) as trouble:
        analyse_landmarks(clip, BENDS, corrections=Corrections(moved=(beyond,)))
    assert trouble.value.reason.code == "correct_past_neighbour"


def test_times_are_those_of_a_slowed_clip() -> None:
    clip = load_landmarks(SAMPLE)
    slow = retimed(clip, clip.time_s * 2)
    settings = Settings(speed=0.5)
    plain = analyse_landmarks(slow, settings)
    strike = events(plain, STRIKE, LEFT)[1]
    asked = Corrections(moved=(by_frames(strike, 4),))
    found = analyse_landmarks(slow, settings, corrections=asked)

    # four thirtieths of the clip are two of the world
    before, after = one(plain, "step_time", LEFT), one(found, "step_time", LEFT)
    steps = len(events(plain, STRIKE, LEFT)[1:])
    assert after.value - before.value == pytest.approx(2 * FRAME_S / steps, abs=1e-9)
    assert found.corrections == asked


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": EventKind.BEND_START, "side": Side.BOTH, "from_s": 1.0, "to_s": 2.0},
        {"kind": STRIKE, "side": Side.BOTH, "from_s": 1.0, "to_s": 2.0},
        {"kind": EventKind.BEND_BOTTOM, "side": LEFT, "from_s": 1.0, "to_s": 2.0},
        {"kind": STRIKE, "side": LEFT, "from_s": 1.0, "to_s": math.nan},
    ],
)
def test_a_move_that_none_can_be_is_no_correction(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        MovedEvent(**wrong)  # type: ignore[arg-type]
