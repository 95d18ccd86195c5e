"""The server's own camera feeding a live session, and recording what the coach wants recorded."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from posture.errors import PostureError
from posture.store.files import explained
from posture.types import Reason, Rgb
from posture.video.camera import Camera
from posture.video.sink import Sink
from posture.video.still import encode_jpeg, shrink
from posture.web.live.takes import Takes
from posture.web.log_filter import brief

_SHOWN_PX = 640  # as wide as a page sends its own pictures
_USUAL_HZ = 30.0  # only a hint to the encoder: each picture has its own time
_QUALITY = 18  # closer to what was seen than what is drawn needs; pixels are what is measured
log = logging.getLogger("posture.web")

Wanted = Callable[[], tuple[int | None, frozenset[int]]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture of the server's camera."""

    number: int
    time_ms: float
    small: Rgb

    def jpeg(self) -> bytes:
        """Return it as it goes to the page."""
        return encode_jpeg(self.small)


class CameraFeed:
    """Reads the camera in a thread of its own until stopped."""

    def __init__(
        self,
        source: str,
        takes: Takes,
        wanted: Wanted,
        put: Callable[[Picture], Awaitable[None]],
        lost: Callable[[str, Reason | None], Awaitable[None]],
    ) -> None:
        self._source = source
        self._takes = takes
        self._wanted = wanted
        self._put = put
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._sink: Sink | None = None
        self._path: Path | None = None
        self._take: int | None = None
        self._began_s = 0.0
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the camera go; what is being recorded is thrown away."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        code = "no_camera"
        try:
            with Camera(self._source) as camera:
                code = "camera_lost"
                self._read(camera)
        except PostureError as trouble:
            log.warning("the camera at the server: %s", brief(trouble))
            self._tell(partial(self._lost, code, None))
        finally:
            self._drop()

    def _read(self, camera: Camera) -> None:
        number = 0
        waiting: Future[Any] | None = None
        while not self._stopped.is_set():
            time_s, rgb = camera.read()
            number += 1
            self._record(time_s, rgb)
            if waiting is not None and not waiting.done():
                continue  # the server is busy; the next picture is a newer one
            picture = Picture(number=number, time_ms=1000 * time_s, small=shrink(rgb, _SHOWN_PX))
            waiting = self._tell(partial(self._put, picture))

    def _tell(self, what: Callable[[], Awaitable[None]]) -> Future[Any] | None:
        async def telling() -> None:
            await what()

        waiting = telling()
        try:
            return asyncio.run_coroutine_threadsafe(waiting, self._loop)
        except RuntimeError:  # the server has stopped: nobody is there to be told, or to stop us
            waiting.close()
            self._stopped.set()
            return None

    def _record(self, time_s: float, rgb: Rgb) -> None:
        """Write every picture of a take, at full size, whatever was analysed live."""
        take, _ = self._wanted()
        try:
            with explained(self._takes.config.data_dir):
                if take != self._take:
                    self._finish()
                    self._take = take
                    if take is not None:
                        self._begin(time_s, rgb)
                if self._sink is not None:
                    height, width = rgb.shape[:2]
                    self._sink.add(rgb[: height // 2 * 2, : width // 2 * 2], time_s - self._began_s)
        except PostureError as trouble:
            log.warning("a take could not be recorded: %s", brief(trouble))
            self._drop()
            self._take = take  # not again for every picture
            self._tell(partial(self._lost, "not_recorded", trouble.reason))

    def _begin(self, time_s: float, rgb: Rgb) -> None:
        height, width = rgb.shape[:2]
        self._takes.check_room()
        self._path, self._began_s = self._takes.new_file(), time_s
        self._sink = Sink(self._path, (width // 2 * 2, height // 2 * 2), _USUAL_HZ, _QUALITY)

    def _finish(self) -> None:
        """Close a take and queue it, if it is still wanted."""
        sink, path, take = self._sink, self._path, self._take
        self._sink = self._path = self._take = None
        if sink is None or path is None or take is None:
            return
        sink.close()
        _, void = self._wanted()
        if take in void:
            path.unlink(missing_ok=True)
        else:
            self._takes.keep(take, path)

    def _drop(self) -> None:
        sink, path = self._sink, self._path
        self._sink = self._path = self._take = None
        if sink is not None:
            with suppress(OSError, ValueError):
                sink.close()
        if path is not None:
            path.unlink(missing_ok=True)
