"""A body's shape in one frame, as numbers that know nothing of place, size or facing."""

from __future__ import annotations

import math

import numpy as np

from posture.signals.contour import ContourSettings, dorsal_profile
from posture.types import Floats, Landmarks, Side

_NEAR = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
_FAR = ("shoulder", "hip", "knee", "ankle")
_BACK = ContourSettings(start=-0.25, end=1.05, samples=36, reach=1.2)
_DIRECTIONS = 60  # of the outline about the trunk's middle
_EDGES = 2 * (len(_NEAR) + len(_FAR)) + 2  # where the back's edge begins; the front's follows
_AROUND = _EDGES + 2 * _BACK.samples  # where the outline's directions begin
FEATURES = _AROUND + _DIRECTIONS


def loose_parts() -> dict[str, tuple[int, ...]]:
    """Return where among the features stands what says next to nothing of pelvis and spine.

    A raised arm, a bag of hair, a hem or a hand ahead of the body is no reason to take a whole body
    for a stranger. In 128 rendered clips none of them, filled in from the rest, changes the error
    of the pelvis by more than .2 deg (rms).

    Unit
        Places in the vector of `shape_features`.
    Source
        Ours. Directions are counted from straight back (0) over down (15), ahead (30) and up (45).
    """
    near = {p: (2 * n, 2 * n + 1) for n, p in enumerate(_NEAR)}
    edges = range(_EDGES, _AROUND)
    neck = [n % _BACK.samples >= _BACK.samples - _NECK for n in range(len(edges))]
    return {
        "arm": (*near["elbow"], *near["wrist"]),
        "head": near["ear"],
        "above": _directions(36, 54),
        "neck": tuple(n for n, is_neck in zip(edges, neck, strict=True) if is_neck),
        "feet": (*near["heel"], *near["foot_index"]),
        "hem": _directions(8, 22),
        "ahead": _directions(26, 36),
    }


_NECK = 4  # the last places of an edge, above the shoulder


def _directions(start: int, end: int) -> tuple[int, ...]:
    return tuple(range(_AROUND + start, _AROUND + end))


def shape_features(
    landmarks: Landmarks, forward: Floats, side: Side, frame: int, body_px: float
) -> Floats | None:
    """Return the shape of one frame, or None where hip, shoulder or outline are missing.

    Unit
        Body sizes (shoulder-hip-knee-ankle, standing), (FEATURES,); two of them sine and cosine.
    Sign
        Forward and up positive, whichever way the person faces.
    Needs
        Outline, and the points of the near side, in that frame; `body_px` from standing.
    Source
        Ours: points of both sides from the near hip; inclination of hip to shoulder; the back's and
        the front's edge along that line; how far the outline reaches from the trunk's middle, in
        even directions. What a regression on rendered bodies found worth having.
    """
    outline = landmarks.outline_px(frame)
    facing = float(forward[frame])
    hip, shoulder = (landmarks.point(f"{side.value}_{p}")[frame] for p in ("hip", "shoulder"))
    if outline is None or not np.isfinite([*hip, *shoulder, facing, body_px]).all():
        return None
    flip = np.array([facing, -1.0])
    wanted = [f"{side.value}_{p}" for p in _NEAR] + [f"{side.other.value}_{p}" for p in _FAR]
    points = np.array([landmarks.point(name)[frame] for name in wanted])
    placed = (points - hip) * flip / body_px
    chord = (shoulder - hip) * flip / body_px
    length = float(np.hypot(*chord))
    edges = []
    for towards in (forward, -forward):
        profile = dorsal_profile(landmarks, towards, side, frame, _BACK)
        if profile is None:
            return None
        edges.append(_filled(profile.depth) * length)
    middle = (hip + shoulder) / 2
    around = _radii((outline - middle) * flip / body_px)
    # a far point not seen stands where its near twin does
    twins = [_NEAR.index(p) for p in _FAR]
    far = placed[len(_NEAR) :]
    placed[len(_NEAR) :] = np.where(np.isfinite(far), far, placed[twins])
    shape = np.concatenate([placed.ravel(), chord / length, *edges, around])
    return shape if np.isfinite(shape).all() else None


def _filled(depth: Floats) -> Floats:
    """Bridge where an arm or a gap left no edge."""
    known = np.isfinite(depth)
    if not known.any():
        return depth
    at = np.arange(len(depth))
    return np.interp(at, at[known], depth[known])


def _radii(outline: Floats) -> Floats:
    """Return how far a closed line reaches from the origin in even directions."""
    closed = np.vstack([outline, outline[:1]])
    steps = np.linspace(0, 1, 4, endpoint=False)[:, None, None]
    dense = (closed[None, :-1] * (1 - steps) + closed[None, 1:] * steps).reshape(-1, 2)
    angle = np.arctan2(dense[:, 1], dense[:, 0])
    radius = np.hypot(*dense.T)
    place = ((angle + math.pi) / (2 * math.pi) * _DIRECTIONS).astype(int) % _DIRECTIONS
    furthest = np.full(_DIRECTIONS, np.nan)
    np.fmax.at(furthest, place, radius)
    return _filled(furthest)


def bend_features(bent: Floats, neutral: Floats) -> Floats:
    """Return the shape of somebody bent together with the same person's standing.

    Unit
        Body sizes, (3 FEATURES,).
    Sign
        As `shape_features`.
    Needs
        Both shapes taken with the same `body_px`.
    Source
        Ours; the difference is in both, but networks of this size learn it better when told.
    """
    return np.concatenate([bent, neutral, bent - neutral])
