"""The tables brought up to date, from whatever revision a database is at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from posture.store.database import Database, explained
from posture.store.errors import StoreTrouble

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0004"  # the last of `migrations`; a database there needs no Alembic, which loads slowly

# Alembic keeps the migration that runs in one place for the whole process.
_ONE_AT_A_TIME = threading.Lock()


def bring_up_to_date(database: Database, to: str = NEWEST) -> None:
    """Make the tables, or change older ones, all together or not at all.

    Raises
    ------
    StoreTrouble
        Made by a newer version of this program; locked, full, damaged.
    """
    writer = database.engine.execution_options(changes=True)
    with _ONE_AT_A_TIME, explained(database.path), writer.begin() as connection:
        at = revision_of(connection)
        if at == NEWEST:
            return
        from alembic import command  # noqa: PLC0415 - see NEWEST

        if at is not None and at not in revisions():
            raise StoreTrouble("database_newer", path=database.path)
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def revision_of(connection: Connection) -> str | None:
    """Return the revision a database is at; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if at is None else str(at)


def revisions() -> tuple[str, ...]:
    """Return every revision this version knows, the first one first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see NEWEST

    scripts = ScriptDirectory.from_config(configuration())
    return tuple(script.revision for script in scripts.walk_revisions())[::-1]


def configuration() -> Config:
    """Return Alembic's configuration: the steps packaged beside this module, no file."""
    from alembic.config import Config  # noqa: PLC0415 - see NEWEST

    config = Config()
    config.set_main_option("script_location", "posture.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
