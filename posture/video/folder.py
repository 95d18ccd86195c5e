"""The clips among the files of a folder, a pattern or a list, and what lies there besides."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from posture.video.kinds import HEAD_BYTES, SUFFIXES, kind_of

# Endings that mean something else as well, such as a program's source: the contents decide.
_DOUBTFUL = frozenset({".ts", ".dv"})
# Small copies and thumbnails that action cameras and camcorders lay beside each clip.
_PREVIEWS = frozenset({".lrv", ".lrf", ".thm"})
_RESULT = ("landmarks.npz", "analysis.json")  # both in a folder: it holds results of ours
_POINTS = b"xy_px.npy"  # what an archive of landmarks holds
_LIST_BYTES = 1 << 14  # ours; the list of its twenty files takes two thousand

Why = Literal["hidden", "results", "previews", "no_clips"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What there is to analyse, and what is left out and why."""

    clips: tuple[Path, ...]
    addresses: tuple[str, ...] = ()  # s3://, https:// and the like, out of a list
    left_out: tuple[tuple[str, Why], ...] = ()  # file as it is named to people


def gathered(wanted: str) -> Gathered:
    """Return the clips that a folder, a pattern or a list file names, in order.

    A clip is what has the name of one or begins like one, and landmarks of an earlier analysis
    that lie outside of its results. What has the name of one but is no file (a link that leads
    nowhere, a pipe) is one too: its reason has to be told. What a list names is taken as it is:
    somebody chose it; its lines that begin with # are notes.
    """
    _holds_results.cache_clear()  # they may have come since
    if not wanted:
        return Gathered(clips=())
    path = Path(wanted)
    if path.is_dir():
        return _sorted_out(_below(path), path)
    if path.is_file():
        if _why_not(path, path.parent) is None or not _is_text(path):
            return Gathered(clips=(path,))
        lines = list(_lines(path))
        return Gathered(
            clips=tuple(path.parent / line for line in lines if "://" not in line),
            addresses=tuple(line for line in lines if "://" in line),
        )
    root = Path(path.anchor) if path.is_absolute() else Path()
    pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else wanted
    try:
        found = sorted(root.glob(pattern))
    except (ValueError, OSError, RuntimeError, NotImplementedError):  # no pattern; links in a ring
        found = []
    return _sorted_out(found, root)


def _below(root: Path) -> list[Path]:
    """Return all that lies in a folder and the folders in it; links to folders are not followed."""
    found = []
    for folder, inside, names in os.walk(root):  # what may not be read is left out
        found += [Path(folder, name) for name in names]
        found += [lies for name in inside if _is_misnamed(lies := Path(folder, name))]
    return sorted(found)


def _lines(path: Path) -> Iterator[str]:
    """Yield what a list file names, each once."""
    lines = path.read_text("utf-8-sig", errors="surrogateescape").splitlines()
    for line in dict.fromkeys(line.strip() for line in lines):
        if line and (not line.startswith("#") or (path.parent / line).exists()):
            yield line


def _sorted_out(paths: Iterable[Path], root: Path) -> Gathered:
    clips: list[Path] = []
    left_out: list[tuple[str, Why]] = []
    for path in paths:
        if not path.is_file():
            if _is_misnamed(path):
                clips.append(path)
            continue
        why = _why_not(path, root)
        if why is None:
            clips.append(path)
        else:
            left_out.append((str(path.relative_to(root)), why))
    return Gathered(clips=tuple(clips), left_out=tuple(left_out))


def _is_misnamed(path: Path) -> bool:
    """Whether something is called as a clip is and is none: nobody looks for others in it."""
    if path.suffix.lower() not in SUFFIXES - _DOUBTFUL or path.name.startswith("."):
        return False
    try:
        return not path.is_dir() or not any(path.iterdir())
    except OSError:
        return True


def _why_not(path: Path, root: Path) -> Why | None:
    """Return why a file is no clip; None where it is one."""
    suffix = path.suffix.lower()
    if any(part.startswith(".") for part in path.relative_to(root).parts if part != ".."):
        return "hidden"
    if _holds_results(path.parent):
        return "results"
    if suffix in _PREVIEWS:
        return "previews"
    if suffix == ".npz":
        return None if _is_landmarks(path) else "no_clips"
    if suffix in SUFFIXES - _DOUBTFUL:
        return None
    return "no_clips" if kind_of(_head(path)) is None else None


@lru_cache(maxsize=64)  # the files of a folder come one after another
def _holds_results(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _RESULT)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _is_text(path: Path) -> bool:
    return b"\0" not in _head(path)


def _is_landmarks(path: Path) -> bool:
    # what an archive holds stands at its end; opening ten thousand of them in full takes seconds
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return False
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LIST_BYTES))
            return _POINTS in file.read()
    except OSError:
        return False
