"""Processes of this machine that do tasks: started once, watched, replaced when they die.

One thread hands out the tasks and hears of everything by pipes, so that nothing is asked of the
system but processes and pipes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

from posture import machine
from posture.batch.clips import TRIES, Row, Task
from posture.batch.rows import failed
from posture.batch.worker import serve
from posture.errors import PostureError
from posture.types import Reason

_LOOK_EVERY_S = 0.5  # ours; at the memory, and whether a clip takes too long
_START_S = 180.0  # ours; reading in the libraries takes 3 s, on a machine under load ten times that
_STARTS = 3  # ours; so many in a row that come to nothing: there is something wrong here
_WORN_MB = 450.0  # ours; native code leaks a little with every clip
_WORN_GROWTH = 1.25  # ours; a worker may always need more than that on this machine
_LEAST_LIMIT_MB = 1000.0  # ours; one clip of 1080p takes 700


def usual_memory_limit_mb(workers: int) -> float:
    """Return what each of so many workers may hold where nothing was said: a share of what is."""
    return max(_LEAST_LIMIT_MB, 0.8 * machine.whole_memory_mb() / workers)


class Workers:
    """A crew of processes on this machine.

    `work` names the function that does a task as `module:function`, `preload` the modules that are
    read in before it. A clip that takes longer than `time_limit_s`, or whose worker holds more than
    `memory_limit_mb`, is ended and has the reason in its row.
    """

    def __init__(
        self,
        count: int,
        *,
        time_limit_s: float | None = None,
        memory_limit_mb: float | None = None,
        work: str = "posture.batch.work:work",
        preload: Sequence[str] = ("posture.batch.preload",),
    ) -> None:
        if count < 1:
            raise ValueError(f"expected one worker or more, got {count}")
        self._count = count
        self._time_limit_s = time_limit_s
        self._memory_limit_mb = memory_limit_mb or usual_memory_limit_mb(count)
        self._work = work
        self._preload = tuple(preload)
        self._vain_starts = 0

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        """Yield each task with its row as they are done.

        Raises
        ------
        PostureError
            No worker starts here.
        """
        waiting = _Waiting(tasks)
        crew: list[_Worker] = []
        context = _context(self._preload)
        try:
            while True:
                self._hand_out(waiting, crew, context)
                if not crew:
                    return
                done = [found for worker in _ready(crew) if (found := self._heard(worker, waiting))]
                crew[:] = [worker for worker in crew if worker.is_there]
                self._hand_out(waiting, crew, context)  # before anybody looks at the rows
                yield from done
        finally:
            for worker in crew:
                worker.kill()
            for worker in crew:
                worker.end()

    def _hand_out(self, waiting: _Waiting, crew: list[_Worker], context: BaseContext) -> None:
        free = [worker for worker in crew if worker.task is None]
        while (free or len(crew) < self._count) and (task := waiting.take()) is not None:
            if not free:
                try:
                    crew.append(self._started(context))
                except OSError as trouble:
                    waiting.put_back(task)
                    if not crew:
                        why = trouble.strerror or str(trouble)
                        raise PostureError("workers_do_not_start", why=why) from trouble
                    return  # fewer of them, then
                free.append(crew[-1])
            free.pop().take(task)
        for worker in free:
            worker.end()
            crew.remove(worker)

    def _started(self, context: BaseContext) -> _Worker:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._work), daemon=True)  # type: ignore[attr-defined] # every context has it
        try:
            with _one_thread_each(), machine.interrupts_kept_from_children():
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Worker(process, ours)

    def _heard(self, worker: _Worker, waiting: _Waiting) -> tuple[Task, Row] | None:
        """Return a task that is over with its row, if there is one; the worker may be, too."""
        task = worker.task
        if task is None:
            worker.end()  # nobody asked it: it died at rest
            return None
        try:
            while worker.pipe.poll():
                told = worker.pipe.recv()
                if told is None:
                    worker.begun_s, self._vain_starts = time.monotonic(), 0
                    continue
                row, held_mb = told
                worker.task = None
                if worker.is_worn(held_mb):
                    worker.end()
                return task, row
        except (EOFError, OSError):
            return self._died(worker, task, waiting)
        reason = self._beyond(worker)
        if reason is None:
            return None
        worker.kill()
        worker.end()
        return task, failed(task, reason)

    def _beyond(self, worker: _Worker) -> Reason | None:
        """Return why a worker has to be ended; None where it may go on."""
        now_s = time.monotonic()
        if worker.begun_s is None:
            if now_s - worker.asked_s > _START_S:
                raise PostureError("workers_do_not_start", why=f"{_START_S:.0f} s")
            return None
        if self._time_limit_s is not None and now_s - worker.begun_s > self._time_limit_s:
            return Reason("took_too_long", {"limit_s": self._time_limit_s})
        if worker.held_mb() > self._memory_limit_mb:
            return Reason("too_much_memory", {"limit_mb": self._memory_limit_mb})
        return None

    def _died(self, worker: _Worker, task: Task, waiting: _Waiting) -> tuple[Task, Row] | None:
        begun = worker.begun_s is not None
        why = worker.end()
        if not begun:
            self._vain_starts += 1
            if self._vain_starts >= _STARTS:
                raise PostureError("workers_do_not_start", why=why)
        if waiting.again(task, counts=begun):
            return None
        return task, failed(task, Reason("worker_died", {"why": why}))


class _Waiting:
    """Tasks that nobody has yet; one whose worker died comes back."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._back: deque[Task] = deque()
        self._tries: Counter[str] = Counter()

    def take(self) -> Task | None:
        return self._back.popleft() if self._back else next(self._tasks, None)

    def put_back(self, task: Task) -> None:
        self._back.appendleft(task)

    def again(self, task: Task, *, counts: bool) -> bool:
        """Put a task back unless it has been tried often enough; whether it was."""
        self._tries[task.source] += counts
        if self._tries[task.source] >= TRIES:
            return False
        self._back.append(task)
        return True


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    asked_s: float = 0.0
    begun_s: float | None = None
    first_mb: float = 0.0
    is_there: bool = True

    def take(self, task: Task) -> None:
        """Hand it a task; that it has died shows when it is listened to."""
        self.task, self.asked_s, self.begun_s = task, time.monotonic(), None
        with contextlib.suppress(OSError):
            self.pipe.send(task)

    def is_worn(self, held_mb: float) -> bool:
        self.first_mb = self.first_mb or held_mb
        return held_mb > max(_WORN_MB, _WORN_GROWTH * self.first_mb)

    def held_mb(self) -> float:
        """Return how much memory it holds; 0 where it is gone."""
        return machine.memory_mb_or_none(self.process.pid or 0) or 0.0

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        if self.process.exitcode is None and self.process.pid is not None:
            machine.kill(self.process.pid)

    def end(self) -> str:
        """Wait for its end, and bring it about where it does not come; return how it ended."""
        self.is_there = False
        if not self._ended_by_itself():
            self.kill()
        self.pipe.close()
        self.process.join(_LEAVE_S)
        code = self.process.exitcode
        return "?" if code is None else machine.ending(code)

    def _ended_by_itself(self) -> bool:
        """Give one that has died, or has nothing to do, a moment for its end."""
        if self.task is None:
            with contextlib.suppress(OSError):
                self.pipe.send(None)
            self.process.join(_LEAVE_S)
        else:
            self.process.join(_DYING_S)
        return self.process.exitcode is not None


_LEAVE_S = 2.0  # ours; to end a process that does nothing
_DYING_S = 0.2  # ours; between the end of a pipe and that of its process


def _ready(crew: Sequence[_Worker]) -> list[_Worker]:
    """Wait until somebody is heard, but no longer than between two looks; return whom to hear."""
    ready = set(map(id, wait([worker.pipe for worker in crew], _LOOK_EVERY_S)))
    return [worker for worker in crew if id(worker.pipe) in ready or worker.task is not None]


def _context(preload: Sequence[str]) -> BaseContext:
    """Return how workers start: from a process that has read in everything, where that is safe."""
    if machine.can_fork_beside_libraries():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["__main__", *preload])  # who starts reads it, too
        with _one_thread_each(), machine.interrupts_kept_from_children():
            if machine.fork_server_runs():
                return context
    return multiprocessing.get_context("spawn")


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Have children reckon in one thread each: there are as many of them as cores.

    It also leaves a process without threads, from which others can be made.
    """
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
