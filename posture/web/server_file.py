"""The server that runs over a data directory: where it is, and how it is asked to stop.

A file in the data directory tells both. Its server touches it every other second, so that one left
behind by a crash is known for what it is, and stops once somebody has taken it away. That needs no
port, no password and no signals, and works the same on every system.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_FILE = "server.json"
_LOOK_S = 0.3  # ours; a stop is felt at once
_TOUCH_S = 2.0  # ours
_FRESH_S = 15.0  # ours; several touches may be late on a machine that is busy
_ANSWER_S = 1.0  # ours; to open a connection to this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server, as its file tells of it."""

    url: str
    pid: int


def running(data_dir: Path) -> Running | None:
    """Return the server that runs over a data directory; None = none does."""
    path = data_dir / _FILE
    try:
        told = json.loads(path.read_text("utf-8"))
        found = Running(url=str(told["url"]), pid=int(told["pid"]))
        age_s = abs(time.time() - path.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if age_s < _FRESH_S and _answers(found.url) else None


def ask_to_stop(data_dir: Path, patience_s: float = 30.0) -> bool:
    """Ask the server to stop and wait for it; whether it did."""
    found = running(data_dir)
    if found is None:
        return True
    until_s = time.monotonic() + patience_s
    while time.monotonic() < until_s:
        with suppress(OSError):  # somebody reads it this moment: again
            (data_dir / _FILE).unlink(missing_ok=True)
        if not _answers(found.url):
            return True
        time.sleep(_LOOK_S)
    return False


@contextmanager
def announced(data_dir: Path, url: str, stop: Callable[[], None]) -> Iterator[None]:
    """Tell that a server runs, and call `stop` once when it is asked to."""
    path, over = data_dir / _FILE, threading.Event()
    path.write_text(json.dumps({"url": url, "pid": os.getpid()}), "utf-8")

    def watch() -> None:
        touched_s = 0.0
        while not over.wait(_LOOK_S):
            if not path.exists():
                stop()
                return
            if time.monotonic() - touched_s > _TOUCH_S:
                touched_s = time.monotonic()
                with suppress(OSError):
                    os.utime(path)

    watcher = threading.Thread(target=watch, name="posture-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        with suppress(OSError, ValueError, KeyError):  # another server's file is not ours to take
            if json.loads(path.read_text("utf-8"))["pid"] == os.getpid():
                path.unlink()


def _answers(url: str) -> bool:
    try:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=_ANSWER_S):
            return True
    except (OSError, ValueError):  # an address that is none: the file was damaged
        return False
