"""Points as netCDF, in the form that `movement` (a toolbox for tracked points) reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from posture.distribution import version_here
from posture.types import Analysis

if TYPE_CHECKING:
    from scipy.io import netcdf_file


def write_netcdf(analysis: Analysis, path: Path) -> None:
    """Write points in pixels (x right, y down) and what the model says of each, 0 to 1.

    A poses dataset of movement 0.15: dimensions time, space, keypoints, individuals; variables
    position and confidence. netCDF 3, which SciPy writes and every netCDF library reads.
    """
    from scipy.io import netcdf_file  # noqa: PLC0415 - takes long

    landmarks = analysis.landmarks
    with netcdf_file(str(path), "w", version=2) as file:
        for name, value in _told(analysis).items():
            setattr(file, name, value)
        file.createDimension("time", len(landmarks.time_s))
        file.createVariable("time", "d", ("time",))[:] = landmarks.time_s
        for name, labels in (
            ("space", ("x", "y")),
            ("keypoints", landmarks.names),
            ("individuals", ("client",)),
        ):
            file.createDimension(name, len(labels))
            _put_labels(file, name, labels)
        dimensions = ("time", "space", "keypoints", "individuals")
        position = file.createVariable("position", "d", dimensions)
        position[:] = np.moveaxis(landmarks.xy_px, 2, 1)[..., None]
        confidence = file.createVariable("confidence", "d", ("time", "keypoints", "individuals"))
        confidence[:] = landmarks.visibility[..., None]


def _told(analysis: Analysis) -> dict[str, str | bytes | float]:
    """Return what is said of the whole file."""
    told: dict[str, str | bytes | float] = {
        "ds_type": "poses",
        "source_software": "posture",
        "source_file": analysis.clip.file.encode("utf-8", "backslashreplace"),
        "posture_version": version_here(),
        "time_unit": "seconds",
    }
    steps = np.diff(analysis.landmarks.time_s)
    return {**told, "fps": float(1 / np.median(steps))} if len(steps) else told


def _put_labels(file: netcdf_file, name: str, labels: Sequence[str]) -> None:
    """Write the labels of a dimension as letters, which is how netCDF 3 holds text."""
    length = f"{name}_letters"
    width = max(len(label) for label in labels)
    file.createDimension(length, width)
    letters = file.createVariable(name, "c", (name, length))
    letters[:] = np.array([list(label.ljust(width, "\0")) for label in labels], dtype="S1")
    setattr(letters, "_Encoding", "utf-8")  # noqa: B010 - the netCDF convention's own name
