"""What a Dask scheduler costs for each clip: tasks that measure nothing, on two workers.

Run as `uv run python tools/bench_cluster.py 1000 10000`.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posture import machine
from posture.batch.clips import Row, Task
from posture.batch.cluster import Cluster
from posture.batch.rows import failed
from posture.distribution import version_here
from posture.settings import Settings
from posture.types import Reason

_WORKERS = 2


def nothing(task: Task) -> Row:
    """Return a row with all its columns, and measure nothing."""
    return failed(task, Reason("empty_file"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What so many tasks took."""

    tasks: int
    wall_ms: float  # of each
    own_ms: float  # processor time of each, of who hands them out and takes the rows
    scheduler_ms: float  # processor time of each
    before_mb: float  # memory of the scheduler
    peak_mb: float
    after_mb: float


def measured(counts: Sequence[int]) -> Iterator[Cost]:
    """Yield what each number of tasks costs, each with a scheduler and workers of its own."""
    for count in counts:
        with _started() as (address, scheduler):
            yield _cost(address, scheduler, count)


def _cost(address: str, scheduler: int, count: int) -> Cost:
    plain = Settings()
    version = version_here()
    tasks = (
        Task(source="/", name=f"clip {number}", settings=plain, mark="", version=version)
        for number in range(count + 1)
    )
    rows = Cluster(address, work="tools.bench_cluster:nothing").rows(tasks)
    next(rows)  # the workers are there and have read in what they need
    before_mb = peak_mb = machine.memory_mb(scheduler)
    begun_s, own_s, there_s = time.monotonic(), time.process_time(), machine.cpu_s(scheduler)
    for number, _ in enumerate(rows):
        if number % 100 == 0:
            peak_mb = max(peak_mb, machine.memory_mb(scheduler))
    return Cost(
        tasks=count,
        wall_ms=1000 * (time.monotonic() - begun_s) / count,
        own_ms=1000 * (time.process_time() - own_s) / count,
        scheduler_ms=1000 * (machine.cpu_s(scheduler) - there_s) / count,
        before_mb=before_mb,
        peak_mb=peak_mb,
        after_mb=machine.memory_mb(scheduler),
    )


@contextlib.contextmanager
def _started() -> Iterator[tuple[str, int]]:
    """Yield the address and the process number of a scheduler with two workers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = str(sock.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    scheduler = _dask("scheduler", "--host", "127.0.0.1", "--port", port)
    workers = _dask("worker", address, "--nthreads", "1", "--nworkers", str(_WORKERS))
    try:
        yield address, scheduler.pid
    finally:
        for process in (workers, scheduler):
            machine.kill(process.pid)
            process.wait()


def _dask(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "dask", *words, "--no-dashboard"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **machine.apart(),
    )


def main() -> None:
    """Print a table for the numbers of tasks that are named."""
    counts = [int(word) for word in sys.argv[1:]] or [1000]
    sys.stdout.write(
        "| tasks | a task, wall | processor: who hands out | scheduler | its memory, MB |\n"
        "|---|---|---|---|---|\n"
    )
    for cost in measured(counts):
        sys.stdout.write(
            f"| {cost.tasks:,} | {cost.wall_ms:.1f} ms | {cost.own_ms:.1f} ms "
            f"| {cost.scheduler_ms:.1f} ms | {cost.before_mb:.0f}, at most {cost.peak_mb:.0f}, "
            f"at the end {cost.after_mb:.0f} |\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
