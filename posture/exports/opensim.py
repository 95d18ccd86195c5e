"""Points as TRC and angles as MOT, in OpenSim's convention."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from posture.errors import UnusableClip
from posture.exports.courses import courses
from posture.exports.points import points_of
from posture.types import Analysis, Side, Signal

# What OpenSim's models (Rajagopal 2016) call a coordinate of the same zero and sign as ours.
COORDINATES: Mapping[str, str] = {
    "knee_flexion": "knee_angle",
    "ankle_dorsiflexion": "ankle_angle",
}
_SIDES = {Side.LEFT: "_l", Side.RIGHT: "_r", Side.BOTH: ""}
_HEAD = (
    *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
    *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
)


def write_trc(analysis: Analysis, path: Path, name: str) -> None:
    """Write the points in metres, to the micrometre; empty where not seen."""
    points = points_of(analysis)
    frames, markers = points.xyz_m.shape[:2]
    rate = f"{points.rate_hz:.6f}"
    told = (rate, rate, frames, markers, "m", rate, 1, frames)
    lines = [
        ("PathFileType", "4", "(X/Y/Z)", name),
        _HEAD,
        tuple(str(one) for one in told),
        ("Frame#", "Time", *(cell for name in points.names for cell in (name, "", ""))),
        ("", "", *(f"{axis}{n}" for n in range(1, markers + 1) for axis in "XYZ")),
        (),
    ]
    for frame, (time_s, at) in enumerate(zip(points.time_s, points.xyz_m, strict=True), start=1):
        cells = (f"{value:.6f}" if math.isfinite(value) else "" for value in at.ravel())
        lines.append((str(frame), f"{time_s:.6f}", *cells))
    _write(path, lines)


def write_mot(analysis: Analysis, path: Path, name: str) -> None:
    """Write every angle in degrees, to a millionth; nan where unknown."""
    angles = [course.signal for course in courses(analysis) if course.signal.unit == "deg"]
    if not angles:
        raise UnusableClip("export_no_signals", file=analysis.clip.file)
    time_s = angles[0].time_s
    table = np.column_stack([time_s, *(signal.value for signal in angles)])
    lines: list[Iterable[str]] = [
        (name,),
        ("version=1",),
        (f"nRows={table.shape[0]}",),
        (f"nColumns={table.shape[1]}",),
        ("inDegrees=yes",),
        ("endheader",),
        ("time", *map(coordinate, angles)),
        *((f"{value:.6f}" for value in row) for row in table),
    ]
    _write(path, lines)


def coordinate(signal: Signal) -> str:
    """Return what an angle is called in a MOT file."""
    return COORDINATES.get(signal.name, signal.name) + _SIDES[signal.side]


def _write(path: Path, lines: Iterable[Iterable[str]]) -> None:
    text = "".join("\t".join(line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")
