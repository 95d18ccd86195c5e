"""A leg raise lying: when it has been done."""

from __future__ import annotations

from posture.live.body import Body
from posture.live.moves import KNEES, LOST, Hold, MoveSettings, Progress, Recent, Reminder


class Raising:
    """Lie, raise the camera-side leg, hold it, lower it."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._stage = "down"
        self._angle = Recent(settings.still_s)
        self._hold = Hold(settings.broken_s)
        self._remind = Reminder(settings.remind_s)

    def see(self, body: Body | None, time_s: float, width_px: int) -> Progress:  # noqa: ARG002
        """Take in one frame."""
        if body is None:
            return Progress(problem=LOST)
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
                problem=KNEES if bent else None,
            )
        done = self._hold.add(time_s, holds=low) >= settings.tail_s
        due = self._remind.due(time_s, waiting=not low)
        return Progress(ring=1.0, say="lower" if due else None, done=done)

    def _next(self, stage: str, told: Progress) -> Progress:
        self._stage = stage
        self._hold = Hold(self._settings.broken_s)
        self._remind = Reminder(self._settings.remind_s)
        return told
