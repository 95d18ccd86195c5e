"""C3D files: read by ezc3d in a process of its own, as it may never end on a damaged one.

`python -m posture.validation.c3d IN.c3d OUT.npz` writes the points of a file.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from posture.distribution import LAB
from posture.errors import BadSettings, MissingLibrary
from posture.libraries import install_command
from posture.types import Floats

_BLOCK = 512  # bytes; www.c3d.org, "The C3D File Format", chapter 2
_MAGIC = 0x50
_PATIENCE_S = 60.0  # ours; a file of ten minutes takes a second


def read_c3d(path: Path) -> tuple[Floats, dict[str, Floats], str]:
    """Return times, the path of each point (T, 3), and the unit that it is in.

    Raises
    ------
    BadSettings
        It is no C3D file, or a damaged one.
    MissingLibrary
        The package that reads it is not installed.
    """
    if not is_whole(path):
        raise BadSettings("lab_unreadable", path=str(path))
    if find_spec("ezc3d") is None:
        raise MissingLibrary("lab_package", path=str(path), command=install_command(*LAB))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "points.npz"
        command = [sys.executable, "-m", "posture.validation.c3d", str(path), str(out)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE_S)  # noqa: S603 - this module
        except (subprocess.SubprocessError, OSError) as trouble:
            raise BadSettings("lab_unreadable", path=str(path)) from trouble
        with np.load(out, allow_pickle=False) as kept:
            points = kept["points"]
            names = [str(name) for name in kept["names"]]
            rate_hz, unit = float(kept["rate_hz"]), str(kept["unit"])
    if not rate_hz > 0 or not names:
        raise BadSettings("lab_unreadable", path=str(path))
    time_s = np.arange(points.shape[0]) / rate_hz
    return time_s, {name: points[:, index] for index, name in enumerate(names)}, unit


def is_whole(path: Path) -> bool:
    """Whether a file begins as a C3D file does and is as long as it says."""
    try:
        with path.open("rb") as file:
            head = file.read(_BLOCK)
            if len(head) < _BLOCK or head[1] != _MAGIC or not head[0]:
                return False
            file.seek((head[0] - 1) * _BLOCK + 3)  # the parameters' head ends with who wrote it
            maker = int.from_bytes(file.read(1), "little")
        size = path.stat().st_size
    except OSError:
        return False
    if maker not in _SIGN_AT:
        return False
    order = ">" if maker == _MIPS else "<"
    # words 2 to 5 and 9: points, analogue values a frame, first and last frame, where data begin
    points, analogue, first, last = struct.unpack_from(f"{order}4H", head, 2)
    (begins,) = struct.unpack_from(f"{order}H", head, 16)
    is_real = bool(head[_SIGN_AT[maker]] & 0x80)  # a scale below 0 says that numbers are floats
    each = (4 * points + analogue) * (4 if is_real else 2)
    return bool(begins > 1 and size >= (begins - 1) * _BLOCK + each * max(0, last - first + 1))


_INTEL, _DEC, _MIPS = 84, 85, 86
_SIGN_AT = {_INTEL: 15, _DEC: 13, _MIPS: 12}  # the byte that holds the sign of the scale


def _write(path: str, out: str) -> None:
    """Write a file's points where the parent reads them."""
    import ezc3d  # noqa: PLC0415 - only in the child

    told = ezc3d.c3d(path)
    point = told["parameters"]["POINT"]
    points = np.moveaxis(np.asarray(told["data"]["points"], float)[:3], (0, 1, 2), (2, 1, 0))
    labels = [str(name).strip() for name in point["LABELS"]["value"]][: points.shape[1]]
    units = point.get("UNITS", {}).get("value") or [""]
    np.savez(
        out,
        points=points[:, : len(labels)],
        names=np.array(labels, dtype=str),
        rate_hz=float(point["RATE"]["value"][0]),
        unit=str(units[0]).strip(),
    )


if __name__ == "__main__":
    _write(*sys.argv[1:])
