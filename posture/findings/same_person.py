"""Do the clips that are judged together show one person? If not, nothing is concluded from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from posture.types import Finding, Label, Level, Reason, Verdict

# How much a part's length over the leg's differs between two clips of one rendered person, as the
# scatter of one clip about the person's mean; ours, see docs/method.md, "One person".
_SD: Mapping[str, float] = {
    "thigh": 0.046,
    "trunk": 0.024,
    "upper_arm": 0.022,
    "forearm": 0.015,
    "foot": 0.010,
    "depth": 0.026,
}
_FEWEST = 4  # ours; parts seen in both clips, fewer say nothing
# Ours; mean squared difference over its scatter: 1 within a person. Above every one of the 19 pairs
# of one person that the scatter is from, of 24 pairs of other people, and of the 50 pairs of 28
# rendered people who bend, walk and lunge, of which 4 were above 3 without the bound below.
_LIMIT = 3.5
# Ours; the most that a part of the arm says. A hand or elbow that was followed wrongly is no other
# person: 15 times the scatter were seen in a lunge at a wall. Other parts have to differ too.
_ARM_MOST = 16.0
_ARM = frozenset({"upper_arm", "forearm"})


def two_people(bodies: Sequence[Mapping[str, float]], files: Sequence[str]) -> Reason | None:
    """Return which two clips contradict each other most, or None where none do.

    `bodies` are the proportions of each clip, as `posture.measures.proportions` gives them, and
    may be empty: nothing is said of such a clip.

    Source
        Ours; thresholds from rendered people, checked on others.
    """
    pairs = [
        (difference(bodies[a], bodies[b]), a, b) for a, b in combinations(range(len(bodies)), 2)
    ]
    if not pairs:
        return None
    worst, one, other = max(pairs)
    if worst <= _LIMIT:
        return None
    return Reason("verdict_two_people", {"one": files[one], "other": files[other]})


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return how differently two clips' bodies are built, 1 being usual within one person.

    Source
        Mean of the squared differences over their scatter, an arm's up to `_ARM_MOST`; 0 where
        too few parts are known.
    """
    shared = [name for name in _SD if name in one and name in other]
    if len(shared) < _FEWEST:
        return 0.0
    squares = [_square(name, one[name] - other[name]) for name in shared]
    return math.fsum(squares) / len(squares)


def _square(name: str, difference: float) -> float:
    square = difference**2 / (2 * _SD[name] ** 2)
    return min(_ARM_MOST, square) if name in _ARM else square


def held_back(
    findings: Sequence[Finding], verdict: Verdict, because: Reason
) -> tuple[tuple[Finding, ...], Verdict]:
    """Return findings of two people's clips with none above possible, and no verdict.

    What another value would change is not told: it was reckoned without the cap.
    """
    capped = tuple(
        replace(
            finding,
            level=Level.POSSIBLE,
            because=Reason(
                "capped_by_clips",
                {"link": finding.link.value, "probability": finding.probability or 0.0},
            ),
            turning_point=None,
        )
        if finding.level is Level.SUGGESTED
        else replace(finding, turning_point=None)
        for finding in findings
    )
    return capped, replace(
        verdict,
        label=Label.INCONCLUSIVE,
        because=because,
        next_test=Reason("next_one_person"),
    )
