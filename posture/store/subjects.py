"""What is kept, by subject: clients, visits, recordings and their queue; any thread may call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from posture.store import clients, keeping, queue, visits
from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.export import write_export
from posture.store.files import Files, new_id
from posture.store.records import Client, Keep, Recording, Visit
from posture.store.tables import RecordingRow
from posture.types import Reason


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
        fresh = visits.fresh_visit(client_id, check, language, answers or {}, withheld=withheld)
        with self._database.changing() as session:
            return visits.add(session, fresh)

    def get(self, visit_id: str) -> Visit:
        """Return one visit."""
        with self._database.reading() as session:
            return visits.visit_of(visits.visit_row(session, visit_id))

    def latest(
        self, client_id: str | None = None, limit: int | None = 100, *, or_binned: bool = False
    ) -> tuple[Visit, ...]:
        """Return the latest visits of a client, or of everybody, the newest first."""
        with self._database.reading() as session:
            return visits.latest(session, client_id, limit, or_binned=or_binned)

    def change(self, visit_id: str, **fields: object) -> Visit:
        """Change client_id, check, language, answers or withheld."""
        with self._database.changing() as session:
            changed = visits.change(session, visit_id, fields)
        self.apply_keep(changed)
        return changed

    def write(self, visit_id: str, comment: str, note: str, seen: int) -> Visit:
        """Keep the trainer's comment and note, where nobody wrote since they were `seen`."""
        with self._database.changing() as session:
            return visits.write(session, visit_id, comment, note, seen)

    def close(self, visit_id: str) -> Visit:
        """End a visit; what was not agreed to be kept goes now."""
        with self._database.changing() as session:
            closed = visits.close(session, visit_id)
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
        fresh = Recording(
            id=recording_id or new_id(),
            visit_id=visit_id,
            step=step,
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            added_at=datetime.now(UTC),
            state="queued",
            has_video=True,
            settings=settings or {},
        )
        moved = False
        try:
            with self._database.changing() as session:
                row = visits.add_recording(session, fresh)
                if clip is not None:
                    self._files.take_in(fresh.id, clip)
                    moved = True
                return self._read(row)
        except BaseException:
            if moved and clip is not None:
                self._files.hand_back(fresh.id, clip)
            raise

    def get(self, recording_id: str) -> Recording:
        """Return one recording."""
        with self._database.reading() as session:
            return self._read(visits.shown_recording_row(session, recording_id))

    def of_visit(self, visit_id: str) -> tuple[Recording, ...]:
        """Return a visit's recordings, the first one first."""
        with self._database.reading() as session:
            return tuple(map(self._read, visits.recordings(session, visit_id)))

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
            return self._read(visits.recording_row(session, recording_id))

    def _read(self, row: RecordingRow) -> Recording:
        return visits.recording_of(row, self._files)


class Clients:
    """Who is checked, and what they agreed to."""

    def __init__(
        self, database: Database, files: Files, visits: Visits, recordings: Recordings
    ) -> None:
        self._database = database
        self._files = files
        self._visits = visits
        self._recordings = recordings

    def add(
        self,
        name: str,
        note: str = "",
        age_band: str | None = None,
        *,
        reading: str = "",
        height_cm: float | None = None,
    ) -> Client:
        """Add a client who has agreed to nothing yet."""
        with self._database.changing() as session:
            return clients.add(session, name, note, age_band, reading=reading, height_cm=height_cm)

    def all(self) -> tuple[Client, ...]:
        """Return all clients, by name."""
        with self._database.reading() as session:
            return clients.every(session)

    def get(self, client_id: str) -> Client:
        """Return one client."""
        with self._database.reading() as session:
            return clients.record_of(clients.row_of(session, client_id))

    def change(self, client_id: str, **fields: object) -> Client:
        """Change name, note, age_band, reading or height_cm."""
        with self._database.changing() as session:
            return clients.change(session, client_id, fields)

    def consent(
        self, client_id: str, keep: Keep, version: str, retention_days: int | None = None
    ) -> Client:
        """Write down what a client agreed to now; it holds for recordings made before, too."""
        with self._database.changing() as session:
            agreed = clients.consent(session, client_id, keep, version, retention_days)
        for visit in self._visits.latest(client_id, limit=None, or_binned=True):
            self._visits.apply_keep(visit)
        return agreed

    def delete(self, client_id: str) -> None:
        """Delete a client, their visits and recordings; afterwards nothing of it is on the disk.

        Raises
        ------
        StoreTrouble
            traces_left: it is deleted, but something holds on to a file; the next start removes it.
        """
        with self._database.changing() as session:
            keeping.delete_client(session, client_id)
        keeping.finish(self._database, self._files)

    def export(self, client_id: str, to: Path) -> Path:
        """Write all that is kept of a client into the zip `to`."""
        client = self.get(client_id)
        # what lies in the bin is kept still, so it is theirs to see
        all_visits = self._visits.latest(client_id, limit=None, or_binned=True)
        return write_export(
            to, client, ((v, self._recordings.of_visit(v.id)) for v in all_visits), self._files
        )


class Queue:
    """Recordings on their way through the analysis."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def next(self) -> Recording | None:
        """Take the next recording to be analysed, live visits first; None where none waits."""
        with self._database.changing() as session:
            row = queue.take_next(session)
            return None if row is None else self._read(row)

    def progress(self, recording_id: str, stage: str, done: int, of: int) -> bool:
        """Write down how far an analysis is; False where it was cancelled meanwhile."""
        with self._database.changing() as session:
            return queue.progress(session, recording_id, stage, done, of)

    def first_numbers(self, recording_id: str, result: Mapping[str, object]) -> Recording:
        """Keep what a running analysis has measured; an earlier result stays until all is done."""
        with self._database.changing() as session:
            return self._read(queue.first_numbers(session, recording_id, result))

    def finish(self, recording_id: str, result: Mapping[str, object]) -> Recording:
        """Keep what an analysis found; one cancelled meanwhile stays cancelled.

        Where the recording was deleted meanwhile, what the analysis wrote is removed.
        """
        with self._or_no_files(recording_id), self._database.changing() as session:
            return self._read(queue.finish(session, recording_id, result))

    def fail(self, recording_id: str, reason: Reason) -> Recording:
        """Keep why an analysis came to nothing; else as `finish`."""
        with self._or_no_files(recording_id), self._database.changing() as session:
            return self._read(queue.fail(session, recording_id, reason))

    def cancel(self, recording_id: str) -> Recording:
        """Take a recording out of the queue; what is over stays as it is."""
        with self._database.changing() as session:
            return self._read(queue.cancel(session, recording_id))

    def requeue(self, recording_id: str, settings: Mapping[str, object] | None = None) -> Recording:
        """Put a recording into the queue once more, with other settings if given.

        Raises
        ------
        StoreTrouble
            It is being analysed now (recording_running), or its clip was not kept (video_gone).
        """
        with self._database.changing() as session:
            visits.shown_recording_row(session, recording_id)
            row = queue.requeue(session, recording_id, settings)
            if not self._files.has_clip(recording_id):
                raise StoreTrouble("video_gone")
            return self._read(row)

    def give_back(self, recording_id: str) -> Recording:
        """Let a running recording wait again, not counted as tried: the server is asked to stop."""
        with self._database.changing() as session:
            return self._read(queue.give_back(session, recording_id))

    def requeue_running(self) -> int:
        """After a restart: what was running waits again, or fails after three attempts."""
        with self._database.changing() as session:
            return queue.requeue_running(session)

    def all(self) -> tuple[Recording, ...]:
        """Return what runs and what waits, in the order of its turn."""
        with self._database.reading() as session:
            return tuple(map(self._read, queue.all_in_order(session)))

    @contextlib.contextmanager
    def _or_no_files(self, recording_id: str) -> Iterator[None]:
        try:
            yield
        except StoreTrouble as trouble:
            if trouble.reason.code == "no_such_recording":
                self._files.remove(recording_id)
            raise

    def _read(self, row: RecordingRow) -> Recording:
        return visits.recording_of(row, self._files)
