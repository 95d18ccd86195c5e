"""The types that pass between rooms, by subject. Nothing here computes a result or does I/O."""

from __future__ import annotations

from posture.types.clip import (
    OUTLINE_STEPS_PER_PX,
    Activity,
    Bools,
    Clip,
    Fact,
    FactKind,
    Floats,
    Footage,
    Ints,
    Landmarks,
    Outline,
    Person,
    Reason,
    Rgb,
    SeenPerson,
    Sheet,
    Side,
)
from posture.types.corrections import (
    MOVABLE,
    PARTS,
    SAME_S,
    Corrections,
    LeftOut,
    MovedEvent,
    Part,
)
from posture.types.findings import (
    Analysis,
    Answers,
    Assessment,
    CareStep,
    Evidence,
    Expected,
    Finding,
    Label,
    Level,
    Link,
    Notice,
    Session,
    Verdict,
)
from posture.types.measures import VARIANTS, Measure, Quality, Reference, Usual, Variant
from posture.types.signals import (
    UNITS,
    CycleCurve,
    Event,
    EventKind,
    Facing,
    Ground,
    Scale,
    Segment,
    Signal,
    StrideSeen,
    Unit,
    View,
    WalkSeen,
)

# fmt: off
__all__ = [
    "MOVABLE", "OUTLINE_STEPS_PER_PX", "PARTS", "SAME_S", "UNITS", "VARIANTS", "Activity",
    "Analysis", "Answers", "Assessment", "Bools", "CareStep", "Clip", "Corrections", "CycleCurve",
    "Event", "EventKind", "Evidence", "Expected", "Facing", "Fact", "FactKind", "Finding", "Floats",
    "Footage", "Ground", "Ints", "Label", "Landmarks", "LeftOut", "Level", "Link", "Measure",
    "MovedEvent", "Notice", "Outline", "Part", "Person", "Quality", "Reason", "Reference", "Rgb",
    "Scale", "SeenPerson", "Segment", "Session", "Sheet", "Side", "Signal", "StrideSeen", "Unit",
    "Usual", "Variant", "Verdict", "View", "WalkSeen",
]
