"""Which frame of a segment shows best what it is about."""

from __future__ import annotations

import numpy as np

from posture.outputs.overlay.scene import Scene
from posture.types import EventKind


def middle(scene: Scene, segment: int) -> int | None:
    """Return the middle of a segment."""
    return _middle(scene.analysis.segments[segment].frames)


def held(scene: Scene, segment: int, name: str) -> int | None:
    """Return the middle of what a measure was read off."""
    measure = scene.measure(name, segment)
    frames = scene.analysis.segments[segment].frames if measure is None else measure.frames
    return _middle(frames)


def lunge(scene: Scene, segment: int) -> int | None:
    """Return the deepest of the lunge with a straight knee."""
    return held(scene, segment, "lunge_dorsiflexion_straight")


def bottom_of_bend(scene: Scene, segment: int) -> int | None:
    """Return the bottom of a bend."""
    bottoms = [
        e.time_s
        for e in scene.analysis.events
        if e.kind is EventKind.BEND_BOTTOM and e.segment == segment
    ]
    return _at(scene, bottoms[0]) if bottoms else middle(scene, segment)


def push_off(scene: Scene, segment: int) -> int | None:
    """Return a toe-off of the near foot, the middle one; None where none was seen."""
    near = scene.analysis.segments[segment].view.near_side
    offs = [
        e.time_s
        for e in scene.analysis.events
        if e.kind is EventKind.TOE_OFF and e.segment == segment and e.side is near
    ]
    return _at(scene, offs[len(offs) // 2] + _AFTER_S) if offs else None


_AFTER_S = 0.05  # the moment itself has just been marked


def _at(scene: Scene, time_s: float) -> int:
    times_s = scene.analysis.landmarks.time_s
    return min(int(np.searchsorted(times_s, time_s)), len(times_s) - 1)


def _middle(frames: tuple[int, int]) -> int:
    return (frames[0] + frames[1] - 1) // 2
