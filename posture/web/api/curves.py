"""Courses over time as a page draws them: few enough points, null where nothing is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

_POINTS = 600  # ours; a curve on a page is about as many pixels wide


def curves_of(signals: Path) -> dict[str, object]:
    """Return what signals.npz holds, thinned out to what a page can show.

    Times are those of the clip; the annotated video begins at `start_s`.
    """
    with np.load(signals, allow_pickle=False) as arrays:
        if "time_s" not in arrays:
            return {"start_s": 0.0, "time_s": [], "signals": []}
        time_s = np.asarray(arrays["time_s"], dtype=np.float64)
        every = max(1, math.ceil(len(time_s) / _POINTS))
        names = [name for name in arrays if f"{name}.unit" in arrays]
        return {
            "start_s": float(time_s[0]) if len(time_s) else 0.0,
            "time_s": _rounded(time_s[::every]),
            "signals": [
                {
                    "name": name.rpartition(".")[0],
                    "side": name.rpartition(".")[2],
                    "unit": str(arrays[f"{name}.unit"]),
                    "positive": str(arrays[f"{name}.positive"]),
                    "value": _rounded(np.asarray(arrays[name], dtype=np.float64)[::every]),
                }
                for name in names
            ],
        }


def _rounded(values: np.ndarray) -> list[float | None]:
    return [round(float(v), 4) if math.isfinite(v) else None for v in values]
