"""The gate before every page, socket and API call, and the forms that open it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posture.errors import PostureError
from posture.store.records import User
from posture.web.access.admission import Admission, Visitor, admission_of
from posture.web.access.security import OWN_LIMIT, is_loopback
from posture.web.forms import form_of, json_of, own_address, text_of
from posture.web.responses import Refused, page, refusal, status_of, wants_json, words_of

# Nothing about a person is behind these. What is under /api/v1/ asks for a token itself.
_OPEN = frozenset(
    {
        "/login",
        "/login/code",
        "/lock",
        "/lock/recover",
        "/logout",
        "/setup",
        "/lan/tablet",
        "/lan/ca.crt",
    }
)
_OPEN_BELOW = ("/static/", "/lang/", "/theme/", "/api/v1/", "/shared/")
_OWNERS = ("/settings", "/users", "/lan")  # and all below; the rest is the trainers' work
_LONGEST_CODE = 100
LOOK_EVERY_S = 1.0  # ours; who locks the screen looks at it no longer than that


class Gate:
    """Lets nobody through whom `Admission` does not know."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        answer = await run_in_threadpool(_judged, HTTPConnection(scope))
        if answer is None and scope["type"] == "websocket":
            await _while_let_in(self._app, scope, receive, send)
        elif answer is None:
            await self._app(scope, _still_let_in(scope, receive), send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await answer(scope, receive, send)


def _still_let_in(scope: Scope, receive: Receive) -> Receive:
    """Return `receive`, asking again at the end of a body: who sends slowly may be gone meanwhile.

    An upload takes what time it takes: it only adds to what is there.
    """
    asked, began_s = HTTPConnection(scope), time.monotonic()
    was: Visitor | None = asked.state.visitor
    if was is None or scope["path"] in OWN_LIMIT:
        return receive

    async def receiving() -> Message:
        message = await receive()
        is_last = message["type"] == "http.request" and not message.get("more_body", False)
        if is_last and time.monotonic() - began_s > LOOK_EVERY_S:
            look = partial(admission_of(asked).visitor, asked, is_new=False)
            now = await run_in_threadpool(look)
            if now is None or now.is_owner < was.is_owner:
                code = "lan_unlock_first" if was.user is None else "lan_sign_in_first"
                raise Refused(code, status=HTTPStatus.UNAUTHORIZED)
        return message

    return receiving


async def _while_let_in(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a socket while its opener may come in: locked, it is locked too."""
    serving = asyncio.ensure_future(app(scope, receive, send))
    watching = asyncio.ensure_future(_shut_out(HTTPConnection(scope)))
    try:
        await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving  # with what it raised
            return
        await _ended(serving)  # nothing of it is sent behind the close
        with suppress(RuntimeError, OSError):  # the page has gone by itself
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
    finally:
        await _ended(watching, serving)


async def _ended(*tasks: asyncio.Future[None]) -> None:
    """End tasks and wait until they have let go of what they hold, though this is ended as well."""
    for task in tasks:
        task.cancel()
    with CancelScope(shield=True):
        await asyncio.gather(*tasks, return_exceptions=True)


async def _shut_out(asked: HTTPConnection) -> None:
    """Return when who opened a socket would no longer be let in."""
    look = partial(admission_of(asked).visitor, asked, is_new=False)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        with suppress(PostureError):  # the database is busy: it will say so the next time
            if await run_in_threadpool(look) is None:
                return


def _judged(asked: HTTPConnection) -> Response | None:
    """Return what is answered to somebody who may not come in; None = they may."""
    path: str = asked.scope["path"]  # as the routes see it
    try:
        admission = admission_of(asked)
        if not admission.config.lan and not is_loopback(asked) and not path.startswith("/api/v1/"):
            raise Refused("lan_not_open", status=HTTPStatus.FORBIDDEN)
        visitor = admission.visitor(asked)
        asked.state.visitor = visitor
        if visitor is None:
            return None if _is_open(path) else _turned_away(asked)
        if not visitor.is_owner and _is_owners(path):
            raise Refused("lan_owner_only", status=HTTPStatus.FORBIDDEN)
    except PostureError as trouble:  # of the store, too: who cannot be judged stays outside
        return _refused(asked, trouble)
    return None


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def _is_owners(path: str) -> bool:
    return path not in _OPEN and any(path == own or path.startswith(f"{own}/") for own in _OWNERS)


def _turned_away(asked: HTTPConnection) -> Response:
    if asked.scope["type"] == "websocket" or wants_json(asked):
        is_lan = admission_of(asked).config.lan
        status = HTTPStatus.UNAUTHORIZED
        return _refused(
            asked, Refused("lan_sign_in_first" if is_lan else "lan_unlock_first", status=status)
        )
    return _doorstep(Request(asked.scope))


def _refused(asked: HTTPConnection, trouble: PostureError) -> Response:
    if asked.scope["type"] == "websocket":
        return Response(status_code=HTTPStatus.FORBIDDEN)  # the socket is closed unopened
    return refusal(Request(asked.scope), trouble)


# --- what stands before the gate ------------------------------------------------------------------


def _doorstep(
    request: Request, refused: PostureError | None = None, back: str | None = None
) -> Response:
    """Show the form that lets somebody in: passcode, password, or the first owner's."""
    admission = admission_of(request)
    if not admission.config.lan:
        name, mode = "lock.html.j2", "lock"
    elif not admission.needs_set_up():
        name, mode = "login.html.j2", "sign_in"
    else:
        name, mode = "login.html.j2", "set_up" if admission.may_set_up(request) else "closed"
    status = status_of(refused) if refused else HTTPStatus.UNAUTHORIZED
    response = page(
        request,
        name,
        status=status,
        mode=mode,
        recoverable=mode == "lock" and admission.store.settings.has_recovery(),
        is_recovering=request.scope["path"] == "/lock/recover",
        back=_back(request) if back is None else own_address(back),
        refused=words_of(request).sentence(refused.reason) if refused else "",
    )
    if refused and status == HTTPStatus.TOO_MANY_REQUESTS:
        values = refused.reason.values
        wait_s = values.get("seconds") or 60 * float(values["minutes"])
        response.headers["Retry-After"] = str(int(float(wait_s)))
    return response


def _back(request: Request) -> str:
    """Return where somebody goes on to: the page they asked for."""
    path: str = request.scope["path"]
    if path in _OPEN:
        return own_address(request.query_params.get("next", "/"))
    if request.method != "GET":
        return "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def _on(address: str) -> Response:
    return RedirectResponse(own_address(address), status_code=HTTPStatus.SEE_OTHER)


def login_page(request: Request) -> Response:
    """Show the form to sign in with."""
    if request.state.visitor is not None:
        return _on(_back(request))
    return _doorstep(request)


async def sign_in(request: Request) -> Response:
    """Let a user in who knows their password."""
    admission, form = admission_of(request), await form_of(request)
    if not admission.config.lan:
        return _on("/")
    back = form.get("next", "/")
    check = partial(
        admission.store.users.check_password, form.get("name", ""), form.get("password", "")
    )
    try:
        user = await admission.tried("password", request, check)
        if user is None:
            raise Refused("lan_wrong_password", status=HTTPStatus.FORBIDDEN)  # noqa: TRY301 - shown in the form
    except Refused as refused:
        return await run_in_threadpool(_doorstep, request, refused, back)
    return await run_in_threadpool(_in_as, admission, request, user, back)


def _in_as(admission: Admission, request: Request, user: User, back: str) -> Response:
    return admission.let_in(request, _on(back), "user", user, user.role)


async def take_code(request: Request) -> Response:
    """Let a device in that shows a one-time code; it stays a trainer's, whoever made the code."""
    admission, body = admission_of(request), await json_of(request)
    code = text_of(body, "t", _LONGEST_CODE)
    invitation = await admission.tried("code", request, partial(admission.invitations.take, code))
    if invitation is None or (invitation.kind == "setup" and not admission.needs_set_up()):
        raise Refused("lan_code_void", status=HTTPStatus.FORBIDDEN)
    enter = partial(
        admission.let_in,
        request,
        JSONResponse({"let_in": invitation.kind}),
        invitation.kind,
        user=invitation.user,
        role="trainer",
    )
    return await run_in_threadpool(enter)


async def set_up(request: Request) -> Response:
    """Make the first owner."""
    admission, form = admission_of(request), await form_of(request)
    if not await run_in_threadpool(admission.may_set_up, request):
        return await run_in_threadpool(_doorstep, request)
    try:
        password = repeated(form.get("password", ""), form.get("again", ""))
        user = await run_in_threadpool(admission.make_owner, form.get("name", ""), password)
    except PostureError as trouble:
        return await run_in_threadpool(_doorstep, request, trouble, "/")
    return await run_in_threadpool(_in_as, admission, request, user, "/")


def lock_page(request: Request) -> Response:
    """Show the form that unlocks; where there is no lock, the place to set one."""
    admission = admission_of(request)
    if admission.config.lan:
        return _on("/")
    if request.state.visitor is not None:
        return _on("/" if admission.store.settings.has_passcode() else "/settings")
    return _doorstep(request)


async def unlock(request: Request) -> Response:
    """Unlock with the passcode."""
    admission, form = admission_of(request), await form_of(request)
    back = form.get("next", "/")
    if admission.config.lan or request.state.visitor is not None:
        return _on(back)
    check = partial(admission.store.settings.check_passcode, form.get("passcode", ""))
    try:
        if not await admission.tried("passcode", request, check):
            raise Refused("lan_wrong_passcode", status=HTTPStatus.FORBIDDEN)  # noqa: TRY301 - shown in the form
    except Refused as refused:
        return await run_in_threadpool(_doorstep, request, refused, back)
    return await run_in_threadpool(admission.let_in, request, _on(back), "passcode")


async def recover(request: Request) -> Response:
    """Take a forgotten passcode away with the code that was shown when it was set."""
    admission, form = admission_of(request), await form_of(request)
    if admission.config.lan or request.state.visitor is not None:
        return _on("/")
    check = partial(admission.store.settings.recover, form.get("code", "")[:_LONGEST_CODE])
    try:
        if not await admission.tried("recovery", request, check):
            raise Refused("lan_wrong_recovery", status=HTTPStatus.FORBIDDEN)  # noqa: TRY301 - shown in the form
    except Refused as refused:
        return await run_in_threadpool(_doorstep, request, refused, "/")
    await run_in_threadpool(admission.sessions.end_all, "passcode")
    return RedirectResponse("/settings?recovered#lock", status_code=HTTPStatus.SEE_OTHER)


def leave(request: Request) -> Response:
    """Sign out, or lock the screen."""
    return admission_of(request).let_out(request, _on("/"))


# --- for the settings page ------------------------------------------------------------------------


async def change_passcode(
    request: Request, old: str, new: str, answer: Callable[[str], Response]
) -> Response:
    """Set, change or (empty) take away the passcode.

    What `answer` makes of the new recovery code goes to who did it, unlocked still.

    Raises
    ------
    Refused
        The old passcode is wrong, or was tried too often.
    StoreTrouble
        The new one is too short.
    """
    admission = admission_of(request)
    if await run_in_threadpool(admission.store.settings.has_passcode):
        check = partial(admission.store.settings.check_passcode, old)
        if not await admission.tried("passcode", request, check):
            raise Refused("pages_passcode_wrong", status=HTTPStatus.FORBIDDEN)
    code = await run_in_threadpool(admission.store.settings.set_passcode, new or None)
    await run_in_threadpool(admission.sessions.end_all, "passcode")
    told = await run_in_threadpool(answer, code)
    if not new:
        return told
    return await run_in_threadpool(admission.let_in, request, told, "passcode")


def repeated(password: str, again: str) -> str:
    """Return a password that was typed twice.

    Raises
    ------
    Refused
        The two differ.
    """
    if password != again:
        raise Refused("lan_passwords_differ")
    return password


routes: list[BaseRoute] = [
    Route("/login", login_page, methods=["GET"]),
    Route("/login", sign_in, methods=["POST"]),
    Route("/login/code", take_code, methods=["POST"]),
    Route("/setup", login_page, methods=["GET"]),
    Route("/setup", set_up, methods=["POST"]),
    Route("/lock", lock_page, methods=["GET"]),
    Route("/lock", unlock, methods=["POST"]),
    Route("/lock/recover", lock_page, methods=["GET"]),
    Route("/lock/recover", recover, methods=["POST"]),
    Route("/logout", leave, methods=["POST"]),
]
