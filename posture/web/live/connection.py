"""One page's socket to its live session: reads, works on the newest frame, answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from posture.errors import PostureError
from posture.outputs.words import LANGUAGES, Words, load_words
from posture.types import Reason
from posture.web.live.camera import CameraFeed, Picture
from posture.web.live.messages import (
    MAX_FRAME_BYTES,
    BadMessage,
    Frame,
    dumped,
    error,
    packed,
    read_care,
    read_fps,
    read_frame,
    read_text,
    ready,
    result,
)
from posture.web.live.session import GOING, LiveSession
from posture.web.log_filter import brief

IDLE_S = 600.0  # without a frame; a forgotten tab must not hold a place
SEND_S = 10.0  # a page that takes no answer for so long is as good as gone
_MOST_UNSHOWN = 3  # pictures of the server's camera under way to the page
BUSY, POLICY, TAKEN_OVER = 1013, 1008, 4000  # codes of a socket that is closed
_TOO_BIG = 1009
_SLACK_BYTES = 64  # as serve.py adds to the largest frame
log = logging.getLogger("posture.web")


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
            await self.close(BUSY)
            raise WebSocketDisconnect(BUSY) from None

    async def refuse(self, code: str) -> None:
        """Say why there can be no session, and close."""
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await self.send(error(code, self._words))
            await self.close(POLICY)

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
                await self.close(GOING)
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
