"""Visits, and the recordings that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.received import readable
from posture.store.clients import refuse_unknown, row_of
from posture.store.errors import StoreTrouble, one_of
from posture.store.files import Files, new_id
from posture.store.records import Recording, State, Visit
from posture.store.tables import RecordingRow, VisitRow
from posture.types import Reason

_CHANGEABLE = frozenset({"client_id", "check", "language", "answers", "withheld"})


def add(session: Session, visit: Visit) -> Visit:
    """Add a visit."""
    if visit.client_id is not None:
        row_of(session, visit.client_id)
    row = VisitRow(
        id=visit.id,
        client_id=visit.client_id,
        started_at=visit.started_at,
        check=visit.check,
        language=visit.language,
        answers=dict(visit.answers),
        withheld=visit.withheld,
    )
    session.add(row)
    session.flush()
    return visit_of(row)


def visit_row(session: Session, visit_id: str, *, or_binned: bool = False) -> VisitRow:
    """Return a visit's row; one in the bin is as good as gone, unless asked for."""
    row = session.get(VisitRow, visit_id)
    if row is None or (row.deleted_at is not None and not or_binned):
        raise StoreTrouble("no_such_visit")
    return row


def latest(
    session: Session, client_id: str | None, limit: int | None, *, or_binned: bool = False
) -> tuple[Visit, ...]:
    """Return a client's visits, or everybody's, the newest first."""
    query = select(VisitRow).order_by(VisitRow.started_at.desc(), VisitRow.id).limit(limit)
    if not or_binned:
        query = query.where(VisitRow.deleted_at.is_(None))
    if client_id is not None:
        row_of(session, client_id)
        query = query.where(VisitRow.client_id == client_id)
    return tuple(visit_of(row) for row in session.scalars(query))


def change(session: Session, visit_id: str, fields: Mapping[str, object]) -> Visit:
    """Change what is known about a visit."""
    refuse_unknown(fields, _CHANGEABLE)
    row = visit_row(session, visit_id)
    client_id = fields.get("client_id")
    if client_id is not None:
        row_of(session, str(client_id))
    for name, value in fields.items():
        setattr(row, name, dict(value) if isinstance(value, Mapping) else value)
    session.flush()
    return visit_of(row)


def write(session: Session, visit_id: str, comment: str, note: str, seen: int) -> Visit:
    """Keep what a trainer wrote; refused where others wrote since it was `seen`."""
    row = visit_row(session, visit_id)
    if (row.written or 0) != seen:
        raise StoreTrouble("visit_written_meanwhile")
    row.comment, row.note, row.written = comment or None, note or None, seen + 1
    session.flush()
    return visit_of(row)


def close(session: Session, visit_id: str) -> Visit:
    """Write down that a visit is over; closed once is closed."""
    row = visit_row(session, visit_id)
    row.closed_at = row.closed_at or datetime.now(UTC)
    session.flush()
    return visit_of(row)


def visit_of(row: VisitRow) -> Visit:
    """Return a row as what callers get."""
    return Visit(
        id=row.id,
        client_id=row.client_id,
        started_at=row.started_at,
        closed_at=row.closed_at,
        check=row.check,
        language=row.language,
        answers=_read(row.answers),
        withheld=row.withheld,
        deleted_at=row.deleted_at,
        comment=row.comment or "",
        note=row.note or "",
        written=row.written or 0,
    )


def add_recording(session: Session, recording: Recording) -> RecordingRow:
    """Add a recording to a visit, at the end of the queue."""
    visit_row(session, recording.visit_id)
    row = RecordingRow(
        id=recording.id,
        visit_id=recording.visit_id,
        step=recording.step,
        file_name=recording.file_name,
        size_bytes=recording.size_bytes,
        sha256=recording.sha256,
        added_at=recording.added_at,
        settings=dict(recording.settings),
        state=recording.state,
        queued_at=recording.added_at,
        stage="",
        done=0,
        of=0,
        attempts=0,
    )
    session.add(row)
    session.flush()
    return row


def recording_row(session: Session, recording_id: str) -> RecordingRow:
    """Return a recording's row."""
    row = session.get(RecordingRow, recording_id)
    if row is None:
        raise StoreTrouble("no_such_recording")
    return row


def shown_recording_row(session: Session, recording_id: str) -> RecordingRow:
    """Return a recording's row; one whose visit lies in the bin is as good as gone."""
    row = recording_row(session, recording_id)
    if visit_row(session, row.visit_id, or_binned=True).deleted_at is not None:
        raise StoreTrouble("no_such_recording")
    return row


def recordings(session: Session, visit_id: str) -> list[RecordingRow]:
    """Return a visit's recordings, the first one first."""
    visit_row(session, visit_id, or_binned=True)
    query = select(RecordingRow).where(RecordingRow.visit_id == visit_id)
    return [*session.scalars(query.order_by(RecordingRow.added_at, RecordingRow.id))]


# Among a recording's settings while it is analysed again: those its last result was made with.
BEFORE = "before"


def recording_of(row: RecordingRow, files: Files) -> Recording:
    """Return a row as what callers get; whether the clip is there is asked of the disk."""
    error = row.error
    return Recording(
        id=row.id,
        visit_id=row.visit_id,
        step=row.step,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        added_at=row.added_at,
        state=one_of(get_args(State), row.state),
        has_video=files.has_clip(row.id),
        settings={name: value for name, value in _read(row.settings).items() if name != BEFORE},
        stage=row.stage,
        done=row.done,
        of=row.of,
        attempts=row.attempts,
        error=None if error is None else Reason(error["code"], error["values"]),
        result=row.result,
        started_at=row.started_at,
        ended_at=row.ended_at,
        corrections=row.corrections,
        measured=row.measured,
    )


def _read(stored: object) -> dict[str, object]:
    """Return what was stored as a table of JSON, without what no page could show."""
    found = readable(stored)
    return found if isinstance(found, dict) else {}


def fresh_visit(
    client_id: str | None,
    check: str,
    language: str,
    answers: Mapping[str, object],
    *,
    withheld: bool,
) -> Visit:
    """Return a visit that starts now."""
    return Visit(
        id=new_id(),
        client_id=client_id,
        started_at=datetime.now(UTC),
        check=check,
        language=language,
        answers=answers,
        withheld=withheld,
    )
