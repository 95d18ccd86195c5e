"""A forward bend, with straight knees or soft ones: when it has been done."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from posture.live.body import Body
from posture.live.moves import (
    ARMS,
    KNEES,
    LOST,
    MOVING,
    NOT_SOFT,
    Hold,
    MoveSettings,
    Progress,
    Recent,
    Reminder,
    is_upright,
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
        self._remind = Reminder(settings.remind_s)
        self._zero_deg = 0.0
        self._told_hold = False

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        if body is None:
            return Progress(problem=LOST)
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
        self._remind = Reminder(self._settings.remind_s)

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
            return Progress(say="arms_up" if due else None, problem=ARMS)
        return Progress(say="still" if due else None, problem=None if still else MOVING)

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
        problem = NOT_SOFT if self._soft else KNEES
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
