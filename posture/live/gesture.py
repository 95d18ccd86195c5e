"""What people tell the coach with their hands: this is me, and stop."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.landmarks.skeleton import index
from posture.live.body import hands_up
from posture.types import Floats

_WRISTS = [index("left_wrist"), index("right_wrist")]

_RAISED_S = 0.5  # ours; two looks and more, longer than scratching one's head looks like it
_ARMS_S = 2.0  # as asked for: nobody holds both arms up for so long by chance
_BROKEN_S = 0.4  # ours; wrists get lost against a lamp for some frames
# Ours. Side-on the model may put a hidden arm where the other one is: its wrist then reads 0.05 to
# 0.26 of visibility (one hand up; one rendered body), 0.31 and more while both are up (five).
_SUPPOSED = 0.28
_SAME_PLACE = 0.5  # of the body's height; further away it is somebody else


@dataclass(slots=True)
class RaisedHand:
    """Finds the one who keeps a hand raised."""

    centre: tuple[float, float] | None = None
    since_s: float = 0.0

    def who(self, people: tuple[Floats, ...], time_s: float) -> int | None:
        """Return the number of the one who has raised a hand for long enough; None = nobody."""
        raised = [i for i, xy in enumerate(people) if any(hands_up(xy))]
        if len(raised) != 1:  # nobody, or it cannot be told who is meant
            self.centre = None
            return None
        xy = people[raised[0]]
        centre = centre_of(xy)
        reach_px = _SAME_PLACE * float(np.ptp(xy[:, 1]))
        if self.centre is None or math.dist(centre, self.centre) > reach_px:
            self.centre, self.since_s = centre, time_s
        return raised[0] if time_s - self.since_s >= _RAISED_S else None


@dataclass(slots=True)
class BothArms:
    """Both arms up for two seconds, once; they have to come down before it counts again."""

    since_s: float | None = None
    last_s: float = -math.inf
    told: bool = False

    def up(self, xy_px: Floats | None, visibility: Floats | None, time_s: float) -> bool:
        """Return whether it was done just now, by the landmarks of one frame, (33, 2) and (33,)."""
        if xy_px is not None and _both_up(xy_px, visibility):
            self.since_s = time_s if self.since_s is None else self.since_s
            self.last_s = time_s
        elif time_s - self.last_s > _BROKEN_S:
            self.since_s, self.told = None, False
        if self.since_s is None or self.told or self.last_s - self.since_s < _ARMS_S:
            return False
        self.told = True
        return True


def _both_up(xy_px: Floats, visibility: Floats | None) -> bool:
    is_seen = visibility is None or float(visibility[_WRISTS].min()) > _SUPPOSED
    return is_seen and all(hands_up(xy_px))


def centre_of(xy_px: Floats) -> tuple[float, float]:
    """Return the centre of the box around all points."""
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def nearest(people: tuple[Floats, ...], x: float, y: float) -> int | None:
    """Return the number of the person whose body is nearest to a place; None = there is nobody."""
    apart = [_apart(xy, x, y) for xy in people]
    return int(np.argmin(apart)) if apart else None


def _apart(xy_px: Floats, x: float, y: float) -> float:
    """Return how far a place is from the nearest of a body's points."""
    return float(np.hypot(*(xy_px - np.array([x, y])).T).min())
