"""Measures and answers of one person -> everything that is said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posture.findings.answers import given, withheld_because
from posture.findings.backline import assess
from posture.findings.care import care_left_out, care_plan
from posture.findings.evidence import load_evidence
from posture.findings.own_gait import marked
from posture.findings.same_person import held_back, two_people
from posture.measures.bend_variants import with_gains
from posture.measures.facts import not_one_person
from posture.measures.passes import without_parts
from posture.types import Answers, Assessment, Fact, Measure, Reason


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
    *,
    facts: Sequence[Sequence[Fact]] = (),
) -> Together:
    """Return the measures of several clips with what only all of them tell, judged as one person's.

    `measures` come with the index of their clip; `bodies` are the clips' proportions, or empty
    where nobody doubts that they show one person; `files` are their names; `facts` what each clip
    is like, or empty.

    Source
        docs/method.md, section 6.
    """
    gained = with_gains(measures)
    told = facts or [()] * len(files)
    within = (not_one_person(of_clip) for of_clip in told if bodies)
    two = next((reason for reason in within if reason is not None), two_people(bodies, files))
    judged = [
        measure
        for number, of_clip in enumerate(told)
        for measure in marked(without_parts([m for clip, m in gained if clip == number]), of_clip)
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
    facts: Sequence[Fact] = (),
) -> Assessment:
    """Return findings, verdict and care; nothing of them where the answers name a red flag.

    With a reason to think that the measures are those of `two` people there is no verdict; where
    they are one clip's, `facts` says what it is like, and may be that reason.

    Source
        docs/method.md, sections 6 and 8.
    """
    answers = answers or Answers()
    table = load_evidence()
    findings, verdict = assess(marked(measures, facts), table, answers)
    two = two or not_one_person(facts)
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
