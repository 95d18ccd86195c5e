"""When a foot lands and leaves: against the floor it stands on, not against the hips.

The coordinate method (`posture.signals.events`) finds every step, but where a foot turns against
the hips is not yet the moment: toes turn while their tip still stands, heels before they have
stopped. Here each step's moment is read off the foot itself, about the turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from posture.signals.geometry import pitch_deg
from posture.types import Floats, Landmarks, Side

# The two lags are the only numbers fitted, to five real walkers read by eye (17 strikes and 17
# toe-offs of near feet) and 12 rendered ones at once: halfway between what either needs.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSettings:
    """What of a foot's course is its landing and its leaving, each number with its reason."""

    # ours; of its rise from the flat foot to its highest: later the pitch is round, and what jitter
    # does to its highest moves it; of .5 to 1 the steadiest, and the one by which real and rendered
    # walkers differ least
    leaves_pitch: float = 0.8
    leaves_later_s: float = 0.045  # from there until the toes' tip is off the floor
    # ours; the same of the far foot: the model rounds off its pitch's top, which comes out late and
    # at .83 of the near foot's on 23 rendered walkers, .86 on five real ones
    far_leaves_pitch: float = 0.7
    far_leaves_later_s: float = 0.05
    turns_later_s: float = 0.015  # the same from the turn, where the pitch was not seen
    # ours; of the hips' speed over the floor: the ankle's, falling, once the heel has stopped. The
    # ankle's is steadier than the heel's or the toes'
    lands_speed: float = 0.75
    lands_later_s: float = -0.021  # the low-pass and the heel's give come before
    flat: tuple[float, float] = (0.36, 0.13)  # of the stride before the toes turn: the foot is flat
    stands: tuple[float, float] = (0.12, 0.32)  # of the stride after the heel turns: it stands
    about_s: tuple[float, float] = (0.12, 0.22)  # before and after the turn: there the moment lies


def left_s(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    turns_s: Floats,
    stride_s: float,
    settings: PlantedSettings = PlantedSettings(),
    *,
    is_far: bool = False,
) -> Floats:
    """Return when the toes leave the floor, one for each turn of the toes against the hips.

    Unit
        Seconds.
    Needs
        Turns as from `toe_offs`, and how long a stride lasts; heel and toes in side view.
    Source
        Ours: the foot tips over its toes until the tip leaves. The pitch's last fifth takes 45 ms.
        Near feet: 17 toe-offs of five real walkers read by eye 2 ms late (sd 17), 41 of twelve
        rendered ones 10 ms late (sd 10); where the toes turn against the hips is 28 ms early and 6
        late (sd 21 and 23). Far feet, read a little earlier in their rise: 18 of the real ones 1 ms
        late (sd 25), 81 of 24 rendered walkers 11 late (sd 32).
    """
    heel, toes = (landmarks.point(f"{side.value}_{p}") for p in ("heel", "foot_index"))
    pitch = pitch_deg(heel, toes, forward)
    level, later_s = settings.leaves_pitch, settings.leaves_later_s
    if is_far:
        level, later_s = settings.far_leaves_pitch, settings.far_leaves_later_s

    def moment(turn_s: float) -> float:
        low, high = (turn_s - share * stride_s for share in settings.flat)
        near = (turn_s - settings.about_s[0], turn_s + settings.about_s[1])
        risen = _risen(landmarks.time_s, pitch, (low, high), near)
        at = _rises_s(landmarks.time_s, risen, level, near)
        if math.isfinite(at):
            return at + later_s
        return turn_s + settings.turns_later_s

    return _each(turns_s, moment)


def landed_s(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    turns_s: Floats,
    stride_s: float,
    settings: PlantedSettings = PlantedSettings(),
) -> Floats:
    """Return when the heel lands, one for each turn of the heel against the hips.

    Unit
        Seconds.
    Needs
        Turns as from `heel_strikes`, and how long a stride lasts; hip and ankle in side view.
    Source
        Ours: where the ankle has slowed down to three quarters of the hips' speed over the floor
        that the foot then stands on, less 21 ms. Near feet: 17 strikes of five real walkers read by
        eye 8 ms late (sd 17), 37 of twelve rendered ones 6 ms early (sd 14); where the heel turns
        against the hips is 11 ms late and 13 early (sd 19 and 16).
    """
    time_s = landmarks.time_s
    ankle, hip = (forward * landmarks.point(f"{side.value}_{p}")[:, 0] for p in ("ankle", "hip"))

    def moment(turn_s: float) -> float:
        low, high = (turn_s + share * stride_s for share in settings.stands)
        floor = _slope(time_s, ankle, (low, high))
        hips = _slope(time_s, hip, (turn_s - _HIPS_S, turn_s + _HIPS_S)) - floor
        if not hips > 0:
            return turn_s
        slower = (floor - np.gradient(ankle, time_s)) / hips
        near = (turn_s - settings.about_s[0], turn_s + settings.about_s[1])
        at = _rises_s(time_s, slower, -settings.lands_speed, near)
        return at + settings.lands_later_s if math.isfinite(at) else turn_s

    return _each(turns_s, moment)


def rise_deg(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    left_s: float,
    stride_s: float,
    settings: PlantedSettings = PlantedSettings(),
) -> float:
    """Return how far the foot is seen to tip as it leaves: its highest pitch over the flat foot's.

    Unit
        Degrees; NaN where the foot was not seen standing or leaving.
    Sign
        Positive with the heel up.
    Needs
        When the toes leave, and how long a stride lasts; heel and toes in side view.
    Source
        Definition. What is seen of a foot that tips tells how far its moments may be trusted.
    """
    heel, toes = (landmarks.point(f"{side.value}_{p}") for p in ("heel", "foot_index"))
    pitch = pitch_deg(heel, toes, forward)
    before, after = settings.about_s
    low, high = (
        pitch[np.isfinite(pitch) & (landmarks.time_s >= start) & (landmarks.time_s <= stop)]
        for start, stop in (
            (left_s - settings.flat[0] * stride_s, left_s - settings.flat[1] * stride_s),
            (left_s - before, left_s + after),
        )
    )
    return float(high.max() - np.median(low)) if len(low) and len(high) else math.nan


_HIPS_S = 0.25  # ours; a half step to either side, over which hips go evenly


def _each(turns_s: Floats, moment: Callable[[float], float]) -> Floats:
    return np.array([moment(float(at)) for at in turns_s])


def _slope(time_s: Floats, values: Floats, within: tuple[float, float]) -> float:
    inside = (time_s >= within[0]) & (time_s <= within[1]) & np.isfinite(values)
    if inside.sum() < _TO_FIT:
        return math.nan
    return float(np.polyfit(time_s[inside] - within[0], values[inside], 1)[0])


_TO_FIT = 4


def _risen(
    time_s: Floats, pitch: Floats, flat: tuple[float, float], near: tuple[float, float]
) -> Floats:
    """Return the foot's pitch in shares of its rise from flat to its highest."""
    low, high = (
        pitch[np.isfinite(pitch) & (time_s >= start) & (time_s <= stop)]
        for start, stop in (flat, near)
    )
    if not len(low) or not len(high):
        return np.full(len(pitch), math.nan)
    flat_deg = float(np.median(low))
    return np.asarray((pitch - flat_deg) / (float(high.max()) - flat_deg))


def _rises_s(time_s: Floats, course: Floats, level: float, near: tuple[float, float]) -> float:
    """Return when a course first rises over a level; NaN where it does not."""
    with np.errstate(invalid="ignore"):
        over = (course[:-1] < level) & (course[1:] >= level)
    at = np.flatnonzero(over & (time_s[:-1] >= near[0]) & (time_s[1:] <= near[1]))
    if not len(at):
        return math.nan
    k = int(at[0])
    part = (level - course[k]) / (course[k + 1] - course[k])
    return float(time_s[k] + part * (time_s[k + 1] - time_s[k]))
