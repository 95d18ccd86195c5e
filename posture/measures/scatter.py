"""How far a mean over few strides may be from what somebody usually does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posture.types import Floats

_ENOUGH = 3  # strides; from here on their own scatter says more than other people's does


def scatter_of(values: Sequence[float] | Floats, usual_sd: float) -> float:
    """Return the standard error of a mean over strides.

    Sign
        Never negative; 0 without a value.
    Needs
        `usual_sd`, how far single strides of one person lie apart: one stride says nothing of how
        the next will be, and two little.
    Source
        Standard deviation over the root of the count; of one and two strides the usual one, where
        that is larger.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return 0.0
    sd = float(np.std(known))
    if len(known) < _ENOUGH:
        sd = max(sd, usual_sd)
    return sd / math.sqrt(len(known))
