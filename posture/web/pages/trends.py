"""How a number changes from visit to visit, and whether that is more than measuring twice gives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from posture.findings.repeats import is_usable, settle
from posture.outputs.followed import FOLLOWED, SAME, WITHIN_95
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.types import Activity, Measure, Side

_TO_THE_FLOOR = {"fingertip_floor", "fingertip_floor_m", "fingertip_floor_best"}

# Here each leg has numbers of its own; elsewhere the side only says which one faced the camera.
_PER_SIDE = {Activity.WALKING, Activity.WALL_LUNGE, Activity.LEG_RAISE}

Key = tuple[str, Activity, Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One quantity at two times."""

    side: Side  # BOTH unless the legs have numbers of their own
    before: Measure
    after: Measure

    @property
    def difference(self) -> float:
        """How far apart the two are, never negative."""
        return abs(self.after.value - self.before.value)

    @property
    def least(self) -> float:
        """The smallest difference that is a change: what measuring twice gives in 95 of 100."""
        return WITHIN_95 * math.hypot(self.before.sd, self.after.sd)

    @property
    def is_beyond(self) -> bool:
        """The difference is larger than measuring twice would give."""
        return self.difference > self.least

    @property
    def is_followed(self) -> bool:
        """It is one of those that a trainer follows."""
        return (self.after.name, self.after.activity) in FOLLOWED

    def told(self, value: float, words: Words) -> str:
        """Write a difference of this quantity; it has no direction of its own."""
        plain = replace(self.after, name="difference", value=value)
        return number(plain, words, with_error=False)


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


def by_key(measures: Iterable[Measure]) -> dict[Key, Measure]:
    """Return one measure per quantity, and per leg where legs have their own."""
    repeats: dict[Key, list[Measure]] = {}
    for measure in measures:
        if is_usable(measure):
            side = measure.side if measure.activity in _PER_SIDE else Side.BOTH
            repeats.setdefault((measure.name, measure.activity, side), []).append(measure)
    return {key: settle(found) for key, found in repeats.items()}


def followed(measures: Iterable[Measure]) -> dict[Key, Measure]:
    """Return the measures that are followed from visit to visit, in the order of the page."""
    found = by_key(measures)
    names = {name for name, _, _ in found}
    order = {row: place for place, row in enumerate(FOLLOWED)}
    wanted = [k for k in found if k[:2] in order and SAME.get(k[0]) not in names]
    wanted.sort(key=lambda key: (order[key[:2]], key[2].value))
    return {key: found[key] for key in wanted}


def changes(before: Sequence[Measure], after: Sequence[Measure]) -> tuple[Change, ...]:
    """Return every quantity that both visits have, those followed first."""
    old, new = by_key(before), by_key(after)
    both = {key: measure for key, measure in old.items() if key in new}
    others = (key for key in both if key[:2] not in FOLLOWED and key[0] != "strides")
    shown = [*followed(both.values()), *others]
    return tuple(Change(side=key[2], before=both[key], after=new[key]) for key in shown)


def course_of(change: Change | None, words: Words) -> str:
    """Say what a change amounts to; None = there was only one measurement."""
    if change is None:
        return words.of("web", "pages_trend_first")
    key = "pages_trend_beyond" if change.is_beyond else "pages_trend_within"
    if change.is_beyond and change.after.name in _TO_THE_FLOOR:
        nearer = change.after.value < change.before.value
        key = "pages_trend_nearer" if nearer else "pages_trend_farther"
    told = {
        "difference": change.told(change.difference, words),
        "least": change.told(change.least, words),
    }
    return words.of("web", key).format(**told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The size of a trend's picture, in its own units."""

    width: float = 320.0
    height: float = 110.0
    margin: float = 14.0


def trends(
    visits: Sequence[tuple[str, datetime, Sequence[Measure]]], drawing: Drawing | None = None
) -> tuple[Trend, ...]:
    """Return the course of each followed quantity over visits given from old to new."""
    drawing = drawing or Drawing()
    each = [(visit_id, when, by_key(measures)) for visit_id, when, measures in visits]
    chosen = followed([measure for _, _, measures in visits for measure in measures])
    keys = [_in_most_visits(key, [found for _, _, found in each]) for key in chosen]
    return tuple(
        _trend(key, [(i, when, found[key]) for i, when, found in each if key in found], drawing)
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


def _trend(key: Key, seen: Sequence[tuple[str, datetime, Measure]], drawing: Drawing) -> Trend:
    first, last = seen[0][2], seen[-1][2]
    change = Change(side=key[2], before=first, after=last) if len(seen) > 1 else None
    # with one visit the band is what it would take a second one to leave
    around = WITHIN_95 * math.sqrt(2) * first.sd
    ends = [end for _, _, m in seen for end in (m.value - m.sd, m.value + m.sd)]
    low, high = min([*ends, first.value - around]), max([*ends, first.value + around])

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return drawing.height - drawing.margin - share * (drawing.height - 2 * drawing.margin)

    begin, end = seen[0][1], seen[-1][1]
    span_s = (end - begin).total_seconds()

    def x(when: datetime) -> float:
        share = (when - begin).total_seconds() / span_s if span_s else 0.5
        return drawing.margin + share * (drawing.width - 2 * drawing.margin)

    points = tuple(
        Point(
            visit_id=visit_id,
            when=when,
            measure=m,
            x=x(when),
            y=y(m.value),
            top=y(m.value + m.sd),
            bottom=y(m.value - m.sd),
        )
        for visit_id, when, m in seen
    )
    top = y(first.value + around)
    return Trend(key=key, points=points, band=(top, y(first.value - around) - top), change=change)
