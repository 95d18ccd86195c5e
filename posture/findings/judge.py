"""From a number to where it stands, without saying more than the number can."""

from __future__ import annotations

import math
from enum import Enum
from statistics import NormalDist

from posture.types import Measure, Quality, Reference

CONFIDENCE = 0.95  # ours; the usual one, asked of every statement but "undecided"


class Place(Enum):
    """Where a measure stands against a range; not knowing is an answer."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    UNDECIDED = "undecided"


def judge(measure: Measure, reference: Reference, *, confidence: float = CONFIDENCE) -> Place:
    """Place a measure against a published range, allowing for the doubt in both.

    Any answer but UNDECIDED needs a probability of at least `confidence`, the true value being
    taken as normal about `measure.value`. Its standard deviation joins the doubt in the measure
    and the doubt in carrying the range over to it, so a doubt nobody assessed (infinite)
    decides nothing.

    Source
        Ours; a draft row is refused, because a draft may be shown, never used to judge.
    """
    asked = (measure.name, measure.activity, measure.unit)
    if asked != (reference.measure, reference.activity, reference.unit):
        raise ValueError(
            f"{measure.name} in {measure.activity.value} [{measure.unit}] against "
            f"{reference.measure} in {reference.activity.value} [{reference.unit}]"
        )
    if reference.status != "verified":
        raise ValueError(f"{reference.measure}: the reference is a draft")
    sd = math.hypot(measure.sd, reference.carry_sd)
    if measure.quality is not Quality.GOOD or not 0 < sd < math.inf:
        return Place.UNDECIDED
    true_value = NormalDist(measure.value, sd)
    below, above = true_value.cdf(reference.low), 1 - true_value.cdf(reference.high)
    chances = {Place.BELOW: below, Place.WITHIN: 1 - below - above, Place.ABOVE: above}
    likeliest = max(chances, key=chances.__getitem__)
    return likeliest if chances[likeliest] >= confidence else Place.UNDECIDED
