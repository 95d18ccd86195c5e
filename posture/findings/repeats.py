"""Several measures of the same thing -> the one that counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from posture.measures.trials import middle_of
from posture.types import Activity, Measure, Quality


def is_usable(measure: Measure) -> bool:
    """Measured, and with a doubt somebody assessed."""
    return measure.quality is not Quality.MISSING and math.isfinite(measure.sd)


def settle(repeats: Sequence[Measure]) -> Measure:
    """Return one measure from several of the same thing: the median, with the smallest sd.

    Suspect ones count only where there is no good one. The sd does not fall with their number,
    because most of a camera's error (clothes, point bias) is the same every time.

    Source
        Ours.
    """
    good = [m for m in repeats if m.quality is Quality.GOOD] or list(repeats)
    middle = middle_of(good)
    # one that is the middle and as sure as any stands as it is, with the segment it is from
    return next((m for m in good if (m.value, m.sd) == (middle.value, middle.sd)), middle)


def settled(measures: Sequence[Measure], name: str, activity: Activity) -> Measure | None:
    """Return the one usable measure of this name, or None where there is none."""
    found = [m for m in measures if (m.name, m.activity) == (name, activity) and is_usable(m)]
    return settle(found) if found else None
