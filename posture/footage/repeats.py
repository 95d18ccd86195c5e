"""Repeated pictures are no pictures: their rows are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from posture.footage.parts import footage_rows
from posture.types import Fact, FactKind, Floats, Ints, Landmarks, Outline, Reason
from posture.video.repeats import repeats_in


def without_repeats(landmarks: Landmarks) -> Landmarks:
    """Return the landmarks without the rows of repeated pictures, and with the fact that says so.

    A pattern that holds while somebody moves is taken to hold while nobody does.
    """
    footage = landmarks.footage
    if footage is None:
        return landmarks
    repeated = repeats_in(footage.most)
    if not repeated.any():
        return landmarks
    kept = np.flatnonzero(~repeated)
    time_s = landmarks.time_s
    fact = Fact(
        kind=FactKind.REPEATED_PICTURES,
        reason=Reason(
            "fact_repeated_pictures",
            {"stored_hz": _rate_hz(time_s), "rate_hz": _rate_hz(time_s[kept])},
        ),
        spans_s=((float(time_s[0]), float(time_s[-1])),),
        probability=0.98,
        what_to_do=Reason("fact_repeated_pictures_todo"),
    )
    return replace(
        landmarks,
        time_s=time_s[kept],
        xy_px=landmarks.xy_px[kept],
        visibility=landmarks.visibility[kept],
        world_m=None if landmarks.world_m is None else landmarks.world_m[kept],
        outlines=tuple(_outlines(landmarks.outlines, kept)),
        footage=footage_rows(footage, kept),
        facts=(*landmarks.facts, fact),
    )


def _outlines(outlines: Sequence[Outline | None], kept: Ints) -> Iterator[Outline | None]:
    """Yield the outline of each picture that stays, which may have been found in a repeat of it."""
    for start, stop in pairwise([*kept.tolist(), len(outlines)]):
        yield next((one for one in outlines[start:stop] if one is not None), None)


def _rate_hz(time_s: Floats) -> float:
    return float((len(time_s) - 1) / (time_s[-1] - time_s[0]))
