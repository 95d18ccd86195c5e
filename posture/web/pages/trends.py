"""How a number went from visit to visit, ready to be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from posture.outputs.changes import Change, Key, by_hand, by_key, followed
from posture.outputs.followed import SAME, WITHIN_95
from posture.types import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One visit's value on a trend, in the drawing's units."""

    visit_id: str
    when: datetime
    measure: Measure
    x: float
    y: float
    top: float  # of the whisker
    bottom: float
    is_by_hand: bool  # it rests on what somebody corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One quantity over the visits, ready to be drawn."""

    key: Key
    points: tuple[Point, ...]
    band: tuple[float, float]  # top and height: no change from the first visit within it
    change: Change | None  # first visit to last

    @property
    def line(self) -> str:
        """The way through the points, as an SVG polyline has it."""
        return " ".join(f"{p.x:.1f},{p.y:.1f}" for p in self.points)


_WIDTH, _HEIGHT, _MARGIN = 320.0, 110.0, 14.0  # of a trend's picture, in its own units


def trends(visits: Sequence[tuple[str, datetime, Sequence[Measure]]]) -> tuple[Trend, ...]:
    """Return the course of each followed quantity over visits given from old to new."""
    each = [
        (visit_id, when, by_key(measures), by_hand(measures)) for visit_id, when, measures in visits
    ]
    chosen = followed([measure for _, _, measures in visits for measure in measures])
    keys = [_in_most_visits(key, [found for _, _, found, _ in each]) for key in chosen]
    return tuple(
        _trend(
            key,
            [(i, when, found[key], key in hand) for i, when, found, hand in each if key in found],
        )
        for key in keys
    )


def _in_most_visits(key: Key, each: Sequence[Mapping[Key, Measure]]) -> Key:
    """Return a quantity in the unit that most visits have: without a height it has no metres."""
    other = next((name for name, same in SAME.items() if same == key[0]), None)
    if other is None:
        return key
    plain = (other, *key[1:])
    return (
        plain
        if sum(plain in found for found in each) > sum(key in found for found in each)
        else key
    )


def _trend(key: Key, seen: Sequence[tuple[str, datetime, Measure, bool]]) -> Trend:
    first, last = seen[0][2], seen[-1][2]
    change = Change(side=key[2], before=first, after=last) if len(seen) > 1 else None
    # with one visit the band is what it would take a second one to leave
    around = WITHIN_95 * math.sqrt(2) * first.sd
    ends = [end for _, _, m, _ in seen for end in (m.value - m.sd, m.value + m.sd)]
    low, high = min([*ends, first.value - around]), max([*ends, first.value + around])

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)

    begin, end = seen[0][1], seen[-1][1]
    span_s = (end - begin).total_seconds()

    def x(when: datetime) -> float:
        share = (when - begin).total_seconds() / span_s if span_s else 0.5
        return _MARGIN + share * (_WIDTH - 2 * _MARGIN)

    points = tuple(
        Point(
            visit_id=visit_id,
            when=when,
            measure=m,
            x=x(when),
            y=y(m.value),
            top=y(m.value + m.sd),
            bottom=y(m.value - m.sd),
            is_by_hand=hand,
        )
        for visit_id, when, m, hand in seen
    )
    top = y(first.value + around)
    return Trend(key=key, points=points, band=(top, y(first.value - around) - top), change=change)
