"""The real server as a process of its own, and a real browser in front of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    ViewportSize,
)

from posture.bench_browser import FLAGS

PATIENCE_S = 240.0  # of everything: other work may have the machine
CHECK_S = 700.0  # of a whole check: the film begins anew where a slow machine missed a pose
# A live check runs in real time, other tests need not: where one may, the server goes first.
AHEAD = ("nice", "-n", "-10") if os.geteuid() == 0 else ()
Lang = Literal["en", "ja"]
LOCALES: Mapping[Lang, str] = {"en": "en-GB", "ja": "ja-JP"}
LAPTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs: `posture serve`, its address, its data."""

    address: str
    data: Path
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.address).port or 0

    def get(self, path: str) -> bytes:
        """Fetch something as a program on this machine does."""
        with urlopen(self.address + path, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own
            found: bytes = answer.read()
        return found

    def json(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Fetch JSON."""
        return json.loads(self.get(path))

    def post(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Send JSON and return what comes back."""
        asked = Request(  # noqa: S310 - our own
            self.address + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def visit(self, check: str = "quick", language: Lang = "en") -> str:
        """Begin an anonymous visit and return its id."""
        body: dict[str, object] = {
            "client": None,
            "check": check,
            "language": language,
            "answers": {},
        }
        visit: str = self.post("/api/visits", body)["id"]
        return visit

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(data: Path, *, port: int = 0, under: Sequence[str] = ()) -> Iterator[Server]:
    """Run the server; `under` is a program that starts it and watches it."""
    command = [sys.executable, "-m", "posture", "serve", "--no-browser", "--lang", "en"]
    with subprocess.Popen(
        [*AHEAD, *under, *command, "--port", str(port), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = _ADDRESS.search(process.stdout.readline())
            assert found, "the server did not start"
            # nobody reads on, and a full pipe would stop it
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield Server(address=found[0], data=data, process=process)
        finally:
            _end(process, watched=bool(under))


def _end(process: subprocess.Popen[str], *, watched: bool) -> None:
    """End the server gently; a watching program ends when what it watches does."""
    if watched and process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
        subprocess.run(["kill", *children.split()], check=False)
    else:
        process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(slots=True)
class Browsers:
    """Opens pages; each is closed with it, a browser that the next test can use stays."""

    driver: Playwright
    executable: Path
    kept: dict[tuple[str, ...], Browser] = field(default_factory=dict)  # by their flags
    requests: list[str] = field(default_factory=list)  # every address any page asked for
    troubles: list[str] = field(default_factory=list)  # what scripts threw and browsers refused
    _open: list[Browser | BrowserContext] = field(default_factory=list)

    def launch(
        self, camera: Path | None = None, *, allowed: bool = True, has_camera: bool = True
    ) -> Browser:
        """Return a browser whose camera plays a file, or Chromium's own test picture."""
        flags = [*FLAGS]
        if has_camera:
            flags.append("--use-fake-device-for-media-stream")
        if allowed:
            flags.append("--use-fake-ui-for-media-stream")
        if camera is not None:
            flags.append(f"--use-file-for-fake-video-capture={camera}")
        there = self.kept.get(tuple(flags))
        if there is not None and there.is_connected():
            return there
        browser = self.driver.chromium.launch(
            executable_path=self.executable, headless=True, args=flags
        )
        if camera is None:
            self.kept[tuple(flags)] = browser
        else:
            self._open.append(browser)
        return browser

    def page(self, browser: Browser, lang: Lang, viewport: ViewportSize = LAPTOP) -> Page:
        """Open a page of a browser in which nobody was before."""
        context: BrowserContext = browser.new_context(locale=LOCALES[lang], viewport=viewport)
        self._open.append(context)
        context.set_default_timeout(1000 * PATIENCE_S)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

        def note(message: ConsoleMessage) -> None:
            # that a file is not there is told to the page as well, which says so if it matters
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.troubles.append(message.text)

        page.on("console", note)
        return page

    def close(self) -> None:
        """Close every page, and every browser that plays a film of its own."""
        for one in reversed(self._open):
            one.close()


def until(what: Callable[[], object], why: str, every_s: float = 0.5) -> None:
    """Wait until something holds."""
    ends_s = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < ends_s, why
        time.sleep(every_s)


def is_off_host(url: str) -> bool:
    """Whether an address is on another machine; blob: and data: are on none."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1"
