"""The types that pass between rooms. Nothing here computes a result or does I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

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

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
Ints = NDArray[np.signedinteger]
# (N, 2) sixteenths of a px, x right, y down, closed, N <= 128; wide only in a steady picture
Outline = NDArray[np.int16] | NDArray[np.int32]
OUTLINE_STEPS_PER_PX = 16
Rgb = NDArray[np.uint8]  # (height, width, 3)

# how a test is done; calibration is standing with the pelvis tilted back and forward
Variant = Literal["none", "soft_knee", "heel_wedge", "calibration"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)


class Side(Enum):
    """Side of the *person*, never of the image."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"

    @property
    def other(self) -> Side:
        """The opposite side; BOTH is its own."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(self, Side.BOTH)


class Facing(Enum):
    """Which way the person faces in the picture; FRONT looks into the camera."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    BACK = "back"
    UNKNOWN = "unknown"


class Quality(Enum):
    """How far a number may be trusted; the worst one wins when they are merged."""

    GOOD = "good"
    SUSPECT = "suspect"
    MISSING = "missing"


class Activity(Enum):
    """What a stretch of a clip shows."""

    STANDING = "standing"
    FORWARD_BEND = "forward_bend"
    WALKING = "walking"
    RUNNING = "running"
    WALL_LUNGE = "wall_lunge"
    LEG_RAISE = "leg_raise"
    OTHER = "other"


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


class Link(Enum):
    """A link of the superficial back line, from the ground up."""

    SOLE = "sole"
    CALF = "calf"
    HAMSTRING = "hamstring"
    PELVIS = "pelvis"
    BACK = "back"
    HEAD = "head"


class Level(Enum):
    """How strongly the evidence points at a link."""

    SUGGESTED = "suggested"
    POSSIBLE = "possible"
    NOT_SUGGESTED = "not_suggested"
    CANNOT_TELL = "cannot_tell"


class Label(Enum):
    """The one word over all links."""

    HAMSTRING = "hamstring"
    CALF = "calf"
    BACK_LINE = "back_line"
    LUMBAR = "lumbar"
    NONE = "none"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code and the values that go into its sentence; `outputs.words` says it."""

    code: str
    values: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file as it was found."""

    file: str  # name, without folders
    sha256: str
    duration_s: float  # from the first to the end of the last picture
    frames: int
    size_px: tuple[int, int]  # width, height as shown: rotated, square pixels
    rotation_deg: int  # clockwise turn that the container asks for, already applied
    left_out: int = 0  # pictures whose time did not move on
    capture_hz: float | None = None  # pictures a second when it was filmed, where the file says so

    @property
    def is_still(self) -> bool:
        """One picture only: nothing that needs time or a neutral can be had."""
        return self.frames == 1


class FactKind(Enum):
    """What a clip itself can be like; the code of the fact's sentence is `fact_` + the value.

    What to do about it is `fact_` + the value + `_todo`. The sentences stand in the words of
    `facts`; the values that some of them want are named beside the kind. From when to when it is
    so is no value: the span says it, and the outputs add it where it is not the whole clip.
    """

    CAMERA_MOVED = "camera_moved"  # put right: the points lie in one steady picture
    CAMERA_LOST = "camera_lost"  # it moves, and how is not known well enough to put it right
    CUT = "cut"  # parts: how many pieces
    TWO_PEOPLE = "two_people"  # not the same person in all parts
    REPEATED_PICTURES = "repeated_pictures"  # stored_hz, rate_hz: pictures a second, and new ones
    IRREGULAR_PICTURES = "irregular_pictures"  # gap_s: the longest gap at moments that matter
    # speed: shown over real, where fact_slowed_down_file or _given says that it is known
    SLOWED_DOWN = "slowed_down"
    SPED_UP = "sped_up"  # likewise
    TOO_DARK = "too_dark"
    BLURRED = "blurred"
    STRETCHED = "stretched"
    CAMERA_ASKEW = "camera_askew"  # roll_deg: by how much, without its sign
    SHEET_SEEN = "sheet_seen"  # roll_deg, pitch_deg, scale_percent: a printed yardstick is used
    SHEET_UNUSED = "sheet_unused"  # and why one that is seen is not
    COVERED = "covered"
    PERSON_IN_FRONT = "person_in_front"
    MIRROR_IMAGE = "mirror_image"
    BACKWARDS = "backwards"  # walks backwards, or the clip is played backwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something about the clip that decides what may be measured in it, and when."""

    kind: FactKind
    reason: Reason
    spans_s: tuple[tuple[float, float], ...]  # when it is so: (from, to) in the clip's time
    probability: float  # that it is so, 0..1
    what_to_do: Reason | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"{self.kind.value}: expected 0..1, got {self.probability}")
        if any(not start <= end for start, end in self.spans_s):
            raise ValueError(f"{self.kind.value}: a span ends before it starts: {self.spans_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a printed sheet says of the camera (`posture.footage.yardstick`).

    Lengths in the level picture are those of a level camera at the same place, whose middle shows
    what the picture's own does.
    """

    trouble: str  # why it is not used: small, hidden, bent, moved; "" = it is
    corners_px: tuple[tuple[float, float], ...]  # of the page, from its top left, clockwise
    lies: bool  # on the floor; else it stands
    roll_deg: float  # picture turned clockwise
    roll_sd_deg: float  # of what is upright at the sheet
    pitch_deg: float  # looks up
    pitch_sd_deg: float
    focal_px: float
    px_per_m: float  # at the sheet, in the level picture
    scale_sd: float  # share of it
    floor_y_px: float  # in the level picture, at the sheet's foot
    horizon_y_px: float  # in the level picture
    away_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """What the pictures show away from the person's points, one row a picture; NaN = not known."""

    luma: Floats  # (T,) middle brightness of the person, 0..255
    bright: Floats  # (T,) of the person's brightest tenth
    noise: Floats  # (T,) see posture.footage.light
    sharpness: Floats  # (T,) see posture.footage.light
    cover: Floats  # (T, 2) from where to where something lies across the person, px down
    change: Floats  # (T,) grey levels by which a picture differs from the one before
    most: Floats  # (T,) the same where it differs most
    to_steady: Floats  # (T, 2, 3) from a picture's px to those of its group's one steady picture
    steady_sd_px: Floats  # (T,) how far that may be off; inf = the room was not followed
    group: Ints  # (T,) pictures with the same number lie in one steady picture
    cuts: tuple[int, ...] = ()  # frames with which a new part begins, without the first
    roll_deg: float = math.nan  # of the room's uprights, positive = picture turned clockwise
    roll_sd_deg: float = math.nan
    level_deg: float = math.nan  # slope of the room's horizontals, clockwise
    sheet: Sheet | None = None  # of a printed yardstick, None = none was seen

    def __post_init__(self) -> None:
        t = len(self.luma)
        rows = ("bright", "noise", "sharpness", "change", "most", "steady_sd_px", "group")
        shapes: dict[str, tuple[int, ...]] = {**dict.fromkeys(rows, (t,)), "to_steady": (t, 2, 3)}
        shapes["cover"] = (t, 2)
        for name, expected in shapes.items():
            if getattr(self, name).shape != expected:
                raise ValueError(f"{name}: expected {expected}, got {getattr(self, name).shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """One of the people in the clip, numbered by when and where they first appear."""

    number: int  # from 1
    first_s: float
    last_s: float
    height_frac: float  # of the picture's height, median
    travel_heights: float  # how far they moved sideways, in their own heights


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who was measured, and why this one."""

    count_seen: int
    number: int
    chosen_because: Reason
    seen_share: float  # of the clip's frames, 0..1
    people: tuple[SeenPerson, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Body points of one person over time, in picture pixels (x right, y down)."""

    time_s: Floats  # (T,) strictly increasing, the container's own timestamps
    xy_px: Floats  # (T, K, 2) NaN where the person was not seen
    visibility: Floats  # (T, K) in [0, 1], as the model reports it; 0 where not seen
    world_m: Floats | None  # (T, K, 3) the model's own guess; never mixed with xy_px
    names: tuple[str, ...]  # (K,) such as "left_hip"
    outlines: tuple[Outline | None, ...]  # (T,) body outline of the person mask
    size_px: tuple[int, int]  # width, height of the pictures analysed
    clip: Clip
    person: Person
    model: str  # file name and sha256 of the pose model
    footage: Footage | None = None  # None = the pictures were not looked at
    facts: tuple[Fact, ...] = ()  # what the clip is like
    # (T, 2, 3), or (T, 3, 3) of a levelled camera, where the points were put into a steady picture
    to_steady: Floats | None = None

    def __post_init__(self) -> None:
        t, k = len(self.time_s), len(self.names)
        shapes = {"xy_px": (t, k, 2), "visibility": (t, k), "world_m": (t, k, 3)}
        for name, expected in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != expected:
                raise ValueError(f"{name}: expected shape {expected}, got {value.shape}")
        if len(self.outlines) != t:
            raise ValueError(f"outlines: expected {t}, got {len(self.outlines)}")
        if not np.all(np.diff(self.time_s) > 0):
            raise ValueError("time_s must be strictly increasing")

    def point(self, name: str) -> Floats:
        """Path of one point, shape (T, 2), in pixels."""
        path: Floats = self.xy_px[:, self.names.index(name)]
        return path

    def outline_px(self, frame: int) -> Floats | None:
        """Body outline of one frame, shape (N, 2), in pixels; None where there is none."""
        outline = self.outlines[frame]
        return None if outline is None else outline / OUTLINE_STEPS_PER_PX


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What client and trainer said before and beside a check; the codes are those of the words.

    `said` and `touch` are told beside a finding and are never part of its probability.
    """

    age: float | None = None  # years
    sex: Literal["female", "male"] | None = None
    pain: float | None = None  # right now, 0 none to 10
    red_flags: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    touch: Mapping[Link, Literal["hard", "normal", "not_checked"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a sign would be in people, and how much it may count; in the measure's unit."""

    free: float  # nothing restricted; at this walking speed where the sign moves with it
    restricted: float  # the link restricted and no other
    people_sd: float
    weight: float  # 0..1, quality included
    cap: float  # the most it may move the odds by
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one measure did to the odds of one link."""

    measure: Measure
    contribution_nats: float  # > 0 speaks for a restriction, < 0 against
    expected: Expected | None = None
    without: float | None = None  # the probability had it not been seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one link of the back line looks like."""

    link: Link
    side: Side
    level: Level
    probability: float | None  # None where the link is described, not judged
    because: Reason
    evidence: tuple[Evidence, ...] = ()
    next_test: Reason | None = None
    prior: float | None = None  # the probability before any measure, shifted by the answers
    turning_point: Reason | None = None  # the least change of its strongest sign that changes it
    notes: tuple[Reason, ...] = ()  # what one link explains away of another's signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings in one word."""

    label: Label
    lumbar_compensation: bool
    because: Reason
    next_test: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareStep:
    """One thing to do, how much of it and when to stop."""

    step: int
    link: Link
    what: Reason
    dose: Reason
    stop_if: Reason
    note: Reason | None = None  # how to do it with what was answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the reader should know, and what can be done about it."""

    message: Reason
    what_to_do: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the measures of one person add up to."""

    findings: tuple[Finding, ...]
    verdict: Verdict
    care: tuple[CareStep, ...]
    care_left_out: tuple[Reason, ...] = ()  # exercises that do not go with what was answered
    answers: Answers = field(default_factory=Answers)
    withheld: Reason | None = None  # why nothing is judged: a doctor comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One clip's whole result."""

    clip: Clip
    person: Person
    view: View
    scale: Scale
    segments: tuple[Segment, ...]
    events: tuple[Event, ...]
    landmarks: Landmarks
    signals: tuple[Signal, ...]
    measures: tuple[Measure, ...]
    assessment: Assessment
    warnings: tuple[Notice, ...]
    made_with: Mapping[str, object]  # versions, settings, hashes: enough to repeat it
    proportions: Mapping[str, float] = field(default_factory=dict)  # of the body, by part
    walks: tuple[WalkSeen, ...] = ()
    curves: tuple[CycleCurve, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Several clips of one person, judged together."""

    analyses: tuple[Analysis, ...]
    measures: tuple[tuple[int, Measure], ...]  # index of the clip, measure
    assessment: Assessment
    warnings: tuple[Notice, ...] = ()
