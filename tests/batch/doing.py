"""Work that takes no model: what it does stands in the clip's name."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from posture.batch.clips import Row, Task
from posture.batch.contents import checksum
from posture.batch.rows import columns, failed
from posture.errors import UnusableClip
from posture.settings import Settings


def task(source: str, **more: object) -> Task:
    """A task for a clip of this name."""
    told = {"name": Path(source).name, "settings": Settings(), "mark": "m", "version": "0", **more}
    return Task(source=source, **told)  # type: ignore[arg-type] # as a test says it


def made_up(task: Task) -> Row:
    """A row whose numbers follow from the clip's contents alone."""
    try:
        sha256 = task.sha256 or checksum(task.source)
    except UnusableClip as trouble:
        return failed(task, trouble)
    row = dict(failed(task, UnusableClip("empty_file"), sha256))
    if Path(task.source).stat().st_size == 0:
        return row
    number = int(hashlib.sha256(sha256.encode()).hexdigest()[:8], 16)
    row |= {"status": "ok", "reason_code": "", "reason": "", "duration_s": f"{number / 1e6:.3f}"}
    name = next(name for name in columns() if name.endswith(".quality"))
    row |= {name: "good", name.removesuffix(".quality"): f"{-number / 7e8:.9g}"}
    return row


class Here:
    """A crew that does every task on the spot, in an order of its own."""

    def __init__(self, *, backwards: bool = False) -> None:
        self.backwards = backwards
        self.did: list[str] = []

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        for one in sorted(tasks, key=lambda task: task.name, reverse=self.backwards):
            self.did.append(one.name)
            yield one, made_up(one)


def slowly(task: Task) -> Row:
    """As `made_up`, after a moment."""
    time.sleep(0.05)
    return made_up(task)


def by_name(task: Task) -> Row:
    """Do what the clip is called."""
    what, _, more = Path(task.source).name.partition(" ")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "once":  # dies the first time
        mark = Path(task.source).with_suffix(".tried")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if what == "sleep":
        time.sleep(float(more))
    if what == "eat":
        held = bytearray(int(more) << 20)
        time.sleep(30)
        del held
    if what == "leave":
        kept.append(bytearray(int(more) << 20))
    return {**failed(task, UnusableClip("empty_file")), "status": "ok", "facts": str(os.getpid())}


kept: list[bytearray] = []  # what a library leaks
