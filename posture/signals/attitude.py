"""How the body as a whole is held: upright, lying, upside down, sitting, moving along."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from posture.signals.course import ActivitySettings
from posture.signals.geometry import distance_px
from posture.signals.known import known_median
from posture.types import Floats, Landmarks

_SIDES = ("left", "right")
_THIGH_DEG = 45.0  # ours; from the vertical: chairs and wheelchairs 60 to 100, walking under 40
_KNEE_DEG = 50.0  # ours; a walker's knee is bent that far in swing only, and one at a time
_TRUNK_DEG = 45.0  # ours; further down it is a bend or somebody lying


def body_axis_deg(
    landmarks: Landmarks, frames: tuple[int, int], upper: Literal["shoulder", "hip"] = "shoulder"
) -> float:
    """Return how far the line from shoulders, or hips, to ankles is turned from straight down.

    Unit
        Degrees, 0 to 180; NaN where the two were not seen together.
    Sign
        None: 0 upright, 90 lying or a picture on its side, 180 upside down.
    Needs
        A shoulder and an ankle over `frames` [start, end).
    Source
        Plane geometry; the median over the frames.
    """
    top, ankle = (_middle(landmarks, part, frames) for part in (upper, "ankle"))
    line = ankle - top
    turned = np.degrees(np.arctan2(np.abs(line[:, 0]), line[:, 1]))
    return known_median(turned)


def sitting_share(landmarks: Landmarks, frames: tuple[int, int]) -> float:
    """Return in which share of the frames the person sits: thighs level, knees bent, trunk up.

    Unit
        Fraction of the frames in which a whole leg was seen; 0 where none was.
    Needs
        Shoulder, hip, knee and ankle of one side over `frames` [start, end).
    Source
        Ours; both legs have to be so wherever both are seen, as in walking one leg alone is.
    """
    part = slice(*frames)
    sits, known = [], []
    for side in _SIDES:
        shoulder, hip, knee, ankle = (
            landmarks.point(f"{side}_{p}")[part] for p in ("shoulder", "hip", "knee", "ankle")
        )
        thigh, shank, trunk = knee - hip, ankle - knee, hip - shoulder
        thigh_deg, trunk_deg = (_from_down_deg(line) for line in (thigh, trunk))
        knee_deg = _between_deg(thigh, shank)
        seen = np.isfinite(thigh_deg) & np.isfinite(trunk_deg) & np.isfinite(knee_deg)
        with np.errstate(invalid="ignore"):
            sits.append(
                (thigh_deg >= _THIGH_DEG) & (knee_deg >= _KNEE_DEG) & (trunk_deg <= _TRUNK_DEG)
            )
        known.append(seen)
    either = known[0] | known[1]
    if not either.any():
        return 0.0
    both_sit = (sits[0] | ~known[0]) & (sits[1] | ~known[1])
    return float(both_sit[either].mean())


def travel_trunks(landmarks: Landmarks, frames: tuple[int, int]) -> float:
    """Return how far the hips went across the picture.

    Unit
        Lengths of the trunk, hip to shoulder; NaN where they were not seen.
    Sign
        Never negative.
    Needs
        Hip and shoulder over `frames` [start, end).
    Source
        From the twentieth to the last twentieth of the places, so that a slip is no way.
    """
    shoulder, hip = (_middle(landmarks, part, frames) for part in ("shoulder", "hip"))
    trunk_px = known_median(distance_px(shoulder, hip))
    x = hip[np.isfinite(hip[:, 0]), 0]
    if not len(x) or not trunk_px > 0:
        return math.nan
    return float(np.ptp(np.percentile(x, [5, 95]))) / trunk_px


def cut_bend(landmarks: Landmarks, frames: tuple[int, int]) -> bool:
    """Return whether a forward bend is seen on its way alone: the clip ends or begins in it.

    Needs
        Shoulder, hip, knee and ankle of one side over `frames` [start, end).
    Source
        Ours: with the knees straight the trunk is lowest where the clip begins or ends, as far
        down as a bend goes and a bend's way from where it is highest.
    """
    for side in _SIDES:
        shoulder, hip, knee, ankle = (
            landmarks.point(f"{side}_{part}")[slice(*frames)]
            for part in ("shoulder", "hip", "knee", "ankle")
        )
        trunk_deg = _from_down_deg(hip - shoulder)
        knee_deg = _between_deg(knee - hip, ankle - knee)
        straight = np.flatnonzero(np.isfinite(trunk_deg) & (np.nan_to_num(knee_deg) < _KNEE_DEG))
        if len(straight) < _FEWEST:
            continue
        seen = trunk_deg[straight]
        lowest = float(max(seen[0], seen[-1]))
        if lowest >= _BENT_DEG and lowest >= seen.max() - _ABOUT_DEG:
            return bool(lowest - seen.min() >= _BENT_DEG)
    return False


_BENT_DEG = ActivitySettings().bend_deg
_ABOUT_DEG = 3.0  # ours; points wander by less
_FEWEST = 5  # ours; pictures


def _middle(landmarks: Landmarks, part: str, frames: tuple[int, int]) -> Floats:
    """Middle of the two sides' points, or the one that was seen."""
    both = np.stack([landmarks.point(f"{side}_{part}")[slice(*frames)] for side in _SIDES])
    known = np.isfinite(both)
    count = known.sum(axis=0)
    total = np.where(known, both, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _from_down_deg(line: Floats) -> Floats:
    turned: Floats = np.degrees(np.arctan2(np.abs(line[:, 0]), line[:, 1]))
    return turned


def _between_deg(one: Floats, other: Floats) -> Floats:
    across = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    turned: Floats = np.degrees(np.abs(np.arctan2(across, (one * other).sum(axis=1))))
    return turned
