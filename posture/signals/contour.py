"""The back's outline: the only way a side view has to pelvis and spine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from posture.signals.geometry import inclination_deg
from posture.types import Floats, Landmarks, Side

Level = Literal["sacral", "thoracolumbar", "upper_thorax"]

# Shares of the back's length from sacrum (0) to the seventh neck vertebra (1); ours, chosen on four
# rendered bodies of known spine in five bends, which therefore prove nothing about their error.
# The sacrum's outline follows the pelvis; it is not pelvic tilt, which is a matter of bony points
# that no outline shows: its change within one person is worth more than its value. The upper
# thorax wants hair off the nape.
WINDOWS: Mapping[Level, tuple[float, float]] = {
    "sacral": (-0.03, 0.12),
    "thoracolumbar": (0.45, 0.59),
    "upper_thorax": (0.70, 0.87),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContourSettings:
    """Where along the trunk the back begins and ends; ours."""

    start: float = 0.10  # of hip to shoulder, above the hip point: below lies the buttock
    end: float = 1.08  # of hip to shoulder: the neck's root lies above the shoulder point
    samples: int = 51
    reach: float = 0.8  # of hip to shoulder; an edge further out is not the back


@dataclass(frozen=True, slots=True, kw_only=True)
class DorsalProfile:
    """The back of one frame, laid along the hip-shoulder line."""

    along: Floats  # (N,) 0 at the hip, 1 at the shoulder
    depth: Floats  # (N,) how far the back lies behind that line, in its lengths; NaN = no edge
    chord_deg: float  # the line's own inclination


def dorsal_profile(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    frame: int,
    settings: ContourSettings = ContourSettings(),
) -> DorsalProfile | None:
    """Return the back's outline of one frame as depth along the hip-shoulder line.

    Unit
        Lengths of the hip-shoulder line.
    Sign
        Depth is positive behind the line, whichever way the person faces or bends.
    Needs
        Outline, hip and shoulder of that side in that frame.
    Source
        First crossing of the outline by rays from the line towards the back.
    """
    outline = landmarks.outline_px(frame)
    hip = landmarks.point(f"{side.value}_hip")[frame]
    shoulder = landmarks.point(f"{side.value}_shoulder")[frame]
    facing = forward[frame]
    if outline is None or not np.isfinite([*hip, *shoulder, facing]).all():
        return None
    chord = shoulder - hip
    length = float(np.hypot(*chord))
    if length == 0:
        return None
    chord /= length
    behind = -facing * np.array([-chord[1], chord[0]])
    along = np.linspace(settings.start - 0.2, settings.end + 0.07, settings.samples)
    starts = hip + along[:, None] * length * chord
    depth = first_crossing(outline, starts, chord, behind) / length
    depth[depth > settings.reach] = np.nan
    chord_deg = float(inclination_deg(shoulder, hip, facing))
    return DorsalProfile(along=along, depth=depth, chord_deg=chord_deg)


def first_crossing(outline: Floats, starts: Floats, chord: Floats, ray: Floats) -> Floats:
    """Return how far it is from each start along `ray` to the outline's nearest edge.

    Unit
        Pixels, (S,); NaN where the ray meets no edge.
    Sign
        Positive.
    Needs
        `starts` (S, 2) on a line along the unit vector `chord`, `ray` square to it.
    Source
        Plane geometry.
    """
    along, out = outline @ chord, outline @ ray
    near = along - (starts @ chord)[:, None]  # (S, E) along the chord, seen from the start
    far = np.roll(near, -1, axis=1)
    start, edge = np.nonzero((near * far <= 0) & (near != far))  # few edges cross any ray
    share = near[start, edge] / (near[start, edge] - far[start, edge])
    along_edge = (np.roll(out, -1) - out)[edge]
    distance = out[edge] - (starts @ ray)[start] + share * along_edge
    distance[distance <= 0] = np.inf
    nearest = np.full(len(starts), np.inf)
    np.minimum.at(nearest, start, distance)
    return np.where(np.isfinite(nearest), nearest, np.nan)


def edge_deg(
    profile: DorsalProfile,
    window: tuple[float, float],
    settings: ContourSettings = ContourSettings(),
) -> float:
    """Return how far one frame's back leans from the vertical within a window along it.

    Unit
        Degrees; NaN where there are too few places of it.
    Sign
        Positive with the upper end forward.
    Needs
        Side view, a free back: nothing hanging off it and no arm across it.
    Source
        Slope of a straight line fitted to the outline, as seen from the hip-shoulder line. Tangents
        of a side outline as in Clin Biomech 2024;111:106146; the windows are ours.
    """
    share = (profile.along - settings.start) / (settings.end - settings.start)
    inside = (share >= window[0]) & (share <= window[1]) & np.isfinite(profile.depth)
    if inside.sum() < _FEWEST_SAMPLES:
        return float("nan")
    slope = np.polyfit(profile.along[inside], profile.depth[inside], 1)[0]
    # going up the back, a growing depth means that the upper end lies further back
    return float(profile.chord_deg - np.degrees(np.arctan(slope)))


_FEWEST_SAMPLES = 4  # ours; a line through fewer follows the outline's noise


def hollow_depth(profile: DorsalProfile) -> float:
    """Return how deep the back is hollowed between buttock and shoulder blade.

    Unit
        Lengths of the hip-shoulder line; NaN where the outline is broken.
    Sign
        Positive hollow; about 0 for a straight line, as a hanging shirt makes it.
    Needs
        A profile over most of the back.
    Source
        Largest distance in front of the line from the buttock's to the thorax's rearmost point.
    """
    depth, along = profile.depth, profile.along
    known = np.isfinite(depth)
    low, high = known & (along < _WAIST), known & (along >= _WAIST) & (along <= 1)
    if not low.any() or not high.any():
        return float("nan")
    a = np.flatnonzero(low)[np.argmax(depth[low])]
    b = np.flatnonzero(high)[np.argmax(depth[high])]
    between = np.arange(a, b + 1)[known[a : b + 1]]
    if len(between) < _FEWEST_SAMPLES:
        return float("nan")
    chord = np.interp(along[between], along[[a, b]], depth[[a, b]])
    return float(np.max(chord - depth[between]))


_WAIST = 0.45  # of hip to shoulder


def roughness(profile: DorsalProfile) -> float:
    """Return how far the back's outline lies off a smooth curve.

    Unit
        Lengths of the hip-shoulder line, root mean square; NaN where the outline is broken.
    Sign
        Never negative.
    Needs
        A profile over most of the back.
    Source
        A polynomial of degree four, which two hollows and two roundings fit: backs of 25 rendered
        and real people lie within .017 of theirs, arms and bars across it .032 to .043.
    """
    known = np.isfinite(profile.depth)
    if known.sum() < _MOST_OF * len(known):
        return float("nan")
    along, depth = profile.along[known], profile.depth[known]
    off = depth - np.polyval(np.polyfit(along, depth, _SMOOTH_DEGREE), along)
    return float(np.sqrt(np.mean(off**2)))


_MOST_OF = 0.6  # ours
_SMOOTH_DEGREE = 4
