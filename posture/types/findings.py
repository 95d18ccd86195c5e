"""What the measures say, what to do about it, and the whole result of a clip or of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from posture.types.clip import Clip, Fact, Landmarks, Person, Reason, Side
from posture.types.corrections import Corrections
from posture.types.measures import Measure
from posture.types.signals import CycleCurve, Event, Scale, Segment, Signal, View, WalkSeen

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


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
    corrections: Corrections = field(default_factory=Corrections)

    def to_arrow(self) -> pa.Table:
        """Return every angle over time as a table of pyarrow (docs/exports.md).

        Raises
        ------
        MissingLibrary
            pyarrow is not installed.
        UnusableClip
            The analysis has no signals.
        """
        # fetched by its name when it is asked for: types import no room
        table: pa.Table = import_module("posture.exports.tabular").arrow(self)
        return table

    def to_pandas(self) -> pd.DataFrame:
        """Return the same as a table of pandas.

        Raises
        ------
        MissingLibrary
            pandas is not installed.
        UnusableClip
            The analysis has no signals.
        """
        table: pd.DataFrame = import_module("posture.exports.tabular").pandas_frame(self)
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Several clips of one person, judged together."""

    analyses: tuple[Analysis, ...]
    measures: tuple[tuple[int, Measure], ...]  # index of the clip, measure
    assessment: Assessment
    warnings: tuple[Notice, ...] = ()
