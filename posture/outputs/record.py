"""analysis.json and session.json: what other programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from posture.measures.rhythm import Rhythm, rhythms
from posture.outputs.words import LANGUAGES, sentence
from posture.types import (
    Analysis,
    Answers,
    Assessment,
    CycleCurve,
    Event,
    Expected,
    Fact,
    Finding,
    Measure,
    Notice,
    Person,
    Reason,
    Reference,
    Segment,
    Session,
    Usual,
    View,
    WalkSeen,
)

ANALYSIS_SCHEMA = "posture.analysis/1"
SESSION_SCHEMA = "posture.session/1"

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def analysis_json(analysis: Analysis) -> str:
    """Write an analysis; unknown numbers are null."""
    return _written(analysis_record(analysis))


def session_json(session: Session) -> str:
    """Write what several clips of one person add up to."""
    record: dict[str, Json] = {
        "schema": SESSION_SCHEMA,
        "made_with": _plain(session.analyses[0].made_with),
        "person": {"clips": len(session.analyses)},
        "clips": [
            {"file": a.clip.file, "sha256": a.clip.sha256, "duration_s": _number(a.clip.duration_s)}
            for a in session.analyses
        ],
        "measures": [
            {"clip": clip, **_measure(measure, session.analyses[clip])}
            for clip, measure in session.measures
        ],
        **assessment_record(session.assessment),
        "warnings": _notices(session.warnings),
    }
    return _written(record)


def analysis_record(analysis: Analysis) -> dict[str, Json]:
    """Return an analysis as the objects of analysis.json."""
    clip = analysis.clip
    return {
        "schema": ANALYSIS_SCHEMA,
        "made_with": _plain(analysis.made_with),
        "clip": {
            "file": clip.file,
            "sha256": clip.sha256,
            "duration_s": _number(clip.duration_s),
            "frames": clip.frames,
            "size_px": list(clip.size_px),
            "rotation_deg": clip.rotation_deg,
            "left_out": clip.left_out,
            "capture_hz": _number(clip.capture_hz),
        },
        "person": _person(analysis.person),
        "view": _view(analysis.view),
        "scale": {
            "px_per_m": _number(analysis.scale.px_per_m),
            "source": analysis.scale.source,
        },
        "facts": [_fact(fact) for fact in analysis.facts],
        "segments": [_segment(segment, analysis) for segment in analysis.segments],
        "events": [_event(event) for event in analysis.events],
        "walks": [_walk(walk) for walk in analysis.walks],
        "curves": [_curve(curve) for curve in analysis.curves],
        "measures": [_measure(measure, analysis) for measure in analysis.measures],
        "rhythm": [_rhythm(one) for one in rhythms(analysis.signals, analysis.events)],
        **assessment_record(analysis.assessment),
        "warnings": _notices(analysis.warnings),
        "proportions": {name: _number(value) for name, value in analysis.proportions.items()},
    }


def _fact(fact: Fact) -> Json:
    return {
        "kind": fact.kind.value,
        "reason": _reason(fact.reason),
        "spans_s": [[_number(start), _number(end)] for start, end in fact.spans_s],
        "probability": _number(fact.probability),
        "what_to_do": _reason(fact.what_to_do),
    }


def _notices(notices: Sequence[Notice]) -> Json:
    return [
        {
            "code": notice.message.code,
            "message": _reason(notice.message),
            "what_to_do": _reason(notice.what_to_do),
        }
        for notice in notices
    ]


def _written(record: Mapping[str, Json]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _plain(value: object) -> Json:
    """Return settings and versions as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return _number(value)
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)


def _reason(reason: Reason | None) -> Json:
    if reason is None:
        return None
    said: dict[str, Json] = {language: sentence(reason, language) for language in LANGUAGES}
    values = {name: _plain(value) for name, value in reason.values.items()}
    return {"code": reason.code, "values": values, **said}


def _person(person: Person) -> Json:
    return {
        "count_seen": person.count_seen,
        "number": person.number,
        "chosen_because": _reason(person.chosen_because),
        "seen_share": _number(person.seen_share),
        "people": [
            {
                "number": seen.number,
                "first_s": _number(seen.first_s),
                "last_s": _number(seen.last_s),
                "height_frac": _number(seen.height_frac),
                "travel_heights": _number(seen.travel_heights),
            }
            for seen in person.people
        ],
    }


def _view(view: View) -> dict[str, Json]:
    return {
        "facing": view.facing.value,
        "near_side": view.near_side.value if view.near_side else "unknown",
        "yaw_deg": _number(view.yaw_deg),
        "yaw_sd_deg": _number(view.yaw_sd_deg),
        "pitch_deg": _number(view.pitch_deg),
        "pitch_sd_deg": _number(view.pitch_sd_deg),
        "roll_deg": _number(view.roll_deg),
        "roll_sd_deg": _number(view.roll_sd_deg),
    }


def _seconds(frame: int, analysis: Analysis) -> float:
    time_s = analysis.landmarks.time_s
    return float(time_s[min(frame, len(time_s) - 1)])


def _segment(segment: Segment, analysis: Analysis) -> Json:
    return {
        "activity": segment.activity.value,
        "start_s": _seconds(segment.frames[0], analysis),
        "end_s": _seconds(segment.frames[1] - 1, analysis),
        "view": _view(segment.view),
    }


def _event(event: Event) -> Json:
    return {
        "kind": event.kind.value,
        "side": event.side.value,
        "time_s": _number(event.time_s),
        "sd_s": _number(event.sd_s),
    }


def _rhythm(rhythm: Rhythm) -> Json:
    """Return what hip and spine had given at each trunk flexion on the way down, degrees."""
    return {
        "segment": rhythm.segment,
        "trunk_flexion": [float(deg) for deg in rhythm.trunk_deg],
        **{name: [round(float(v), 2) for v in deg] for name, deg in rhythm.parts_deg.items()},
    }


def _measure(measure: Measure, analysis: Analysis) -> dict[str, Json]:
    return {
        "name": measure.name,
        "activity": measure.activity.value,
        "segment": measure.segment,
        "side": measure.side.value,
        "value": _number(measure.value),
        "unit": measure.unit,
        "sd": _number(measure.sd),
        "spread": {cause: _number(sd) for cause, sd in measure.spread.items()},
        "quality": measure.quality.value,
        "reason": _reason(measure.reason),
        "start_s": _seconds(measure.frames[0], analysis),
        "end_s": _seconds(max(measure.frames[1] - 1, measure.frames[0]), analysis),
        "reference": _reference(measure.reference),
        "expected": _usual(measure.expected),
    }


def _reference(reference: Reference | None) -> Json:
    if reference is None:
        return None
    return {
        "low": _number(reference.low),
        "high": _number(reference.high),
        "source": reference.source,
        "locator": reference.locator,
        "doi": reference.doi,
        "status": reference.status,
    }


def _usual(expected: Usual | None) -> Json:
    if expected is None:
        return None
    return {
        "low": _number(expected.low),
        "high": _number(expected.high),
        "phase": _number(expected.phase),
        "speed": _number(expected.speed),
        "speed_sd": _number(expected.speed_sd),
        "source": expected.source,
    }


def _walk(walk: WalkSeen) -> Json:
    """Return one pass: on what, and every stride with why it is left out."""
    return {
        "segment": walk.segment,
        "near_side": walk.near.value,
        "ground": walk.ground.value,
        "strides": [
            {
                "side": stride.side.value,
                "near": stride.is_near,
                "start_s": _number(stride.start_s),
                "end_s": _number(stride.end_s),
                "used": stride.left_out is None,
                "reason": _reason(stride.left_out),
            }
            for stride in walk.strides
        ],
    }


def _curve(curve: CycleCurve) -> Json:
    return {
        "name": curve.name,
        "side": curve.side.value,
        "unit": curve.unit,
        "positive": curve.positive,
        "strides": curve.strides,
        "phase": [round(float(phase), 2) for phase in curve.phase],
        "mean": [_number(value) for value in curve.mean],
        "sd": [_number(value) for value in curve.sd],
        "count": [int(count) for count in curve.count],
    }


def assessment_record(assessment: Assessment) -> dict[str, Json]:
    """Return findings, verdict and care as the objects of analysis.json and session.json."""
    verdict = assessment.verdict
    return {
        "findings": [_finding(finding) for finding in assessment.findings],
        "verdict": {
            "label": verdict.label.value,
            "lumbar_compensation": verdict.lumbar_compensation,
            "because": _reason(verdict.because),
            "next_test": _reason(verdict.next_test),
        },
        "withheld": _reason(assessment.withheld),
        "answers": _answers(assessment.answers),
        "probability_calibrated_on": "simulated bodies",
        "care_left_out": [_reason(reason) for reason in assessment.care_left_out],
        "care": [
            {
                "step": step.step,
                "link": step.link.value,
                "en": sentence(step.what, "en"),
                "ja": sentence(step.what, "ja"),
                "dose": _reason(step.dose),
                "stop_if": _reason(step.stop_if),
                "note": _reason(step.note),
            }
            for step in assessment.care
        ],
    }


def _finding(finding: Finding) -> Json:
    return {
        "link": finding.link.value,
        "side": finding.side.value,
        "level": finding.level.value,
        "probability": _number(finding.probability),
        "because": _reason(finding.because),
        "evidence": [
            {
                "measure": evidence.measure.name,
                "activity": evidence.measure.activity.value,
                "side": evidence.measure.side.value,
                "contribution_nats": _number(evidence.contribution_nats),
                "expected": _expected(evidence.expected),
            }
            for evidence in finding.evidence
        ],
        "next_test": _reason(finding.next_test),
        "prior": _number(finding.prior),
        "turning_point": _reason(finding.turning_point),
        "notes": [_reason(note) for note in finding.notes],
    }


def _expected(expected: Expected | None) -> Json:
    if expected is None:
        return None
    return {
        "free": _number(expected.free),
        "restricted": _number(expected.restricted),
        "people_sd": _number(expected.people_sd),
        "weight": _number(expected.weight),
        "cap": _number(expected.cap),
        "source": expected.source,
    }


def _answers(answers: Answers) -> Json:
    """Return what was asked, without what was not; `said` and `touch` count in no probability."""
    told: dict[str, Json] = {
        "age": answers.age,
        "sex": answers.sex,
        "pain": answers.pain,
        "red_flags": list(answers.red_flags),
        "conditions": list(answers.conditions),
        "habits": list(answers.habits),
        "said": list(answers.said),
        "touch": {link.value: felt for link, felt in answers.touch.items()},
    }
    return {name: value for name, value in told.items() if value not in (None, [], {})}
