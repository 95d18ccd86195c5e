"""What a batch costs beside the analyses in it: many clips' points through all of it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from posture import machine
from posture.batch.clips import Clip, Row, Task
from posture.batch.rows import failed
from posture.batch.run import Step, question, run_batch
from posture.batch.workers import Workers
from posture.landmarks.store import save_landmarks
from posture.pipeline import landmarks_of
from posture.settings import Settings
from posture.types import Landmarks, Reason

_LOOK_EVERY_S = 0.25
_EMPTY_TASKS = 10  # for each clip: so much less does one cost


def batch_cost(clip: Path, count: int) -> Iterator[str]:
    """Yield what a batch of so many clips costs: all, one that is done already, empty tasks.

    The clip is followed once; each of the others is its points, with a mark of its own behind
    them, so that none is equal to another. No files are written for them, so that what is
    measured is the analysis from points, and the batch around it.

    Raises
    ------
    UnusableClip
        The clip cannot be read or shows nobody to measure.
    """
    with tempfile.TemporaryDirectory(prefix="posture-bench-") as name:
        folder = Path(name)
        begun_s = time.monotonic()
        with machine.without_native_chatter():
            seen = landmarks_of(clip, Settings())
        _copies(seen, count, folder / "clips")
        yield (
            f"{count} clips of points, {len(seen.time_s)} pictures each, made in "
            f"{time.monotonic() - begun_s:.0f} s; {machine.cores()} cores, "
            f"load {machine.load():.1f}"
        )
        command = ["batch", str(folder / "clips"), "--out", str(folder / "out"), "--quiet"]
        command += ["--artifacts", "none", "--workers", str(machine.cores())]
        used = _watched([sys.executable, "-m", "posture", *command])
        hours = used.cpu_s / 3600
        yield (
            f"all: wall {used.wall_s:.1f} s, processor {used.cpu_s:.1f} s; "
            f"{count / hours:.0f} clips a core-hour, {1000 * used.cpu_s / count:.0f} ms each; "
            f"the one that hands out held {used.parent_mib:.0f} MiB at most and took "
            f"{1000 * used.parent_cpu_s / count:.1f} ms a clip, a worker {used.worker_mib:.0f} MiB"
        )
        again = _watched([sys.executable, "-m", "posture", *command])
        yield (
            f"the same again, all done: wall {again.wall_s:.2f} s, processor {again.cpu_s:.2f} s, "
            f"{again.parent_mib:.0f} MiB"
        )
        yield from _empty(folder / "empty", count * _EMPTY_TASKS)


def _copies(seen: Landmarks, count: int, folder: Path) -> None:
    folder.mkdir()
    first = folder / "first.npz"
    save_landmarks(first, seen)
    contents = first.read_bytes()
    first.unlink()
    for number in range(count):  # what comes behind an archive's end is read by nobody
        (folder / f"{number:06d}.npz").write_bytes(contents + number.to_bytes(8))


def _empty(out: Path, count: int) -> Iterator[str]:
    """Yield what it costs to hand out a clip and to keep its row, with nothing done in between."""
    asked = question(Settings())
    begun_s = time.perf_counter()
    crew = Workers(machine.cores(), work=f"{__name__}:nothing", preload=())
    tasks = (replace(asked, source=str(number)) for number in range(count))
    handed = sum(1 for _ in crew.rows(tasks))
    yield (
        f"{handed} empty tasks by {machine.cores()} workers: "
        f"{1000 * (time.perf_counter() - begun_s) / count:.2f} ms each"
    )
    clips = [Clip(source=f"none://{number}", name=f"{number:06d}") for number in range(count)]
    steps: list[Step] = []
    begun_s = time.perf_counter()
    run_batch(clips, out, Settings(), _Nothing(), progress=steps.append)
    yield (
        f"{len(steps) - 1} rows kept and written as a table: "
        f"{1000 * (time.perf_counter() - begun_s) / count:.2f} ms each"
    )


def nothing(task: Task) -> Row:
    """Return a row at once."""
    return failed(task, Reason("empty_file"), hashlib.sha256(task.source.encode()).hexdigest())


class _Nothing:
    """A crew that does nothing, here."""

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        for task in tasks:
            yield task, nothing(task)


@dataclass(slots=True)
class _Used:
    wall_s: float = 0.0
    cpu_s: float = 0.0
    parent_cpu_s: float = 0.0
    parent_mib: float = 0.0
    worker_mib: float = 0.0


def _watched(command: list[str]) -> _Used:
    """Run a command and return what it and all that it started took, as far as it was seen."""
    used = _Used()
    taken: dict[tuple[int, float], float] = {}
    begun_s = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:  # noqa: S603 - this program itself
        while run.poll() is None:
            for number, one in enumerate(_below(run.pid)):
                try:
                    mib, times = one.memory_info().rss / 2**20, one.cpu_times()
                except psutil.Error:
                    continue
                taken[one.pid, one.create_time()] = times.user + times.system
                if number:
                    used.worker_mib = max(used.worker_mib, mib)
                else:
                    used.parent_cpu_s = times.user + times.system
                    used.parent_mib = max(used.parent_mib, mib)
            time.sleep(_LOOK_EVERY_S)
    used.wall_s = time.monotonic() - begun_s
    used.cpu_s = sum(taken.values())
    return used


def _below(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
