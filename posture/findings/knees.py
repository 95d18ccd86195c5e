"""How far the knees were bent in a bend, and how much slack that gave the hamstrings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from posture.findings.evidence import EvidenceTable, Rules, Sign
from posture.findings.repeats import is_usable
from posture.measures.bend_knee import chance_over
from posture.types import Activity, Measure

KNEE = "knee_bend"
_SLACK = "soft_knee"  # the cause under which a bend's own error has the slack in it already


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A number and how far it may be off."""

    value: float
    sd: float


NO_SLACK = Guess(value=0.0, sd=0.0)


def slack_of(
    sign: Sign, measure: Measure, measures: Sequence[Measure], table: EvidenceTable
) -> Guess:
    """Return how much of a sign's value the knees gave, in its unit; nothing where they gave none.

    Knees as people have them in the bend give nothing: the sign's mean was read off such knees.
    Of several knees that may belong to the measure the straightest counts.

    Source
        docs/method.md, section 6.1; `per_knee` of the sign's row.
    """
    if not sign.per_knee:
        return NO_SLACK
    knees = [m for m in measures if _is_knee(m)]
    own = [m for m in knees if m.segment == measure.segment] or knees
    row = _knee_row(table)
    if not own or row is None:
        return NO_SLACK
    knee = min((believed(m, row) for m in own), key=lambda guess: guess.value)
    more = max(knee.value - row.mean, 0.0)
    sd = math.hypot(sign.per_knee * knee.sd, sign.per_knee_sd * more)
    return Guess(value=sign.per_knee * more, sd=0.0 if _SLACK in measure.spread else sd)


def believed(knee: Measure, row: Sign) -> Guess:
    """Return the knee's bend as it is believed: what was read, held against how people bend.

    Source
        Two normal errors weighed by their variances; people as in the row of `knee_bend`.
    """
    of_people, of_reading = row.sd_pop**2, knee.sd**2
    share = of_people / (of_people + of_reading)
    return Guess(value=row.mean + share * (knee.value - row.mean), sd=math.sqrt(share * of_reading))


def straightest_knee_deg(measures: Sequence[Measure]) -> float:
    """Return the least knee bend of all bends in degrees, as read; NaN when none was measured."""
    return min((m.value for m in measures if _is_knee(m)), default=math.nan)


def has_bent_knees(measures: Sequence[Measure], rules: Rules) -> bool:
    """Knees surely bent beyond the limit in every bend, so that the bends give a lean at most.

    Source
        `Rules.knee_bend_chance`, by each knee's own error.
    """
    knees = [m for m in measures if _is_knee(m)]
    chances = [chance_over(m.value, m.sd, rules.knee_bend_limit_deg) for m in knees]
    return min(chances, default=0.0) >= rules.knee_bend_chance


def _is_knee(measure: Measure) -> bool:
    return (measure.name, measure.activity) == (KNEE, Activity.FORWARD_BEND) and is_usable(measure)


def _knee_row(table: EvidenceTable) -> Sign | None:
    return next((sign for sign in table.signs if sign.measure == KNEE), None)
