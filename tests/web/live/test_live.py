"""The live session's socket and its recordings, with the real coach and a client made of clips."""

from __future__ import annotations

import asyncio
import json
import math
import re
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import httpx
import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from posture.live.leader import Clock, Rate
from posture.live.parts import MAX_CHUNK_BYTES
from posture.live.steps import steps_of
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.store import StoreTrouble, Visit
from posture.types import Reason
from posture.video.still import encode_jpeg
from posture.web.live import connection
from posture.web.live import messages as live_messages
from posture.web.live import session as live_session
from posture.web.live import takes as live_takes
from posture.web.live.messages import read_care
from posture.web.live.session import close_sessions
from tests.web.live.scripted import Scripted
from tests.web.make import MP4_HEAD, NOTHING, OWN, TestClient, app_in

if TYPE_CHECKING:
    # its module warns when it is imported; make.py has done so quietly
    from starlette.testclient import WebSocketTestSession

JPEG = encode_jpeg(np.full((36, 64, 3), 90, dtype=np.uint8))
SOCKETS = OWN.replace("http", "ws")
HEADER = struct.Struct("<2sBBId")
Worker = Callable[[str], None]


@pytest.fixture(autouse=True)
def leaders(monkeypatch: pytest.MonkeyPatch, worker: Worker) -> list[Scripted]:
    worker(NOTHING)
    made: list[Scripted] = []

    def make(visit: Visit, model: str) -> Scripted:
        made.append(Scripted(visit, model))
        return made[-1]

    monkeypatch.setattr(live_session, "leader_for", make)
    return made


@contextmanager
def served(folder: Path, **changes: Any) -> Iterator[TestClient]:  # noqa: ANN401 - Config's
    with app_in(folder, **changes) as client:
        yield client
        assert client.portal is not None
        client.portal.call(close_sessions, client.app.state.live)  # type: ignore[attr-defined]


def visit_of(client: TestClient, check: str = "quick", **answers: object) -> str:
    body = {"client": None, "check": check, "language": "en", "answers": answers}
    answer = client.post("/api/visits", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def frame(number: int, time_ms: float | None = None, jpeg: bytes = JPEG) -> bytes:
    at_ms = 33.0 * number if time_ms is None else time_ms
    return HEADER.pack(b"PA", 1, 0, number, at_ms) + jpeg


class Page:
    """The page's end of a socket."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.ready: dict[str, Any] = socket.receive_json()
        self.number = 0

    def send(self) -> dict[str, Any]:
        self.number += 1
        self.socket.send_bytes(frame(self.number))
        answer: dict[str, Any] = self.socket.receive_json()
        return answer

    def until(self, what: Callable[[dict[str, Any]], bool], most: int = 900) -> dict[str, Any]:
        for _ in range(most):
            coach: dict[str, Any] = self.send()["coach"]
            if what(coach):
                return coach
        raise AssertionError(f"never: {coach}")


def connected(client: TestClient, visit: str, **asked: str) -> WebSocketTestSession:
    query = "&".join(f"{name}={value}" for name, value in {"visit": visit, **asked}.items())
    session: WebSocketTestSession = client.websocket_connect(
        f"{SOCKETS}/ws/live?{query}", headers={"origin": OWN}
    )
    return session


def test_ready_comes_first_and_says_what_the_page_needs(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client, "full")) as socket:
        ready = Page(socket).ready

        assert ready["type"] == "ready"
        assert (ready["v"], ready["window"], ready["resumed"]) == (1, 3, False)
        assert [step["id"] for step in ready["steps"]] == [
            "standing",
            "standing2",
            "forward_bend",
            "walking",
        ]
        assert len(ready["session"]) == 32


def test_a_result_carries_its_frames_number_and_the_coach(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        answer = Page(socket).send()

        assert (answer["type"], answer["seq"], answer["t"]) == ("result", 1, 33.0)
        assert (answer["coach"]["phase"], answer["coach"]["say"]) == ("choosing", "who")


def test_what_the_script_takes_messages_to_hold_is_what_they_hold(tmp_path: Path) -> None:
    """The types in wire.js are checked against its own code only; this is the server's side."""
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        answer = page.send()

        assert typed("Coach") == set(answer["coach"])
        assert typed("Result") <= set(answer)
        assert typed("Ready") <= set(page.ready)


def typed(name: str) -> set[str]:
    """Return the names that a type of the page's script has."""
    script = Path(__file__).parents[3] / "posture" / "web" / "static" / "live" / "wire.js"
    comments = re.findall(r"/\*\*.*?\*/", script.read_text("utf-8"), re.DOTALL)
    (comment,) = [one for one in comments if f"@typedef {{object}} {name}\n" in one]
    return set(re.findall(r"@property \{.*\} \[?(\w+)", comment))


def test_every_bad_frame_is_answered_and_the_session_goes_on(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        codes = []
        for bad in (
            b"PA",
            b"XX" + frame(1)[2:],
            frame(1, math.nan),
            frame(1, -1.0),
            frame(1, 1e300),
            frame(2, jpeg=b"not a picture"),
            frame(2, jpeg=JPEG[: len(JPEG) // 2]),
            frame(2, jpeg=bomb()),
            frame(2, jpeg=JPEG + bytes(512 * 1024 - len(JPEG))),
        ):
            socket.send_bytes(bad)
            codes.append(socket.receive_json()["code"])

        assert codes == ["bad_header"] * 5 + ["bad_frame"] * 4
        assert page.send()["type"] == "result"


def bomb() -> bytes:
    """A small file that says it is 60000 x 60000."""
    start = JPEG.index(b"\xff\xc0")
    size = (60000).to_bytes(2, "big")
    return JPEG[: start + 5] + size + size + JPEG[start + 9 :]


def test_a_message_far_too_big_closes_the_socket(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        Page(socket)
        socket.send_bytes(bytes(600_000))

        with pytest.raises(WebSocketDisconnect) as told:
            socket.receive_json()

        assert told.value.code == 1009


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "bad_message"),
        ("[]", "bad_message"),
        ('{"type":"?"}', "bad_message"),
        ('{"type":"mark","what":"jump"}', "bad_mark"),
        ('{"type":"mark","what":"choose","x":2,"y":0.5}', "bad_mark"),
        ('{"type":"mark","what":"choose","x":"a"}', "bad_mark"),
        ("[" * 3000, "bad_message"),
        ("x" * 5000, "bad_message"),
    ],
)
def test_text_that_makes_no_sense_is_answered(tmp_path: Path, text: str, code: str) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        socket.send_text(text)

        assert socket.receive_json()["code"] == code
        assert page.send()["type"] == "result"


def test_marks_and_the_cameras_rate_reach_the_coach(
    tmp_path: Path, leaders: list[Scripted]
) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        socket.send_json({"type": "config", "camera_fps": 29.5, "camera_w": 1280})
        socket.send_json({"type": "config", "camera_fps": "fast"})
        socket.send_json({"type": "mark", "what": "start"})
        page.send()

        assert (leaders[0].fps, leaders[0].marks) == (29.5, ["start"])


def test_one_session_too_many_is_told_so_and_finds_a_place_later(tmp_path: Path) -> None:
    with served(tmp_path, max_sessions=1) as client:
        visit = visit_of(client)
        with connected(client, visit) as first:
            ready = Page(first).ready
            with connected(client, visit, lang="ja") as second:
                busy = second.receive_json()
                with pytest.raises(WebSocketDisconnect) as told:
                    second.receive_json()
        assert client.delete(f"/api/live/{ready['session']}").status_code == 204
        with connected(client, visit) as third:
            assert Page(third).ready["type"] == "ready"

    assert (busy["code"], told.value.code) == ("busy", 1013)
    assert busy["text"] == load_words("ja").tables["reasons"]["live_error_busy"]


def test_a_session_without_its_page_makes_room_for_another(
    tmp_path: Path, leaders: list[Scripted]
) -> None:
    with served(tmp_path, max_sessions=1) as client:
        with connected(client, visit_of(client)) as first:
            Page(first)
        with connected(client, visit_of(client)) as second:
            assert Page(second).ready["resumed"] is False

    assert leaders[0].closed


def test_a_lost_page_comes_back_to_the_same_coach(tmp_path: Path, leaders: list[Scripted]) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with connected(client, visit) as socket:
            page = Page(socket)
            page.until(lambda coach: coach["phase"] == "framing")
        with connected(client, visit, session=page.ready["session"]) as socket:
            again = Page(socket)
            state = again.send()["coach"]

    assert again.ready["resumed"] is True
    assert again.ready["session"] == page.ready["session"]
    assert state["phase"] in {"framing", "ready"}
    assert len(leaders) == 1


def test_a_session_is_not_resumed_for_another_visit(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        with connected(client, visit_of(client)) as socket:
            session = Page(socket).ready["session"]
        with connected(client, visit_of(client), session=session) as socket:
            ready = Page(socket).ready

    assert ready["resumed"] is False
    assert ready["session"] != session


def test_a_second_tab_takes_the_session_over(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with connected(client, visit) as first:
            session = Page(first).ready["session"]
            with connected(client, visit, session=session) as second:
                assert Page(second).send()["type"] == "result"
                with pytest.raises(WebSocketDisconnect) as told:
                    first.receive_json()

    assert told.value.code == 4000


def test_after_a_minute_the_models_go_and_after_ten_more_the_session(
    tmp_path: Path, leaders: list[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_session, "RESUME_S", 0.05)
    monkeypatch.setattr(live_session, "KEPT_S", 0.05)
    with served(tmp_path) as client:
        with connected(client, visit_of(client)) as socket:
            Page(socket)
        ends_s = time.monotonic() + 20
        while client.app.state.live and time.monotonic() < ends_s:  # type: ignore[attr-defined]
            time.sleep(0.02)

        assert client.app.state.live == {}  # type: ignore[attr-defined]
        assert leaders[0].closed


def test_a_tab_that_sends_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IDLE_S", 0.1)
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        Page(socket)

        assert socket.receive_json()["code"] == "idle"


def test_the_newest_frame_wins_and_each_old_one_gives_its_credit_back(
    tmp_path: Path, leaders: list[Scripted]
) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        Page(socket)
        leaders[0].slow_s = 0.3
        for number in range(1, 7):
            socket.send_bytes(frame(number))
        answers = [socket.receive_json() for _ in range(6)]

    by_kind: dict[str, list[int]] = {}
    for answer in answers:
        by_kind.setdefault(answer["type"], []).append(answer["seq"])
    assert sorted(by_kind["drop"] + by_kind["result"]) == [1, 2, 3, 4, 5, 6]
    assert by_kind["result"][-1] == 6
    assert len(by_kind["drop"]) >= 3


def test_a_frame_that_breaks_the_model_ends_nothing(
    tmp_path: Path, leaders: list[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)

        def broken(*_: object) -> None:
            raise FloatingPointError

        with monkeypatch.context() as for_now:
            for_now.setattr(leaders[0], "see_jpeg", broken)
            told = page.send()

        assert (told["type"], told["code"], told["seq"]) == ("error", "internal", 1)
        assert page.send()["type"] == "result"


def test_a_page_that_takes_no_answer_is_left() -> None:
    class Stuck:
        application_state = None

        async def send_text(self, _text: str) -> None:
            await asyncio.sleep(60)

    async def leave() -> None:
        page = connection.Connection(
            Stuck(),  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            load_words("en"),
        )
        with pytest.raises(WebSocketDisconnect, match=r"\d+|^$"):
            await page.send({"type": "result"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "SEND_S", 0.05)
        asyncio.run(leave())


@pytest.mark.parametrize("visit", ["", "0" * 32, "../../etc/passwd"])
def test_no_visit_no_session(tmp_path: Path, visit: str) -> None:
    with served(tmp_path) as client, connected(client, visit) as socket:
        assert socket.receive_json()["code"] == "no_such_visit"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": OWN, "host": "evil.example:8765"},
        {"origin": "http://evil.example:8765", "host": "evil.example:8765"},
    ],
)
def test_a_foreign_page_gets_no_socket(tmp_path: Path, headers: dict[str, str]) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with (
            pytest.raises(WebSocketDisconnect) as told,
            client.websocket_connect(f"{SOCKETS}/ws/live?visit={visit}", headers=headers),
        ):
            pass

    assert told.value.code == 1008


# recordings


def in_recording(page: Page) -> tuple[str, int]:
    coach = page.until(lambda coach: coach["recording"])
    return coach["step"], coach["take"]


def at(page: Page, step: str, take: int, what: str) -> str:
    return f"/api/live/{page.ready['session']}/steps/{step}/{what}?take={take}"


def test_pieces_become_a_recording_of_the_visit(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client, height_cm=171)
        with connected(client, visit) as socket:
            page = Page(socket)
            step, take = in_recording(page)
            nexts = [
                client.post(at(page, step, take, f"chunks/{k}"), content=piece).json()["next"]
                for k, piece in enumerate((MP4_HEAD, b"more", b"end"))
            ]
            again = client.post(at(page, step, take, "chunks/1"), content=b"more")
            early = client.post(at(page, step, take, "chunks/5"), content=b"later")
            short = client.post(at(page, step, take, "end"), json={"chunks": 4})
            done = client.post(at(page, step, take, "end"), json={"chunks": 3, "mime": "video/mp4"})
            twice = client.post(at(page, step, take, "end"), json={"chunks": 3})
            recording = client.get(f"/api/recordings/{done.json()['recording']}").json()
            clip = client.app.state.store.files.clip(recording["id"])  # type: ignore[attr-defined]
            kept = clip.read_bytes()

    assert nexts == [1, 2, 3]
    assert (again.status_code, again.json()) == (200, {"next": 3})
    assert (early.status_code, early.json()["next"]) == (409, 3)
    assert early.json()["error"]["code"] == "chunk_out_of_order"
    assert (short.status_code, short.json()["next"]) == (409, 3)
    assert (done.status_code, twice.status_code) == (201, 200)
    assert twice.json() == done.json()
    assert kept == MP4_HEAD + b"moreend"
    assert (recording["visit"], recording["step"]) == (visit, "forward_bend")
    assert recording["settings"] == {"height_cm": 171.0, "activity": "forward_bend"}


def test_a_step_begun_anew_takes_its_pieces_and_its_recording_along(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with connected(client, visit) as socket:
            page = Page(socket)
            step, take = in_recording(page)
            client.post(at(page, step, take, "chunks/0"), content=MP4_HEAD)
            first = client.post(at(page, step, take, "end"), json={"chunks": 1}).json()
            socket.send_json({"type": "mark", "what": "redo"})
            coach = page.send()["coach"]
            late = until(lambda: client.post(at(page, step, take, "chunks/1"), content=b"x"), 410)
            gone = until(lambda: client.get(f"/api/recordings/{first['recording']}"), 404)
            step2, take2 = in_recording(page)
            client.post(at(page, step2, take2, "chunks/0"), content=MP4_HEAD)
            socket.send_json({"type": "mark", "what": "redo"})
            page.send()
            until(lambda: client.post(at(page, step2, take2, "chunks/1"), content=b"x"), 410)
            left = [*(tmp_path / "data" / "incoming").iterdir()]

    assert coach["dropped_take"] == take
    assert (late.status_code, gone.status_code) == (410, 404)
    assert (step2, take2 > take) == (step, True)
    assert left == []


def until(ask: Callable[[], httpx.Response], status: int) -> httpx.Response:
    """Ask until it answers so: takes are made void in a thread, soon but not at once."""
    ends_s = time.monotonic() + 20
    while (answer := ask()).status_code != status and time.monotonic() < ends_s:
        time.sleep(0.02)
    return answer


def test_what_is_no_video_becomes_no_recording(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        step, take = in_recording(page)
        client.post(at(page, step, take, "chunks/0"), content=b"#EXTM3U\nfile:///etc/passwd\n")
        refused = client.post(at(page, step, take, "end"), json={"chunks": 1})

    assert refused.status_code == 415
    assert [*(tmp_path / "data" / "incoming").iterdir()] == []


def test_too_much_and_no_room_are_said(tmp_path: Path) -> None:
    with (
        served(tmp_path, max_upload_bytes=100) as client,
        connected(client, visit_of(client)) as socket,
    ):
        page = Page(socket)
        step, take = in_recording(page)
        huge = client.post(at(page, step, take, "chunks/0"), content=bytes(MAX_CHUNK_BYTES + 1))
        much = client.post(at(page, step, take, "chunks/0"), content=bytes(200))
    with (
        served(tmp_path, disk_reserve_bytes=1 << 60) as client,
        connected(client, visit_of(client)) as socket,
    ):
        page = Page(socket)
        step, take = in_recording(page)
        full = client.post(at(page, step, take, "chunks/0"), content=MP4_HEAD)

    assert (huge.status_code, much.status_code, full.status_code) == (413, 413, 507)
    assert full.json()["error"]["code"] == "disk_full"


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("standing/chunks/0?take=1", 404),
        ("forward_bend/chunks/0?take=99", 404),
        ("forward_bend/chunks/0", 400),
        ("forward_bend/chunks/x?take=1", 400),
        ("forward_bend/chunks/-1?take=1", 400),
        ("forward_bend/end?take=1", 400),
        ("..%2f..%2fx/chunks/0?take=1", 404),
    ],
)
def test_nothing_is_taken_that_the_coach_did_not_begin(
    tmp_path: Path, what: str, status: int
) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client)) as socket:
        page = Page(socket)
        in_recording(page)
        answer = client.post(f"/api/live/{page.ready['session']}/steps/{what}", content=b"{}")

    assert answer.status_code == status


def test_recordings_are_taken_after_the_socket_is_lost(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        with connected(client, visit_of(client)) as socket:
            page = Page(socket)
            step, take = in_recording(page)
        client.post(at(page, step, take, "chunks/0"), content=MP4_HEAD)
        done = client.post(at(page, step, take, "end"), json={"chunks": 1})

    assert done.status_code == 201


def test_the_whole_check_is_led_over_the_socket(tmp_path: Path) -> None:
    with served(tmp_path) as client, connected(client, visit_of(client, "stand_bend")) as socket:
        page = Page(socket)
        last = page.until(lambda coach: coach["phase"] == "done", 2000)

    assert [step["state"] for step in last["steps"]] == ["done"] * 3


# the server's own camera


def test_without_a_camera_at_the_server_there_is_none(tmp_path: Path) -> None:
    with (
        served(tmp_path) as client,
        connected(client, visit_of(client), source="server") as socket,
    ):
        assert socket.receive_json()["code"] == "no_camera"


def test_a_camera_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with (
        served(tmp_path, camera=str(tmp_path / "none.mp4")) as client,
        connected(client, visit_of(client), source="server") as socket,
    ):
        Page(socket)
        assert socket.receive_json()["code"] == "no_camera"


def filmed(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 60, (320, 180))
    for number in range(60):
        writer.write(np.full((180, 320, 3), 60 + number, dtype=np.uint8))
    writer.release()
    return path


def test_the_servers_camera_shows_its_pictures_and_records_the_step_itself(
    tmp_path: Path,
) -> None:
    camera = str(filmed(tmp_path / "camera.mp4"))
    with served(tmp_path, camera=camera) as client:
        visit = visit_of(client)
        with connected(client, visit, source="server") as socket:
            page = Page(socket)
            header = HEADER.unpack_from(socket.receive_bytes())
            first = socket.receive_json()
            socket.send_json({"type": "shown", "seq": first["seq"]})
            coach = first["coach"]
            while coach["phase"] != "done":
                socket.receive_bytes()
                answer = socket.receive_json()
                coach = answer["coach"]
                socket.send_json({"type": "shown", "seq": answer["seq"]})
        recordings = client.get(f"/api/visits/{visit}").json()["recordings"]
        clip = client.app.state.store.files.clip(recordings[0]["id"])  # type: ignore[attr-defined]
        count = int(cv2.VideoCapture(str(clip)).get(cv2.CAP_PROP_FRAME_COUNT))

    assert page.ready["source"] == "server"
    assert (header[0], header[3]) == (b"PA", first["seq"])
    assert [r["step"] for r in recordings] == ["forward_bend"]
    assert count > 30


# what cannot be saved


def locked(*_: object, **__: object) -> None:
    raise StoreTrouble("database_locked", path="posture.db")


def not_there(*_: object, **__: object) -> None:
    raise StoreTrouble("no_such_visit")


@pytest.mark.parametrize(
    ("fails", "told"), [(locked, "locked by another program"), (not_there, "no such visit")]
)
def test_care_that_cannot_be_saved_is_said_and_the_check_goes_on(
    tmp_path: Path,
    leaders: list[Scripted],
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[..., None],
    told: str,
) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with connected(client, visit) as socket:
            page = Page(socket)
            monkeypatch.setattr(client.app.state.store.visits, "change", fails)  # type: ignore[attr-defined]
            socket.send_text(json.dumps({"type": "mark", "what": "start", "care": ["calf"]}))
            answer = socket.receive_json()
            assert (answer["type"], answer["code"]) == ("error", "not_saved")
            assert answer["text"].startswith("Not saved")
            assert told in answer["text"]
            assert leaders[0].marks == ["start"]  # what was pressed counts all the same
            assert page.send()["type"] == "result"
            monkeypatch.undo()
            socket.send_text(json.dumps({"type": "mark", "what": "start", "care": ["calf"]}))
            assert page.send()["type"] == "result"
        assert client.get(f"/api/visits/{visit}").json()["answers"]["care"] == ["calf"]


def test_a_visit_deleted_in_another_tab_ends_no_check(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        with connected(client, visit) as socket:
            page = Page(socket)
            assert client.delete(f"/api/visits/{visit}").status_code == 204
            socket.send_text(json.dumps({"type": "mark", "what": "start", "care": ["calf"]}))
            assert socket.receive_json()["code"] == "not_saved"
            assert page.send()["type"] == "result"


def test_a_visit_that_cannot_be_read_now_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        monkeypatch.setattr(client.app.state.store.visits, "get", locked)  # type: ignore[attr-defined]
        with connected(client, visit) as socket:
            answer = socket.receive_json()
            assert answer["code"] == "not_begun"
            assert "locked by another program" in answer["text"]
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
        assert closed.value.code == 1013  # the page tries again by itself


def test_a_redone_take_that_cannot_be_deleted_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[str] = []

    def fails(recording_id: str) -> None:
        if recording_id == "a":
            locked()
        gone.append(recording_id)

    class Free:
        async def cancel(self, _recording_id: str) -> None:
            raise StoreTrouble("no_such_recording")

    with served(tmp_path) as client:
        store = client.app.state.store  # type: ignore[attr-defined]
        monkeypatch.setattr(store.recordings, "delete", fails)
        with pytest.raises(StoreTrouble, match="database_locked"):
            asyncio.run(live_takes.delete(Free(), store, ["a", "b"]))  # type: ignore[arg-type]
    assert gone == ["b"]  # one that is held holds none of the others


# words, times, pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_step_and_number_has_its_words(language: Language) -> None:
    words = load_words(language)

    for code in live_messages._ERRORS:  # noqa: SLF001 - all of them
        why = Reason("database_locked", {"path": "posture.db"})
        told = str(live_messages.error(code, words, why=why)["text"])
        assert told.startswith(str(live_messages.error(code, words)["text"]))
        assert words.sentence(why) in told
    for step in steps_of("full", {"extras": ["wall_lunge", "forward_bend_after"]}, withheld=False):
        assert words.of("web", f"liveserver_step_{step.id}")


def test_times_rise_whatever_the_page_sends() -> None:
    clock = Clock()

    times = [clock.rising(ms) for ms in (1000.0, 1033.0, 1033.0, 1020.0, 5.0, 38.0)]

    assert all(b > a for a, b in pairwise(times))
    assert times[4] - times[3] >= 1.0  # a reloaded page: a hole, so that the coach begins anew
    assert times[5] - times[4] == pytest.approx(0.033)


def test_the_rate_is_what_the_page_says_and_else_what_arrives() -> None:
    rate = Rate()

    arriving = [rate.add(n / 20) for n in range(50)]
    rate.told = 30.0

    assert math.isnan(arriving[0])
    assert arriving[-1] == pytest.approx(20.0)
    assert rate.add(3.0) == 30.0


def test_an_answer_that_is_no_number_costs_the_number_and_not_the_recording(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as client:
        visit = client.app.state.store.visits.add(  # type: ignore[attr-defined]
            None, "quick", "en", {"height_cm": "tall", "model": "../x"}
        )

    (step,) = steps_of("quick", {}, withheld=False)
    assert live_takes.settings_of(step, visit) == {"activity": "forward_bend"}


def test_the_pages_are_there_in_both_languages(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        visit = visit_of(client)
        for language in LANGUAGES:
            for path in ("/live", f"/live/{visit}"):
                page = client.get(path, params={"lang": language})
                assert page.status_code == 200
                assert f'lang="{language}"' in page.text
        assert client.get(f"/live/{'0' * 32}").status_code == 404
        assert client.get("/live/x").status_code == 404


def test_messages_hold_nothing_that_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        live_messages.dumped({"x": math.nan})
    assert json.loads(live_messages.dumped({"x": "あ"})) == {"x": "あ"}


def test_the_care_between_two_bends_is_read_and_nothing_else() -> None:
    assert read_care({"what": "start"}) is None
    assert read_care({"what": "start", "care": "sole"}) is None
    assert read_care({"what": "start", "care": ["back", "sole", "moon", 3]}) == ["sole", "back"]
