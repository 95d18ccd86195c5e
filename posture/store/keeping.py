"""What may stay, for how long, and that what goes is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.files import Files, is_id, remove_any
from posture.store.records import Keep
from posture.store.rows import client_row, recording_row, recording_rows, visit_row
from posture.store.tables import ClientRow, RecordingRow, RemovalRow, VisitRow

# Ours: long enough to look at a visit on the evening after it, not to become an archive.
UNASKED = timedelta(hours=24)
# Ours: no upload stands still for a day and goes on.
FORGOTTEN = timedelta(hours=24)

_TRACES = "traces"  # a removal of its own: the bytes of deleted rows


def allowed(
    client: ClientRow | None, visit: VisitRow, recording: RecordingRow, now: datetime
) -> Keep:
    """Return how much of a recording may lie on the disk.

    Nothing goes while it is needed for its analysis. Then what the client agreed to counts at once;
    who agreed to nothing, or was not named, leaves numbers when the visit is closed or a day old.
    """
    if recording.state in {"queued", "running"}:
        return "video"
    agreed = None if client is None else client.keep
    keep: Keep = next((keep for keep in get_args(Keep) if keep == agreed), "numbers")
    ended_at = recording.ended_at or recording.added_at
    is_over = (
        visit.closed_at is not None or visit.deleted_at is not None or ended_at + UNASKED <= now
    )
    # one that failed, be it the second time, can be tried with other settings
    may_be_again = recording.state != "done" or recording.error is not None
    if not is_over and (agreed is None or may_be_again):
        return "video"
    return keep


def apply_keep(session: Session, files: Files, recording_id: str, now: datetime) -> bool:
    """Remove what may not stay of a recording; whether there was any."""
    recording = recording_row(session, recording_id)
    visit = visit_row(session, recording.visit_id, or_binned=True)
    client = None
    if visit.client_id is not None:
        client = client_row(session, visit.client_id, or_binned=True)
    return files.reduce(recording_id, allowed(client, visit, recording, now))


def apply_keep_to_visit(session: Session, files: Files, visit_id: str, now: datetime) -> None:
    """Remove what may not stay of a visit's recordings."""
    for recording in recording_rows(session, visit_id):
        apply_keep(session, files, recording.id, now)


def delete_client(session: Session, client_id: str) -> None:
    """Delete a client's rows, visits and recordings with them; `finish` does the disk."""
    client_row(session, client_id, or_binned=True)
    visits = select(VisitRow.id).where(VisitRow.client_id == client_id)
    doomed = select(RecordingRow.id).where(RecordingRow.visit_id.in_(visits))
    _doom(session, [*session.scalars(doomed), _TRACES])
    session.execute(delete(ClientRow).where(ClientRow.id == client_id))


def delete_visit(session: Session, visit_id: str) -> None:
    """Delete a visit's row and its recordings'; `finish` does the disk."""
    doomed = [row.id for row in recording_rows(session, visit_id)]
    _doom(session, [*doomed, _TRACES])
    session.execute(delete(VisitRow).where(VisitRow.id == visit_id))


def delete_recording(session: Session, recording_id: str) -> None:
    """Delete a recording's row; `finish` does the disk.

    Its name and numbers are blanked by the database itself: a step that is done again cannot wait
    for the whole file to be written anew.
    """
    recording_row(session, recording_id)
    _doom(session, [recording_id])
    session.execute(delete(RecordingRow).where(RecordingRow.id == recording_id))


def _doom(session: Session, names: Iterable[str]) -> None:
    for name in names:
        session.merge(RemovalRow(name=name))
    session.flush()


def finish(database: Database, files: Files) -> None:
    """Remove from the disk what deleted rows left there, this time's and any earlier one's.

    Raises
    ------
    StoreTrouble
        Not all could be removed. The rest is still written down, for the next sweep or start.
    """
    with database.reading() as session:
        names = {*session.scalars(select(RemovalRow.name))}
    if not names:
        return
    try:
        for name in sorted(filter(is_id, names)):
            files.remove(name)
        _done(database, {*filter(is_id, names)})
        if _TRACES in names:
            database.wipe()
            _done(database, {_TRACES})
    except StoreTrouble as trouble:
        raise StoreTrouble("traces_left", path=str(files.data_dir)) from trouble


def _done(database: Database, names: set[str]) -> None:
    with database.changing() as session:
        session.execute(delete(RemovalRow).where(RemovalRow.name.in_(names)))


def expire(session: Session, now: datetime) -> tuple[int, int]:
    """Delete visits whose time is up, and clients of whom none is left; return how many of each.

    A visit that is still being analysed has time until the next sweep.
    """
    clients = visits = 0
    for client in [
        *session.scalars(select(ClientRow).where(ClientRow.retention_days.is_not(None)))
    ]:
        since = now - timedelta(days=client.retention_days or 0)
        rows = [*session.scalars(select(VisitRow).where(VisitRow.client_id == client.id))]
        old = [row for row in rows if row.started_at < since and not _is_busy(session, row.id)]
        visits += len(old)
        agreed_at = client.consent_at or client.created_at
        if len(old) == len(rows) and agreed_at < since:
            delete_client(session, client.id)
            clients += 1
            continue
        for row in old:
            delete_visit(session, row.id)
    return clients, visits


def _is_busy(session: Session, visit_id: str) -> bool:
    return any(row.state in {"queued", "running"} for row in recording_rows(session, visit_id))


def count_from_now(session: Session, now: datetime) -> None:
    """Let the hours of what ended in the future count from now: the clock was turned back."""
    ahead = update(RecordingRow).where(RecordingRow.ended_at > now)
    session.execute(ahead.values(ended_at=now))


def reduce_all(database: Database, files: Files, now: datetime) -> int:
    """Apply every client's choice to every recording; return from how many something went."""
    with database.reading() as session:
        ids = [*session.scalars(select(RecordingRow.id))]
    reduced = 0
    for recording_id in ids:
        with database.changing() as session:  # one each, so that nobody waits for all of them
            if session.get(RecordingRow, recording_id) is not None:
                reduced += apply_keep(session, files, recording_id, now)
    return reduced


def tidy(session: Session, files: Files, now: datetime) -> int:
    """Remove uploads that stood still and folders that belong to nothing; return how many."""
    known = {*session.scalars(select(RecordingRow.id))}
    forgotten = [
        path for path in files.leftovers((now - FORGOTTEN).timestamp()) if path.name not in known
    ]
    for path in forgotten:
        remove_any(path)
    return len(forgotten)
