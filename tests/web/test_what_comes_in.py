"""Pages, API and socket take the same numbers, letters and lengths; what was stored shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from posture.store import Store
from posture.web.live import session as live_session
from posture.web.live.session import close_sessions
from posture.web.records import Record
from tests.web.make import MP4_HEAD, NOTHING, OWN, TestClient, app_in, sent

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
SOCKETS = OWN.replace("http", "ws")
HUGE = "9" * 400
NAMES = ("佐藤 亜希", "葛\U000e0100城", "👩\u200d👩\u200d👧", "Nguye\u0302\u0303n", "田" * 200)


@pytest.fixture
def client(tmp_path: Path, worker: Callable[[str], None]) -> Iterator[TestClient]:
    worker(NOTHING)
    with app_in(tmp_path) as found:
        yield found


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


def code_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - httpx's
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    "answers",
    [
        f'{{"height_cm": {HUGE}}}',
        f'{{"anything": {HUGE}}}',
        '{"height_cm": 1e400}',
        '{"height_cm": 1e300}',
        '{"height_cm": -1}',
        '{"belt_kmh": 300}',
        '{"pain": 1e400}',
        '{"x": "\\ud800"}',
        '{"\\ud800": 1}',
        '{"x": "\\u0000"}',
    ],
)
def test_answers_that_nothing_can_use_begin_no_visit(client: TestClient, answers: str) -> None:
    told = client.post("/api/visits", content=f'{{"answers": {answers}}}', headers=JSON)

    assert code_of(told) == (400, "web_bad_request")
    assert client.get("/api/visits").json() == []


@pytest.mark.parametrize("field", ["name", "note", "age_band"])
@pytest.mark.parametrize("told", ["\\ud800", "A\\u0000"])
def test_letters_that_nothing_can_keep_make_no_client(
    client: TestClient, field: str, told: str
) -> None:
    fields = {"name": '"Aki"', field: f'"{told}"'}
    body = ", ".join(f'"{name}": {value}' for name, value in fields.items())
    answer = client.post("/api/clients", content=f"{{{body}}}", headers=JSON)

    assert code_of(answer) == (400, "web_bad_request")
    assert client.get("/api/clients").json() == []


@pytest.mark.parametrize("body", ["name=A%00ki", "name=Aki&note=a%00", "na%00me=Aki"])
def test_a_form_with_a_nul_in_it_makes_no_client(client: TestClient, body: str) -> None:
    answer = client.post("/clients", content=body, headers=FORM)

    assert answer.status_code == 400
    assert client.get("/api/clients").json() == []


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u202e", "\ufeff", "\u3164", "\ufe0f"])
def test_a_name_that_nobody_sees_is_missing(client: TestClient, name: str) -> None:
    assert code_of(client.post("/api/clients", json={"name": name})) == (400, "name_missing")
    assert client.post("/clients", data={"name": name}).status_code == 400
    assert client.get("/api/clients").json() == []


def test_a_name_that_turns_text_round_is_kept_without(client: TestClient) -> None:
    kept = client.post("/api/clients", json={"name": "Aki\u202e (new)", "note": "a\u202eb"}).json()

    assert (kept["name"], kept["note"]) == ("Aki (new)", "ab")


@pytest.mark.parametrize("band", ["40-49", "x" * 20, "<b>"])
def test_an_age_band_that_no_page_offers_is_refused(client: TestClient, band: str) -> None:
    told = client.post("/api/clients", json={"name": "Aki", "age_band": band})

    assert code_of(told) == (400, "web_bad_request")


@pytest.mark.parametrize("name", NAMES)
def test_ordinary_names_and_notes_stay_as_they_are(client: TestClient, name: str) -> None:
    note = f"膝 😀 {name}\n2行目\tذ"
    kept = client.post("/api/clients", json={"name": name, "note": note, "age_band": "40s"}).json()
    sure = {"name": name, "note": note, "sure": "yes"}  # there is one of that name now
    form = client.post("/clients", data=sure, follow_redirects=False)

    assert (kept["name"], kept["note"], kept["age_band"]) == (name, note, "40s")
    assert form.status_code == 303
    assert {one["name"] for one in client.get("/api/clients").json()} == {name}
    assert client.get("/clients").status_code == 200


def test_ordinary_answers_begin_a_visit(client: TestClient) -> None:
    answers = {"height_cm": 172.5, "pain": 0, "age": 41, "belt_kmh": None, "near_side": "auto"}
    told = client.post("/api/visits", json={"check": "full", "answers": answers})

    assert told.status_code == 201
    assert told.json()["answers"] == answers


# --- the names of files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["あ" * 110 + ".mp4", "😀" * 116 + ".mp4", "\u202e" * 9 + "あ.mp4"]
)
def test_an_uploads_name_fits_on_a_disk_and_comes_back(client: TestClient, name: str) -> None:
    recording = sent(client, MP4_HEAD, file_name=name)

    assert len(recording["file_name"].encode()) <= 255
    assert recording["file_name"].endswith(".mp4")
    answer = client.get(f"/files/{recording['id']}/clip", params={"download": "1"})
    assert answer.status_code == 200
    assert answer.content == MP4_HEAD


# --- what was stored before -----------------------------------------------------------------------


def spoiled(client: TestClient, sql: str, *values: object) -> None:
    """Change the database as an older version, or a strange backup, may have left it."""
    with closing(sqlite3.connect(store_of(client).files.data_dir / "posture.db")) as raw, raw:
        raw.execute(sql, values)


PAGES = ("/", "/clients", "/recordings", "/live", "/api/clients", "/api/visits", "/api/queue")


@pytest.mark.parametrize(
    "answers",
    [
        f'{{"height_cm": {HUGE}}}',
        '{"height_cm": %s}' % ("9" * 5000),
        '{"height_cm": 1e400, "pain": -1e400}',
        f'{{"height_cm": Infinity, "pain": NaN, "age": {HUGE}}}',
        '{"x": "\\ud800", "\\ud800": 1}',
        '{"touch": 3, "red_flags": {"a": 1}, "care": 5, "near_side": [], "model": {}}',
        '{"extras": 5, "belt_kmh": "x", "same_person": []}',
        "[]",
        "3",
        "no json",
    ],
)
def test_a_visit_with_answers_nobody_can_use_can_be_read_changed_and_led(
    client: TestClient, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit: Record = client.post("/api/visits", json={"check": "full"}).json()
    spoiled(client, "UPDATE visits SET answers = ?", answers)
    monkeypatch.setattr(live_session, "Leader", lambda *_: None)
    for path in (*PAGES, f"/visits/{visit['id']}", f"/live/{visit['id']}"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/api/visits/{visit['id']}").status_code == 200
    stored = store_of(client).visits.get(str(visit["id"]))
    live_session.leader_for(stored, "lite")
    changed = client.post(
        f"/visits/{visit['id']}/answers", data={"pain": "2"}, follow_redirects=False
    )
    assert changed.status_code == 303
    assert store_of(client).visits.get(str(visit["id"])).answers["pain"] == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "\u200b"),
        ("name", "A\x00\u202eB"),
        ("name", ""),
        ("note", "\u202e\x00"),
        ("age_band", "zzz"),
        ("keep", "zzz"),
    ],
)
def test_a_client_stored_badly_can_be_read_and_changed(
    client: TestClient, column: str, value: str
) -> None:
    made = client.post("/api/clients", json={"name": "Aki"}).json()
    spoiled(client, f"UPDATE clients SET {column} = ?", value)  # noqa: S608 - of the list above

    for path in (*PAGES, f"/clients/{made['id']}", f"/api/clients/{made['id']}"):
        assert client.get(path).status_code == 200, path
    shown = store_of(client).clients.get(made["id"])
    assert shown.name.strip()
    assert client.get(f"/clients/{made['id']}/export").status_code == 200
    fresh = {"name": "Bea", "note": "", "age_band": "40s"}
    assert client.post(f"/clients/{made['id']}", data=fresh).status_code == 200
    assert store_of(client).clients.get(made["id"]).name == "Bea"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("step", "zzz"),
        ("file_name", "\u202e\x00"),
        ("settings", f'{{"trim": ["a", {HUGE}], "height_cm": 1e400}}'),
        ("settings", "[]"),
        ("settings", '{"trim": [1, %s]}' % ("9" * 5000)),
        ("stage", "zzz"),
    ],
)
def test_a_recording_stored_badly_can_be_read(client: TestClient, column: str, value: str) -> None:
    made = sent(client, MP4_HEAD)
    spoiled(client, f"UPDATE recordings SET {column} = ?", value)  # noqa: S608 - of the list above

    for path in (*PAGES, f"/visits/{made['visit']}", f"/api/recordings/{made['id']}"):
        assert client.get(path).status_code == 200, path
    assert json.loads(client.get("/api/queue").text)[0]["id"] == made["id"]
    assert client.get(f"/files/{made['id']}/clip").status_code == 200


# --- the socket -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        f'{{"type": "config", "camera_fps": {HUGE}}}',
        '{"type": "config", "camera_fps": 1e400}',
        f'{{"type": "mark", "what": "start", "x": {HUGE}}}',
        '{"type": "\\ud800"}',
        '{"type": "mark", "what": "start", "care": ["\\ud800"]}',
    ],
)
def test_the_socket_refuses_the_same_and_goes_on(
    client: TestClient, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody:
        def warm(self) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr(live_session, "leader_for", lambda *_: Nobody())
    visit = client.post("/api/visits", json={"check": "quick"}).json()
    with client.websocket_connect(
        f"{SOCKETS}/ws/live?visit={visit['id']}", headers={"origin": OWN}
    ) as socket:
        assert socket.receive_json()["type"] == "ready"
        socket.send_text(told)
        assert socket.receive_json()["code"] == "bad_message"
        socket.send_text('{"type": "?"}')
        assert socket.receive_json()["code"] == "bad_message"
    assert client.portal is not None
    client.portal.call(close_sessions, client.app.state.live)  # type: ignore[attr-defined]
