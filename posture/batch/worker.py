"""One worker: a process that does tasks until there are no more, or nobody is there to ask."""

from __future__ import annotations

import contextlib
import os
from multiprocessing.connection import Connection

from posture import machine
from posture.batch.clips import doer


def serve(pipe: Connection, work: str) -> None:
    """Do the tasks that come through a pipe with the function that `work` names.

    Of each it says None when it begins, then its row and how many MB this process holds.
    """
    machine.leave_interrupts_to_the_parent()
    machine.end_with_the_parent()
    machine.be_killed_with_the_parent()
    function = doer(work)
    with contextlib.suppress(EOFError, OSError):
        while (task := pipe.recv()) is not None:
            pipe.send(None)
            row = function(task)
            pipe.send((row, machine.memory_mb(os.getpid())))
    os._exit(0)  # native threads are in no hurry to end
