from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import namedtuple
from collections.abc import AsyncGenerator, Callable, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from posture.store import StoreTrouble
from posture.web import create_app
from posture.web.jobs import uploads
from posture.web.jobs.uploads import media_type, plain_name
from tests.web.make import MP4_HEAD, NOTHING, app_in, config_in, posting, sent

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n" + b" " * 100
Worker = Callable[[str], None]


@pytest.fixture(autouse=True)
def _idle(worker: Worker) -> None:
    worker(NOTHING)


def parts(folder: Path) -> list[str]:
    return [path.name for path in (folder / "data" / "incoming").glob("*")]


# --- what arrives ---------------------------------------------------------------------------------


def test_a_file_arrives_byte_for_byte_under_a_name_of_ours(tmp_path: Path) -> None:
    body = MP4_HEAD + bytes(range(256)) * 10_000  # more than two blocks
    with app_in(tmp_path) as client:
        recording = sent(client, body, file_name="../../Aki's bend.MP4")
        clip = client.app.state.store.files.clip(recording["id"])  # type: ignore[attr-defined]

        assert clip.read_bytes() == body
        assert clip.name == "clip.bin"
        assert recording["file_name"] == "Aki's bend.MP4"
        assert recording["sha256"] == hashlib.sha256(body).hexdigest()
        assert recording["size_bytes"] == len(body)
        assert parts(tmp_path) == []


def test_without_a_visit_it_gets_one_of_its_own(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD, lang="ja")
        visit = client.get(f"/api/visits/{recording['visit']}").json()

    assert (visit["check"], visit["client"], visit["language"]) == ("recordings", None, "ja")
    assert [one["id"] for one in visit["recordings"]] == [recording["id"]]


def test_the_settings_asked_for_are_kept_with_it(tmp_path: Path) -> None:
    asked = {"activity": "walking", "height_cm": "172.5", "person": "2", "trim": "1.5,9"}
    asked["speed"] = "0.125"
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD, step="walking", near_side="auto", **asked)

    assert recording["step"] == "walking"
    assert recording["settings"] == {
        "activity": "walking",
        "height_cm": 172.5,
        "person": 2,
        "speed": 0.125,
        "trim": [1.5, 9.0],
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\aki\\walk.mov", "walk.mov"),
        ("../../etc/passwd", "passwd"),
        ("a\0b\x1b[2J.mp4", "ab[2J.mp4"),
        ("\u202egpj.mp4", "gpj.mp4"),  # writes backwards what follows
        ("", "video"),
        ("/", "video"),
        ("x" * 300 + ".mp4", "x" * 251 + ".mp4"),
        ("立位 1回目.mp4", "立位 1回目.mp4"),
    ],
)
def test_a_name_is_shown_without_what_no_eye_sees(name: str, shown: str) -> None:
    assert plain_name(name) == shown


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (PLAYLIST, "a playlist, which names other files"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "another"),
        (b"<html><script>alert(1)</script>" + MP4_HEAD, "a page with a video's head behind it"),
        (b"PK\x03\x04" + b"\0" * 100, "a zip"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound in a container that may hold video"),
        (b"%PDF-1.7\n", "a document"),
        (b"x", "one byte"),
    ],
)
@pytest.mark.parametrize("name", ["walk.mp4", "list.m3u8"])
def test_what_is_no_video_is_refused_whatever_it_is_called(
    tmp_path: Path, body: bytes, what: str, name: str
) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/uploads", params={"file_name": name}, content=body)

        assert answer.status_code == 415, what
        assert answer.json()["error"]["code"] == "upload_not_a_video"
        assert client.get("/api/visits").json() == []
        assert parts(tmp_path) == []


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (MP4_HEAD, "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0", "video/mp4"),
        (b"\x1aE\xdf\xa3\x01", "video/webm"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\0" + (b"G" + b"\0" * 191) * 2, "video/mp2t"),
    ],
)
def test_a_kind_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert media_type(head) == kind


def test_without_a_length_nothing_is_taken(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/uploads", content=iter([MP4_HEAD]))

    assert answer.status_code == 411
    assert answer.json()["error"]["code"] == "upload_length_missing"


def test_what_is_larger_than_allowed_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with app_in(tmp_path, max_upload_bytes=1000) as client:
        answer = client.post("/api/uploads", content=MP4_HEAD + b"\0" * 1000)

    assert answer.status_code == 413
    assert answer.json()["error"]["ja"].startswith("ファイルが大きすぎます")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        assert client.post("/api/uploads", content=b"").json()["error"]["code"] == "upload_empty"


def test_a_disk_that_is_nearly_full_is_left_its_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", ["total", "used", "free"])  # noqa: PYI024 - as shutil's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 5000, 5000))
    with app_in(tmp_path, disk_reserve_bytes=5000) as client:
        answer = client.post("/api/uploads", content=MP4_HEAD)

    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "upload_disk_full"


@pytest.mark.parametrize(("others_bytes", "status"), [(0, 201), (10 << 20, 507)])
def test_uploads_that_arrive_together_leave_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others_bytes: int, status: int
) -> None:
    """There is room for each when it begins; what others write meanwhile takes it away."""
    usage = namedtuple("usage", ["total", "used", "free"])  # noqa: PYI024 - as shutil's own
    clip = MP4_HEAD + bytes(3 << 20)
    free = [len(clip) + 5000]

    def told(_: object) -> object:
        now = free[-1]
        free.append(now - others_bytes)
        return usage(10**9, 10**9 - now, now)

    monkeypatch.setattr(shutil, "disk_usage", told)
    with app_in(tmp_path, disk_reserve_bytes=5000) as client:
        assert client.post("/api/uploads", content=clip).status_code == status
    assert parts(tmp_path) == []


@pytest.mark.linux
def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> BinaryIO:
        return Path("/dev/full").open("wb", buffering=0)  # writes fail as on a full disk

    monkeypatch.setattr(uploads, "_opened", full)
    with app_in(tmp_path) as client:
        answer = client.post("/api/uploads", content=MP4_HEAD)

        assert answer.status_code == 507
        assert "Make room" in answer.json()["error"]["en"]
        assert client.get("/api/visits").json() == []
        assert parts(tmp_path) == []


@pytest.mark.parametrize("name", ["visit", "client"])
def test_a_visit_or_client_that_is_not_there_is_said_before_the_file_is_taken(
    tmp_path: Path, name: str
) -> None:
    with app_in(tmp_path) as client:
        known = client.post("/api/uploads", params={name: "0" * 32}, content=MP4_HEAD)
        strange = client.post("/api/uploads", params={name: "../x"}, content=MP4_HEAD)

    assert known.json()["error"]["code"] == f"no_such_{name}"
    assert (known.status_code, strange.status_code) == (404, 404)


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "/etc/passwd"},
        {"height_cm": "1e999"},
        {"height_cm": "nan"},
        {"person": "0"},
        {"person": "1.5"},
        {"trim": "5,2"},
        {"trim": "1"},
        {"activity": "flying"},
        {"variant": "<b>"},
        {"speed": "nan"},
        {"speed": "0"},
        {"speed": "-1"},
        {"speed": "0.01"},
        {"speed": "inf"},
        {"step": "../x"},
    ],
)
def test_settings_that_cannot_be_used_are_refused(tmp_path: Path, asked: dict[str, str]) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/uploads", params=asked, content=MP4_HEAD)

    assert answer.status_code == 400
    assert next(iter(asked)) in answer.json()["error"]["en"]


def test_a_locked_database_is_one_sentence_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> object:
        raise StoreTrouble("database_locked", path="posture.db")

    with app_in(tmp_path) as client:
        monkeypatch.setattr(client.app.state.store.recordings, "add", locked)  # type: ignore[attr-defined]
        answer = client.post("/api/uploads", content=MP4_HEAD)

        assert answer.status_code == 503
        assert set(answer.json()["error"]) == {"code", "en", "ja"}
        assert parts(tmp_path) == []


# --- what breaks off ------------------------------------------------------------------------------


def asgi(
    folder: Path, pieces: list[bytes], declared: int, *, slow_s: float | None = None
) -> tuple[int | None, str]:
    """Send a body that ends as a broken line does; return status and answer."""
    answers: list[MutableMapping[str, Any]] = []

    async def arriving() -> AsyncGenerator[dict[str, Any], None]:
        for piece in pieces:
            yield {"type": "http.request", "body": piece, "more_body": True}
        if slow_s is not None:
            await asyncio.sleep(60)
        yield {"type": "http.disconnect"}

    async def run() -> None:
        app = create_app(config_in(folder, slow_s=slow_s or 60.0))
        source = arriving()
        scope = posting("/api/uploads", {"host": "127.0.0.1", "content-length": str(declared)})

        async def send(message: MutableMapping[str, Any]) -> None:
            answers.append(message)

        await app(scope, lambda: anext(source), send)
        app.state.store.close()
        await source.aclose()

    asyncio.run(run())
    status = next((m["status"] for m in answers if m["type"] == "http.response.start"), None)
    return status, b"".join(m.get("body", b"") for m in answers).decode()


def test_an_upload_that_is_aborted_leaves_nothing_behind(tmp_path: Path) -> None:
    asgi(tmp_path, [MP4_HEAD, b"\0" * 3_000_000], declared=9_000_000)

    assert parts(tmp_path) == []
    assert list((tmp_path / "data" / "files").rglob("*")) == []


def test_a_sender_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    status, told = asgi(tmp_path, [MP4_HEAD], declared=9_000_000, slow_s=0.05)

    assert status == 408
    assert "upload_too_slow" in told
    assert parts(tmp_path) == []


def test_what_a_killed_server_left_half_written_is_gone_after_the_next_start(
    tmp_path: Path,
) -> None:
    with app_in(tmp_path):
        pass
    incoming = tmp_path / "data" / "incoming"
    (incoming / f"{'a' * 32}.part").write_bytes(MP4_HEAD)

    with app_in(tmp_path):
        assert parts(tmp_path) == []
