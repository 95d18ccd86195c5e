"""Single numbers with their errors, and the published ranges beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, get_args

from posture.types.clip import Activity, Reason, Side
from posture.types.signals import UNITS, Unit

# how a test is done; calibration is standing with the pelvis tilted back and forward
Variant = Literal["none", "soft_knee", "heel_wedge", "calibration"]


VARIANTS: tuple[Variant, ...] = get_args(Variant)


class Quality(Enum):
    """How far a number may be trusted; the worst one wins when they are merged."""

    GOOD = "good"
    SUSPECT = "suspect"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A published range and where it can be read."""

    measure: str
    activity: Activity
    low: float
    high: float
    unit: Unit
    group: str  # who was measured
    taken_by: str  # with what, and how
    carry_sd: float  # extra doubt, in `unit`, when our way of measuring differs; inf = unknown
    carry_from: str  # where carry_sd comes from
    source: str
    locator: str  # page, table or figure
    doi: str
    status: Literal["draft", "verified"]

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.measure}: low {self.low} is not below high {self.high}")
        if self.unit not in UNITS:
            raise ValueError(f"{self.measure}: unknown unit {self.unit!r}")
        for name in ("group", "taken_by", "carry_from", "source", "locator", "doi"):
            if not getattr(self, name).strip():
                raise ValueError(f"{self.measure}: {name} left blank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a measure of walking usually is at the speed somebody walked at."""

    low: float  # one population sd under the mean
    high: float
    unit: Unit
    phase: float | None  # of the gait cycle where it usually lies; None where it has no place
    speed: float  # walking speed over sqrt(g x leg length)
    speed_sd: float
    source: str

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"expected low under high, got {self.low} and {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number about one person, with what is not known about it.

    `spread` names each cause of error and its standard uncertainty, in `unit`; the causes are
    taken as independent and add in quadrature.
    """

    name: str
    activity: Activity
    side: Side
    value: float
    unit: Unit
    spread: Mapping[str, float] = field(default_factory=dict)
    frames: tuple[int, int] = (0, 0)  # half-open [start, end) the value rests on
    segment: int | None = None  # index of the segment; None = over all of them
    quality: Quality = Quality.GOOD
    reason: Reason | None = None  # required whenever quality is not GOOD
    reference: Reference | None = None
    expected: Usual | None = None  # at the speed of this walk, where that was measured
    # what was measured before somebody corrected by hand what this rests on, NaN = nothing was;
    # None = it rests on nothing that was corrected
    uncorrected: float | None = None

    def __post_init__(self) -> None:
        if math.isnan(self.value) != (self.quality is Quality.MISSING):
            raise ValueError(f"{self.name}: NaN and MISSING go together, got {self.value}")
        if self.quality is not Quality.GOOD and self.reason is None:
            raise ValueError(f"{self.name}: a {self.quality.name} value needs a reason")
        if any(not sd >= 0 for sd in self.spread.values()):
            raise ValueError(f"{self.name}: negative uncertainty in {dict(self.spread)}")
        if self.unit not in UNITS:
            raise ValueError(f"{self.name}: unknown unit {self.unit!r}")

    @property
    def sd(self) -> float:
        """Combined standard uncertainty; infinite when no cause was assessed."""
        return math.hypot(*self.spread.values()) if self.spread else math.inf
