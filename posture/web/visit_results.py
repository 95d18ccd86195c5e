"""What the recordings of one visit add up to, read from what was stored of each analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from posture.findings.answers import usable_answers
from posture.findings.assessment import judged_together
from posture.formats.clip import facts_of
from posture.formats.measures import measures_of, spans_of
from posture.formats.plain import Record
from posture.measures.facts import not_one_person
from posture.store import Recording, Store
from posture.types import (
    Assessment,
    Measure,
)
from posture.web.responses import Refused

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
    return results_from(store.recordings.of_visit(visit_id), store.visits.get(visit_id).answers)


def results_needed(store: Store, visit_id: str) -> VisitResults:
    """Return the same where there has to be something.

    Raises
    ------
    StoreTrouble
        No such visit.
    Refused
        None of its recordings is finished (not_analysed_yet).
    """
    found = results_of(store, visit_id)
    if found is None:
        raise Refused("not_analysed_yet", status=HTTPStatus.NOT_FOUND)
    return found


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
        spans_s=tuple(span for result in results for span in spans_of(result)),
        assessment=found.assessment,
    )


def _proportions(analysis: Record) -> Mapping[str, float]:
    """Return how the body of an analysis is built; results of earlier versions do not say."""
    return {name: value for name, value in analysis.get("proportions", {}).items() if value}


def _file(analysis: Record) -> str:
    return str(analysis.get("clip", {}).get("file", ""))


_AFTER_CARE = {"forward_bend_after"}  # shows what care did, not how the client came in


def headline_measures_of(analysis: Record) -> tuple[Measure, ...]:
    """Return the measures of an analysis.json that may stand for the client; none of a mixture."""
    return measures_of(analysis) if not_one_person(facts_of(analysis)) is None else ()
