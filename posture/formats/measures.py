"""Measures in analysis.json and session.json, with the published ranges beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NotRequired, TypedDict

from posture.findings.references import load_references, reference_for
from posture.formats.clip import SideName, frames_of, seconds
from posture.formats.plain import (
    ReasonRecord,
    Record,
    doubt,
    known,
    number,
    reason_of,
    reason_or_null,
)
from posture.measures.possible import only_possible
from posture.types import Activity, Floats, Measure, Quality, Reference, Side, Unit, Usual
from posture.types.clip import ActivityName


class ReferenceRecord(TypedDict):
    """A published range, in the unit of the measure; null = open to that end."""

    low: float | None
    high: float | None
    source: str
    locator: str
    doi: str
    status: Literal["draft", "verified"]
    group: NotRequired[str]  # this and the following: after 0.1.0
    taken_by: NotRequired[str]
    carry_sd: NotRequired[float | None]
    carry_from: NotRequired[str]


class UsualRecord(TypedDict):
    """What a measure of walking usually is at the speed somebody walked at."""

    low: float | None
    high: float | None
    phase: float | None
    speed: float | None
    speed_sd: float | None
    source: str


class CorrectedRecord(TypedDict):
    """What was measured before somebody corrected it by hand; null = nothing was."""

    measured: float | None


class MeasureRecord(TypedDict):
    """One number about one person, with what is not known about it; null = not measured."""

    name: str
    activity: ActivityName
    segment: int | None
    side: SideName
    value: float | None
    unit: Unit
    sd: float | None
    spread: dict[str, float | None]
    quality: Literal["good", "suspect", "missing"]
    reason: ReasonRecord | None
    start_s: float
    end_s: float
    frames: NotRequired[list[int]]  # half-open; after 0.1.0
    reference: ReferenceRecord | None
    expected: UsualRecord | None
    corrected: NotRequired[CorrectedRecord]  # where it rests on what somebody corrected by hand


class ClipMeasureRecord(MeasureRecord):
    """A measure of one of several clips."""

    clip: int


def measure_record(measure: Measure, time_s: Floats) -> MeasureRecord:
    """Write a measure of a clip whose frames are shown at these times."""
    record: MeasureRecord = {
        "name": measure.name,
        "activity": measure.activity.value,
        "segment": measure.segment,
        "side": measure.side.value,
        "value": number(measure.value),
        "unit": measure.unit,
        "sd": number(measure.sd),
        "spread": {cause: number(sd) for cause, sd in measure.spread.items()},
        "quality": measure.quality.value,
        "reason": reason_or_null(measure.reason),
        "start_s": seconds(measure.frames[0], time_s),
        "end_s": seconds(max(measure.frames[1] - 1, measure.frames[0]), time_s),
        "frames": [*measure.frames],
        "reference": None if measure.reference is None else _reference_record(measure.reference),
        "expected": None if measure.expected is None else _usual_record(measure.expected),
    }
    if measure.uncorrected is not None:
        record["corrected"] = {"measured": number(measure.uncorrected)}
    return record


def read_measure(entry: Record, time_s: Floats, rows: Sequence[Reference]) -> Measure:
    """Read a measure as it was; `rows` say what version 0.1 did not write of a reference."""
    measure = _read(entry)
    return replace(
        measure,
        frames=frames_of(entry, time_s),
        reference=_read_reference(entry["reference"], measure, rows),
        expected=_read_usual(entry["expected"], measure.unit),
    )


def measures_of(analysis: Record) -> tuple[Measure, ...]:
    """Read the measures of an analysis.json, with the reference ranges of today's table.

    What an earlier version let through leaves as little as what today's gives: no value that no
    body has, and nothing of a walk that was noted as not measured.
    """
    rows = load_references()
    found = [_read(entry) for entry in entries_of(analysis)]
    return only_possible([replace(m, reference=_today(m, rows)) for m in found])


def spans_of(analysis: Record) -> tuple[tuple[float, float] | None, ...]:
    """Return from when to when each of `measures_of` was taken; None where it is not written."""
    return tuple(
        None if start is None or end is None else (float(start), float(end))
        for start, end in ((e.get("start_s"), e.get("end_s")) for e in entries_of(analysis))
    )


def entries_of(analysis: Record) -> Sequence[Record]:
    """Return the entries of what was measured and is not noted as not measured."""
    noted = {entry.get("code") for entry in analysis.get("warnings", ())}
    found: Sequence[Record] = analysis.get("measures", ())
    if "running_seen" not in noted:
        return found
    return [entry for entry in found if entry["activity"] != Activity.WALKING.value]


def _read(entry: Record) -> Measure:
    """Read a measure without where it was taken and what it is compared with."""
    return Measure(
        name=entry["name"],
        activity=Activity(entry["activity"]),
        side=Side(entry["side"]),
        value=known(entry["value"]),
        unit=entry["unit"],
        spread={cause: doubt(sd) for cause, sd in entry["spread"].items()},
        segment=entry["segment"],
        quality=Quality(entry["quality"]),
        reason=reason_of(entry["reason"]),
        uncorrected=known(entry["corrected"]["measured"]) if "corrected" in entry else None,
    )


def _today(measure: Measure, rows: Sequence[Reference]) -> Reference | None:
    return reference_for(measure.name, measure.activity, rows)


def _reference_record(reference: Reference) -> ReferenceRecord:
    return {
        "low": number(reference.low),
        "high": number(reference.high),
        "source": reference.source,
        "locator": reference.locator,
        "doi": reference.doi,
        "status": reference.status,
        "group": reference.group,
        "taken_by": reference.taken_by,
        "carry_sd": number(reference.carry_sd),
        "carry_from": reference.carry_from,
    }


def _read_reference(
    entry: Record | None, measure: Measure, rows: Sequence[Reference]
) -> Reference | None:
    if entry is None:
        return None
    if "group" not in entry:
        return _today(measure, rows)
    return Reference(
        measure=measure.name,
        activity=measure.activity,
        low=-doubt(None) if entry["low"] is None else entry["low"],
        high=doubt(entry["high"]),
        unit=measure.unit,
        group=entry["group"],
        taken_by=entry["taken_by"],
        carry_sd=doubt(entry["carry_sd"]),
        carry_from=entry["carry_from"],
        source=entry["source"],
        locator=entry["locator"],
        doi=entry["doi"],
        status=entry["status"],
    )


def _usual_record(expected: Usual) -> UsualRecord:
    return {
        "low": number(expected.low),
        "high": number(expected.high),
        "phase": number(expected.phase),
        "speed": number(expected.speed),
        "speed_sd": number(expected.speed_sd),
        "source": expected.source,
    }


def _read_usual(entry: Record | None, unit: Unit) -> Usual | None:
    if entry is None:
        return None
    return Usual(
        low=known(entry["low"]),
        high=known(entry["high"]),
        unit=unit,
        phase=entry["phase"],
        speed=known(entry["speed"]),
        speed_sd=doubt(entry["speed_sd"]),
        source=entry["source"],
    )
