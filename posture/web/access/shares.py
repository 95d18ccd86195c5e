"""Links that open one report, for a while, on a phone that nobody signed in with."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from posture.store.passwords import secret_mark
from posture.store.records import User
from posture.web.access.clock import Onward

SHARED_S = 3600.0  # ours; from the end of a visit until the client is out of the door
_MOST_SHARED = 50  # ours; a studio has a handful at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a link opens, and until when."""

    visit_id: str
    until_s: float
    by: User | None  # who made it, as they were then


class Shares:
    """Links to reports, kept as hashes and in memory: a restart ends them all.

    `is_known` says whether who made one may come in still: with them go their links.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        is_known: Callable[[User | None], bool] = lambda _: True,
    ) -> None:
        self._clock = clock or Onward()
        self._is_known = is_known
        self._by: dict[str, Share] = {}
        self._changing = threading.Lock()

    def make(self, visit_id: str, by: User | None = None) -> str:
        """Return the secret of a new link; earlier ones to the same report end."""
        secret = secrets.token_urlsafe(32)  # 256 bits
        fresh = Share(visit_id=visit_id, until_s=self._clock() + SHARED_S, by=by)
        with self._changing:
            self._drop(visit_id)
            self._by[secret_mark(secret)] = fresh
            while len(self._by) > _MOST_SHARED:
                del self._by[next(iter(self._by))]
        return secret

    def find(self, secret: str) -> Share | None:
        """Return what a link opens; None if it never did, is over or was ended."""
        with self._changing:
            self._drop(None)
            found = self._by.get(secret_mark(secret))
        return found if found is not None and self._is_known(found.by) else None

    def left_s(self, visit_id: str) -> float:
        """Return how long a report can still be opened by a link; 0 = there is none."""
        now_s = self._clock()
        with self._changing:
            found = [one for one in self._by.values() if one.visit_id == visit_id]
        return max([0.0, *(one.until_s - now_s for one in found if self._is_known(one.by))])

    def end(self, visit_id: str) -> None:
        """End the links to a report at once."""
        with self._changing:
            self._drop(visit_id)

    def _drop(self, visit_id: str | None) -> None:
        now_s = self._clock()
        self._by = {
            mark: one
            for mark, one in self._by.items()
            if one.until_s > now_s and one.visit_id != visit_id
        }
