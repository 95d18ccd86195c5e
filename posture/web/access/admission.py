"""Who may come in: judged from the cookie of a request, once for pages, sockets and API."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response

from posture.store import Store
from posture.store.errors import StoreTrouble
from posture.store.records import Role, User
from posture.web.access.one_time_codes import Invitations
from posture.web.access.rate_limit import TOKENS, RateLimit
from posture.web.access.security import is_loopback
from posture.web.access.sessions import SPANS, Kind, Session, Sessions
from posture.web.access.shares import Shares
from posture.web.config import Config
from posture.web.responses import Refused

Found = TypeVar("Found")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who was let in."""

    kind: Literal["open", "passcode", "user"]  # open: one laptop that is not locked
    role: Role = "owner"
    user: User | None = None

    @property
    def idle_s(self) -> float:
        """How long a page waits for a hand before it signs out or locks by itself."""
        return 0.0 if self.kind == "open" else SPANS[self.kind].idle_s

    @property
    def is_owner(self) -> bool:
        """Whether settings, users and backup are theirs."""
        return self.role == "owner"


class Admission:
    """All that decides who comes in; one for the whole app."""

    def __init__(self, store: Store, config: Config) -> None:
        if config.lan and not config.secure:
            # passwords and pictures of people would cross the air in clear
            raise Refused("lan_needs_tls")
        self.store = store
        self.config = config
        self.sessions = Sessions(store)
        self.invitations = Invitations()
        self.shares = Shares(is_known=self._is_as_before)
        self.tries = {
            kind: RateLimit() for kind in ("password", "passcode", "code", "recovery", "share")
        }
        self.tries["token"] = RateLimit(TOKENS, None)
        # a check takes 64 MB and four threads for a moment; a live check needs them more
        self._checking = asyncio.Lock()
        self._making = threading.Lock()

    @property
    def cookie(self) -> str:
        """Name of the cookie; with the prefix no other name or plain page can set it."""
        return "__Host-posture" if self.config.secure else "posture_session"

    def visitor(self, asked: HTTPConnection, *, is_new: bool = True) -> Visitor | None:
        """Return who asks; None = they have to sign in or unlock first.

        Of what was let in before and is open still (not `is_new`) it is asked again and again: that
        keeps nobody in.
        """
        is_action = is_new and _is_action(asked)
        if self.config.lan:
            return self._signed_in(asked, is_action=is_action)
        if not self.store.settings.has_passcode():
            return Visitor(kind="open")
        session = self._session(asked, is_action=is_action)
        return Visitor(kind="passcode") if session and session.kind == "passcode" else None

    def may_set_up(self, asked: HTTPConnection) -> bool:
        """Whether the form for the first owner is open: at this machine, or by a one-time code."""
        if not self.config.lan or self.store.users.all():
            return False
        session = self._session(asked, is_action=_is_action(asked))
        return is_loopback(asked) or (session is not None and session.kind == "setup")

    def needs_set_up(self) -> bool:
        """Whether there is nobody yet who could sign in."""
        return self.config.lan and not self.store.users.all()

    def make_owner(self, name: str, password: str) -> User:
        """Make the first user.

        Raises
        ------
        Refused
            Somebody was faster.
        StoreTrouble
            The name is missing or the password too short.
        """
        with self._making:
            if self.store.users.all():
                raise Refused("lan_set_up_already", status=HTTPStatus.FORBIDDEN)
            user = self.store.users.add(name, password, "owner")
        self.sessions.end_all("setup")
        return user

    async def tried(
        self, what: str, asked: HTTPConnection, check: Callable[[], Found]
    ) -> Found | None:
        """Return what `check` finds; None or False is a wrong try, and too many have to wait.

        Raises
        ------
        Refused
            There were too many wrong tries.
        """
        who, is_here = address_of(asked), is_loopback(asked)
        self.tries[what].begin(who, is_here=is_here)
        async with self._checking:
            found = await run_in_threadpool(check)
        if found:
            self.tries[what].was_right(who, is_here=is_here)
        return found or None

    def let_in(
        self,
        asked: HTTPConnection,
        answer: Response,
        kind: Kind,
        user: User | None = None,
        role: Role = "owner",
    ) -> Response:
        """Begin a new session for a browser, in the place of an older one."""
        self.sessions.end(self.secret_of(asked))
        secret = self.sessions.begin(kind, user, role)
        answer.set_cookie(
            self.cookie,
            secret,
            max_age=int(SPANS[kind].whole_s),
            path="/",
            secure=self.config.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def let_out(self, asked: HTTPConnection, answer: Response) -> Response:
        """End the session of a browser."""
        self.sessions.end(self.secret_of(asked))
        answer.delete_cookie(
            self.cookie, path="/", secure=self.config.secure, httponly=True, samesite="strict"
        )
        return answer

    def secret_of(self, asked: HTTPConnection) -> str | None:
        """Return the session's id that a browser shows."""
        return asked.cookies.get(self.cookie)

    def _signed_in(self, asked: HTTPConnection, *, is_action: bool) -> Visitor | None:
        session = self._session(asked, is_action=is_action)
        if session is None or session.kind != "user" or session.user_id is None:
            return None
        # whoever let it in, by a code maybe, counts as well
        user = self._as_before(session.user_id, session.password)
        if user is None:
            return None
        # a device let in by code stays a trainer's, whoever showed the code
        is_owner = user.role == "owner" and session.role == "owner"
        return Visitor(kind="user", role="owner" if is_owner else "trainer", user=user)

    def _is_as_before(self, user: User | None) -> bool:
        """Whether somebody who did something is a user still, with the password they had then."""
        # None: the server knew no users
        return user is None or self._as_before(user.id, user.password_mark) is not None

    def _as_before(self, user_id: str, password_mark: str) -> User | None:
        """Return a user who has the password still; None if it is another one, or they are gone."""
        try:
            user = self.store.users.get(user_id)
        except StoreTrouble as trouble:
            if trouble.reason.code == "no_such_user":
                return None
            raise
        return user if user.password_mark == password_mark else None

    def _session(self, asked: HTTPConnection, *, is_action: bool) -> Session | None:
        return self.sessions.find(self.secret_of(asked), is_action=is_action)


def admission_of(asked: HTTPConnection) -> Admission:
    """Return what decides, for the whole app."""
    admission: Admission = asked.app.state.admission
    return admission


def visitor_of(asked: HTTPConnection) -> Visitor:
    """Return who asks, on an address that only those let in reach."""
    visitor: Visitor = asked.state.visitor
    return visitor


def signed_in_user(asked: HTTPConnection) -> User:
    """Return the user who asks.

    Raises
    ------
    Refused
        This server knows no users: it serves one machine.
    """
    user = visitor_of(asked).user
    if user is None:
        raise Refused("lan_no_users", status=HTTPStatus.NOT_FOUND)
    return user


def address_of(asked: HTTPConnection) -> str:
    """Return the address of who asks."""
    return asked.client.host if asked.client else ""


def _is_action(asked: HTTPConnection) -> bool:
    """Whether a person did this: a page that asks by itself how far things are keeps nobody in."""
    if asked.scope["type"] == "websocket" or asked.scope["method"] not in _SAFE_METHODS:
        return True
    return not asked.scope["path"].startswith(("/api/", "/files/", "/static/"))
