"""The signals of one side of somebody, each worked out once: when it is first read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar, cast

import numpy as np

from posture.signals.contour import WINDOWS, DorsalProfile, Level, dorsal_profile, edge_deg
from posture.signals.foot import foot_pitch
from posture.signals.frame import body_size_px
from posture.signals.hand import fingertip_height
from posture.signals.leg import Segment, hip_flexion, knee_flexion, segment_inclination
from posture.signals.lying import raised_leg
from posture.signals.shape import shape_features
from posture.types import Floats, Landmarks, Side, Signal

_Found = TypeVar("_Found")


class BodySignals:
    """What one side of a body does over a clip; whoever reads something again gets the same."""

    def __init__(self, landmarks: Landmarks, forward: Floats, side: Side) -> None:
        """Begin with nothing worked out; landmarks are cleaned, `forward` is (T,)."""
        self._body = (landmarks, forward, side)
        self._known: dict[object, object] = {}
        self._edges: dict[tuple[Level, int], float] = {}

    def inclination(self, segment: Segment) -> Signal:
        """Return how far a segment leans, as `segment_inclination`."""
        return self._once(segment, lambda: segment_inclination(segment, *self._body))

    @cached_property
    def knee(self) -> Signal:
        """How far the knee is bent."""
        return knee_flexion(*self._body)

    @cached_property
    def hip(self) -> Signal:
        """How far the thigh is flexed against the trunk."""
        return hip_flexion(*self._body)

    @cached_property
    def foot(self) -> Signal:
        """How far the foot is pitched."""
        return foot_pitch(*self._body)

    @cached_property
    def raised(self) -> Signal:
        """How far the thigh of somebody who lies is raised."""
        return raised_leg(*self._body)

    def fingertip(self, floor_y_px: float, height_px: float, leg_px: float) -> Signal:
        """Return how far the fingertips are above the floor, as `fingertip_height`."""
        landmarks, _, side = self._body
        yardsticks = (floor_y_px, height_px, leg_px)
        return self._once(
            ("fingertip", *yardsticks), lambda: fingertip_height(landmarks, side, *yardsticks)
        )

    def size_px(self, frames: tuple[int, int]) -> float:
        """Return the body's size over some frames, as `body_size_px`."""
        return self._once(("size", frames), lambda: body_size_px(self._body[0], frames))

    def profile(self, frame: int) -> DorsalProfile | None:
        """Return the back's outline of one frame, as `dorsal_profile`."""
        return self._once(("profile", frame), lambda: dorsal_profile(*self._body, frame))

    def shape(self, frame: int, body_px: float) -> Floats | None:
        """Return the body's shape in one frame, as `shape_features`."""
        return self._once(
            ("shape", frame, body_px), lambda: shape_features(*self._body, frame, body_px)
        )

    def back(self, level: Level, frames: tuple[int, int]) -> Signal:
        """Return how far the back's outline leans at a level of it.

        Unit
            Degrees, (T,); NaN outside of `frames` and where there is no clear edge.
        Sign
            Positive with the upper end forward: at the sacrum as the pelvis tilts forward.
        Needs
            Side view; outline, hip and shoulder; a free back.
        Source
            `contour.edge_deg` within the level's window of `contour.WINDOWS`.
        """
        landmarks, _, side = self._body
        value = np.full(len(landmarks.time_s), np.nan)
        for frame in range(*frames):
            if (level, frame) not in self._edges:
                self._edges[level, frame] = self._edge_deg(frame, level)
            value[frame] = self._edges[level, frame]
        return Signal(
            name=f"{level}_inclination",
            side=side,
            unit="deg",
            positive="upper end forward",
            time_s=landmarks.time_s,
            value=value,
        )

    def _edge_deg(self, frame: int, level: Level) -> float:
        profile = self.profile(frame)
        return float("nan") if profile is None else edge_deg(profile, WINDOWS[level])

    def _once(self, what: object, found: Callable[[], _Found]) -> _Found:
        if what not in self._known:
            self._known[what] = found()
        return cast("_Found", self._known[what])
