"""What changes over time and when it happens: signals, segments, events, strides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, get_args

from posture.types.clip import Activity, Floats, Reason, Side

Unit = Literal[
    "deg",
    "deg_s",
    "frac",
    "s",
    "m",
    "m_s",
    "leg_length",
    "leg_length_per_s",
    "body_height",
    "steps_per_min",
    "count",
]


UNITS: tuple[Unit, ...] = get_args(Unit)


class Facing(Enum):
    """Which way the person faces in the picture; FRONT looks into the camera."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    BACK = "back"
    UNKNOWN = "unknown"


class EventKind(Enum):
    """A moment that a measure rests on."""

    HEEL_STRIKE = "heel_strike"
    HEEL_OFF = "heel_off"
    TOE_OFF = "toe_off"
    BEND_START = "bend_start"
    BEND_HOLD_START = "bend_hold_start"
    BEND_BOTTOM = "bend_bottom"
    BEND_HOLD_END = "bend_hold_end"
    BEND_END = "bend_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One quantity over time."""

    name: str
    side: Side
    unit: Unit
    positive: str  # what a positive value means, in words
    time_s: Floats  # (T,)
    value: Floats  # (T,) NaN where unknown

    def __post_init__(self) -> None:
        if self.value.shape != self.time_s.shape:
            raise ValueError(f"{self.name}: {self.value.shape} values at {self.time_s.shape} times")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the camera looks at the person.

    `yaw_deg` is how far the person's side is turned away from the camera's axis: 0 is an exact
    side view, 90 is from the front or back. `roll_deg` and `pitch_deg` are the camera's.
    """

    facing: Facing
    near_side: Side | None  # None = not known
    yaw_deg: float
    yaw_sd_deg: float
    pitch_deg: float
    pitch_sd_deg: float
    roll_deg: float
    roll_sd_deg: float


class Ground(Enum):
    """What somebody walks on, by whether the hips cover ground."""

    OVERGROUND = "overground"
    TREADMILL = "treadmill"
    UNKNOWN = "unknown"  # no stride to tell it by


@dataclass(frozen=True, slots=True, kw_only=True)
class StrideSeen:
    """One stride of a walk, and why nothing rests on it if nothing does."""

    side: Side
    is_near: bool  # the leg towards the camera; angles come from it alone
    start_s: float
    end_s: float
    left_out: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSeen:
    """One pass of walking: on what, and every stride of it."""

    segment: int
    near: Side
    ground: Ground
    strides: tuple[StrideSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleCurve:
    """A joint or segment over the gait cycle: the mean of the strides, and how they scatter.

    From heel strike to the next heel strike of the same foot. All passes in which the leg is the
    near one are in it; the far leg has none.
    """

    name: str
    side: Side
    unit: Unit
    positive: str  # what a positive value means, in words
    phase: Floats  # (P,) 0..1
    mean: Floats  # (P,) NaN where no stride is known
    sd: Floats  # (P,) of the strides; NaN where fewer than two are known
    count: Floats  # (P,) strides known at that phase
    strides: int

    def __post_init__(self) -> None:
        shapes = {part.shape for part in (self.phase, self.mean, self.sd, self.count)}
        if len(shapes) != 1:
            raise ValueError(f"{self.name}: expected one shape, got {sorted(shapes)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Pixels per metre, known where a height was given or a printed sheet is seen."""

    px_per_m: float | None
    source: Literal["height", "sheet", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the clip with one activity, seen from one side."""

    activity: Activity
    frames: tuple[int, int]  # half-open
    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A moment, between frames where the signal allows it."""

    kind: EventKind
    side: Side
    time_s: float
    sd_s: float
    segment: int
    moved_from_s: float | None = None  # where it was measured, before somebody moved it by hand
