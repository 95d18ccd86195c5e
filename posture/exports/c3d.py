"""Points as C3D, written by ezc3d."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from posture.distribution import LAB
from posture.exports.points import evenly, points_of
from posture.exports.tabular import require
from posture.types import Analysis


def write_c3d(analysis: Analysis, path: Path) -> None:
    """Write the points in millimetres at an even rate; not seen is residual -1.

    Raises
    ------
    MissingLibrary
        ezc3d is not installed.
    """
    require("ezc3d", LAB)
    points = evenly(points_of(analysis))
    import ezc3d  # noqa: PLC0415 - may be missing

    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["RATE"]["value"] = [points.rate_hz]
    point["LABELS"]["value"] = list(points.names)
    point["UNITS"]["value"] = ["mm"]
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    homogeneous = np.ones((4, points.xyz_m.shape[1], points.xyz_m.shape[0]))
    homogeneous[:3] = 1000 * np.moveaxis(points.xyz_m, (0, 1, 2), (2, 1, 0))
    file["data"]["points"] = homogeneous
    residuals = np.where(np.isfinite(homogeneous[:1]), 0.0, -1.0)
    file["data"]["meta_points"]["residuals"] = residuals
    whole = path.with_name(f"{path.name}.c3d")  # ezc3d writes no file that is called otherwise
    try:
        file.write(str(whole))
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)
