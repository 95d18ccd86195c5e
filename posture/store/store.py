"""What is kept: opened once, asked by subject in short calls that any thread may make."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

from posture import leftovers
from posture.closing import Closing
from posture.store import binned, keeping
from posture.store.access import InstallationSettings, Tokens, Users
from posture.store.backup import remove_half_restored
from posture.store.clients import Clients
from posture.store.corrected import Corrected
from posture.store.database import Database, connect
from posture.store.errors import StoreTrouble
from posture.store.files import Files
from posture.store.queue import Queue
from posture.store.records import Swept
from posture.store.schema import bring_up_to_date
from posture.store.visits import Recordings, Visits


def open_store(data_dir: Path, *, wait_s: float = 5.0) -> Store:
    """Open what lies in a data directory: made where nothing is, brought up to date where old.

    `wait_s` is how long a call waits for another program that writes.

    Raises
    ------
    StoreTrouble
        The folder or the database cannot be used, or a newer version of this program made it.
    """
    files = Files(data_dir)
    remove_half_restored(files)
    files.make()
    leftovers.sweep(files.passing)
    files.make_database()
    # making a table anew must not take along what refers to it
    once = connect(files.database, wait_s=wait_s, keys=False, pooled=False)
    bring_up_to_date(once)
    store = Store(connect(files.database, wait_s=wait_s), files)
    with contextlib.suppress(StoreTrouble):  # still written down for the next time
        keeping.finish(store.database, files)
    return store


class Store(Closing):
    """Everything that is kept, by subject.

    What is asked for by an id and is not there raises `StoreTrouble` (no_such_client,
    no_such_visit, no_such_recording, no_such_user, no_such_token). Any call may raise it for
    database_locked, disk_full, database_damaged, database_refuses.
    """

    def __init__(self, database: Database, files: Files) -> None:
        self.database = database
        self.files = files
        self.visits = Visits(database, files)
        self.recordings = Recordings(database, files)
        self.clients = Clients(database, files, self.visits, self.recordings)
        self.bin = binned.Bin(database, files)
        self.queue = Queue(database, files)
        self.corrected = Corrected(database, files)
        self.users = Users(database)
        self.tokens = Tokens(database)
        self.settings = InstallationSettings(database)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def sweep(self, now: datetime) -> Swept:
        """Remove all whose time is up: to be called at the start and every hour or so."""
        with self.database.changing() as session:
            gone_clients, gone_visits = keeping.expire(session, now)
            from_bin = binned.expire(session, now)
            keeping.count_from_now(session, now)
        reduced = keeping.reduce_all(self.database, self.files, now)
        with self.database.reading() as session:
            leftovers = keeping.tidy(session, self.files, now)
        keeping.finish(self.database, self.files)
        return Swept(
            clients=gone_clients + from_bin[0],
            visits=gone_visits + from_bin[1],
            recordings=reduced,
            leftovers=leftovers,
        )
