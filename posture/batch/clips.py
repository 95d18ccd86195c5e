"""What passes between the modules of a batch: a clip, a task, a row, and who does the tasks."""

from __future__ import annotations

import importlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from posture.batch.contents import Stamp
from posture.settings import Settings
from posture.types import Reason

Row = Mapping[str, str]
"""One clip in the table: a text for each of `posture.batch.rows.columns()`, empty where unknown."""

Artifacts = Literal["none", "json", "all"]
"""Files written for each clip: none, points and analysis.json, or all that is not drawn."""

LABELS = ("client", "visit", "age", "sex")  # what is told of a clip and shapes no number
TRIES = 2  # of a clip whose worker dies: it may have been the worker
NAMED = 20  # ours; a line that names more is not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip that was asked for.

    `overrides` are fields of `Settings` for this clip alone, such as `height_m`; `labels` are
    texts for the columns `LABELS`. `trouble` is what is known to be wrong before it is opened.
    """

    source: str  # a path, or a URL as it may be shown and kept
    name: str  # as the table calls it: relative to what all clips lie in, with /
    overrides: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    trouble: Reason | None = None
    url: str = field(default="", repr=False)  # as it is opened: may hold a password
    stamp: Stamp | None = None  # of a URL, where its host tells

    @property
    def is_url(self) -> bool:
        """Whether it has to be fetched: s3://, https:// and the like."""
        return "://" in self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One clip to be analysed, anywhere; small, and can be pickled."""

    source: str  # a path, or a URL as it may be shown and kept
    name: str
    settings: Settings  # with the clip's own overrides in them
    mark: str  # of the batch's settings, without the overrides
    overrides: str = ""  # as the table tells them
    version: str = ""  # of this program
    model: str = ""  # the beginning of the pose model's checksum
    sha256: str = ""  # of the contents; empty = whoever analyses them reckons it
    folder: str = ""  # where its files go; empty = nowhere
    artifacts: Artifacts = "none"
    weight: float = 0.0  # about how long it takes, on no scale: the heaviest come first
    url: str = field(default="", repr=False)  # as it is opened: may hold a password


class Crew(Protocol):
    """Whoever does tasks: processes of this machine, or of a cluster."""

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        """Yield each task with its row as they are done, in any order, each task once.

        Tasks are taken when there is somebody free for them. Closing the iterator ends the work.
        """
        ...


def doer(called: str) -> Callable[[Task], Row]:
    """Return the function that `module:function` names, which does a task."""
    module, _, name = called.partition(":")
    found: Callable[[Task], Row] = getattr(importlib.import_module(module), name)
    return found


def named(sources: Sequence[str]) -> tuple[Clip, ...]:
    """Return a clip for each source, called relative to what they all lie in; each once.

    A URL is called what stands behind its scheme.
    """
    whole = {source: _whole(source) for source in sources}
    local = [path for source, path in whole.items() if "://" not in source]
    try:
        common = os.path.commonpath([os.path.dirname(path) for path in local]) if local else ""  # noqa: PTH120 - links stay
    except ValueError:  # Windows: they lie on several drives
        common = ""
    clips: dict[str, Clip] = {}
    for source, path in whole.items():
        if "://" in source:
            name = source.partition("://")[2]
        elif common:
            name = path[len(common) :].lstrip(os.sep).replace(os.sep, "/")
        else:
            name = Path(path.replace(":", "")).as_posix()
        clips.setdefault(path, Clip(source=path, name=readable(name)))
    return tuple(clips.values())


def _whole(source: str) -> str:
    return source if "://" in source else os.path.abspath(source)  # noqa: PTH100 - links stay


def readable(text: str) -> str:
    """Return a text that stands in one line and in UTF-8: all else as escapes.

    File names can hold line ends, and on Linux bytes that are no text at all.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, marks that turn text round, halves, line ends
_JOINERS = "\u200c\u200d"  # Persian words and family emoji hold them together


def _shown(letter: str) -> str:
    if unicodedata.category(letter) not in _HIDDEN or letter in _JOINERS:
        return letter
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte as `os.fsdecode` hands it over
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def with_overrides(settings: Settings, clip: Clip) -> Settings:
    """Return the settings for a clip.

    Raises
    ------
    BadSettings
        An override is beyond what a person has.
    """
    return replace(settings, **clip.overrides) if clip.overrides else settings
