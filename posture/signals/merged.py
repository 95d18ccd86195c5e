"""Signals of several segments put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posture.types import Side, Signal


def merged(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Return one signal per name and side, put together from the segments it was read in.

    Needs
        Signals over the same times; where two know a moment, the first one counts.
    Source
        Definition.
    """
    whole: dict[tuple[str, Side], Signal] = {}
    for signal in signals:
        key = (signal.name, signal.side)
        if key in whole:
            before = whole[key].value
            together = np.where(np.isfinite(before), before, signal.value)
            whole[key] = replace(signal, value=together)
        else:
            whole[key] = signal
    return tuple(whole.values())
