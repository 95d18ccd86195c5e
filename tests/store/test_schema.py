"""Every older database opens, and what the migrations make is what the models say."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from posture.store import Store, StoreTrouble, open_store
from posture.store.database import connect
from posture.store.schema import NEWEST, bring_up_to_date, configuration, revisions
from posture.store.tables import Base


def test_the_migrated_schema_equals_the_models(store: Store) -> None:
    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )

        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_revision_is_the_last_one() -> None:
    assert revisions()[-1] == NEWEST


def test_a_database_up_to_date_opens_without_alembic(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)  # importing it fails from here on

    with open_store(store.files.data_dir) as again:
        assert again.clients.all() == ()


def test_the_migrated_tables_refer_to_each_other_as_the_models_do(store: Store) -> None:
    plain = create_engine("sqlite://")
    Base.metadata.create_all(plain)
    there, meant = inspect(store.database.engine), inspect(plain)

    for table in Base.metadata.tables:
        keys = [
            [(key["constrained_columns"], key["options"]) for key in one.get_foreign_keys(table)]
            for one in (there, meant)
        ]
        assert keys[0] == keys[1]
        assert there.get_indexes(table) == meant.get_indexes(table)
    plain.dispose()


def test_a_database_of_the_first_revision_is_brought_to_the_last_with_its_rows(
    data_dir: Path,
) -> None:
    data_dir.mkdir()
    first = connect(data_dir / "posture.db", wait_s=1, keys=False, pooled=False)
    bring_up_to_date(first, revisions()[0])
    with closing(sqlite3.connect(data_dir / "posture.db")) as old, old:
        old.execute(
            "INSERT INTO clients (id, name, note, created_at) VALUES (?, 'Ann', '', ?)",
            ("a" * 32, "2025-03-01 09:30:00.000000"),
        )
        old.execute(
            'INSERT INTO visits (id, client_id, started_at, "check", language, answers, withheld)'
            " VALUES (?, ?, ?, 'quick', 'en', ?, 0)",
            ("b" * 32, "a" * 32, "2025-03-01 09:31:00.000000", '{"pain": 2}'),
        )

    with open_store(data_dir) as store:
        (client,) = store.clients.all()
        (visit,) = store.visits.latest(client.id)

    assert (client.name, client.created_at.isoformat()) == ("Ann", "2025-03-01T09:30:00+00:00")
    assert visit.answers == {"pain": 2}
    with closing(sqlite3.connect(data_dir / "posture.db")) as now:
        assert now.execute("SELECT * FROM alembic_version").fetchall() == [(revisions()[-1],)]


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(data_dir: Path) -> None:
    with open_store(data_dir) as store:
        store.clients.add("Ann")
    with closing(sqlite3.connect(data_dir / "posture.db")) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (data_dir / "posture.db").read_bytes()

    with pytest.raises(StoreTrouble, match="database_newer"):
        open_store(data_dir)

    assert (data_dir / "posture.db").read_bytes() == before


def test_a_migration_that_breaks_off_leaves_an_empty_database(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as late:
        late.setattr("alembic.op.create_index", lambda *_: broken())
        with pytest.raises(OSError, match="Input/output"):
            open_store(data_dir)
    with closing(sqlite3.connect(data_dir / "posture.db")) as half:
        assert half.execute("SELECT name FROM sqlite_master").fetchall() == []

    with open_store(data_dir) as store:
        assert store.clients.all() == ()


def test_every_step_can_be_taken_back(data_dir: Path) -> None:
    data_dir.mkdir()
    database = connect(data_dir / "posture.db", wait_s=1, keys=False, pooled=False)
    bring_up_to_date(database)
    with database.engine.execution_options(changes=True).begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    assert inspect(database.engine).get_table_names() == ["alembic_version"]


def start(data_dir: Path) -> None:
    with open_store(data_dir, wait_s=30) as store:
        store.clients.add("Ann")


def test_four_programs_may_start_on_an_empty_folder_at_once(data_dir: Path) -> None:
    forked = multiprocessing.get_context("fork")  # a fresh one would load for seconds
    started = [forked.Process(target=start, args=(data_dir,)) for _ in range(4)]
    for one in started:
        one.start()
    for one in started:
        one.join(60)

    assert [one.exitcode for one in started] == [0, 0, 0, 0]
    with open_store(data_dir) as store:
        assert len(store.clients.all()) == 4
