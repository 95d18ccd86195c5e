"""The back edge of a leg's outline: what it says of the knee, whatever the points say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.signals.contour import first_crossing
from posture.signals.geometry import inclination_deg
from posture.types import Floats, Landmarks, Side

# Where along a leg its edge is read, and what is no leg's edge.
# shares of hip to knee and of knee to ankle: above lies the buttock, below begins the heel
_THIGH = (0.45, 0.90)
_SHANK = (0.10, 0.90)
_SAMPLES = 33
_REACH = 0.5  # of the segment; an edge further out is not the leg's
# how far the edge lies off a straight line: bare and trousered legs under .007 of the segment,
# a hand on the calf, a thing behind the leg and a coarse mask over .015
_ROUGH = 0.018
# the edge against the line through the points: legs within 11 deg, a skirt or a coat 40
_OFF_POINTS_DEG = 18.0
_LEAST_SEEN = 0.7  # of the samples


@dataclass(frozen=True, slots=True, kw_only=True)
class KneeEdge:
    """The knee of one frame by the leg's back edge."""

    knee_deg: float
    sd_deg: float  # of the two lines that were fitted


def knee_edge(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    frame: int,
) -> KneeEdge | None:
    """Return how far the knee is bent by the back edge of thigh and shank, or None.

    The outline has no hip joint to slide: the model's hip point moves towards the buttock as the
    pelvis turns, the leg's edge does not. Both legs make one outline; the rearmost edge is read.

    Unit
        Degrees.
    Sign
        Positive flexed. A straight leg reads 0 within a few degrees, as calf and thigh are shaped.
    Needs
        Side view; outline, hip, knee and ankle; nothing behind the leg that is wider than it.
    Source
        Slopes of straight lines fitted to the edge as seen from hip-knee and knee-ankle. Windows
        and limits are ours, read off five bends of one renderer and three real folds.
    """
    name = side.value
    lines = []
    for upper, lower, window in (
        ("hip", "knee", _THIGH),
        ("knee", "ankle", _SHANK),
    ):
        ends = (f"{name}_{upper}", f"{name}_{lower}")
        line = _edge_line(landmarks, forward, ends, window, frame)
        if line is None:
            return None
        lines.append(line)
    (thigh_deg, thigh_sd), (shank_deg, shank_sd) = lines
    return KneeEdge(knee_deg=shank_deg - thigh_deg, sd_deg=math.hypot(thigh_sd, shank_sd))


def _edge_line(
    landmarks: Landmarks,
    forward: Floats,
    ends: tuple[str, str],
    window: tuple[float, float],
    frame: int,
) -> tuple[float, float] | None:
    """Return the inclination of a segment's back edge and its error, or None where it is none."""
    outline, facing = landmarks.outline_px(frame), float(forward[frame])
    upper, lower = (landmarks.point(end)[frame] for end in ends)
    if outline is None or not np.isfinite([*upper, *lower, facing]).all():
        return None
    chord = lower - upper
    length = float(np.hypot(*chord))
    if length == 0:
        return None
    chord = chord / length
    behind = facing * np.array([-chord[1], chord[0]])
    along = np.linspace(*window, _SAMPLES)
    depth = first_crossing(outline, upper + along[:, None] * length * chord, chord, behind) / length
    known = np.isfinite(depth) & (depth < _REACH)
    if known.mean() < _LEAST_SEEN:
        return None
    slope, height = np.polyfit(along[known], depth[known], 1)
    rough = float(np.std(depth[known] - (slope * along[known] + height)))
    turned = math.degrees(math.atan(slope))
    if rough > _ROUGH or abs(turned) > _OFF_POINTS_DEG:
        return None
    # neighbours along an edge wander together, so that the fit rests on few independent places
    sd = math.degrees(rough / (float(np.std(along[known])) * math.sqrt(_INDEPENDENT)))
    # going down the leg, a growing depth means that the lower end lies further back
    return float(inclination_deg(upper, lower, facing)) + turned, sd


_INDEPENDENT = 6.0  # ours; of 8 rendered bends of known knees the edge was off by 1.8 deg
