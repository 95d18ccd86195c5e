"""A database or a disk that refuses is one sentence, and nothing is half-written."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from posture.outputs.words import LANGUAGES, Language, load_words, sentence
from posture.store import Store, StoreTrouble, open_store
from tests.outputs.codes import handed_to
from tests.store.make import MARKER, analysed


def test_a_locked_database_is_one_trouble_after_a_short_wait(store: Store, data_dir: Path) -> None:
    client = store.clients.add("Ann")
    with closing(sqlite3.connect(data_dir / "posture.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()

        with pytest.raises(StoreTrouble, match="database_locked") as caught:
            store.clients.add("Bert")
        with pytest.raises(StoreTrouble, match="database_locked"):
            store.queue.next()

        assert time.monotonic() - before < 5  # told to wait 0.2 s each
        assert store.clients.all() == (client,)  # reading goes on
        other.execute("ROLLBACK")

    assert "posture.db is locked by another program" in sentence(caught.value.reason, "en")
    assert store.clients.add("Bert").name == "Bert"


def test_a_database_locked_at_the_start_is_the_same_trouble(data_dir: Path) -> None:
    open_store(data_dir).close()
    with closing(sqlite3.connect(data_dir / "posture.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE settings SET key = key")

        with pytest.raises(StoreTrouble, match="database_locked"):
            open_store(data_dir, wait_s=0.1)


def test_a_reader_that_holds_on_delays_the_last_traces_but_not_the_deletion(
    store: Store, data_dir: Path
) -> None:
    made = analysed(store)
    with closing(sqlite3.connect(data_dir / "posture.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM clients").fetchone()

        with pytest.raises(StoreTrouble, match="traces_left"):
            store.clients.delete(made.client.id)

        assert store.clients.all() == ()
        assert not store.files.clip(made.recording.id).exists()

    store.sweep(made.client.created_at)
    everything = b"".join(p.read_bytes() for p in data_dir.rglob("*") if p.is_file())
    assert MARKER.encode() not in everything


def test_a_full_disk_keeps_what_was_there_and_adds_nothing(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")
    upload = store.files.incoming("a" * 32)
    upload.write_bytes(b"film")
    with store.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    _limit(store, int(pages or 0) + 1)

    with pytest.raises(StoreTrouble, match="disk_full") as caught:
        store.recordings.add(visit.id, "auto", "x" * 50_000, 4, clip=upload)

    assert store.recordings.of_visit(visit.id) == ()
    assert upload.read_bytes() == b"film"
    assert [*(store.files.data_dir / "files").iterdir()] == []
    assert "the disk is full" in sentence(caught.value.reason, "en")
    _limit(store, 1 << 30)
    assert store.recordings.add(visit.id, "auto", "x" * 50_000, 4, clip=upload).has_video


def _limit(store: Store, pages: int) -> None:
    """Let the database of every connection grow to so many pages only, as on a full disk."""
    store.database.engine.dispose()
    with store.database.engine.connect() as connection:  # the pool's one connection in this thread
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_clip_for_which_there_is_no_room_stays_an_upload(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = store.visits.add(None, "recordings", "en")
    upload = store.files.incoming("a" * 32)
    upload.write_bytes(b"film")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        with pytest.raises(StoreTrouble, match="disk_full"):
            store.recordings.add(visit.id, "auto", "film.mp4", 4, clip=upload)

    assert store.recordings.of_visit(visit.id) == ()
    assert upload.read_bytes() == b"film"


def test_an_export_for_which_there_is_no_room_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = analysed(store)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StoreTrouble, match="disk_full"):
        store.clients.export(made.client.id, tmp_path / "client.zip")

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("damage", [b"not a database at all " * 400, b"SQLite format 3\x00" * 99])
def test_a_damaged_database_is_said_to_be_damaged(data_dir: Path, damage: bytes) -> None:
    data_dir.mkdir()
    (data_dir / "posture.db").write_bytes(damage)

    with pytest.raises(StoreTrouble, match="database_damaged"):
        open_store(data_dir)

    assert (data_dir / "posture.db").read_bytes() == damage


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET role = 'ovner'",
        "UPDATE recordings SET state = 'dome'",
        "UPDATE visits SET started_at = '2026-11;30 10:00:00.000000'",
        "UPDATE clients SET created_at = x'00ff'",
    ],
)
def test_a_value_that_the_disk_changed_is_said_to_be_damage(
    store: Store, data_dir: Path, change: str
) -> None:
    """SQLite checks how its pages hang together, not what is in them."""
    analysed(store)
    store.users.add("Aoi", "four seven nine", "owner")

    def everything() -> None:
        store.users.all()
        store.clients.all()
        for visit in store.visits.latest():
            store.recordings.of_visit(visit.id)

    everything()
    with closing(sqlite3.connect(data_dir / "posture.db")) as other, other:
        other.execute(change)
    with pytest.raises(StoreTrouble, match="database_damaged"):
        everything()


def test_a_data_directory_that_is_a_file_is_said_to_be_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StoreTrouble, match="store_not_writable"):
        open_store(tmp_path / "data")


def test_a_statement_that_fails_does_not_name_what_it_was_about(store: Store) -> None:
    row = {"name": "Himitsu", "answers": "83.14159"}
    with pytest.raises(DBAPIError) as caught, store.database.changing() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:name, :answers)"), row)
    told = str(caught.value)

    assert "nowhere" in told
    assert "Himitsu" not in told
    assert "83.14159" not in told


def test_a_fault_of_this_program_is_not_passed_off_as_the_databases(store: Store) -> None:
    with (
        pytest.raises(Exception, match="no such table") as caught,
        store.database.reading() as session,
    ):
        session.connection().exec_driver_sql("SELECT * FROM nowhere")

    assert not isinstance(caught.value, StoreTrouble)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trouble_has_its_sentence(language: Language) -> None:
    found = handed_to("StoreTrouble")

    assert sorted(found.codes - set(load_words(language).tables["reasons"])) == []
    assert {"database_locked", "disk_full", "database_refuses", "no_such_client"} <= found.codes
    assert found.open_ends == set()


def test_a_connection_in_use_while_the_store_closes_is_closed_when_it_is_given_back(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)
    with store.database.reading() as session:
        raw = session.connection().connection.driver_connection
        store.close()
        assert session.scalar(text("SELECT 1")) == 1  # what is begun comes to its end

    assert raw is not None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        raw.execute("SELECT 1")
