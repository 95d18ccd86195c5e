"""The server's end of a child process: start it, hear it, and end it when it takes too much."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import posture
from posture import machine
from posture.types import Reason
from posture.web.config import JobLimits

Message = Mapping[str, Any]

_WORKER = ("-m", "posture.web.jobs.worker")
_LINE_BYTES = 8 << 20  # a preview picture is one line
_TAIL_BYTES = 2000  # of what it said on standard error, for the log
log = logging.getLogger("posture.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a child ended, and the last thing it told."""

    how: Literal["done", "told", "died", "too_long"]
    told: Message
    reason: Reason | None = None  # if and only if not done


class Spare:
    """A worker that has loaded all it needs and waits for its job; loading takes two seconds."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._asked_s = 0.0
        self._turn = asyncio.Lock()

    async def ready(self) -> None:
        """Start one, where none is waiting."""
        async with self._turn:
            self._asked_s = time.monotonic()
            if self._process is None or self._process.returncode is not None:
                self._process = await _started()

    async def taken(self) -> asyncio.subprocess.Process:
        """Return the one that waits, or a new one."""
        async with self._turn:
            process, self._process = self._process, None
            return process if process and process.returncode is None else await _started()

    async def dismissed(self, unused_s: float = 0.0) -> None:
        """End the one that waits, where nobody asked for it in so many seconds."""
        async with self._turn:
            if self._process is None or time.monotonic() - self._asked_s < unused_s:
                return
            process, self._process = self._process, None
            end(process)
            await process.communicate()


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        *_WORKER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
        limit=_LINE_BYTES,
        **machine.apart(),  # Ctrl+C is for the server, which ends it in its own way
    )


@asynccontextmanager
async def child(
    job: Mapping[str, object], spare: Spare, known: asyncio.subprocess.Process | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Put a worker on a job, the one that knows it already; it is gone when this is left."""
    process = known or await spare.taken()
    try:
        if process.stdin is not None:
            with suppress(ConnectionError):
                # stays open: its end tells the child that the server is gone
                process.stdin.write(json.dumps(job).encode() + b"\n")
                await process.stdin.drain()
        yield process
    finally:
        end(process)
        # the pipes are emptied as well, or they would be closed by the collector some day
        await asyncio.shield(process.communicate())


def end(process: asyncio.subprocess.Process) -> None:
    """Kill a child that still runs; it holds nothing that it could tidy up better than we can."""
    if process.returncode is None:
        machine.kill(process.pid)


async def heard_out(
    process: asyncio.subprocess.Process,
    limits: JobLimits,
    hear: Callable[[Message], Awaitable[None]],
) -> Ending:
    """Listen until a child ends, and say how; one that is silent or slow for too long is ended."""
    last: Message = {}
    deadline_s = time.monotonic() + limits.wall_s
    tail = asyncio.create_task(_tail(process))
    try:
        while True:
            patience_s = min(limits.silent_s, deadline_s - time.monotonic())
            async with asyncio.timeout(patience_s):
                line = await process.stdout.readline() if process.stdout else b""
            if not line:
                break
            last = _read(line) or last
            await hear(last)
        code = await process.wait()
    except TimeoutError:
        end(process)
        await process.wait()
        return Ending(how="too_long", told=last, reason=_too_long(limits))
    finally:
        said = await _finished(tail, process)
    return _ending(code, last, said, limits)


def _ending(code: int, last: Message, said: bytes, limits: JobLimits) -> Ending:
    if code == 0:
        return Ending(how="done", told=last)
    if "error" in last:
        reason = Reason(last["error"]["code"], last["error"]["values"])
        return Ending(how="told", told=last, reason=reason)
    if machine.ran_out_of_time(code):
        return Ending(how="too_long", told=last, reason=_too_long(limits))
    log.warning("worker ended with %s: %s", code, said.decode("utf-8", "replace"))
    reason = Reason("worker_died", {"why": machine.ending(code)})
    return Ending(how="died", told=last, reason=reason)


def _too_long(limits: JobLimits) -> Reason:
    return Reason("job_too_long", {"minutes": min(limits.wall_s, limits.cpu_s) / 60})


def _read(line: bytes) -> Message | None:
    """Return the object in a line; None where it holds something else."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


async def _tail(process: asyncio.subprocess.Process) -> bytes:
    """Return the end of what a child said on standard error, reading all of it."""
    kept = b""
    while process.stderr is not None and (more := await process.stderr.read(1 << 16)):
        kept = (kept + more)[-_TAIL_BYTES:]
    return kept


async def _finished(tail: asyncio.Task[bytes], process: asyncio.subprocess.Process) -> bytes:
    """Return the tail of a child that has ended; of one that has not, nothing."""
    if process.returncode is None:
        tail.cancel()
        with suppress(asyncio.CancelledError):
            await tail
        return b""
    return await tail


def _environment() -> dict[str, str]:
    """Return the child's environment: it finds this very package, wherever it was started."""
    here = str(Path(posture.__file__).parents[1])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{path}" if path else here}
