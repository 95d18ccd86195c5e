"""The whole analysis of one clip, anywhere: in a worker of this machine or of a cluster."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from posture import machine
from posture.batch.clips import Row, Task
from posture.batch.contents import checksum
from posture.batch.rows import failed, measured
from posture.batch.sources import fetched
from posture.errors import PostureError
from posture.libraries import lacking
from posture.types import Reason


def work(task: Task) -> Row:
    """Analyse one clip, write its files and return its row; what goes wrong is in the row."""
    try:
        with machine.without_native_chatter():
            if not task.url:
                return _measured(task, Path(task.source))
            with fetched(task.url) as copy:
                return _measured(task, copy)
    except PostureError as trouble:
        return failed(task, trouble)
    except MemoryError:
        return failed(task, Reason("job_out_of_memory"))
    except (ImportError, OSError) as trouble:
        storage = Reason("batch_storage", {"why": _why(trouble)})
        is_ours = not isinstance(trouble, OSError)
        return failed(task, lacking(trouble) or (_fault(trouble) if is_ours else storage))
    except Exception as trouble:  # noqa: BLE001 - a fault of ours must not cost the other clips
        return failed(task, _fault(trouble))


def _fault(trouble: Exception) -> Reason:
    return Reason("batch_fault", {"why": _why(trouble)})


def _why(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}"


def _measured(task: Task, clip: Path) -> Row:
    # here and not above: whoever hands out tasks needs none of it
    from posture.pipeline import analyse  # noqa: PLC0415
    from posture.results import write_numbers, write_results  # noqa: PLC0415

    sha256 = task.sha256 or checksum(str(clip))
    called = PurePosixPath(task.name).name  # points of one clip may lie in several files
    try:
        analysis = analyse(clip, task.settings)
        if task.folder and task.artifacts == "json":
            write_numbers(analysis, Path(task.folder), called=called)
        elif task.folder and task.artifacts == "all":
            write_results(analysis, clip, Path(task.folder), task.settings, called=called)
    except PostureError as trouble:
        return failed(task, trouble, sha256)
    return measured(task, analysis, sha256)
