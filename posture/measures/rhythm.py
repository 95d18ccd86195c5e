"""How hip and spine take turns through a bend: the lumbar-hip rhythm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posture.measures.take import Take
from posture.types import (
    Event,
    EventKind,
    Floats,
    Measure,
    Quality,
    Reason,
    Side,
    Signal,
)

BANDS: Mapping[str, tuple[float, float]] = {  # deg of trunk flexion; Esola 1996
    "lumbar_hip_ratio_early": (0.0, 30.0),
    "lumbar_hip_ratio_middle": (30.0, 60.0),
    "lumbar_hip_ratio_late": (60.0, 90.0),
}
SHARES = ("pelvis_on_thigh_flexion", "lumbar_flexion", "thoracic_flexion")
_STEP_DEG = 5.0  # ours; finer than anything the points can tell apart
_REACHED_DEG = 5.0  # ours; so much may be missing of a band's far end
_LEAST_HIP_DEG = 5.0  # ours; a ratio over less is one of errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """One bend on its way down: what hip, lower and upper back had given at each trunk flexion."""

    segment: int
    trunk_deg: Floats  # (N,) rising in even steps from 0
    parts_deg: Mapping[str, Floats]  # (N,) each, by the names of SHARES


def rhythms(signals: Sequence[Signal], events: Sequence[Event]) -> tuple[Rhythm, ...]:
    """Return the rhythm of every bend whose course could be read.

    Unit
        Degrees, changes from the same person's standing.
    Sign
        Positive flexed.
    Needs
        The bend's signals, and its events for where the way down begins and ends.
    Source
        Ours: each part over the trunk flexion reached so far, linear between frames.
    """
    by_segment: dict[int, dict[EventKind, float]] = {}
    for event in events:
        by_segment.setdefault(event.segment, {})[event.kind] = event.time_s
    found = []
    for segment, times in by_segment.items():
        ends = (times.get(EventKind.BEND_START), times.get(EventKind.BEND_BOTTOM))
        if ends[0] is None or ends[1] is None:
            continue
        rhythm = _rhythm(signals, segment, (ends[0], ends[1]))
        if rhythm is not None:
            found.append(rhythm)
    return tuple(found)


def _rhythm(signals: Sequence[Signal], segment: int, way_s: tuple[float, float]) -> Rhythm | None:
    for side in (Side.LEFT, Side.RIGHT):
        course = {s.name: s for s in signals if s.side is side}
        if not {"trunk_flexion", *SHARES} <= set(course):
            continue
        time_s = course["trunk_flexion"].time_s
        way = (time_s >= way_s[0] - _BEFORE_S) & (time_s <= way_s[1])
        rows = np.stack([course[name].value[way] for name in ("trunk_flexion", *SHARES)])
        rows = rows[:, np.isfinite(rows).all(axis=0)]
        if rows.shape[1] < _FEWEST:
            continue
        trunk = np.maximum.accumulate(rows[0])
        grid = np.arange(0.0, trunk[-1] + 1e-9, _STEP_DEG)
        new = np.concatenate([[True], np.diff(trunk) > 0])
        if len(grid) < _FEWEST or new.sum() < _FEWEST:
            continue
        return Rhythm(
            segment=segment,
            trunk_deg=grid,
            parts_deg={
                name: np.interp(grid, trunk[new], row[new])
                for name, row in zip(SHARES, rows[1:], strict=True)
            },
        )
    return None


_BEFORE_S = 0.3  # ours; a bend's start is noticed 8 deg into it
_FEWEST = 4  # places; fewer are no course


def rhythm_measures(
    take: Take,
    signals: Sequence[Signal],
    events: Sequence[Event],
    measures: Sequence[Measure],
) -> tuple[Measure, ...]:
    """Return how much the lower back flexes for each degree of the hip, early, midway and late.

    Unit
        Fraction: lumbar flexion over pelvis-on-thigh flexion.
    Sign
        Positive where both flex.
    Needs
        The bend's signals, events and measures; each band of trunk flexion (0-30, 30-60, 60-90 deg)
        reached.
    Source
        Esola 1996: 1.9, 0.9 and 0.4; described, never evidence. The errors are those of the two
        flexions over the whole bend, which is too much for changes within one.
    """
    found = next((r for r in rhythms(signals, events) if r.segment == take.index), None)
    whole = {m.name: m for m in measures}
    parts = [whole[name] for name in (_HIP, _LUMBAR)]
    return tuple(_ratio(take, name, band, found, parts) for name, band in BANDS.items())


_HIP, _LUMBAR = "pelvis_on_thigh_flexion", "lumbar_flexion"


def _ratio(
    take: Take,
    name: str,
    band: tuple[float, float],
    rhythm: Rhythm | None,
    parts: Sequence[Measure],
) -> Measure:
    value = math.nan
    marked = next((m for m in parts if m.quality is not Quality.GOOD), None)
    quality = Quality.GOOD if marked is None else marked.quality
    reason = None if marked is None else marked.reason
    if quality is not Quality.MISSING:
        value, reason = _value(band, rhythm, reason)
    missing = math.isnan(value)
    return Measure(
        name=name,
        activity=take.segment.activity,
        side=take.near,
        value=value,
        unit="frac",
        spread={} if missing else {"outline": _sd(band, rhythm, value, parts)},
        frames=take.frames,
        segment=take.index,
        quality=Quality.MISSING if missing else quality,
        reason=reason,
    )


def _changes(band: tuple[float, float], rhythm: Rhythm) -> tuple[float, float]:
    hip, lumbar = (
        float(np.diff(np.interp(band, rhythm.trunk_deg, rhythm.parts_deg[part]))[0])
        for part in (_HIP, _LUMBAR)
    )
    return hip, lumbar


def _value(
    band: tuple[float, float], rhythm: Rhythm | None, marked: Reason | None
) -> tuple[float, Reason | None]:
    if rhythm is None:
        return math.nan, Reason("bend_course_unclear")
    if rhythm.trunk_deg[-1] < band[1] - _REACHED_DEG:
        return math.nan, Reason("bend_band_not_reached", {"least_deg": band[1]})
    hip, lumbar = _changes(band, rhythm)
    if hip < _LEAST_HIP_DEG:
        return math.nan, Reason("hip_hardly_flexed", {"hip_deg": hip})
    return lumbar / hip, marked


def _sd(
    band: tuple[float, float], rhythm: Rhythm | None, value: float, parts: Sequence[Measure]
) -> float:
    """Return the ratio's error: those of the hip and of the lower back over the hip's change."""
    if rhythm is None:
        return math.inf
    hip, _ = _changes(band, rhythm)
    return math.hypot(parts[1].sd, value * parts[0].sd) / hip
