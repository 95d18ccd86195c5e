"""A crew on the cores of several machines, through Dask distributed.

Whoever does a task there runs the same function as a worker of this machine, so that the rows are
the same. A worker process does one clip at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import pickle
import queue
import threading
import time
import uuid
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from posture.batch.clips import TRIES, Row, Task, doer
from posture.batch.rows import failed
from posture.distribution import CLUSTER, version_here
from posture.errors import MissingLibrary, PostureError
from posture.files import explained
from posture.libraries import install_command
from posture.types import Reason

LOCAL = "local"

_CONNECT_S = 20.0  # ours; until a scheduler has answered
_WORKERS_S = 60.0  # ours; until the first worker is there, and until one comes back
_SILENT_S = 20.0  # ours; a scheduler that is away so long has gone away
_LOOK_EVERY_S = 0.5
_FETCH_S = 60.0  # ours; a row is some kilobytes
_CALLED_OFF = 10  # ours; times that a clip is given out anew after a connection broke
_AHEAD = 2  # tasks a worker has: the next one is there when one is done
_GONE = ("cancelled", "lost")  # of a task: nobody will ever do it
_GROUP = 1000  # ours; tasks whose tries the scheduler keeps together
_CLOSE_S = 5.0
_DASHBOARD = "127.0.0.1:8787"
# A clip that two workers died on is left alone by us; the scheduler shall not decide it before.
_CONFIG = {"distributed.scheduler.allowed-failures": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a worker says of itself before it gets any clip."""

    address: str = ""
    version: str = ""
    model: str = ""
    sees_clips: bool = True
    sees_out: bool = True


class Cluster:
    """The workers of a Dask scheduler, or of a cluster that is started here for the run.

    `address` is where a scheduler listens, or `local` for `count` worker processes on this
    machine. `work` names the function that does a task as `module:function`. `seen` is told the
    address of the page that shows the workers, where there is one.
    """

    def __init__(
        self,
        address: str,
        *,
        count: int = 1,
        work: str = "posture.batch.work:work",
        seen: Callable[[str], None] | None = None,
    ) -> None:
        self._address = address
        self._count = count
        self._work = work
        self._seen = seen

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        """Yield each task with its row as they are done.

        Raises
        ------
        PostureError
            Nobody listens there, or no longer; no worker comes; a worker is of another version,
            or does not see the clips or the folder for the results.
        """
        waiting = iter(tasks)
        first = next(waiting, None)
        if first is None:
            return
        with _client(self._address, self._count) as client:
            if self._seen is not None and find_spec("bokeh") is not None:
                self._seen(str(client.dashboard_link))
            _check_workers(client, first)
            yield from _Rows(client, self._work, itertools.chain([first], waiting)).come()


class _Rows:
    """Tasks given out, two at a time for each worker, and their rows as they come."""

    def __init__(self, client: Any, work: str, tasks: Iterator[Task]) -> None:  # noqa: ANN401 - Dask has no types
        self._client = client
        self._work = work
        self._tasks = tasks
        self._run = f"posture-{uuid.uuid4().hex[:12]}"
        self._given = 0
        self._open: dict[object, tuple[Task, Any]] = {}
        self._told: queue.SimpleQueue[object] = queue.SimpleQueue()  # keys of tasks that are over
        self._called_off: Counter[str] = Counter()  # by the clip
        self._there_s = self._looked_s = time.monotonic()
        self._workers = _count_workers(client)

    def come(self) -> Iterator[tuple[Task, Row]]:
        """Yield the rows; closing ends the work."""
        try:
            while True:
                self._give()
                if not self._open:
                    return
                done = self._next()
                self._look()
                if done is not None:
                    yield done
        finally:
            with contextlib.suppress(Exception):
                self._client.cancel([future for _, future in self._open.values()], force=True)
                self._client.set_metadata([self._run], {})

    def _give(self) -> None:
        while len(self._open) < max(1, _AHEAD * self._workers):
            task = next(self._tasks, None)
            if task is None:
                return
            group, key = str(self._given // _GROUP), (self._run, self._given)  # one group for Dask
            if self._given % _GROUP == 0 and self._given >= 2 * _GROUP:
                with contextlib.suppress(Exception):  # the scheduler may be away for a moment
                    self._client.set_metadata([self._run, str(int(group) - 2)], {})
            self._given += 1
            place = [self._run, group, str(key[1])]
            future = self._client.submit(
                _done, _packed(task), self._work, place, key=key, pure=False
            )
            self._open[key] = (task, future)
            future.add_done_callback(self._over)

    def _over(self, future: Any) -> None:  # noqa: ANN401 - as above
        self._told.put(future.key)

    def _next(self) -> tuple[Task, Row] | None:
        """Return a task that is over, if one is within a moment."""
        try:
            key = self._told.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            return None
        if key not in self._open:
            return None
        task, future = self._open[key]
        told = self._again(key) if future.status in _GONE else self._result(future)
        if told is None:
            return None
        del self._open[key]
        future.release()
        if isinstance(told, _Known):
            _refuse_other(told, task, told.address)
            return None
        return task, failed(task, told) if isinstance(told, Reason) else told

    def _again(self, key: object) -> Reason | None:
        """Have a task given out anew: a connection that broke calls off all that was given out.

        Returns why it is left alone where that has happened too often.
        """
        task, _ = self._open[key]
        self._called_off[task.source] += 1
        if self._called_off[task.source] > _CALLED_OFF:
            return _died("cancelled")
        del self._open[key]
        self._tasks = itertools.chain([task], self._tasks)
        return None

    def _result(self, future: Any) -> Row | Reason | _Known | None:  # noqa: ANN401 - as above
        """Return what became of a task; None where that is not known yet."""
        try:
            if future.status == "finished":
                told: Row | Reason | _Known = future.result(timeout=_FETCH_S)
                return told
            if future.status == "error":
                return _died(type(future.exception(timeout=_FETCH_S)).__name__)
        except Exception as trouble:  # noqa: BLE001 - whoever had the row went away: done again
            if future.status == "error":
                return _died(type(trouble).__name__)
            future.add_done_callback(self._over)
        return None

    def _look(self) -> None:
        """Count the workers; end the run when they or the scheduler have been away too long."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        is_there = self._client.status == "running"
        if is_there:
            self._workers = _count_workers(self._client)
            if self._workers:
                self._there_s = now_s
        self._looked_s = time.monotonic()
        away_s = now_s - self._there_s
        if not is_there and away_s > _SILENT_S:
            raise PostureError("cluster_gone")
        if is_there and away_s > _WORKERS_S:
            raise PostureError("cluster_no_workers", wait_s=_WORKERS_S)


def _died(why: str) -> Reason:
    return Reason("worker_died", {"why": why})


def _for_anywhere(task: Task) -> Task:
    """Return a task that means the same in whatever folder a worker was started."""
    return task if task.url else replace(task, source=os.path.abspath(task.source))  # noqa: PTH100 - links stay


# --- the scheduler and its workers ----------------------------------------------------------------


@contextlib.contextmanager
def _client(address: str, count: int) -> Iterator[Any]:
    """Yield a client of the scheduler; one that was started here ends with it."""
    try:
        import dask  # noqa: PLC0415 - an extra
        from distributed import Client, LocalCluster  # noqa: PLC0415 - as above
    except ModuleNotFoundError as trouble:
        raise MissingLibrary("cluster_package", command=install_command(*CLUSTER)) from trouble
    # its own lines are about its own affairs: what matters is told in sentences
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"distributed\.")
    with contextlib.ExitStack() as opened:
        opened.enter_context(dask.config.set(_CONFIG))
        try:
            if address == LOCAL:
                address = opened.enter_context(
                    LocalCluster(  # type: ignore[no-untyped-call]
                        n_workers=count,
                        threads_per_worker=1,
                        dashboard_address=_DASHBOARD if find_spec("bokeh") else None,
                        silence_logs=logging.CRITICAL + 1,
                    )
                ).scheduler_address
            client = Client(  # type: ignore[no-untyped-call]
                address, timeout=_CONNECT_S, set_as_default=False
            )
        # an assertion is distributed's own word for its loop that did not start
        except (OSError, ValueError, TypeError, RuntimeError, AssertionError) as trouble:
            why = type(trouble).__name__
            raise PostureError("cluster_not_there", address=address, why=why) from trouble
        opened.callback(_close, client)
        yield client


def _close(client: Any) -> None:  # noqa: ANN401 - as above
    with contextlib.suppress(Exception):
        client.close(timeout=_CLOSE_S)


def _count_workers(client: Any) -> int:  # noqa: ANN401 - as above
    with contextlib.suppress(Exception):
        return len(client.nthreads())
    return 0


def _check_workers(client: Any, first: Task) -> None:  # noqa: ANN401 - as above
    """Ask every worker who it is and what it sees, before any clip is given out.

    Raises
    ------
    PostureError
        No worker comes, or one that is not as we are.
    """
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as trouble:
        raise PostureError("cluster_no_workers", wait_s=_WORKERS_S) from trouble
    task = _for_anywhere(first)
    with _token(task) as token:
        answers = client.run(_about_here, task, token, on_error="return")
    for worker, told in answers.items():
        if not isinstance(told, _Known):
            why = type(told).__name__
            raise PostureError("cluster_no_posture", worker=worker, why=why)
        _refuse_other(told, task, worker)
        if not told.sees_clips:
            raise PostureError("cluster_clips_unseen", worker=worker, path=task.source)
        if not told.sees_out:
            raise PostureError("cluster_out_unseen", worker=worker, path=task.folder)


def _refuse_other(told: _Known, task: Task, worker: str) -> None:
    if told.version != task.version:
        raise PostureError(
            "cluster_other_version", worker=worker, theirs=told.version, ours=task.version
        )
    if told.model != task.model:
        raise PostureError("cluster_other_model", worker=worker, theirs=told.model, ours=task.model)


@contextlib.contextmanager
def _token(task: Task) -> Iterator[str]:
    """Yield a file that only those see who see the folder for the results."""
    if not task.folder:
        yield ""
        return
    folder = Path(task.folder)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        token = folder / f".cluster-{uuid.uuid4().hex[:12]}"
        token.touch()
    try:
        yield str(token)
    finally:
        token.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # only where nothing lies in it


# --- what runs on a worker ------------------------------------------------------------------------

_ONE_AT_A_TIME = threading.Lock()  # the libraries' log lines are held back for a whole process


def _packed(task: Task) -> bytes:
    """Return a task as it is sent: a tenth of its size, as the scheduler keeps it for a while."""
    return zlib.compress(pickle.dumps(_for_anywhere(task)))


def _done(packed: bytes, work: str, place: list[str]) -> Row | Reason | _Known:
    """Do a task on a worker, which may have come after the others were asked who they are."""
    task: Task = pickle.loads(zlib.decompress(packed))  # noqa: S301 - from us, by way of Dask's own
    from distributed import get_worker  # noqa: PLC0415 - an extra
    from distributed.utils import sync  # noqa: PLC0415 - as above

    with _ONE_AT_A_TIME:
        worker = get_worker()
        told = _about_here(task)
        if (told.version, told.model) != (task.version, task.model):
            return replace(told, address=worker.address)
        tries = sync(worker.loop, worker.scheduler.get_metadata, keys=place, default=0)
        if tries >= TRIES:
            return _died("SIGKILL")
        sync(worker.loop, worker.scheduler.set_metadata, keys=place, value=tries + 1)
        return dict(doer(work)(task))


def _about_here(task: Task, token: str = "") -> _Known:
    """Return what this worker is, and whether it sees the clip and the folder for results."""
    return _Known(
        version=version_here(),
        model=_model_here(task.settings.model) if task.model else "",
        sees_clips=bool(task.url) or Path(task.source).exists(),
        sees_out=not token or Path(token).exists(),
    )


@cache
def _model_here(model: str) -> str:
    from posture.landmarks.models import find_model  # noqa: PLC0415 - takes long

    try:
        return find_model(model).sha256[:12]
    except PostureError as trouble:
        return trouble.reason.code
