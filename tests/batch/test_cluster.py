"""A batch on workers of a Dask scheduler, started by hand as the docs say; some of them die."""

from __future__ import annotations

import os
import pickle
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from posture.batch import cluster
from posture.batch.clips import Row, Task
from posture.batch.cluster import Cluster
from posture.errors import MissingLibrary, PostureError
from posture.outputs.words import LANGUAGES, sentence
from tests.batch.crews import WORK, row_of, task_of

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs" / "cluster.md"
ADDRESS = "tcp://192.168.1.20:8786"
pytestmark = [
    pytest.mark.linux,
    pytest.mark.filterwarnings("ignore"),  # of the libraries, when a scheduler goes away
]
PATIENCE_S = 90.0


def documented(program: str) -> list[str]:
    """The line that starts a scheduler or a worker, as the docs have it."""
    (line,) = re.findall(rf"^uv run (dask {program} .*)$", DOCS.read_text("utf-8"), re.MULTILINE)
    return shlex.split(line)


@dataclass
class Machines:
    """Schedulers and workers started by hand, as processes of this machine."""

    folder: Path
    port: int = 0
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, program: str, **more: str) -> subprocess.Popen[bytes]:
        """Start what the docs say, on this machine and at a port that is free."""
        told = [
            word.replace(ADDRESS, self.address)
            .replace("192.168.1.20", "127.0.0.1")
            .replace("8786", str(self.port))
            for word in documented(program)
        ]
        told[0] = str(Path(sys.executable).parent / "dask")
        if program == "worker":
            told[told.index("--nworkers") + 1] = "1"
        done = subprocess.Popen(
            [*told, "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{program}-{len(self.running)}.log").open("wb"),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment, **more},
            start_new_session=True,
        )
        self.running.append(done)
        return done

    def begin(self, workers: int, **more: str) -> list[subprocess.Popen[bytes]]:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.start("scheduler")
        return [self.start("worker", **more) for _ in range(workers)]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a program and what it started, as a power cut does."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    there = Machines(tmp_path)
    try:
        yield there
    finally:
        there.end()


def names(rows: Iterable[tuple[Task, Row]]) -> list[str]:
    return sorted(task.name for task, _ in rows)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(PostureError, match=code) as told:
        yield
    assert all(sentence(told.value.reason, language) for language in LANGUAGES)


@pytest.mark.slow
def test_workers_by_hand_give_the_rows_of_one_machine_though_one_is_killed(
    machines: Machines,
) -> None:
    tasks = [task_of(f"slow/0.05/{number:03d}") for number in range(60)]
    _, doomed = machines.begin(2)
    rows: list[tuple[Task, Row]] = []

    for done in Cluster(machines.address, work=WORK).rows(iter(tasks)):
        rows.append(done)
        if len(rows) == 20:
            machines.kill(doomed)

    assert names(rows) == [task.name for task in tasks]
    assert all(row == row_of(task) for task, row in rows)


@pytest.mark.slow
def test_a_clip_that_kills_its_worker_is_tried_once_more_and_then_told(
    machines: Machines, tmp_path: Path
) -> None:
    once, always = tmp_path / "once", tmp_path / "always"
    once.mkdir()
    always.mkdir()
    others = [task_of(f"n/{number}") for number in range(6)]
    runs = ([task_of("kill-once/a", once), *others[:3]], [task_of("kill/b", always), *others[3:]])
    machines.begin(3)

    rows = {
        task.name: row
        for tasks in runs  # one after another: what is in flight where two die is told as well
        for task, row in Cluster(machines.address, work=WORK).rows(iter(tasks))
    }

    assert sorted(rows) == sorted(task.name for tasks in runs for task in tasks)
    assert rows["kill/b"]["reason_code"] == "worker_died"
    assert {row["reason_code"] for name, row in rows.items() if name != "kill/b"} == {"empty_file"}
    assert len(list(always.iterdir())) == 2


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_one_sentence_and_the_rows_so_far_stay(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_SILENT_S", 2.0)
    machines.begin(1)
    rows = []

    def all_of_them() -> None:
        tasks = (task_of(f"slow/0.1/{number}") for number in count())
        for task, _ in Cluster(machines.address, work=WORK).rows(tasks):
            rows.append(task.name)
            if len(rows) == 5:
                machines.kill(machines.running[0])

    begun_s = time.monotonic()
    with refused("cluster_gone"):
        all_of_them()

    assert len(rows) == len(set(rows)) >= 5
    assert time.monotonic() - begun_s < PATIENCE_S


@pytest.mark.slow
def test_workers_that_all_go_away_are_one_sentence_unless_others_come(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_WORKERS_S", 15.0)
    (only,) = machines.begin(1)
    rows = []

    def all_of_them(after: Callable[[], object]) -> None:
        tasks = (task_of(f"slow/0.05/{number}") for number in range(20))
        for task, _ in Cluster(machines.address, work=WORK).rows(tasks):
            rows.append(task.name)
            if len(rows) == 5:
                machines.kill(machines.running[-1])
                after()

    all_of_them(lambda: machines.start("worker"))
    assert len(rows) == len(set(rows)) == 20
    rows.clear()
    monkeypatch.setattr(cluster, "_WORKERS_S", 2.0)
    with refused("cluster_no_workers"):
        all_of_them(lambda: None)
    assert only.poll() is not None


@pytest.mark.slow
def test_a_worker_of_another_version_or_that_does_not_see_the_clips_is_refused(
    machines: Machines, tmp_path: Path
) -> None:
    machines.begin(1)
    crew = Cluster(machines.address, work=WORK)

    with refused("cluster_other_version"):
        next(iter(crew.rows(iter([task_of("a", version="0.0.1")]))))
    with refused("cluster_other_model"):
        next(iter(crew.rows(iter([task_of("a", model="0" * 12)]))))
    with refused("cluster_clips_unseen"):
        next(iter(crew.rows(iter([task_of("a", tmp_path / "nowhere.mp4")]))))
    out = tmp_path / "out"
    assert names(crew.rows(iter([task_of("a", folder=str(out))]))) == ["a"]
    assert not out.exists()


@pytest.mark.slow
def test_a_worker_without_this_program_is_refused(machines: Machines) -> None:
    hidden = machines.folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['posture'] = None\n", "utf-8")
    machines.begin(1, PYTHONPATH=str(hidden))

    with refused("cluster_no_posture"):
        next(iter(Cluster(machines.address, work=WORK).rows(iter([task_of("a")]))))


NOBODY = "tcp://127.0.0.1:{free}"


# distributed's own loop does not start now and then where clients fail one after another
@pytest.mark.flaky(reruns=3)
@pytest.mark.timeout(60, method="signal" if hasattr(signal, "SIGALRM") else "thread")
@pytest.mark.parametrize(
    "address", [NOBODY, "nonsense", "gopher://host:1", "tcp://127.0.0.1:99999999"]
)
def test_nobody_at_the_address_is_one_sentence(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        free = sock.getsockname()[1]

    with refused("cluster_not_there"):
        next(iter(Cluster(address.format(free=free), work=WORK).rows(iter([task_of("a")]))))


def test_without_the_package_it_is_told_with_the_line_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MissingLibrary, match="cluster_package") as told:
        next(iter(Cluster("local").rows(iter([task_of("a")]))))

    assert "install distributed fsspec" in sentence(told.value.reason, "en")


@pytest.mark.slow
def test_a_connection_that_breaks_costs_no_clip(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [task_of(f"slow/0.1/{number:03d}", tmp_path / f"{number}") for number in range(40)]
    for task in tasks:
        Path(task.source).touch()
    machines.begin(2)
    clients: list[Any] = []
    check = cluster._check_workers  # noqa: SLF001 - the client is nobody else's

    def noted(client: Any, first: Task) -> None:  # noqa: ANN401 - Dask has no types
        clients.append(client)
        check(client, first)

    monkeypatch.setattr(cluster, "_check_workers", noted)
    rows: list[tuple[Task, Row]] = []

    for done in Cluster(machines.address, work=WORK).rows(iter(tasks)):
        rows.append(done)
        if len(rows) in {5, 20}:
            clients[0].loop.add_callback(clients[0].scheduler_comm.comm.abort)

    assert names(rows) == [task.name for task in tasks]
    assert all(row == row_of(task) for task, row in rows)


@dataclass
class Given:
    """A future of a client that loses its connection after the first few."""

    key: object
    status: str
    row: Row

    def add_done_callback(self, told: Callable[[Given], object]) -> None:
        told(self)

    def result(self, timeout: float) -> Row:
        assert timeout > 0
        return self.row

    def release(self) -> None:
        pass


@dataclass
class Losing:
    """A client whose scheduler calls off what it was given, so many times."""

    times: int
    status: str = "running"
    given: int = 0

    def nthreads(self) -> dict[str, int]:
        return {"a": 1}

    def submit(self, _: object, packed: bytes, *__: object, key: object, pure: bool) -> Given:
        assert not pure
        self.given += 1
        gone = ("cancelled", "lost")[self.given % 2]
        task = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own
        return Given(key, gone if self.given <= self.times else "finished", row_of(task))

    def cancel(self, *_: object, **__: object) -> None:
        pass

    def set_metadata(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("times", "codes"), [(5, {"empty_file"}), (10**6, {"worker_died"})])
def test_what_a_broken_connection_calls_off_is_given_out_anew_but_not_for_ever(
    times: int, codes: set[str]
) -> None:
    tasks = [task_of(f"n/{number}", f"/{number}") for number in range(4)]
    client = Losing(times)

    rows = list(cluster._Rows(client, WORK, iter(tasks)).come())  # noqa: SLF001 - no such scheduler

    assert names(rows) == [task.name for task in tasks]
    assert {row["reason_code"] for _, row in rows} == codes


def test_without_tasks_nobody_is_asked() -> None:
    assert list(Cluster("tcp://127.0.0.1:1").rows(iter([]))) == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_a_local_cluster_gives_the_same_rows_with_any_number_of_workers(workers: int) -> None:
    tasks = [task_of(f"n/{number:03d}") for number in range(40)]

    rows = sorted(
        Cluster("local", count=workers, work=WORK).rows(iter(tasks)), key=lambda one: one[0].name
    )

    assert rows == [(task, row_of(task)) for task in tasks]
