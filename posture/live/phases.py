"""What the coach is at, since when, and what has been wrong meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from posture.live.numbers import LiveNumber
from posture.live.voice import Complaint
from posture.types import Reason

Phase = Literal["choosing", "framing", "waiting", "ready", "recording", "rest", "paused", "done"]


@dataclass(slots=True)
class Phases:
    """The running phase; a new one begins with no complaint."""

    steady_s: float
    now: Phase = "choosing"
    since_s: float = math.nan
    before_pause: Phase = "choosing"
    good_s: float | None = None  # since when the view is good
    complaint: Complaint = field(init=False)

    def __post_init__(self) -> None:
        self.complaint = Complaint(self.steady_s)

    def to(self, phase: Phase, now_s: float) -> None:
        """Begin a phase."""
        self.now, self.since_s = phase, now_s
        self.complaint = Complaint(self.steady_s)
        self.good_s = None

    def is_good_for_s(self, now_s: float) -> float:
        """Return for how long the view has been good; it is now."""
        self.good_s = now_s if self.good_s is None else self.good_s
        return now_s - self.good_s


@dataclass(slots=True)
class Shown:
    """What one frame leaves to be shown."""

    ring: float | None = None
    count: int | None = None
    problem: Reason | None = None
    numbers: tuple[LiveNumber, ...] = ()
    chosen: int | None = None  # number of the person in `Seen.people` to follow from now on
