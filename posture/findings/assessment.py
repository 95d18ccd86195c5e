"""Measures and answers of one person -> everything that is said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posture.findings.answers import given, withheld_because
from posture.findings.backline import assess
from posture.findings.care import care_left_out, care_plan
from posture.findings.evidence import load_evidence
from posture.findings.same_person import held_back, two_people
from posture.measures.bend_variants import with_gains
from posture.measures.passes import without_parts
from posture.types import Answers, Assessment, Measure, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What several clips of one person add up to."""

    measures: tuple[tuple[int, Measure], ...]  # index of the clip, measure
    assessment: Assessment
    two_people: Reason | None  # why they may not be one person's


def judged_together(
    measures: Sequence[tuple[int, Measure]],
    bodies: Sequence[Mapping[str, float]],
    files: Sequence[str],
    answers: Answers | None = None,
) -> Together:
    """Return the measures of several clips with what only all of them tell, judged as one person's.

    `measures` come with the index of their clip; `bodies` are the clips' proportions, or empty
    where nobody doubts that they show one person; `files` are their names.

    Source
        docs/method.md, section 6.
    """
    gained = with_gains(measures)
    two = two_people(bodies, files)
    judged = [
        measure
        for number in range(len(files))
        for measure in without_parts([m for clip, m in gained if clip == number])
    ]
    return Together(
        measures=gained,
        assessment=assessment_of(judged, answers, two=two),
        two_people=two,
    )


def assessment_of(
    measures: Sequence[Measure],
    answers: Answers | None = None,
    *,
    two: Reason | None = None,
) -> Assessment:
    """Return findings, verdict and care; nothing of them where the answers name a red flag.

    With a reason to think that the measures are those of `two` people there is no verdict.

    Source
        docs/method.md, sections 6 and 8.
    """
    answers = answers or Answers()
    table = load_evidence()
    findings, verdict = assess(measures, table, answers)
    if two is not None:
        findings, verdict = held_back(findings, verdict, two)
    withheld = withheld_because(answers, table.rules)
    told = given(answers, table.rules)
    return Assessment(
        findings=findings,
        verdict=verdict,
        care=() if withheld else care_plan(findings, verdict, given=told),
        care_left_out=() if withheld else care_left_out(verdict, told),
        answers=answers,
        withheld=withheld,
    )
