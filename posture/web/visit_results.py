"""What the recordings of one visit add up to, read from what was stored of each analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.findings.answers import usable_answers
from posture.findings.assessment import judged_together
from posture.findings.references import load_references, reference_for
from posture.measures.facts import not_one_person
from posture.measures.possible import only_possible
from posture.store import Recording, Store
from posture.types import (
    Activity,
    Assessment,
    Fact,
    FactKind,
    Measure,
    Quality,
    Reason,
    Reference,
    Side,
)

Record = Mapping[str, Any]  # an object of analysis.json

SAME_PERSON = "same_person"  # among a visit's answers: said to be one person for certain


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResults:
    """The finished recordings of a visit, judged together."""

    recordings: tuple[Recording, ...]  # those that are done, in order
    measures: tuple[tuple[int, Measure], ...]  # index of the recording, measure
    assessment: Assessment
    spans_s: tuple[tuple[float, float] | None, ...]  # from when to when each measure was taken
    told: tuple[bool, ...]  # whether a recording's numbers are one person's

    @property
    def headline_measures(self) -> tuple[Measure, ...]:
        """The measures that may stand for the client: those of recordings that are judged."""
        return tuple(measure for number, measure in self.measures if self.told[number])

    @property
    def all_measures(self) -> tuple[Measure, ...]:
        """The measures of all recordings."""
        return tuple(measure for _, measure in self.measures)


def results_of(store: Store, visit_id: str) -> VisitResults | None:
    """Return what the visit's finished recordings add up to; None before the first is finished."""
    return results_from(store.recordings(visit_id), store.visit(visit_id).answers)


def results_from(
    recordings: tuple[Recording, ...], answers: Record | None = None
) -> VisitResults | None:
    """Return what recordings add up to; None where none of them is finished.

    The measures are those of analysis.json, so no landmarks are read again: inference takes
    measures, never a clip.
    """
    done = tuple(r for r in recordings if r.result is not None and r.step not in _AFTER_CARE)
    if not done:
        return None
    results: list[Record] = [recording.result or {} for recording in done]
    is_sure = (answers or {}).get(SAME_PERSON) is True
    found = judged_together(
        [(number, m) for number, result in enumerate(results) for m in measures_of(result)],
        [] if is_sure else [_proportions(result) for result in results],
        [_file(result) for result in results],
        usable_answers(answers or {}),
        facts=[facts_of(result) for result in results],
    )
    return VisitResults(
        recordings=done,
        measures=found.measures,
        told=tuple(not_one_person(facts_of(result)) is None for result in results),
        spans_s=tuple(_span(entry) for result in results for entry in _measured(result)),
        assessment=found.assessment,
    )


def _proportions(analysis: Record) -> Mapping[str, float]:
    """Return how the body of an analysis is built; results of earlier versions do not say."""
    return {name: value for name, value in analysis.get("proportions", {}).items() if value}


def _file(analysis: Record) -> str:
    return str(analysis.get("clip", {}).get("file", ""))


_AFTER_CARE = {"forward_bend_after"}  # shows what care did, not how the client came in


def measures_of(analysis: Record) -> tuple[Measure, ...]:
    """Return the measures of an analysis.json, with the reference ranges of today's table.

    What an earlier version let through leaves as little as what today's gives: no value that no
    body has, and nothing of a walk that was noted as not measured.
    """
    rows = load_references()
    return only_possible([_measure(entry, rows) for entry in _measured(analysis)])


def _measured(analysis: Record) -> Sequence[Record]:
    """Return the entries of what was measured and is not noted as not measured."""
    noted = {entry.get("code") for entry in analysis.get("warnings", ())}
    found: Sequence[Record] = analysis.get("measures", ())
    if "running_seen" not in noted:
        return found
    return [entry for entry in found if entry["activity"] != Activity.WALKING.value]


def facts_of(analysis: Record) -> tuple[Fact, ...]:
    """Return what the clip of an analysis.json is like; earlier versions did not look."""
    return tuple(
        Fact(
            kind=FactKind(entry["kind"]),
            reason=_reason(entry["reason"]),
            spans_s=tuple((float(start), float(end)) for start, end in entry["spans_s"]),
            probability=float(entry["probability"]),
            what_to_do=reason_of(entry["what_to_do"]),
        )
        for entry in analysis.get("facts", ())
    )


def headline_measures_of(analysis: Record) -> tuple[Measure, ...]:
    """Return the measures of an analysis.json that may stand for the client; none of a mixture."""
    return measures_of(analysis) if not_one_person(facts_of(analysis)) is None else ()


def _measure(entry: Record, rows: Sequence[Reference]) -> Measure:
    value, activity = entry["value"], Activity(entry["activity"])
    return Measure(
        name=entry["name"],
        activity=activity,
        side=Side(entry["side"]),
        value=math.nan if value is None else float(value),
        unit=entry["unit"],
        spread={cause: _known(sd) for cause, sd in entry["spread"].items()},
        segment=entry["segment"],
        quality=Quality(entry["quality"]),
        reason=reason_of(entry["reason"]),
        reference=reference_for(entry["name"], activity, rows),
    )


def _span(entry: Record) -> tuple[float, float] | None:
    """Return from when to when a measure was taken; earlier versions did not write it down."""
    start, end = entry.get("start_s"), entry.get("end_s")
    return None if start is None or end is None else (float(start), float(end))


def _known(sd: float | None) -> float:
    """Return an uncertainty; JSON has no word for infinite and says null."""
    return math.inf if sd is None else float(sd)


def reason_of(entry: Record | None) -> Reason | None:
    """Return a reason as it was before it was said in both languages."""
    return None if entry is None else _reason(entry)


def _reason(entry: Record) -> Reason:
    return Reason(entry["code"], dict(entry["values"]))
