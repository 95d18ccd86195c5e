"""Who is signed in: sessions that the server keeps; the browser holds a random id and no more."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal

from posture.store import Store
from posture.store.passwords import secret_mark
from posture.store.records import Role, User
from posture.web.access.clock import Onward

Kind = Literal["passcode", "setup", "user"]
Rows = dict[str, "Session"]

_SETTING = "sessions"  # a row of the settings: by the hash of the id, never the id itself
_SELDOM_S = 60.0  # ours; who works shall not make the disk write with every click
_MOST = 200  # ours; a studio has a handful
_AHEAD_S = 60.0  # ours; further in the future nothing was seen: the clock was set back


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long a session lasts."""

    idle_s: float  # without a page opened or anything changed
    whole_s: float


SPANS: Mapping[Kind, Span] = {
    "passcode": Span(idle_s=30 * 60, whole_s=12 * 3600),  # ours; a working day
    "setup": Span(idle_s=30 * 60, whole_s=30 * 60),  # ours; to type a name and a password
    "user": Span(idle_s=2 * 3600, whole_s=12 * 3600),  # ours; a tablet lies about between clients
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that was let in."""

    kind: Kind
    user_id: str | None  # of kind "user"
    role: Role  # at most; less if the user's own is less
    made_s: float  # seconds since 1970: they outlive the process
    seen_s: float
    password: str = ""  # of kind "user": the mark of the password that let it in


class Sessions:
    """All sessions of an installation."""

    def __init__(self, store: Store, clock: Callable[[], float] | None = None) -> None:
        self._store = store
        self._clock = clock or Onward()
        self._changing = threading.Lock()

    def begin(self, kind: Kind, user: User | None = None, role: Role = "owner") -> str:
        """Begin a session and return the id that its browser shows from now on."""
        secret = secrets.token_urlsafe(32)  # 256 bits
        now_s = self._clock()
        fresh = Session(
            kind=kind,
            user_id=user.id if user else None,
            role=role,
            made_s=now_s,
            seen_s=now_s,
            password=user.password_mark if user else "",
        )
        self._change(lambda rows: {**rows, secret_mark(secret): fresh})
        return secret

    def find(self, secret: str | None, *, is_action: bool) -> Session | None:
        """Return the session of an id, if it lasts; an action of its user makes it last on."""
        if not secret:
            return None
        mark, now_s = secret_mark(secret), self._clock()
        session = self._rows().get(mark)
        if session is None or not _lasts(session, now_s):
            return None
        if is_action and now_s - session.seen_s > _SELDOM_S:
            seen = replace(session, seen_s=now_s)
            # only if it is still there: it may have been ended since
            self._change(lambda rows: {**rows, mark: seen} if mark in rows else rows)
        return session

    def end(self, secret: str | None) -> None:
        """End the session of an id."""
        if secret:
            mark = secret_mark(secret)
            self._change(lambda rows: {k: v for k, v in rows.items() if k != mark})

    def end_all(self, kind: Kind, *, user_id: str | None = None) -> None:
        """End every session of a kind, or those of one user."""
        self._change(
            lambda rows: {
                mark: session
                for mark, session in rows.items()
                if session.kind != kind or (user_id is not None and session.user_id != user_id)
            }
        )

    def _rows(self) -> Rows:
        found = self._store.settings.get(_SETTING, {})
        rows = found.items() if isinstance(found, dict) else ()
        read = {mark: _read(row) for mark, row in rows}
        return {mark: session for mark, session in read.items() if session is not None}

    def _change(self, change: Callable[[Rows], Rows]) -> None:
        with self._changing:
            before = self._rows()
            now_s = self._clock()
            after = {m: s for m, s in change(before).items() if _lasts(s, now_s)}
            latest = sorted(after, key=lambda mark: after[mark].seen_s)[-_MOST:]
            kept = {mark: after[mark] for mark in latest}
            if kept != before:
                rows = {mark: asdict(session) for mark, session in kept.items()}
                self._store.settings.set(_SETTING, rows)


def _read(row: object) -> Session | None:
    """Return a session as it was kept; of another version, or damaged, it is one to sign in to."""
    if not isinstance(row, dict) or {*row} != {one.name for one in fields(Session)}:
        return None
    session = Session(**row)
    times = (session.made_s, session.seen_s)
    is_one = session.kind in SPANS and all(isinstance(time_s, float) for time_s in times)
    return session if is_one else None


def _lasts(session: Session, now_s: float) -> bool:
    span = SPANS[session.kind]
    idle_s, whole_s = now_s - session.seen_s, now_s - session.made_s
    return -_AHEAD_S <= idle_s < span.idle_s and -_AHEAD_S <= whole_s < span.whole_s
