"""Who leads the client through the check: frames in, what to say, show and record out.

A state machine and nothing else: it reads no clock, touches no file, knows no network. Time is the
frames' own, so a recorded clip fed to it frame by frame is led exactly as a client was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from posture.live.body import Body, Seen
from posture.live.framing import code_of, is_hard, problem_of
from posture.live.gesture import RaisedHand
from posture.live.moves import Progress, Watcher
from posture.live.numbers import Numbers
from posture.live.people import Choosing, Client, Looks
from posture.live.phases import Phase, Phases, Shown
from posture.live.state import CoachSettings, State
from posture.live.steps import Step
from posture.live.takes import Takes
from posture.live.voice import Voice
from posture.types import Reason, Side

Mark = Literal["start", "pause", "resume", "redo", "skip", "choose"]
MARKS: tuple[Mark, ...] = ("start", "pause", "resume", "redo", "skip", "choose")


__all__ = ["MARKS", "Coach", "CoachSettings", "Mark", "State"]


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
        self._takes = Takes(tuple(steps))
        self._near_asked = near
        self._near_done: Side | None = None  # towards the camera in the step before
        self._phase = Phases(self._settings.steady_s)
        self._voice = Voice(self._settings.spacing_s, self._settings.repeat_s)
        self._numbers = Numbers(height_m)
        self._watcher: Watcher | None = None
        self._choice = Choosing()
        self._client = Client(self._settings.lost_s)
        self._looks = Looks()
        self._shown = Shown()
        self._marks: list[tuple[Mark, float, float]] = []
        self._last_s: float | None = None
        self._body: Body | None = None

    def mark(self, what: Mark, x: float = 0.5, y: float = 0.5) -> None:
        """Take in what somebody pressed; it counts from the next frame on."""
        self._marks.append((what, x, y))

    def step(self, seen: Seen) -> State:
        """Take in one frame and return what follows from it."""
        now_s = seen.time_s
        if math.isnan(self._phase.since_s):
            self._to("choosing", now_s)
        self._shown.chosen = self._shown.problem = None
        self._looks.add(seen)
        self._gap(now_s)
        self._body = self._client.read(seen)
        for mark, x, y in self._take_marks():
            self._heed(mark, x, y, seen)
        if self._phase.now not in {"choosing", "done"} and self._choice.arms.up(
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
        if self._phase.now in phases:
            phases[self._phase.now](seen, self._body)
        return self._state(seen)

    # what one frame brings

    def _gap(self, now_s: float) -> None:
        last_s, self._last_s = self._last_s, now_s
        if last_s is None or now_s - last_s <= self._settings.gap_s:
            return
        if self._phase.now == "recording":
            self._anew(now_s, "frames_missing")
        elif self._phase.now == "ready":
            self._to("framing", now_s)

    def _take_marks(self) -> list[tuple[Mark, float, float]]:
        marks, self._marks = self._marks, []
        return marks

    # what people press

    def _heed(self, mark: Mark, x: float, y: float, seen: Seen) -> None:
        now_s = seen.time_s
        if mark == "choose":
            self._choice.pick = (x * seen.size_px[0], y * seen.size_px[1])
            if self._phase.now != "choosing":
                self._drop()
                self._to("choosing", now_s)
        elif mark == "start":
            self._start(now_s)
        elif mark == "pause" and self._phase.now not in {"paused", "done"}:
            self._pause(now_s)
        elif mark == "resume" and self._phase.now == "paused":
            self._resume(now_s)
        elif mark == "redo":
            self._redo(now_s)
        elif mark == "skip" and self._phase.now != "done":
            self._skip(now_s)

    def _start(self, now_s: float) -> None:
        if self._phase.now == "choosing":
            self._choice.takes_largest = True
        elif self._phase.now == "framing" and self._body is not None:
            self._begin_ready(now_s)
        elif self._phase.now == "waiting":
            self._to("framing", now_s)
        elif self._phase.now == "paused":
            self._resume(now_s)

    def _toggle_pause(self, now_s: float) -> None:
        if self._phase.now == "paused":
            self._resume(now_s)
        else:
            self._pause(now_s)

    def _pause(self, now_s: float) -> None:
        self._drop()
        self._phase.before_pause = self._phase.now
        self._to("paused", now_s)
        self._voice.say("paused", now_s)

    def _resume(self, now_s: float) -> None:
        self._voice.say("go_on", now_s)
        before = self._phase.before_pause
        self._to(before if before in {"choosing", "waiting"} else "framing", now_s)
        if before == "rest":
            self._next(now_s)

    def _redo(self, now_s: float) -> None:
        """Begin the running step anew, or the one just finished."""
        if self._phase.now in {"choosing", "paused"}:
            return
        if self._phase.now not in {"ready", "recording", "rest"} and not self._takes.back_to_done():
            return
        self._drop()
        self._takes.anew()
        self._to("framing", now_s)
        self._voice.say("again", now_s)

    def _skip(self, now_s: float) -> None:
        if self._phase.now == "choosing":
            return
        self._drop()
        self._takes.skip()
        self._next(now_s)

    # phases

    def _to(self, phase: Phase, now_s: float) -> None:
        self._phase.to(phase, now_s)
        self._shown.ring = self._shown.count = None
        if phase in {"framing", "waiting", "choosing"}:
            self._looks.forget()
        if phase == "choosing":
            self._choice.hand = RaisedHand()

    def _choosing(self, seen: Seen, body: Body | None) -> None:  # noqa: ARG002 - not known yet
        now_s = seen.time_s
        self._voice.remind("who", now_s)
        if seen.people is None:
            return
        empty = Reason("live_nobody") if not seen.people else None
        self._shown.problem = self._phase.complaint.add(empty, now_s)
        who = self._choice.who(seen.people, now_s)
        if who is None:
            return
        self._shown.chosen = who
        self._client.lead = math.nan
        self._voice.sound("start")
        if self._takes.is_first:
            self._voice.say("belongings", now_s)
        self._enter_step(now_s)

    def _enter_step(self, now_s: float) -> None:
        self._takes.enter()
        self._numbers.begin()
        self._shown.numbers = ()
        if self._takes.step.waits:
            self._to("waiting", now_s)
            self._voice.say("care", now_s)
        else:
            self._to("framing", now_s)

    def _framing(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        self._looks.count(seen, body)
        problem = self._view_problem(seen, body)
        held = self._phase.complaint.add(problem, now_s)
        self._shown.problem = held
        patient = is_hard(held) or (
            held is not None and self._phase.complaint.for_s(now_s) < self._settings.soft_s
        )
        if problem is not None and (held is None or patient):
            self._phase.good_s = None
            if held is not None:
                self._voice.remind(_spoken(held, self._takes.step), now_s)
            return
        good_s = self._phase.is_good_for_s(now_s)
        if good_s >= self._settings.good_s and self._looks.people is not None:
            self._begin_ready(now_s)

    def _view_problem(self, seen: Seen, body: Body | None) -> Reason | None:
        step = self._takes.step
        near = self._near_asked
        if step.turned and self._near_done is not None:
            near = self._near_done.other
        wrong = problem_of(seen, body, step.view, people=self._looks.people, near=near)
        raised = step.arms_hang and body is not None and not body.arms_hang
        return Reason("live_arms_up") if raised and not is_hard(wrong) else wrong

    def _begin_ready(self, now_s: float) -> None:
        self._to("ready", now_s)
        self._voice.say(self._takes.step.says, now_s)

    def _ready(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        self._shown.problem = self._phase.complaint.add(self._view_problem(seen, body), now_s)
        if (
            is_hard(self._shown.problem)
            and self._phase.complaint.for_s(now_s) > self._settings.good_s
        ):
            self._to("framing", now_s)
            return
        spoken_s = self._takes.step.spoken_s
        left_s = self._phase.since_s + spoken_s + self._settings.count_s - now_s
        if left_s <= 0:
            self._begin_recording(now_s)
        elif left_s <= self._settings.count_s:
            count = math.ceil(left_s)
            if count != self._shown.count:
                self._voice.sound("count")
            self._shown.count = count

    def _begin_recording(self, now_s: float) -> None:
        self._to("recording", now_s)
        step = self._takes.step
        self._watcher = step.watch(self._settings.moves)
        self._numbers.begin()
        self._shown.numbers, self._shown.ring = (), 0.0
        self._takes.number += 1
        self._voice.sound("start")

    def _recording(self, seen: Seen, body: Body | None) -> None:
        now_s = seen.time_s
        step = self._takes.step
        if self._watcher is None:
            raise ValueError("expected a watcher while recording, got none")
        # walkers are meant to leave the picture
        lost_s = math.inf if step.is_passing else self._settings.lost_s
        if body is None and now_s - max(self._client.seen_s, self._phase.since_s) > lost_s:
            self._anew(now_s, "client_lost")
            return
        progress = self._watcher.see(body, now_s, seen.size_px[0])
        self._tell(progress, now_s)
        self._shown.numbers = self._numbers.add(step, body, progress.passes)
        longest_s = self._settings.longest_walk_s if step.walks else self._settings.longest_s
        if progress.done:
            self._finish(body, now_s)
        elif now_s - self._phase.since_s > longest_s:
            self._anew(now_s, "again")

    def _tell(self, progress: Progress, now_s: float) -> None:
        self._shown.ring = progress.ring
        self._shown.problem = self._phase.complaint.add(progress.problem, now_s)
        if progress.say is not None:
            self._voice.say(progress.say, now_s)
        if progress.tone is not None:
            self._voice.sound(progress.tone)

    def _finish(self, body: Body | None, now_s: float) -> None:
        if body is not None:
            self._near_done = body.near
        self._takes.finish()
        self._to("rest", now_s)
        self._voice.sound("done")
        self._voice.say("finished" if self._takes.is_last else "rest", now_s)

    def _resting(self, seen: Seen, body: Body | None) -> None:  # noqa: ARG002 - let them be
        if seen.time_s - self._phase.since_s >= self._settings.rest_s:
            self._next(seen.time_s)

    def _next(self, now_s: float) -> None:
        if self._takes.advance():
            self._enter_step(now_s)
        else:
            self._to("done", now_s)
            if self._voice.said != "finished":
                self._voice.say("finished", now_s)

    def _drop(self) -> None:
        """Make a running take void."""
        if self._phase.now == "recording":
            self._takes.drop()

    def _anew(self, now_s: float, why: str) -> None:
        """Begin the running step once more, and say why."""
        self._drop()
        self._to("framing", now_s)
        self._voice.say(why, now_s)

    def _wants_look(self, now_s: float) -> bool:
        if self._phase.now == "choosing":
            every_s = self._settings.look_choosing_s
        elif self._phase.now == "framing":
            crowded = self._looks.people is not None and self._looks.people > 1
            every_s = self._settings.look_framing_s
            every_s = self._settings.look_crowded_s if crowded else every_s
        else:
            return False
        return now_s - self._looks.at_s >= every_s

    def _state(self, seen: Seen) -> State:
        phase, takes, shown = self._phase.now, self._takes, self._shown
        return State(
            phase=phase,
            step=None if phase in {"choosing", "done"} else takes.step,
            index=takes.index,
            take=takes.number,
            say=self._voice.said,
            say_id=self._voice.said_id,
            tone=self._voice.tone,
            tone_id=self._voice.tone_id,
            count=shown.count,
            ring=shown.ring,
            problem=shown.problem,
            recording=phase == "recording" and takes.step.recorded,
            void_takes=frozenset(takes.void),
            numbers=shown.numbers,
            steps=tuple(zip(takes.steps, takes.states, strict=True)),
            takes=tuple(takes.finished),
            chosen=shown.chosen,
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
