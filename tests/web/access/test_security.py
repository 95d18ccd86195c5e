from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.web import create_app
from posture.web.access.rate_limit import TOKENS, RateLimit
from posture.web.access.security import body_limit, host_of
from posture.web.forms import own_address
from tests.web.make import MP4_HEAD, OWN, TestClient, app_in, config_in, listening, posting

JSON = {"content-type": "application/json"}


# --- hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("127.0.0.1:8765", "127.0.0.1"),
        ("LOCALHOST", "localhost"),
        ("[::1]:8765", "::1"),
        ("127.0.0.1@evil.example", None),
        ("127.0.0.1 evil.example", None),
        ("127.0.0.1:80:80", None),
        ("[::1", None),
        ("", None),
    ],
)
def test_a_host_is_read_without_its_port(named: str, host: str | None) -> None:
    assert host_of(Headers({"host": named})) == host


def test_two_hosts_are_none() -> None:
    raw = [(b"host", b"localhost"), (b"host", b"evil.example")]

    assert host_of(Headers(raw=raw)) is None


@pytest.mark.parametrize("path", ["/", "/api/queue", "/static/words.js", "/files/x/y"])
def test_a_name_that_was_bound_to_this_machine_by_somebody_else_is_refused(
    tmp_path: Path, path: str
) -> None:
    with app_in(tmp_path) as client:
        answer = client.get(path, headers={"host": "rebound.evil.example:8765"})

    assert answer.status_code == 421


def test_the_refusal_is_one_sentence_in_the_readers_language(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        page = client.get("/", headers={"host": "evil.example", "accept-language": "ja,en;q=0.5"})

    assert "http://localhost</code> で開いてください" in page.text
    assert 'lang="ja"' in page.text


# --- other pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "https://127.0.0.1:8765"},  # another scheme
        {"origin": "http://127.0.0.1:9999"},  # another port: another program of this machine
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": OWN},
        {"sec-fetch-site": "none", "origin": OWN},
        {"sec-fetch-site": "cross-site", "origin": "null"},
    ],
)
def test_what_another_page_sends_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", json={}, headers=headers)

        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "web_foreign_origin"
        assert client.get("/api/visits").json() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": OWN},
        {"origin": OWN, "sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},  # a form of ours: no referrer
        {},  # a program on this machine
    ],
)
def test_our_own_pages_and_programs_of_this_machine_get_through(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    with app_in(tmp_path) as client:
        assert client.post("/api/visits", json={}, headers=headers).status_code == 201


def test_a_program_of_another_machine_needs_a_token(tmp_path: Path) -> None:
    app = create_app(config_in(tmp_path))
    with TestClient(app, base_url=OWN, client=("192.168.1.7", 50000)) as client:
        assert client.post("/api/visits", json={}).status_code == 403

        _, secret = app.state.store.tokens.add("till")
        headers = {"authorization": f"Bearer {secret}"}
        assert client.post("/api/v1/visits", json={}, headers=headers).status_code == 201


def test_a_form_of_another_page_cannot_pass_for_json(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", content=b"{}", headers={"content-type": "text/plain"})

    assert answer.status_code == 400


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({"origin": OWN}, True),
        ({}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"host": "rebound.evil.example", "origin": "http://rebound.evil.example"}, False),
    ],
)
def test_a_socket_opens_for_our_own_page_only(
    tmp_path: Path, headers: dict[str, str], *, is_let_in: bool
) -> None:
    app = create_app(config_in(tmp_path))
    app.router.routes.append(WebSocketRoute("/ws/echo", _echo))
    named = {"host": "127.0.0.1:8765", **headers}
    with TestClient(app, base_url=OWN, client=("127.0.0.1", 50000)) as client:
        if is_let_in:
            with client.websocket_connect("/ws/echo", headers=named) as socket:
                assert socket.receive_text() == "hello"
        else:
            with (
                pytest.raises(WebSocketDisconnect, match=r"^$") as refused,
                client.websocket_connect("/ws/echo", headers=named),
            ):
                pass
            assert refused.value.code == 1008


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/queue", "/static/words.js", "/api/nowhere", "/live", "/liver"]
)
def test_every_answer_tells_the_browser_what_it_may_not_do(tmp_path: Path, path: str) -> None:
    with app_in(tmp_path) as client:
        headers = client.get(path).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    may_film = path == "/live" or path.startswith("/live/")
    assert headers["permissions-policy"].startswith("camera=(self)" if may_film else "camera=()")
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_what_is_about_a_person_is_not_kept_by_the_browser(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        assert client.get("/api/queue").headers["cache-control"] == "no-store"
        assert client.get("/static/words.js").headers["cache-control"] == "no-cache"


def test_no_traceback_leaves_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with app_in(tmp_path) as client:
        monkeypatch.setattr(client.app.state.store.queue, "all", lambda: 1 / 0)  # type: ignore[attr-defined]
        answer = client.get("/api/queue")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "web_internal"
    assert "Traceback" not in answer.text
    assert "division" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


# --- bodies ---------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", content=b" " * (1 << 20) + b"{}", headers=JSON)

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "web_too_large"


def test_a_body_without_a_length_is_counted_as_it_comes(tmp_path: Path) -> None:
    pieces = (b" " * 65536 for _ in range(17))
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", content=pieces, headers=JSON)

    assert answer.status_code == 413


def test_a_piece_of_a_live_recording_may_be_larger_than_a_form() -> None:
    assert body_limit("/api/live/abc/steps/standing/chunks/0") == (4 << 20) + 1024
    assert body_limit("/api/live/abc/steps/standing/end") == 1 << 20
    assert body_limit("/api/uploads") is None  # it has a limit of its own


@pytest.mark.parametrize("size", ["-1", "1e3", "0x10", ""])
def test_a_length_that_is_no_number_is_refused(tmp_path: Path, size: str) -> None:
    headers = {**JSON, "content-length": size}
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "web_length_unclear")


@pytest.fixture
def served_at(tmp_path: Path) -> Iterator[int]:
    with listening(create_app(config_in(tmp_path))) as port:
        yield port


def raw(port: int, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send a request as it is written here; return its status and all that came back."""
    head = "\r\n".join([*lines, "Host: 127.0.0.1", "Content-Type: application/json", "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head.encode() + body)
        came = b""
        while more := line.recv(1 << 16):
            came += more
    return int(came.split()[1]), came


@pytest.mark.parametrize("path", ["/api/uploads", "/api/visits", "/clients", "/lock"])
@pytest.mark.parametrize(
    "lengths",
    [
        ("Content-Length: 100", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 100"),
        ("Content-Length: 100", "Content-Length: 200"),
        ("Content-Length: " + "9" * 5000,),
    ],
)
def test_a_length_said_twice_is_refused_and_the_line_closed(
    served_at: int, path: str, lengths: tuple[str, ...]
) -> None:
    status, _ = raw(served_at, f"POST {path} HTTP/1.1", *lengths, body=b"5\r\nhello\r\n")

    assert status == 400  # and came back whole: the line was closed by the server


@pytest.mark.parametrize("path", ["/api/uploads", "/api/visits"])
def test_the_declared_length_is_the_end_whatever_else_arrives(tmp_path: Path, path: str) -> None:
    # as a server in front would hand it on that does not count either
    pieces = iter([MP4_HEAD, *[b"\0" * (1 << 16)] * 40])
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    answers: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append(message)

    async def run() -> None:
        app = create_app(config_in(tmp_path))
        scope = posting(
            path, {"host": "127.0.0.1", "content-length": "100", "content-type": "application/json"}
        )
        await app(scope, receive, send)
        app.state.store.close()

    asyncio.run(run())

    assert answers[0]["status"] == 400
    assert asked == 2  # the piece that went beyond was the last one read
    assert [*(tmp_path / "data" / "incoming").iterdir()] == []


# --- choices and tries ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "gone_to"),
    [
        ("/recordings?x=1", "/recordings?x=1"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_a_choice_leads_back_to_a_page_of_ours(asked: str, gone_to: str) -> None:
    assert own_address(asked) == gone_to


def test_a_language_chosen_is_remembered(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        back = client.get("/lang/ja", params={"next": "/x"}, follow_redirects=False)
        page = client.get("/nowhere", headers={"accept-language": "en"})
        once = client.get("/nowhere?lang=en")

    assert (back.status_code, back.headers["location"]) == (303, "/x")
    assert 'lang="ja"' in page.text
    assert 'lang="en"' in once.text


def test_a_language_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        assert client.get("/lang/xx").status_code == 404


def test_whoever_guesses_has_to_wait() -> None:
    now_s = 0.0
    tries = RateLimit(TOKENS, None, clock=lambda: now_s)
    for _ in range(9):
        tries.was_wrong("a", is_here=False)
    assert tries.wait_s("a", is_here=False) == 0
    tries.was_wrong("a", is_here=False)

    assert tries.wait_s("a", is_here=False) == 60
    assert tries.wait_s("b", is_here=False) == 0
    now_s = 61.0
    assert tries.wait_s("a", is_here=False) == 0
