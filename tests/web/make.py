"""A web app over a folder of its own, and files to send to it."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import StarletteDeprecationWarning

from posture.store import Store
from posture.video.sink import Sink
from posture.web import Config, create_app

with warnings.catch_warnings():
    # it would rather have httpx2; httpx serves these tests as well
    warnings.simplefilter("ignore", StarletteDeprecationWarning)
    from starlette.testclient import TestClient

__all__ = ["TestClient"]  # for everybody here, so that the warning is met once

OWN = "http://127.0.0.1:8765"
MP4_HEAD = b"\0\0\0\x20ftypisom\0\0\0\0"
NOTHING = "import time; time.sleep(60)"  # a worker that never says a word


def config_in(folder: Path, **changes: Any) -> Config:  # noqa: ANN401 - any setting
    return replace(
        Config(data_dir=folder / "data", disk_reserve_bytes=0, open_browser=False), **changes
    )


@contextmanager
def app_in(folder: Path, **changes: Any) -> Iterator[TestClient]:  # noqa: ANN401 - any setting
    """The app as a program on this machine meets it; pages of others need headers of their own."""
    app = create_app(config_in(folder, **changes))
    with TestClient(
        app, base_url=OWN, client=("127.0.0.1", 50000), raise_server_exceptions=False
    ) as client:
        yield client


@contextmanager
def app_without_jobs(folder: Path) -> Iterator[tuple[TestClient, Store]]:
    """The app as a program on this machine meets it, with nothing running, and its store."""
    app = create_app(config_in(folder))
    client = TestClient(
        app, base_url=OWN, client=("127.0.0.1", 50000), raise_server_exceptions=False
    )
    try:
        yield client, app.state.store
    finally:
        client.close()
        app.state.store.close()


@contextmanager
def listening(app: Starlette) -> Iterator[int]:
    """Serve an app by the real server; yield the port it listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", ws="websockets-sansio", lifespan="on")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        until_s = time.monotonic() + 30
        while not server.started and time.monotonic() < until_s:
            time.sleep(0.02)
        try:
            yield sock.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


def sent(client: TestClient, body: bytes, /, **asked: str) -> dict[str, Any]:
    """Upload a file and return the recording it became."""
    answer = client.post("/api/uploads", params={"file_name": "clip.mp4", **asked}, content=body)
    assert answer.status_code == 201, answer.text
    recording: dict[str, Any] = answer.json()
    return recording


def waited(
    client: TestClient, recording_id: str, states: set[str], patience_s: float = 20.0
) -> dict[str, Any]:
    """Return a recording once it is in one of these states."""
    until_s = time.monotonic() + patience_s
    while True:
        recording: dict[str, Any] = client.get(f"/api/recordings/{recording_id}").json()
        if recording["state"] in states:
            return recording
        assert time.monotonic() < until_s, recording
        time.sleep(0.02)


def grey_video(path: Path, frames: int = 40, size_px: tuple[int, int] = (320, 180)) -> Path:
    """A real video that shows nobody."""
    with Sink(path, size_px, 20.0) as sink:
        for number in range(frames):
            picture = np.full((size_px[1], size_px[0], 3), 60 + number, dtype=np.uint8)
            sink.add(picture, number / 20)
    return path


def posting(path: str, headers: Mapping[str, str], *, scheme: str = "http") -> dict[str, Any]:
    """A POST as a server hands it to the app, for bodies that no client would send."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": (headers["host"], 8765),
    }
