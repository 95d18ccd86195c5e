"""Visits, and the recordings that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from posture.store import keeping
from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.files import Files, new_id
from posture.store.records import Recording, Visit
from posture.store.rows import (
    client_row,
    recording_of,
    recording_row,
    recording_rows,
    refuse_unknown,
    shown_recording_row,
    visit_of,
    visit_row,
)
from posture.store.tables import RecordingRow, VisitRow

_CHANGEABLE = frozenset({"client_id", "check", "language", "answers", "withheld"})


class Visits:
    """Checks that were made."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def add(
        self,
        client_id: str | None,
        check: str,
        language: str,
        answers: Mapping[str, object] | None = None,
        *,
        withheld: bool = False,
    ) -> Visit:
        """Add a visit that starts now; `client_id` None where nobody's name is asked."""
        row = VisitRow(
            id=new_id(),
            client_id=client_id,
            started_at=datetime.now(UTC),
            check=check,
            language=language,
            answers=dict(answers or {}),
            withheld=withheld,
        )
        with self._database.changing() as session:
            if client_id is not None:
                client_row(session, client_id)
            session.add(row)
            session.flush()
            return visit_of(row)

    def get(self, visit_id: str) -> Visit:
        """Return one visit."""
        with self._database.reading() as session:
            return visit_of(visit_row(session, visit_id))

    def latest(
        self, client_id: str | None = None, limit: int | None = 100, *, or_binned: bool = False
    ) -> tuple[Visit, ...]:
        """Return the latest visits of a client, or of everybody, the newest first."""
        query = select(VisitRow).order_by(VisitRow.started_at.desc(), VisitRow.id).limit(limit)
        if not or_binned:
            query = query.where(VisitRow.deleted_at.is_(None))
        if client_id is not None:
            query = query.where(VisitRow.client_id == client_id)
        with self._database.reading() as session:
            if client_id is not None:
                client_row(session, client_id)
            return tuple(map(visit_of, session.scalars(query)))

    def change(self, visit_id: str, **fields: object) -> Visit:
        """Change client_id, check, language, answers or withheld."""
        refuse_unknown(fields, _CHANGEABLE)
        with self._database.changing() as session:
            row = visit_row(session, visit_id)
            client_id = fields.get("client_id")
            if client_id is not None:
                client_row(session, str(client_id))
            for name, value in fields.items():
                setattr(row, name, dict(value) if isinstance(value, Mapping) else value)
            changed = visit_of(row)
        self.apply_keep(changed)
        return changed

    def write(self, visit_id: str, comment: str, note: str, seen: int) -> Visit:
        """Keep the trainer's comment and note, where nobody wrote since they were `seen`."""
        with self._database.changing() as session:
            row = visit_row(session, visit_id)
            if (row.written or 0) != seen:
                raise StoreTrouble("visit_written_meanwhile")
            row.comment, row.note, row.written = comment or None, note or None, seen + 1
            return visit_of(row)

    def close(self, visit_id: str) -> Visit:
        """End a visit; what was not agreed to be kept goes now."""
        with self._database.changing() as session:
            row = visit_row(session, visit_id)
            row.closed_at = row.closed_at or datetime.now(UTC)
            closed = visit_of(row)
        self.apply_keep(closed)
        return closed

    def delete(self, visit_id: str) -> None:
        """Delete a visit and its recordings; afterwards nothing of it is on the disk."""
        with self._database.changing() as session:
            keeping.delete_visit(session, visit_id)
        keeping.finish(self._database, self._files)

    def apply_keep(self, visit: Visit) -> None:
        """Remove what may not stay of a visit's recordings."""
        with self._database.changing() as session:
            keeping.apply_keep_to_visit(session, self._files, visit.id, datetime.now(UTC))


class Recordings:
    """The clips of visits, with what was found in them."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def add(
        self,
        visit_id: str,
        step: str,
        file_name: str,
        size_bytes: int,
        sha256: str | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        clip: Path | None = None,
        recording_id: str | None = None,
    ) -> Recording:
        """Add a recording to a visit and to the queue.

        `clip` is the finished upload: it is moved to its place, and on the disk for good, before
        the queue can hand the recording out; where that fails it stays where it was.
        `recording_id` (of `new_id`) is for a caller who put the clip there already.
        """
        now = datetime.now(UTC)
        row = RecordingRow(
            id=recording_id or new_id(),
            visit_id=visit_id,
            step=step,
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            added_at=now,
            settings=dict(settings or {}),
            state="queued",
            queued_at=now,
            stage="",
            done=0,
            of=0,
            attempts=0,
        )
        own_id = row.id
        moved = False
        try:
            with self._database.changing() as session:
                visit_row(session, visit_id)
                session.add(row)
                session.flush()
                if clip is not None:
                    self._files.take_in(own_id, clip)
                    moved = True
                return recording_of(row, self._files)
        except BaseException:
            if moved and clip is not None:
                self._files.hand_back(own_id, clip)
            raise

    def get(self, recording_id: str) -> Recording:
        """Return one recording."""
        with self._database.reading() as session:
            return recording_of(shown_recording_row(session, recording_id), self._files)

    def of_visit(self, visit_id: str) -> tuple[Recording, ...]:
        """Return a visit's recordings, the first one first."""
        with self._database.reading() as session:
            rows = recording_rows(session, visit_id)
            return tuple(recording_of(row, self._files) for row in rows)

    def take_up(self) -> None:
        """Put right what a server that was killed left of files; no other may run.

        Raises
        ------
        StoreTrouble
            Something holds on to a file; the next start tries again.
        """
        with self._database.reading() as session:
            known = {*session.scalars(select(RecordingRow.id))}
        self._files.take_up(known)

    def delete(self, recording_id: str) -> None:
        """Delete a recording and its files, as when a step is done again."""
        with self._database.changing() as session:
            keeping.delete_recording(session, recording_id)
        keeping.finish(self._database, self._files)

    def apply_keep(self, recording_id: str) -> Recording:
        """Remove what may not stay of a recording: to be called when its analysis is over."""
        # the write lock is held, so that it cannot be put into the queue again in between
        with self._database.changing() as session:
            keeping.apply_keep(session, self._files, recording_id, datetime.now(UTC))
            return recording_of(recording_row(session, recording_id), self._files)
