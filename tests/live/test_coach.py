"""The coach, fed with the landmarks of recorded clips frame by frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from posture.landmarks.skeleton import index
from posture.live.coach import Coach, State
from posture.live.framing import code_of
from posture.live.steps import steps_of
from posture.types import Floats
from tests.live.play import (
    FRAME_S,
    STANDING,
    Client,
    Clip,
    Edit,
    phases,
    said,
    seen,
    with_hand_up,
    with_hands_at_collar,
)


def coach(check: str = "quick", **answers: object) -> Coach:
    return Coach(steps_of(check, answers, withheld=False), height_m=1.7)


def client(check: str = "quick", **answers: object) -> Client:
    return Client(coach(check, **answers))


def in_phase(phase: str, step: str | None = None) -> Callable[[State], bool]:
    return lambda state: (
        state.phase == phase
        and (step is None or (state.step is not None and state.step.id == step))
    )


def problem(state: State) -> str | None:
    return None if state.problem is None else code_of(state.problem)


def recording_s(states: list[State], take: int) -> float:
    return FRAME_S * sum(state.recording and state.take == take for state in states)


def test_each_step_of_stand_and_bend_starts_and_ends_by_itself() -> None:
    one = client("stand_bend")

    one.until(lambda state: state.phase == "done", 90)

    assert phases(one.states) == [
        (None, "choosing"),
        *[
            (step, phase)
            for step in ("standing", "standing2", "forward_bend")
            for phase in ("framing", "ready", "recording", "rest")
        ],
        (None, "done"),
    ]
    assert one.states[-1].takes == (1, 2, 3)
    assert one.time_s < 75


def test_the_quick_check_takes_no_longer_than_promised() -> None:
    one = client("quick")

    one.until(lambda state: state.phase == "done", 60)

    assert one.time_s <= 40
    assert [c for c in said(one.states) if c in {"bend", "hold", "up"}] == ["bend", "hold", "up"]


def test_no_step_ends_before_its_hold() -> None:
    one = client("stand_bend")

    one.until(lambda state: state.phase == "done", 90)

    assert recording_s(one.states, 1) >= 3.0
    assert recording_s(one.states, 2) >= 5.0
    assert recording_s(one.states, 3) >= 1.2 + 1.2 + 1.2  # stand, hold, stand


def test_standing_that_is_broken_off_begins_to_hold_anew() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))
    one.play(2.0)
    before = one.states[-1].ring
    bottom = Clip(one.bend).at(Clip(one.bend).bottom_s())[0]

    one.edit = lambda _: bottom
    one.play(0.8)
    one.edit = None
    one.play(0.9)

    assert before is not None
    assert before > 0.3
    assert one.states[-1].phase == "recording"
    assert one.states[-1].ring == pytest.approx(0.0, abs=0.2)


def test_hanging_arms_do_not_pass_for_fingertips_on_the_collar_bones() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording", "standing2"))
    standing = Clip(STANDING).at(0.1)[0]

    one.edit = lambda _: standing
    one.play(9.0)

    assert one.states[-1].phase == "recording"
    assert problem(one.states[-1]) == "hands_not_there"
    assert one.states[-1].say == "hands"


@pytest.mark.parametrize("arms", [with_hand_up, with_hands_at_collar], ids=["up", "collar"])
@pytest.mark.parametrize("check", ["stand_bend", "quick"])
def test_nothing_is_counted_down_while_an_arm_does_not_hang(check: str, arms: Edit) -> None:
    one = client(check)
    one.until(in_phase("framing"))

    one.edit = arms
    one.play(25.0)
    waiting = one.states[-1]
    one.edit = None
    one.until(in_phase("recording"), 20)

    assert (waiting.phase, problem(waiting), waiting.count) == ("framing", "arms_up", None)
    assert "arms_up" in set(said(one.states))


@pytest.mark.parametrize("check", ["stand_bend", "quick"])
def test_an_arm_that_goes_up_in_the_recording_holds_it_up(check: str) -> None:
    one = client(check)
    one.until(in_phase("recording"))

    one.edit = with_hand_up
    one.play(12.0)
    raised = one.states[-1]
    one.edit = None
    one.until(in_phase("rest"), 40)

    assert (raised.phase, problem(raised), raised.say) == ("recording", "arms_up", "arms_up")


def test_coming_up_too_early_means_once_more() -> None:
    one = client()
    one.until(lambda state: state.say == "hold")
    standing = Clip(one.bend).at(0.1)[0]

    one.edit = lambda _: standing
    state = one.until(lambda state: state.say == "again", 5)

    assert state.phase == "recording"


def test_a_raised_hand_chooses_and_nobody_else_is_chosen() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]
    other = frame + np.array([350.0, 0.0])
    states = []

    for number in range(60):
        both = (frame, with_hand_up(other))
        states.append(one.step(seen(None, number * FRAME_S, people=both)))

    assert [state.chosen for state in states if state.chosen is not None] == [1]


def test_hands_up_in_two_people_choose_nobody() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]
    both = (with_hand_up(frame), with_hand_up(frame + np.array([350.0, 0.0])))

    states = [one.step(seen(None, n * FRAME_S, people=both)) for n in range(90)]

    assert {state.phase for state in states} == {"choosing"}


def test_a_hand_that_goes_up_for_a_moment_chooses_nobody() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]

    for number in range(120):
        up = with_hand_up(frame) if number % 20 < 5 else frame
        state = one.step(seen(None, number * FRAME_S, people=(up,)))

    assert state.phase == "choosing"


def test_a_tap_chooses_the_nearest() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]
    other = frame - np.array([400.0, 0.0])
    hip_x, hip_y = other[24] / np.array([1280, 720])

    one.step(seen(None, 0.0))
    one.mark("choose", float(hip_x), float(hip_y))
    state = one.step(seen(None, FRAME_S, people=(frame, other)))

    assert state.chosen == 1


def test_start_takes_the_largest() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]

    one.mark("start")
    state = one.step(seen(None, 0.0, people=(frame, 0.5 * frame)))

    assert state.chosen == 0


def moved(xy: Floats, x: float, y: float) -> Floats:
    return np.asarray(xy + np.array([x, y]))


def aside(xy: Floats, by: float) -> Floats:
    return moved(xy, by, 0.0)


def low(xy: Floats) -> Floats:
    """The soles just below the picture."""
    return moved(xy, 0.0, 725.0 - float(xy[[29, 30, 31, 32], 1].max()))


def high(xy: Floats) -> Floats:
    """The nose just above the picture."""
    return moved(xy, 0.0, -float(xy[[0, 7, 8], 1].min()) - 5.0)


def front(xy: Floats) -> Floats:
    """Shoulders and hips as far apart as they look from the front."""
    turned = xy.copy()
    turned[[11, 23], 0] += 55
    turned[[12, 24], 0] -= 55
    return turned


def smaller(xy: Floats) -> Floats:
    return np.asarray((xy - xy.mean(axis=0)) * 0.4 + np.array([640.0, 360.0]))


def leaning(xy: Floats) -> Floats:
    turn = math.radians(13)
    around = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return np.asarray((xy - xy.mean(axis=0)) @ around * 0.95 + xy.mean(axis=0))


WRONG: Mapping[str, Edit] = {
    "feet_out": low,
    "head_out": high,
    "side_out": lambda xy: aside(xy, -xy[:, 0].min() - 5.0),
    "off_centre": lambda xy: aside(xy, -390.0),
    "front_view": front,
    "too_far": smaller,
    "camera_rolled": leaning,
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_view_is_said(code: str) -> None:
    one = client("stand_bend")
    one.edit = WRONG[code]
    one.until(in_phase("framing"))

    state = one.until(lambda state: state.say == code, 12)

    assert problem(state) == code
    assert state.phase == "framing"


@pytest.mark.parametrize("code", ["feet_out", "front_view"])
def test_what_cannot_be_measured_is_not_begun(code: str) -> None:
    one = client("stand_bend")
    one.edit = WRONG[code]

    one.play(40)

    assert one.states[-1].phase == "framing"


def test_what_can_be_measured_all_the_same_is_begun_after_a_while() -> None:
    one = client("stand_bend")
    one.edit = WRONG["off_centre"]

    one.until(in_phase("recording"), 40)

    assert "off_centre" in list(said(one.states))


def frames(
    one: Coach,
    seconds: float,
    start_s: float = 0.0,
    *,
    others: tuple[Floats, ...] = (),
    brightness: float = 0.5,
    camera_fps: float = 30.0,
) -> State:
    """Show somebody who stands, for a while."""
    xy = Clip(STANDING).at(0.1)[0]
    for number in range(round(seconds / FRAME_S)):
        frame = seen(
            xy,
            start_s + number * FRAME_S,
            people=(xy, *others),
            brightness=brightness,
            camera_fps=camera_fps,
        )
        state = one.step(frame)
    return state


@pytest.mark.parametrize(
    ("brightness", "fps", "code"), [(0.05, 30.0, "too_dark"), (0.5, 6.0, "few_frames")]
)
def test_darkness_and_a_slow_camera_are_said(brightness: float, fps: float, code: str) -> None:
    one = coach("stand_bend")
    one.mark("start")
    frames(one, 2 * FRAME_S)

    state = frames(one, 4.5, 0.2, brightness=brightness, camera_fps=fps)

    assert (problem(state), state.say) == (code, code)


def test_a_bystander_is_asked_to_leave_and_the_check_waits() -> None:
    one = coach("stand_bend")
    one.mark("start")
    frames(one, 2 * FRAME_S)
    xy = Clip(STANDING).at(0.1)[0]

    state = frames(one, 15.0, 0.2, others=(xy + np.array([300.0, 0.0]),))

    assert (state.phase, problem(state), state.say) == ("framing", "bystander", "bystander")


def test_both_arms_up_for_two_seconds_pause_and_go_on() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))
    take = one.states[-1].take

    one.edit = lambda xy: with_hand_up(xy, both=True)
    one.play(1.8)
    still_running = one.states[-1].phase
    one.play(0.5)
    paused = one.states[-1]
    one.play(4.0)
    stays = one.states[-1].phase
    one.edit = None
    one.play(1.0)
    one.edit = lambda xy: with_hand_up(xy, both=True)
    one.play(2.3)
    again = one.states[-1].phase

    assert (still_running, paused.phase, stays, again) == (
        "recording",
        "paused",
        "paused",
        "framing",
    )
    assert paused.dropped_take == take


def test_hands_still_up_after_the_choice_pause_nothing_until_they_were_down() -> None:
    one, frame = coach(), Clip(STANDING).at(0.1)[0]
    raised, now_s = with_hand_up(frame, both=True), 0.0
    states: list[State] = []

    def play(xy: Floats, seconds: float) -> State:
        nonlocal now_s
        for _ in range(round(seconds / FRAME_S)):
            now_s += FRAME_S
            looked = not states or states[-1].look
            states.append(one.step(seen(xy, now_s, people=(xy,) if looked else None)))
        return states[-1]

    held = play(raised, 6.0)
    lowered = play(frame, 1.0)
    again = play(raised, 2.5)

    assert any(state.chosen == 0 for state in states)
    assert "paused" not in (held.phase, lowered.phase)
    assert again.phase == "paused"


def test_a_hidden_arm_that_is_only_supposed_to_be_up_pauses_nothing() -> None:
    one, frame = client("stand_bend"), with_hand_up(Clip(STANDING).at(0.1)[0], both=True)
    one.until(in_phase("recording"))
    visibility = np.ones(33)
    visibility[index("left_wrist")] = 0.25

    for number in range(round(3.0 / FRAME_S)):
        time_s = one.time_s + number * FRAME_S
        state = one.coach.step(seen(frame, time_s, visibility=visibility))

    assert state.phase != "paused"


def test_redo_makes_the_take_void_and_begins_the_step_anew() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))

    one.coach.mark("redo")
    state = one.frame()
    again = one.until(in_phase("rest"))

    assert (state.phase, state.dropped_take, state.say) == ("framing", 1, "again")
    assert again.takes[0] == 2


def test_redo_between_steps_repeats_the_one_just_done() -> None:
    one = client("stand_bend")
    one.until(in_phase("framing", "standing2"))

    one.coach.mark("redo")
    state = one.frame()

    assert state.step is not None
    assert (state.step.id, state.dropped_take, state.takes[0]) == ("standing", 1, None)
    assert [now for _, now in state.steps] == ["now", "todo", "todo"]


def test_skip_goes_on_to_the_next_step_and_keeps_nothing_of_this_one() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))

    one.coach.mark("skip")
    state = one.frame()

    assert state.step is not None
    assert (state.step.id, state.dropped_take) == ("standing2", 1)
    assert [now for _, now in state.steps] == ["skipped", "now", "todo"]


def test_somebody_who_leaves_in_the_middle_begins_the_step_anew() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))

    state = one.play(1.2, gone=True)

    assert (state.phase, state.say, state.dropped_take) == ("framing", "client_lost", 1)


def test_a_hole_in_the_recording_makes_it_void() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))

    one.time_s += 2.5
    state = one.frame()

    assert (state.phase, state.say, state.dropped_take) == ("framing", "frames_missing", 1)


def test_a_hiccup_of_the_machine_costs_nothing() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording"))

    one.time_s += 1.5
    state = one.frame()

    assert (state.phase, state.dropped_take) == ("recording", None)


def test_a_step_nobody_does_is_not_recorded_for_ever() -> None:
    one = client("stand_bend")
    one.until(in_phase("recording", "standing2"))
    standing = Clip(STANDING).at(0.1)[0]

    one.edit = lambda _: standing
    state = one.until(in_phase("framing"), 80)

    assert (state.say, state.dropped_take) == ("again", 2)


def test_after_care_the_step_waits_for_the_trainer() -> None:
    one = client("quick", extras=["forward_bend_after"])
    one.until(in_phase("waiting"), 120)
    one.play(5)
    waits = one.states[-1].phase

    one.coach.mark("start")
    one.until(lambda state: state.phase == "done", 60)

    assert waits == "waiting"
    assert one.states[-1].takes[0] is None  # the warm-up is not kept
    assert None not in one.states[-1].takes[1:]


def test_live_numbers_come_with_their_error_and_agree_with_the_clip() -> None:
    one = client()

    one.until(lambda state: state.phase == "rest", 60)
    numbers = {number.key: number for number in one.states[-1].numbers}

    assert numbers["bend"].sd
    # the same clip's analysis: its true fingertip and trunk stand in truth.json
    assert numbers["bend"].value > 60
    assert 0 <= numbers["reach"].value < 0.6


def test_the_coach_says_only_what_there_are_words_for() -> None:
    one = client("stand_bend")
    one.until(lambda state: state.phase == "done", 90)

    assert set(said(one.states)) <= {"who", "belongings", "stand", "stand2", "rest"} | {
        "off_centre",
        "bend",
        "hold",
        "up",
        "finished",
    }


@pytest.mark.parametrize(
    "answers",
    [{"age": 70}, {"pain": 6}, {"conditions": ["pregnancy"]}, {"conditions": ["hypertension"]}],
)
def test_who_should_not_bend_is_led_through_a_leg_raise(answers: dict[str, object]) -> None:
    steps = [step.id for step in steps_of("stand_bend", answers, withheld=False)]

    assert steps == ["standing", "standing2", "leg_raise"]


def test_with_a_fresh_tear_nothing_is_stretched() -> None:
    answers = {"conditions": ["acute_tear"], "extras": ["wall_lunge", "leg_raise"]}

    assert [s.id for s in steps_of("quick", answers, withheld=False)] == ["standing"]
