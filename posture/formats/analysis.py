"""analysis.json, from an analysis and back; session.json, what several clips add up to."""

from __future__ import annotations

import json
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from posture import files
from posture.errors import UnusableClip
from posture.findings.references import load_references
from posture.formats.assessment import AssessmentRecord, assessment_record, read_assessment
from posture.formats.clip import (
    ClipRecord,
    EventRecord,
    FactRecord,
    NoticeRecord,
    PersonRecord,
    ScaleRecord,
    SegmentRecord,
    ViewRecord,
    clip_record,
    event_record,
    fact_record,
    facts_of,
    notice_record,
    person_record,
    read_clip,
    read_event,
    read_notice,
    read_person,
    read_scale,
    read_segment,
    read_view,
    scale_record,
    segment_record,
    view_record,
)
from posture.formats.corrections import CorrectionsRecord, corrections_record, read_corrections
from posture.formats.measures import (
    ClipMeasureRecord,
    MeasureRecord,
    measure_record,
    read_measure,
)
from posture.formats.places import ANALYSIS, LANDMARKS, SIGNALS
from posture.formats.plain import Record, number, plain, written
from posture.formats.signals import Arrays, in_full, load_arrays, signals_in
from posture.formats.walks import (
    CurveRecord,
    WalkRecord,
    curve_record,
    read_curve,
    read_walk,
    rhythm_record,
    walk_record,
)
from posture.landmarks.store import load_landmarks
from posture.measures.rhythm import rhythms
from posture.types import Analysis, Landmarks, Measure, Session

ANALYSIS_SCHEMA: Literal["posture.analysis/1"] = "posture.analysis/1"
SESSION_SCHEMA: Literal["posture.session/1"] = "posture.session/1"


class AnalysisRecord(AssessmentRecord):
    """analysis.json: what was measured in one clip, each number with its error, and what it means.

    Unknown numbers are null. Later versions add entries and take none away; read what you know.
    """

    schema: Literal["posture.analysis/1"]
    made_with: dict[str, Any]
    clip: ClipRecord
    person: PersonRecord
    view: ViewRecord
    scale: ScaleRecord
    facts: list[FactRecord]
    segments: list[SegmentRecord]
    events: list[EventRecord]
    walks: list[WalkRecord]
    curves: list[CurveRecord]
    measures: list[MeasureRecord]
    rhythm: list[dict[str, Any]]
    warnings: list[NoticeRecord]
    proportions: dict[str, float | None]
    corrections: NotRequired[CorrectionsRecord]  # where somebody corrected by hand; after 0.1.0


class PeopleRecord(TypedDict):
    """How many clips of the person there are."""

    clips: int


class SessionClipRecord(TypedDict):
    """One clip of a session."""

    file: str
    sha256: str
    duration_s: float | None


class SessionRecord(AssessmentRecord):
    """session.json: several clips of one person, judged together."""

    schema: Literal["posture.session/1"]
    made_with: dict[str, Any]
    person: PeopleRecord
    clips: list[SessionClipRecord]
    measures: list[ClipMeasureRecord]
    warnings: list[NoticeRecord]


def analysis_json(analysis: Analysis) -> str:
    """Write an analysis; unknown numbers are null."""
    return written(analysis_record(analysis))


def session_json(session: Session) -> str:
    """Write what several clips of one person add up to."""
    return written(session_record(session))


def session_record(session: Session) -> SessionRecord:
    """Return what several clips add up to as the objects of session.json."""
    times = [analysis.landmarks.time_s for analysis in session.analyses]
    return {
        "schema": SESSION_SCHEMA,
        "made_with": plain(session.analyses[0].made_with),
        "person": {"clips": len(session.analyses)},
        "clips": [
            {"file": a.clip.file, "sha256": a.clip.sha256, "duration_s": number(a.clip.duration_s)}
            for a in session.analyses
        ],
        "measures": [
            {"clip": clip, **measure_record(measure, times[clip])}
            for clip, measure in session.measures
        ],
        **assessment_record(session.assessment),
        "warnings": [notice_record(notice) for notice in session.warnings],
    }


def analysis_record(analysis: Analysis) -> AnalysisRecord:
    """Return an analysis as the objects of analysis.json."""
    time_s = analysis.landmarks.time_s

    def placed(measure: Measure) -> tuple[int | None, MeasureRecord | None]:
        place = _place(measure, analysis.measures)
        return place, measure_record(measure, time_s) if place is None else None

    record: dict[str, Any] = {
        "schema": ANALYSIS_SCHEMA,
        "made_with": plain(analysis.made_with),
        "clip": clip_record(analysis.clip),
        "person": person_record(analysis.person),
        "view": view_record(analysis.view),
        "scale": scale_record(analysis.scale),
        "facts": [fact_record(fact) for fact in analysis.facts],
        "segments": [segment_record(segment, time_s) for segment in analysis.segments],
        "events": [event_record(event) for event in analysis.events],
        "walks": [walk_record(walk) for walk in analysis.walks],
        "curves": [curve_record(curve) for curve in analysis.curves],
        "measures": [measure_record(measure, time_s) for measure in analysis.measures],
        "rhythm": [rhythm_record(one) for one in rhythms(analysis.signals, analysis.events)],
        **assessment_record(analysis.assessment, placed),
        "warnings": [notice_record(notice) for notice in analysis.warnings],
        "proportions": {name: number(value) for name, value in analysis.proportions.items()},
    }
    if analysis.corrections:
        record["corrections"] = corrections_record(analysis.corrections)
    return cast("AnalysisRecord", record)


def _place(measure: Measure, measures: Sequence[Measure]) -> int | None:
    """Return where a measure stands among others; None where it is none of them."""
    same = (n for n, one in enumerate(measures) if one is measure)
    equal = (n for n, one in enumerate(measures) if one == measure)
    return next(same, next(equal, None))


def load_analysis(path: Path | str) -> Analysis:
    """Read an analysis from the folder of its files, or from the analysis.json in it.

    It is what `analyse` returned when they were written, to the digit. Folders that version 0.1
    wrote are read too. Without signals.npz, which a batch can leave out, there are no signals.

    Raises
    ------
    UnusableClip
        A file is missing or damaged, or is none of ours.
    """
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    record = read_record(folder / ANALYSIS)
    points = folder / LANDMARKS
    if not points.exists():
        raise UnusableClip("no_points", file=str(points))
    landmarks = load_landmarks(points)
    signals = folder / SIGNALS
    try:
        if record["clip"]["sha256"] != landmarks.clip.sha256:
            raise UnusableClip("other_points", file=str(points), of=ANALYSIS)
        return _analysis(record, landmarks, load_arrays(signals) if signals.is_file() else {})
    except _DAMAGES as trouble:
        raise UnusableClip("not_an_analysis", file=ANALYSIS) from trouble


def read_record(path: Path) -> Record:
    """Read analysis.json as it stands.

    Raises
    ------
    UnusableClip
        It is missing, damaged or none of ours.
    """
    if files.never_ends(path):
        raise UnusableClip("not_an_analysis", file=path.name)
    try:
        record = json.loads(path.read_text("utf-8"))
        schema = record["schema"]
    except FileNotFoundError as trouble:
        raise UnusableClip("no_such_file", file=str(path)) from trouble
    except PermissionError as trouble:
        raise UnusableClip("no_permission", file=path.name) from trouble
    except _DAMAGES as trouble:
        raise UnusableClip("not_an_analysis", file=path.name) from trouble
    if schema != ANALYSIS_SCHEMA:
        raise UnusableClip("not_an_analysis", file=path.name)
    found: Record = record
    return found


# What JSON, zip, NumPy's headers and our own types raise where something is missing or changed.
_DAMAGES = (
    OSError,
    EOFError,
    LookupError,
    AttributeError,
    RuntimeError,
    TypeError,
    ValueError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def _analysis(record: Record, landmarks: Landmarks, arrays: Arrays) -> Analysis:
    time_s, rows = landmarks.time_s, load_references()
    measures = tuple(read_measure(entry, time_s, rows) for entry in record["measures"])
    return Analysis(
        clip=read_clip(record["clip"]),
        person=read_person(record["person"]),
        view=read_view(record["view"]),
        scale=read_scale(record["scale"]),
        segments=tuple(read_segment(entry, time_s) for entry in record["segments"]),
        events=tuple(read_event(entry, record["segments"]) for entry in record["events"]),
        landmarks=landmarks,
        signals=signals_in(arrays),
        measures=measures,
        assessment=read_assessment(
            record, measures, lambda entry: read_measure(entry, time_s, rows)
        ),
        warnings=tuple(read_notice(entry) for entry in record["warnings"]),
        made_with={**record["made_with"]},
        proportions={name: value for name, value in record.get("proportions", {}).items() if value},
        walks=tuple(read_walk(entry) for entry in record["walks"]),
        curves=tuple(in_full(read_curve(entry), arrays) for entry in record["curves"]),
        facts=facts_of(record),
        corrections=read_corrections(record.get("corrections", {})),
    )
