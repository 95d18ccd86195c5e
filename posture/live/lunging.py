"""A wall lunge: when it has been done."""

from __future__ import annotations

from posture.live.body import Body
from posture.live.moves import Hold, MoveSettings, Progress, Reminder


class Lunging:
    """Lean to the wall with the rear knee straight, then bent."""

    def __init__(self, settings: MoveSettings) -> None:
        self._settings = settings
        self._bent = False
        self._hold = Hold(settings.broken_s)
        self._remind = Reminder(settings.remind_s)

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
            self._remind = Reminder(settings.remind_s)
            return Progress(ring=0.5, say="lunge_bent", tone="hold")
        due = self._remind.due(time_s, waiting=not holds)
        return Progress(ring=ring, say=("lunge_bent" if self._bent else "lunge") if due else None)
