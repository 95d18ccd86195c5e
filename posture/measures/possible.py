"""What no living adult's value can be, and what is done with a value that is so all the same."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from posture.types import UNITS, Activity, Measure, Quality, Reason, Side, Unit

_WITHIN_SD = 2.0  # a stated error holds 19 in 20 true values within two of it
_MOST = 0.5  # ours; more of what was measured, and the rest is as little to be believed
_FEWEST = 4  # ours; of fewer numbers, two that fall together are no majority


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleRow:
    """Where a measure's value can lie; one row of possible.toml."""

    measure: str
    activity: Activity
    unit: Unit
    low: float
    high: float
    reading: str  # what is read off the same thing is wrong together
    source: str
    at_bound: Literal["none", "low", "high", "both"] = "none"  # truth may lie on it, see the table

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.measure}: low {self.low} is not below high {self.high}")
        if self.unit not in UNITS:
            raise ValueError(f"{self.measure}: unknown unit {self.unit!r}")
        if self.at_bound not in {"none", "low", "high", "both"}:
            raise ValueError(f"{self.measure}: at_bound is no end of a range: {self.at_bound!r}")
        if not self.source.strip() or not self.reading.strip():
            raise ValueError(f"{self.measure}: source or reading left blank")


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleRule:
    """What must hold between measures; one rule of possible.toml."""

    rule: str
    activity: Activity
    terms: Sequence[tuple[str, str, float]]  # measure, side, factor
    source: str
    low: float = -math.inf  # of the sum
    high: float = math.inf
    equals: float | None = None  # of the product; None = it is a sum

    def __post_init__(self) -> None:
        sides = {"same", *(side.value for side in Side)}
        if any(side not in sides for _, side, _ in self.terms):
            raise ValueError(f"{self.rule}: a side is none of {sorted(sides)}")
        if not self.source.strip():
            raise ValueError(f"{self.rule}: source left blank")
        if self.equals is None and not self.low <= self.high:
            raise ValueError(f"{self.rule}: low {self.low} is not up to high {self.high}")

    def holds(self, terms: Sequence[Measure]) -> bool:
        """Return whether the terms agree within their joint error.

        Needs
            One measure for each term, in order.
        Source
            Errors in quadrature, as if independent: those of one leg's are not, which is wider.
        """
        factors = [factor for _, _, factor in self.terms]
        if self.equals is None:
            found = sum(f * m.value for f, m in zip(factors, terms, strict=True))
            sd = math.hypot(*(f * m.sd for f, m in zip(factors, terms, strict=True)))
            beyond = max(self.low - found, found - self.high)
        elif any(m.value <= 0 for m in terms):
            return False
        else:
            logs = (f * math.log(m.value) for f, m in zip(factors, terms, strict=True))
            sd = math.hypot(*(f * m.sd / m.value for f, m in zip(factors, terms, strict=True)))
            beyond = abs(sum(logs) - math.log(self.equals))
        return beyond <= _WITHIN_SD * sd + _ROUNDING


_ROUNDING = 1e-9


@cache
def possible_rows() -> Mapping[tuple[Activity, str], PossibleRow]:
    """Read and check the ranges; a bad row stops the program.

    Source
        possible.toml, each row its own.
    """
    rows = [PossibleRow(**{**r, "activity": Activity(r["activity"])}) for r in _table()["row"]]
    table = {(row.activity, row.measure): row for row in rows}
    if len(table) != len(rows):
        raise ValueError("possible.toml: a measure has two rows")
    return table


@cache
def possible_rules() -> tuple[PossibleRule, ...]:
    """Read and check what must hold between measures; a bad rule stops the program.

    Source
        possible.toml, each rule its own.
    """
    rules = [
        PossibleRule(
            **{
                **rule,
                "activity": Activity(rule["activity"]),
                "terms": tuple(tuple(term) for term in rule["terms"]),
            }
        )
        for rule in _table()["rule"]
    ]
    unknown = [
        f"{rule.rule}: {name}"
        for rule in rules
        for name, _, _ in rule.terms
        if (rule.activity, name) not in possible_rows()
    ]
    if unknown:
        raise ValueError(f"possible.toml: no row for {', '.join(unknown)}")
    return tuple(rules)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("posture.measures").joinpath("possible.toml").read_text("utf-8"))


def is_possible(name: str, activity: Activity, value: float, sd: float = 0.0) -> bool:
    """Return whether a living adult can have this value, or one that reads so within its error.

    Needs
        A row for the measure; NaN says nothing and breaks nothing. The error `sd` counts only
        where truth may lie on the bound itself: the other ranges are wide enough as they are.
    Source
        possible.toml.
    """
    row = _row(name, activity)
    may = _WITHIN_SD * sd
    low = row.low - (may if row.at_bound in {"low", "both"} else 0.0)
    high = row.high + (may if row.at_bound in {"high", "both"} else 0.0)
    return not (value < low or value > high)


def _row(name: str, activity: Activity) -> PossibleRow:
    try:
        return possible_rows()[activity, name]
    except KeyError:
        raise ValueError(f"{name}: no row for {activity.value} in possible.toml") from None


def only_possible(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return measures of one clip with nothing among them that no body can have.

    A value beyond a bound by less than its error is put on it and marked. One further out is
    missing, and with it what is read off the same thing on the same side. Measures that
    contradict each other are missing. Where most of what an activity gave is so, none of it is
    given.

    Needs
        All measures of a segment, or of the clip, each with its segment or none.
    Source
        possible.toml.
    """
    found = [_on_bound(measure) for measure in measures]
    broken = {i: _impossible(m) for i, m in enumerate(found) if not _can_be(m)}
    for i in tuple(broken):
        for j, other in enumerate(found):
            if j not in broken and _is_read_with(found[i], other):
                broken[j] = Reason("read_with_impossible")
    for places in _together(found):
        known = {i for i in places if i not in broken and _is_known(found[i])}
        for rule in possible_rules():
            for terms in _terms_of(rule, found, known):
                if not rule.holds([found[i] for i in terms]):
                    broken |= {i: Reason("impossible_together") for i in terms if i not in broken}
    for places in _together(found):
        counted = [i for i in places if _is_known(found[i]) and found[i].unit != "count"]
        lost = [i for i in counted if i in broken]
        if len(counted) >= _FEWEST and len(lost) > _MOST * len(counted):
            broken |= {i: Reason("impossible_activity") for i in places if _is_known(found[i])}
    return tuple(_without(m, broken[i]) if i in broken else m for i, m in enumerate(found))


def is_withheld(measures: Sequence[Measure]) -> bool:
    """Return whether nothing of a segment is given because most of it was impossible.

    Needs
        The measures of one segment, as `only_possible` returns them.
    """
    return any(m.reason is not None and m.reason.code == "impossible_activity" for m in measures)


def _is_known(measure: Measure) -> bool:
    return measure.quality is not Quality.MISSING


def _can_be(measure: Measure) -> bool:
    """Say whether a value is possible; of a measure that no longer exists nothing is known."""
    if (measure.activity, measure.name) not in possible_rows():
        return True
    return is_possible(measure.name, measure.activity, measure.value)


def _on_bound(measure: Measure) -> Measure:
    """Put a value on its bound that lies beyond it by no more than its error, and say so."""
    if _can_be(measure) or not math.isfinite(measure.sd):
        return measure
    if not is_possible(measure.name, measure.activity, measure.value, measure.sd):
        return measure
    row = _row(measure.name, measure.activity)
    marked = measure.quality is Quality.SUSPECT
    return replace(
        measure,
        value=min(max(measure.value, row.low), row.high),
        quality=Quality.SUSPECT,
        reason=measure.reason if marked else Reason("at_bound"),
    )


def _impossible(measure: Measure) -> Reason:
    code = "impossible_share" if measure.unit in _SHARES else "impossible_value"
    return Reason(code, {"value": measure.value})


_SHARES = {"frac", "leg_length", "body_height"}  # said in per cent


def _is_read_with(broken: Measure, other: Measure) -> bool:
    """Say whether another measure was read off what gave an impossible value."""
    return (
        _is_known(other)
        and (other.activity, other.segment) == (broken.activity, broken.segment)
        and (other.side is broken.side or Side.BOTH in {other.side, broken.side})
        and _reading(other) == _reading(broken)
    )


def _reading(measure: Measure) -> str | None:
    row = possible_rows().get((measure.activity, measure.name))
    return None if row is None else row.reading


def _together(measures: Sequence[Measure]) -> list[list[int]]:
    """Return the places of the measures of each segment and of each activity over all of them."""
    groups: dict[tuple[Activity, int | None], list[int]] = {}
    for i, measure in enumerate(measures):
        groups.setdefault((measure.activity, measure.segment), []).append(i)
    return list(groups.values())


def _terms_of(
    rule: PossibleRule, measures: Sequence[Measure], places: Collection[int]
) -> list[list[int]]:
    """Return the places of a rule's terms, once for each leg that has all of them."""
    by_name = {
        (measures[i].name, measures[i].side): i
        for i in sorted(places)
        if measures[i].activity is rule.activity
    }
    found = []
    is_of_a_leg = any(side == "same" for _, side, _ in rule.terms)
    for leg in (Side.LEFT, Side.RIGHT) if is_of_a_leg else (Side.BOTH,):
        terms = [
            by_name.get((name, leg if told == "same" else Side(told)))
            for name, told, _ in rule.terms
        ]
        if None not in terms:
            found.append([i for i in terms if i is not None])
    return found


def _without(measure: Measure, reason: Reason) -> Measure:
    return replace(
        measure, value=math.nan, spread={}, quality=Quality.MISSING, reason=reason, expected=None
    )
