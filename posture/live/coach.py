"""Who leads the client through the check: frames in, what to say, show and record out.

A state machine and nothing else: it reads no clock, touches no file, knows no network. Time is the
frames' own, so a recorded clip fed to it frame by frame is led exactly as a client was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from posture.live.body import Body, Seen, body_of, smoothed_lead
from posture.live.framing import code_of, is_hard, of_clients_size, problem_of
from posture.live.gesture import BothArms, RaisedHand, nearest
from posture.live.moves import MoveSettings, Progress, Watcher
from posture.live.numbers import LiveNumber, Numbers
from posture.live.steps import Step
from posture.live.voice import Complaint, Voice
from posture.types import Reason, Side

Phase = Literal["choosing", "framing", "waiting", "ready", "recording", "rest", "paused", "done"]
Mark = Literal["start", "pause", "resume", "redo", "skip", "choose"]
MARKS: tuple[Mark, ...] = ("start", "pause", "resume", "redo", "skip", "choose")
StepState = Literal["todo", "now", "done", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachSettings:
    """How patient the coach is; all ours, in seconds."""

    look_choosing_s: float = 0.25  # two looks within the half second a hand is up
    look_framing_s: float = 2.0  # a look costs as much as a frame
    look_crowded_s: float = 0.8  # sooner, while somebody is asked to leave the picture
    steady_s: float = 0.5  # a complaint this old is one; shorter ones are flicker
    good_s: float = 1.0  # so long a view has to be good
    soft_s: float = (
        10.0  # so long a complaint holds things up that keeps nothing from being measured
    )
    spacing_s: float = 3.5  # between two sentences: one at a time
    repeat_s: float = 8.0  # before the same sentence comes again
    count_s: float = 3.0
    rest_s: float = 2.0
    lost_s: float = 1.0  # out of sight for longer in the middle of a step, and it begins anew
    gap_s: float = 2.0  # a hole this long between frames is a hole in the recording; laptops hiccup
    longest_s: float = 75.0  # a step not done by then begins anew; no recording grows for ever
    longest_walk_s: float = 180.0
    moves: MoveSettings = field(default_factory=MoveSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is to be said, shown and recorded after one frame."""

    phase: Phase
    step: Step | None
    index: int
    take: int  # number of the running or last take, over the whole session; 0 = none yet
    say: str | None
    say_id: int
    tone: str | None
    tone_id: int
    count: int | None
    ring: float | None
    problem: Reason | None
    recording: bool
    void_takes: frozenset[int]
    numbers: tuple[LiveNumber, ...]
    steps: tuple[tuple[Step, StepState], ...]
    takes: tuple[int | None, ...]  # the finished take of each step
    chosen: int | None  # number of the person in `Seen.people` to follow from now on
    look: bool  # the next frame should be looked over for people
    body: Body | None

    @property
    def dropped_take(self) -> int | None:
        """The last take that is void."""
        return max(self.void_takes, default=None)


class Coach:
    """Leads one client through the steps of one check."""

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        near: Side | None = None,
        height_m: float | None = None,
        settings: CoachSettings | None = None,
    ) -> None:
        if not steps:
            raise ValueError("expected at least one step, got none")
        self._settings = settings or CoachSettings()
        self._steps = tuple(steps)
        self._states: list[StepState] = ["todo"] * len(steps)
        self._takes: list[int | None] = [None] * len(steps)
        self._near_asked = near
        self._near_done: Side | None = None  # towards the camera in the step before
        self._index = 0
        self._phase: Phase = "choosing"
        self._since_s = math.nan  # of the phase
        self._before_pause: Phase = "choosing"
        self._voice = Voice(self._settings.spacing_s, self._settings.repeat_s)
        self._complaint = Complaint(self._settings.steady_s)
        self._good_s: float | None = None
        self._numbers = Numbers(height_m)
        self._shown: tuple[LiveNumber, ...] = ()
        self._watcher: Watcher | None = None
        self._hand = RaisedHand()
        self._arms = BothArms()
        self._marks: list[tuple[Mark, float, float]] = []
        self._pick: tuple[float, float] | None = None
        self._take_largest = False
        self._take = 0
        self._void: set[int] = set()
        self._ring: float | None = None
        self._count: int | None = None
        self._problem: Reason | None = None
        self._lead = math.nan
        self._people: int | None = None
        self._looked_s = -math.inf
        self._last_s: float | None = None
        self._seen_s = -math.inf
        self._chosen: int | None = None
        self._body: Body | None = None

    def mark(self, what: Mark, x: float = 0.5, y: float = 0.5) -> None:
        """Take in what somebody pressed; it counts from the next frame on."""
        self._marks.append((what, x, y))

    def step(self, seen: Seen) -> State:
        """Take in one frame and return what follows from it."""
        now_s = seen.time_s
        if math.isnan(self._since_s):
            self._to("choosing", now_s)
        self._chosen = None
        self._problem = None
        if seen.people is not None:
            self._looked_s = now_s
        self._gap(now_s)
        self._body = self._read(seen)
        for mark, x, y in self._take_marks():
            self._heed(mark, x, y, seen)
        if self._phase not in {"choosing", "done"} and self._arms.up(
            seen.xy_px, seen.visibility, now_s
        ):
            self._toggle_pause(now_s)
        phases: dict[Phase, Callable[[Seen, Body | None], None]] = {
            "choosing": self._choosing,
            "framing": self._framing,
            "ready": self._ready,
            "recording": self._recording,
            "rest": self._resting,
        }
        if self._phase in phases:
            phases[self._phase](seen, self._body)
        return self._state(seen)

    # what one frame brings

    def _gap(self, now_s: float) -> None:
        last_s, self._last_s = self._last_s, now_s
        if last_s is None or now_s - last_s <= self._settings.gap_s:
            return
        if self._phase == "recording":
            self._anew(now_s, "frames_missing")
        elif self._phase == "ready":
            self._to("framing", now_s)

    def _read(self, seen: Seen) -> Body | None:
        if seen.xy_px is None:
            if seen.time_s - self._seen_s > self._settings.lost_s:
                self._lead = math.nan  # whoever comes back may face the other way
            return None
        self._seen_s = seen.time_s
        self._lead = smoothed_lead(self._lead, seen.xy_px)
        return body_of(seen, self._lead)

    def _take_marks(self) -> list[tuple[Mark, float, float]]:
        marks, self._marks = self._marks, []
        return marks

    # what people press

    def _heed(self, mark: Mark, x: float, y: float, seen: Seen) -> None:
        now_s = seen.time_s
        if mark == "choose":
            self._pick = (x * seen.size_px[0], y * seen.size_px[1])
            if self._phase != "choosing":
                self._drop()
                self._to("choosing", now_s)
        elif mark == "start":
            self._start(now_s)
        elif mark == "pause" and self._phase not in {"paused", "done"}:
            self._pause(now_s)
        elif mark == "resume" and self._phase == "paused":
            self._resume(now_s)
        elif mark == "redo":
            self._redo(now_s)
        elif mark == "skip" and self._phase != "done":
            self._skip(now_s)

    def _start(self, now_s: float) -> None:
        if self._phase == "choosing":
            self._take_largest = True
        elif self._phase == "framing" and self._body is not None:
            self._begin_ready(now_s)
        elif self._phase == "waiting":
            self._to("framing", now_s)
        elif self._phase == "paused":
            self._resume(now_s)

    def _toggle_pause(self, now_s: float) -> None:
        if self._phase == "paused":
            self._resume(now_s)
        else:
            self._pause(now_s)

    def _pause(self, now_s: float) -> None:
        self._drop()
        self._before_pause = self._phase
        self._to("paused", now_s)
        self._voice.say("paused", now_s)

    def _resume(self, now_s: float) -> None:
        self._voice.say("go_on", now_s)
        before = self._before_pause
        self._to(before if before in {"choosing", "waiting"} else "framing", now_s)
        if before == "rest":
            self._next(now_s)

    def _redo(self, now_s: float) -> None:
        """Begin the running step anew, or the one just finished."""
        if self._phase in {"choosing", "paused"}:
            return
        if self._phase not in {"ready", "recording", "rest"}:
            done = [i for i in range(min(self._index + 1, len(self._steps))) if self._is_done(i)]
            if not done:
                return
            self._states[min(self._index, len(self._steps) - 1)] = "todo"
            self._index = done[-1]
        self._drop()
        finished = self._takes[self._index]
        if finished is not None:
            self._void.add(finished)
            self._takes[self._index] = None
        self._states[self._index] = "now"
        self._to("framing", now_s)
        self._voice.say("again", now_s)

    def _is_done(self, index: int) -> bool:
        return self._states[index] == "done"

    def _skip(self, now_s: float) -> None:
        if self._phase == "choosing":
            return
        self._drop()
        if self._states[self._index] != "done":
            self._states[self._index] = "skipped"
        self._next(now_s)

    # phases

    def _to(self, phase: Phase, now_s: float) -> None:
        self._phase, self._since_s = phase, now_s
        self._complaint = Complaint(self._settings.steady_s)
        self._good_s = None
        self._ring = self._count = None
        if phase in {"framing", "waiting", "choosing"}:
            self._people = None
            self._looked_s = -math.inf
        if phase == "choosing":
            self._hand = RaisedHand()

    def _choosing(self, seen: Seen, body: Body | None) -> None:  # noqa: ARG002 - not known yet
        now_s = seen.time_s
        self._voice.remind("who", now_s)
        if seen.people is None:
            return
        empty = Reason("live_nobody") if not seen.people else None
        self._problem = self._complaint.add(empty, now_s)
        who = self._hand.who(seen.people, now_s)
        if self._pick is not None:
            who = nearest(seen.people, *self._pick)
        elif self._take_largest and seen.people:
            who = 0
        if who is None:
            return
        self._pick, self._take_largest = None, False
        self._chosen = who
        self._arms = BothArms(last_s=now_s, told=True)  # the hand that said so comes down first
        self._lead = math.nan
        self._voice.sound("start")
        if self._states[self._index] in {"todo", "now"} and self._index == 0:
            self._voice.say("belongings", now_s)
        self._enter_step(now_s)

    def _enter_step(self, now_s: float) -> None:
        self._states[self._index] = "now"
        self._numbers.begin()
        self._shown = ()
        if self._steps[self._index].waits:
            self._to("waiting", now_s)
            self._voice.say("care", now_s)
        else:
            self._to("framing", now_s)

    def _framing(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        if seen.people is not None:
            self._people = of_clients_size(seen, body)
        problem = self._view_problem(seen, body)
        held = self._complaint.add(problem, now_s)
        self._problem = held
        patient = is_hard(held) or (
            held is not None and self._complaint.for_s(now_s) < self._settings.soft_s
        )
        if problem is not None and (held is None or patient):
            self._good_s = None
            if held is not None:
                self._voice.remind(_spoken(held, self._steps[self._index]), now_s)
            return
        self._good_s = now_s if self._good_s is None else self._good_s
        if now_s - self._good_s >= self._settings.good_s and self._people is not None:
            self._begin_ready(now_s)

    def _view_problem(self, seen: Seen, body: Body | None) -> Reason | None:
        step = self._steps[self._index]
        near = self._near_asked
        if step.turned and self._near_done is not None:
            near = self._near_done.other
        wrong = problem_of(seen, body, step.view, people=self._people, near=near)
        raised = step.arms_hang and body is not None and not body.arms_hang
        return Reason("live_arms_up") if raised and not is_hard(wrong) else wrong

    def _begin_ready(self, now_s: float) -> None:
        self._to("ready", now_s)
        self._voice.say(self._steps[self._index].says, now_s)

    def _ready(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        self._problem = self._complaint.add(self._view_problem(seen, body), now_s)
        if is_hard(self._problem) and self._complaint.for_s(now_s) > self._settings.good_s:
            self._to("framing", now_s)
            return
        spoken_s = self._steps[self._index].spoken_s
        left_s = self._since_s + spoken_s + self._settings.count_s - now_s
        if left_s <= 0:
            self._begin_recording(now_s)
        elif left_s <= self._settings.count_s:
            count = math.ceil(left_s)
            if count != self._count:
                self._voice.sound("count")
            self._count = count

    def _begin_recording(self, now_s: float) -> None:
        self._to("recording", now_s)
        step = self._steps[self._index]
        self._watcher = step.watch(self._settings.moves)
        self._numbers.begin()
        self._shown = ()
        self._ring = 0.0
        self._take += 1
        self._voice.sound("start")

    def _recording(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        step = self._steps[self._index]
        if self._watcher is None:
            raise ValueError("expected a watcher while recording, got none")
        # walkers are meant to leave the picture
        lost_s = math.inf if step.is_passing else self._settings.lost_s
        if body is None and now_s - max(self._seen_s, self._since_s) > lost_s:
            self._anew(now_s, "client_lost")
            return
        progress = self._watcher.see(body, now_s, seen.size_px[0])
        self._tell(progress, now_s)
        self._shown = self._numbers.add(step, body, progress.passes)
        longest_s = self._settings.longest_walk_s if step.walks else self._settings.longest_s
        if progress.done:
            self._finish(body, now_s)
        elif now_s - self._since_s > longest_s:
            self._anew(now_s, "again")

    def _tell(self, progress: Progress, now_s: float) -> None:
        self._ring = progress.ring
        self._problem = self._complaint.add(progress.problem, now_s)
        if progress.say is not None:
            self._voice.say(progress.say, now_s)
        if progress.tone is not None:
            self._voice.sound(progress.tone)

    def _finish(self, body: Body | None, now_s: float) -> None:
        step = self._steps[self._index]
        if body is not None:
            self._near_done = body.near
        self._states[self._index] = "done"
        if step.recorded:
            self._takes[self._index] = self._take
        else:
            self._void.add(self._take)
        self._to("rest", now_s)
        self._voice.sound("done")
        last = self._index == len(self._steps) - 1
        self._voice.say("finished" if last else "rest", now_s)

    def _resting(self, seen: Seen, body: Body | None) -> None:  # noqa: ARG002 - let them be
        if seen.time_s - self._since_s >= self._settings.rest_s:
            self._next(seen.time_s)

    def _next(self, now_s: float) -> None:
        if self._index + 1 < len(self._steps):
            self._index += 1
            self._enter_step(now_s)
        else:
            self._to("done", now_s)
            if self._voice.said != "finished":
                self._voice.say("finished", now_s)

    def _drop(self) -> None:
        """Make a running take void."""
        if self._phase == "recording":
            self._void.add(self._take)

    def _anew(self, now_s: float, why: str) -> None:
        """Begin the running step once more, and say why."""
        self._drop()
        self._to("framing", now_s)
        self._voice.say(why, now_s)

    def _wants_look(self, now_s: float) -> bool:
        if self._phase == "choosing":
            every_s = self._settings.look_choosing_s
        elif self._phase == "framing":
            crowded = self._people is not None and self._people > 1
            every_s = self._settings.look_framing_s
            every_s = self._settings.look_crowded_s if crowded else every_s
        else:
            return False
        return now_s - self._looked_s >= every_s

    def _state(self, seen: Seen) -> State:
        phase = self._phase
        step = None if phase in {"choosing", "done"} else self._steps[self._index]
        return State(
            phase=phase,
            step=step,
            index=self._index,
            take=self._take,
            say=self._voice.said,
            say_id=self._voice.said_id,
            tone=self._voice.tone,
            tone_id=self._voice.tone_id,
            count=self._count,
            ring=self._ring,
            problem=self._problem,
            recording=phase == "recording" and self._steps[self._index].recorded,
            void_takes=frozenset(self._void),
            numbers=self._shown,
            steps=tuple(zip(self._steps, self._states, strict=True)),
            takes=tuple(self._takes),
            chosen=self._chosen,
            look=self._wants_look(seen.time_s),
            body=self._body,
        )


def _spoken(problem: Reason, step: Step) -> str:
    """Return what is said of a problem; for the page it has a sentence of its own."""
    code = code_of(problem)
    if code == "not_lying":
        return "lie"
    if code == "other_side_wanted":
        return "other_side" if step.turned else "turn"
    return code
