"""Who may ask and what they may send: checked before any page, socket or file is reached."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posture import received
from posture.errors import PostureError
from posture.outputs.logo import LOGO_BYTES
from posture.web.config import Config
from posture.web.responses import Refused, refusal

ID = re.compile(r"[0-9a-f]{32}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BODY_BYTES = 1 << 20  # ours; forms and questionnaires are a few KB
_CHUNK_BYTES = (4 << 20) + 1024  # one piece of a live recording
# Uploads are limited where they are written: there the limit and the disk are known.
OWN_LIMIT = frozenset({"/api/uploads", "/api/v1/uploads"})
_LOGO = "/settings/logo"
_CHUNKS = re.compile(r"/api/live/[^/]+/steps/[^/]+/chunks/[^/]+")

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self' blob:; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A report is a page of its own with its styles inside; it runs nothing and asks for nothing.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # pages and answers are about a person
}


class Guard:
    """Refuses foreign hosts, foreign pages and bodies that are too large; adds the headers."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._hosts = frozenset(name.lower().strip("[]") for name in config.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        trouble = self._trouble(HTTPConnection(scope))
        if scope["type"] == "websocket":
            if trouble is not None:
                await _turn_away(receive, send)
                return
            await self._app(scope, receive, send)
            return
        sender = _with_headers(scope["path"], send)
        if trouble is not None:
            # where it ends is not certain, so nothing else is read from this line
            headers = {"Connection": "close"}
            await refusal(Request(scope), trouble, headers=headers)(scope, receive, sender)
            return
        await self._app(scope, _limited(scope, receive), sender)

    def _trouble(self, asked: HTTPConnection) -> PostureError | None:
        """Return why a request may not come in; None = it may."""
        if host_of(asked.headers) not in self._hosts:
            return Refused("web_foreign_host", status=HTTPStatus.MISDIRECTED_REQUEST)
        if not asked.scope["path"].isprintable():
            # "/users" with a line's end is "/users" to the routes, and was not to the roles
            return Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
        changes = asked.scope["type"] == "websocket" or asked.scope["method"] not in _SAFE_METHODS
        if changes and not is_own_origin(asked):
            return Refused("web_foreign_origin", status=HTTPStatus.FORBIDDEN)
        try:
            size = declared_length(asked.headers)
        except Refused as refused:
            return refused
        limit = body_limit(asked.url.path)
        if size is not None and limit is not None and size > limit:
            mb = limit / 1e6
            return Refused("web_too_large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, mb=mb)
        return None


def declared_length(headers: Headers) -> int | None:
    """Return how many bytes a request says it brings; None where it does not say.

    Raises
    ------
    Refused
        It says so in two ways, or not with a number.
    """
    try:
        return received.length(
            headers.getlist("content-length"), headers.getlist("transfer-encoding")
        )
    except ValueError as trouble:
        raise Refused("web_length_unclear") from trouble


def host_of(headers: Headers) -> str | None:
    """Return the host a request names, without its port; None where it does not name one host."""
    named = headers.getlist("host")
    if len(named) != 1:
        return None
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?", named[0].lower())
    return (found[1] or found[2]) if found else None


def is_own_origin(asked: HTTPConnection) -> bool:
    """Whether what changes something comes from our own page, or from no page at all.

    A browser says where a request comes from in Sec-Fetch-Site and Origin; one of both is enough
    to refuse. Under our referrer policy its forms send Origin: null, then the first one decides.
    Programs send neither: they are let in from this machine, and from others with a token, which
    no foreign page can send unasked.
    """
    site = asked.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origins = asked.headers.getlist("origin")
    if not origins:
        by_token = asked.headers.get("authorization", "").lower().startswith("bearer ")
        return site is not None or by_token or is_loopback(asked)
    if origins == ["null"]:
        return site is not None
    scheme = "https" if asked.url.scheme in {"https", "wss"} else "http"
    return origins == [f"{scheme}://{asked.headers.get('host', '').lower()}"]


def is_loopback(asked: HTTPConnection) -> bool:
    """Whether a request comes from this machine."""
    if asked.client is None:
        return False
    try:
        return ipaddress.ip_address(asked.client.host).is_loopback
    except ValueError:
        return False


def may_stop(request: HTTPConnection) -> bool:
    """Whether who asks may end the program: only at this computer, under nobody's hands."""
    return request.app.state.stop is not None and is_loopback(request)


def body_limit(path: str) -> int | None:
    """Return how many bytes a request to an address may bring; None = it has a limit of its own."""
    if path in OWN_LIMIT:
        return None
    if path == _LOGO:
        return LOGO_BYTES
    return _CHUNK_BYTES if _CHUNKS.fullmatch(path) else _BODY_BYTES


def _with_headers(path: str, send: Send) -> Send:
    """Return `send` with the headers added that every answer carries."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if path.startswith("/static/"):
                headers.setdefault("Cache-Control", "no-cache")  # kept, and asked for each time
            if path == "/live" or path.startswith("/live/"):
                # the one place that has a use for it
                own = _HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")
                headers.setdefault("Permissions-Policy", own)
            add_headers(headers)
        await send(message)

    return sending


def add_headers(headers: MutableHeaders) -> None:
    """Add the headers that every answer carries, where it has none of its own."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)


def secured(response: Response) -> Response:
    """Return a response with those headers, for an answer that goes around the Guard."""
    add_headers(response.headers)
    return response


async def _turn_away(receive: Receive, send: Send) -> None:
    """Refuse a socket before it is accepted: the browser sees status 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": ""})


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return `receive`, counting: a body ends where it was said to, or at its limit."""
    limit, declared = body_limit(scope["path"]), declared_length(Headers(scope=scope))
    if limit is None and declared is None:
        return receive
    taken = 0

    async def receiving() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if declared is not None and taken > declared:
            raise Refused("web_length_unclear")
        if limit is not None and taken > limit:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise Refused("web_too_large", status=status, mb=limit / 1e6)
        return message

    return receiving


def known_id(text: str) -> str:
    """Return an id that looks like one of ours.

    Raises
    ------
    Refused
        It does not, so nothing of ours has it.
    """
    if not ID.fullmatch(text):
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    return text
