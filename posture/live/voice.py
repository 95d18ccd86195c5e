"""What is said: one sentence at a time, and complaints once they have lasted a moment."""

from __future__ import annotations

import math

from posture.types import Reason


class Voice:
    """One sentence at a time, none too often."""

    def __init__(self, spacing_s: float, repeat_s: float) -> None:
        self._spacing_s, self._repeat_s = spacing_s, repeat_s
        self.said: str | None = None
        self.said_id = 0
        self.tone: str | None = None
        self.tone_id = 0
        self._last_s = -math.inf
        self._when: dict[str, float] = {}

    def say(self, code: str, now_s: float) -> None:
        """Say it now."""
        self.said, self.said_id = code, self.said_id + 1
        self._last_s = self._when[code] = now_s

    def remind(self, code: str, now_s: float) -> None:
        """Say it if nothing was said just now, and not this a moment ago."""
        quiet = now_s - self._last_s >= self._spacing_s
        if quiet and now_s - self._when.get(code, -math.inf) >= self._repeat_s:
            self.say(code, now_s)

    def sound(self, tone: str) -> None:
        """Play a tone."""
        self.tone, self.tone_id = tone, self.tone_id + 1


class Complaint:
    """What is wrong, once it has been wrong for a moment."""

    def __init__(self, steady_s: float) -> None:
        self._steady_s = steady_s
        self._new: Reason | None = None
        self._new_s = -math.inf
        self.held: Reason | None = None
        self.since_s = -math.inf  # since when `held` is what it is

    def add(self, problem: Reason | None, now_s: float) -> Reason | None:
        """Take in what one frame shows."""
        if _code(problem) != _code(self._new):
            self._new, self._new_s = problem, now_s
        if _code(self._new) != _code(self.held):
            if now_s - self._new_s >= self._steady_s:
                self.held, self.since_s = problem, self._new_s
        else:
            self.held = problem  # the same, with newer values
        return self.held

    def for_s(self, now_s: float) -> float:
        """Return for how long it has been as it is."""
        return now_s - self.since_s


def _code(problem: Reason | None) -> str | None:
    return None if problem is None else problem.code
