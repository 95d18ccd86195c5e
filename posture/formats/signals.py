"""signals.npz: every signal over time, and the mean cycles of walking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.types import CycleCurve, Side, Signal

Arrays = Mapping[str, NDArray[np.generic]]


def save_signals(path: Path, signals: Sequence[Signal], curves: Sequence[CycleCurve]) -> None:
    """Write every signal with its times, unit and what positive means, and the mean cycles.

    A cycle is `cycle.<name>.<side>.mean`, `.sd` and `.count` over `cycle.phase`.
    """
    arrays: dict[str, np.ndarray] = {}
    for signal in signals:
        name = f"{signal.name}.{signal.side.value}"
        arrays["time_s"] = np.asarray(signal.time_s)
        arrays[name] = np.asarray(signal.value)
        arrays[f"{name}.unit"] = np.array(signal.unit)
        arrays[f"{name}.positive"] = np.array(signal.positive)
    for curve in curves:
        name = f"cycle.{curve.name}.{curve.side.value}"
        arrays["cycle.phase"] = np.asarray(curve.phase)
        for part in ("mean", "sd", "count"):
            arrays[f"{name}.{part}"] = np.asarray(getattr(curve, part))
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_signals(path: Path) -> tuple[Signal, ...]:
    """Read the signals of a clip, in the order in which they were written."""
    return signals_in(load_arrays(path))


def load_arrays(path: Path) -> Arrays:
    """Read all that stands in the file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def signals_in(arrays: Arrays) -> tuple[Signal, ...]:
    """Return the signals among the arrays of the file."""
    return tuple(
        Signal(
            name=name.rpartition(".")[0],
            side=Side(name.rpartition(".")[2]),
            unit=str(arrays[f"{name}.unit"]),  # type: ignore[arg-type]
            positive=str(arrays[f"{name}.positive"]),
            time_s=np.asarray(arrays["time_s"], dtype=np.float64),
            value=np.asarray(arrays[name], dtype=np.float64),
        )
        for name in arrays
        if f"{name}.unit" in arrays
    )


def in_full(curve: CycleCurve, arrays: Arrays) -> CycleCurve:
    """Return a mean cycle with all digits; analysis.json rounds its phase."""
    name = f"cycle.{curve.name}.{curve.side.value}"
    if f"{name}.mean" not in arrays:
        return curve
    parts: dict[str, Any] = {
        part: np.asarray(arrays[f"{name}.{part}"], dtype=np.float64)
        for part in ("mean", "sd", "count")
    }
    phase = np.asarray(arrays["cycle.phase"], dtype=np.float64)
    return replace(curve, phase=phase, **parts)
