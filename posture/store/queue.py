"""The queue of analyses: it lies in the database, so it outlives the server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from posture.store.errors import StoreTrouble
from posture.store.tables import RecordingRow, VisitRow
from posture.store.visits import BEFORE, recording_row
from posture.types import Reason

MOST_ATTEMPTS = 3  # ours; a clip that took the server down three times will do so again


def take_next(session: Session) -> RecordingRow | None:
    """Take the next recording out of the queue; nobody else gets the same one."""
    waiting = _in_order().where(RecordingRow.state == "queued").limit(1)
    row = session.scalars(waiting).first()
    if row is None:
        return None
    row.state, row.attempts = "running", row.attempts + 1
    row.started_at, row.ended_at = datetime.now(UTC), None
    row.stage, row.done, row.of = "", 0, 0
    session.flush()
    return row


def all_in_order(session: Session) -> list[RecordingRow]:
    """Return what runs and what waits, in the order of its turn."""
    running = case((RecordingRow.state == "running", 0), else_=1)
    query = _in_order(running).where(RecordingRow.state.in_(("queued", "running")))
    return [*session.scalars(query)]


def _in_order(*first: Any) -> Select[RecordingRow]:  # noqa: ANN401 - any SQL expression
    """Return the query: live visits before uploads, for somebody is standing there waiting."""
    uploads_last = case((VisitRow.check == "recordings", 1), else_=0)
    return (
        select(RecordingRow)
        .join(VisitRow, VisitRow.id == RecordingRow.visit_id)
        .order_by(*first, uploads_last, RecordingRow.queued_at, RecordingRow.added_at)
    )


def progress(session: Session, recording_id: str, stage: str, done: int, of: int) -> bool:
    """Write down how far an analysis is; False where it is not wanted any more."""
    row = recording_row(session, recording_id)
    if row.state != "running":
        return False
    row.stage, row.done, row.of = stage, done, of
    return True


def first_numbers(
    session: Session, recording_id: str, result: Mapping[str, object]
) -> RecordingRow:
    """Keep what was measured while the rest is being drawn; an earlier result stays till then."""
    row = recording_row(session, recording_id)
    if row.state == "running" and row.result is None:
        row.result = dict(result)
        session.flush()
    return row


def finish(session: Session, recording_id: str, result: Mapping[str, object]) -> RecordingRow:
    """Keep what an analysis found; one cancelled meanwhile stays cancelled."""
    row = recording_row(session, recording_id)
    if row.state == "running":
        row.state, row.result, row.error = "done", dict(result), None
        row.corrections = row.measured = None  # they were made on other moments
        row.settings = {name: value for name, value in row.settings.items() if name != BEFORE}
        row.ended_at = datetime.now(UTC)
        session.flush()
    return row


def fail(session: Session, recording_id: str, reason: Reason) -> RecordingRow:
    """Keep why an analysis came to nothing; one cancelled meanwhile stays cancelled.

    An earlier result stays what it was, with the reason beside it.
    """
    row = recording_row(session, recording_id)
    if row.state in {"running", "queued"}:
        _give_up(row, reason)
        session.flush()
    return row


def cancel(session: Session, recording_id: str) -> RecordingRow:
    """Take a recording out of the queue; what is over stays as it is, and so does a result."""
    row = recording_row(session, recording_id)
    if row.state in {"running", "queued"}:
        row.state = "cancelled" if row.result is None else "done"
        row.ended_at = datetime.now(UTC)
        _as_it_was(row)
        session.flush()
    return row


def requeue(
    session: Session, recording_id: str, settings: Mapping[str, object] | None
) -> RecordingRow:
    """Put a recording into the queue once more; its last result stays until there is a new one.

    Raises
    ------
    StoreTrouble
        It is being analysed now.
    """
    row = recording_row(session, recording_id)
    if row.state == "running":
        raise StoreTrouble("recording_running")
    before = row.settings.get(BEFORE, row.settings) if row.state != "done" else row.settings
    if settings is not None:
        row.settings = dict(settings)
        if row.result is not None:
            row.settings = {**row.settings, BEFORE: before}
    _wait(row)
    row.attempts, row.queued_at = 0, datetime.now(UTC)
    row.error = row.started_at = None
    session.flush()
    return row


def give_back(session: Session, recording_id: str) -> RecordingRow:
    """Let a running recording wait again, not counted as tried: the server is asked to stop."""
    row = recording_row(session, recording_id)
    if row.state == "running":
        _wait(row)
        row.attempts -= 1
        session.flush()
    return row


def requeue_running(session: Session) -> int:
    """After a restart: what was running waits again, or is given up; return how many wait."""
    rows = [*session.scalars(select(RecordingRow).where(RecordingRow.state == "running"))]
    again = [row for row in rows if row.attempts < MOST_ATTEMPTS]
    for row in rows:
        if row in again:
            _wait(row)
        else:
            _give_up(row, Reason("job_gave_up", {"attempts": row.attempts}))
    session.flush()
    return len(again)


def _wait(row: RecordingRow) -> None:
    row.state, row.ended_at = "queued", None
    row.stage, row.done, row.of = "", 0, 0


def _give_up(row: RecordingRow, reason: Reason) -> None:
    row.state = "failed" if row.result is None else "done"
    _as_it_was(row)
    row.error = {"code": reason.code, "values": dict(reason.values)}
    row.ended_at = datetime.now(UTC)


def _as_it_was(row: RecordingRow) -> None:
    """Give a recording back the settings that its result was made with."""
    if BEFORE in row.settings:
        row.settings = dict(row.settings[BEFORE])
