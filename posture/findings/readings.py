"""What of the evidence table was seen: Measures -> one reading per sign and leg."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posture.findings.evidence import EvidenceTable, Rules, Sign
from posture.findings.knees import slack_of
from posture.findings.own_gait import is_foreign
from posture.findings.repeats import is_usable, settle, settled
from posture.types import Activity, Measure, Quality, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One sign as it was seen."""

    sign: Sign
    side: Side  # BOTH unless it belongs to one leg
    measure: Measure  # as the reader sees it
    value: float  # after the adjustment for walking speed and for what soft knees gave
    sd: float  # of the measurement, that of both adjustments included
    weight: float

    @property
    def key(self) -> tuple[str, Activity, Side]:
        """Name it by sign and side."""
        return self.sign.measure, self.sign.activity, self.side


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
    table: EvidenceTable

    def has_any(self, names: Sequence[str]) -> bool:
        return any(measure.name in names for measure in self.measures)


def runs_from(measures: Sequence[Measure], table: EvidenceTable) -> tuple[Run, ...]:
    """Return one run per leg that has signs of its own, or one of BOTH when none has.

    Left out are signs that are missing, of unassessed doubt, of a walk that is not the person's
    own (see `own_gait`), or that move with a walking speed nobody measured. Few strides and soft
    knees are no reason to leave a sign out: they make its error wider.

    Source
        docs/method.md, sections 6.1, 6.3 and 6.4.
    """
    usable = tuple(m for m in measures if is_usable(m) and not is_foreign(m))
    seen = _Seen(measures=usable, speed=walking_speed(usable, table.rules), table=table)
    runs = [
        Run(leg=leg, readings=tuple(_readings(table.signs, leg, seen)))
        for leg in (Side.LEFT, Side.RIGHT)
    ]
    own = tuple(run for run in runs if any(r.side is run.leg for r in run.readings))
    whole = Run(leg=Side.BOTH, readings=tuple(_readings(table.signs, Side.BOTH, seen)))
    return own or (whole,)


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
    slack = slack_of(sign, measure, seen.measures, seen.table)
    weight = sign.weight
    if sign.alone_weight is not None and not seen.has_any(sign.alone_without):
        weight = sign.alone_weight
    return Reading(
        sign=sign,
        side=side,
        measure=measure,
        value=measure.value - (height - sign.mean) - slack.value,
        sd=math.hypot(
            measure.sd * _wider(measure, seen.table.rules),
            slope * seen.speed.sd if seen.speed else 0.0,
            slack.sd,
        ),
        weight=weight,
    )


def _wider(measure: Measure, rules: Rules) -> float:
    """Return how much wider an error is taken: not at all where all that is wrong is in it."""
    is_stated = measure.quality is Quality.GOOD or (
        measure.reason is not None and measure.reason.code in _IN_ITS_ERROR
    )
    return 1.0 if is_stated else rules.suspect_error


# The doubt that these speak of widens the measure's error, so it is not counted twice (ours).
_IN_ITS_ERROR = frozenset({"few_strides", "bend_without_standing", "bend_cut_off"})


def _expected(sign: Sign, speed: WalkingSpeed | None) -> tuple[float, float]:
    """Return what is expected at this speed, and how it moves with speed."""
    if not sign.at_speed:
        return sign.mean, 0.0
    v = speed.value if speed else 0.0  # only flat signs come here without a speed
    height = sum(c * v**power for power, c in enumerate(sign.at_speed))
    slope = sum(power * c * v ** (power - 1) for power, c in enumerate(sign.at_speed) if power)
    return height, slope
