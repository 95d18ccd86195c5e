"""A live session: its place in the server, and one connection to its page at a time."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from posture.errors import PostureError
from posture.landmarks.models import find_model
from posture.live.coach import Coach, State
from posture.live.leader import Answer, Leader
from posture.live.steps import steps_of
from posture.outputs.words import LANGUAGES, Words, load_words
from posture.store import StoreTrouble, Visit
from posture.types import Reason, Side
from posture.web.answered import height_of, is_withheld
from posture.web.live_camera import CameraFeed, Picture
from posture.web.live_messages import (
    MAX_FRAME_BYTES,
    BadMessage,
    Frame,
    dumped,
    error,
    packed,
    read_care,
    read_fps,
    read_frame,
    read_mark,
    read_text,
    ready,
    result,
    step_row,
)
from posture.web.live_takes import Takes, delete
from posture.web.logged import brief

RESUME_S = 60.0  # a page that comes back by then goes on where it was
KEPT_S = 600.0  # its last pieces of a recording are taken for so long
IDLE_S = 600.0  # without a frame; a forgotten tab must not hold a place
SEND_S = 10.0  # a page that takes no answer for so long is as good as gone
_MOST_UNSHOWN = 3  # pictures of the server's camera under way to the page
_BUSY, _POLICY, _TOO_BIG, _GOING, _TAKEN_OVER = 1013, 1008, 1009, 1001, 4000
log = logging.getLogger("posture.web")

Sessions = MutableMapping[str, "LiveSession"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks for when it connects."""

    visit: Visit
    language: str | None
    from_server: bool  # the camera is at the server
    session: str | None  # to go on with


class LiveSession:
    """One client being led: coach, models and recordings; outlives a lost connection."""

    def __init__(self, app: Any, asked: Asked) -> None:  # noqa: ANN401 - Starlette, or a test's
        visit = asked.visit
        self.id = secrets.token_hex(16)
        self.visit = visit
        self.from_server = asked.from_server
        self.connection: Connection | None = None
        self.model = model_of(visit, app.state.config.model)
        self.takes = Takes(store=app.state.store, config=app.state.config, visit=visit)
        self._app = app
        self._leader = leader_for(visit, self.model)
        # a model belongs to the thread that made it
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "live")
        self._warmed = self._thread.submit(self._leader.warm)
        self._state: State | None = None
        self._ending: asyncio.Task[None] | None = None
        self._deleting: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        """Whether it holds a place: its models are loaded, or will be."""
        return self._thread is not None

    @property
    def steps(self) -> list[dict[str, object]]:
        """The steps as the page lists them."""
        if self._state is not None:
            return [step_row(step, state) for step, state in self._state.steps]
        return [step_row(step) for step in planned(self.visit)]

    async def warmed(self) -> None:
        """Wait until the models are loaded.

        Raises
        ------
        ModelTrouble
            They cannot be.
        """
        await asyncio.shield(asyncio.wrap_future(self._warmed))

    async def see(self, jpeg: bytes, time_ms: float) -> Answer | None:
        """Take in a frame that was sent."""
        return self._noted(await self._in_thread(self._leader.see_jpeg, jpeg, time_ms))

    async def see_picture(self, picture: Picture) -> Answer | None:
        """Take in a picture of the server's own camera."""
        return self._noted(await self._in_thread(self._leader.see, picture.small, picture.time_ms))

    def mark(self, told: Any) -> None:  # noqa: ANN401 - JSON
        """Take in what somebody pressed."""
        self._leader.mark(*read_mark(told))

    def keep_care(self, care: list[str]) -> None:
        """Write down what was cared for between two bends; takes the database's time."""
        store = self._app.state.store
        answers = store.visit(self.visit.id).answers
        store.change_visit(self.visit.id, answers={**answers, "care": care})

    def told_fps(self, fps: float) -> None:
        """Take in what rate the page's camera delivers."""
        self._leader.told(fps)

    def attach(self, connection: Connection) -> Connection | None:
        """Let a page in; return the one that was there before."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        before, self.connection = self.connection, connection
        return before

    def detach(self, connection: Connection) -> None:
        """Note that a page is gone; it may come back."""
        if self.connection is connection:
            self.connection = None
            self._ending = asyncio.create_task(self._end_later())

    def wanted_take(self) -> tuple[int | None, frozenset[int]]:
        """Return the take to record now, and those that are void."""
        state = self._state
        if state is None:
            return None, frozenset()
        return (state.take if state.recording else None), state.void_takes

    async def let_go(self) -> None:
        """Give the models' memory and the place back; recordings can still be finished."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.wrap_future(thread.submit(self._leader.close))
            thread.shutdown(wait=False)

    async def end(self) -> None:
        """End for good."""
        self._app.state.live.pop(self.id, None)
        if self._ending is not None and self._ending is not asyncio.current_task():
            self._ending.cancel()
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close(_GOING)
        await self.let_go()
        await asyncio.to_thread(self.takes.drop_unfinished)

    async def _end_later(self) -> None:
        await asyncio.sleep(RESUME_S)
        await self.let_go()
        await asyncio.sleep(KEPT_S)
        await self.end()

    async def _in_thread(self, work: Any, *given: Any) -> Any:  # noqa: ANN401 - any of the leader's
        if self._thread is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def _noted(self, answer: Answer | None) -> Answer | None:
        """Note which takes there are and which are void."""
        if answer is None:
            return None
        state = answer.state
        self._state = state
        if state.recording and state.step is not None:
            self.takes.steps[state.take] = state.step
        void = state.void_takes - self.takes.void
        if void:
            task = asyncio.create_task(self._make_void(void))
            self._deleting.add(task)  # a task nobody holds may be collected before it ran
            task.add_done_callback(self._deleting.discard)
        return answer

    async def _make_void(self, takes: frozenset[int]) -> None:
        try:
            gone = await asyncio.to_thread(self.takes.make_void, takes)
            await delete(self._app.state.jobs, self._app.state.store, gone)
        except PostureError as trouble:
            if self.connection is not None:
                await self.connection.not_saved(trouble)


class Connection:
    """One page's socket: reads, works on the newest frame, answers."""

    def __init__(self, socket: WebSocket, session: LiveSession, words: Words) -> None:
        self._socket = socket
        self._session = session
        self._words = words
        self._slot: Frame | Picture | None = None
        self._filled = asyncio.Event()
        self._sending = asyncio.Lock()
        self._dropped = 0
        self._unshown = 0

    async def serve(self, *, resumed: bool, camera: str | None) -> None:
        """Serve the page until it goes."""
        session = self._session
        # no frame is asked for before it can be answered
        await session.warmed()
        await self.send(
            ready(
                session=session.id,
                resumed=resumed,
                words=self._words,
                model=session.model,
                source="server" if session.from_server else "browser",
                steps=session.steps,
            )
        )
        working = asyncio.create_task(self._work())
        feed: CameraFeed | None = None
        try:
            if session.from_server:
                feed = CameraFeed(
                    camera or "", session.takes, session.wanted_take, self._put, self._camera_lost
                )
            await self._read()
        finally:
            working.cancel()
            if feed is not None:
                await asyncio.to_thread(feed.stop)

    async def send(self, message: dict[str, object]) -> None:
        """Send a message; a page that does not take it is left."""
        await self._sent(self._socket.send_text, dumped(message))

    async def _sent(self, send: Any, what: str | bytes) -> None:  # noqa: ANN401 - a bound method
        try:
            async with asyncio.timeout(SEND_S), self._sending:
                await send(what)
        except TimeoutError:
            await self.close(_BUSY)
            raise WebSocketDisconnect(_BUSY) from None

    async def refuse(self, code: str) -> None:
        """Say why there can be no session, and close."""
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await self.send(error(code, self._words))
            await self.close(_POLICY)

    async def close(self, code: int) -> None:
        """Close the socket, whatever state it is in."""
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
            async with asyncio.timeout(1.0):
                if self._socket.application_state is WebSocketState.CONNECTED:
                    await self._socket.close(code)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        frame_s = loop.time()
        while True:
            left_s = IDLE_S - (loop.time() - frame_s)
            try:
                async with asyncio.timeout(None if self._session.from_server else left_s):
                    message = await self._socket.receive()
            except TimeoutError:
                await self.send(error("idle", self._words))
                await self.close(_GOING)
                return
            if message["type"] == "websocket.disconnect":
                return
            data, text = message.get("bytes"), message.get("text")
            try:
                if data is not None:
                    if len(data) > MAX_FRAME_BYTES + _SLACK_BYTES:
                        await self.close(_TOO_BIG)
                        return
                    frame_s = loop.time()
                    await self._put(read_frame(data))
                elif text is not None:
                    await self._heed(text)
            except BadMessage as trouble:
                await self.send(error(trouble.code, self._words, trouble.number))
            except PostureError as trouble:
                await self.not_saved(trouble)

    async def _heed(self, text: str) -> None:
        told = read_text(text)
        kind = told.get("type")
        if kind == "mark":
            self._session.mark(told)
            care = read_care(told)
            if care is not None:
                await asyncio.to_thread(self._session.keep_care, care)
        elif kind == "config":
            fps = read_fps(told)
            if fps is not None:
                self._session.told_fps(fps)
            for language in LANGUAGES:
                if told.get("lang") == language:
                    self._words = load_words(language)
        elif kind == "shown":
            self._unshown = max(0, self._unshown - 1)
        else:
            raise BadMessage(code="bad_message")

    async def _put(self, frame: Frame | Picture) -> None:
        """Put a frame into the one slot; whatever waited there is too old now."""
        waiting, self._slot = self._slot, frame
        self._filled.set()
        if waiting is not None:
            self._dropped += 1
            if isinstance(waiting, Frame):
                await self.send({"type": "drop", "seq": waiting.number})

    async def not_saved(self, trouble: PostureError) -> None:
        """Say what was not saved and why; the check goes on."""
        log.warning("not saved in a live check: %s", brief(trouble))
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await self.send(error("not_saved", self._words, why=trouble.reason))

    async def _camera_lost(self, code: str, why: Reason | None) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            await self.send(error(code, self._words, why=why))

    async def _work(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            frame, self._slot = self._slot, None
            if frame is None:
                continue
            try:
                await self._answer(frame)
            except (WebSocketDisconnect, RuntimeError, OSError):
                return  # the page is gone; the reader notices as well
            except PostureError as trouble:
                log.warning("a live frame came to nothing: %s", brief(trouble))
                await self._give_up(frame)
            except Exception:
                # one frame must never end a session
                log.exception("a live frame came to nothing")
                await self._give_up(frame)

    async def _give_up(self, frame: Frame | Picture) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            await self.send(error("internal", self._words, frame.number))

    async def _answer(self, frame: Frame | Picture) -> None:
        if isinstance(frame, Frame):
            answer = await self._session.see(frame.jpeg, frame.time_ms)
            if answer is None:
                await self.send(error("bad_frame", self._words, frame.number))
                return
        else:
            answer = await self._session.see_picture(frame)
            if answer is None or self._unshown >= _MOST_UNSHOWN:
                return  # a slow page sees fewer pictures; the client is led all the same
            self._unshown += 1
            jpeg = await asyncio.to_thread(frame.jpeg)
            await self._sent(self._socket.send_bytes, packed(frame.number, frame.time_ms, jpeg))
        await self.send(
            result(frame.number, frame.time_ms, answer, self._words, dropped=self._dropped)
        )


_SLACK_BYTES = 64  # as serve.py adds to the largest frame


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
        await _turn_away(socket, "no_camera", _POLICY, words)
        return
    live: Sessions = app.state.live
    session = _resumed(live, asked)
    resumed = session is not None
    if session is None:
        if not await _has_room(live, app.state.config.max_sessions):
            await _turn_away(socket, "busy", _BUSY, words)
            return
        try:
            session = await asyncio.to_thread(LiveSession, app, asked)
        except PostureError as trouble:
            log.warning("no live session: %s", brief(trouble))
            await _turn_away(socket, "no_model", _POLICY, words)
            return
        live[session.id] = session
    connection = Connection(socket, session, words)
    before = session.attach(connection)
    if before is not None:
        await before.close(_TAKEN_OVER)
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


def _asked(socket: WebSocket) -> Asked:
    query = socket.query_params
    visit = socket.app.state.store.visit(query.get("visit", ""))
    planned(visit)  # fails here for a visit of uploads
    language = query.get("lang")
    return Asked(
        visit=visit,
        language=language if language in LANGUAGES else None,
        from_server=query.get("source") == "server",
        session=query.get("session"),
    )


def _resumed(live: Sessions, asked: Asked) -> LiveSession | None:
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
        await _turn_away(socket, "no_such_visit", _POLICY, words)
        return
    log.warning("no live session: %s", brief(trouble))
    await _turn_away(socket, "not_begun", _BUSY, words, trouble.reason)  # the page tries again


async def _turn_away(
    socket: WebSocket, code: str, closed: int, words: Words, why: Reason | None = None
) -> None:
    """Say why not, and close."""
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        await socket.accept()
        await socket.send_text(dumped(error(code, words, why=why)))
        await socket.close(closed)


def planned(visit: Visit) -> tuple[Any, ...]:
    """Return a visit's steps.

    Raises
    ------
    StoreTrouble
        It is a visit of uploads, nobody is led through it.
    """
    if not visit.is_live:
        raise StoreTrouble("no_such_visit")
    return steps_of(visit.check, visit.answers, withheld=is_withheld(visit))


def model_of(visit: Visit, usual: str) -> str:
    """Return the name of the model that follows the client."""
    asked = visit.answers.get("model")
    return asked if isinstance(asked, str) and asked in {"lite", "full"} else usual


def leader_for(visit: Visit, model: str) -> Leader:
    """Return who leads a visit."""
    height_cm = height_of(visit)
    near = {side.value: side for side in (Side.LEFT, Side.RIGHT)}.get(
        str(visit.answers.get("near_side"))
    )
    coach = Coach(
        planned(visit),
        near=near,
        height_m=None if height_cm is None else height_cm / 100,
    )
    paths: list[Path] = [find_model(name).path for name in (model, "lite")]
    return Leader(coach, *paths)


async def close_sessions(app: Any) -> None:  # noqa: ANN401 - Starlette, or a test's
    """End every session; for the end of the server."""
    for session in [*app.state.live.values()]:
        await session.end()
