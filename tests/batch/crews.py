"""Tasks that measure nothing, for crews of any kind; a worker imports this."""

from __future__ import annotations

import os
import time
from pathlib import Path

from posture.batch.clips import Row, Task
from posture.batch.rows import failed
from posture.distribution import version_here
from posture.settings import Settings
from posture.types import Reason

WORK = "tests.batch.crews:row_of"


def task_of(name: str, source: Path | str = "/", **more: str) -> Task:
    """Return a task that needs no clip and no model."""
    return Task(
        source=str(source),
        name=name,
        settings=Settings(),
        mark="mark",
        version=more.pop("version", version_here()),
        **more,  # type: ignore[arg-type] # texts, as the fields that are given here
    )


def row_of(task: Task) -> Row:
    """Return a row made of the task alone; some tasks kill whoever does them."""
    kind, _, rest = task.name.partition("/")
    if kind == "slow":
        time.sleep(float(rest.partition("/")[0]))
    if kind in {"kill", "kill-once"}:
        notes = Path(task.source)
        notes.mkdir(exist_ok=True)
        tries = len(list(notes.iterdir()))
        (notes / f"{tries}").touch()
        if kind == "kill" or not tries:
            os._exit(9)
    return {**failed(task, Reason("empty_file")), "sha256": f"{abs(hash(len(task.name))):064x}"}
