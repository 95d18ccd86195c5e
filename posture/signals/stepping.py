"""How legs that take turns move: forwards or backwards, walking or running.

Nothing here asks which leg is left: exchanged names change nothing.
"""

from __future__ import annotations

import math

import numpy as np

from posture.filters import peaks
from posture.series import about, correlation, runs
from posture.signals.clean import smoothed
from posture.types import Bools, Floats, Landmarks, Side, Signal

_FOOT = ("ankle", "heel", "foot_index")
_LEG = ("knee", "ankle")


def legs_apart(landmarks: Landmarks, leg_px: float) -> Signal:
    """Return how far the legs are apart, front to back.

    Unit
        Leg lengths, mean of knee and ankle, or of the knee alone where ankles are not seen.
    Sign
        Positive with the left leg at the picture's right.
    Needs
        Knees of both legs, from the side, and ankles where they are in the picture.
    Source
        Plane geometry.
    """
    knees, ankles = (
        landmarks.point(f"left_{part}")[:, 0] - landmarks.point(f"right_{part}")[:, 0]
        for part in _LEG
    )
    if np.isfinite(ankles).mean() < _ANKLES_SEEN * np.isfinite(knees).mean():
        apart = knees  # of legs cut off at the ankle
    else:
        apart = (knees + ankles) / 2
    return Signal(
        name="legs_apart",
        side=Side.BOTH,
        unit="leg_length",
        positive="left leg at the right",
        time_s=landmarks.time_s,
        value=np.asarray(apart / leg_px),
    )


_HALF_S = 0.6  # ours; over which the feet are compared
_ANKLES_SEEN = 0.7  # ours; of the pictures with knees


def swing_forward(landmarks: Landmarks, forward: Floats) -> Signal:
    """Return whether the lifted foot is the one that moves the way they face.

    In walking and running the foot swings forward through the air and goes back on the floor,
    over ground (against the hips), on a belt and in place. Walking backwards, or played
    backwards, it is the other way round.

    Unit
        Fraction: correlation of height and forward speed of one foot against the other over
        `_HALF_S` to either side; NaN where too little is known.
    Sign
        Positive forwards, negative backwards; near 0 where nobody steps.
    Needs
        Ankle, heel and toe of both feet from the side; exchanged names change nothing, as both
        turn their sign.
    Source
        Ours: 0.4 to 0.9 in 16 clips of rendered and real walks at every moment inside of the
        walk, -0.6 to -0.9 in a real walk backwards and in walks played backwards.
    """
    time_s = landmarks.time_s
    across, down = (
        sum(
            landmarks.point(f"left_{part}")[:, axis] - landmarks.point(f"right_{part}")[:, axis]
            for part in _FOOT
        )
        for axis in (0, 1)
    )
    value = np.full(len(time_s), np.nan)
    if len(time_s) > _FEWEST:
        higher = -np.asarray(down)
        faster = forward * np.gradient(np.asarray(across), time_s)
        value = _correlated(higher, faster, time_s)
    return Signal(
        name="swing_forward",
        side=Side.BOTH,
        unit="frac",
        positive="the lifted foot goes the way they face",
        time_s=time_s,
        value=value,
    )


def _correlated(one: Floats, other: Floats, time_s: Floats) -> Floats:
    """Correlate two courses about every moment, the first about its median over all."""
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < _FEWEST:
        return np.full(len(one), np.nan)
    a = np.where(known, one - np.median(one[known]), 0.0)
    b = np.where(known, other, 0.0)
    first, last = about(time_s, _HALF_S)

    def total(values: Floats) -> Floats:
        summed = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(summed[last] - summed[first])

    enough = total(known.astype(np.float64)) >= np.maximum(_FEWEST, _KNOWN_SHARE * (last - first))
    scale = np.sqrt(total(a * a) * total(b * b))
    usable = known & enough & (scale > 0)
    return np.where(usable, total(a * b) / np.where(usable, scale, 1.0), np.nan)


_FEWEST = 8  # ours; pictures
_KNOWN_SHARE = 0.4  # ours; of the window


def bounce(landmarks: Landmarks, frames: tuple[int, int], leg_px: float) -> float:
    """Return whether the body is highest with the legs apart, as in running, or passing.

    A walker vaults over the standing leg like a pendulum turned over: highest as the legs pass. A
    runner sinks into the standing leg like a spring and flies with the legs apart.

    Unit
        Fraction: correlation of the body's height with how far the legs are apart.
    Sign
        Positive running, negative walking; NaN where too little is known.
    Needs
        Hips, shoulders and legs over at least a stride.
    Source
        Cavagna 1977 (J Physiol 268) for the mechanism; -0.45 to -0.9 in 20 clips of walks, real
        and rendered, +0.4 and over in runs.
    """
    part = slice(*frames)
    time_s = landmarks.time_s[part]
    heights = np.stack(
        [
            landmarks.point(f"{side}_{point}")[part, 1]
            for side in ("left", "right")
            for point in ("hip", "shoulder")
        ]
    )
    apart = np.abs(legs_apart(landmarks, leg_px).value[part])
    known = np.isfinite(heights).all(axis=0) & np.isfinite(apart)
    if known.sum() < _FEWEST:
        return math.nan
    up = _swinging(-heights.mean(axis=0) / leg_px, known, time_s)
    wide = _swinging(apart, known, time_s)
    inside = known & _inside(known, time_s)
    if inside.sum() < _FEWEST:
        return math.nan
    return correlation(up[inside], wide[inside])


def steps_per_min(landmarks: Landmarks, frames: tuple[int, int], leg_px: float) -> float:
    """Return how often the legs part, whatever the feet show.

    Unit
        Steps a minute; NaN where the legs part less than four times.
    Sign
        Positive.
    Needs
        As `steps_s`.
    Source
        Middle time between two steps.
    """
    between_s = steps_s(landmarks, frames, leg_px)
    return 60.0 / float(np.median(between_s)) if len(between_s) >= _PARTINGS - 1 else math.nan


def steps_s(landmarks: Landmarks, frames: tuple[int, int], leg_px: float) -> Floats:
    """Return the times between the moments at which the legs are furthest apart.

    Unit
        Seconds; one a step.
    Sign
        Positive.
    Needs
        Knees of both legs over `frames` [start, end), and ankles where they are in the picture;
        exchanged names change nothing.
    Source
        Ours: 30 walks and a run, real and rendered, whole and cut off under the knee, come within
        4 % of their cadence.
    """
    part = slice(*frames)
    time_s = landmarks.time_s[part]
    apart = np.abs(legs_apart(landmarks, leg_px).value[part])
    known = np.isfinite(apart)
    if known.sum() < _FEWEST:
        return np.zeros(0)
    whole = np.interp(time_s, time_s[known], apart[known])
    return np.diff(time_s[peaks(whole, prominence=_PARTS * float(np.percentile(whole, 95))).at])


_PARTS = 0.4  # ours; of the widest: between two steps the legs come together
_PARTINGS = 4


def _swinging(values: Floats, known: Bools, time_s: Floats) -> Floats:
    """Return a course without what is slower than steps, and without the points' jitter."""
    whole = np.interp(time_s, time_s[known], values[known])
    return np.asarray(smoothed(whole, time_s, _STEPS_HZ[1]) - smoothed(whole, time_s, _STEPS_HZ[0]))


def _inside(known: Bools, time_s: Floats) -> Bools:
    """Say which moments are not at an edge, where a slow filter bends."""
    inside = np.zeros(len(known), dtype=bool)
    for start, stop in runs(known):
        low, high = time_s[start] + _EDGE_S, time_s[stop - 1] - _EDGE_S
        inside[start:stop] = (time_s[start:stop] >= low) & (time_s[start:stop] <= high)
    return inside


_STEPS_HZ = (0.8, 4.5)  # ours; 60 steps a minute come at 1 Hz, 240 at 4
_EDGE_S = 0.15  # ours


def backward_spans(
    swing: Signal, stepping: Bools, least_s: float
) -> tuple[tuple[tuple[int, int], ...], float]:
    """Return the frames over which feet step backwards, and how surely.

    Unit
        Frames, half-open; probability.
    Needs
        `swing` as from `swing_forward`; `stepping` where legs take turns at all.
    Source
        Ours, `_BACKWARD`: walks forwards read +0.4 and over, backwards -0.5 and under.
    """
    with np.errstate(invalid="ignore"):
        away = stepping & (swing.value < 0)
    found = []
    for start, stop in runs(away):
        lasts_s = swing.time_s[stop - 1] - swing.time_s[start]
        lowest = float(np.median(swing.value[start:stop]))
        if lasts_s >= least_s and lowest <= _BACKWARD:
            found.append((start, stop, lowest))
    if not found:
        return (), 0.0
    surest = min(lowest for _, _, lowest in found)
    chance = 1 / (1 + math.exp((surest - _BACKWARD) * _PER_LOG_ODD - _AT_LIMIT))
    return tuple((start, stop) for start, stop, _ in found), chance


_BACKWARD = -0.3  # ours; half-way between standing about (0) and the weakest walk backwards
_AT_LIMIT = 1.5  # ours; log odds at the limit: 82 %
_PER_LOG_ODD = 10.0  # ours; a tenth further is one log odd more
