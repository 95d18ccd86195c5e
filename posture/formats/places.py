"""Which analyses lie in a folder."""

from __future__ import annotations

from pathlib import Path

from posture.errors import UnusableClip

ANALYSIS, SIGNALS, LANDMARKS = "analysis.json", "signals.npz", "landmarks.npz"
SESSION = "session.json"  # of several clips together, beside their folders


def analyses_in(place: Path) -> dict[str, Path]:
    """Return the analyses in a place by their names, in the names' order; at least one.

    `place` is an analysis.json, the folder that holds one, or a folder with any number below it.

    Raises
    ------
    UnusableClip
        There is none.
    """
    if place.is_file() or (place / ANALYSIS).is_file():
        folder = place if place.is_dir() else place.parent
        return {folder.resolve().name: place}
    found = sorted(place.rglob(ANALYSIS)) if place.is_dir() else []
    if not found:
        raise UnusableClip("export_nothing", path=str(place))
    return {path.parent.relative_to(place).as_posix(): path for path in found}
