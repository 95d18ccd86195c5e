"""What changed between two measurements of one person, and whether that is more than an error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posture.activities import PER_SIDE
from posture.findings.repeats import is_usable, settle
from posture.outputs.followed import FOLLOWED, SAME, WITHIN_95
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.types import Activity, Measure, Side

_TO_THE_FLOOR = {"fingertip_floor", "fingertip_floor_m", "fingertip_floor_best"}

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


def by_key(measures: Iterable[Measure]) -> dict[Key, Measure]:
    """Return one measure per quantity, and per leg where legs have their own."""
    repeats: dict[Key, list[Measure]] = {}
    for measure in measures:
        if is_usable(measure):
            repeats.setdefault(_key(measure), []).append(measure)
    return {key: settle(found) for key, found in repeats.items()}


def by_hand(measures: Iterable[Measure]) -> frozenset[Key]:
    """Return which quantities rest on what somebody corrected by hand."""
    return frozenset(_key(m) for m in measures if is_usable(m) and m.uncorrected is not None)


def _key(measure: Measure) -> Key:
    side = measure.side if measure.activity in PER_SIDE else Side.BOTH
    return measure.name, measure.activity, side


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


def course_of(change: Change, words: Words) -> str:
    """Say what a change amounts to."""
    key = "pages_trend_beyond" if change.is_beyond else "pages_trend_within"
    if change.is_beyond and change.after.name in _TO_THE_FLOOR:
        nearer = change.after.value < change.before.value
        key = "pages_trend_nearer" if nearer else "pages_trend_farther"
    told = {
        "difference": change.told(change.difference, words),
        "least": change.told(change.least, words),
    }
    return words.of("web", key).format(**told)
