"""A worker beside a recording that is still coming in: when it is whole, most of it is done."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from posture.web.jobs.child import Spare, end

_GONE_S = 5.0  # ours; between a file that is moved to its place and its name as a recording


class Along:
    """At most one such worker. It is no loss to be without: the recording is analysed as any."""

    def __init__(self, spare: Spare) -> None:
        self._spare = spare
        self._process: Process | None = None
        self._path = Path()
        self._recording: str | None = None  # what it has become
        self._there_s = 0.0  # when its file was last there
        self._turn = asyncio.Lock()

    async def begin(self, path: Path, job: Mapping[str, object]) -> None:
        """Let a worker follow what comes into `path`, unless one waits for an earlier recording."""
        async with self._turn:
            if self._is_running and (self._recording is not None or path == self._path):
                return
            await self._end()
            self._process = process = await self._spare.taken()
            self._path, self._recording, self._there_s = path, None, time.monotonic()
            if process.stdin is not None:
                with suppress(ConnectionError):
                    process.stdin.write(json.dumps({"coming": str(path), **job}).encode() + b"\n")
                    await process.stdin.drain()

    def became(self, path: Path, recording_id: str) -> None:
        """Take in which recording the file has become."""
        if path == self._path:
            self._recording = recording_id

    async def taken(self, recording_id: str) -> Process | None:
        """Return the worker that knows a recording already, where there is one."""
        async with self._turn:
            if self._recording != recording_id or not self._is_running:
                return None
            process, self._process = self._process, None
            return process

    async def dismissed_if_idle(self) -> None:
        """End it where no recording will come of it; to be asked while nothing is queued."""
        async with self._turn:
            if self._process is None:
                return
            if self._recording is None and self._path.exists():
                self._there_s = time.monotonic()
            elif self._recording is not None or time.monotonic() - self._there_s > _GONE_S:
                await self._end()

    async def dismissed(self) -> None:
        """End it."""
        async with self._turn:
            await self._end()

    @property
    def _is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)
            await process.communicate()
