"""A lab's file over time: C3D, TRC, MOT, STO or CSV in, one channel over the clip's time out."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from posture.batch.spreadsheet import folded, number_of, records
from posture.errors import BadSettings
from posture.types import Bools, Floats
from posture.validation.c3d import read_c3d
from posture.validation.sheet import LabSource, Reading
from posture.validation.units import factor

_RATE_HZ = 200.0  # ours; what no joint of a person outruns
_WHOLE = 0.9  # ours; of the moments that a measure rests on, the share that the lab must have
_TIMES = {folded(name) for name in ("time", "time_s", "t", "seconds", "時間", "時刻", "秒")}
_NAMED = 12  # ours; a line that names more channels is not read
_AXES = {"x": 0, "y": 1, "z": 2}
_TRC_HEAD, _TRC_UNITS = 5, "Units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """What a file holds."""

    path: Path
    time_s: Floats  # (T,) increasing
    columns: Mapping[str, Floats] = field(default_factory=dict)  # (T,) each
    points: Mapping[str, Floats] = field(default_factory=dict)  # (T, 3) each
    length_unit: str = ""  # of the points, where the file says so
    in_degrees: bool | None = None  # where the file says so


@cache
def read_lab(path: Path) -> Lab:
    """Read a lab's file; its kind is told by its ending.

    Raises
    ------
    BadSettings
        Not there, damaged, no such kind, or without a column of times.
    MissingLibrary
        The package that reads C3D is not installed.
    """
    if not path.is_file():
        raise BadSettings("lab_not_there", path=str(path))
    kind = path.suffix.casefold()
    if kind == ".c3d":
        time_s, points, unit = read_c3d(path)
        return Lab(path=path, time_s=time_s, points=points, length_unit=unit)
    if kind == ".trc":
        return _trc(path)
    if kind in {".mot", ".sto"}:
        return _mot(path)
    if kind in {".csv", ".tsv", ".txt"}:
        return _csv(path)
    raise BadSettings("lab_kind", path=str(path))


def lab_value(reading: Reading, span_s: tuple[float, float]) -> float:
    """Return what a lab's channel gives for a reading, at the moments that our number rests on.

    The lab's own rate does not matter: it is resampled by time. Unit: ours, of the reading.

    Raises
    ------
    BadSettings
        The channel is not there, or the file does not cover these moments.
    """
    if reading.lab is None:
        return reading.value
    source, lab = reading.lab, read_lab(reading.lab.file)
    values = _channel(lab, source, reading)
    start, end = (at + source.offset_s for at in span_s)
    times = np.linspace(start, end, max(1, round((end - start) * _RATE_HZ) + 1))
    known = np.isfinite(values)
    found = np.full(len(times), math.nan)
    if known.any():
        # nothing is made up beyond the ends, nor where the lab had lost its markers for longer
        found = np.interp(times, lab.time_s[known], values[known], left=math.nan, right=math.nan)
        found[_is_far(times, lab.time_s[known])] = math.nan
    if np.isfinite(found).mean() < _WHOLE:
        raise BadSettings(
            "lab_no_overlap",
            path=str(lab.path),
            start_s=start,
            end_s=end,
            first_s=float(lab.time_s[0]),
            last_s=float(lab.time_s[-1]),
        )
    there = found[np.isfinite(found)]
    taken = {
        "mean": there.mean(),
        "max": there.max(),
        "min": there.min(),
        "range": there.max() - there.min(),
    }[source.take]
    return float(taken) * source.factor


_GAP_S = 0.2  # ours; over a longer gap nobody knows what the body did


def _is_far(times: Floats, known: Floats) -> Bools:
    """Return which times lie in a gap of the lab's."""
    after = np.clip(np.searchsorted(known, times), 1, max(1, len(known) - 1))
    if len(known) == 1:
        return np.asarray(np.abs(times - known[0]) > _GAP_S)
    wide = known[after] - known[after - 1] > max(_GAP_S, 2 * float(np.median(np.diff(known))))
    touches = np.isclose(times, known[after]) | np.isclose(times, known[after - 1])
    far: Bools = wide & ~touches
    return far


# --- a channel ------------------------------------------------------------------------------------

_SHIFTED = re.compile(r"(?P<from>\d+(?:\.\d+)?)?\s*-\s*(?P<rest>.+)")
_CALLED = re.compile(r"(?P<name>flexion|tilt)\s*\((?P<of>[^()]*)\)", re.IGNORECASE)


def _channel(lab: Lab, source: LabSource, reading: Reading) -> Floats:
    """Return a channel over the lab's time: a column, a point's axis, or an angle of points."""
    wanted = source.channel.strip()
    if wanted in lab.columns:
        if lab.in_degrees is False and reading.unit == "deg" and source.factor == 1.0:
            raise BadSettings("lab_radians", path=str(lab.path), channel=wanted)
        return lab.columns[wanted]
    if shifted := _SHIFTED.fullmatch(wanted):
        rest = replace(source, channel=shifted["rest"])
        return float(shifted["from"] or 0.0) - _channel(lab, rest, reading)
    if called := _CALLED.fullmatch(wanted):
        angle = _angle(lab, called["name"].casefold(), [p.strip() for p in called["of"].split(",")])
        if angle is not None:
            return angle
    name, _, axis = wanted.rpartition(".")
    if name in lab.points and axis.casefold() in _AXES:
        said = factor(lab.length_unit, "m")
        if said is not None and reading.unit == "m" and said != source.factor:
            told = {"path": str(lab.path), "channel": wanted, "unit": lab.length_unit}
            raise BadSettings("lab_length_unit", **told)
        path: Floats = lab.points[name][:, _AXES[axis.casefold()]]
        return path
    there = [*lab.columns, *(f"{point}.x" for point in lab.points)]
    known = ", ".join(there[:_NAMED]) + (" ..." if len(there) > _NAMED else "")
    raise BadSettings("lab_no_channel", path=str(lab.path), channel=wanted, known=known)


def _angle(lab: Lab, name: str, of: Sequence[str]) -> Floats | None:
    """Return an angle of points in degrees; None where it names none of them.

    flexion(A, B, C): the bend at B between A and C, 0 where they lie in a line.
    tilt(TOP, BOTTOM, FORWARD, UP): the lean of a line from the upright, positive forward; FORWARD
    and UP are axes of the lab, such as x and z or -y and z.
    """
    flexion_of, tilt_of = 3, 4
    if name == "flexion" and len(of) == flexion_of and all(one in lab.points for one in of):
        a, b, c = (lab.points[one] for one in of)
        one, other = b - a, c - b
        cross = np.linalg.norm(np.cross(one, other), axis=1)
        return np.asarray(np.degrees(np.arctan2(cross, (one * other).sum(axis=1))))
    if name == "tilt" and len(of) == tilt_of and all(one in lab.points for one in of[:2]):
        line = lab.points[of[0]] - lab.points[of[1]]
        forward, up = (_along(line, axis) for axis in of[2:])
        if forward is not None and up is not None:
            return np.asarray(np.degrees(np.arctan2(forward, up)))
    return None


def _along(line: Floats, axis: str) -> Floats | None:
    index = _AXES.get(axis.lstrip("-").casefold())
    if index is None:
        return None
    path: Floats = line[:, index] * (-1.0 if axis.startswith("-") else 1.0)
    return path


# --- the files ------------------------------------------------------------------------------------


def _csv(path: Path) -> Lab:
    table = [row for row in records(path) if any(cell.strip() for cell in row)]
    return _of_table(path, [cell.strip() for cell in table[0]] if table else [], table[1:])


def _mot(path: Path) -> Lab:
    """Read OpenSim's motion or storage file: a head up to `endheader`, then a table."""
    lines = _lines(path)
    head = [line.strip().casefold().replace(" ", "") for line in lines]
    if "endheader" not in head:
        raise BadSettings("lab_unreadable", path=str(path))
    begins = head.index("endheader") + 1
    told = next((line for line in head[:begins] if line.startswith("indegrees=")), None)
    rows = [line.split() for line in lines[begins:] if line.strip()]
    lab = _of_table(path, rows[0] if rows else [], rows[1:])
    in_degrees = None if told is None else told.endswith("=yes")
    return Lab(path=path, time_s=lab.time_s, columns=lab.columns, in_degrees=in_degrees)


def _trc(path: Path) -> Lab:
    """Read markers over time: five lines of head, then frame, time and X Y Z of each."""
    rows = list(csv.reader(_lines(path), delimiter="\t"))
    if len(rows) <= _TRC_HEAD:
        raise BadSettings("lab_unreadable", path=str(path))
    told = dict(zip((c.strip() for c in rows[1]), (c.strip() for c in rows[2]), strict=False))
    names = [cell.strip() for cell in rows[3][2:] if cell.strip()]
    body = [row for row in rows[_TRC_HEAD:] if any(cell.strip() for cell in row)]
    width = 2 + 3 * len(names)
    table = np.array([_numbers(row, width) for row in body]).reshape(len(body), width)
    return Lab(
        path=path,
        time_s=_times(path, table[:, 1]),
        points={name: table[:, 2 + 3 * i : 5 + 3 * i] for i, name in enumerate(names)},
        length_unit=told.get(_TRC_UNITS, ""),
    )


def _of_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Lab:
    at = next((i for i, name in enumerate(names) if folded(name) in _TIMES), None)
    if at is None:
        raise BadSettings("lab_no_time", path=str(path))
    table = np.array([_numbers(row, len(names)) for row in rows]).reshape(len(rows), len(names))
    columns = {name: table[:, i] for i, name in enumerate(names) if name and i != at}
    return Lab(path=path, time_s=_times(path, table[:, at]), columns=columns)


def _numbers(row: Sequence[str], width: int) -> list[float]:
    """Return a row's numbers, NaN for what is none, as wide as the head says."""
    found = [_number(cell) for cell in row[:width]]
    return found + [math.nan] * (width - len(found))


def _number(cell: str) -> float:
    try:
        return float(cell)  # also 1e-3
    except ValueError:
        return number_of(cell)


def _times(path: Path, time_s: Floats) -> Floats:
    if not len(time_s) or not np.isfinite(time_s).all() or not np.all(np.diff(time_s) > 0):
        raise BadSettings("lab_times", path=str(path))
    return time_s


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig", errors="replace").splitlines()
    except OSError as trouble:
        raise BadSettings("lab_unreadable", path=str(path)) from trouble
