"""Courses over time as a page draws them: few enough points, null where nothing is known."""

from __future__ import annotations

import math
from pathlib import Path

from posture.formats.signals import load_signals
from posture.types import Floats

_POINTS = 600  # ours; a curve on a page is about as many pixels wide


def curves_of(signals: Path) -> dict[str, object]:
    """Return what signals.npz holds, thinned out to what a page can show.

    Times are those of the clip; the annotated video begins at `start_s`.
    """
    found = load_signals(signals)
    if not found:
        return {"start_s": 0.0, "time_s": [], "signals": []}
    time_s = found[0].time_s
    every = max(1, math.ceil(len(time_s) / _POINTS))
    return {
        "start_s": float(time_s[0]) if len(time_s) else 0.0,
        "time_s": _rounded(time_s[::every]),
        "signals": [
            {
                "name": signal.name,
                "side": signal.side.value,
                "unit": signal.unit,
                "positive": signal.positive,
                "value": _rounded(signal.value[::every]),
            }
            for signal in found
        ],
    }


def _rounded(values: Floats) -> list[float | None]:
    return [round(float(v), 4) if math.isfinite(v) else None for v in values]
