"""The queue of analyses: it lies in the database, so it outlives the server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.files import Files
from posture.store.records import Recording
from posture.store.rows import BEFORE, recording_of, recording_row, shown_recording_row
from posture.store.tables import RecordingRow, VisitRow
from posture.types import Reason

MOST_ATTEMPTS = 3  # ours; a clip that took the server down three times will do so again


class Queue:
    """Recordings on their way through the analysis."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def next(self) -> Recording | None:
        """Take the next recording to be analysed, live visits first; None where none waits.

        Nobody else gets the same one.
        """
        waiting = _in_order().where(RecordingRow.state == "queued").limit(1)
        with self._database.changing() as session:
            row = session.scalars(waiting).first()
            if row is None:
                return None
            row.state, row.attempts = "running", row.attempts + 1
            row.started_at, row.ended_at = datetime.now(UTC), None
            row.stage, row.done, row.of = "", 0, 0
            return recording_of(row, self._files)

    def progress(self, recording_id: str, stage: str, done: int, of: int) -> bool:
        """Write down how far an analysis is; False where it was cancelled meanwhile."""
        with self._database.changing() as session:
            row = recording_row(session, recording_id)
            if row.state != "running":
                return False
            row.stage, row.done, row.of = stage, done, of
            return True

    def first_numbers(self, recording_id: str, result: Mapping[str, object]) -> Recording:
        """Keep what a running analysis has measured; an earlier result stays until all is done."""
        with self._database.changing() as session:
            row = recording_row(session, recording_id)
            if row.state == "running" and row.result is None:
                row.result = dict(result)
            return recording_of(row, self._files)

    def finish(self, recording_id: str, result: Mapping[str, object]) -> Recording:
        """Keep what an analysis found; one cancelled meanwhile stays cancelled.

        Where the recording was deleted meanwhile, what the analysis wrote is removed.
        """
        with self._or_no_files(recording_id), self._database.changing() as session:
            row = recording_row(session, recording_id)
            if row.state == "running":
                row.state, row.result, row.error = "done", dict(result), None
                row.corrections = row.measured = None  # they were made on other moments
                row.settings = {name: v for name, v in row.settings.items() if name != BEFORE}
                row.ended_at = datetime.now(UTC)
            return recording_of(row, self._files)

    def fail(self, recording_id: str, reason: Reason) -> Recording:
        """Keep why an analysis came to nothing, beside an earlier result; else as `finish`."""
        with self._or_no_files(recording_id), self._database.changing() as session:
            row = recording_row(session, recording_id)
            if row.state in {"running", "queued"}:
                _give_up(row, reason)
            return recording_of(row, self._files)

    def cancel(self, recording_id: str) -> Recording:
        """Take a recording out of the queue; what is over stays as it is."""
        with self._database.changing() as session:
            return recording_of(cancel(session, recording_id), self._files)

    def requeue(self, recording_id: str, settings: Mapping[str, object] | None = None) -> Recording:
        """Put a recording into the queue once more, with other settings if given.

        Its last result stays until there is a new one.

        Raises
        ------
        StoreTrouble
            It is being analysed now (recording_running), or its clip was not kept (video_gone).
        """
        with self._database.changing() as session:
            row = shown_recording_row(session, recording_id)
            if row.state == "running":
                raise StoreTrouble("recording_running")
            if not self._files.has_clip(recording_id):
                raise StoreTrouble("video_gone")
            before = row.settings.get(BEFORE, row.settings) if row.state != "done" else row.settings
            if settings is not None:
                row.settings = dict(settings)
                if row.result is not None:
                    row.settings = {**row.settings, BEFORE: before}
            _wait(row)
            row.attempts, row.queued_at = 0, datetime.now(UTC)
            row.error = row.started_at = None
            return recording_of(row, self._files)

    def give_back(self, recording_id: str) -> Recording:
        """Let a running recording wait again, not counted as tried: the server is asked to stop."""
        with self._database.changing() as session:
            row = recording_row(session, recording_id)
            if row.state == "running":
                _wait(row)
                row.attempts -= 1
            return recording_of(row, self._files)

    def requeue_running(self) -> int:
        """After a restart: what was running waits again, or fails after three attempts.

        Return how many wait.
        """
        with self._database.changing() as session:
            rows = [*session.scalars(select(RecordingRow).where(RecordingRow.state == "running"))]
            again = [row for row in rows if row.attempts < MOST_ATTEMPTS]
            for row in rows:
                if row in again:
                    _wait(row)
                else:
                    _give_up(row, Reason("job_gave_up", {"attempts": row.attempts}))
            return len(again)

    def all(self) -> tuple[Recording, ...]:
        """Return what runs and what waits, in the order of its turn."""
        running = case((RecordingRow.state == "running", 0), else_=1)
        query = _in_order(running).where(RecordingRow.state.in_(("queued", "running")))
        with self._database.reading() as session:
            return tuple(recording_of(row, self._files) for row in session.scalars(query))

    @contextlib.contextmanager
    def _or_no_files(self, recording_id: str) -> Iterator[None]:
        try:
            yield
        except StoreTrouble as trouble:
            if trouble.reason.code == "no_such_recording":
                self._files.remove(recording_id)
            raise


def cancel(session: Session, recording_id: str) -> RecordingRow:
    """Take a recording out of the queue; what is over stays as it is, and so does a result."""
    row = recording_row(session, recording_id)
    if row.state in {"running", "queued"}:
        row.state = "cancelled" if row.result is None else "done"
        row.ended_at = datetime.now(UTC)
        _as_it_was(row)
        session.flush()
    return row


def _in_order(*first: Any) -> Select[RecordingRow]:  # noqa: ANN401 - any SQL expression
    """Return the query: live visits before uploads, for somebody is standing there waiting."""
    uploads_last = case((VisitRow.check == "recordings", 1), else_=0)
    return (
        select(RecordingRow)
        .join(VisitRow, VisitRow.id == RecordingRow.visit_id)
        .order_by(*first, uploads_last, RecordingRow.queued_at, RecordingRow.added_at)
    )


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
