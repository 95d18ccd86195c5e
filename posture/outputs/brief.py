"""What a terminal shows first: the finding, why, five numbers, what to do; on one screen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from posture.activities import PER_SIDE
from posture.findings.backline import WORTH_TELLING_NATS
from posture.outputs.changes import by_key
from posture.outputs.followed import SAME, TELLING
from posture.outputs.headline import headline, judged, leading
from posture.outputs.numbers import number, plain_number
from posture.outputs.tables import activities, link_name, person_line, warning_lines
from posture.outputs.why import strength_of
from posture.outputs.words import Words
from posture.types import (
    Analysis,
    Assessment,
    CareStep,
    Evidence,
    Label,
    Level,
    Measure,
    Quality,
    Reason,
    Reference,
    Session,
)

_REASONS, _NUMBERS, _STEPS, _NOTES = 3, 5, 2, 2  # ours; together they fit 80 by 24
_OPEN = {Level.POSSIBLE, Level.CANNOT_TELL}

_SHORT = {"pelvis_on_thigh_flexion", "peak_plantarflexion"}  # without what stands in brackets


def brief_of_clip(analysis: Analysis, words: Words, *, beside: bool = False) -> RenderableType:
    """Return what is said first of one clip; shorter where it stands beside a visit."""
    seen = [analysis.clip.file, activities(analysis, words)]
    if analysis.person.count_seen > 1:
        seen.append(person_line(analysis, words))
    return _brief(
        analysis.assessment,
        analysis.measures,
        " · ".join(seen),
        warning_lines(analysis, words),
        words,
        beside=beside,
    )


def brief_of_session(session: Session, words: Words, seen: str = "clips") -> RenderableType:
    """Return what is said first of several clips of one person; `seen` names what they are."""
    analyses = session.analyses
    kinds = dict.fromkeys(s.activity for analysis in analyses for s in analysis.segments)
    names = words.of("brief", "between").join(words.term(kind.value) for kind in kinds)
    about = words.of("brief", seen).format(count=len(analyses), seen=names)
    notes = [f"{a.clip.file}: {line}" for a in analyses for line in warning_lines(a, words)]
    measures = [measure for _, measure in session.measures]
    return _brief(session.assessment, measures, about, notes, words)


def _brief(
    assessment: Assessment,
    measures: Sequence[Measure],
    about: str,
    notes: Sequence[str],
    words: Words,
    *,
    beside: bool = False,
) -> RenderableType:
    signs = () if assessment.withheld else _signs(assessment)
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for code, told in (
        ("why", _why(assessment, signs, words)),
        ("numbers", _table(_numbers(measures, signs, words))),
        ("next", _next(assessment, words)),
        ("week", _week(assessment, words)),
        ("note", _notes(notes, words)),
        ("missing", _missing(measures, words)),
    ):
        if told is not None and not (beside and code in {"next", "week", "note"}):
            rows.add_row(words.of("brief", code), told)
    return Group(
        Text(headline(assessment, words), style="bold"),
        Text(about, style="dim", no_wrap=True, overflow="ellipsis"),
        rows,
        *([] if beside else [Text(words.ui("not_a_diagnosis"), style="dim")]),
    )


def _signs(assessment: Assessment) -> tuple[Evidence, ...]:
    """Return the signs that tell most of what the headline says."""
    named = leading(assessment)
    if assessment.verdict.label is Label.NONE or not named:
        against = [e for f in judged(assessment) for e in f.evidence[:1]]
        return _strongest(e for e in against if e.contribution_nats < -WORTH_TELLING_NATS)
    own = [e for finding in named for e in finding.evidence]
    for_it = _strongest(e for e in own if e.contribution_nats > WORTH_TELLING_NATS)
    return for_it or _strongest(own)


def _strongest(signs: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the strongest signs, each number once."""
    found: dict[str, Evidence] = {}
    for sign in sorted(signs, key=lambda e: -abs(e.contribution_nats)):
        found.setdefault(sign.measure.name, sign)
    return tuple(found.values())[:_REASONS]


def _why(assessment: Assessment, signs: Sequence[Evidence], words: Words) -> RenderableType | None:
    """Return the three reasons; where nothing was weighed, the sentence that says so."""
    if assessment.withheld is not None:
        told = (assessment.withheld, Reason("next_doctor"))
        return Text(" ".join(words.sentence(reason) for reason in told))
    if not signs:
        return Text(words.sentence(assessment.verdict.because))
    return _table(
        [(_name(s.measure, words), number(s.measure, words), _sign(s, words)) for s in signs]
    )


def _numbers(
    measures: Sequence[Measure], signs: Sequence[Evidence], words: Words
) -> list[tuple[str, str, str]]:
    """Return the key numbers that no reason has told yet."""
    said = {(sign.measure.name, sign.measure.activity) for sign in signs}
    found = by_key(measures)
    names = {name for name, _, _ in found} | {name for name, _ in said}
    wanted = [
        measure
        for row in TELLING
        for key, measure in found.items()
        if key[:2] == row and row not in said and SAME.get(row[0]) not in names
    ]
    return [
        (_name(m, words), number(m, words), _usual(m.reference, words) if m.reference else "")
        for m in wanted[:_NUMBERS]
    ]


def _sign(sign: Evidence, words: Words) -> str:
    """Say how strong a sign is; of those that speak against tightness, that they do."""
    way = "for" if sign.contribution_nats > 0 else "against"
    return words.of("brief", f"sign_{way}_{strength_of(sign.contribution_nats)}")


def _usual(reference: Reference, words: Words) -> str:
    """Write a range in short: the unit stands beside the value already."""
    low, high = (
        "" if math.isinf(end) else plain_number(end, reference.unit, words, with_unit=False)
        for end in (reference.low, reference.high)
    )
    kind = "usual" if reference.status == "verified" else "guide"
    code = kind if low and high else f"{kind}_from" if low else f"{kind}_to"
    return words.of("brief", code).format(low=low, high=high)


def _name(measure: Measure, words: Words) -> str:
    name = words.of("measures", measure.name)
    if measure.name in _SHORT:
        name = name.partition("(")[0].rstrip()
    return f"{name} ({words.term(measure.side.value)})" if measure.activity in PER_SIDE else name


def _table(rows: Sequence[tuple[str, str, str]]) -> RenderableType | None:
    if not rows:
        return None
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _next(assessment: Assessment, words: Words) -> RenderableType | None:
    """Return what to do next; with a verdict that is none, for the likeliest open link."""
    if assessment.withheld is not None:
        return None
    if assessment.verdict.next_test is not None:
        return Text(words.sentence(assessment.verdict.next_test))
    is_open = (f for f in judged(assessment) if f.level in _OPEN and f.next_test is not None)
    first = next(is_open, None)
    if first is None or first.next_test is None:
        return None
    link, test = link_name(first, words), words.sentence(first.next_test)
    return Text(words.of("brief", "next_of").format(link=link, test=test))


def _week(assessment: Assessment, words: Words) -> RenderableType | None:
    """Return the first exercises by their short names; before there is a finding, none."""
    is_open = assessment.verdict.label is Label.INCONCLUSIVE  # the next test comes first
    if assessment.withheld is not None or is_open or not assessment.care:
        return None
    told = [_step(step, words) for step in assessment.care[:_STEPS]]
    more = len(assessment.care) - len(told)
    code = "care_stop" if more < 1 else "care_stop_one" if more == 1 else "care_stop_more"
    return Text("\n".join([*told, words.of("brief", code).format(count=more)]))


def _step(step: CareStep, words: Words) -> str:
    short = words.tables["terms"].get(f"short_{step.what.code}")
    what = short[:1].upper() + short[1:] if short else words.sentence(step.what)
    told = words.of("brief", "care_name").format(what=what, dose=words.sentence(step.dose))
    return f"{told} {words.sentence(step.note)}" if step.note else told


def _notes(notes: Sequence[str], words: Words) -> RenderableType | None:
    told = [*notes[:_NOTES]]
    if len(notes) > _NOTES:
        told.append(words.of("brief", "more_notes").format(count=len(notes) - _NOTES))
    return Text("\n".join(told), style="yellow") if told else None


def _missing(measures: Sequence[Measure], words: Words) -> RenderableType | None:
    """Say in one line what could not be measured, and the commonest reason."""
    there = {(m.name, m.side): "" for m in measures if m.quality is not Quality.MISSING}
    gone = {
        (m.name, m.side): words.sentence(m.reason)
        for m in measures
        if (m.name, m.side) not in there and m.reason is not None
    }
    if not gone:
        return None
    ((reason, _),) = Counter(gone.values()).most_common(1)
    told = words.of("brief", "missing_one")
    told = told.format(count=len(gone), all=len(gone | there), reason=reason)
    return Text(told, style="dim")
