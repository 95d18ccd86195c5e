"""Runs queued analyses one at a time in a subprocess."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self, TypeVar

from posture import leftovers, machine
from posture.errors import CannotCorrect, PostureError, UnusableClip
from posture.files import explained
from posture.formats.analysis import read_record
from posture.formats.places import ANALYSIS, LANDMARKS
from posture.store import Recording, Store
from posture.store.files import OLD_RESULT, WORK, remove_any
from posture.types import Reason
from posture.web.config import Config, JobLimits
from posture.web.jobs.along import Along
from posture.web.jobs.child import Ending, Message, Spare, child, end, heard_out
from posture.web.log_filter import brief
from posture.web.responses import Refused

Answer = TypeVar("Answer")

_LOOK_EVERY_S = 2.0  # ours; another process may have put something into the queue
_AGAIN_AFTER_S = 1.0  # ours; a locked database is free again soon
_UNUSED_S = 600.0  # ours; a worker that waits holds 200 MB
_SWEEP_EVERY_S = 3600.0  # ours; what is kept is counted in days
# ours; one picture takes seconds, and somebody waits for it
_PREVIEW = JobLimits(cpu_s=60, wall_s=120.0, silent_s=120.0, nice=0)
_PAIR = JobLimits(cpu_s=240, wall_s=240.0, silent_s=240.0, nice=5)  # ours; twice a hundred pictures
_CORRECTED = JobLimits(cpu_s=120, wall_s=120.0, silent_s=120.0, nice=0)  # ours; a second as a rule
_UPLOAD = re.compile(r"[0-9a-f]{32}\.part")
log = logging.getLogger("posture.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One picture of a clip, and where people are in it."""

    jpeg: bytes
    told: Message  # at_s, start_s, duration_s, size_px, people


class Jobs:
    """Runs what is queued while its context is open."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._foreman: asyncio.Task[None] | None = None
        self._running: tuple[str, asyncio.subprocess.Process] | None = None
        self._swept_s = -_SWEEP_EVERY_S
        self._one_preview = asyncio.Semaphore(1)
        self._spare = Spare()
        self._along = Along(self._spare)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._take_up)
        self._foreman = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._foreman is not None:
            self._foreman.cancel()
            with suppress(asyncio.CancelledError):
                await self._foreman
        await self._along.dismissed()
        await self._spare.dismissed()

    async def warm(self) -> None:
        """Have a worker ready before there is a job: a visit begins, or a file is on its way."""
        if self._config.warm:
            await self._spare.ready()

    async def accompany(self, path: Path, settings: Mapping[str, object]) -> None:
        """Have a worker begin with a walk that is still coming into a file."""
        if self._config.warm:
            asked = self._asked(settings, "en", self._config.job)
            await self._along.begin(path, asked)

    def became(self, path: Path, recording_id: str) -> None:
        """Say which recording a file has become that a worker was beside."""
        self._along.became(path, recording_id)

    def wake(self) -> None:
        """Say that something was queued; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the next start finds it
                self._loop.call_soon_threadsafe(self._woken.set)

    async def cancel(self, recording_id: str) -> Recording:
        """Take a recording out of the queue, and end the child that is at it."""
        recording = await asyncio.to_thread(self._store.recordings.get, recording_id)
        if recording.state not in {"queued", "running"}:
            raise Refused("job_not_running", status=HTTPStatus.CONFLICT)
        recording = await asyncio.to_thread(self._store.queue.cancel, recording_id)
        if self._running is not None and self._running[0] == recording_id:
            end(self._running[1])
        return recording

    async def again(self, recording_id: str, settings: Mapping[str, object]) -> Recording:
        """Queue a recording once more, with other settings."""
        recording = await asyncio.to_thread(self._store.recordings.get, recording_id)
        if recording.state in {"queued", "running"}:
            raise Refused("job_still_running", status=HTTPStatus.CONFLICT)
        if self._source(recording_id) is None:
            raise Refused("job_file_missing", status=HTTPStatus.CONFLICT)
        recording = await asyncio.to_thread(self._store.queue.requeue, recording_id, settings)
        self.wake()
        return recording

    async def preview(self, recording_id: str, at_s: float, *, people: bool = False) -> Preview:
        """Return the picture of a recording at a time, decoded where it can do no harm."""
        recording = await asyncio.to_thread(self._store.recordings.get, recording_id)
        clip = self._store.files.clip(recording_id)
        if not clip.is_file():
            raise Refused("no_preview", status=HTTPStatus.NOT_FOUND)
        job = self._job(recording, "en", clip, clip.parent, _PREVIEW)
        asked = {**job, "at_s": at_s, "people": people}
        told: dict[str, Any] = {}

        async def hear(more: Message) -> None:
            told.update(more)

        async with self._one_preview, child(asked, self._spare) as process:
            ending = await heard_out(process, _PREVIEW, hear)
        _refuse_unusable(ending)
        if ending.how != "done" or "picture" not in told:
            raise Refused("no_preview", status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return Preview(jpeg=base64.b64decode(told.pop("picture")), told=told)

    async def pair(self, wanted: Mapping[str, object]) -> bytes:
        """Return two recordings side by side as a JPEG or an MP4; nothing of it is kept."""
        return _whole(*await self._made(wanted, "pair", ".mp4"))

    async def logo(self, data: bytes) -> bytes:
        """Return a studio's logo as a small PNG, unpacked where it can do no harm."""
        with self._store.files.for_a_moment("logo") as given:
            await asyncio.to_thread(given.write_bytes, data)
            ending, made = await self._made({"logo": str(given)}, "logo", ".png")
        _refuse_unusable(ending)
        return _whole(ending, made)

    async def _made(
        self, wanted: Mapping[str, object], name: str, suffix: str
    ) -> tuple[Ending, bytes]:
        """Return how a worker ended that makes a file for this one answer, and the file."""
        with self._store.files.for_a_moment(name, suffix) as made:
            asked = {**wanted, "out": str(made), **_held_to(_PAIR)}
            async with self._one_preview, child(asked, self._spare) as process:
                ending = await heard_out(process, _PAIR, _unheard)
            return ending, await asyncio.to_thread(made.read_bytes)

    async def corrected(
        self, recording_id: str, seen: str, corrections: Mapping[str, object], by: str
    ) -> Recording:
        """Correct a recording by hand: measure it again from its points, and keep what follows.

        Raises
        ------
        CannotCorrect
            The recording does not allow it.
        StoreTrouble
            It was corrected or analysed meanwhile.
        Refused
            Its points were not kept, or measuring them took too long.
        """
        recording = await asyncio.to_thread(self._store.recordings.get, recording_id)
        visit = await asyncio.to_thread(self._store.visits.get, recording.visit_id)
        landmarks = self._store.files.result(recording_id) / LANDMARKS
        if not landmarks.is_file():
            raise Refused("correct_no_landmarks", status=HTTPStatus.CONFLICT)
        out = leftovers.hidden(self._store.files.passing, "corrected")
        job = self._job(recording, visit.language, landmarks, out, _CORRECTED)
        asked = {**job, "answers": dict(visit.answers), "corrections": corrections}
        try:
            await asyncio.to_thread(_emptied, out)
            async with self._one_preview, child(asked, self._spare) as process:
                ending = await heard_out(process, _CORRECTED, _unheard)
            if ending.how == "told" and ending.reason is not None:
                raise CannotCorrect(code=ending.reason.code, **ending.reason.values)
            if ending.how != "done":
                raise Refused("correct_no_landmarks", status=HTTPStatus.UNPROCESSABLE_ENTITY)
            return await asyncio.to_thread(
                self._store.corrected.keep,
                recording_id,
                seen,
                corrections,
                read_record(out / ANALYSIS),
                out,
                by,
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, out, ignore_errors=True)

    def _take_up(self) -> None:
        """Queue what an earlier server left running, and throw away what never arrived whole."""
        again = self._store.queue.requeue_running()
        if again:
            log.info("%d interrupted analyses are queued again", again)
        for part in self._store.files.incoming("0" * 32).parent.glob("*.part"):
            if _UPLOAD.fullmatch(part.name):
                part.unlink(missing_ok=True)
        try:
            self._store.recordings.take_up()
        except PostureError as trouble:  # what can be served is; the next start tries again
            log.warning("not all was put right: %s", brief(trouble))

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._sweep()
                recording = await asyncio.to_thread(self._store.queue.next)
                if recording is not None:
                    await self._analyse(recording)
                    continue
            except (PostureError, OSError) as trouble:  # the folder is gone, its disk is full
                log.warning("the queue waits: %s", brief(trouble))
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            except Exception:
                # one recording must never end the queue
                log.exception("the queue waits")
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            await self._along.dismissed_if_idle()
            await self._spare.dismissed(_UNUSED_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._woken.wait()

    async def _sweep(self) -> None:
        """Delete what need not be kept any longer, now and then."""
        if time.monotonic() - self._swept_s >= _SWEEP_EVERY_S:
            self._swept_s = time.monotonic()
            await asyncio.to_thread(self._store.sweep, datetime.now(UTC))

    async def _analyse(self, recording: Recording) -> None:
        source = self._source(recording.id)
        if source is None:
            await self._failed(recording, Reason("job_file_missing"))
            return
        visit = await asyncio.to_thread(self._store.visits.get, recording.visit_id)
        folder = self._store.files.folder(recording.id)
        work = folder / WORK
        job = self._job(recording, visit.language, source, work, self._config.job)
        job |= {"answers": dict(visit.answers)}  # a red flag keeps findings off the film too
        try:
            ending = await self._in_a_child(recording, job, visit_is_live=visit.is_live)
            if ending.how == "done":
                await self._done(recording, Path(ending.told["result"]))
            elif ending.how == "died" and recording.attempts < self._config.job.tries:
                await self._patiently(self._store.queue.requeue_running)
            elif ending.reason is not None:
                await self._failed(recording, ending.reason)
        except asyncio.CancelledError:  # the server stops: the next one takes it up
            with suppress(PostureError):
                self._store.queue.give_back(recording.id)
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
            self._tidy(recording.id, folder)

    def _tidy(self, recording_id: str, folder: Path) -> None:
        """Leave nothing of a recording that was deleted while a child wrote beside it."""
        try:
            self._store.recordings.get(recording_id)
        except PostureError as trouble:
            if trouble.reason.code == "no_such_recording":
                shutil.rmtree(folder, ignore_errors=True)

    def _job(
        self, recording: Recording, language: str, source: Path, work: Path, limits: JobLimits
    ) -> dict[str, object]:
        return {
            "clip": str(source),
            "out": str(work),
            "name": recording.file_name,
            **self._asked(recording.settings, language, limits),
        }

    def _asked(
        self, settings: Mapping[str, object], language: str, limits: JobLimits
    ) -> dict[str, object]:
        return {
            "language": language if language == "ja" else "en",
            "settings": dict(settings),
            "model": self._config.model,
            "max_side_px": limits.max_side_px,
            **_held_to(limits),
        }

    async def _in_a_child(
        self, recording: Recording, job: Mapping[str, object], *, visit_is_live: bool
    ) -> Ending:
        work = Path(str(job["out"]))
        await asyncio.to_thread(_emptied, work)
        known = await self._along.taken(recording.id)
        async with child(job, self._spare, known) as process:
            self._running = (recording.id, process)
            if visit_is_live:
                await self.warm()  # the next step is being recorded

            async def hear(told: Message) -> None:
                if "numbers" in told:
                    await self._numbers(recording, Path(told["numbers"]))
                if "stage" in told and not await self._wanted(recording, told):
                    end(process)

            try:
                return await heard_out(process, self._config.job, hear)
            finally:
                self._running = None

    async def _wanted(self, recording: Recording, told: Message) -> bool:
        """Write down how far it is; False where it was cancelled or deleted meanwhile."""
        stage, done, of = told["stage"], int(told["done"]), int(told["of"])
        try:
            return await asyncio.to_thread(
                self._store.queue.progress, recording.id, stage, done, of
            )
        except PostureError as trouble:
            return trouble.reason.code != "no_such_recording"  # locked: the next one will do

    async def _numbers(self, recording: Recording, made: Path) -> None:
        """Let the numbers be seen while the film is still being drawn."""
        record = await asyncio.to_thread(read_record, made)
        await self._patiently(lambda: self._store.queue.first_numbers(recording.id, record))

    async def _done(self, recording: Recording, made: Path) -> None:
        """Put the results into their place, all at once, and then say that they are there."""
        result = self._store.files.result(recording.id)
        record = await asyncio.to_thread(_placed, made, result)
        await self._patiently(lambda: self._store.queue.finish(recording.id, record))
        await self._patiently(lambda: self._store.recordings.apply_keep(recording.id))

    async def _failed(self, recording: Recording, reason: Reason) -> None:
        await self._patiently(
            lambda: self._store.queue.fail(recording_id=recording.id, reason=reason)
        )

    async def _patiently(self, write: Callable[[], Answer]) -> Answer | None:
        """Write into the database, again and again while it is locked; None where it is gone."""
        while True:
            try:
                return await asyncio.to_thread(write)
            except PostureError as trouble:
                if trouble.reason.code != "database_locked":
                    log.warning("not written: %s", brief(trouble))
                    return None
            await asyncio.sleep(_AGAIN_AFTER_S)

    def _source(self, recording_id: str) -> Path | None:
        """Return what a recording can be analysed from: the clip, else its landmarks."""
        clip = self._store.files.clip(recording_id)
        landmarks = self._store.files.result(recording_id) / LANDMARKS
        return next((path for path in (clip, landmarks) if path.is_file()), None)


def _held_to(limits: JobLimits) -> dict[str, object]:
    """Return what a job is told of its limits."""
    return {"memory_bytes": limits.memory_bytes, "cpu_s": limits.cpu_s, "nice": limits.nice}


async def _unheard(_: Message) -> None:
    """Take no notice of how far a worker is."""


def _refuse_unusable(ending: Ending) -> None:
    """Refuse what a worker was given and said why it cannot be used."""
    if ending.how == "told" and ending.reason is not None:
        raise UnusableClip(code=ending.reason.code, **ending.reason.values)


def _whole(ending: Ending, made: bytes) -> bytes:
    """Return what a worker made; refused where it did not come to its end."""
    if ending.how != "done" or not made:
        raise Refused("no_preview", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return made


def _emptied(folder: Path) -> None:
    remove_any(folder)  # of a worker that was killed just now, maybe
    with explained(folder):
        folder.mkdir(parents=True)


def _placed(made: Path, result: Path) -> Mapping[str, object]:
    """Put a whole folder of results where the last one was; return its analysis.json."""
    record = read_record(made / ANALYSIS)
    old = result.with_name(OLD_RESULT)
    with explained(result):
        remove_any(old)
        if result.exists():
            machine.patiently(lambda: result.rename(old))  # a page may be reading in it
        machine.patiently(lambda: made.rename(result))
    shutil.rmtree(old, ignore_errors=True)
    return record
