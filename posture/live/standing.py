"""Standing still, and the calibration pose: when they have been done."""

from __future__ import annotations

from posture.live.body import Body
from posture.live.moves import (
    ARMS,
    HANDS,
    MOVING,
    Hold,
    MoveSettings,
    Progress,
    Recent,
    Reminder,
    is_upright,
)
from posture.types import Reason


class Standing:
    """Upright and still for a while, the arms where they should be."""

    def __init__(self, hold_s: float, settings: MoveSettings, *, collar: bool) -> None:
        self._hold_s = hold_s
        self._settings = settings
        self._collar = collar
        self._trunk = Recent(settings.still_s)
        self._leg = Recent(settings.still_s)
        self._hold = Hold(settings.broken_s)
        self._remind = Reminder(settings.remind_s)
        self._ends_s: float | None = None

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        wrong: Reason | None = MOVING
        if body is not None:
            self._trunk.add(time_s, body.trunk_deg)
            self._leg.add(time_s, body.leg_deg)
            still = is_upright(body, self._settings) and (
                max(self._trunk.range(), self._leg.range()) <= self._settings.still_deg
            )
            hands = body.hands_at_collar if self._collar else body.arms_hang
            where = HANDS if self._collar else ARMS
            wrong = where if not hands else None if still else MOVING
        held_s = self._hold.add(time_s, holds=wrong is None)
        if self._ends_s is None and held_s >= self._hold_s:
            self._ends_s = time_s + self._settings.tail_s
        waiting = wrong is not None and self._ends_s is None
        reminder = "hands" if wrong == HANDS else "arms_up" if wrong == ARMS else "still"
        return Progress(
            ring=min(1.0, held_s / self._hold_s) if self._ends_s is None else 1.0,
            say=reminder if self._remind.due(time_s, waiting=waiting) else None,
            problem=wrong if waiting else None,
            done=self._ends_s is not None and time_s >= self._ends_s,
        )


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
