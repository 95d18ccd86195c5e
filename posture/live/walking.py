"""Walking past the camera, and on a belt: when it has been done."""

from __future__ import annotations

import numpy as np

from posture.live.body import Body
from posture.live.moves import Hold, MoveSettings, Progress, Recent, Reminder


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
        self._remind = Reminder(2 * settings.remind_s)

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
        self._remind = Reminder(settings.remind_s)

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
