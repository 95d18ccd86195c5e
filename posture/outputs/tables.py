"""The terminal's table and measures.csv."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from posture.outputs.corrections import correction_note
from posture.outputs.facts import fact_lines, in_short
from posture.outputs.numbers import bounds, chance, number, usual_at_speed
from posture.outputs.words import Words, sentence
from posture.types import (
    Analysis,
    Assessment,
    Finding,
    Level,
    Link,
    Measure,
    Quality,
    Side,
)

# Colour never speaks alone: each level has its sign too.
LEVEL_SIGNS = {
    Level.SUGGESTED: "!",
    Level.POSSIBLE: "?",
    Level.NOT_SUGGESTED: "✓",
    Level.CANNOT_TELL: "–",  # noqa: RUF001 - a dash, on purpose
}
_LEVEL_STYLES = {
    Level.SUGGESTED: "bold bright_red",
    Level.POSSIBLE: "yellow",
    Level.NOT_SUGGESTED: "green",
    Level.CANNOT_TELL: "dim",
}

CSV_COLUMNS = (
    "name",
    "activity",
    "segment",
    "side",
    "value",
    "unit",
    "sd",
    "quality",
    "reason",
    "start_s",
    "end_s",
    "spread",
    "uncorrected",
)


def analysis_table(analysis: Analysis, words: Words) -> RenderableType:
    """Return everything that a terminal can show of one clip: every measure, every note."""
    notes = (Text(told, style="yellow") for told in warning_lines(analysis, words))
    return Group(
        _headline(analysis, words),
        measure_table(analysis, words),
        *(Padding(note, (0, 0, 0, 2)) for note in notes),
    )


def warning_lines(analysis: Analysis, words: Words) -> tuple[str, ...]:
    """Return what the reader should know, one line each: what the clip is like comes first.

    What a fact says is not said once more by a warning.
    """
    facts = {fact.reason.code for fact in analysis.facts}
    by_hand = correction_note(analysis.corrections, words)
    warned = (
        " ".join(
            words.sentence(reason)
            for reason in (notice.message, notice.what_to_do)
            if reason is not None
        )
        for notice in analysis.warnings
        if notice.message.code not in facts
    )
    return (*fact_lines(analysis, words), *filter(None, [by_hand]), *warned)


def activities(analysis: Analysis, words: Words) -> str:
    """Return what was seen, in the order of the clip."""
    names = [words.term(segment.activity.value) for segment in analysis.segments]
    return ", ".join(dict.fromkeys(names)) or words.ui("not_found")


def person_line(analysis: Analysis, words: Words) -> str:
    """Return who was measured and why."""
    person = analysis.person
    because = words.sentence(person.chosen_because)
    return words.ui("person", number=person.number, count=person.count_seen, because=because)


def _headline(analysis: Analysis, words: Words) -> RenderableType:
    told = Text()
    told.append(analysis.clip.file, style="bold")
    told.append(f"  {activities(analysis, words)}  ")
    told.append(person_line(analysis, words), style="dim")
    return told


def measure_table(analysis: Analysis, words: Words) -> Table:
    """Return the measures with value, error, usual range and remark."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(words.ui("measure"), overflow="fold")
    table.add_column(words.ui("side"), style="dim")
    table.add_column(words.ui("value"), justify="right", no_wrap=True)
    table.add_column(words.ui("note"), style="dim", overflow="fold")
    previous = None
    for measure in analysis.measures:
        if previous is not None and measure.activity is not previous:
            table.add_section()
        previous = measure.activity
        style = {Quality.MISSING: "dim", Quality.SUSPECT: "yellow"}.get(measure.quality, "")
        table.add_row(
            words.of("measures", measure.name),
            words.term(measure.side.value),
            Text(number(measure, words), style=style),
            remark(measure, words),
        )
    return table


def why_marked(measure: Measure, words: Words) -> str:
    """Return why a number is marked; what the clip is like is named in short."""
    if measure.reason is None:
        return ""
    return in_short(measure.reason, words) or words.sentence(measure.reason)


def uncorrected_number(measure: Measure, words: Words) -> str:
    """Return what was measured before somebody corrected by hand, without its error."""
    before = math.nan if measure.uncorrected is None else measure.uncorrected
    if math.isnan(before):
        return words.ui("not_measured")
    shown = replace(measure, value=before, quality=Quality.GOOD)
    return number(shown, words, with_error=False)


def corrected_line(measure: Measure, words: Words) -> str:
    """Return that a number rests on what somebody corrected, and what was measured before."""
    if measure.uncorrected is None:
        return ""
    if math.isnan(measure.uncorrected):
        return words.ui("corrected_by_hand_none")
    return words.ui("corrected_by_hand", value=uncorrected_number(measure, words))


def remark(measure: Measure, words: Words, said: Collection[str] = ()) -> str:
    """Return why a number is marked, unless that is `said` already, and where it usually lies."""
    why = why_marked(measure, words)
    parts = [why] if why and why not in said else []
    parts += [by_hand] if (by_hand := corrected_line(measure, words)) else []
    reference, expected = measure.reference, measure.expected
    if measure.quality is Quality.MISSING:
        return "; ".join(parts)
    if expected is not None:
        parts.append(usual_at_speed(expected, words))
    if reference is not None and (expected is None or reference.status == "verified"):
        parts.append(bounds(reference, words))
    return "; ".join(parts)


def assessment_table(assessment: Assessment, words: Words) -> RenderableType:
    """Return the findings, the verdict and the next test."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(words.ui("finding"))
    table.add_column(words.ui("level"), no_wrap=True)
    table.add_column(words.ui("probability"), justify="right")
    table.add_column(words.ui("why"), overflow="fold", ratio=1)
    for finding in assessment.findings:
        style = _LEVEL_STYLES[finding.level]
        level = f"{LEVEL_SIGNS[finding.level]} {level_name(finding, words)}"
        told = chance(finding.probability, words) if finding.probability is not None else ""
        table.add_row(
            link_name(finding, words),
            Text(level, style=style),
            told,
            words.sentence(finding.because),
        )
    verdict = assessment.verdict
    last = Text(words.sentence(verdict.because))
    if verdict.next_test is not None:
        last.append(f" {words.sentence(verdict.next_test)}")
    parts: list[RenderableType] = [table, last]
    if any(finding.probability is not None for finding in assessment.findings):
        parts.append(Text(f"{words.ui('probability')}: {words.ui('calibrated')}", style="dim"))
    return Group(*parts, Text(words.ui("not_a_diagnosis"), style="dim"), Text(""))


def level_name(finding: Finding, words: Words) -> str:
    """Return a finding's level; links that are never judged say so."""
    described = {"pelvis_described", "head_described"}
    if finding.because.code in described:
        return words.ui("described")
    if finding.because.code == "sole_not_seen":
        return words.ui("not_seen")
    return words.of("levels", finding.level.value)


def link_name(finding: Finding, words: Words) -> str:
    """Return a link's name, with its side where it has one."""
    name = words.of("links", finding.link.value)
    if finding.link is Link.CALF and finding.side is not Side.BOTH:
        name = f"{name} ({words.term(finding.side.value)})"
    return name


def measures_csv(analysis: Analysis) -> str:
    """Return measures.csv: one row a measure, in file units; empty where unknown."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    time_s = analysis.landmarks.time_s
    for measure in analysis.measures:
        writer.writerow(_csv_row(measure, [float(t) for t in time_s]))
    return text.getvalue()


def _csv_row(measure: Measure, time_s: Sequence[float]) -> list[str]:
    start, stop = measure.frames
    last = len(time_s) - 1
    return [
        measure.name,
        measure.activity.value,
        "" if measure.segment is None else str(measure.segment),
        measure.side.value,
        _cell(measure.value),
        measure.unit,
        _cell(measure.sd),
        measure.quality.value,
        sentence(measure.reason, "en") if measure.reason else "",
        _cell(time_s[min(start, last)]),
        _cell(time_s[min(max(stop - 1, start), last)]),
        " ".join(f"{cause}={sd:.6g}" for cause, sd in measure.spread.items()),
        uncorrected_cell(measure),
    ]


def uncorrected_cell(measure: Measure) -> str:
    """Return what was measured before a correction by hand; empty where nothing was corrected."""
    if measure.uncorrected is None:
        return ""
    return _cell(measure.uncorrected) or "missing"


def _cell(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else ""
