"""A failure says its own name and has its own status; the log holds nobody's values."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from posture.errors import CannotWrite, ModelTrouble, PostureError, UnusableClip
from posture.outputs.words import LANGUAGES
from posture.store import Store, StoreTrouble
from posture.web import create_app
from posture.web.log_filter import keep_names_out, where
from posture.web.responses import Refused, status_of
from tests.web.make import MP4_HEAD, NOTHING, TestClient, app_in, config_in, listening

NAME, NOTE, NUMBER, FILE = PRIVATE = ("Himitsu", "kakushita", "83.14159", "naisho.mp4")


@pytest.fixture
def said() -> Iterator[Callable[[], str]]:
    """Everything that is logged, as a handler writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream.getvalue
    root.removeHandler(handler)


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


# --- statuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (StoreTrouble("database_locked", path="x"), 503),
        (StoreTrouble("database_newer", path="x"), 503),
        (StoreTrouble("database_damaged", path="x"), 500),
        (StoreTrouble("database_refuses", path="x", why="y"), 500),
        (StoreTrouble("store_not_writable", path="x", why="y"), 500),
        (StoreTrouble("open_elsewhere", path="x"), 503),
        (StoreTrouble("traces_left", path="x"), 500),
        (StoreTrouble("disk_full", path="x"), 507),
        (CannotWrite("disk_full", path="x"), 507),
        (CannotWrite("not_writable", path="x", why="y"), 500),
        (ModelTrouble("model_missing"), 500),
        (StoreTrouble("no_such_visit"), 404),
        (StoreTrouble("name_missing"), 400),
        (UnusableClip("empty_file", file="x"), 400),
        (Refused("web_bad_request", what="x"), 400),
    ],
)
def test_who_is_at_fault_is_told_by_the_status(trouble: PostureError, status: int) -> None:
    assert status_of(trouble) == status


@pytest.mark.parametrize("path", ["/", "/clients", "/recordings", "/api/clients", "/api/queue"])
def test_a_damaged_database_is_a_failure_of_the_server(
    tmp_path: Path, worker: Callable[[str], None], path: str
) -> None:
    worker(NOTHING)
    with app_in(tmp_path) as client:
        for number in range(80):
            store_of(client).clients.add(f"{number}", "x" * 400)
        store_of(client).close()
        database = tmp_path / "data" / "posture.db"
        with closing(sqlite3.connect(database)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = database.read_bytes()
        database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        answer = client.get(path)

    assert answer.status_code == 500
    assert "damaged" in answer.text


def test_a_held_database_is_a_matter_of_time(tmp_path: Path, worker: Callable[[str], None]) -> None:
    worker(NOTHING)
    app = create_app(config_in(tmp_path))
    with (
        TestClient(
            app,
            base_url="http://127.0.0.1:8765",
            client=("127.0.0.1", 1),
            raise_server_exceptions=False,
        ) as client,
        closing(sqlite3.connect(tmp_path / "data" / "posture.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        answers = [
            client.post("/api/clients", json={"name": "Aki"}),
            client.post("/clients", data={"name": "Aki"}),
        ]
        other.execute("ROLLBACK")

    assert [answer.status_code for answer in answers] == [503, 503]
    assert {"code", *LANGUAGES} == set(answers[0].json()["error"])


# --- the log --------------------------------------------------------------------------------------


def unsaid(told: str) -> list[str]:
    return [secret for secret in PRIVATE if secret in told]


def broken_statement(store: Store) -> Callable[..., Any]:
    def add(*values: object, **_: object) -> object:
        with store.database.changing() as session:
            row = {"name": values[0] if values else NAME, "note": NOTE}
            session.execute(text("INSERT INTO nowhere VALUES (:name, :note)"), row)
        raise AssertionError

    return add


def broken_by_value(*values: object, **_: object) -> object:
    raise ValueError(f"expected something else, got {values} {NAME} {NOTE}\n{NUMBER} {FILE}")


def chained(*values: object, **more: object) -> object:
    try:
        return broken_by_value(*values, **more)
    except ValueError as trouble:
        raise KeyError(FILE) from trouble


def locked(*values: object, **_: object) -> object:
    raise StoreTrouble("database_refuses", path=FILE, why=f"{NAME} {values}")


@pytest.mark.parametrize("fault", ["statement", "value", "chained", "refused"])
def test_the_log_of_a_failure_holds_nothing_of_a_person(
    tmp_path: Path,
    worker: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
    fault: str,
) -> None:
    worker(NOTHING)
    app = create_app(config_in(tmp_path))
    store: Store = app.state.store
    faults = {
        "statement": broken_statement(store),
        "value": broken_by_value,
        "chained": chained,
        "refused": locked,
    }
    with listening(app) as port:
        address = f"http://127.0.0.1:{port}"
        # without one line for all: the server closes it after a failure
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=address, limits=limits) as client:
            sent_file = client.post("/api/uploads", params={"file_name": FILE}, content=MP4_HEAD)
            assert sent_file.status_code == 201
            for part in (store.clients, store.visits, store.recordings):
                monkeypatch.setattr(part, "add", faults[fault])
            monkeypatch.setattr(store.queue, "next", faults[fault])
            monkeypatch.setattr(store.visits, "change", faults[fault])
            answers = [
                client.post("/api/clients", json={"name": NAME, "note": NOTE}),
                client.post("/clients", data={"name": NAME, "note": NOTE}),
                client.post("/api/visits", json={"answers": {"height_cm": float(NUMBER)}}),
                client.post("/api/uploads", params={"file_name": FILE}, content=MP4_HEAD),
            ]

    assert [answer.status_code for answer in answers] == [500] * 4
    told = said() + capsys.readouterr().err  # the server's own logger writes there
    if fault != "refused":
        assert "Traceback" in told  # who mends it learns where
        assert "test_failures.py" in told
    assert unsaid(told) == []


def test_a_task_that_fails_unseen_is_logged_without_its_words(said: Callable[[], str]) -> None:
    async def fails() -> None:
        raise ValueError(NAME + NOTE)

    async def run() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    keep_names_out()
    asyncio.run(run())

    assert "never retrieved" in said()
    assert unsaid(said()) == []


def test_a_worker_that_breaks_says_where_and_no_more() -> None:
    try:
        chained(NAME)
    except KeyError as trouble:
        told = where(trouble)

    assert "KeyError" in told
    assert "ValueError" in told
    assert "in broken_by_value" in told
    assert unsaid(told) == []
