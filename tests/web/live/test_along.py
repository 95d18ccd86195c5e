"""A worker is beside a walk while it comes in, and gone where nothing comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posture import machine
from posture.web.config import JobLimits
from posture.web.jobs import along
from posture.web.live import session as live_session
from tests.web.jobs.test_jobs import MEASURES
from tests.web.live.scripted import Scripted
from tests.web.live.test_live import Page, at, connected, served, visit_of
from tests.web.make import MP4_HEAD, TestClient, waited

# Says who is there and what they are told, and then does as any other worker.
BESIDE = """
import os, sys
from pathlib import Path
line = sys.stdin.readline()
if '"coming"' in line:
    Path(BESIDE).write_text(f"{os.getpid()} {line}")
    line = sys.stdin.readline()
    if not line:
        sys.exit(1)
    Path(BESIDE).with_name("went-on").write_text(line)
sys.stdin.readline = lambda: line
"""
LIMITS = JobLimits(nice=0)
ASKED = {  # of any worker
    "settings": {"activity": "walking"},
    "language": "en",
    "model": "full",
    "max_side_px": LIMITS.max_side_px,
    "memory_bytes": LIMITS.memory_bytes,
    "cpu_s": LIMITS.cpu_s,
    "nice": LIMITS.nice,
}


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, worker: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the worker beside a recording says that it is there."""
    said = tmp_path / "beside"
    worker(f"BESIDE = {str(said)!r}" + BESIDE + MEASURES)
    monkeypatch.setattr(live_session, "leader_for", Scripted)
    monkeypatch.setattr(along, "_GONE_S", 0.1)
    return said


def until(what: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 60
    while not what():
        assert time.monotonic() < ends_s
        time.sleep(0.05)


def walking(page: Page) -> int:
    """Go to the walk, and return its take once it is being recorded."""
    coach = page.until(lambda coach: coach["phase"] == "framing")
    while coach["step"] != "walking":
        page.socket.send_json({"type": "mark", "what": "skip"})
        coach = page.send()["coach"]
    take: int = page.until(lambda coach: coach["recording"])["take"]
    return take


def piece(client: TestClient, page: Page, take: int, number: int, data: bytes) -> Any:  # noqa: ANN401 - a response
    return client.post(at(page, "walking", take, f"chunks/{number}"), content=data)


def pid_in(beside: Path) -> int:
    until(lambda: beside.exists() and beside.read_text().endswith("\n"))
    return int(beside.read_text().split()[0])


def test_the_worker_beside_a_walk_goes_on_with_it(tmp_path: Path, beside: Path) -> None:
    with served(tmp_path, warm=True) as client:
        with connected(client, visit_of(client, "full", height_cm=171)) as socket:
            page = Page(socket)
            take = walking(page)
            piece(client, page, take, 0, MP4_HEAD)
            pid = pid_in(beside)
            piece(client, page, take, 1, b"more")
            done = client.post(at(page, "walking", take, "end"), json={"chunks": 2}).json()
            recording = waited(client, done["recording"], {"done", "failed"})
        clip = str(client.app.state.store.files.clip(recording["id"]))  # type: ignore[attr-defined]

    assert recording["state"] == "done"
    assert '"height_cm": 171' in beside.read_text()
    assert f'"clip": "{clip}"'.replace("\\", "\\\\") in beside.with_name("went-on").read_text()
    assert not machine.is_running(pid)


def test_a_walk_whose_worker_died_beside_it_is_analysed_all_the_same(
    tmp_path: Path, beside: Path
) -> None:
    with (
        served(tmp_path, warm=True) as client,
        connected(client, visit_of(client, "full")) as socket,
    ):
        page = Page(socket)
        take = walking(page)
        piece(client, page, take, 0, MP4_HEAD)
        machine.kill(pid_in(beside))
        until(lambda: not machine.is_running(pid_in(beside)))
        done = client.post(at(page, "walking", take, "end"), json={"chunks": 1}).json()
        recording = waited(client, done["recording"], {"done", "failed"})

    assert recording["state"] == "done"
    assert not beside.with_name("went-on").exists()


def test_a_walk_that_is_walked_again_leaves_no_worker(tmp_path: Path, beside: Path) -> None:
    with (
        served(tmp_path, warm=True) as client,
        connected(client, visit_of(client, "full")) as socket,
    ):
        page = Page(socket)
        piece(client, page, walking(page), 0, MP4_HEAD)
        pid = pid_in(beside)
        socket.send_json({"type": "mark", "what": "redo"})
        page.send()
        until(lambda: not machine.is_running(pid))

    assert not beside.with_name("went-on").exists()


@pytest.mark.parametrize("warm", [True, False])
def test_a_server_that_stops_leaves_no_worker(
    warm: bool,  # noqa: FBT001 - pytest gives it by name
    tmp_path: Path,
    beside: Path,
) -> None:
    with (
        served(tmp_path, warm=warm) as client,
        connected(client, visit_of(client, "full")) as socket,
    ):
        page = Page(socket)
        assert piece(client, page, walking(page), 0, MP4_HEAD).status_code == 200
        pid = pid_in(beside) if warm else None

    assert pid is None or not machine.is_running(pid)
    assert beside.exists() is warm


def test_nobody_is_beside_a_bend(tmp_path: Path, beside: Path) -> None:
    with (
        served(tmp_path, warm=True) as client,
        connected(client, visit_of(client)) as socket,
    ):
        page = Page(socket)
        take = page.until(lambda coach: coach["recording"])["take"]
        client.post(at(page, "forward_bend", take, "chunks/0"), content=MP4_HEAD)
        done = client.post(at(page, "forward_bend", take, "end"), json={"chunks": 1}).json()
        assert waited(client, done["recording"], {"done", "failed"})["state"] == "done"

    assert not beside.exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_the_worker_itself_goes_on_from_what_cannot_be_read_to_its_job(
    is_there: bool,  # noqa: FBT001 - pytest gives it by name
    tmp_path: Path,
) -> None:
    part, clip = tmp_path / "coming.part", tmp_path / "clip.bin"
    if is_there:
        part.write_bytes(b"no video")
    clip.write_bytes(b"nor is this")
    job = {**ASKED, "clip": str(clip), "out": str(tmp_path), "name": "walk.webm", "answers": {}}
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "posture.web.jobs.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in ({**ASKED, "coming": str(part)}, job):
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        told = [json.loads(line) for line in process.stdout]
        code = process.wait(60)

    assert (code, told[-1]["error"]["code"]) == (1, "not_a_video")


def test_a_worker_whose_server_goes_while_it_is_beside_a_walk_goes_as_well(tmp_path: Path) -> None:
    part = tmp_path / "coming.part"
    part.write_bytes(MP4_HEAD)
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "posture.web.jobs.worker"],
        input=json.dumps({**ASKED, "coming": str(part)}) + "\n",
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
