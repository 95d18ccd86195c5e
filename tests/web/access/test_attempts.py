"""The network mode, tried as somebody would who wants in: each test is an attempt that fails."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.store import Store, open_store
from posture.store.records import User
from posture.web.access import auth, tls
from posture.web.access.clock import Onward
from posture.web.access.one_time_codes import INVITED_S, Invitations
from posture.web.access.sessions import SPANS, Sessions
from posture.web.access.shares import SHARED_S, Shares
from tests.web.access.test_auth import (
    BROWSER,
    HERE,
    LAN,
    PASSWORD,
    TABLET,
    app_over,
    lan_app,
    seen_from,
    signed_in,
    somebody,
    store_of,
    studio_app,
)
from tests.web.make import TestClient, posting

pytestmark = pytest.mark.usefixtures("quick_hash")
DAY_S = 86400.0
NEWER = {"kind": "user", "user_id": "x", "role": "owner", "made_s": 1.0, "seen_s": 1.0}
OTHER = "another seven nine"
EVE = f"name=Eve&password={OTHER}&again={OTHER}&role=owner".replace(" ", "+").encode()
JSON = {"accept": "application/json"}
STRANGE = "0" * 32


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    return studio_app(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "sessions") as opened:
        yield opened


class Watch:
    """A machine's two clocks."""

    def __init__(self) -> None:
        self.wall_s, self.ran_s = 1_000_000.0, 50.0

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.ran_s += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall_s += seconds  # `time.monotonic` stands still

    def onward(self) -> Onward:
        return Onward(lambda: self.wall_s, lambda: self.ran_s)


def named(app: Starlette, name: str) -> User:
    return next(user for user in store_of(app).users.all() if user.name == name)


def code_of(app: Starlette, name: str = "Ren") -> str:
    made: str = app.state.admission.invitations.make("user", named(app, name))
    return made


def shows(client: TestClient, code: str) -> int:
    return int(client.post("/login/code", json={"t": code}, headers=JSON).status_code)


def changed(client: TestClient, old: str, new: str) -> int:
    form = {"old": old, "password": new, "again": new}
    return int(client.post("/account", data=form).status_code)


# --- codes ----------------------------------------------------------------------------------------


def at_once(app: Starlette, asks: Sequence[Callable[[httpx.AsyncClient], Any]]) -> list[int]:
    """Ask at once, each from an address of its own unless it is shared."""

    async def all_of_them() -> list[int]:
        clients = [
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, client=(f"192.168.1.{30 + number}", 50000)),
                base_url=LAN,
                headers=BROWSER,
            )
            for number in range(len(asks))
        ]
        try:
            pairs = zip(asks, clients, strict=True)
            answers = await asyncio.gather(*(ask(client) for ask, client in pairs))
        finally:
            for client in clients:
                await client.aclose()
        return sorted(int(answer.status_code) for answer in answers)

    return asyncio.run(all_of_them())


def test_of_eight_tablets_with_one_code_one_comes_in(app: Starlette) -> None:
    body = {"t": code_of(app)}
    ask = partial(httpx.AsyncClient.post, url="/login/code", json=body, headers=JSON)

    assert at_once(app, [ask] * 8) == [200] + [403] * 7


def test_a_code_used_before_lets_nobody_in(app: Starlette) -> None:
    code = code_of(app)
    with seen_from(app, TABLET) as first, seen_from(app, ("192.168.1.21", 50000)) as second:
        assert (shows(first, code), shows(second, code)) == (200, 403)
        assert second.get("/clients").status_code == 401


def test_a_code_is_over_after_its_time_also_where_the_laptop_slept() -> None:
    watch = Watch()
    codes = Invitations(watch.onward())
    slept, waited, good = (codes.make("user", somebody("a")) for _ in range(3))
    watch.passes(INVITED_S - 1)
    assert codes.take(good) is not None
    watch.passes(1)
    assert codes.take(waited) is None
    codes = Invitations(watch.onward())
    slept = codes.make("user", somebody("a"))
    watch.sleeps(INVITED_S)
    assert codes.take(slept) is None


def test_a_clock_set_back_makes_no_code_last_longer() -> None:
    watch = Watch()
    codes = Invitations(watch.onward())
    code = codes.make("user", somebody("a"))
    watch.wall_s -= DAY_S
    watch.passes(INVITED_S)
    assert codes.take(code) is None


@pytest.mark.parametrize("who", ["themselves", "the owner", "a command"])
def test_a_code_shown_before_a_password_changed_is_void(app: Starlette, who: str) -> None:
    code = code_of(app)
    _change(app, who)
    with seen_from(app, ("192.168.1.66", 50000)) as tablet:
        shows(tablet, code)
        assert tablet.get("/clients").status_code == 401


def _change(app: Starlette, who: str) -> None:
    """Let the trainer's password be changed."""
    ren = named(app, "Ren")
    if who == "themselves":
        with seen_from(app, ("192.168.1.40", 50000)) as client:
            signed_in(client, "Ren")
            assert changed(client, PASSWORD, OTHER) == 303
    elif who == "the owner":
        with seen_from(app, ("192.168.1.41", 50000)) as client:
            signed_in(client, "Aoi")
            form = {"password": OTHER, "again": OTHER}
            assert client.post(f"/users/{ren.id}/password", data=form).status_code == 303
    else:  # of another process, which has this server's memory not
        store_of(app).users.change_password(ren.id, OTHER)


# --- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["themselves", "the owner", "a command"])
def test_sessions_from_before_a_password_changed_are_over(app: Starlette, who: str) -> None:
    with seen_from(app, TABLET) as by_password, seen_from(app, TABLET) as by_code:
        signed_in(by_password, "Ren")
        assert shows(by_code, code_of(app)) == 200
        assert by_code.get("/clients").status_code == 200
        _change(app, who)
        assert by_password.get("/clients").status_code == 401
        assert by_code.get("/clients").status_code == 401


def test_a_sign_in_that_was_checked_before_the_change_and_ends_after_it_is_worth_nothing(
    app: Starlette,
) -> None:
    admission = app.state.admission
    checked = store_of(app).users.check_password("Ren", PASSWORD)
    assert checked is not None
    _change(app, "a command")
    admission.sessions.end_all("user", user_id=checked.id)
    late = admission.sessions.begin("user", checked, "trainer")
    with seen_from(app, TABLET) as client:
        client.cookies.set("__Host-posture", late)
        assert client.get("/clients").status_code == 401


def test_who_changes_their_password_stays_in_under_another_id(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        before = client.cookies["__Host-posture"]
        assert changed(client, PASSWORD, OTHER) == 303
        assert client.get("/clients").status_code == 200
        assert client.cookies["__Host-posture"] != before


def test_a_tablet_let_in_by_an_owners_code_is_no_owners_after_a_change_either(
    app: Starlette,
) -> None:
    with seen_from(app, TABLET) as tablet:
        assert shows(tablet, code_of(app, "Aoi")) == 200
        assert tablet.get("/settings").status_code == 403
        assert changed(tablet, PASSWORD, OTHER) == 303
        assert tablet.get("/clients").status_code == 200
        assert tablet.get("/settings").status_code == 403


def test_a_socket_from_before_a_password_changed_is_closed(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waiting(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await socket.send_text(await socket.receive_text())

    monkeypatch.setattr(auth, "LOOK_EVERY_S", 0.05)
    app.router.add_websocket_route("/ws/waiting", waiting)
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        address = LAN.replace("https", "wss") + "/ws/waiting"
        with client.websocket_connect(address, headers={"origin": LAN}) as socket:
            socket.send_text("before")
            assert socket.receive_text() == "before"
            _change(app, "a command")
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
    assert closed.value.code == 1008


def test_a_clock_set_back_makes_no_session_last_longer(store: Store) -> None:
    watch = Watch()
    sessions = Sessions(store, watch.onward())
    secret = sessions.begin("user", somebody("a"))
    hours = int(SPANS["user"].whole_s / 3600)
    for _ in range(hours - 1):
        watch.wall_s -= DAY_S
        watch.passes(3600)
        assert sessions.find(secret, is_action=True) is not None
    watch.passes(3600)

    assert sessions.find(secret, is_action=True) is None


def test_a_session_from_the_future_is_none(store: Store) -> None:
    """The server was stopped, its clock set back, and it was started again."""
    watch = Watch()
    secret = Sessions(store, watch.onward()).begin("user", somebody("a"))
    watch.wall_s -= DAY_S

    assert Sessions(store, watch.onward()).find(secret, is_action=True) is None


def test_a_laptop_that_slept_through_the_night_signs_out(store: Store) -> None:
    watch = Watch()
    sessions = Sessions(store, watch.onward())
    secret = sessions.begin("user", somebody("a"))
    watch.sleeps(SPANS["user"].idle_s)

    assert sessions.find(secret, is_action=True) is None


def test_a_clock_set_forward_and_back_ends_sessions_and_lengthens_none(store: Store) -> None:
    watch = Watch()
    sessions = Sessions(store, watch.onward())
    secret = sessions.begin("user", somebody("a"))
    watch.wall_s += DAY_S
    assert sessions.find(secret, is_action=True) is None
    watch.wall_s -= DAY_S

    assert sessions.find(secret, is_action=True) is None


def test_an_unlocked_screen_of_one_laptop_opens_nothing_on_the_network(app: Starlette) -> None:
    """The sessions outlive the server: it may be started again with --lan."""
    for kind in ("passcode", "setup"):
        secret = app.state.admission.sessions.begin(kind)
        with seen_from(app, TABLET) as client:
            client.cookies.set("__Host-posture", secret)
            assert client.get("/clients").status_code == 401
            assert client.get("/settings").status_code == 401


def test_a_cookie_without_the_prefix_is_not_looked_at(app: Starlette) -> None:
    secret = app.state.admission.sessions.begin("user", named(app, "Aoi"), "owner")
    with seen_from(app, TABLET) as client:
        client.cookies.set("posture_session", secret)
        assert client.get("/clients").status_code == 401


def test_somebody_new_of_the_same_name_inherits_no_session(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        store_of(app).users.delete(named(app, "Ren").id)
        store_of(app).users.add("Ren", PASSWORD, "owner")
        assert client.get("/clients").status_code == 401


def test_the_wrong_clock_of_a_tablet_decides_nothing(app: Starlette, tmp_path: Path) -> None:
    with seen_from(app, TABLET) as client:
        cookie = signed_in(client, "Ren").headers["set-cookie"].lower()
    assert "max-age=" in cookie
    assert "expires=" not in cookie  # a date would be read by the tablet's clock

    made = tls.tls_files(tmp_path, ("192.168.1.5",))
    for path in (made.certificate, made.authority):
        shown = x509.load_pem_x509_certificate(path.read_bytes())
        assert shown.not_valid_before_utc < datetime.now(UTC) - timedelta(hours=23)


# --- roles ----------------------------------------------------------------------------------------

OWNERS = (
    "/settings",
    "/settings/backup",
    "/settings/passcode",
    "/settings/close",
    "/users",
    "/lan",
)


@pytest.mark.parametrize("by_code", [False, True])
def test_a_trainer_reaches_no_address_of_an_owner_by_any_method(
    app: Starlette, *, by_code: bool
) -> None:
    ren = named(app, "Ren")
    paths = [*OWNERS, f"/users/{ren.id}/delete", f"/users/{ren.id}/password"]
    known = {route.path for route in app.routes if isinstance(route, Route)}
    assert {path.replace(ren.id, "{user}") for path in paths} <= known
    with seen_from(app, TABLET) as client:
        if by_code:
            assert shows(client, code_of(app, "Aoi")) == 200
        else:
            signed_in(client, "Ren")
        assert client.get("/clients").status_code == 200
        for path in paths:
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                assert client.request(method, path).status_code == 403, (method, path)
    assert {user.name for user in store_of(app).users.all()} == {"Aoi", "Ren"}


@pytest.mark.parametrize(
    "path",
    [
        *("/settings/", "//settings", "/Settings", "/settings;a", "/settings%2f", "/./settings"),
        *("/static/../settings", "/static/%2e%2e/settings", "/lang/../settings", "/settings%00"),
        *(
            "/api/v1/../settings",
            "/shared/../users",
            "/login/../users",
            "/users/.",
            "/users?a=/lan",
        ),
        *("/clients/../settings", "/settings#/static/", "/%73ettings", "/settings?next=/static/"),
    ],
)
def test_an_owners_page_has_no_second_address(app: Starlette, path: str) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        answer = client.get(LAN + path, headers=JSON)

    assert answer.status_code in {307, 401, 403, 404}, (path, answer.status_code)
    assert "/settings/backup" not in answer.text


@pytest.mark.parametrize("end", ["%0a", "%0d%0a", "%0a%0a", "%c2%85", "%e2%80%a8", "%00"])
def test_no_address_has_a_second_one_that_ends_a_line(app: Starlette, end: str) -> None:
    """Routes are matched by `$`, which a line's end may follow: every one is asked for so."""
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    assert len(paths) > len(OWNERS)
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")  # an owner, so that it is not the role that refuses
        for path in [re.sub(r"{\w+}", STRANGE, path) for path in paths]:
            for method in ("GET", "POST", "DELETE"):
                assert client.request(method, LAN + path + end).status_code == 404, (method, path)
        signed_in(client, "Ren")
        form = {"name": "Eve", "password": OTHER, "again": OTHER, "role": "owner"}
        assert client.post(f"{LAN}/users{end}", data=form).status_code == 404
    assert {user.name for user in store_of(app).users.all()} == {"Aoi", "Ren"}


def test_whoever_signs_in_as_a_trainer_cannot_make_themselves_an_owner(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        for form in (
            {"name": "Eve", "password": OTHER, "again": OTHER, "role": "owner"},
            {"name": "Ren", "role": "owner"},
        ):
            assert client.post("/users", data=form).status_code == 403
            client.post("/account", data={**form, "old": PASSWORD})
            client.post("/setup", data=form)
            client.post("/login", data={**form, "password": PASSWORD})
    assert [u.role for u in store_of(app).users.all() if u.name in {"Eve", "Ren"}] == ["trainer"]


def test_the_api_for_programs_takes_no_users_cookie(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")
        for method, path in (
            ("GET", "/api/v1/clients"),
            ("POST", "/api/v1/clients"),
            ("DELETE", f"/api/v1/clients/{STRANGE}"),
            ("GET", f"/api/v1/recordings/{STRANGE}/files/report.html"),
        ):
            assert client.request(method, path).status_code == 401, path


def test_a_token_opens_no_page_and_no_setting(app: Starlette) -> None:
    _, secret = store_of(app).tokens.add("booking")
    with seen_from(app, TABLET) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/api/v1/clients", headers=headers).status_code == 200
        for path in ("/clients", "/settings", "/users", "/api/clients", "/files/x/report.html"):
            assert client.get(path, headers=headers).status_code == 401, path


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_nobody_passes_for_this_machine_by_a_header(tmp_path: Path, name: str) -> None:
    app = lan_app(tmp_path)  # nobody is there yet: at the machine itself the first owner is made
    told = "for=127.0.0.1" if name == "Forwarded" else "127.0.0.1"
    form = {"name": "Eve", "password": OTHER, "again": OTHER}
    with seen_from(app, TABLET) as client:
        client.post("/setup", data=form, headers={name: told})
        assert store_of(app).users.all() == ()
    with seen_from(app, HERE) as laptop:
        assert laptop.post("/setup", data=form).is_redirect
    assert len(store_of(app).users.all()) == 1


# --- guessing -------------------------------------------------------------------------------------


def test_many_addresses_guess_a_password_no_faster_and_the_machine_itself_gets_in(
    app: Starlette,
) -> None:
    told = []
    for number in range(50):
        with seen_from(app, (f"192.168.{number // 25}.{number % 25 + 1}", 50000)) as client:
            told.append(signed_in(client, "Aoi", f"guess {number}").status_code)
    assert told[:40] == [403] * 40
    assert set(told[40:]) == {429}
    with seen_from(app, ("192.168.7.7", 50000)) as client:
        assert signed_in(client, "Aoi").status_code == 429  # the right one has to wait as well
    with seen_from(app, HERE, "https://127.0.0.1:8765") as laptop:
        assert signed_in(laptop, "Aoi").status_code == 303


def test_many_guesses_at_once_gain_nothing(app: Starlette) -> None:
    form = {"name": "Aoi", "password": "a guess"}
    ask = partial(httpx.AsyncClient.post, url="/login", data=form)

    assert at_once(app, [ask] * 48) == [403] * 40 + [429] * 8


def test_codes_are_guessed_from_many_addresses_no_faster(app: Starlette) -> None:
    told = []
    for number in range(45):
        with seen_from(app, (f"192.168.3.{number + 1}", 50000)) as client:
            told.append(shows(client, f"{'A' * 20}{number:02d}"))
    assert (told[:40], set(told[40:])) == ([403] * 40, {429})


# --- foreign pages --------------------------------------------------------------------------------


def _changing(app: Starlette) -> list[tuple[str, str]]:
    return [
        (method, route.path.replace("{k}", "0"))
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"GET", "HEAD", "OPTIONS"})
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "http://192.168.1.5:8765"},  # the same host, but not over TLS
        {"origin": "https://192.168.1.5:9999", "sec-fetch-site": "same-site"},
    ],
)
def test_a_foreign_page_changes_nothing_with_an_owners_cookie(
    app: Starlette, headers: dict[str, str]
) -> None:
    routes = _changing(app)
    assert len(routes) > 40
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")
        if "sec-fetch-site" not in headers:
            del client.headers["sec-fetch-site"]
        for method, path in routes:
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 403, (method, path)
            assert "set-cookie" not in answer.headers


def test_no_answer_lets_another_page_read_it(app: Starlette) -> None:
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")
        for path in ("/clients", "/api/clients", "/api/v1/openapi.json", "/static/words.js"):
            answer = client.get(path, headers={"origin": "https://evil.example"})
            assert "access-control-allow-origin" not in answer.headers, path
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


# --- headers --------------------------------------------------------------------------------------


def test_every_page_of_a_signed_in_owner_has_the_headers_and_only_the_live_check_films(
    app: Starlette,
) -> None:
    pages = [
        route.path
        for route in app.routes
        if isinstance(route, Route) and "GET" in (route.methods or ()) and "{" not in route.path
    ]
    assert len(pages) > 15
    films = []
    with seen_from(app, TABLET) as client:
        signed_in(client, "Aoi")
        for path in [*pages, f"/live/{STRANGE}", f"/visits/{STRANGE}"]:
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "unsafe-inline" not in policy, path
            assert "unsafe-eval" not in policy, path
            assert "script-src 'self'" in policy, path
            assert headers["cross-origin-opener-policy"] == "same-origin", path
            assert headers["x-content-type-options"] == "nosniff", path
            if "camera=(self)" in headers["permissions-policy"]:
                films.append(path)
            assert "microphone=()" in headers["permissions-policy"], path
    assert films == ["/live", f"/live/{STRANGE}"]


# --- links to a report ----------------------------------------------------------------------------


def _ends(watch: Watch, after: Callable[[float], object], seconds: float) -> bool:
    shares = Shares(watch.onward())
    secret = shares.make("visit")
    assert shares.find(secret) is not None
    after(seconds)
    return shares.find(secret) is None and shares.left_s("visit") == 0


def test_a_link_is_over_after_its_time_whatever_the_machine_did() -> None:
    watch = Watch()

    def set_back(seconds: float) -> None:
        watch.wall_s -= DAY_S
        watch.passes(seconds)

    assert not _ends(watch, watch.passes, SHARED_S - 1)
    assert _ends(watch, watch.passes, SHARED_S)
    assert _ends(watch, watch.sleeps, SHARED_S)
    assert _ends(watch, set_back, SHARED_S)


def test_a_link_opens_nothing_after_the_server_was_started_again(tmp_path: Path) -> None:
    code = lan_app(tmp_path).state.admission.shares.make(STRANGE)
    with seen_from(app_over(tmp_path, lan=True, secure=True), TABLET) as phone:
        assert phone.get(f"/shared/{code}").status_code in {404, 421}


# --- the clock itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["themselves", "the owner", "a command", "deleted"])
def test_a_link_ends_with_the_password_of_who_made_it(app: Starlette, who: str) -> None:
    shares, ren = app.state.admission.shares, named(app, "Ren")
    code, of_another = shares.make(STRANGE, ren), shares.make("1" * 32, named(app, "Aoi"))
    assert shares.find(code) is not None
    if who == "deleted":
        store_of(app).users.delete(ren.id)
    else:
        _change(app, who)

    assert shares.find(code) is None
    assert shares.left_s(STRANGE) == 0
    assert shares.find(of_another) is not None


def test_the_clock_is_the_machines_and_runs_on_where_that_is_set_back() -> None:
    watch = Watch()
    clock = watch.onward()
    watch.passes(10)
    assert clock() == watch.wall_s
    watch.wall_s -= 500
    watch.passes(5)
    assert clock() == pytest.approx(1_000_015.0)
    watch.passes(5)
    assert clock() == pytest.approx(1_000_020.0)
    watch.sleeps(100)
    assert clock() == pytest.approx(1_000_120.0)


def test_many_threads_read_one_clock_that_never_goes_back() -> None:
    wall = iter(range(10**9, 0, -1))  # ever further back
    clock = Onward(lambda: float(next(wall)), time.monotonic)

    def reads(_: int) -> list[float]:
        return [clock() for _ in range(200)]

    with ThreadPoolExecutor(4) as pool:
        for told in pool.map(reads, range(4)):
            assert told == sorted(told)


@pytest.mark.parametrize(
    "kept",
    [
        {"x": {"kind": "user", "more": 1}},
        {"x": {**NEWER, "kind": "guest"}},
        {"x": {**NEWER, "made_s": "long ago"}},
        {"x": 5},
        [1],
        "x",
    ],
)
def test_sessions_that_another_version_kept_keep_nobody_from_signing_in(
    app: Starlette, kept: object
) -> None:
    store_of(app).settings.set("sessions", kept)
    with seen_from(app, TABLET) as client:
        client.cookies.set("__Host-posture", "x")
        assert client.get("/clients").status_code == 401
        assert signed_in(client, "Ren").status_code == 303
        assert client.get("/clients").status_code == 200


# --- requests that end late -----------------------------------------------------------------------


def posts_slowly(
    app: Starlette, cookie: str, path: str, body: bytes | None, before_the_end: Callable[[], object]
) -> int:
    """Send the head of a request, do something, send its body; return the status."""
    host = LAN.removeprefix("https://")
    headers = {
        "host": host,
        "origin": LAN,
        "sec-fetch-site": "same-origin",
        "cookie": cookie,
        "content-length": str(len(body or EVE)),
        "content-type": "application/json",
        "accept": "application/json",
    }
    scope = posting(path, headers, scheme="https") | {"client": TABLET, "state": {}}
    told: list[int] = []

    async def receive() -> dict[str, Any]:
        await asyncio.to_thread(before_the_end)
        if body is None:  # the line is closed first
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        told.append(message.get("status", 0))

    asyncio.run(app(scope, receive, send))
    return told[0]


@pytest.mark.parametrize("path", ["/login", "/login/code", "/setup"])
def test_a_line_closed_within_a_request_leaves_nothing_in_the_log(
    app: Starlette, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert posts_slowly(app, "", path, None, lambda: None) == 400
    assert caplog.records == []


@pytest.mark.parametrize("is_removed", [False, True])
def test_who_was_removed_before_their_request_ended_gets_nothing_done(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, *, is_removed: bool
) -> None:
    monkeypatch.setattr(auth, "LOOK_EVERY_S", 0.0)
    store = store_of(app)
    bo = store.users.add("Bo", OTHER, "owner")
    with seen_from(app, TABLET) as client:
        signed_in(client, "Bo", OTHER)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    def meanwhile() -> None:
        if is_removed:
            store.users.delete(bo.id)

    status = posts_slowly(app, cookie, "/users", EVE, meanwhile)
    assert status == (401 if is_removed else 303)
    assert ("Eve" in {user.name for user in store.users.all()}) is not is_removed


def test_a_clip_on_its_way_arrives_whoever_signs_out_meanwhile(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "LOOK_EVERY_S", 0.0)
    with seen_from(app, TABLET) as client:
        signed_in(client, "Ren")
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    clip = b"\x00\x00\x00\x18ftypisom" + bytes(200)
    delete = partial(store_of(app).users.delete, named(app, "Ren").id)
    assert posts_slowly(app, cookie, "/api/uploads", clip, delete) == 201
