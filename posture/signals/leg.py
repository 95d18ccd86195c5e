"""How the trunk and one leg's segments lean, and how knee and hip are bent between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from posture.signals.geometry import inclination_deg, wrapped_deg
from posture.types import Floats, Landmarks, Side, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """A straight part of the body: its two points, and which way its lean is positive."""

    upper: str
    lower: str
    positive: str


Segment = Literal["trunk", "thigh", "shank", "leg"]

# The trunk's line is neither the pelvis nor the spine: in a bend it hides how the two share the
# work. The shank is the camera's steadiest number of the lower leg (sd about 3 deg).
_SEGMENTS: Mapping[Segment, _Segment] = {
    "trunk": _Segment(upper="shoulder", lower="hip", positive="leaning forward"),
    "thigh": _Segment(upper="hip", lower="knee", positive="hip ahead of the knee"),
    "shank": _Segment(upper="knee", lower="ankle", positive="knee ahead of the ankle"),
    "leg": _Segment(upper="hip", lower="ankle", positive="hip ahead of the ankle"),
}


def segment_inclination(
    segment: Segment, landmarks: Landmarks, forward: Floats, side: Side
) -> Signal:
    """Return how far a segment leans from the vertical: trunk, thigh, shank, or hip over ankle.

    Unit
        Degrees in [-180, 180), 0 upright.
    Sign
        Positive with the upper end ahead: a trunk that leans forward, a thigh or leg that trails as
        in late stance, a knee ahead of its ankle.
    Needs
        Side view; the picture's vertical is taken as the true one.
    Source
        The two points of one side (`_SEGMENTS`); never the middle of both, which yaw shifts. The
        hip point is the model's guess at the joint centre.
    """
    ends = _SEGMENTS[segment]
    upper, lower = (landmarks.point(f"{side.value}_{p}") for p in (ends.upper, ends.lower))
    return Signal(
        name=f"{segment}_inclination",
        side=side,
        unit="deg",
        positive=ends.positive,
        time_s=landmarks.time_s,
        value=inclination_deg(upper, lower, forward),
    )


def knee_flexion(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the knee is bent.

    Unit
        Degrees in [-180, 180), 0 straight.
    Sign
        Positive flexed, negative hyperextended.
    Needs
        Side view.
    Source
        Shank less thigh inclination; the camera's roll and pitch cancel.
    """
    shank = segment_inclination("shank", landmarks, forward, side).value
    thigh = segment_inclination("thigh", landmarks, forward, side).value
    return Signal(
        name="knee_flexion",
        side=side,
        unit="deg",
        positive="flexed",
        time_s=landmarks.time_s,
        value=wrapped_deg(shank - thigh),
    )


def hip_flexion(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the thigh is flexed against the trunk.

    Unit
        Degrees in [-180, 180), 0 with the thigh in line with the trunk.
    Sign
        Positive flexed, negative with the thigh behind the trunk's line.
    Needs
        Side view.
    Source
        Trunk less thigh inclination; the camera's roll and pitch cancel. The pelvis is not seen, so
        that the spine's share is in it: in walking, where the spine moves by a few degrees, little.
    """
    trunk = segment_inclination("trunk", landmarks, forward, side).value
    thigh = segment_inclination("thigh", landmarks, forward, side).value
    return Signal(
        name="hip_flexion",
        side=side,
        unit="deg",
        positive="flexed",
        time_s=landmarks.time_s,
        value=wrapped_deg(trunk - thigh),
    )
