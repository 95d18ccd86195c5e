"""Whether a clip allows what somebody corrected in it, and which numbers rest on that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from posture.activities import REPEATED
from posture.errors import CannotCorrect
from posture.measures.take import span_s_of
from posture.types import (
    SAME_S,
    Activity,
    Corrections,
    Event,
    EventKind,
    Floats,
    LeftOut,
    Measure,
    MovedEvent,
    Segment,
    Side,
    WalkSeen,
)

_OF_A_STEP = {EventKind.HEEL_STRIKE, EventKind.HEEL_OFF, EventKind.TOE_OFF}
# the hold is about the bottom wherever that is put, so that its two ends are in nobody's way
_BESIDE_BOTTOM = {EventKind.BEND_START, EventKind.BEND_BOTTOM, EventKind.BEND_END}


def allowed(
    asked: Corrections,
    time_s: Floats,
    events: Sequence[Event],
    walks: Sequence[WalkSeen],
    segments: Sequence[Segment],
) -> Corrections:
    """Return corrections as this clip takes them: from the very moments that were measured.

    What moves nothing is no correction and is left out.

    Unit
        Seconds of the clip.
    Needs
        The clip's times, and what was measured in it before anything was corrected.

    Raises
    ------
    CannotCorrect
        A moment is put outside of the clip or past its neighbours, is not there or named twice; a
        side or a stride was not measured.
    """
    placed = [_placed(one, events, time_s) for one in asked.moved]
    moved = [one for one in placed if one.from_s != one.to_s]
    _check_order(moved, events)
    for one in asked.left_out:
        _check_there(one, walks, segments, time_s)
    return Corrections(moved=tuple(moved), left_out=asked.left_out)


def _placed(one: MovedEvent, events: Sequence[Event], time_s: Floats) -> MovedEvent:
    if not time_s[0] <= one.to_s <= time_s[-1]:
        raise CannotCorrect("correct_outside_clip", **_said(one), end_s=float(time_s[-1]))
    of_side = [e for e in events if e.side is one.side]
    if not of_side:
        raise CannotCorrect("correct_side_not_measured", leg=one.side.value)
    alike = [e for e in of_side if e.kind is one.kind and abs(e.time_s - one.from_s) <= SAME_S]
    if not alike:
        raise CannotCorrect("correct_no_such_event", **_said(one))
    nearest = min(alike, key=lambda e: abs(e.time_s - one.from_s))
    return replace(one, from_s=nearest.time_s)


def _said(one: MovedEvent) -> dict[str, float | str]:
    """Return what is said of a moment that was moved."""
    return {
        "event": f"moment_{one.kind.value}",
        "leg": one.side.value,
        "from_s": one.from_s,
        "to_s": one.to_s,
    }


def _check_order(moved: Sequence[MovedEvent], events: Sequence[Event]) -> None:
    """Refuse a moment that is put past the one before or after it of the same foot or bend."""
    put = {(one.kind, one.side, one.from_s): one for one in moved}
    if len(put) != len(moved):
        twice = next(o for o in moved if put[o.kind, o.side, o.from_s] is not o)
        raise CannotCorrect("correct_event_twice", **_said(twice))
    for kinds in (_OF_A_STEP, _BESIDE_BOTTOM):
        for segment, side in dict.fromkeys((e.segment, e.side) for e in events):
            row = [e for e in events if (e.segment, e.side) == (segment, side) and e.kind in kinds]
            last_s = -math.inf
            last: MovedEvent | None = None
            for event in sorted(row, key=lambda e: e.time_s):
                one = put.get((event.kind, event.side, event.time_s))
                at_s = event.time_s if one is None else one.to_s
                culprit = one or last
                if at_s <= last_s and culprit is not None:
                    raise CannotCorrect("correct_past_neighbour", **_said(culprit))
                last_s, last = at_s, one


def _check_there(
    one: LeftOut, walks: Sequence[WalkSeen], segments: Sequence[Segment], time_s: Floats
) -> None:
    said = {"leg": one.side.value, "from_s": one.start_s, "to_s": one.end_s}
    if one.part == "repetition":
        spans = [span_s_of(time_s, s.frames) for s in segments if s.activity in REPEATED]
        if not any(one.is_of(*span) for span in spans):
            raise CannotCorrect("correct_no_such_repetition", **said)
        return
    strides = [s for walk in walks for s in walk.strides if s.side is one.side]
    if not strides:
        raise CannotCorrect("correct_side_not_measured", leg=one.side.value)
    if not any(one.is_of(s.start_s, s.end_s) for s in strides):
        raise CannotCorrect("correct_no_such_stride", **said)


def check_something_left(
    corrections: Corrections,
    before: Sequence[WalkSeen],
    after: Sequence[WalkSeen],
    segments: Sequence[Segment],
    time_s: Floats,
) -> None:
    """Refuse corrections after which nothing is left of a leg or of a test that was measured.

    Needs
        The walks before and after, and the clip's segments.

    Raises
    ------
    CannotCorrect
        Every stride of a foot, or every repetition of a test, is left out.
    """
    for side in (Side.LEFT, Side.RIGHT):
        had, has = (
            any(s.left_out is None and s.side is side for walk in walks for s in walk.strides)
            for walks in (before, after)
        )
        if had and not has:
            raise CannotCorrect("correct_no_stride_left", leg=side.value)
    for activity in sorted(REPEATED, key=lambda a: a.value):
        spans = [span_s_of(time_s, s.frames) for s in segments if s.activity is activity]
        out = [corrections.leaves_out("repetition", Side.BOTH, *span) for span in spans]
        if out and all(out):
            raise CannotCorrect("correct_no_repetition_left", activity=activity.value)


def marked(measures: Sequence[Measure], before: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return measures, those that corrections changed with what had been measured.

    Needs
        The measures of the same clip before anything was corrected.
    Source
        Definition: value, error or quality differ.
    """
    found = {_key(m): m for m in before}
    return tuple(
        replace(m, uncorrected=math.nan if _key(m) not in found else found[_key(m)].value)
        if _key(m) not in found or _differ(m, found[_key(m)])
        else m
        for m in measures
    )


def _key(measure: Measure) -> tuple[str, Activity, Side, int | None]:
    return measure.name, measure.activity, measure.side, measure.segment


def _differ(one: Measure, other: Measure) -> bool:
    same = one.value == other.value or (math.isnan(one.value) and math.isnan(other.value))
    return not same or one.quality is not other.quality or dict(one.spread) != dict(other.spread)
