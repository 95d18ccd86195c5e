"""Corrections by hand in one take: moments that were moved, their error, strides left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posture.activities import REPEATED
from posture.measures.strides import Sorted
from posture.measures.take import Take, span_s_of
from posture.types import EventKind, Floats, Measure, Quality, Reason, Side

LEFT_OUT = Reason("left_out_by_hand")
# A moment that is picked in a film is that of a picture: it lies anywhere within half a picture of
# it, a uniform error. The reader's own scatter is that of the two passes over a real walk in
# tests/data/sports2d-demo.events.toml, heel strikes, of which toe-offs (.27) scatter less. A heel
# that rises slowly was read once only; twice as much is ours.
_HALF_A_PICTURE = 1 / math.sqrt(12)  # of the gap between two pictures, sd
_READER = 0.38
_READER_OF_HEEL_OFF = 0.76
_SAME_S = 1e-3  # far less than two pictures are apart; times went through a file


def hand_sd_s(kind: EventKind, gap_s: float) -> float:
    """Return how far off a moment may be that somebody picked in the film.

    Unit
        Seconds, sd.
    Sign
        Never negative.
    Needs
        How far the pictures about the moment are apart.
    Source
        Half a picture either way, and a reader's scatter: two passes over one real walk, 12 heel
        strikes and toe-offs, tests/data/sports2d-demo.events.toml.
    """
    reader = _READER_OF_HEEL_OFF if kind is EventKind.HEEL_OFF else _READER
    return gap_s * math.hypot(_HALF_A_PICTURE, reader)


def moved(take: Take, kind: EventKind, side: Side, at_s: Floats) -> Floats:
    """Return moments of one kind and foot with those that were moved where they were put.

    Unit
        Seconds.
    Needs
        Moments as they were measured.
    Source
        The take's corrections.
    """
    found = np.array(at_s, dtype=np.float64)
    for one in take.corrections.of(kind, side):
        found[np.abs(at_s - one.from_s) <= _SAME_S] = one.to_s
    return found


def moved_from_s(take: Take, kind: EventKind, side: Side, at_s: float) -> float | None:
    """Return where a moment was measured that was moved to `at_s`; None where it was not moved.

    Unit
        Seconds.
    Needs
        A moment as `moved` returns it.
    """
    return next(
        (one.from_s for one in take.corrections.of(kind, side) if one.to_s == at_s),
        None,
    )


def heel_off_within(take: Take, side: Side, stance_s: tuple[float, float]) -> float | None:
    """Return when the heel left the floor in one stance by hand; None where nobody said.

    Unit
        Seconds.
    Needs
        When the foot lands and leaves.
    """
    start_s, end_s = stance_s
    put = (one.to_s for one in take.corrections.of(EventKind.HEEL_OFF, side))
    return next((at_s for at_s in put if start_s < at_s < end_s), None)


def heel_off_shift(take: Take, start_s: float, end_s: float) -> float:
    """Return by how much the near heel-off of one stride was moved.

    Unit
        Fraction of the stride.
    Sign
        Positive later.
    Needs
        When the stride begins and ends.
    """
    put = take.corrections.of(EventKind.HEEL_OFF, take.near)
    return sum(
        (one.to_s - one.from_s) / (end_s - start_s) for one in put if start_s < one.to_s < end_s
    )


def without_left_out(take: Take, strides: Sorted) -> Sorted:
    """Return a leg's strides with those that somebody left out among the left-out ones."""
    out = {
        s
        for s in strides.kept
        if take.corrections.leaves_out("stride", strides.side, s.start_s, s.end_s)
    }
    return replace(
        strides,
        kept=tuple(s for s in strides.kept if s not in out),
        left_out=(*strides.left_out, *((s, LEFT_OUT) for s in strides.kept if s in out)),
    )


def without_repetition(take: Take, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return what stands of a take: nothing where somebody left this repetition out.

    Needs
        All measures of the take.
    Source
        The take's corrections; a walk is left out stride by stride.
    """
    span_s = span_s_of(take.landmarks.time_s, take.frames)
    is_one = take.segment.activity in REPEATED
    if not (is_one and take.corrections.leaves_out("repetition", Side.BOTH, *span_s)):
        return tuple(measures)
    return tuple(
        replace(m, value=math.nan, spread={}, quality=Quality.MISSING, reason=LEFT_OUT)
        for m in measures
    )
