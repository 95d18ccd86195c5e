"""One-time codes: what lets a tablet, or the first owner, in without a password."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from posture.store.passwords import secret_mark
from posture.store.records import User
from posture.web.access.clock import Onward

INVITED_S = 600.0  # ours; to fetch the tablet and hold it before the screen
_MOST_INVITED = 20  # ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a one-time code opens."""

    kind: Literal["setup", "user"]
    user: User | None  # as they were when it was made
    until_s: float


class Invitations:
    """One-time codes, kept as hashes and in memory: a restart makes them void."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or Onward()
        self._by: dict[str, Invitation] = {}
        self._changing = threading.Lock()

    def make(self, kind: Literal["setup", "user"], user: User | None = None) -> str:
        """Return a new code."""
        secret = secrets.token_urlsafe(16)  # 128 bits
        until_s = self._clock() + INVITED_S
        with self._changing:
            self._forget()
            self._by[secret_mark(secret)] = Invitation(kind=kind, user=user, until_s=until_s)
            while len(self._by) > _MOST_INVITED:
                del self._by[next(iter(self._by))]
        return secret

    def take(self, secret: str) -> Invitation | None:
        """Redeem a one-time code; None if unknown or already used."""
        with self._changing:
            self._forget()
            return self._by.pop(secret_mark(secret), None)

    def _forget(self) -> None:
        now_s = self._clock()
        self._by = {mark: one for mark, one in self._by.items() if one.until_s > now_s}
