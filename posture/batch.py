"""Many clips to one table; a failed clip is a row, not a crash."""

from __future__ import annotations

import csv
import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from posture import machine
from posture.errors import PostureError, UnusableClip
from posture.measures.doubt import doubt_rows
from posture.outputs.files import explained, whole_file
from posture.outputs.words import sentence
from posture.pipeline import analyse
from posture.results import write_results
from posture.settings import Settings
from posture.types import Analysis, Finding, Link, Quality, Reason
from posture.video.folder import gathered

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, str]

_FIXED = ("file", "sha256", "status", "reason_code", "reason", "settings", "duration_s", "frames")
_FOUND = ("facts", "people", "activities", "near_side", "yaw_deg", "verdict")
_JUDGED = (Link.HAMSTRING, Link.CALF, Link.BACK)
_TASKS_A_CHILD = 25  # ours; a fresh process now and then keeps what native code leaks small


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """How a batch went."""

    table: Path
    parquet: Path | None  # None = pyarrow, a fifth of the whole program, is not installed
    done: int
    failed: tuple[tuple[str, str], ...]  # file, reason in English
    kept: int  # rows taken over from an earlier run


def columns() -> tuple[str, ...]:
    """Return the table's columns: facts, findings, then value, sd and quality of each measure."""
    judged = [f"{link.value}.{what}" for link in _JUDGED for what in ("level", "probability")]
    measured = [
        f"{activity.value}.{name}{part}"
        for activity, name in doubt_rows()
        for part in ("", ".sd", ".quality")
    ]
    return (*_FIXED, *_FOUND, *judged, *measured)


def clips_in(wanted: str) -> list[Path]:
    """Return the clips that a folder, a pattern or a list file names, in order.

    What lies there besides is named by `posture.video.folder.gathered`.

    Raises
    ------
    UnusableClip
        Nothing there.
    """
    found = gathered(wanted)
    if not found.clips:
        raise UnusableClip("no_clips", path=wanted)
    return list(found.clips)


def run_batch(
    clips: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    workers: int,
    fresh: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    """Analyse every clip and return where the table lies.

    Each row is on the disk before the next clip begins. A clip whose contents and settings have
    been done before is taken over, whatever its name; a row that failed for a reason outside of
    the clip is tried again.

    Raises
    ------
    CannotWrite
        The table cannot be written.
    """
    table = out / "batch.csv"
    parquet = out / "batch.parquet" if find_spec("pyarrow") else None
    with explained(table):
        out.mkdir(parents=True, exist_ok=True)
        earlier = {} if fresh else _earlier(table)
        journal = _Journal(table, fresh=fresh or not earlier)
    settings = replace(
        settings,
        draw="nothing",
        landmarks=replace(settings.landmarks, follow=replace(settings.landmarks.follow, workers=1)),
    )
    mark = settings_mark(settings)
    names = _names(clips)
    rows: list[Row] = []
    kept = 0
    todo: list[tuple[Path, str]] = []
    for clip in clips:
        before = earlier.get((_sha256(clip), mark))
        if before is None:
            todo.append((clip, names[clip]))
            continue
        kept += 1
        rows.append({**before, "file": names[clip]})
        if before["file"] != names[clip]:
            journal.add(rows[-1])
    if progress is not None:
        progress(len(rows), len(clips))
    try:
        for row in _rows(todo, out, settings, mark, workers):
            rows.append(row)
            journal.add(row)
            if progress is not None:
                progress(len(rows), len(clips))
    finally:
        journal.close()
        _finish(table, parquet, rows)
    failed = tuple((row["file"], row["reason"]) for row in rows if row["status"] == "failed")
    return BatchResult(
        table=table,
        parquet=parquet,
        done=len(rows) - len(failed),
        failed=failed,
        kept=kept,
    )


def settings_mark(settings: Settings) -> str:
    """Return a short mark that changes with anything that shapes a number."""
    record = {k: v for k, v in settings.as_record().items() if k not in {"language", "level"}}
    text = json.dumps(record, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def analyse_to_row(clip: Path, name: str, out: Path, settings: Settings, mark: str) -> Row:
    """Analyse one clip into its folder and return its row; what goes wrong is in the row."""
    facts = {"file": name, "sha256": _sha256(clip), "settings": mark}
    try:
        with machine.without_native_chatter():
            analysis = analyse(clip, settings)
            write_results(analysis, clip, out / "clips" / Path(name).parent, settings)
    except PostureError as trouble:
        return _failed(facts, trouble.reason)
    return {**_row(analysis), **facts}


def _rows(
    todo: Sequence[tuple[Path, str]], out: Path, settings: Settings, mark: str, workers: int
) -> Iterator[Row]:
    """Yield rows as they come, each worker a process of its own that may die alone."""
    spawn = multiprocessing.get_context("spawn")
    slots = threading.local()
    pools: list[ProcessPoolExecutor] = []

    def pool() -> ProcessPoolExecutor:
        if getattr(slots, "pool", None) is None:
            slots.pool = ProcessPoolExecutor(
                1, mp_context=spawn, max_tasks_per_child=_TASKS_A_CHILD
            )
            pools.append(slots.pool)
        return slots.pool  # type: ignore[no-any-return] # a thread's own attribute

    def one(job: tuple[Path, str]) -> Row:
        clip, name = job
        try:
            return pool().submit(analyse_to_row, clip, name, out, settings, mark).result()
        except BrokenProcessPool as trouble:
            slots.pool = None
            facts = {"file": name, "sha256": _sha256(clip), "settings": mark}
            return _failed(facts, Reason("worker_died", {"why": str(trouble)}))

    try:
        with ThreadPoolExecutor(max(1, workers)) as threads:
            waiting = [threads.submit(one, job) for job in todo]
            try:
                for future in as_completed(waiting):
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()
    finally:
        for each in pools:
            each.shutdown(wait=True, cancel_futures=True)


def _failed(facts: Row, reason: Reason) -> Row:
    told = {"status": "failed", "reason_code": reason.code, "reason": sentence(reason, "en")}
    return {**dict.fromkeys(columns(), ""), **facts, **told}


def _row(analysis: Analysis) -> Row:
    row = dict.fromkeys(columns()[3:], "")
    view = analysis.view
    row |= {
        "status": "ok",
        "duration_s": f"{analysis.clip.duration_s:.3f}",
        "frames": str(analysis.clip.frames),
        "facts": " ".join(dict.fromkeys(fact.kind.value for fact in analysis.facts)),
        "people": str(analysis.person.count_seen),
        "activities": " ".join(dict.fromkeys(s.activity.value for s in analysis.segments)),
        "near_side": view.near_side.value if view.near_side else "unknown",
        "yaw_deg": f"{view.yaw_deg:.1f}",
        "verdict": analysis.assessment.verdict.label.value,
    }
    for link in _JUDGED:
        finding = _strongest([f for f in analysis.assessment.findings if f.link is link])
        if finding is not None:
            row[f"{link.value}.level"] = finding.level.value
            share = finding.probability
            row[f"{link.value}.probability"] = "" if share is None else f"{share:.4f}"
    for measure in analysis.measures:
        name = f"{measure.activity.value}.{measure.name}"
        if row.get(f"{name}.quality") in {"", Quality.MISSING.value}:
            missing = measure.quality is Quality.MISSING
            row[name] = "" if missing else f"{measure.value:.9g}"
            row[f"{name}.sd"] = "" if missing else f"{measure.sd:.6g}"
            row[f"{name}.quality"] = measure.quality.value
    return row


def _strongest(findings: Sequence[Finding]) -> Finding | None:
    return max(
        findings, key=lambda f: -1.0 if f.probability is None else f.probability, default=None
    )


class _Journal:
    """The table, appended row by row; every row is on the disk when `add` returns."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path = path
        self._file = path.open("w" if fresh else "a", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, columns(), lineterminator="\n")
        if fresh:
            self._writer.writeheader()

    def add(self, row: Row) -> None:
        with explained(self._path):
            self._writer.writerow(row)
            self._file.flush()
            machine.to_disk(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _earlier(table: Path) -> dict[tuple[str, str], Row]:
    """Return the rows of an earlier run that need not be done again, by contents and settings."""
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != columns():
            return {}
        rows = [row for row in reader if None not in row.values() and None not in row]
    outside = {"worker_died", "model_missing", "disk_full", "not_writable", "cannot_write"}
    return {
        (row["sha256"], row["settings"]): row
        for row in rows
        if row["status"] in {"ok", "failed"} and row["reason_code"] not in outside
    }


def _finish(table: Path, parquet: Path | None, rows: Sequence[Row]) -> None:
    """Write the table once more in order, without rows of earlier runs, and as Parquet."""
    ordered = sorted(rows, key=lambda row: row["file"])
    with whole_file(table) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ordered)
    if parquet is None:
        return
    import pyarrow.parquet as pq  # noqa: PLC0415 - may be missing, and takes long

    with whole_file(parquet) as part:
        pq.write_table(_arrow(ordered), part)


def _arrow(rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - as above

    text = {*_FIXED, "facts", "activities", "near_side", "verdict"} - {"duration_s", "frames"}
    arrays = {}
    for name in columns():
        cells = [row[name] for row in rows]
        if name in text or name.endswith((".level", ".quality")):
            arrays[name] = pa.array([cell or None for cell in cells], pa.string())
        else:
            arrays[name] = pa.array([float(cell) if cell else None for cell in cells], pa.float64())
    return pa.table(arrays)


def _names(clips: Sequence[Path]) -> dict[Path, str]:
    """Return each clip's name relative to what they all lie in."""
    resolved = {clip: Path(os.path.abspath(clip)) for clip in clips}  # noqa: PTH100 - links stay
    try:
        common = Path(os.path.commonpath([path.parent for path in resolved.values()]))
    except ValueError:  # Windows: they lie on several drives
        return {clip: str(path).replace(":", "") for clip, path in resolved.items()}
    return {clip: str(path.relative_to(common)) for clip, path in resolved.items()}


def _sha256(clip: Path) -> str:
    try:
        with clip.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
