"""A batch from its clips to its table."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from posture.batch.clips import Artifacts, Clip, Crew, Row, Task
from posture.batch.contents import Stamp, checksum, stamp_of
from posture.batch.journal import Entry, Journal
from posture.batch.ledger import STEM, Answer, Ledger
from posture.batch.plan import Plan, planned
from posture.batch.rows import called, reason_column
from posture.batch.shards import Shard
from posture.distribution import version_here
from posture.errors import CannotWrite, UnusableClip
from posture.landmarks.models import find_model
from posture.outputs.words import Language
from posture.settings import Settings

State = Literal["done", "failed", "open"]

_RENEW_S = 20.0  # ours; how often the table is written anew while clips are measured
_RENEW_SHARE = 50  # ours; it may take a fiftieth of the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a batch is to be done."""

    artifacts: Artifacts = "all"
    fresh: bool = False  # do again what is done
    retry_failed: bool = False
    shard: Shard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a batch is; the first one comes before any clip."""

    done: int  # rows there are, whether measured or failed
    of: int
    failed: int
    kept: int  # of the rows, taken over
    part: float = 0.0  # of the work there was at the beginning, by the clips' sizes
    row: Row | None = None  # the one that has just come


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """How a batch went."""

    table: Path
    parquet: Path | None  # None = pyarrow, a fifth of the whole program, is not installed
    done: int
    failed: tuple[tuple[str, str], ...]  # file, reason in the language of the settings
    kept: int  # rows taken over from an earlier run
    set_aside: Path | None = None  # where a table of another version now lies


def settings_mark(settings: Settings) -> str:
    """Return a short mark that changes with anything that shapes a number."""
    record = {k: v for k, v in settings.as_record().items() if k not in {"language", "level"}}
    text = json.dumps(record, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def for_batch(settings: Settings) -> Settings:
    """Return the settings of an analysis beside others: one thread, and nothing drawn."""
    follow = replace(settings.landmarks.follow, workers=1)
    return replace(settings, draw="nothing", landmarks=replace(settings.landmarks, follow=follow))


def question(settings: Settings) -> Task:
    """Return a task without a clip: what every clip of a batch is asked.

    Raises
    ------
    ModelTrouble
        The pose model is missing or damaged.
    """
    settings = for_batch(settings)
    return Task(
        source="",
        name="",
        settings=settings,
        mark=settings_mark(settings),
        version=version_here(),
        model=find_model(settings.model).sha256[:12],
    )


def run_batch(
    clips: Sequence[Clip],
    out: Path,
    settings: Settings,
    crew: Crew,
    wish: Wish = Wish(),
    progress: Callable[[Step], None] | None = None,
) -> BatchResult:
    """Analyse every clip and return where the table lies.

    Each row is on the disk before the next one is waited for, in a journal beside the table. A clip
    whose contents, settings, model and version have been done before is taken over, whatever its
    name; a row that failed for a reason outside of the clip is tried again.

    Raises
    ------
    CannotWrite
        The table cannot be written, is somebody else's, or another run is at work there.
    ModelTrouble
        The pose model is missing or damaged.
    """
    asked = question(settings)
    shard = wish.shard
    mine = tuple(clips) if shard is None else shard.share(clips)
    with Ledger(out, *(() if shard is None else (shard.stem,))) as ledger:
        plan = planned(
            mine,
            asked,
            ledger,
            artifacts=wish.artifacts,
            fresh=wish.fresh,
            retry_failed=wish.retry_failed,
        )
        run = _Run(ledger, plan, settings.language, progress)
        ledger.note_run(clips=plan.count, ok=run.done, failed=run.failed)
        run.go(crew)
        return run.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How far a folder is, without anything being analysed."""

    done: int
    failed: int
    open: int
    clips: tuple[tuple[str, State], ...] = ()  # each by name


def outlook(clips: Sequence[Clip], out: Path, settings: Settings, wish: Wish) -> Outlook:
    """Return what there would be to do; without clips, how far the last run in `out` came.

    Raises
    ------
    CannotWrite, ModelTrouble
        As `run_batch`.
    """
    stem = STEM if wish.shard is None else wish.shard.stem
    if not clips:
        return _last_run(Journal.read(out / f"{stem}.journal"))
    asked = question(settings)
    mine = tuple(clips) if wish.shard is None else wish.shard.share(clips)
    with Ledger(out, stem, readonly=True) as ledger:
        plan = planned(mine, asked, ledger, fresh=wish.fresh, retry_failed=wish.retry_failed)
    states: list[tuple[str, State]] = [(clip.name, _state(answer)) for clip, answer in plan.kept]
    states += [(clip.name, "failed") for clip, _ in plan.unreadable]
    states += [(clip.name, "open") for clip in plan.open]
    count = Counter(state for _, state in states)
    return Outlook(
        done=count["done"],
        failed=count["failed"],
        open=count["open"],
        clips=tuple(sorted(states)),
    )


def _state(entry: Entry) -> State:
    return "done" if entry.status == "ok" else "failed"


def _last_run(journal: Journal) -> Outlook:
    far = journal.far
    known = far["ok"] + far["failed"]
    return Outlook(done=far["ok"], failed=far["failed"], open=max(0, far["clips"] - known))


class _Run:
    """The rows as they come."""

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan,
        language: Language,
        progress: Callable[[Step], None] | None,
    ) -> None:
        self._ledger = ledger
        self._told_in = reason_column(language)
        self._plan = plan
        self._progress = progress
        self._answers: list[tuple[Clip, Answer]] = [*plan.kept, *plan.unreadable]
        self._failed = [
            (clip.name, _reason(answer, self._told_in))
            for clip, answer in self._answers
            if _is_failed(answer)
        ]
        self._written_s = time.monotonic()
        self._pause_s = _RENEW_S
        self._weight, self._weight_done = plan.weight(), 0.0

    def go(self, crew: Crew) -> None:
        """Have every task done and write the table, also where it is broken off."""
        self._tell(None)
        rows = crew.rows(self._plan.tasks())
        try:
            for task, row in rows:
                self._keep(task, row)
                self._renew()
        finally:
            if isinstance(rows, Generator):
                rows.close()
            self._ledger.write(self._answers)

    @property
    def failed(self) -> int:
        """How many clips could not be measured so far."""
        return len(self._failed)

    @property
    def done(self) -> int:
        """How many clips are measured so far."""
        return len(self._answers) - len(self._failed)

    def result(self) -> BatchResult:
        """Return how it went."""
        return BatchResult(
            table=self._ledger.table,
            parquet=self._ledger.parquet,
            done=self.done,
            failed=tuple(sorted(self._failed)),
            kept=len(self._plan.kept),
            set_aside=self._ledger.set_aside,
        )

    def _keep(self, task: Task, row: Row) -> None:
        clips = self._plan.clips_of(task)
        row = _with_checksum(row, task, clips[0][1])
        self._weight_done += task.weight
        answer = self._ledger.add(row, *clips[0], count=len(clips))
        for clip, stamp in clips:
            # where the contents have changed meanwhile, the next run looks anew
            if stamp is not None and row["sha256"] and task.sha256 in {"", row["sha256"]}:
                self._ledger.saw(clip.source, stamp, row["sha256"])
            self._answers.append((clip, answer))
            if row["status"] == "failed":
                self._failed.append((clip.name, row[self._told_in]))
            self._tell(called(row, clip))

    def _renew(self) -> None:
        """Write the table now and then, for whoever looks at it meanwhile."""
        begun_s = time.monotonic()
        if begun_s - self._written_s < self._pause_s:
            return
        with contextlib.suppress(CannotWrite):  # told at the end, if it still cannot
            self._ledger.write(self._answers)
        self._written_s = time.monotonic()
        self._pause_s = max(_RENEW_S, _RENEW_SHARE * (self._written_s - begun_s))

    def _tell(self, row: Row | None) -> None:
        if self._progress is not None:
            self._progress(
                Step(
                    done=len(self._answers),
                    of=self._plan.count,
                    failed=self.failed,
                    kept=len(self._plan.kept),
                    part=self._weight_done / self._weight if self._weight else 1.0,
                    row=row,
                )
            )


def _with_checksum(row: Row, task: Task, stamp: Stamp | None) -> Row:
    """Return the row with the clip's checksum, which one who was ended could not reckon.

    What was known of it before is reckoned again where the file has changed since.
    """
    if "://" in task.source:
        return row
    is_from_before = stamp is not None and row["sha256"] == task.sha256
    try:
        if row["sha256"] and not (is_from_before and stamp_of(task.source) != stamp):
            return row
        return {**row, "sha256": checksum(task.source)}
    except UnusableClip:
        return row


def _is_failed(answer: Answer) -> bool:
    return (answer.status if isinstance(answer, Entry) else answer["status"]) == "failed"


def _reason(answer: Answer, column: str) -> str:
    return (answer.journal.row(answer) if isinstance(answer, Entry) else answer)[column]
