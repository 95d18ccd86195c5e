"""What is left to do: which clips have their rows, which are equal, which cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path, PurePosixPath

from posture.batch.clips import Artifacts, Clip, Row, Task, with_overrides
from posture.batch.contents import Stamp, checksum, stamp_of
from posture.batch.journal import Entry
from posture.batch.ledger import Ledger, is_final
from posture.batch.rows import asked_of, failed
from posture.errors import PostureError

_LEAST_WEIGHT = 200_000.0  # ours, bytes; what the smallest clip costs beside its pictures
Stamped = tuple[Clip, Stamp | None]


@dataclass(slots=True)
class Plan:
    """Every clip that was asked for, in one of three places."""

    kept: list[tuple[Clip, Entry]] = field(default_factory=list)  # have their row
    unreadable: list[tuple[Clip, Row]] = field(default_factory=list)  # known without opening them
    _todo: dict[object, tuple[Task, list[Stamped]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many clips there are."""
        return len(self.kept) + len(self.unreadable) + sum(len(c) for _, c in self._todo.values())

    @property
    def open(self) -> list[Clip]:
        """The clips that are still to be analysed."""
        return [clip for _, clips in self._todo.values() for clip, _ in clips]

    def weight(self) -> float:
        """Return how heavy all is that there is to do."""
        return sum(task.weight for task, _ in self._todo.values())

    def tasks(self) -> Iterator[Task]:
        """Yield what is to be done, the longest first; clips of equal contents are done once."""
        tasks = [task for task, _ in self._todo.values()]
        yield from sorted(tasks, key=lambda task: (-task.weight, task.name))

    def clips_of(self, task: Task) -> list[Stamped]:
        """Return the clips that a task answers."""
        return self._todo[_place(task)][1]

    def put(self, task: Task, clip: Clip, stamp: Stamp | None) -> None:
        """Put a clip among those to be done."""
        self._todo.setdefault(_place(task), (task, []))[1].append((clip, stamp))


def _place(task: Task) -> object:
    """Return what tasks of equal contents have in common, and no others."""
    return asked_of(task, task.sha256) if task.sha256 else (task.source, task.overrides)


def planned(
    clips: Sequence[Clip],
    asked: Task,
    ledger: Ledger,
    *,
    artifacts: Artifacts = "none",
    fresh: bool = False,
    retry_failed: bool = False,
) -> Plan:
    """Return what there is to do for these clips, each asked what `asked` says.

    A clip is read for its checksum only where its size leaves open whether it is one that has a
    row, or equal to another one; what was read once is known by its size and time.
    """
    plan = Plan()
    looked: list[tuple[Clip, Task, Stamp | None]] = []
    for clip in sorted(clips, key=lambda one: (one.name, one.source)):
        task = _asked(asked, clip)
        if clip.trouble is not None:
            plan.unreadable.append((clip, failed(task, clip.trouble)))
            continue
        try:
            stamp = clip.stamp if clip.is_url else stamp_of(clip.source)
            looked.append((clip, task, stamp))
        except PostureError as trouble:
            plan.unreadable.append((clip, failed(task, trouble)))
    sizes = ledger.sizes()
    shared = Counter(stamp.size for _, _, stamp in looked if stamp is not None)
    for clip, task, stamp in looked:
        try:
            sha256 = _checksum(clip, stamp, ledger, sizes, shared)
            entry = None if fresh else ledger.find(asked_of(task, sha256))
            if entry is not None and is_final(entry, retry_failed=retry_failed):
                plan.kept.append((clip, entry))
                continue
            own = _own(task, clip, stamp, ledger.out, artifacts)
            plan.put(replace(own, sha256=sha256), clip, stamp)
        except PostureError as trouble:
            plan.unreadable.append((clip, failed(task, trouble)))
    return plan


def _asked(asked: Task, clip: Clip) -> Task:
    """Return what is asked of a clip."""
    own = " ".join(f"{name}={_told(clip.overrides[name])}" for name in sorted(clip.overrides))
    return replace(asked, source=clip.source, name=clip.name, url=clip.url, overrides=own)


def _own(task: Task, clip: Clip, stamp: Stamp | None, out: Path, artifacts: Artifacts) -> Task:
    """Return the task with what it takes to be done."""
    inside = [part for part in PurePosixPath(clip.name).parent.parts if part not in {"..", "/"}]
    return replace(
        task,
        settings=with_overrides(task.settings, clip),
        folder="" if artifacts == "none" else str(out.absolute().joinpath("clips", *inside)),
        artifacts=artifacts,
        weight=_LEAST_WEIGHT + (0.0 if stamp is None else float(stamp.size)),
    )


def _told(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)


def _checksum(
    clip: Clip, stamp: Stamp | None, ledger: Ledger, sizes: set[int], shared: Counter[int]
) -> str:
    """Return a clip's checksum where it is known or needed; else nothing."""
    if stamp is None:
        return ""
    known = ledger.known(clip.source, stamp)
    if known or clip.is_url:
        return known
    if stamp.size not in sizes and -1 not in sizes and shared[stamp.size] == 1:
        return ""
    sha256 = checksum(clip.source)
    ledger.saw(clip.source, stamp, sha256)
    return sha256
