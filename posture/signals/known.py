"""The middle of what is known among values that may be missing."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from posture.types import Floats


def known_median(values: Floats) -> float:
    """Return the median of the finite values; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def known_percentile(values: Floats, percent: float) -> float:
    """Return a percentile of the finite values; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if len(known) else math.nan


def known_mean(values: Iterable[float]) -> float:
    """Return the mean of the finite values; NaN where none is."""
    known = [float(value) for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
