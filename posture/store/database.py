"""The database: opened the way it must be, and its refusals as reasons."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from posture.received import recalled
from posture.store.errors import Damaged, StoreTrouble

# As many as a server has threads for such calls (Starlette: 40); a call holds one for milliseconds.
_CONNECTIONS = 40

_REFUSALS = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_CORRUPT: "database_damaged",
    sqlite3.SQLITE_NOTADB: "database_damaged",
}


@dataclass(frozen=True, slots=True)
class Database:
    """One database, open; every call takes a session of its own, so threads do not meet in it."""

    engine: Engine
    path: str  # what people are told when it refuses
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        event.listen(self.engine, "checkin", self._given_back)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that changes nothing and waits for nobody."""
        with explained(self.path), Session(self.engine) as session:
            yield session

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """Yield a session whose changes are kept all together, or none.

        The write lock is taken first: what is read inside is still so when it is written.
        """
        writer = self.engine.execution_options(changes=True)
        with explained(self.path), Session(writer) as session, session.begin():
            yield session

    def wipe(self) -> None:
        """Leave no bytes of deleted rows in the file or its log.

        `secure_delete` blanks what is deleted, but copies that the tree made while it was balanced
        can stay in unused space; only writing the file anew is certain.
        """
        with explained(self.path):
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("VACUUM").close()
                told = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.close()
        if told[0]:  # a reader holds on to the log
            raise StoreTrouble("database_locked", path=self.path)

    def close(self) -> None:
        """Let go of every connection: of one that a thread still uses, when it is given back."""
        self._over.set()
        self.engine.dispose()

    def _given_back(self, _: object, connection: ConnectionPoolEntry) -> None:
        if self._over.is_set():  # the pool it came from keeps it for ever
            connection.invalidate()


def connect(path: Path, *, wait_s: float, keys: bool = True, pooled: bool = True) -> Database:
    """Open the SQLite file at `path`.

    `keys` off leaves references between tables unchecked, as making a table anew needs it.
    """
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        pool = {"pool_size": 5, "max_overflow": _CONNECTIONS - 5, "pool_timeout": wait_s}
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # no transaction control of the driver's own: `_prepare` decides which kind it is
        connect_args={"timeout": wait_s, "isolation_level": None, "check_same_thread": False},
        json_serializer=_written,
        json_deserializer=recalled,
        hide_parameters=True,  # a failing statement is logged without what it was about
        **pool,
    )
    _prepare(engine, keys=keys)
    return Database(engine, str(path))


def _written(value: object) -> str:
    """Write JSON that every program can read: NaN is a wrong call."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _prepare(engine: Engine, *, keys: bool) -> None:
    """Set up each new connection to SQLite, and begin transactions by kind."""
    settings = (
        "journal_mode = WAL",  # readers and the writer do not wait for others
        "synchronous = FULL",  # what was said to be kept survives a power cut
        "secure_delete = ON",
        "temp_store = MEMORY",  # no copies in the system's temporary folder
        f"foreign_keys = {'ON' if keys else 'OFF'}",
    )

    def settle(raw: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - any driver's connection
        try:
            with closing(raw.cursor()) as cursor:
                for setting in settings:
                    cursor.execute(f"PRAGMA {setting}")
        except BaseException:
            raw.close()  # damaged, or locked: nobody else gets hold of it
            raise

    def begin(connection: Connection) -> None:
        changes = connection.get_execution_options().get("changes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if changes else "BEGIN")

    event.listen(engine, "connect", settle)
    event.listen(engine, "begin", begin)


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn what the database says into a reason; what only a fault of ours can be stays as it is.

    Raises
    ------
    StoreTrouble
        Locked, full, damaged, not to be written, or not to be reached.
    """
    try:
        yield
    except NoConnection as trouble:
        raise StoreTrouble("database_locked", path=path) from trouble
    except (
        Damaged,
        UnicodeDecodeError,
    ) as trouble:  # SQLite quotes the damage in what it says of it
        raise StoreTrouble("database_damaged", path=path) from trouble
    except DBAPIError as trouble:
        raise _trouble(trouble.orig, path) or trouble from trouble
    except sqlite3.Error as trouble:
        raise _trouble(trouble, path) or trouble from trouble


def _trouble(said: BaseException | None, path: str) -> StoreTrouble | None:
    """Return the reason for what a driver raised; None where it is a fault of this program."""
    if isinstance(said, sqlite3.DatabaseError) and hasattr(said, "sqlite_errorcode"):
        if str(said) == "unsupported file format":  # SQLITE_ERROR as well, but none of ours
            return StoreTrouble("database_damaged", path=path)
        code = _REFUSALS.get(said.sqlite_errorcode & 0xFF, "database_refuses")
        is_ours = said.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}
        return None if is_ours else StoreTrouble(code, path=path, why=str(said))
    return None
