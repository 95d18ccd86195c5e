"""When a step has been done: one small watcher for each movement.

A watcher sees every frame while its step is recorded and says how far it is. None of them is done
before its hold was held, and none looks at a clock: time is the frames' own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from posture.live.body import Body
from posture.live.steps import Step
from posture.measures.bend_variants import VariantSettings
from posture.measures.lunge import LungeSettings
from posture.signals.activity import ActivitySettings
from posture.types import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSettings:
    """Seconds and degrees that tell a movement's parts apart; all ours."""

    stand_s: float = 3.0  # arms hanging: three times what the pipeline asks of standing
    collar_s: float = 5.0  # the outline of the free back, over one breath
    tail_s: float = 0.4  # goes on recording after the end: filters have edges
    still_s: float = 0.5  # window in which stillness is judged
    still_deg: float = 5.0  # raw points sway by 2 in somebody who stands still
    broken_s: float = ActivitySettings().bridge_s  # so long a hold may be interrupted
    upright_deg: float = 20.0  # trunk, standing; live points lean by up to 10
    straight_deg: float = ActivitySettings().straight_knee_deg  # standing
    neutral_s: float = 1.2  # standing before and after a bend; the pipeline looks 1.5 s back
    bend_start_deg: float = 15.0  # beyond sway and a look down
    bend_least_deg: float = 25.0  # a bottom less deep is no bend; stiff people reach 30 and more
    bend_hold_s: float = 1.2  # of stillness; the spoken "stay there" alone takes two seconds
    soft_knee_deg: float = VariantSettings().soft_knee_deg
    bent_knee_deg: float = 30.0  # further, and the bend is no longer one of the back line
    pass_frac: float = 0.5  # of the picture's width, walked in one direction
    passes: int = 4  # two each way: each side twice towards the camera
    turn_frac: float = 0.04  # of the width, back from the furthest place; less is swaying
    out_s: float = 0.6  # out of sight for so long at the end of a pass
    gait_deg: float = 25.0  # of swing; less than the analysis asks for, points are not smoothed
    gait_window_s: float = 1.2  # one stride
    treadmill_s: float = 20.0  # about 18 strides
    lunge_apart: float = 0.3  # body sizes, about half a leg's length: a step and more
    lunge_shank_deg: float = ActivitySettings().lunge_shank_deg
    lunge_bent_deg: float = LungeSettings().bent_knee_deg
    lunge_hold_s: float = 3.0
    raise_down_deg: float = 15.0
    raise_least_deg: float = 25.0
    raise_hold_s: float = 1.5
    tilt_s: float = 4.0  # each way: to find it, and to hold it for 1.5 s
    remind_s: float = 8.0  # without progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step is, after one frame."""

    ring: float | None = None  # 0..1
    say: str | None = None  # now, once
    tone: str | None = None
    problem: Reason | None = None  # what the client does otherwise than asked
    done: bool = False
    passes: int | None = None


_MOVING = Reason("live_moving")
_HANDS = Reason("live_hands_not_there")
_ARMS = Reason("live_arms_up")
_KNEES = Reason("live_knees_bent")
_NOT_SOFT = Reason("live_knees_straight")
_LOST = Reason("live_client_lost")


class Watcher(Protocol):
    """Sees a step being done."""

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:
        """Take in one frame; `body` is None where the client is not seen."""


@dataclass(slots=True)
class Hold:
    """How long something has held, short breaks bridged."""

    broken_s: float
    since_s: float | None = None
    last_s: float = 0.0

    def add(self, time_s: float, *, holds: bool, early_s: float = 0.0) -> float:
        """Return for how long it has held; `early_s` = it was so for that long already."""
        if holds:
            if self.since_s is None:
                self.since_s = time_s - early_s
            self.last_s = time_s
        elif self.since_s is not None and time_s - self.last_s > self.broken_s:
            self.since_s = None
        return 0.0 if self.since_s is None else max(0.0, self.last_s - self.since_s)


@dataclass(slots=True)
class Recent:
    """The last values of something, with their times."""

    window_s: float
    rows: deque[tuple[float, float]] = field(default_factory=deque)

    def add(self, time_s: float, value: float) -> None:
        """Take in a value."""
        self.rows.append((time_s, value))
        # one value from before the window stays, so that few frames a second fill it as well
        while len(self.rows) > 1 and time_s - self.rows[1][0] >= self.window_s:
            self.rows.popleft()

    def range(self) -> float:
        """Return largest less smallest; infinite while the window is not filled."""
        if not self.rows or self.rows[-1][0] - self.rows[0][0] < _FILLED * self.window_s:
            return float("inf")
        return float(np.ptp([value for _, value in self.rows]))


_FILLED = 0.99  # frames do not come at round times


@dataclass(slots=True)
class _Reminder:
    """Says something again when nothing has come of it for a while."""

    every_s: float
    last_s: float | None = None

    def due(self, time_s: float, *, waiting: bool) -> bool:
        """Return whether it is time, given that the client has not done it yet."""
        if not waiting or self.last_s is None:
            self.last_s = time_s
            return False
        if time_s - self.last_s < self.every_s:
            return False
        self.last_s = time_s
        return True


class Standing:
    """Upright and still for a while, the arms where they should be."""

    def __init__(self, hold_s: float, settings: MoveSettings, *, collar: bool) -> None:
        self._hold_s = hold_s
        self._settings = settings
        self._collar = collar
        self._trunk = Recent(settings.still_s)
        self._leg = Recent(settings.still_s)
        self._hold = Hold(settings.broken_s)
        self._remind = _Reminder(settings.remind_s)
        self._ends_s: float | None = None

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        wrong: Reason | None = _MOVING
        if body is not None:
            self._trunk.add(time_s, body.trunk_deg)
            self._leg.add(time_s, body.leg_deg)
            still = is_upright(body, self._settings) and (
                max(self._trunk.range(), self._leg.range()) <= self._settings.still_deg
            )
            hands = body.hands_at_collar if self._collar else body.arms_hang
            where = _HANDS if self._collar else _ARMS
            wrong = where if not hands else None if still else _MOVING
        held_s = self._hold.add(time_s, holds=wrong is None)
        if self._ends_s is None and held_s >= self._hold_s:
            self._ends_s = time_s + self._settings.tail_s
        waiting = wrong is not None and self._ends_s is None
        reminder = "hands" if wrong == _HANDS else "arms_up" if wrong == _ARMS else "still"
        return Progress(
            ring=min(1.0, held_s / self._hold_s) if self._ends_s is None else 1.0,
            say=reminder if self._remind.due(time_s, waiting=waiting) else None,
            problem=wrong if waiting else None,
            done=self._ends_s is not None and time_s >= self._ends_s,
        )


class Bending:
    """Stand, bend, hold, come up, stand; with `soft` knees or straight ones."""

    def __init__(self, settings: MoveSettings, *, soft: bool = False) -> None:
        self._settings = settings
        self._soft = soft
        self._bend = "bend_soft" if soft else "bend"
        self._stage = "neutral"
        self._trunk = Recent(settings.still_s)
        self._hold = Hold(settings.broken_s)
        self._remind = _Reminder(settings.remind_s)
        self._zero_deg = 0.0
        self._told_hold = False

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        if body is None:
            return Progress(problem=_LOST)
        self._trunk.add(time_s, body.trunk_deg)
        stages: dict[str, Callable[[Body, float], Progress]] = {
            "neutral": self._neutral,
            "down": self._down,
            "up": self._up,
        }
        return stages[self._stage](body, time_s)

    def _to(self, stage: str) -> None:
        self._stage = stage
        self._hold = Hold(self._settings.broken_s)
        self._remind = _Reminder(self._settings.remind_s)

    def _neutral(self, body: Body, time_s: float) -> Progress:
        still = is_upright(body, self._settings) and (
            self._trunk.range() <= self._settings.still_deg
        )
        ready = still and body.arms_hang
        held_s = self._hold.add(time_s, holds=ready, early_s=self._settings.still_s)
        if held_s >= self._settings.neutral_s:
            self._zero_deg = float(np.median([value for _, value in self._trunk.rows]))
            self._to("down")
            self._told_hold = False
            return Progress(ring=0.0, say=self._bend, tone="start")
        due = self._remind.due(time_s, waiting=not ready)
        if not body.arms_hang:
            return Progress(say="arms_up" if due else None, problem=_ARMS)
        return Progress(say="still" if due else None, problem=None if still else _MOVING)

    def _down(self, body: Body, time_s: float) -> Progress:
        settings = self._settings
        deep = body.trunk_deg - self._zero_deg
        wrong = self._knees_wrong(body) and deep >= settings.bend_least_deg
        still = deep >= settings.bend_least_deg and self._trunk.range() <= settings.still_deg
        still = still and not (self._soft and wrong)  # straight knees would measure nothing new
        held_s = self._hold.add(time_s, holds=still, early_s=settings.still_s)
        ring = min(1.0, held_s / settings.bend_hold_s)
        if held_s >= settings.bend_hold_s:
            self._to("up")
            return Progress(ring=1.0, say="up", tone="hold")
        if still and not self._told_hold:
            self._told_hold = True
            return Progress(ring=ring, say="hold", tone="hold")
        if self._told_hold and deep < settings.bend_start_deg:
            self._to("neutral")  # came up before the hold was over
            return Progress(ring=0.0, say="again")
        due = self._remind.due(time_s, waiting=not still and (wrong or not self._told_hold))
        knees = self._bend if self._soft else "knees"
        say = (knees if wrong else self._bend) if due else None
        problem = _NOT_SOFT if self._soft else _KNEES
        return Progress(ring=ring, say=say, problem=problem if wrong else None)

    def _knees_wrong(self, body: Body) -> bool:
        if self._soft:
            return body.knee_deg < self._settings.soft_knee_deg
        return body.knee_deg > self._settings.bent_knee_deg

    def _up(self, body: Body, time_s: float) -> Progress:
        back = body.trunk_deg - self._zero_deg < self._settings.bend_start_deg
        held_s = self._hold.add(time_s, holds=back)
        due = self._remind.due(time_s, waiting=not back)
        return Progress(
            ring=1.0,
            say="up" if due else None,
            done=held_s >= self._settings.neutral_s,
        )


class Passing:
    """Walking across the picture, back and forth."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._passes = 0
        self._from_x: float | None = None  # where this pass began
        self._far_x = 0.0  # the furthest place of it
        self._way = 0.0
        self._counted = False
        self._seen_s: float | None = None
        self._remind = _Reminder(2 * settings.remind_s)

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:
        """Take in one frame."""
        say = None
        if body is not None:
            self._seen_s = time_s
            if self._walked(body.hip_x / width_px):
                say = "back_again" if self._passes == 1 else None
        gone = self._seen_s is not None and time_s - self._seen_s > self._settings.out_s
        if gone and not self._counted:
            self._from_x = None  # whoever comes in next begins a new pass
        enough = self._passes >= self._settings.passes
        # the last pass is over at the edge, out of sight, or when they turn inside the picture
        over = gone or not self._counted or abs(self._far_x - 0.5) > _EDGE_FROM_MIDDLE
        waiting = not enough and (gone or self._way == 0.0)
        if say is None and self._remind.due(time_s, waiting=waiting):
            say = "walk"
        return Progress(
            ring=min(1.0, self._passes / self._settings.passes),
            say=say,
            tone="hold" if say == "back_again" else None,
            done=enough and over,
            passes=self._passes,
        )

    def _walked(self, x: float) -> bool:
        """Take in where the client is, in picture widths; whether a pass has just been made."""
        if self._from_x is None or self._is_new_pass(x):
            self._from_x = self._far_x = x
            self._way, self._counted = 0.0, False
            return False
        way = float(np.sign(x - self._from_x))
        if self._way == 0.0 and abs(x - self._from_x) > self._settings.turn_frac:
            self._way = way
        if self._way * (x - self._far_x) > 0:
            self._far_x = x
        far_enough = abs(self._far_x - self._from_x) >= self._settings.pass_frac
        if not self._counted and self._way != 0.0 and far_enough:
            self._counted = True
            self._passes += 1
            return True
        return False

    def _is_new_pass(self, x: float) -> bool:
        back = self._way * (self._far_x - x)
        return self._way != 0.0 and back > self._settings.turn_frac


_EDGE_FROM_MIDDLE = 0.42  # ours; of the width: this near to the edge the pass is over


class Treading:
    """Walking on the spot, on a treadmill."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._leg = Recent(settings.gait_window_s)
        self._hold = Hold(settings.gait_window_s)
        self._remind = _Reminder(settings.remind_s)

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        if body is not None:
            self._leg.add(time_s, body.leg_deg)
        swing = self._leg.range()
        walks = body is not None and self._settings.gait_deg <= swing < float("inf")
        held_s = self._hold.add(time_s, holds=walks)
        due = self._remind.due(time_s, waiting=not walks)
        return Progress(
            ring=min(1.0, held_s / self._settings.treadmill_s),
            say="treadmill" if due else None,
            done=held_s >= self._settings.treadmill_s,
        )


class Lunging:
    """Lean to the wall with the rear knee straight, then bent."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._bent = False
        self._hold = Hold(settings.broken_s)
        self._remind = _Reminder(settings.remind_s)

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        settings = self._settings
        holds = False
        if body is not None:
            bent = body.knee_deg >= settings.lunge_bent_deg
            holds = (
                body.feet_apart >= settings.lunge_apart
                and body.shank_deg >= settings.lunge_shank_deg
                and bent == self._bent
            )
        held_s = self._hold.add(time_s, holds=holds)
        ring = (min(1.0, held_s / settings.lunge_hold_s) + self._bent) / 2
        if held_s >= settings.lunge_hold_s:
            if self._bent:
                return Progress(ring=1.0, done=True)
            self._bent, self._hold = True, Hold(settings.broken_s)
            self._remind = _Reminder(settings.remind_s)
            return Progress(ring=0.5, say="lunge_bent", tone="hold")
        due = self._remind.due(time_s, waiting=not holds)
        return Progress(ring=ring, say=("lunge_bent" if self._bent else "lunge") if due else None)


class Raising:
    """Lie, raise the camera-side leg, hold it, lower it."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._stage = "down"
        self._angle = Recent(settings.still_s)
        self._hold = Hold(settings.broken_s)
        self._remind = _Reminder(settings.remind_s)

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        if body is None:
            return Progress(problem=_LOST)
        settings = self._settings
        self._angle.add(time_s, body.raise_deg)
        still = self._angle.range() <= settings.still_deg
        low = body.raise_deg <= settings.raise_down_deg
        if self._stage == "down":
            if self._hold.add(time_s, holds=low and still) >= settings.neutral_s:
                return self._next("up", Progress(ring=0.0, say="raise", tone="start"))
            return Progress()
        if self._stage == "up":
            high = body.raise_deg >= settings.raise_least_deg and still
            held_s = self._hold.add(time_s, holds=high, early_s=settings.still_s)
            if held_s >= settings.raise_hold_s:
                return self._next("lower", Progress(ring=1.0, say="lower", tone="hold"))
            due = self._remind.due(time_s, waiting=not high)
            bent = high and body.knee_deg > settings.bent_knee_deg
            return Progress(
                ring=min(1.0, held_s / settings.raise_hold_s),
                say="raise" if due else None,
                problem=_KNEES if bent else None,
            )
        done = self._hold.add(time_s, holds=low) >= settings.tail_s
        due = self._remind.due(time_s, waiting=not low)
        return Progress(ring=1.0, say="lower" if due else None, done=done)

    def _next(self, stage: str, told: Progress) -> Progress:
        self._stage = stage
        self._hold = Hold(self._settings.broken_s)
        self._remind = _Reminder(self._settings.remind_s)
        return told


class Tilting:
    """The calibration pose, pelvis back, then forward; no joint shows it, so it goes by time."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._stands = Standing(settings.neutral_s, settings, collar=False)
        self._since_s: float | None = None
        self._told = 0

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:
        """Take in one frame."""
        if self._since_s is None:
            first = self._stands.see(body, time_s, width_px)
            if not first.done:
                return Progress(problem=first.problem, say=first.say)
            self._since_s = time_s
        passed_s = time_s - self._since_s
        tilt_s = self._settings.tilt_s
        if passed_s >= self._told * tilt_s and self._told < len(_TILTS):
            say = _TILTS[self._told]
            self._told += 1
            return Progress(ring=passed_s / (2 * tilt_s), say=say, tone="start")
        return Progress(
            ring=min(1.0, passed_s / (2 * tilt_s)),
            done=passed_s >= 2 * tilt_s + self._settings.tail_s,
        )


_TILTS = ("calibrate", "calibrate_forward")


def is_upright(body: Body, settings: MoveSettings) -> bool:
    """Whether somebody stands on straight legs."""
    return (
        abs(body.trunk_deg) <= settings.upright_deg
        and abs(body.leg_deg) <= settings.upright_deg
        and body.knee_deg <= settings.straight_deg
    )


def watcher_of(step: Step, settings: MoveSettings) -> Watcher:
    """Return a new watcher for a step."""
    makers: dict[str, Callable[[], Watcher]] = {
        "calibration": lambda: Tilting(settings),
        "standing": lambda: Standing(settings.stand_s, settings, collar=False),
        "standing2": lambda: Standing(settings.collar_s, settings, collar=True),
        "soft_knee_bend": lambda: Bending(settings, soft=True),
        "wall_lunge": lambda: Lunging(settings),
        "leg_raise": lambda: Raising(settings),
        "walking": lambda: Treading(settings) if step.treadmill else Passing(settings),
        "walking2": lambda: Treading(settings),
    }
    return makers.get(step.id, lambda: Bending(settings))()
