"""The one door to what is kept: short calls that any thread may make."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from posture import leftovers
from posture.closing import Closing
from posture.store import clients, keeping, queue, users, visits
from posture.store.backup import remove_half_restored
from posture.store.database import Database, connect
from posture.store.export import write_export
from posture.store.files import CLIP, Files, new_id
from posture.store.records import Client, Keep, Recording, Role, Swept, Token, User, Visit
from posture.store.schema import bring_up_to_date
from posture.store.tables import RecordingRow, SettingRow
from posture.store.trouble import StoreTrouble
from posture.types import Reason

_PASSCODE = "passcode"  # a row of the settings, as argon2 leaves it


def open_store(data_dir: Path, url: str | None = None, *, wait_s: float = 5.0) -> Store:
    """Open what lies in a data directory: made where nothing is, brought up to date where old.

    `url` names another database than the file there (PostgreSQL). `wait_s` is how long a call waits
    for another program that writes.

    Raises
    ------
    StoreTrouble
        The folder or the database cannot be used, or a newer version of this program made it.
    """
    files = Files(data_dir)
    remove_half_restored(files)
    files.make()
    leftovers.sweep(files.passing)
    if url is None:
        files.make_database()
    # making a table anew must not take along what refers to it
    once = connect(files.database, url, wait_s=wait_s, keys=False, pooled=False)
    bring_up_to_date(once)
    store = Store(connect(files.database, url, wait_s=wait_s), files)
    with contextlib.suppress(StoreTrouble):  # still written down for the next time
        keeping.finish(store.database, files)
    return store


class Store(Closing):
    """Clients, visits, recordings, their queue and who may see them.

    What is asked for by an id and is not there raises `StoreTrouble` (no_such_client,
    no_such_visit, no_such_recording, no_such_user, no_such_token). Any call may raise it for
    database_locked, disk_full, database_damaged, database_refuses.
    """

    def __init__(self, database: Database, files: Files) -> None:
        self.database = database
        self.files = files

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    # --- files

    @property
    def data_dir(self) -> Path:
        """Where everything lies."""
        return self.files.data_dir

    def folder(self, recording_id: str) -> Path:
        """Return a recording's folder, made if need be; results go into `result` in it."""
        return self.files.folder(recording_id)

    def clip(self, recording_id: str) -> Path:
        """Return where a recording's clip lies, if it still does."""
        return self.files.place(recording_id) / CLIP

    def incoming(self, upload_id: str) -> Path:
        """Return where an upload is written until it is whole."""
        return self.files.incoming(upload_id)

    # --- clients

    def add_client(self, name: str, note: str = "", age_band: str | None = None) -> Client:
        """Add a client who has agreed to nothing yet."""
        with self.database.changing() as session:
            return clients.add(session, name, note, age_band)

    def clients(self) -> tuple[Client, ...]:
        """Return all clients, by name."""
        with self.database.reading() as session:
            return clients.every(session)

    def client(self, client_id: str) -> Client:
        """Return one client."""
        with self.database.reading() as session:
            return clients.record_of(clients.row_of(session, client_id))

    def change_client(self, client_id: str, **fields: object) -> Client:
        """Change name, note or age_band."""
        with self.database.changing() as session:
            return clients.change(session, client_id, fields)

    def consent(
        self, client_id: str, keep: Keep, version: str, retention_days: int | None = None
    ) -> Client:
        """Write down what a client agreed to now; it holds for recordings made before, too."""
        with self.database.changing() as session:
            agreed = clients.consent(session, client_id, keep, version, retention_days)
        for visit in self.visits(client_id, limit=None):
            self._apply_keep_to(visit)
        return agreed

    def delete_client(self, client_id: str) -> None:
        """Delete a client, their visits and recordings; afterwards nothing of it is on the disk.

        Raises
        ------
        StoreTrouble
            traces_left: it is deleted, but something holds on to a file; the next start removes it.
        """
        with self.database.changing() as session:
            keeping.delete_client(session, client_id)
        keeping.finish(self.database, self.files)

    def export_client(self, client_id: str, to: Path) -> Path:
        """Write all that is kept of a client into the zip `to`."""
        client = self.client(client_id)
        all_visits = self.visits(client_id, limit=None)
        return write_export(
            to, client, ((v, self.recordings(v.id)) for v in all_visits), self.files
        )

    # --- visits

    def add_visit(
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
        with self.database.changing() as session:
            return visits.add(session, fresh)

    def visit(self, visit_id: str) -> Visit:
        """Return one visit."""
        with self.database.reading() as session:
            return visits.visit_of(visits.visit_row(session, visit_id))

    def visits(self, client_id: str | None = None, limit: int | None = 100) -> tuple[Visit, ...]:
        """Return the latest visits of a client, or of everybody, the newest first."""
        with self.database.reading() as session:
            return visits.latest(session, client_id, limit)

    def change_visit(self, visit_id: str, **fields: object) -> Visit:
        """Change client_id, check, language, answers or withheld."""
        with self.database.changing() as session:
            changed = visits.change(session, visit_id, fields)
        self._apply_keep_to(changed)
        return changed

    def close_visit(self, visit_id: str) -> Visit:
        """End a visit; what was not agreed to be kept goes now."""
        with self.database.changing() as session:
            closed = visits.close(session, visit_id)
        self._apply_keep_to(closed)
        return closed

    def delete_visit(self, visit_id: str) -> None:
        """Delete a visit and its recordings; afterwards nothing of it is on the disk."""
        with self.database.changing() as session:
            keeping.delete_visit(session, visit_id)
        keeping.finish(self.database, self.files)

    # --- recordings

    def add_recording(
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
            with self.database.changing() as session:
                row = visits.add_recording(session, fresh)
                if clip is not None:
                    self.files.take_in(fresh.id, clip)
                    moved = True
                return self._recording_of(row)
        except BaseException:
            if moved and clip is not None:
                self.files.hand_back(fresh.id, clip)
            raise

    def recording(self, recording_id: str) -> Recording:
        """Return one recording."""
        with self.database.reading() as session:
            return self._recording_of(visits.recording_row(session, recording_id))

    def recordings(self, visit_id: str) -> tuple[Recording, ...]:
        """Return a visit's recordings, the first one first."""
        with self.database.reading() as session:
            return tuple(map(self._recording_of, visits.recordings(session, visit_id)))

    def delete_recording(self, recording_id: str) -> None:
        """Delete a recording and its files, as when a step is done again."""
        with self.database.changing() as session:
            keeping.delete_recording(session, recording_id)
        keeping.finish(self.database, self.files)

    # --- the queue

    def next_queued(self) -> Recording | None:
        """Take the next recording to be analysed, live visits first; None where none waits."""
        with self.database.changing() as session:
            row = queue.take_next(session)
            return None if row is None else self._recording_of(row)

    def progress(self, recording_id: str, stage: str, done: int, of: int) -> bool:
        """Write down how far an analysis is; False where it was cancelled meanwhile."""
        with self.database.changing() as session:
            return queue.progress(session, recording_id, stage, done, of)

    def finish(self, recording_id: str, result: Mapping[str, object]) -> Recording:
        """Keep what an analysis found; one cancelled meanwhile stays cancelled.

        Where the recording was deleted meanwhile, what the analysis wrote is removed.
        """
        with self._or_no_files(recording_id), self.database.changing() as session:
            return self._recording_of(queue.finish(session, recording_id, result))

    def fail(self, recording_id: str, reason: Reason) -> Recording:
        """Keep why an analysis came to nothing; else as `finish`."""
        with self._or_no_files(recording_id), self.database.changing() as session:
            return self._recording_of(queue.fail(session, recording_id, reason))

    def cancel(self, recording_id: str) -> Recording:
        """Take a recording out of the queue; what is over stays as it is."""
        with self.database.changing() as session:
            return self._recording_of(queue.cancel(session, recording_id))

    def requeue(self, recording_id: str, settings: Mapping[str, object] | None = None) -> Recording:
        """Put a recording into the queue once more, with other settings if given.

        Raises
        ------
        StoreTrouble
            It is being analysed now (recording_running), or its clip was not kept (video_gone).
        """
        with self.database.changing() as session:
            row = queue.requeue(session, recording_id, settings)
            if not self.files.has_clip(recording_id):
                raise StoreTrouble("video_gone")
            return self._recording_of(row)

    def give_back(self, recording_id: str) -> Recording:
        """Let a running recording wait again, not counted as tried: the server is asked to stop."""
        with self.database.changing() as session:
            return self._recording_of(queue.give_back(session, recording_id))

    def requeue_running(self) -> int:
        """After a restart: what was running waits again, or fails after three attempts."""
        with self.database.changing() as session:
            return queue.requeue_running(session)

    def queue(self) -> tuple[Recording, ...]:
        """Return what runs and what waits, in the order of its turn."""
        with self.database.reading() as session:
            return tuple(map(self._recording_of, queue.all_in_order(session)))

    # --- what may stay

    def apply_keep(self, recording_id: str) -> Recording:
        """Remove what may not stay of a recording: to be called when its analysis is over."""
        # the write lock is held, so that it cannot be put into the queue again in between
        with self.database.changing() as session:
            keeping.apply_keep(session, self.files, recording_id, datetime.now(UTC))
            return self._recording_of(visits.recording_row(session, recording_id))

    def sweep(self, now: datetime) -> Swept:
        """Remove all whose time is up: to be called at the start and every hour or so."""
        with self.database.changing() as session:
            gone_clients, gone_visits = keeping.expire(session, now)
        reduced = keeping.reduce_all(self.database, self.files, now)
        with self.database.reading() as session:
            leftovers = keeping.tidy(session, self.files, now)
        keeping.finish(self.database, self.files)
        return Swept(
            clients=gone_clients, visits=gone_visits, recordings=reduced, leftovers=leftovers
        )

    # --- who may come in

    def add_user(self, name: str, password: str, role: Role) -> User:
        """Add a user."""
        with self.database.changing() as session:
            return users.add_user(session, name, password, role)

    def check_password(self, name: str, password: str) -> User | None:
        """Return the user if name and password are right; takes as long where they are not."""
        with self.database.reading() as session:
            row = users.find_user(session, name)
            found = None if row is None else (users.user_of(row), row.password)
        right = users.matches(found[1] if found else None, password)
        return found[0] if found and right else None

    def change_password(self, user_id: str, password: str) -> None:
        """Give a user another password."""
        kept = users.hashed(password, users.SHORTEST_PASSWORD)
        with self.database.changing() as session:
            users.user_row(session, user_id).password = kept

    def users(self) -> tuple[User, ...]:
        """Return all users, by name."""
        with self.database.reading() as session:
            return users.every_user(session)

    def user(self, user_id: str) -> User:
        """Return one user."""
        with self.database.reading() as session:
            return users.user_of(users.user_row(session, user_id))

    def delete_user(self, user_id: str) -> None:
        """Delete a user; never the last owner while there are others."""
        with self.database.changing() as session:
            users.delete_user(session, user_id)

    def set_passcode(self, passcode: str | None) -> None:
        """Lock this installation with a passcode, or take the lock away."""
        kept = None if passcode is None else users.hashed(passcode, users.SHORTEST_PASSCODE)
        self.set_setting(_PASSCODE, kept)

    def check_passcode(self, passcode: str) -> bool:
        """Whether it is the passcode; never where none is set."""
        return users.matches(self.get_setting(_PASSCODE), passcode)

    def has_passcode(self) -> bool:
        """Whether a passcode is set."""
        return self.get_setting(_PASSCODE) is not None

    def add_token(self, name: str) -> tuple[Token, str]:
        """Add a token for another program; its secret is returned this once."""
        with self.database.changing() as session:
            return users.add_token(session, name)

    def check_token(self, secret: str) -> Token | None:
        """Return the token a secret belongs to, and remember that it was used."""
        now = datetime.now(UTC)
        with self.database.reading() as session:
            row = users.find_token(session, secret)
            token = None if row is None else users.token_of(row)
        if token is None or not users.is_due(token, now):
            return token
        with self.database.changing() as session:
            row = users.find_token(session, secret)
            if row is None:
                return None  # deleted in between
            row.last_used_at = now
            return users.token_of(row)

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first."""
        with self.database.reading() as session:
            return users.every_token(session)

    def delete_token(self, token_id: str) -> None:
        """Delete a token; its secret opens nothing from now on."""
        with self.database.changing() as session:
            users.delete_token(session, token_id)

    # --- settings of this installation

    def get_setting(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return a setting, or `default` where it was never set."""
        with self.database.reading() as session:
            row = session.get(SettingRow, key)
            return default if row is None else row.value

    def set_setting(self, key: str, value: object) -> None:
        """Keep a setting: any value JSON can hold."""
        with self.database.changing() as session:
            session.merge(SettingRow(key=key, value=value))

    # --- within

    def _recording_of(self, row: RecordingRow) -> Recording:
        return visits.recording_of(row, self.files)

    def _apply_keep_to(self, visit: Visit) -> None:
        with self.database.changing() as session:
            keeping.apply_keep_to_visit(session, self.files, visit.id, datetime.now(UTC))

    @contextlib.contextmanager
    def _or_no_files(self, recording_id: str) -> Iterator[None]:
        try:
            yield
        except StoreTrouble as trouble:
            if trouble.reason.code == "no_such_recording":
                self.files.remove(recording_id)
            raise
