"""Whether a comparison gives back the bias and the scatter that were put into a made-up tool."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from posture.validation.statistics import FEWEST, Interval, agreement
from posture.validation.study import Group, Pair, Study

_COLUMNS = (
    "measure",
    "pairs",
    "our bias: exact tool",
    "tool that is off",
    "bias put in, as found (95 %)",
    "our limits: exact tool",
    "tool that is off, expected",
    "as found",
    "its SEM, as found",
)


BEGIN = "<!-- a made-up lab: begin -->"
END = "<!-- a made-up lab: end -->"


def markdown(study: Study, exact: str, off: str, bias: float, sd: float, command: str) -> str:
    """Return a row a measure: what two tools found, one of them off by a known bias and scatter.

    Against the exact tool the differences are ours alone. Against the other one the bias has to be
    less by what was put in, and the limits wider by its scatter in quadrature; of its two readings
    the study has to tell that scatter again.
    """
    return "\n".join(
        [
            BEGIN,
            "## A made-up lab",
            "",
            f"A lab that does not exist has read {study.people} bodies of",
            f"`posture truth restricted`: with a {exact} exactly, with an {off} {bias:g} deg too",
            f"much and with {sd:g} deg of scatter, twice. `posture validate` has to give back what",
            "was put in: our bias less by as much, our limits wider by the scatter, and the",
            "scatter itself as the tool's own SEM. Degrees; made by",
            "",
            "```",
            command,
            "```",
            "",
            f"| {' | '.join(_COLUMNS)} |",
            "|---" * len(_COLUMNS) + "|",
            *_rows(study, exact, off, bias, sd),
            "",
            END,
        ]
    )


def _rows(study: Study, exact: str, off: str, bias: float, sd: float) -> Iterator[str]:
    groups = {(group.measure, group.tool): group for group in study.groups}
    for measure in dict.fromkeys(group.measure for group in study.groups):
        one, other = groups.get((measure, exact)), groups.get((measure, off))
        if one is None or other is None or one.agreement is None or other.agreement is None:
            pairs = 0 if one is None else len(one.pairs)
            yield f"| {measure} | {pairs} " + "| - " * (len(_COLUMNS) - 2) + "|"
            continue
        ours, theirs = one.agreement, other.agreement
        found = put_in(one, other)
        wide = math.hypot(ours.sd, sd)
        middle = ours.bias.value - bias
        yield (
            f"| {measure} | {ours.pairs} | {ours.bias.value:+.2f} | {theirs.bias.value:+.2f} "
            f"| {found.value:.2f} ({found.low:.2f} to {found.high:.2f}) "
            f"| {ours.lower.value:+.1f} to {ours.upper.value:+.1f} "
            f"| {middle - 1.96 * wide:+.1f} to {middle + 1.96 * wide:+.1f} "
            f"| {theirs.lower.value:+.1f} to {theirs.upper.value:+.1f} | {other.tool_sem:.2f} |"
        )


def put_in(exact: Group, off: Group) -> Interval:
    """Return the bias of one tool over another, from our differences to both on the same clips."""
    by_clip = {(pair.clip, pair.side): pair for pair in off.pairs}
    both = [
        (pair, by_clip[pair.clip, pair.side])
        for pair in exact.pairs
        if (pair.clip, pair.side) in by_clip
    ]
    if len(both) < FEWEST:
        return Interval(value=math.nan)
    more = [_off(one) - _off(other) for one, other in both]
    people = len({one.person for one, _ in both})
    told = agreement([0.0] * len(more), more, [math.inf] * len(more), people)
    return told.bias


def _off(pair: Pair) -> float:
    return float(np.subtract(pair.second, pair.first))
