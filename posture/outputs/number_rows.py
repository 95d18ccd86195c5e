"""The numbers of a visit in words, each with its error and the range it usually lies in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from posture.outputs.changes import followed
from posture.outputs.charts import whisker_svg
from posture.outputs.facts import in_short
from posture.outputs.numbers import bounds, number
from posture.outputs.tables import corrected_line, remark
from posture.outputs.words import Words
from posture.types import Measure, Quality, Side

_OFTEN = 2  # ours; what marks more numbers than one is read once, above them


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One number with its error."""

    name: str
    side: str
    told: str
    usual: str
    remark: str
    quality: str
    by_hand: str  # that it rests on what was corrected by hand; empty where it does not
    chart: Markup  # dot and whisker on the usual range; empty where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberGroup:
    """Numbers beside each other, of one activity or of a whole visit."""

    name: str
    rows: tuple[NumberRow, ...]
    said: tuple[str, ...]  # what marks several of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What could not be measured, and how to film it so that it can be."""

    names: tuple[str, ...]
    reason: str


def headline_rows(measures: Sequence[Measure], words: Words) -> NumberGroup:
    """Return the numbers that stand for a visit, in words."""
    chosen = followed(measures)
    return _group("", [_number(m, words, side) for (_, _, side), m in chosen.items()], words)


def number_groups(measures: Sequence[Measure], words: Words) -> tuple[NumberGroup, ...]:
    """Return the numbers of a recording in words, test by test."""
    seen = [m for m in measures if m.quality is not Quality.MISSING]
    return tuple(
        _group(words.term(activity.value), [_number(m, words) for m in measured], words)
        for (_, activity), measured in groupby(seen, key=lambda m: (m.segment, m.activity))
    )


def _group(name: str, rows: Sequence[NumberRow], words: Words) -> NumberGroup:
    """Return rows; what marks several of them is said once, and the rows point to it."""
    times = Counter(row.remark for row in rows if row.quality == Quality.SUSPECT.value)
    said = tuple(why for why, count in times.items() if why and count >= _OFTEN)
    above = words.of("web", "pages_note_above")
    return NumberGroup(
        name=name,
        said=said,
        rows=tuple(
            replace(row, remark=above)
            if row.quality == Quality.SUSPECT.value and row.remark in said
            else row
            for row in rows
        ),
    )


def missing_of(measures: Sequence[Measure], words: Words) -> tuple[Missing, ...]:
    """Return what no recording of the visit could measure, one entry a reason."""
    there = {(m.name, m.side) for m in measures if m.quality is not Quality.MISSING}
    reasons: dict[str, list[str]] = {}
    for measure in measures:
        if (measure.name, measure.side) in there or measure.reason is None:
            continue
        names = reasons.setdefault(words.sentence(measure.reason), [])
        name = words.of("measures", measure.name)
        if name not in names:
            names.append(name)
    return tuple(Missing(names=tuple(names), reason=why) for why, names in reasons.items())


def _number(measure: Measure, words: Words, side: Side | None = None) -> NumberRow:
    reference, side = measure.reference, side or measure.side
    return NumberRow(
        name=words.of("measures", measure.name),
        side="" if side is Side.BOTH else words.term(side.value),
        told=number(measure, words),
        usual=bounds(reference, words) if reference else "",
        remark=(in_short(measure.reason, words) or words.sentence(measure.reason))
        if measure.reason
        else remark(measure, words),
        quality=measure.quality.value,
        by_hand=corrected_line(measure, words),
        chart=Markup(whisker_svg(measure)),  # noqa: S704 - numbers only
    )
