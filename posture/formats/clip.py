"""What analysis.json says of the clip: the file, who is in it, how it was filmed, what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import numpy as np

from posture.formats.plain import (
    ReasonRecord,
    Record,
    doubt,
    known,
    number,
    read_reason,
    reason_of,
    reason_or_null,
    reason_record,
)
from posture.types import (
    Activity,
    Clip,
    Event,
    EventKind,
    Facing,
    Fact,
    FactKind,
    Floats,
    Notice,
    Person,
    Scale,
    SeenPerson,
    Segment,
    Side,
    View,
)
from posture.types.clip import ActivityName

SideName = Literal["left", "right", "both"]


class ClipRecord(TypedDict):
    """The file that was analysed."""

    file: str
    sha256: str
    duration_s: float | None
    frames: int
    size_px: list[int]
    rotation_deg: int
    left_out: int
    capture_hz: float | None


class SeenPersonRecord(TypedDict):
    """One of the people in the clip."""

    number: int
    first_s: float | None
    last_s: float | None
    height_frac: float | None
    travel_heights: float | None


class PersonRecord(TypedDict):
    """Who was measured, and why this one."""

    count_seen: int
    number: int
    chosen_because: ReasonRecord
    seen_share: float | None
    people: list[SeenPersonRecord]


class ViewRecord(TypedDict):
    """How the camera looks at the person; degrees, null = unknown."""

    facing: Literal["left", "right", "front", "back", "unknown"]
    near_side: Literal["left", "right", "both", "unknown"]
    yaw_deg: float | None
    yaw_sd_deg: float | None
    pitch_deg: float | None
    pitch_sd_deg: float | None
    roll_deg: float | None
    roll_sd_deg: float | None


class ScaleRecord(TypedDict):
    """Pixels per metre, and what they are known from."""

    px_per_m: float | None
    source: Literal["height", "sheet", "none"]


class FactRecord(TypedDict):
    """Something about the clip that decides what may be measured in it, and when."""

    kind: str
    reason: ReasonRecord
    spans_s: list[list[float | None]]
    probability: float | None
    what_to_do: ReasonRecord | None


class SegmentRecord(TypedDict):
    """A stretch of the clip with one activity."""

    activity: ActivityName
    start_s: float
    end_s: float
    frames: NotRequired[list[int]]  # half-open; after 0.1.0
    view: ViewRecord


class EventRecord(TypedDict):
    """A moment that a measure rests on."""

    kind: str
    side: SideName
    time_s: float | None
    sd_s: float | None
    segment: NotRequired[int]  # after 0.1.0
    moved_from_s: NotRequired[float]  # where it was measured, if somebody moved it by hand


class NoticeRecord(TypedDict):
    """Something the reader should know, and what can be done about it."""

    code: str
    message: ReasonRecord
    what_to_do: ReasonRecord | None


def clip_record(clip: Clip) -> ClipRecord:
    """Write what is known of a file."""
    return {
        "file": clip.file,
        "sha256": clip.sha256,
        "duration_s": number(clip.duration_s),
        "frames": clip.frames,
        "size_px": list(clip.size_px),
        "rotation_deg": clip.rotation_deg,
        "left_out": clip.left_out,
        "capture_hz": number(clip.capture_hz),
    }


def read_clip(entry: Record) -> Clip:
    """Read what is known of a file."""
    width, height = entry["size_px"]
    return Clip(
        file=entry["file"],
        sha256=entry["sha256"],
        duration_s=known(entry["duration_s"]),
        frames=entry["frames"],
        size_px=(width, height),
        rotation_deg=entry["rotation_deg"],
        left_out=entry.get("left_out", 0),
        capture_hz=entry.get("capture_hz"),
    )


def person_record(person: Person) -> PersonRecord:
    """Write who was measured."""
    return {
        "count_seen": person.count_seen,
        "number": person.number,
        "chosen_because": reason_record(person.chosen_because),
        "seen_share": number(person.seen_share),
        "people": [
            {
                "number": seen.number,
                "first_s": number(seen.first_s),
                "last_s": number(seen.last_s),
                "height_frac": number(seen.height_frac),
                "travel_heights": number(seen.travel_heights),
            }
            for seen in person.people
        ],
    }


def read_person(entry: Record) -> Person:
    """Read who was measured."""
    return Person(
        count_seen=entry["count_seen"],
        number=entry["number"],
        chosen_because=read_reason(entry["chosen_because"]),
        seen_share=known(entry["seen_share"]),
        people=tuple(
            SeenPerson(
                number=seen["number"],
                first_s=known(seen["first_s"]),
                last_s=known(seen["last_s"]),
                height_frac=known(seen["height_frac"]),
                travel_heights=known(seen["travel_heights"]),
            )
            for seen in entry["people"]
        ),
    )


def view_record(view: View) -> ViewRecord:
    """Write how the camera looks at the person."""
    return {
        "facing": view.facing.value,
        "near_side": view.near_side.value if view.near_side else "unknown",
        "yaw_deg": number(view.yaw_deg),
        "yaw_sd_deg": number(view.yaw_sd_deg),
        "pitch_deg": number(view.pitch_deg),
        "pitch_sd_deg": number(view.pitch_sd_deg),
        "roll_deg": number(view.roll_deg),
        "roll_sd_deg": number(view.roll_sd_deg),
    }


def read_view(entry: Record) -> View:
    """Read how the camera looks at the person."""
    near = entry["near_side"]
    return View(
        facing=Facing(entry["facing"]),
        near_side=None if near == "unknown" else Side(near),
        yaw_deg=known(entry["yaw_deg"]),
        yaw_sd_deg=doubt(entry["yaw_sd_deg"]),
        pitch_deg=known(entry["pitch_deg"]),
        pitch_sd_deg=doubt(entry["pitch_sd_deg"]),
        roll_deg=known(entry["roll_deg"]),
        roll_sd_deg=doubt(entry["roll_sd_deg"]),
    )


def scale_record(scale: Scale) -> ScaleRecord:
    """Write the scale."""
    return {"px_per_m": number(scale.px_per_m), "source": scale.source}


def read_scale(entry: Record) -> Scale:
    """Read the scale."""
    return Scale(px_per_m=entry["px_per_m"], source=entry["source"])


def fact_record(fact: Fact) -> FactRecord:
    """Write something about the clip."""
    return {
        "kind": fact.kind.value,
        "reason": reason_record(fact.reason),
        "spans_s": [[number(start), number(end)] for start, end in fact.spans_s],
        "probability": number(fact.probability),
        "what_to_do": reason_or_null(fact.what_to_do),
    }


def facts_of(analysis: Record) -> tuple[Fact, ...]:
    """Read what the clip of an analysis.json is like; earlier versions did not look."""
    return tuple(
        Fact(
            kind=FactKind(entry["kind"]),
            reason=read_reason(entry["reason"]),
            spans_s=tuple((known(start), known(end)) for start, end in entry["spans_s"]),
            probability=known(entry["probability"]),
            what_to_do=reason_of(entry["what_to_do"]),
        )
        for entry in analysis.get("facts", ())
    )


def segment_record(segment: Segment, time_s: Floats) -> SegmentRecord:
    """Write a stretch of the clip."""
    start, end = segment.frames
    return {
        "activity": segment.activity.value,
        "start_s": seconds(start, time_s),
        "end_s": seconds(end - 1, time_s),
        "frames": [start, end],
        "view": view_record(segment.view),
    }


def read_segment(entry: Record, time_s: Floats) -> Segment:
    """Read a stretch of the clip."""
    return Segment(
        activity=Activity(entry["activity"]),
        frames=frames_of(entry, time_s),
        view=read_view(entry["view"]),
    )


def event_record(event: Event) -> EventRecord:
    """Write a moment."""
    record: EventRecord = {
        "kind": event.kind.value,
        "side": event.side.value,
        "time_s": number(event.time_s),
        "sd_s": number(event.sd_s),
        "segment": event.segment,
    }
    if event.moved_from_s is not None:
        record["moved_from_s"] = float(event.moved_from_s)
    return record


def read_event(entry: Record, segments: Sequence[Record]) -> Event:
    """Read a moment; version 0.1 did not write in which segment it lies."""
    time_s = known(entry["time_s"])
    within = (n for n, part in enumerate(segments) if part["start_s"] <= time_s <= part["end_s"])
    return Event(
        kind=EventKind(entry["kind"]),
        side=Side(entry["side"]),
        time_s=time_s,
        sd_s=doubt(entry["sd_s"]),
        segment=entry["segment"] if "segment" in entry else next(within, 0),
        moved_from_s=entry.get("moved_from_s"),
    )


def notice_record(notice: Notice) -> NoticeRecord:
    """Write a warning."""
    return {
        "code": notice.message.code,
        "message": reason_record(notice.message),
        "what_to_do": reason_or_null(notice.what_to_do),
    }


def read_notice(entry: Record) -> Notice:
    """Read a warning."""
    return Notice(message=read_reason(entry["message"]), what_to_do=reason_of(entry["what_to_do"]))


def seconds(frame: int, time_s: Floats) -> float:
    """Return when a frame is shown."""
    return float(time_s[min(frame, len(time_s) - 1)])


def frames_of(entry: Record, time_s: Floats) -> tuple[int, int]:
    """Read which frames something rests on; version 0.1 wrote only from when to when."""
    if "frames" in entry:
        start, end = entry["frames"]
        return int(start), int(end)
    start, last = np.searchsorted(time_s, (entry.get("start_s") or 0, entry.get("end_s") or 0))
    return int(start), int(last) + 1
