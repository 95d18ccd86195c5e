"""Several passes of one clip put together: each leg from the passes in which it is the near one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from posture.measures.cycle_curves import Curves, Pass, ensemble, together
from posture.measures.limp import limping
from posture.measures.push_off import leg_measures, leg_seen_grade
from posture.measures.quality import Grade, measured, view_grade, worst
from posture.measures.take import Take
from posture.measures.walk import GaitSettings, few_grade, walk_grade
from posture.signals.known import known_mean
from posture.types import Activity, CycleCurve, Measure, Quality, Side


def leg_curves(passes: Sequence[Pass]) -> tuple[CycleCurve, ...]:
    """Return the curves over the gait cycle of each leg that was the near one.

    Unit
        Degrees.
    Sign
        As in `posture.signals`.
    Needs
        Passes whose view and near leg can be measured; others are left out.
    Source
        `ensemble` over the strides of all of them.
    """
    found: list[CycleCurve] = []
    for legs in _by_leg(passes).values():
        found += ensemble(legs[0][0], together([curves for _, curves in legs]))
    return tuple(found)


def joined_measures(
    passes: Sequence[Pass], of_passes: Sequence[Measure], settings: GaitSettings = GaitSettings()
) -> tuple[Measure, ...]:
    """Return what several passes of one clip say together; nothing for a single one.

    They belong to no segment. A leg's angles are read from the mean curve over the strides of all
    passes in which it is the near one; times and lengths are means, weighted by strides. What
    needs both legs alike is given where either was the near one: the far leg never stands in.

    Unit
        As in `gait_measures` and `push_off_measures`; differences are right less left.
    Sign
        As there; a difference is positive with the right leg's larger.
    Needs
        Walking in several passes, and what was measured in each of them.
    Source
        Definitions; a far foot's events are off by as much one way as the other, which cancels in
        the mean of passes in both directions.
    """
    usable = [one for one in passes if _is_usable(one)]
    if len(usable) < _SEVERAL:
        return ()
    takes = [one.take for one in usable]
    found = [*_means(usable, of_passes, settings)]
    by_leg = _by_leg(usable)
    for legs in by_leg.values():
        if len(legs) >= _SEVERAL:
            take = _worst_seen([take for take, _ in legs])
            curves = together([curves for _, curves in legs])
            grade = worst(
                *(view_grade(take) for take, _ in legs), few_grade(len(curves.strides), settings)
            )
            found += leg_measures(take, curves, grade)
    if {take.near for take in takes} == {Side.LEFT, Side.RIGHT}:
        found += _of_both_legs(usable, [*found, *of_passes], settings)
    if any(m.reason is not None and m.reason.code == "walk_limps" for m in of_passes):
        found = [*limping(found)]
    frames = (min(t.frames[0] for t in takes), max(t.frames[1] for t in takes))
    return tuple(replace(measure, segment=None, frames=frames) for measure in found)


_SEVERAL = 2


def without_parts(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return the measures of one clip without those of passes that a joined one stands for.

    Needs
        Measures of one clip.
    Source
        Definition: what is over the whole clip has `segment` None.
    """
    whole = {(m.name, m.side) for m in measures if m.segment is None and _is_walking(m)}
    return tuple(
        m
        for m in measures
        if m.segment is None or not _is_walking(m) or (m.name, m.side) not in whole
    )


def _is_walking(measure: Measure) -> bool:
    return measure.activity is Activity.WALKING


def _is_usable(one: Pass) -> bool:
    return walk_grade(one.take, one.walk).quality is not Quality.MISSING


def _by_leg(passes: Sequence[Pass]) -> dict[Side, list[tuple[Take, Curves]]]:
    """Return the curves of each leg, of the passes in which it can be measured."""
    found: dict[Side, list[tuple[Take, Curves]]] = {}
    for one in passes:
        grade = worst(walk_grade(one.take, one.walk), leg_seen_grade(one.take))
        if one.curves is not None and grade.quality is not Quality.MISSING:
            found.setdefault(one.take.near, []).append((one.take, one.curves))
    return found


def _worst_seen(takes: Sequence[Take]) -> Take:
    """Return the take turned furthest out of the side view: its doubt stands for all."""
    return max(takes, key=lambda take: abs(take.segment.view.yaw_deg))


# Read in every pass alike, whichever leg is near.
_OF_A_WALK = (
    "cadence",
    "stride_time",
    "step_length",
    "walking_speed",
    "step_length_m",
    "walking_speed_m_s",
)


def _means(
    passes: Sequence[Pass], of_passes: Sequence[Measure], settings: GaitSettings
) -> list[Measure]:
    """Return the means over passes, weighted by the strides each rests on."""
    takes = [one.take for one in passes]
    count = sum(len(one.walk.near.strides) for one in passes)
    few = few_grade(count, settings)
    found = []
    for name in _OF_A_WALK:
        parts = [
            (len(one.walk.near.strides), m)
            for one in passes
            for m in of_passes
            if (m.name, m.segment) == (name, one.take.index) and m.quality is not Quality.MISSING
        ]
        if len(parts) >= _SEVERAL:
            take = _worst_seen(takes)
            grade = worst(few, *(view_grade(take) for take in takes))
            found.append(_mean(name, take, parts, grade))
    return found


def _mean(name: str, take: Take, parts: Sequence[tuple[int, Measure]], grade: Grade) -> Measure:
    total = sum(count for count, _ in parts)
    value = sum(count * m.value for count, m in parts) / total
    apart = math.sqrt(sum(count * (m.value - value) ** 2 for count, m in parts) / total)
    within = math.sqrt(
        sum((count / total * m.spread.get("scatter", 0.0)) ** 2 for count, m in parts)
    )
    more = {**_extra(parts, total), "scatter": math.hypot(apart / math.sqrt(len(parts)), within)}
    return measured(name, take, Side.BOTH, value, grade, more=more)


def _extra(parts: Sequence[tuple[int, Measure]], total: int) -> dict[str, float]:
    """Return the doubt that only the passes know: a scale is the same in all, timing falls."""
    scale = max((m.spread.get("scale", 0.0) for _, m in parts), default=0.0)
    timing = math.sqrt(
        sum((count / total * m.spread.get("timing", 0.0)) ** 2 for count, m in parts)
    )
    return {name: sd for name, sd in (("scale", scale), ("timing", timing)) if sd}


def _of_both_legs(
    passes: Sequence[Pass], measures: Sequence[Measure], settings: GaitSettings
) -> list[Measure]:
    """Return what takes both legs: each of them from passes in which it is the near one."""
    takes = [one.take for one in passes]
    take = _worst_seen(takes)
    counts = {
        side: sum(len(one.walk.near.strides) for one in passes if one.take.near is side)
        for side in (Side.LEFT, Side.RIGHT)
    }
    few = few_grade(min(counts.values()), settings)
    grade = worst(few, *(view_grade(take) for take in takes))
    made = []
    stance = _near(passes, measures, "stance_share")
    if stance is not None:
        double = stance[Side.LEFT] + stance[Side.RIGHT] - 1
        made.append(measured("double_support_share", take, Side.BOTH, double, grade))
    for name, values in (
        ("peak_dorsiflexion_difference", _near(passes, measures, "peak_dorsiflexion")),
        ("step_time_difference", _either_way(passes, measures, "step_time")),
    ):
        if values is not None:
            apart = values[Side.RIGHT] - values[Side.LEFT]
            made.append(measured(name, take, Side.BOTH, apart, grade))
    return made


Sides = Mapping[Side, float]


def _near(passes: Sequence[Pass], measures: Sequence[Measure], name: str) -> Sides | None:
    """Return a measure of either leg, each from passes in which it is near; None unless both."""
    near = {one.take.index: one.take.near for one in passes}
    found = {}
    for side in (Side.LEFT, Side.RIGHT):
        own = [m for m in measures if (m.name, m.side) == (name, side)]
        joined = [m.value for m in own if m.segment is None]
        single = [m.value for m in own if m.segment is not None and near.get(m.segment) is side]
        found[side] = known_mean(joined or single)
    return None if any(math.isnan(value) for value in found.values()) else found


def _either_way(passes: Sequence[Pass], measures: Sequence[Measure], name: str) -> Sides | None:
    """Return a measure of either leg as the mean of both directions, each counting alike."""
    found = {}
    for side in (Side.LEFT, Side.RIGHT):
        ways = [
            known_mean(
                [
                    m.value
                    for m in measures
                    for take in (one.take for one in passes)
                    if (m.name, m.side, m.segment) == (name, side, take.index) and take.near is near
                ]
            )
            for near in (Side.LEFT, Side.RIGHT)
        ]
        found[side] = sum(ways) / len(ways)
    return None if any(math.isnan(value) for value in found.values()) else found
