"""The clips among the files of a folder, a pattern or a list, and what lies there besides."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from posture.video.kinds import HEAD_BYTES, SUFFIXES, kind_of

# Endings that mean something else as well, such as a program's source: the contents decide.
_DOUBTFUL = frozenset({".ts", ".dv"})
# Small copies and thumbnails that action cameras and camcorders lay beside each clip.
_PREVIEWS = frozenset({".lrv", ".lrf", ".thm"})
_RESULT = ("landmarks.npz", "analysis.json")  # both in a folder: it holds results of ours
_POINTS = "xy_px.npy"  # what an archive of landmarks holds

Why = Literal["hidden", "results", "previews", "no_clips"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What there is to analyse, and what is left out and why."""

    clips: tuple[Path, ...]
    left_out: tuple[tuple[str, Why], ...] = ()  # file as it is named to people


def gathered(wanted: str) -> Gathered:
    """Return the clips that a folder, a pattern or a list file names, in order.

    A clip is what has the name of one or begins like one, and landmarks of an earlier analysis
    that lie outside of its results. What a list names is taken as it is: somebody chose it.
    """
    path = Path(wanted)
    if path.is_dir():
        return _sorted_out(sorted(path.rglob("*")), path)
    if path.is_file():
        if _why_not(path, path.parent) is None or not _is_text(path):
            return Gathered(clips=(path,))
        lines = path.read_text("utf-8", errors="replace").splitlines()
        return Gathered(clips=tuple(path.parent / line.strip() for line in lines if line.strip()))
    if not wanted:
        return Gathered(clips=())
    root = Path(path.anchor) if path.is_absolute() else Path()
    pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else wanted
    return _sorted_out(sorted(root.glob(pattern)), root)


def _sorted_out(paths: Iterable[Path], root: Path) -> Gathered:
    clips: list[Path] = []
    left_out: list[tuple[str, Why]] = []
    for path in paths:
        if not path.is_file():
            continue
        why = _why_not(path, root)
        if why is None:
            clips.append(path)
        else:
            left_out.append((str(path.relative_to(root)), why))
    return Gathered(clips=tuple(clips), left_out=tuple(left_out))


def _why_not(path: Path, root: Path) -> Why | None:
    """Return why a file is no clip; None where it is one."""
    suffix = path.suffix.lower()
    if any(part.startswith(".") for part in path.relative_to(root).parts if part != ".."):
        return "hidden"
    if all((path.parent / name).is_file() for name in _RESULT):
        return "results"
    if suffix in _PREVIEWS:
        return "previews"
    if suffix == ".npz":
        return None if _is_landmarks(path) else "no_clips"
    if suffix in SUFFIXES - _DOUBTFUL:
        return None
    return "no_clips" if kind_of(_head(path)) is None else None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _is_text(path: Path) -> bool:
    return b"\0" not in _head(path)


def _is_landmarks(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _POINTS in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
