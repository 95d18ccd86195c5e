"""Uploads: streamed to the disk, checked by their first bytes, kept whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from posture import machine, received
from posture.files import explained
from posture.store import Recording, Store
from posture.video.kinds import HEAD_BYTES, kind_of
from posture.web.access.security import declared_length, known_id
from posture.web.config import Config
from posture.web.jobs.job_settings import JobSettings, checked, is_setting
from posture.web.records import recording_json
from posture.web.responses import Refused, language_of

_BLOCK_BYTES = 1 << 20  # written at once, in a thread
_DRAIN_BYTES = 16 << 20  # ours; read on after a refusal, or a browser reports a broken line instead
_DRAIN_S = 3.0
_STEP = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an upload is to become."""

    file_name: str
    size_bytes: int
    visit_id: str | None  # None = a visit of its own
    client_id: str | None
    step: str
    language: str
    settings: JobSettings


async def upload(request: Request) -> Response:
    """Take a file in and queue its analysis."""
    config: Config = request.app.state.config
    store: Store = request.app.state.store
    wanted = wanted_of(request, config)
    await asyncio.to_thread(_check_owner, store, wanted)
    await request.app.state.jobs.warm()
    part = store.files.incoming(secrets.token_hex(16))
    try:
        sha256 = await _received(request, part, wanted, config)
        recording = await asyncio.to_thread(_kept, store, part, wanted, sha256)
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it any more
    finally:
        await asyncio.shield(asyncio.to_thread(part.unlink, missing_ok=True))
    request.app.state.jobs.wake()
    return JSONResponse(recording_json(recording), status_code=HTTPStatus.CREATED)


def wanted_of(request: Request, config: Config) -> Wanted:
    """Return what is asked for, or refuse it before the first byte is taken.

    Raises
    ------
    Refused
        No length, too large, no room, or a parameter that is unknown or unusable.
    """
    asked = dict(request.query_params)
    settings = checked({name: value for name, value in asked.items() if is_setting(name)})
    step = asked.get("step") or "auto"
    if not _STEP.fullmatch(step):
        raise Refused("web_bad_request", what="step")
    return Wanted(
        file_name=plain_name(asked.get("file_name", "")),
        size_bytes=_size(request, config),
        visit_id=known_id(asked["visit"]) if asked.get("visit") else None,
        client_id=known_id(asked["client"]) if asked.get("client") else None,
        step=step,
        language=language_of(request),
        settings=settings,
    )


def plain_name(text: str) -> str:
    """Return a file's name as it is shown: no folders, nothing that no eye sees, not too long."""
    return received.file_name(text) or "video"


def media_type(head: bytes) -> str | None:
    """Return what kind of video or picture begins like this; None = none that is taken."""
    kind = kind_of(head)
    return None if kind is None else kind.media_type


def _size(request: Request, config: Config) -> int:
    size, limit = declared_length(request.headers), config.max_upload_bytes
    if size is None:
        raise Refused("upload_length_missing", status=HTTPStatus.LENGTH_REQUIRED)
    if size == 0:
        raise Refused("upload_empty")
    if size > limit:
        raise Refused(
            "upload_too_large",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            mb=size / 1e6,
            limit_mb=limit / 1e6,
        )
    _check_room(config, size, size)
    return size


def _check_room(config: Config, size_bytes: int, needed_bytes: int = 0) -> None:
    """Refuse a file of a size where what is still needed of the disk would be its reserve."""
    if shutil.disk_usage(config.data_dir).free - needed_bytes < config.disk_reserve_bytes:
        raise _no_room(size_bytes)


def _no_room(size_bytes: int) -> Refused:
    status = HTTPStatus.INSUFFICIENT_STORAGE
    return Refused("upload_disk_full", status=status, mb=size_bytes / 1e6)


def _check_owner(store: Store, wanted: Wanted) -> None:
    """Fail before the first byte where the visit or the client is not there."""
    if wanted.visit_id is not None:
        store.visits.get(wanted.visit_id)
    elif wanted.client_id is not None:
        store.clients.get(wanted.client_id)


async def _received(request: Request, part: Path, wanted: Wanted, config: Config) -> str:
    """Write the body into `part`; return its checksum when all of it lies on the disk."""
    digest = hashlib.sha256()
    taken, block = 0, bytearray()
    file = await asyncio.to_thread(_opened, part)
    try:
        async for piece in _pieces(request, config.slow_s):
            is_first = taken < HEAD_BYTES
            taken += len(piece)
            block += piece
            if is_first and taken >= HEAD_BYTES:
                await _check_kind(request, bytes(block[:HEAD_BYTES]), wanted.size_bytes - taken)
            if len(block) >= _BLOCK_BYTES:
                full, block = block, bytearray()
                await asyncio.to_thread(_written, file, full, digest, wanted)
                # others may arrive beside it, which had room as well when they began
                await asyncio.to_thread(_check_room, config, wanted.size_bytes)
        if taken < HEAD_BYTES:
            await _check_kind(request, bytes(block), 0)
        if taken != wanted.size_bytes:
            raise Refused("upload_cut_off")
        await asyncio.to_thread(_written, file, block, digest, wanted, last=True)
    finally:
        with suppress(OSError):  # what could not be written was said already
            file.close()
    return digest.hexdigest()


async def _pieces(request: Request, slow_s: float) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; one that stops arriving is given up."""
    pieces = request.stream()
    while True:
        try:
            async with asyncio.timeout(slow_s):
                piece = await anext(pieces, None)
        except TimeoutError as trouble:
            status = HTTPStatus.REQUEST_TIMEOUT
            raise Refused("upload_too_slow", status=status, seconds=slow_s) from trouble
        if piece is None:
            return
        yield piece


async def _check_kind(request: Request, head: bytes, left: int) -> None:
    if media_type(head) is not None:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            await _drained(request, min(left, _DRAIN_BYTES))
    raise Refused("upload_not_a_video", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


async def _drained(request: Request, left: int) -> None:
    """Read on for a while, so that the answer is read at the other end."""
    while left > 0:
        message = await request.receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _opened(part: Path) -> BinaryIO:
    with explained(part):
        return part.open("xb", buffering=0)


def _written(
    file: BinaryIO,
    block: bytearray,
    digest: hashlib._Hash,
    wanted: Wanted,
    *,
    last: bool = False,
) -> None:
    digest.update(block)
    try:
        left = memoryview(block)
        while left:
            left = left[file.write(left) :]
        if last:
            machine.to_disk(file.fileno())  # said to be kept, so it is kept, whatever happens next
    except OSError as trouble:
        if trouble.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _no_room(wanted.size_bytes) from trouble
        with explained(Path(wanted.file_name)):
            raise


def _kept(store: Store, part: Path, wanted: Wanted, sha256: str) -> Recording:
    """Make the file a recording of its visit, which is made for it where there is none."""
    visit_id = wanted.visit_id
    if visit_id is None:
        visit_id = store.visits.add(wanted.client_id, "recordings", wanted.language, {}).id
    return store.recordings.add(
        visit_id,
        wanted.step,
        wanted.file_name,
        wanted.size_bytes,
        sha256,
        wanted.settings,
        clip=part,
    )


routes: list[BaseRoute] = [Route("/api/uploads", upload, methods=["POST"], name="upload")]
