from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount, Route
from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.outputs.words import load_words
from posture.store import Store, StoreTrouble, open_store
from posture.store.records import User
from posture.web import create_app
from posture.web.access import auth
from posture.web.access.one_time_codes import Invitations
from posture.web.access.rate_limit import Pace, RateLimit
from posture.web.access.sessions import SPANS, Sessions
from posture.web.responses import Refused
from tests.web.make import OWN, TestClient, app_in, config_in

LAN = "https://192.168.1.5:8765"
LAN_HOSTS = ("127.0.0.1", "localhost", "192.168.1.5")
HERE = ("127.0.0.1", 50000)
TABLET = ("192.168.1.20", 50000)
PASSWORD = "four seven nine"  # noqa: S105 - of a user of these tests
PASSCODE = "2468"
BROWSER = {"sec-fetch-site": "same-origin", "accept": "text/html"}


@pytest.fixture(autouse=True)
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hashed as weakly as argon2 allows: what it costs is its own authors' to test."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("posture.store.passwords._HASHER", weak)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        open_store(Path(folder)).close()
        return (Path(folder) / "posture.db").read_bytes()


def app_over(folder: Path, **changes: Any) -> Starlette:  # noqa: ANN401 - fields of Config
    """The app over a database whose tables are there already: making them takes longest."""
    config = config_in(folder, **changes)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (config.data_dir / "posture.db").write_bytes(_empty_database())
    return create_app(config)


def lan_app(folder: Path) -> Starlette:
    return app_over(folder, lan=True, secure=True, allowed_hosts=LAN_HOSTS)


def studio_app(folder: Path) -> Starlette:
    """The app on the network, with an owner and a trainer."""
    made = lan_app(folder)
    store_of(made).users.add("Aoi", PASSWORD, "owner")
    store_of(made).users.add("Ren", PASSWORD, "trainer")
    stop_the_clock(made)
    return made


def locked_app(folder: Path) -> Starlette:
    """The app of one laptop, locked."""
    made = app_over(folder)
    store_of(made).settings.set_passcode(PASSCODE)
    stop_the_clock(made)
    return made


@contextmanager
def seen_from(app: Starlette, at: tuple[str, int], base_url: str = LAN) -> Iterator[TestClient]:
    """A browser at some address; its jobs are not run."""
    client = TestClient(
        app,
        base_url=base_url,
        client=at,
        raise_server_exceptions=False,
        follow_redirects=False,
        headers=BROWSER,
    )
    yield client
    client.close()


def store_of(app: Starlette) -> Store:
    store: Store = app.state.store
    return store


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def somebody(user_id: str) -> User:
    return User(
        id=user_id,
        name=user_id,
        role="trainer",
        created_at=datetime.now(UTC),
        password_mark=f"of {user_id}",
    )


def stop_the_clock(app: Starlette) -> None:
    """However slow the tests, no wait passes by itself."""
    app.state.admission.tries |= {
        kind: RateLimit(clock=Clock())
        for kind in ("password", "passcode", "code", "recovery", "share")
    }


def signed_in(
    client: TestClient, name: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    answer: httpx.Response = client.post(
        "/login", data={"name": name, "password": password, **more}
    )
    return answer


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    return studio_app(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data") as opened:
        yield opened


# --- one laptop -----------------------------------------------------------------------------------


def test_one_laptop_needs_no_account(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        assert client.get("/settings").status_code == 200
        assert client.get("/api/queue").status_code == 200


def test_without_lan_another_machine_gets_nothing_whatever_host_it_names(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    with seen_from(app, TABLET, OWN) as client:
        answers = [client.get(path) for path in ("/", "/static/base.css", "/api/queue", "/lock")]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert "Settings, Other devices" in answers[0].text


def paths(routes: list[BaseRoute], below: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from paths(route.routes, below + route.path)
        elif isinstance(route, Route):
            yield below + re.sub(r"\{[^}]*\}", "0" * 32, route.path)


OPEN = re.compile(
    r"/(login|login/code|setup|lock|lock/recover|logout|lan/tablet|lan/ca.crt)|/(lang|theme|shared)/0+"
)


def test_locked_nothing_is_shown_but_the_form_that_unlocks(tmp_path: Path) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        for path in paths(app.routes):
            if OPEN.fullmatch(path) or path in {"/api/v1/docs", "/api/v1/openapi.json"}:
                continue
            for method in ("GET", "POST", "DELETE", "HEAD"):
                answer = client.request(method, path)
                assert answer.status_code == 401, (method, path)
                if not path.startswith("/api/") and method != "HEAD":
                    assert 'action="/lock"' in answer.text, path


def test_a_call_says_in_both_languages_that_it_is_locked(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        client.app.state.store.settings.set_passcode(PASSCODE)  # type: ignore[attr-defined]
        error = client.get("/api/queue").json()["error"]

    assert error == {
        "code": "lan_unlock_first",
        "en": load_words("en").tables["reasons"]["lan_unlock_first"],
        "ja": load_words("ja").tables["reasons"]["lan_unlock_first"],
    }


def test_the_passcode_unlocks_and_leads_back_to_the_page_asked_for(tmp_path: Path) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        asked = client.get("/clients?x=1")
        assert 'name="next" value="/clients?x=1"' in asked.text

        wrong = client.post("/lock", data={"passcode": "0000", "next": "/clients?x=1"})
        assert wrong.status_code == 403
        assert "That is not the passcode." in wrong.text
        assert 'value="/clients?x=1"' in wrong.text

        right = client.post("/lock", data={"passcode": PASSCODE, "next": "/clients?x=1"})
        assert (right.status_code, right.headers["location"]) == (303, "/clients?x=1")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert client.get("/api/queue").status_code == 200

        client.post("/logout")
        assert client.get("/api/queue").status_code == 401


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_unlocking_never_leads_to_another_host(tmp_path: Path, to: str) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        answer = client.post("/lock", data={"passcode": PASSCODE, "next": to})

    assert answer.headers["location"] == "/"


def test_a_session_that_was_ended_cannot_be_taken_up_again(tmp_path: Path) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        client.post("/lock", data={"passcode": PASSCODE})
        kept = client.cookies["posture_session"]
        client.post("/logout")
        client.cookies.set("posture_session", kept, domain="127.0.0.1", path="/")

        assert client.get("/api/queue").status_code == 401


def test_setting_the_passcode_locks_every_browser_but_the_one_it_was_set_in(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    with seen_from(app, HERE, OWN) as mine, seen_from(app, HERE, OWN) as other:
        assert mine.post("/settings/passcode", data={"new": PASSCODE}).status_code == 200
        assert mine.get("/api/queue").status_code == 200
        assert other.get("/api/queue").status_code == 401

        other.post("/lock", data={"passcode": PASSCODE})
        refused = other.post("/settings/passcode", data={"old": "0000", "new": "1357"})
        assert refused.status_code == 403
        changed = other.post("/settings/passcode", data={"old": PASSCODE, "new": "1357"})
        assert changed.status_code == 200
        assert mine.get("/api/queue").status_code == 401

        assert other.post("/settings/passcode", data={"old": "1357", "new": ""}).is_redirect
        assert mine.get("/api/queue").status_code == 200


def test_five_wrong_passcodes_make_everybody_at_this_machine_wait(tmp_path: Path) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        for _ in range(5):
            assert client.post("/lock", data={"passcode": "0000"}).status_code == 403
        answer = client.post("/lock", data={"passcode": PASSCODE})

    assert answer.status_code == 429
    assert "Wait 30 seconds" in answer.text
    assert answer.headers["retry-after"] == "30"


def test_the_lock_speaks_the_readers_language(tmp_path: Path) -> None:
    app = locked_app(tmp_path)
    with seen_from(app, HERE, OWN) as client:
        assert client.get("/lang/ja?next=/").is_redirect
        assert "ロックを解除" in client.get("/").text


def test_a_token_opens_the_api_while_the_screen_is_locked(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        store = client.app.state.store  # type: ignore[attr-defined]
        store.settings.set_passcode(PASSCODE)
        _, secret = store.tokens.add("till")
        headers = {"authorization": f"Bearer {secret}"}

        assert client.get("/api/v1/queue", headers=headers).status_code == 200
        assert client.get("/api/v1/queue").status_code == 401
        assert client.get("/api/queue", headers=headers).status_code == 401


def test_where_the_store_cannot_be_asked_nobody_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_in(tmp_path) as client:

        def locked() -> bool:
            raise Refused("database_locked", status=503, path="posture.db")

        monkeypatch.setattr(client.app.state.store.settings, "has_passcode", locked)  # type: ignore[attr-defined]
        answer = client.get("/clients", headers={"accept": "text/html"})

    assert answer.status_code == 503


# --- the network: setting up ----------------------------------------------------------------------


def test_the_network_is_served_over_tls_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lan_needs_tls"):
        create_app(config_in(tmp_path, lan=True))


def test_the_first_owner_is_made_at_this_machine_and_nowhere_else(tmp_path: Path) -> None:
    app = lan_app(tmp_path)
    form = {"name": "Aoi", "password": PASSWORD, "again": PASSWORD}
    with seen_from(app, TABLET) as tablet, seen_from(app, HERE) as laptop:
        assert "Not set up yet" in tablet.get("/").text
        assert tablet.post("/setup", data=form).status_code == 401
        assert store_of(app).users.all() == ()

        assert 'action="/setup"' in laptop.get("/").text
        assert laptop.post("/setup", data=form).is_redirect
        assert [user.role for user in store_of(app).users.all()] == ["owner"]
        assert laptop.get("/settings").status_code == 200

        again = laptop.post("/setup", data={**form, "name": "Eve"})
        assert again.status_code == 401
        assert len(store_of(app).users.all()) == 1


def test_of_two_first_owners_at_once_there_is_one(tmp_path: Path) -> None:
    app = lan_app(tmp_path)

    def make(name: str) -> str:
        try:
            app.state.admission.make_owner(name, PASSWORD)
        except Refused as refused:
            return refused.reason.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(make, ["a", "b", "c", "d"]))

    assert told == ["lan_set_up_already"] * 3 + ["made"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "Aoi", "password": PASSWORD, "again": "another one"}, "The two passwords differ"),
        ({"name": "Aoi", "password": "short", "again": "short"}, "8"),
        ({"name": " ", "password": PASSWORD, "again": PASSWORD}, "name"),
    ],
)
def test_a_form_that_is_not_filled_in_well_says_so(
    tmp_path: Path, form: dict[str, str], said: str
) -> None:
    app = lan_app(tmp_path)
    with seen_from(app, HERE) as laptop:
        answer = laptop.post("/setup", data=form)

    assert answer.status_code == 400
    assert said in re.search(r'role="alert">(.*?)</p>', answer.text)[1]  # type: ignore[index]
    assert store_of(app).users.all() == ()


def test_the_printed_code_lets_one_tablet_make_the_first_owner(tmp_path: Path) -> None:
    app = lan_app(tmp_path)
    code = app.state.admission.invitations.make("setup")
    json = {"accept": "application/json"}
    with seen_from(app, TABLET) as tablet, seen_from(app, ("192.168.1.21", 1)) as other:
        taken = tablet.post("/login/code", json={"t": code}, headers=json)
        assert taken.status_code == 200
        assert 'action="/setup"' in tablet.get("/").text
        assert tablet.get("/api/queue").status_code == 401

        twice = other.post("/login/code", json={"t": code}, headers=json)
        assert (twice.status_code, twice.json()["error"]["code"]) == (403, "lan_code_void")

        form = {"name": "Aoi", "password": PASSWORD, "again": PASSWORD}
        assert tablet.post("/setup", data=form).is_redirect
        assert tablet.get("/settings").status_code == 200


# --- the network: signing in ----------------------------------------------------------------------


def test_nothing_is_shown_to_the_network_before_signing_in(app: Starlette) -> None:
    with seen_from(app, TABLET) as client, seen_from(app, HERE) as laptop:
        for path in paths(app.routes):
            if OPEN.fullmatch(path) or path in {"/api/v1/docs", "/api/v1/openapi.json"}:
                continue
            for method in ("GET", "POST", "DELETE"):
                assert client.request(method, path).status_code == 401, (method, path)
        assert laptop.get("/clients").status_code == 401  # this machine is no exception


def test_a_user_signs_in_with_a_cookie_that_only_this_page_can_set(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        answer = signed_in(client, "ren", next="/clients")

        assert (answer.status_code, answer.headers["location"]) == (303, "/clients")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-posture=")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert client.get("/clients").status_code == 200
        assert "Ren" in client.get("/clients").text


def test_the_id_in_the_cookie_is_nowhere_on_the_disk(app: Starlette, tmp_path: Path) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        secret = client.cookies["__Host-posture"].encode()

    assert len(secret) >= 43  # 256 bits
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if secret in path.read_bytes()]


def test_each_sign_in_has_a_new_id_and_ends_the_old_one(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        first = client.cookies["__Host-posture"]
        signed_in(client, "Ren")

        assert client.cookies["__Host-posture"] != first
        assert app.state.admission.sessions.find(first, is_action=False) is None


@pytest.mark.parametrize(("name", "password"), [("Ren", "wrong wrong"), ("Nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    app: Starlette, name: str, password: str
) -> None:
    with seen_from(app, TABLET) as client:
        answer = signed_in(client, name, password)

    assert answer.status_code == 403
    assert "Wrong name or password." in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_from_one_address_waits_and_others_go_on(app: Starlette) -> None:
    with seen_from(app, TABLET) as guesser, seen_from(app, ("192.168.1.30", 1)) as other:
        for _ in range(5):
            signed_in(guesser, "Aoi", "wrong wrong")

        waits = signed_in(guesser, "Aoi")
        assert waits.status_code == 429
        assert "Wait 30 seconds" in waits.text
        assert signed_in(other, "Aoi").status_code == 303


def test_guessing_codes_waits_too(app: Starlette) -> None:
    headers = {"accept": "application/json"}
    with seen_from(app, TABLET) as client:
        told = [
            client.post("/login/code", json={"t": f"guess{n}"}, headers=headers).status_code
            for n in range(6)
        ]

    assert told == [403] * 5 + [429]


def test_another_page_cannot_sign_anybody_in(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        answer = client.post(
            "/login",
            data={"name": "Ren", "password": PASSWORD},
            headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


# --- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "trainer", "owner"),
    [
        ("/", 200, 200),
        ("/clients", 200, 200),
        ("/recordings", 200, 200),
        ("/live", 200, 200),
        ("/api/visits", 200, 200),
        ("/account", 200, 200),
        ("/settings", 403, 200),
        ("/settings/", 403, 307),
        ("/users", 403, 200),
        ("/lan", 403, 200),
    ],
)
def test_a_trainer_works_and_an_owner_decides(
    app: Starlette, path: str, trainer: int, owner: int
) -> None:
    for name, status in (("Ren", trainer), ("Aoi", owner)):
        with seen_from(app, TABLET) as client:
            signed_in(client, name)
            assert client.get(path).status_code == status, name


def test_a_trainer_changes_no_setting_and_no_user(app: Starlette) -> None:
    user_id = store_of(app).users.all()[0].id
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        tries = [
            client.post("/settings", data={"studio_name": "mine"}),
            client.post("/settings/passcode", data={"new": "9999"}),
            client.post("/users", data={"name": "Eve", "password": PASSWORD, "again": PASSWORD}),
            client.post(f"/users/{user_id}/delete"),
            client.post(f"/users/{user_id}/password", data={"password": PASSWORD}),
            client.post("/lan"),
        ]

    assert [answer.status_code for answer in tries] == [403] * 6
    assert len(store_of(app).users.all()) == 2
    assert not store_of(app).settings.has_passcode()


def test_an_owner_adds_a_user_who_can_sign_in(app: Starlette) -> None:
    form = {"name": "Mio", "password": "eight words", "again": "eight words", "role": "trainer"}
    with seen_from(app, TABLET) as owner, seen_from(app, TABLET) as mio:
        signed_in(owner, "Aoi")
        assert owner.post("/users", data=form).is_redirect
        assert "Mio" in owner.get("/users?saved").text
        assert "name_taken" not in owner.post("/users", data=form).text
        assert owner.post("/users", data=form).status_code == 400

        assert signed_in(mio, "Mio", "eight words").status_code == 303


def test_who_is_deleted_or_given_another_password_is_out_at_once(app: Starlette) -> None:
    ren = next(user for user in store_of(app).users.all() if user.name == "Ren")
    with seen_from(app, TABLET) as owner, seen_from(app, TABLET) as trainer:
        signed_in(owner, "Aoi")
        signed_in(trainer, "Ren")
        form = {"password": "another one", "again": "another one"}
        assert owner.post(f"/users/{ren.id}/password", data=form).is_redirect
        assert trainer.get("/clients").status_code == 401
        assert signed_in(trainer, "Ren").status_code == 403
        assert signed_in(trainer, "Ren", "another one").status_code == 303

        assert owner.post(f"/users/{ren.id}/delete").is_redirect
        assert trainer.get("/clients").status_code == 401
        assert signed_in(trainer, "Ren", "another one").status_code == 403


def test_an_owner_cannot_delete_themselves(app: Starlette) -> None:
    aoi = next(user for user in store_of(app).users.all() if user.name == "Aoi")
    with seen_from(app, TABLET) as owner:
        signed_in(owner, "Aoi")
        assert owner.post(f"/users/{aoi.id}/delete").status_code == 400

    assert len(store_of(app).users.all()) == 2


def test_one_changes_ones_own_password_and_is_out_everywhere_else(app: Starlette) -> None:
    form = {"old": PASSWORD, "password": "another one", "again": "another one"}
    with seen_from(app, TABLET) as here, seen_from(app, TABLET) as elsewhere:
        signed_in(here, "Ren")
        signed_in(elsewhere, "Ren")
        assert here.post("/account", data={**form, "old": "wrong wrong"}).status_code == 403
        assert here.post("/account", data=form).is_redirect

        assert here.get("/clients").status_code == 200
        assert elsewhere.get("/clients").status_code == 401


# --- sockets --------------------------------------------------------------------------------------


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.state.visitor.role)
    await socket.close()


def test_a_socket_opens_for_who_is_signed_in_only(app: Starlette) -> None:
    app.router.add_websocket_route("/ws/echo", _echo)
    origin = {"origin": LAN}
    address = LAN.replace("https", "wss") + "/ws/echo"
    with seen_from(app, TABLET) as client:
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect(address, headers=origin),
        ):
            pass
        assert refused.value.code == 1008
        signed_in(client, "Ren")
        with client.websocket_connect(address, headers=origin) as socket:
            assert socket.receive_text() == "trainer"


async def _waiting(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


def _closed_by(socket: Any, shut: Callable[[], object]) -> int:  # noqa: ANN401 - the test client's
    """Use an open socket, shut the door, and return the code it is closed with."""
    socket.send_text("before")
    assert socket.receive_text() == "before"
    shut()
    with pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text()
    code: int = closed.value.code
    return code


@pytest.fixture
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "LOOK_EVERY_S", 0.05)


@pytest.mark.usefixtures("_looks_often")
def test_a_passcode_set_in_another_browser_closes_what_was_open_before(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    app.router.add_websocket_route("/ws/waiting", _waiting)
    address, origin = OWN.replace("http", "ws") + "/ws/waiting", {"origin": OWN}
    with seen_from(app, HERE, OWN) as mine, seen_from(app, HERE, OWN) as other:
        with mine.websocket_connect(address, headers=origin) as socket:
            setting = {"new": PASSCODE}
            assert (
                _closed_by(socket, lambda: other.post("/settings/passcode", data=setting)) == 1008
            )
        # the one that is unlocked has its sockets, until it is locked as well
        with other.websocket_connect(address, headers=origin) as socket:
            time.sleep(0.3)
            assert _closed_by(socket, lambda: other.post("/logout")) == 1008


@pytest.mark.usefixtures("_looks_often")
def test_a_user_who_is_deleted_has_no_socket_any_more(app: Starlette) -> None:
    app.router.add_websocket_route("/ws/waiting", _waiting)
    address = LAN.replace("https", "wss") + "/ws/waiting"
    store = store_of(app)
    ren = next(user for user in store.users.all() if user.name == "Ren")
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        with client.websocket_connect(address, headers={"origin": LAN}) as socket:
            assert _closed_by(socket, lambda: store.users.delete(ren.id)) == 1008


@pytest.mark.usefixtures("_looks_often")
def test_a_database_that_is_held_closes_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> bool:
        raise StoreTrouble("database_locked", path="posture.db")

    app = app_over(tmp_path)
    app.router.add_websocket_route("/ws/waiting", _waiting)
    address = OWN.replace("http", "ws") + "/ws/waiting"
    with (
        seen_from(app, HERE, OWN) as client,
        client.websocket_connect(address, headers={"origin": OWN}) as socket,
    ):
        monkeypatch.setattr(store_of(app).settings, "has_passcode", locked)
        time.sleep(0.3)
        socket.send_text("still here")
        assert socket.receive_text() == "still here"


def test_a_socket_that_stays_open_keeps_nobody_in(app: Starlette) -> None:
    found: list[bool] = []

    class Seen:
        def find(self, _: object, *, is_action: bool) -> None:
            found.append(is_action)

    admission: Any = app.state.admission
    admission.sessions = Seen()
    asked = HTTPConnection({"type": "websocket", "headers": [], "path": "/ws/live", "app": app})
    admission.visitor(asked)
    admission.visitor(asked, is_new=False)

    assert found == [True, False]


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_lasts_while_somebody_works_and_no_longer_than_a_day(store: Store) -> None:
    clock = Clock()
    sessions = Sessions(store, clock)
    secret = sessions.begin("user", somebody("a"))
    until_s = clock.now_s + SPANS["user"].whole_s
    while clock.now_s < until_s:
        assert sessions.find(secret, is_action=True) is not None
        clock.now_s += 3600

    assert sessions.find(secret, is_action=True) is None


def test_a_page_that_asks_by_itself_keeps_nobody_in(store: Store) -> None:
    clock = Clock()
    sessions = Sessions(store, clock)
    secret = sessions.begin("passcode")
    for _ in range(29):
        clock.now_s += 60
        assert sessions.find(secret, is_action=False) is not None
    clock.now_s += 60

    assert sessions.find(secret, is_action=False) is None


def test_sessions_outlive_the_server_and_old_ones_are_forgotten(store: Store) -> None:
    clock = Clock()
    secret = Sessions(store, clock).begin("user", somebody("a"))

    assert Sessions(store, clock).find(secret, is_action=False) is not None
    clock.now_s += SPANS["user"].whole_s
    Sessions(store, clock).begin("user", somebody("b"))
    assert len(store.settings.get("sessions")) == 1


def test_sessions_do_not_pile_up(store: Store) -> None:
    clock = Clock()
    sessions = Sessions(store, clock)
    for _ in range(210):
        clock.now_s += 1
        last = sessions.begin("user", somebody("a"))

    assert len(store.settings.get("sessions")) == 200
    assert sessions.find(last, is_action=False) is not None


# --- tries and codes ------------------------------------------------------------------------------


def tries_until_refused(attempts: RateLimit, who: str, *, is_here: bool = False) -> int:
    for count in range(1000):
        try:
            attempts.begin(who, is_here=is_here)
        except Refused:
            return count
    return 1000


def test_each_further_wrong_try_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    attempts = RateLimit(clock=clock)
    assert tries_until_refused(attempts, "a") == 5

    waits = []
    for _ in range(7):
        with pytest.raises(Refused, match="lan_wait") as refused:
            attempts.begin("a", is_here=False)
        values = refused.value.reason.values
        wait_s = float(values.get("seconds", 0)) or 60 * float(values["minutes"])
        waits.append(wait_s)
        clock.now_s += wait_s
        attempts.begin("a", is_here=False)

    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_day_of_guessing_is_a_few_hundred_tries() -> None:
    clock = Clock()
    attempts = RateLimit(clock=clock)
    count = 0
    for _ in range(24 * 360):
        clock.now_s += 10
        try:
            attempts.begin("a", is_here=True)
        except Refused:
            continue
        count += 1

    assert count < 300


def test_many_addresses_together_wait_and_the_machine_itself_does_not() -> None:
    clock = Clock()
    each = Pace(free=5, first_s=30, most_s=900)
    attempts = RateLimit(each, Pace(free=8, first_s=10, most_s=60), clock)
    for number in range(8):
        attempts.begin(f"192.168.1.{number}", is_here=False)

    with pytest.raises(Refused, match="lan_wait_seconds"):
        attempts.begin("192.168.1.99", is_here=False)
    attempts.begin("127.0.0.1", is_here=True)


def test_a_right_try_is_not_counted_and_takes_back_no_wrong_one() -> None:
    attempts = RateLimit(clock=Clock())
    for _ in range(4):
        attempts.begin("a", is_here=False)
    for _ in range(3):
        attempts.begin("a", is_here=False)
        attempts.was_right("a", is_here=False)

    assert tries_until_refused(attempts, "a") == 1


def test_the_addresses_remembered_do_not_pile_up() -> None:
    attempts = RateLimit(over_all=Pace(free=10**6, first_s=1, most_s=1), clock=Clock())
    for number in range(1500):
        attempts.begin(str(number), is_here=False)

    assert len(attempts._by) == 1000  # noqa: SLF001 - nothing else shows it


def test_a_code_is_good_once_and_not_for_long() -> None:
    clock = Clock()
    invitations = Invitations(clock)
    user = somebody("a")
    first, second = invitations.make("user", user), invitations.make("user", user)

    taken = invitations.take(first)
    assert taken is not None
    assert (taken.kind, taken.user) == ("user", user)
    assert invitations.take(first) is None
    clock.now_s += 600
    assert invitations.take(second) is None


# --- the settings page ----------------------------------------------------------------------------


def test_the_settings_lead_to_the_lock_on_one_laptop_and_to_the_users_on_the_network(
    app: Starlette, tmp_path: Path
) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")
        network = client.get("/settings").text
    with seen_from(app_over(tmp_path / "one"), HERE, OWN) as client:
        laptop = client.get("/settings").text

    assert ('href="/users"' in network, 'href="/users"' in laptop) == (True, False)
    assert ("/settings/passcode" in network, "/settings/passcode" in laptop) == (False, True)
    assert 'href="/lan"' in network
    assert 'href="/lan"' in laptop
