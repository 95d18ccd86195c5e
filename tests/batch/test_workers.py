"""Workers do their tasks, are replaced when they die, and never outlive who asked them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from posture.batch.clips import Row
from posture.batch.workers import Workers
from posture.errors import PostureError
from tests.batch.doing import task

FAKE = "tests.batch.doing:by_name"


def done_by(names: list[str], count: int = 2, **limits: float) -> dict[str, Row]:
    """Have clips of these names done, each once."""
    crew = Workers(count, work=FAKE, preload=(), **limits)
    told = [(one.source, row) for one, row in crew.rows([task(name) for name in names])]
    assert sorted(name for name, _ in told) == sorted(names)
    return dict(told)


def test_every_task_is_done_once_by_no_more_workers_than_asked() -> None:
    rows = done_by([f"ok {n}" for n in range(40)], count=3)

    assert {row["status"] for row in rows.values()} == {"ok"}
    assert 1 <= len({row["facts"] for row in rows.values()}) <= 3


def test_no_task_starts_no_worker() -> None:
    assert done_by([]) == {}


@pytest.mark.linux
def test_a_worker_that_dies_costs_its_clip_only_after_a_second_try(tmp_path: Path) -> None:
    once = str(tmp_path / "once a")

    rows = done_by(["die", once, *(f"ok {n}" for n in range(6))])

    assert rows["die"]["reason_code"] == "worker_died"
    assert "SIGKILL" in rows["die"]["reason"]
    assert rows[once]["status"] == "ok"
    assert sum(row["status"] == "ok" for row in rows.values()) == 7


def test_a_clip_that_takes_too_long_is_broken_off() -> None:
    begun_s = time.monotonic()

    rows = done_by(["sleep 60", "ok 1", "ok 2"], time_limit_s=1.0)

    assert rows["sleep 60"]["reason_code"] == "took_too_long"
    assert rows["ok 2"]["status"] == "ok"
    assert time.monotonic() - begun_s < 40


def test_a_clip_that_takes_too_much_memory_is_broken_off() -> None:
    rows = done_by(["eat 900", "ok 1"], memory_limit_mb=700.0)

    assert rows["eat 900"]["reason_code"] == "too_much_memory"
    assert rows["ok 1"]["status"] == "ok"


def test_a_worker_that_has_grown_is_replaced() -> None:
    rows = done_by(["ok 1", "leave 600", "ok 2"], count=1)

    assert rows["ok 1"]["facts"] == rows["leave 600"]["facts"] != rows["ok 2"]["facts"]


def test_that_no_worker_starts_is_one_reason() -> None:
    crew = Workers(1, work="tests.batch.doing:there_is_no_such", preload=())

    with pytest.raises(PostureError, match="workers_do_not_start"):
        list(crew.rows([task("ok")]))


def test_closing_ends_all_workers() -> None:
    rows = Workers(2, work=FAKE, preload=()).rows([task(f"sleep {n}") for n in (0, 50, 51)])
    next(iter(rows))
    there = workers_of(os.getpid())
    assert there

    rows.close()  # type: ignore[attr-defined] # a generator

    assert not [one for one in there if one.is_running()]


def workers_of(pid: int) -> list[psutil.Process]:
    """The workers below a process: made by the one that is there for it, or started anew."""
    below = psutil.Process(pid).children(recursive=True)
    return [one for one in below if one.ppid() != pid or "spawn_main" in " ".join(one.cmdline())]


PARENT = """
import sys
from posture.batch.workers import Workers
from tests.batch.doing import task
if __name__ == "__main__":
    crew = Workers(2, work="tests.batch.doing:by_name", preload=())
    for one, row in crew.rows([task("ok"), task("sleep 600"), task("sleep 601")]):
        print(row["status"], flush=True)
"""


@pytest.mark.linux
@pytest.mark.parametrize("by", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_nobody_outlives_the_parent_however_it_ends(by: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        start_new_session=True,
        # where the tests run in the background, interrupts are ignored by all below
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,  # noqa: PLW1509
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ok\n"
        there = psutil.Process(parent.pid).children(recursive=True)
        assert len(there) >= 3
        if by == "SIGINT":
            os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
        else:
            os.kill(parent.pid, getattr(signal, by))
        _, said = parent.communicate(timeout=60)
    _, alive = psutil.wait_procs(there, timeout=20)

    assert alive == []
    assert said.count("Traceback") <= (by == "SIGINT")  # the script's own


@pytest.mark.linux
def test_workers_need_no_shared_memory() -> None:
    if os.geteuid():
        pytest.skip("only root can take /dev/shm away")
    code = "from tests.batch.test_workers import done_by; print(done_by(['ok'])['ok']['status'])"
    hidden = f'mount -t tmpfs -o ro none /dev/shm && exec {sys.executable} -c "{code}"'
    alone = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*alone, "mount -t tmpfs -o ro none /dev/shm"], check=False).returncode:
        pytest.skip("no mounts of one's own here")

    done = subprocess.run(
        [*alone, hidden], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )

    assert done.stdout == "ok\n", done.stderr
