"""What of the evidence table was seen: Measures -> one reading per sign and leg."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posture.findings.evidence import EvidenceTable, Rules, Sign
from posture.measures.bend_knee import chance_over
from posture.measures.trials import middle_of
from posture.types import Activity, Measure, Quality, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One sign as it was seen."""

    sign: Sign
    side: Side  # BOTH unless it belongs to one leg
    measure: Measure  # as the reader sees it
    value: float  # after the adjustment for walking speed
    sd: float  # of the measurement, that of the speed included
    weight: float

    @property
    def key(self) -> tuple[str, Activity, Side]:
        """Name it by sign and side."""
        return self.sign.measure, self.sign.activity, self.side

    @property
    def is_censored(self) -> bool:
        """The value says "at or below", as a hand that reached the floor does."""
        return self.sign.floor is not None and self.value <= self.sign.floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The readings of one leg together with those of the whole body."""

    leg: Side  # BOTH when no sign belonged to one leg
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkingSpeed:
    """Speed over sqrt(g x leg length), no unit."""

    value: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What can be read from, and what every reading needs beside its own measure."""

    measures: tuple[Measure, ...]
    speed: WalkingSpeed | None
    rules: Rules

    def has_any(self, names: Sequence[str]) -> bool:
        return any(measure.name in names for measure in self.measures)


def runs_from(measures: Sequence[Measure], table: EvidenceTable) -> tuple[Run, ...]:
    """Return one run per leg that has signs of its own, or one of BOTH when none has.

    Left out are signs that are missing, of unassessed doubt, from a bend with bent knees, from
    too few strides, or that move with a walking speed nobody measured.

    Source
        docs/method.md, sections 6.1, 6.3 and 6.4; strides nobody counted are too few (ours).
    """
    usable = tuple(m for m in measures if is_usable(m) and not _is_withheld(m, measures, table))
    seen = _Seen(measures=usable, speed=walking_speed(usable, table.rules), rules=table.rules)
    runs = [
        Run(leg=leg, readings=tuple(_readings(table.signs, leg, seen)))
        for leg in (Side.LEFT, Side.RIGHT)
    ]
    own = tuple(run for run in runs if any(r.side is run.leg for r in run.readings))
    whole = Run(leg=Side.BOTH, readings=tuple(_readings(table.signs, Side.BOTH, seen)))
    return own or (whole,)


def is_usable(measure: Measure) -> bool:
    """Measured, and with a doubt somebody assessed."""
    return measure.quality is not Quality.MISSING and math.isfinite(measure.sd)


def settle(repeats: Sequence[Measure]) -> Measure:
    """Return one measure from several of the same thing: the median, with the smallest sd.

    Suspect ones count only where there is no good one. The sd does not fall with their number,
    because most of a camera's error (clothes, point bias) is the same every time.

    Source
        Ours.
    """
    good = [m for m in repeats if m.quality is Quality.GOOD] or list(repeats)
    middle = middle_of(good)
    # one that is the middle and as sure as any stands as it is, with the segment it is from
    return next((m for m in good if (m.value, m.sd) == (middle.value, middle.sd)), middle)


def settled(measures: Sequence[Measure], name: str, activity: Activity) -> Measure | None:
    """Return the one usable measure of this name, or None where there is none."""
    found = [m for m in measures if (m.name, m.activity) == (name, activity) and is_usable(m)]
    return settle(found) if found else None


def straightest_knee_deg(measures: Sequence[Measure]) -> float:
    """Return the least knee bend of all bends in degrees; NaN when none was measured."""
    bends = [m.value for m in measures if (m.name, m.activity) == _KNEE and is_usable(m)]
    return min(bends, default=math.nan)


_KNEE = ("knee_bend", Activity.FORWARD_BEND)


def has_bent_knees(measures: Sequence[Measure], rules: Rules) -> bool:
    """Knees surely bent beyond the limit in every bend, so that the bends say little.

    Source
        `Rules.knee_bend_chance`, by each knee's own error.
    """
    bends = [m for m in measures if (m.name, m.activity) == _KNEE and is_usable(m)]
    chances = [chance_over(m.value, m.sd, rules.knee_bend_limit_deg) for m in bends]
    return min(chances, default=0.0) >= rules.knee_bend_chance


def strides(measures: Sequence[Measure], side: Side) -> float:
    """Return how many strides the walking measures of one side rest on: seen as the near leg.

    Counts over whole clips add up; where there are none, those of the segments do. For a side
    nobody counted, the smallest count there is; 0 without any.
    """
    counts = [m for m in measures if m.name == "strides" and m.quality is Quality.GOOD]
    whole = [m for m in counts if m.segment is None] or counts
    totals = {s: sum(m.value for m in whole if m.side is s) for s in {m.side for m in whole}}
    return totals.get(side, min(totals.values(), default=0.0))


def walking_speed(measures: Sequence[Measure], rules: Rules) -> WalkingSpeed | None:
    """Return the speed in the scale of the expectations, or None.

    Source
        docs/method.md, section 4.3; a speed outside the fitted range has no expectation.
    """
    speed = settled(measures, "walking_speed", Activity.WALKING)
    if speed is None:
        return None
    scale = math.sqrt(rules.leg_length_m / rules.gravity_m_s2)
    value = speed.value * scale
    in_range = rules.speed_low <= value <= rules.speed_high
    return WalkingSpeed(value=value, sd=speed.sd * scale) if in_range else None


def _is_withheld(measure: Measure, measures: Sequence[Measure], table: EvidenceTable) -> bool:
    if measure.activity is Activity.FORWARD_BEND:
        return has_bent_knees(measures, table.rules)
    if measure.activity is Activity.WALKING and measure.name != "walking_speed":
        return strides(measures, measure.side) < table.rules.min_strides
    return False


def _repeats(sign: Sign, leg: Side, seen: Sequence[Measure]) -> tuple[list[Measure], Side]:
    """Return the measures of this sign that count for a leg, and whose they are."""
    found = [m for m in seen if (m.name, m.activity) == (sign.measure, sign.activity)]
    wrong = {m.unit for m in found} - {sign.unit}
    if wrong:
        raise ValueError(f"{sign.measure}: expected {sign.unit}, got {', '.join(sorted(wrong))}")
    if not sign.per_side:
        return found, Side.BOTH
    own = [m for m in found if m.side is leg]
    return (own, leg) if own else ([m for m in found if m.side is Side.BOTH], Side.BOTH)


def _readings(signs: Sequence[Sign], leg: Side, seen: _Seen) -> Iterator[Reading]:
    for sign in signs:
        repeats, side = _repeats(sign, leg, seen.measures)
        if repeats and (seen.speed is not None or sign.is_flat):
            yield _reading(sign, side, settle(repeats), seen)


def _reading(sign: Sign, side: Side, measure: Measure, seen: _Seen) -> Reading:
    height, slope = _expected(sign, seen.speed)
    halved = seen.rules.suspect_weight if measure.quality is Quality.SUSPECT else 1.0
    weight = sign.weight
    if sign.alone_weight is not None and not seen.has_any(sign.alone_without):
        weight = sign.alone_weight
    return Reading(
        sign=sign,
        side=side,
        measure=measure,
        value=measure.value - (height - sign.mean),
        sd=math.hypot(measure.sd, slope * seen.speed.sd if seen.speed else 0.0),
        weight=weight * halved,
    )


def _expected(sign: Sign, speed: WalkingSpeed | None) -> tuple[float, float]:
    """Return what is expected at this speed, and how it moves with speed."""
    if not sign.at_speed:
        return sign.mean, 0.0
    v = speed.value if speed else 0.0  # only flat signs come here without a speed
    height = sum(c * v**power for power, c in enumerate(sign.at_speed))
    slope = sum(power * c * v ** (power - 1) for power, c in enumerate(sign.at_speed) if power)
    return height, slope
