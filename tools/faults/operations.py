"""What people do with the program, each with something that may go wrong in the middle of it.

An operation returns whether it was answered with success; what was, is promised.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from posture.store.backup import backup, restore
from posture.store.files import Files
from posture.video.still import encode_jpeg
from posture.web.live.messages import packed
from tests.web.make import MP4_HEAD
from tools.faults.house import TOP, House, Person, sha256_of
from tools.faults.strikes import DAY_S, Under

_PIECE, _PIECES, _BETWEEN_S = 1 << 15, 16, 0.02  # of an upload: half a second of it
_TRIES, _AGAIN_S = 12, 0.5  # of a page that comes back: six seconds
_PATIENCE_S = 120.0
_SENDER = """
import sys, time
from http.client import HTTPConnection
from pathlib import Path
host, path, clip = sys.argv[1:]
body = Path(clip).read_bytes()
def pieces():
    for start in range(0, len(body), 1 << 15):
        time.sleep(0.02)
        yield body[start : start + (1 << 15)]
line = HTTPConnection(host)
line.request("POST", path, body=pieces(), headers={"Content-Length": str(len(body))})
sys.exit(0 if line.getresponse().status == 201 else 1)
"""


def asking(house: House, timeout_s: float = 30.0) -> httpx.Client:
    """Return a program of this machine that asks the server."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=house.address, timeout=timeout_s, limits=limits)


def client_with_consent(house: House) -> tuple[str, Person]:
    """Add a client who agreed that videos are kept."""
    person = Person.anybody()
    house.promised.said += person.values
    with asking(house) as client:
        body = {"name": person.name, "note": person.note}
        client_id = str(client.post("/api/clients", json=body).raise_for_status().json()["id"])
        house.promised.clients[client_id] = person
        form = {"agreed": "yes", "keep": "video", "retention": "none"}
        answer = client.post(f"/clients/{client_id}/consent", data=form)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"no consent: {answer.status_code}")
    return client_id, person


def clip_of(person: Person, size: int = _PIECE * _PIECES) -> bytes:
    """Return what begins like a video and holds a client's name."""
    return (MP4_HEAD + person.note.encode() + secrets.token_bytes(size))[:size]


def keep(house: House, client_id: str, recording_id: str, clip: bytes) -> None:
    """Write down that a clip was promised to be kept."""
    house.promised.recordings[recording_id] = hashlib.sha256(clip).hexdigest()
    house.promised.of_client[recording_id] = client_id


def uploaded(house: House, client_id: str, name: str, clip: bytes, **asked: str) -> str:
    """Upload a clip, undisturbed; return its recording."""
    with asking(house) as client:
        answer = client.post(
            "/api/uploads", params={"file_name": name, "client": client_id, **asked}, content=clip
        )
        recording_id = str(answer.raise_for_status().json()["id"])
    keep(house, client_id, recording_id, clip)
    return recording_id


def upload(under: Under) -> bool:
    """Send a clip piece by piece."""
    house = under.house
    client_id, person = client_with_consent(house)
    clip = clip_of(person)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(clip), _PIECE):
            time.sleep(_BETWEEN_S)
            if under.cut.is_set():
                raise ConnectionError
            yield clip[start : start + _PIECE]

    under.ready.set()
    with asking(house) as client:
        answer = client.post(
            "/api/uploads",
            params={"file_name": person.file_name, "client": client_id},
            content=pieces(),
            headers={"Content-Length": str(len(clip))},
        )
    if answer.status_code != httpx.codes.CREATED:
        return False
    keep(house, client_id, answer.json()["id"], clip)
    return True


def upload_by_browser(under: Under) -> bool:
    """Send a clip from a process of its own, which may be killed."""
    house = under.house
    client_id, person = client_with_consent(house)
    clip = clip_of(person)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip"
        path.write_bytes(clip)
        address = f"/api/uploads?file_name={person.file_name}&client={client_id}"
        host = house.address.removeprefix("http://")
        ended = _ran(under, [sys.executable, "-c", _SENDER, host, address, str(path)])
    if ended == 0:
        with asking(house) as client:
            visits = client.get("/api/visits", params={"client": client_id}).json()
        keep(house, client_id, visits[0]["recordings"][0]["id"], clip)
    return ended == 0


def analysis(under: Under) -> bool:
    """Send a real clip and have it analysed."""
    house = under.house
    client_id, person = client_with_consent(house)
    note = person.note.encode()
    free = struct.pack(">I4s", 8 + len(note), b"free") + note  # a box that players step over
    clip = (TOP / "samples" / "visit_standing.mp4").read_bytes() + free
    recording_id = uploaded(house, client_id, person.file_name, clip, trim="0,2")
    under.ready.set()
    if under.fault != "disk":  # where there was no room it may come to nothing
        house.promised.analysed.add(recording_id)
    until_s = time.monotonic() + _PATIENCE_S
    with asking(house) as client:
        while time.monotonic() < until_s:
            state = client.get(f"/api/recordings/{recording_id}").json()["state"]
            if state not in {"queued", "running"}:
                return bool(state == "done")
            time.sleep(0.1)
    return False


def live(under: Under) -> bool:
    """Lead a live check until its first recording is kept, and come back where the line is cut."""
    return _led(under, comes_back=True)


def live_left(under: Under) -> bool:
    """Lead a live check whose browser is killed."""
    return _led(under, comes_back=False)


def _led(under: Under, *, comes_back: bool) -> bool:
    house = under.house
    client_id, person = client_with_consent(house)
    house.promised.said.append(f"{person.height_cm}")
    answers = {"height_cm": person.height_cm}
    body = {"client": client_id, "check": "quick", "language": "en", "answers": answers}
    with asking(house) as client:
        visit = client.post("/api/visits", json=body).raise_for_status().json()["id"]
    under.ready.set()
    page = _Page(under, visit)
    try:
        step, take = page.in_recording(comes_back=comes_back)
        clip = clip_of(person)
        pieces = [clip[start : start + _PIECE] for start in range(0, len(clip), _PIECE)]
        for number, piece in enumerate(pieces):
            time.sleep(_BETWEEN_S)
            if under.cut.is_set() and not comes_back:
                return False
            page.post(f"steps/{step}/chunks/{number}?take={take}", content=piece)
        answer = page.post(f"steps/{step}/end?take={take}", json={"chunks": len(pieces)})
    finally:
        page.leave()
    keep(house, client_id, answer["recording"], clip)
    return True


class _Page:
    """The browser's end of a live check."""

    def __init__(self, under: Under, visit: str) -> None:
        self._under = under
        self._visit = visit
        self._session = ""
        self._open = ExitStack()
        self._number = 0
        self._was_cut = False
        self._jpeg = encode_jpeg(np.full((36, 64, 3), 90, dtype=np.uint8))

    def in_recording(self, *, comes_back: bool) -> tuple[str, int]:
        """Send pictures until the coach wants a recording; return its step and take."""
        tries = 0
        while True:
            try:
                return self._until_recording()
            except (OSError, WebSocketException):
                tries += 1
                if not comes_back or tries > _TRIES:
                    raise
                time.sleep(_AGAIN_S)

    def _until_recording(self) -> tuple[str, int]:
        house = self._under.house
        where = house.address.replace("http", "ws") + f"/ws/live?visit={self._visit}"
        where += f"&session={self._session}" if self._session else ""
        page = self._open.enter_context(
            connect(where, origin=Origin(house.address), open_timeout=20)
        )
        ready = json.loads(page.recv(timeout=20))
        if ready.get("type") != "ready":
            raise OSError(f"turned away: {ready}")
        if self._session and ready["session"] != self._session:
            raise AssertionError("the check began anew")
        self._session = ready["session"]
        while True:
            if self._under.cut.is_set() and not self._was_cut:
                self._was_cut = True
                self._cut(page.socket)
            self._number += 1
            page.send(packed(self._number, 33.0 * self._number, self._jpeg))
            told = json.loads(page.recv(timeout=20))
            if told.get("type") == "result" and told["coach"]["recording"]:
                return told["coach"]["step"], told["coach"]["take"]

    def _cut(self, line: socket.socket) -> None:
        """Cut the line as a lost network does: nobody says goodbye."""
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)

    def post(self, what: str, **body: Any) -> dict[str, str]:  # noqa: ANN401 - httpx's
        """Send something of a recording, again where the server has no room or time just now."""
        for number in range(_TRIES):
            with asking(self._under.house) as client:
                answer = client.post(f"/api/live/{self._session}/{what}", **body)
            if answer.is_success:
                return dict(answer.json())
            if answer.is_client_error or number == _TRIES - 1:
                break
            time.sleep(_AGAIN_S)
        raise OSError(f"refused: {answer.status_code}")

    def leave(self) -> None:
        """Close the socket, if it is open still."""
        with suppress(OSError, WebSocketException):
            self._open.close()


def backing_up(under: Under) -> bool:
    """Run the command that backs up, and look whether all that was promised is in it."""
    house = under.house
    out = house.folder / "backups"
    out.mkdir(exist_ok=True)
    promised = dict(house.promised.recordings)
    made = out / f"{secrets.token_hex(4)}.zip"
    ended = _ran(under, [sys.executable, "-m", "posture", "backup", str(made)], house.data)
    under.lift()
    if ended == 0:
        _check_restored(made, promised)
    elif made.exists():
        raise AssertionError(f"half a backup: {ended}")
    backup(house.data, out / f"{secrets.token_hex(4)}.zip")  # the next one sweeps
    _nothing_left(out, "a backup")
    return ended == 0


def _nothing_left(folder: Path, by: str) -> None:
    left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    if left:
        raise AssertionError(f"left by {by}: {left}")


def restoring(under: Under) -> bool:
    """Run the command that puts a backup back; where it did not, the next try has to."""
    house = under.house
    promised = dict(house.promised.recordings)
    with tempfile.TemporaryDirectory(dir=house.folder) as folder:
        made = backup(house.data, Path(folder) / "b.zip")
        data = Path(folder) / "data"
        data.mkdir()
        ended = _ran(under, [sys.executable, "-m", "posture", "restore", str(made)], data)
        under.lift()
        if ended != 0 and not (data / "posture.db").exists():
            restore(made, data)  # whole or not at all: nothing is in the way
        _check_there(data, promised)
        _nothing_left(data, "a restore")
    return ended == 0


def deleting(under: Under) -> bool:
    """Delete a client with a clip."""
    house = under.house
    client_id, person = client_with_consent(house)
    uploaded(house, client_id, person.file_name, clip_of(person))
    house.promised.asked_to_go.add(client_id)
    under.ready.set()
    with asking(house) as client:
        answer = client.delete(f"/api/clients/{client_id}")
        is_gone = answer.status_code in {httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND}
    if is_gone:
        house.forget(client_id)
    return is_gone


def expiring(under: Under) -> bool:
    """Put a client into the bin and let its days pass: the next start deletes for good."""
    house = under.house
    client_id, person = client_with_consent(house)
    uploaded(house, client_id, person.file_name, clip_of(person))
    with asking(house) as client:
        answer = client.post(f"/clients/{client_id}/bin")
    if answer.status_code != httpx.codes.SEE_OTHER:
        return False
    house.kill()
    house.forget(client_id)  # promised for after its days
    house.move_clock(15 * DAY_S)
    under.ready.set()  # it strikes while the server starts and sweeps
    with suppress(RuntimeError):
        house.start()
    return True


def _check_restored(made: Path, promised: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        restore(made, Path(folder))
        _check_there(Path(folder), promised)


def _check_there(data: Path, promised: dict[str, str]) -> None:
    for recording_id, sha256 in promised.items():
        clip = Files(data).clip(recording_id)
        if not clip.is_file() or sha256_of(clip) != sha256:
            raise AssertionError(f"not in it: {recording_id}")


def _ran(under: Under, command: list[str], data: Path | None = None) -> int:
    """Run a command that the fault may hit; return how it ended."""
    house = under.house
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    if data is not None:
        environment["POSTURE_DATA_DIR"] = str(data)
    with house.log.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=TOP)  # noqa: S603
    under.target = psutil.Process(process.pid)
    under.ready.set()
    return process.wait(timeout=_PATIENCE_S)
