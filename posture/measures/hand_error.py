"""What a number of walking leaves in doubt where moments that it rests on were put by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from posture.measures.take import Take
from posture.measures.walk import Walk, frame_sd_s
from posture.signals.known import known_mean
from posture.types import Event, EventKind, Measure, Side

_STRIKES = {EventKind.HEEL_STRIKE}
_STANCE = {EventKind.HEEL_STRIKE, EventKind.TOE_OFF}
# Which moments of which foot a number is the time between; the others are read at many pictures.
_RESTS_ON: dict[str, set[EventKind]] = {
    "cadence": _STRIKES,
    "stride_time": _STRIKES,
    "step_time": _STRIKES,
    "stance_share": _STANCE,
    "double_support_share": _STANCE,
    "heel_off": {EventKind.HEEL_OFF},
}
_OF_OWN_FOOT = {"stance_share", "heel_off"}


def with_hand_errors(
    take: Take, walk: Walk, measures: Sequence[Measure], events: Sequence[Event]
) -> tuple[Measure, ...]:
    """Return the measures of a walk, with the hand's error for moments that somebody moved.

    What the way of finding moments leaves in doubt ("method") goes by their share; what "timing"
    leaves is that of the detector for some, of the hand for the others.

    Needs
        The take's events, those that were moved with the hand's error.
    Source
        Errors of moments are independent and add in quadrature; `hand_sd_s`.
    """
    if not take.corrections.moved:
        return tuple(measures)
    return tuple(_with_hand_error(take, walk, measure, events) for measure in measures)


def _with_hand_error(take: Take, walk: Walk, measure: Measure, events: Sequence[Event]) -> Measure:
    kinds = _RESTS_ON.get(measure.name, set())
    sides = {measure.side} if measure.name in _OF_OWN_FOOT else {Side.LEFT, Side.RIGHT}
    of = [e for e in events if e.kind in kinds and e.side in sides and _counts(walk, e)]
    hand_s = [e.sd_s for e in of if e.moved_from_s is not None]
    if not hand_s or not measure.spread:
        return measure
    spread = dict(measure.spread)
    share = len(hand_s) / len(of)
    spread["method"] = spread.get("method", 0.0) * (1 - share)
    if measure.name == "heel_off":
        stride_s = known_mean([stride.duration_s for stride in walk.near.strides])
        spread["timing"] = math.hypot(*hand_s) / len(of) / stride_s
    else:
        detector_s = math.hypot(walk.read_by.event_sd_s, frame_sd_s(take, walk))
        mean_hand = sum((sd_s / detector_s) ** 2 for sd_s in hand_s) / len(hand_s)
        spread["timing"] = spread["timing"] * math.sqrt(1 - share + share * mean_hand)
    return replace(measure, spread=spread)


def _counts(walk: Walk, event: Event) -> bool:
    """Whether a moment is within a stride that the numbers rest on."""
    leg = walk.near if event.side is walk.near.side else walk.far
    return any(s.start_s <= event.time_s <= s.end_s for s in leg.strides)
