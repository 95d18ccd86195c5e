"""Several analyses in one zip: angles over time, points where there is a scale, a dictionary."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from posture import leftovers
from posture.errors import MissingLibrary, UnusableClip
from posture.exports.c3d import write_c3d
from posture.exports.dictionary import dictionary_csv
from posture.exports.opensim import write_trc
from posture.exports.tabular import write_csv
from posture.outputs.tables import measures_csv
from posture.types import Analysis

DICTIONARY = "dictionary.csv"
_POINTS: Mapping[str, Callable[[Analysis, Path], None]] = {
    "points.trc": lambda analysis, path: write_trc(analysis, path, path.name),
    "points.c3d": write_c3d,
}


def write_bundle(analyses: Mapping[str, Analysis], path: Path) -> None:
    """Write `measures.csv` and `angles.csv` of each analysis, in a folder called as it is.

    Points in metres (`points.trc`, `points.c3d`) are there where a clip has a scale, and C3D where
    `ezc3d` is installed. `dictionary.csv` says what each column is.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, analysis in analyses.items():
            archive.writestr(f"{name}/measures.csv", measures_csv(analysis))
            for file, write in {"angles.csv": write_csv, **_POINTS}.items():
                _put(archive, f"{name}/{file}", write, analysis, path.parent)
        archive.writestr(DICTIONARY, dictionary_csv([*analyses.values()]))


def _put(
    archive: zipfile.ZipFile,
    name: str,
    write: Callable[[Analysis, Path], None],
    analysis: Analysis,
    passing: Path,
) -> None:
    """Put one file into a zip, where this analysis has it."""
    part = leftovers.hidden(passing, "export", Path(name).suffix)
    try:
        with suppress(MissingLibrary, UnusableClip):  # no signals, no scale: there is none
            write(analysis, part)
            archive.write(part, name)
    finally:
        part.unlink(missing_ok=True)
