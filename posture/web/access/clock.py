"""A clock for whatever ends after a time: sleep counts, and setting it back gains nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Onward:
    """Seconds since 1970 as the machine has them, but never fewer than have passed.

    Where the machine's clock is set back it runs on from where it was; `time.monotonic` alone would
    stand still while a laptop sleeps.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        running: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._running = wall, running
        self._ahead_s = 0.0  # of the machine's clock
        self._last_s, self._ran_s = wall(), running()
        self._turn = threading.Lock()

    def __call__(self) -> float:
        """Return the time."""
        with self._turn:
            ran_s = self._running()
            now_s, least_s = self._wall() + self._ahead_s, self._last_s + ran_s - self._ran_s
            self._ahead_s += max(0.0, least_s - now_s)
            self._last_s, self._ran_s = max(now_s, least_s), ran_s
            return self._last_s
