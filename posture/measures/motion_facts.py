"""What the movement itself says about the clip: played backwards, slowed down, sped up."""

from __future__ import annotations

from posture.signals.activity import ActivitySettings, backward_steps
from posture.types import Fact, FactKind, Floats, Landmarks, Reason


def backward_facts(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings | None = None
) -> tuple[Fact, ...]:
    """Return that somebody walks backwards, or that the clip is played so, with when.

    Unit
        Seconds in the spans.
    Sign
        None.
    Needs
        Cleaned landmarks and which way they face.
    Source
        `backward_steps`.
    """
    spans, chance = backward_steps(landmarks, forward, settings)
    if not spans:
        return ()
    return (
        Fact(
            kind=FactKind.BACKWARDS,
            reason=Reason("fact_backwards"),
            spans_s=spans,
            probability=chance,
            what_to_do=Reason("fact_backwards_todo"),
        ),
    )
