"""The recordings of a live session: pieces in, whole clips into the visit's queue."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from posture import received
from posture.errors import PostureError
from posture.live.errors import LiveTrouble, OutOfOrder
from posture.live.parts import MAX_CHUNK_BYTES, Parts
from posture.live.steps import Step
from posture.store import Recording, Store, StoreTrouble, Visit
from posture.types import Activity
from posture.web.config import Config
from posture.web.jobs.job_settings import JobSettings, checked
from posture.web.jobs.runner import Jobs
from posture.web.jobs.uploads import media_type
from posture.web.responses import Refused, reason_json

_STATUS = {
    "disk_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "live_recording_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_SUFFIXES = {"video/webm": "webm", "video/mp4": "mp4", "video/quicktime": "mov"}


@dataclass(slots=True)
class Takes:
    """All takes of one session. Its methods touch the disk: call them in threads."""

    store: Store
    config: Config
    visit: Visit
    steps: dict[int, Step] = field(default_factory=dict)  # of each take the coach began
    void: set[int] = field(default_factory=set)
    recordings: dict[int, str] = field(default_factory=dict)  # of each take that is whole
    _parts: dict[int, Parts] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def chunk(self, take: int, number: int, data: bytes) -> int:
        """Take in a piece and return the number of the next one."""
        with self._turn:
            self._refuse_void(take)
            if take in self.recordings:
                return number + 1  # it came twice, and the take is whole already
            return self._part(take).add(number, data)

    def coming(self, take: int) -> Path | None:
        """Return where a take is coming in; None where it is whole or void."""
        with self._turn:
            parts = self._parts.get(take)
            return None if parts is None else parts.path

    def end(self, take: int, count: int) -> tuple[str, bool]:
        """Make the take a recording of the visit; return its id and whether it is new."""
        with self._turn:
            self._refuse_void(take)
            if take in self.recordings:
                return self.recordings[take], False
            parts = self._part(take)
            parts.finish(count)
            kind = media_type(parts.head)
            if kind not in _SUFFIXES:
                self._parts.pop(take).drop()
                status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
                raise Refused("live_not_a_video", status=status)
            added = self._added(take, parts.path, _SUFFIXES[kind], parts.size_bytes, parts.sha256)
            del self._parts[take]
            return added.id, True

    def keep(self, take: int, path: Path) -> bool:
        """Make a file that the server recorded itself a recording; whether it was wanted."""
        with self._turn:
            if take in self.void:
                path.unlink(missing_ok=True)
                return False
            self._added(take, path, "mp4", path.stat().st_size, None)
            return True

    def check_room(self) -> None:
        """Refuse to begin where the disk is as good as full."""
        data_dir = self.config.data_dir
        if shutil.disk_usage(data_dir).free < self.config.disk_reserve_bytes:
            raise LiveTrouble("disk_full", path=str(data_dir))

    def new_file(self) -> Path:
        """Return where a recording can be written until it is whole."""
        return self.store.files.incoming(secrets.token_hex(16))

    def make_void(self, takes: Iterable[int]) -> list[str]:
        """Throw these takes away; return the recordings that are to be deleted."""
        with self._turn:
            gone = []
            for take in takes:
                self.void.add(take)
                if take in self._parts:
                    self._parts.pop(take).drop()
                if take in self.recordings:
                    gone.append(self.recordings.pop(take))
            return gone

    def drop_unfinished(self) -> None:
        """Throw away what never became whole."""
        with self._turn:
            for parts in self._parts.values():
                parts.drop()
            self._parts.clear()

    def _refuse_void(self, take: int) -> None:
        if take in self.void:
            raise Refused("live_take_redone", status=HTTPStatus.GONE)

    def _part(self, take: int) -> Parts:
        if take not in self._parts:
            taken = sum(parts.size_bytes for parts in self._parts.values())
            self._parts[take] = Parts(
                self.new_file(),
                limit_bytes=self.config.max_upload_bytes - taken,
                reserve_bytes=self.config.disk_reserve_bytes,
            )
        return self._parts[take]

    def _added(
        self, take: int, path: Path, suffix: str, size_bytes: int, sha256: str | None
    ) -> Recording:
        step = self.steps[take]
        added = self.store.recordings.add(
            self.visit.id,
            step.id,
            f"{step.id}.{suffix}",
            size_bytes,
            sha256,
            settings_of(step, self.visit),
            clip=path,
        )
        self.recordings[take] = added.id
        return added


def settings_of(step: Step, visit: Visit) -> JobSettings:
    """Return what the analysis of a step's recording is to know."""
    asked: dict[str, object] = {
        "height_cm": visit.answers.get("height_cm"),
        "model": visit.answers.get("model"),
        "pain": visit.answers.get("pain"),
        "activity": None if step.activity is None else step.activity.value,
        "variant": None if step.variant == "none" else step.variant,
    }
    if step.treadmill:
        asked["belt_kmh"] = visit.answers.get("belt_kmh")
    usable: JobSettings = {}
    for name, value in asked.items():
        # an answer that is no number costs the analysis that number, not the recording
        with suppress(Refused):
            usable |= checked({name: value})
    return usable


async def delete(jobs: Jobs, store: Store, recording_ids: Iterable[str]) -> None:
    """Delete recordings that are not wanted any more, ending what is at them.

    Raises
    ------
    StoreTrouble
        One of them is still there; the others were deleted all the same.
    """
    left: StoreTrouble | None = None
    for recording_id in recording_ids:
        with suppress(PostureError):
            await jobs.cancel(recording_id)
        try:
            await asyncio.to_thread(store.recordings.delete, recording_id)
        except StoreTrouble as trouble:
            if trouble.reason.code != "no_such_recording":
                left = trouble
    if left is not None:
        raise left


async def put_chunk(request: Request) -> Response:
    """Take in one piece of a step's recording."""
    takes, take = _asked(request)
    number = _whole(request.path_params["k"])
    data = await request.body()
    if len(data) > MAX_CHUNK_BYTES:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise Refused("web_too_large", status=status, mb=MAX_CHUNK_BYTES / 1e6)
    try:
        following = await asyncio.to_thread(takes.chunk, take, number, data)
    except LiveTrouble as trouble:
        return _refused(trouble)
    step = takes.steps[take]
    if number == 0 and step.activity is Activity.WALKING:
        path = await asyncio.to_thread(takes.coming, take)
        if path is not None:
            await request.app.state.jobs.accompany(path, settings_of(step, takes.visit))
    return JSONResponse({"next": following})


async def end_take(request: Request) -> Response:
    """Make the pieces a recording."""
    takes, take = _asked(request)
    try:
        told: Any = received.parsed(await request.body())
        count = told["chunks"]
    except (ValueError, KeyError, TypeError) as trouble:
        raise Refused("web_bad_request", what="chunks") from trouble
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise Refused("web_bad_request", what="chunks")
    path = await asyncio.to_thread(takes.coming, take)
    try:
        recording_id, is_new = await asyncio.to_thread(takes.end, take, count)
    except LiveTrouble as trouble:
        return _refused(trouble)
    if path is not None:
        request.app.state.jobs.became(path, recording_id)
    request.app.state.jobs.wake()
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    body = {"recording": recording_id, "step": request.path_params["step"]}
    return JSONResponse(body, status_code=status)


def _asked(request: Request) -> tuple[Takes, int]:
    """Return whose recording it is, or refuse: nothing that the coach did not begin is taken."""
    session = request.app.state.live.get(request.path_params["session"])
    if session is None:
        raise Refused("live_no_such_session", status=HTTPStatus.NOT_FOUND)
    takes: Takes = session.takes
    take = _whole(request.query_params.get("take", ""))
    step = takes.steps.get(take)
    if step is None or step.id != request.path_params["step"]:
        raise Refused("live_no_such_session", status=HTTPStatus.NOT_FOUND)
    return takes, take


def _whole(text: str) -> int:
    found = received.whole(text)
    if found is None or found > _LARGEST_NUMBER:
        raise Refused("web_bad_request", what=text[:20])
    return found


_LARGEST_NUMBER = 10**9 - 1


def _refused(trouble: LiveTrouble) -> Response:
    """Say why a piece is not taken, and which one is wanted."""
    status = _STATUS.get(trouble.reason.code, HTTPStatus.BAD_REQUEST)
    body: dict[str, object] = {"error": reason_json(trouble.reason)}
    if isinstance(trouble, OutOfOrder):
        status = HTTPStatus.CONFLICT
        body |= {
            "error": {**reason_json(trouble.reason), "code": "chunk_out_of_order"},
            "next": trouble.wanted,
        }
    return JSONResponse(body, status_code=status)
