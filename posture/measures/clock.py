"""True time and the clip's: in a slowed clip a second of the world lasts longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from posture.types import Event, Fact, Landmarks, Signal, StrideSeen, WalkSeen


def at_true_speed(landmarks: Landmarks, speed: float) -> Landmarks:
    """Return the landmarks in the time of the world.

    Unit
        Seconds.
    Needs
        `speed` at which the clip plays: 0.5 is half speed.
    Source
        Definition: true time is the clip's times the speed.
    """
    if speed == 1:
        return landmarks
    return replace(
        landmarks,
        time_s=landmarks.time_s * speed,
        facts=facts_in_time(landmarks.facts, speed),
    )


def facts_in_time(facts: Sequence[Fact], factor: float) -> tuple[Fact, ...]:
    """Return facts with their spans times `factor`.

    Unit
        Seconds.
    Needs
        A factor over 0.
    """
    return tuple(
        replace(fact, spans_s=tuple((a * factor, b * factor) for a, b in fact.spans_s))
        for fact in facts
    )


def in_clip_time(
    events: Sequence[Event], signals: Sequence[Signal], walks: Sequence[WalkSeen], speed: float
) -> tuple[tuple[Event, ...], tuple[Signal, ...], tuple[WalkSeen, ...]]:
    """Return what belongs to a moment of the clip where its player shows it.

    Unit
        Seconds of the clip.
    Needs
        Events, signals and walks in the time of the world, and the clip's speed.
    Source
        Definition.
    """
    if speed == 1:
        return tuple(events), tuple(signals), tuple(walks)
    return (
        tuple(
            replace(
                e,
                time_s=e.time_s / speed,
                sd_s=e.sd_s / speed,
                moved_from_s=None if e.moved_from_s is None else e.moved_from_s / speed,
            )
            for e in events
        ),
        tuple(replace(s, time_s=s.time_s / speed) for s in signals),
        tuple(
            replace(walk, strides=tuple(_stride(s, speed) for s in walk.strides)) for walk in walks
        ),
    )


def _stride(stride: StrideSeen, speed: float) -> StrideSeen:
    return replace(stride, start_s=stride.start_s / speed, end_s=stride.end_s / speed)
