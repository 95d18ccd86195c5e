"""The clip, the person in it frame by frame, what it is like, and why something is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


Bools = NDArray[np.bool_]


Ints = NDArray[np.signedinteger]


# (N, 2) sixteenths of a px, x right, y down, closed, N <= 128; wide only in a steady picture
Outline = NDArray[np.int16] | NDArray[np.int32]


OUTLINE_STEPS_PER_PX = 16


Rgb = NDArray[np.uint8]  # (height, width, 3)


class Side(Enum):
    """Side of the *person*, never of the image."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"

    @property
    def other(self) -> Side:
        """The opposite side; BOTH is its own."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(self, Side.BOTH)


class Activity(Enum):
    """What a stretch of a clip shows."""

    STANDING = "standing"
    FORWARD_BEND = "forward_bend"
    WALKING = "walking"
    RUNNING = "running"
    WALL_LUNGE = "wall_lunge"
    LEG_RAISE = "leg_raise"
    OTHER = "other"


ActivityName = Literal[  # its values, as a record has them
    "standing", "forward_bend", "walking", "running", "wall_lunge", "leg_raise", "other"
]


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
    frames: int  # as stored, within the window: repeats and what is thinned later are counted
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
