"""When a step has been done: one small watcher for each movement.

A watcher sees every frame while its step is recorded and says how far it is. None of them is done
before its hold was held, and none looks at a clock: time is the frames' own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from posture.live.body import Body
from posture.measures.settings import LungeSettings, VariantSettings
from posture.signals.course import ActivitySettings
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


MOVING = Reason("live_moving")


HANDS = Reason("live_hands_not_there")


ARMS = Reason("live_arms_up")


KNEES = Reason("live_knees_bent")


NOT_SOFT = Reason("live_knees_straight")


LOST = Reason("live_client_lost")


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
class Reminder:
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


def is_upright(body: Body, settings: MoveSettings) -> bool:
    """Whether somebody stands on straight legs."""
    return (
        abs(body.trunk_deg) <= settings.upright_deg
        and abs(body.leg_deg) <= settings.upright_deg
        and body.knee_deg <= settings.straight_deg
    )
