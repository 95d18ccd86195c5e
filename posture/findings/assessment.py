"""Measures and answers of one person -> everything that is said about them."""

from __future__ import annotations

from collections.abc import Sequence

from posture.findings.answers import given, withheld_because
from posture.findings.backline import assess
from posture.findings.care import care_left_out, care_plan
from posture.findings.evidence import load_evidence
from posture.findings.same_person import held_back
from posture.types import Answers, Assessment, Measure, Reason


def assessment_of(
    measures: Sequence[Measure],
    answers: Answers | None = None,
    *,
    two_people: Reason | None = None,
) -> Assessment:
    """Return findings, verdict and care; nothing of them where the answers name a red flag.

    With a reason to think that the measures are those of `two_people` there is no verdict.

    Source
        docs/method.md, sections 6 and 8.
    """
    answers = answers or Answers()
    table = load_evidence()
    findings, verdict = assess(measures, table, answers)
    if two_people is not None:
        findings, verdict = held_back(findings, verdict, two_people)
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
