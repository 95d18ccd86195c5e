"""Wrong tries at a password, passcode, code or token: the more of them, the longer the wait."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from posture.web.responses import Refused

_MOST_KNOWN = 1000  # ours; addresses remembered, so that nobody can fill the memory with them
_MINUTES_FROM_S = 100.0  # ours; a longer wait is said in minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How wrong tries slow down the next one."""

    free: int  # tries without a wait
    first_s: float  # the wait after them; doubled by each further one
    most_s: float
    forget_s: float = 3600.0  # ours; a try older than this counts no more

    def wait_s(self, tries: deque[float], now_s: float) -> float:
        """Return how long to wait still."""
        while tries and tries[0] < now_s - self.forget_s:
            tries.popleft()
        if len(tries) < self.free:
            return 0.0
        delay_s = self.first_s * 2.0 ** (len(tries) - self.free)
        return max(0.0, tries[-1] + min(delay_s, self.most_s) - now_s)


# ours; four digits take weeks to guess like this, and a slip of the finger costs nothing
EACH = Pace(free=5, first_s=30.0, most_s=900.0)
# ours; many addresses of one network together. Short waits: it must not shut out the owner for long
ALL = Pace(free=40, first_s=10.0, most_s=60.0)
# ours; 128 random bits are not guessed, and a program that was set up wrong may ask again soon
TOKENS = Pace(free=10, first_s=60.0, most_s=60.0, forget_s=60.0)


class RateLimit:
    """Wrong tries at one kind of secret, by address and over all addresses."""

    def __init__(
        self,
        each: Pace = EACH,
        over_all: Pace | None = ALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each = each
        self._over_all = over_all  # None = each address for itself
        self._clock = clock
        self._by: dict[str, deque[float]] = {}
        self._of_all: deque[float] = deque(maxlen=100)

    def wait_s(self, who: str, *, is_here: bool) -> float:
        """Return how long an address has to wait; 0 = it may try.

        Who sits at this machine (`is_here`) waits for their own tries only: nobody on the network
        shall keep them out.
        """
        now_s = self._clock()
        wait_s = self._each.wait_s(self._by.get(who, deque()), now_s)
        if self._over_all is None or is_here:
            return wait_s
        return max(wait_s, self._over_all.wait_s(self._of_all, now_s))

    def was_wrong(self, who: str, *, is_here: bool) -> None:
        """Count a wrong try."""
        now_s = self._clock()
        own = self._by.pop(who, deque(maxlen=100))
        own.append(now_s)
        self._by[who] = own  # the latest comes last
        if not is_here:
            self._of_all.append(now_s)
        while len(self._by) > _MOST_KNOWN:
            del self._by[next(iter(self._by))]

    def begin(self, who: str, *, is_here: bool) -> None:
        """Count a try as wrong before it is looked at, so that many at once gain nothing.

        Raises
        ------
        Refused
            They have to wait; the sentence says how long.
        """
        wait_s = self.wait_s(who, is_here=is_here)
        if wait_s > 0:
            raise too_many(wait_s)
        self.was_wrong(who, is_here=is_here)

    def was_right(self, who: str, *, is_here: bool) -> None:
        """Take back the last try of somebody: it was right. Earlier ones stay counted."""
        for tries in (self._by.get(who), None if is_here else self._of_all):
            if tries:
                tries.pop()


def too_many(wait_s: float) -> Refused:
    """Return the refusal that says how long to wait."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    if wait_s > _MINUTES_FROM_S:
        return Refused("lan_wait_minutes", status=status, minutes=math.ceil(wait_s / 60))
    return Refused("lan_wait_seconds", status=status, seconds=math.ceil(wait_s))
