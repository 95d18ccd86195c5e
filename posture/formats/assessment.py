"""Findings, verdict, care and answers in analysis.json and session.json."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NotRequired, TypedDict, cast

from posture.findings.answers import usable_answers
from posture.findings.care import load_plans
from posture.formats.clip import SideName
from posture.formats.measures import MeasureRecord
from posture.formats.plain import (
    ReasonRecord,
    Record,
    known,
    number,
    read_reason,
    reason_of,
    reason_or_null,
    reason_record,
    reasons,
)
from posture.outputs.words import load_words, sentence
from posture.types import (
    Answers,
    Assessment,
    CareStep,
    Evidence,
    Expected,
    Finding,
    Label,
    Level,
    Link,
    Measure,
    Reason,
    Side,
    Verdict,
)
from posture.types.clip import ActivityName

LinkName = Literal["sole", "calf", "hamstring", "pelvis", "back", "head"]


class ExpectedRecord(TypedDict):
    """What a sign would be in people, and how much it may count."""

    free: float | None
    restricted: float | None
    people_sd: float | None
    weight: float | None
    cap: float | None
    source: str


class EvidenceRecord(TypedDict):
    """What one measure did to the odds of one link."""

    measure: str
    activity: ActivityName
    side: SideName
    contribution_nats: float | None
    expected: ExpectedRecord | None
    without: NotRequired[float | None]  # this and the following: after 0.1.0
    place: NotRequired[int | None]  # of the measure among `measures`
    own: NotRequired[MeasureRecord | None]  # the measure, where it is none of them


class FindingRecord(TypedDict):
    """What one link of the back line looks like."""

    link: LinkName
    side: SideName
    level: Literal["suggested", "possible", "not_suggested", "cannot_tell"]
    probability: float | None
    because: ReasonRecord
    evidence: list[EvidenceRecord]
    next_test: ReasonRecord | None
    prior: float | None
    turning_point: ReasonRecord | None
    notes: list[ReasonRecord]


class VerdictRecord(TypedDict):
    """The findings in one word."""

    label: Literal["hamstring", "calf", "back_line", "lumbar", "none", "inconclusive"]
    lumbar_compensation: bool
    because: ReasonRecord
    next_test: ReasonRecord | None


class CareRecord(TypedDict):
    """One thing to do, how much of it and when to stop."""

    step: int
    link: LinkName
    en: str
    ja: str
    what: NotRequired[ReasonRecord]  # after 0.1.0
    dose: ReasonRecord
    stop_if: ReasonRecord
    note: ReasonRecord | None


class AnswersRecord(TypedDict, total=False):
    """What client and trainer said; what was not answered is left out."""

    age: float
    sex: Literal["female", "male"]
    pain: float
    red_flags: list[str]
    conditions: list[str]
    habits: list[str]
    said: list[str]
    touch: dict[str, str]


class AssessmentRecord(TypedDict):
    """What the measures of one person add up to."""

    findings: list[FindingRecord]
    verdict: VerdictRecord
    withheld: ReasonRecord | None
    answers: AnswersRecord
    probability_calibrated_on: str
    care_left_out: list[ReasonRecord]
    care: list[CareRecord]


# Where a measure stands among those of the file, or how it is written if it is none of them.
Placed = Callable[[Measure], tuple[int | None, MeasureRecord | None]]


def assessment_record(assessment: Assessment, placed: Placed | None = None) -> AssessmentRecord:
    """Return findings, verdict and care as the objects of analysis.json and session.json.

    `placed` says where the measures of the evidence are found in the same file.
    """
    verdict = assessment.verdict
    return {
        "findings": [_finding_record(finding, placed) for finding in assessment.findings],
        "verdict": {
            "label": verdict.label.value,
            "lumbar_compensation": verdict.lumbar_compensation,
            "because": reason_record(verdict.because),
            "next_test": reason_or_null(verdict.next_test),
        },
        "withheld": reason_or_null(assessment.withheld),
        "answers": _answers_record(assessment.answers),
        "probability_calibrated_on": "simulated bodies",
        "care_left_out": [reason_record(reason) for reason in assessment.care_left_out],
        "care": [
            {
                "step": step.step,
                "link": step.link.value,
                "en": sentence(step.what, "en"),
                "ja": sentence(step.what, "ja"),
                "what": reason_record(step.what),
                "dose": reason_record(step.dose),
                "stop_if": reason_record(step.stop_if),
                "note": reason_or_null(step.note),
            }
            for step in assessment.care
        ],
    }


def read_assessment(analysis: Record, measures: Sequence[Measure], own: ReadsOwn) -> Assessment:
    """Read what the measures of an analysis.json added up to.

    `own` reads a measure that is none of the file's.
    """
    verdict = analysis["verdict"]
    return Assessment(
        findings=tuple(_read_finding(entry, measures, own) for entry in analysis["findings"]),
        verdict=Verdict(
            label=Label(verdict["label"]),
            lumbar_compensation=verdict["lumbar_compensation"],
            because=read_reason(verdict["because"]),
            next_test=reason_of(verdict["next_test"]),
        ),
        care=tuple(step for step in map(_read_care, analysis["care"]) if step is not None),
        care_left_out=reasons(analysis["care_left_out"]),
        answers=usable_answers(analysis["answers"]),
        withheld=reason_of(analysis["withheld"]),
    )


ReadsOwn = Callable[[Record], Measure]


def _finding_record(finding: Finding, placed: Placed | None) -> FindingRecord:
    return {
        "link": finding.link.value,
        "side": finding.side.value,
        "level": finding.level.value,
        "probability": number(finding.probability),
        "because": reason_record(finding.because),
        "evidence": [_evidence_record(evidence, placed) for evidence in finding.evidence],
        "next_test": reason_or_null(finding.next_test),
        "prior": number(finding.prior),
        "turning_point": reason_or_null(finding.turning_point),
        "notes": [reason_record(note) for note in finding.notes],
    }


def _read_finding(entry: Record, measures: Sequence[Measure], own: ReadsOwn) -> Finding:
    found = [_read_evidence(one, measures, own) for one in entry["evidence"]]
    return Finding(
        link=Link(entry["link"]),
        side=Side(entry["side"]),
        level=Level(entry["level"]),
        probability=entry["probability"],
        because=read_reason(entry["because"]),
        evidence=tuple(one for one in found if one is not None),
        next_test=reason_of(entry["next_test"]),
        prior=entry["prior"],
        turning_point=reason_of(entry["turning_point"]),
        notes=reasons(entry["notes"]),
    )


def _evidence_record(evidence: Evidence, placed: Placed | None) -> EvidenceRecord:
    measure = evidence.measure
    record: EvidenceRecord = {
        "measure": measure.name,
        "activity": measure.activity.value,
        "side": measure.side.value,
        "contribution_nats": number(evidence.contribution_nats),
        "expected": _expected_record(evidence.expected),
        "without": number(evidence.without),
    }
    if placed is not None:
        record["place"], record["own"] = placed(measure)
    return record


def _read_evidence(entry: Record, measures: Sequence[Measure], own: ReadsOwn) -> Evidence | None:
    """Read one sign; of version 0.1 the first measure of its name, activity and side."""
    if entry.get("own") is not None:
        measure = own(entry["own"])
    elif entry.get("place") is not None:
        measure = measures[entry["place"]]
    else:
        key = (entry["measure"], entry["activity"], entry["side"])
        alike = [m for m in measures if (m.name, m.activity.value, m.side.value) == key]
        if not alike:
            return None
        measure = alike[0]
    return Evidence(
        measure=measure,
        contribution_nats=known(entry["contribution_nats"]),
        expected=_read_expected(entry["expected"]),
        without=entry.get("without"),
    )


def _expected_record(expected: Expected | None) -> ExpectedRecord | None:
    if expected is None:
        return None
    return {
        "free": number(expected.free),
        "restricted": number(expected.restricted),
        "people_sd": number(expected.people_sd),
        "weight": number(expected.weight),
        "cap": number(expected.cap),
        "source": expected.source,
    }


def _read_expected(entry: Record | None) -> Expected | None:
    if entry is None:
        return None
    numbers = {
        name: known(entry[name]) for name in ("free", "restricted", "people_sd", "weight", "cap")
    }
    return Expected(**numbers, source=entry["source"])


def _answers_record(answers: Answers) -> AnswersRecord:
    """Write what was asked, without what was not; `said` and `touch` count in no probability."""
    given: dict[str, object] = {
        "age": answers.age,
        "sex": answers.sex,
        "pain": answers.pain,
        "red_flags": [*answers.red_flags],
        "conditions": [*answers.conditions],
        "habits": [*answers.habits],
        "said": [*answers.said],
        "touch": {link.value: felt for link, felt in answers.touch.items()},
    }
    kept = {name: value for name, value in given.items() if value not in (None, [], {})}
    return cast("AnswersRecord", kept)


def _read_care(entry: Record) -> CareStep | None:
    what = read_reason(entry["what"]) if "what" in entry else _exercise(entry["en"])
    if what is None:
        return None
    return CareStep(
        step=entry["step"],
        link=Link(entry["link"]),
        what=what,
        dose=read_reason(entry["dose"]),
        stop_if=read_reason(entry["stop_if"]),
        note=reason_of(entry["note"]),
    )


def _exercise(said: str) -> Reason | None:
    """Read an exercise from its sentence, which is all that version 0.1 wrote of it."""
    for exercise in (exercise for plan in load_plans() for exercise, _ in plan.steps):
        legs = ("legs_both", "legs_left_first", "legs_right_first")
        ways = [{"legs": leg} for leg in legs] if exercise.link is Link.CALF else [{}]
        for reason in (Reason(exercise.what, values) for values in ways):
            if said in {sentence(reason, "en"), _as_in_0_1(reason)}:
                return reason
    return None


def _as_in_0_1(reason: Reason) -> str:
    """Return how version 0.1 said an exercise that is said otherwise now; empty for the others."""
    terms = load_words("en").tables["terms"]
    values = {name: terms[str(value)] for name, value in reason.values.items()}
    return _SAID_IN_0_1.get(reason.code, "").format(**values)


_SAID_IN_0_1 = {
    "care_calf_straight": "Calf stretch at the wall, rear knee straight, heel down ({legs}).",
    "care_calf_bent": "Calf stretch at the wall, rear knee bent, heel down ({legs}).",
    "care_heel_drops": "Heel drops on a step: up on both feet, slowly down ({legs}).",
    "care_hamstring_hinge": "Hamstring stretch: heel forward on the floor, hinge at the hips with "
    "a long back, each leg.",
    "care_figure_four": "Figure-4 stretch for the glutes: ankle over the other knee, draw the leg "
    "closer, each side.",
    "care_hip_hinge": "Hip hinge drill: push the hips back, keep the back long, come up again.",
    "care_cat_cow": "Cat-cow on hands and knees: round and hollow the back slowly.",
    "care_childs_pose": "Child's pose: sit back on the heels, arms forward, let the back lengthen.",
}
