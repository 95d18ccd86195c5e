"""Which page gets a live session: the socket's address, and the places in the server."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.errors import PostureError
from posture.outputs.words import LANGUAGES, Words, load_words
from posture.store import Visit
from posture.types import Reason
from posture.web.live.connection import BUSY, POLICY, TAKEN_OVER, Connection
from posture.web.live.messages import dumped, error
from posture.web.live.session import LiveSession, Sessions, planned
from posture.web.log_filter import brief
from posture.web.questionnaire import needs_doctor_today
from posture.web.responses import Refused

log = logging.getLogger("posture.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """What a page asks for when it connects."""

    visit: Visit
    language: str | None
    from_server: bool  # the camera is at the server
    session: str | None  # to go on with


async def live_socket(socket: WebSocket) -> None:
    """Serve one page."""
    app = socket.app
    try:
        asked = await asyncio.to_thread(_asked, socket)
    except PostureError as trouble:
        await _refuse_visit(socket, trouble)
        return
    words = load_words("ja" if (asked.language or asked.visit.language) == "ja" else "en")
    if asked.from_server and app.state.config.camera is None:
        await _turn_away(socket, "no_camera", POLICY, words)
        return
    live: Sessions = app.state.live
    session = _resumed(live, asked)
    resumed = session is not None
    if session is None:
        if not await _has_room(live, app.state.config.max_sessions):
            await _turn_away(socket, "busy", BUSY, words)
            return
        try:
            begin = partial(
                LiveSession,
                asked.visit,
                store=app.state.store,
                jobs=app.state.jobs,
                config=app.state.config,
                sessions=live,
                from_server=asked.from_server,
            )
            session = await asyncio.to_thread(begin)
        except PostureError as trouble:
            log.warning("no live session: %s", brief(trouble))
            await _turn_away(socket, "no_model", POLICY, words)
            return
        live[session.id] = session
    connection = Connection(socket, session, words)
    before = session.attach(connection)
    if before is not None:
        await before.close(TAKEN_OVER)
    await socket.accept()
    try:
        await connection.serve(resumed=resumed, camera=app.state.config.camera)
    except (WebSocketDisconnect, RuntimeError, OSError):
        pass  # gone without a word
    except PostureError as trouble:
        log.warning("no live session: %s", brief(trouble))
        await connection.refuse("no_model")
        await session.end()
    finally:
        session.detach(connection)


def _asked(socket: WebSocket) -> LiveRequest:
    query = socket.query_params
    visit = socket.app.state.store.visits.get(query.get("visit", ""))
    planned(visit)  # fails here for a visit of uploads
    if needs_doctor_today(visit.answers):
        raise Refused("pages_stop_today")
    language = query.get("lang")
    return LiveRequest(
        visit=visit,
        language=language if language in LANGUAGES else None,
        from_server=query.get("source") == "server",
        session=query.get("session"),
    )


def _resumed(live: Sessions, asked: LiveRequest) -> LiveSession | None:
    session = live.get(asked.session or "")
    if session is None or session.visit.id != asked.visit.id or not session.is_open:
        return None
    return session


async def _has_room(live: Sessions, most: int) -> bool:
    """Whether one more may come; a session that lost its page makes room for one that has one."""
    held = [session for session in live.values() if session.is_open]
    for session in held:
        if len(held) < most:
            break
        if session.connection is None:
            await session.let_go()
            held = [one for one in held if one is not session]
    return len(held) < most


async def _refuse_visit(socket: WebSocket, trouble: PostureError) -> None:
    """Say why a visit is not led: it is not there, or cannot be read just now."""
    words = load_words("ja" if socket.query_params.get("lang") == "ja" else "en")
    if trouble.reason.code == "no_such_visit":
        await _turn_away(socket, "no_such_visit", POLICY, words)
        return
    if isinstance(trouble, Refused):
        await _turn_away(socket, "not_begun", POLICY, words, trouble.reason)
        return
    log.warning("no live session: %s", brief(trouble))
    await _turn_away(socket, "not_begun", BUSY, words, trouble.reason)  # the page tries again


async def _turn_away(
    socket: WebSocket, code: str, closed: int, words: Words, why: Reason | None = None
) -> None:
    """Say why not, and close."""
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        await socket.accept()
        await socket.send_text(dumped(error(code, words, why=why)))
        await socket.close(closed)
