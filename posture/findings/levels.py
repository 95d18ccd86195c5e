"""From which probability on a link gets which level, and when it cannot be judged at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from posture.findings.evidence import EvidenceTable, Rules, Sign
from posture.findings.posterior import logit, row_of
from posture.types import Activity, Level, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Probabilities at which the level of a link changes."""

    not_suggested: float  # at most this
    possible: float  # at least this
    suggested: float  # at least this; above 1 where it cannot be reached
    would_be_suggested: float  # without the cap

    def level(self, probability: float) -> Level:
        """Return the level at a probability."""
        if probability >= self.suggested:
            return Level.SUGGESTED
        if probability >= self.possible:
            return Level.POSSIBLE
        return Level.NOT_SUGGESTED if probability <= self.not_suggested else Level.CANNOT_TELL

    def around(self, level: Level) -> tuple[float, float]:
        """Return the probabilities below and above which a level is left."""
        marks = (-1.0, self.not_suggested, self.possible, self.suggested, OUT_OF_REACH)
        place = _RISING.index(level)
        return marks[place], marks[place + 1]


_RISING = (Level.NOT_SUGGESTED, Level.CANNOT_TELL, Level.POSSIBLE, Level.SUGGESTED)
OUT_OF_REACH = 2.0  # a probability that no evidence reaches


def cuts_of(link: Link, prior: float, signs: Sequence[Sign], table: EvidenceTable) -> Cuts:
    """Return the cuts of a link that these signs speak of.

    The odds must have moved by a factor as well, so a link that was likely before has to become
    likelier still. What one bend alone tells has to be likelier than what a check tells, so that
    no more free bodies have something suggested. A calf without a lunge is never suggested. A
    single sign leaves a link at possible: a lean, no finding.

    Source
        docs/method.md, section 6.3. A grade-A sign eases the acquittal only of the link it is
        about: read for any effect, the bend would acquit calves that only walking had looked at.
    """
    rules, row = table.rules, row_of(link, signs, table)
    has_test = any(sign.grade == "A" and sign.about is link for sign in signs)
    factor = rules.not_suggested_factor if has_test else rules.not_suggested_factor_weak
    least = max(rules.suggested_probability, row.suggested if row else 0.0)
    suggested = max(least, _grown(prior, rules.suggested_factor))
    is_capped = link is Link.CALF and not has_lunge(signs)
    is_lean = len(signs) < rules.min_signs
    return Cuts(
        not_suggested=-1.0 if is_lean else _grown(prior, 1 / factor),
        possible=max(rules.possible_probability, _grown(prior, rules.possible_factor)),
        suggested=OUT_OF_REACH if is_capped or is_lean else suggested,
        would_be_suggested=suggested,
    )


def gap_of(link: Link, signs: Sequence[Sign], rules: Rules) -> str | None:
    """Return the code of why a link cannot be judged by these signs, or None where it can.

    Source
        docs/method.md, section 6.3: two signs or more, one of them of grade A or B. That one
        strong sign alone may be told as a lean (see `cuts_of`) is ours.
    """
    if not signs:
        return "no_signs"
    if link is Link.CALF and {sign.activity for sign in signs} == {Activity.WALKING}:
        return "gait_alone"
    if any(sign.is_strong for sign in signs):
        return None
    return "too_few_signs" if len(signs) < rules.min_signs else "only_weak_signs"


def has_lunge(signs: Sequence[Sign]) -> bool:
    """Whether the calf was looked at in the lunge."""
    return any(sign.activity is Activity.WALL_LUNGE for sign in signs)


def _grown(prior: float, factor: float) -> float:
    """Return the probability whose odds are those of `prior` times a factor."""
    return 1 / (1 + math.exp(-logit(prior) - math.log(factor)))
