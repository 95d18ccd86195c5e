"""What goes wrong, at a moment that an operation does not know of."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import Random

import psutil

from posture.store.files import DATABASE
from tools.faults.house import House

DAY_S = 86400.0
_HELD_S, _ASLEEP_S = 1.5, 1.2  # ours


@dataclass
class Under:
    """An operation that a fault strikes: whom it can hit besides the server."""

    house: House
    rng: Random
    fault: str
    ready: threading.Event = field(default_factory=threading.Event)  # from now on it may strike
    cut: threading.Event = field(default_factory=threading.Event)  # the line is to be cut
    target: psutil.Process | None = None  # a command or a sender, once it runs
    _lift: Callable[[], None] = lambda: None

    def strike(self, within_s: float) -> None:
        """Let it happen at a random moment, once the operation has begun."""
        wait_s = self.rng.uniform(0, within_s)
        self.ready.wait()
        if self.fault == "moved":  # a moment of its own, which no random one would meet
            wait_s = self._until_moved(within_s)
        time.sleep(wait_s)
        with suppress(psutil.Error, RuntimeError):
            getattr(self, f"_{self.fault}")()

    def lift(self) -> None:
        """Let it be over, where it is something that passes."""
        with suppress(psutil.Error):
            self._lift()

    def _until_moved(self, within_s: float) -> float:
        """Wait until a clip is moved to its place; return how long to wait still."""
        root, until_s = self.house.data / "files", time.monotonic() + 3 * within_s
        before = {*root.glob("??/*/clip.bin")}
        while time.monotonic() < until_s and {*root.glob("??/*/clip.bin")} <= before:
            pass
        return self.rng.uniform(0, 0.002)

    def _moved(self) -> None:
        self.house.kill()

    def _browser(self) -> None:
        """Kill what sends, and cut its line."""
        self.cut.set()
        self._command()

    def _server(self) -> None:
        self.house.kill()

    def _child(self) -> None:
        for one in self.house.process.children(recursive=True):
            with suppress(psutil.Error):
                one.kill()

    def _command(self) -> None:
        if self.target is not None:
            self.target.kill()

    def _network(self) -> None:
        self.cut.set()

    def _disk(self) -> None:
        """No file of the server, its children or the command may grow past a few KB."""
        hit = [self.target] if self.target is not None else [self.house.process]
        hit += [child for one in hit for child in one.children(recursive=True)]
        most = self.rng.choice((0, 4096, 65536, 300_000))
        unlimited = (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY)
        for one in hit:
            with suppress(psutil.Error):
                one.rlimit(psutil.RLIMIT_FSIZE, (most, psutil.RLIM_INFINITY))

        def lift() -> None:
            for one in hit:
                with suppress(psutil.Error):
                    one.rlimit(psutil.RLIMIT_FSIZE, unlimited)

        self._lift = lift

    def _database(self) -> None:
        """Somebody else holds the database for a while."""
        path = self.house.data / DATABASE
        opened = sqlite3.connect(path, isolation_level=None, timeout=5)
        with closing(opened) as other, suppress(sqlite3.Error):
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(_HELD_S)
            other.execute("ROLLBACK")

    def _clock(self) -> None:
        self.house.move_clock(self.rng.choice((-DAY_S, DAY_S)))

    def _sleep(self) -> None:
        """Shut the laptop and open it again."""
        asleep = [self.house.process, *self.house.process.children(recursive=True)]
        if self.target is not None:
            asleep.append(self.target)
        for one in asleep:
            with suppress(psutil.Error):
                one.suspend()
        time.sleep(_ASLEEP_S)
        for one in asleep:
            with suppress(psutil.Error):
                one.resume()
