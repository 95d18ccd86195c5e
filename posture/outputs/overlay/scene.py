"""What the drawers need of an analysis, in the overlay's own pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posture.footage.steady import as_filmed
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.outputs.words import Words
from posture.signals.clean import Cleaned, smoothed
from posture.signals.frame import body_size_px, forward_sign, leg_length_px
from posture.signals.hand import fingertip_px
from posture.types import (
    Activity,
    Analysis,
    Bools,
    Finding,
    Floats,
    Link,
    Measure,
    Quality,
    Segment,
    Side,
    Signal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One analysis, ready to be drawn on pictures of `size_px`."""

    analysis: Analysis
    words: Words
    level: str
    size_px: tuple[int, int]  # width, height
    scale: float  # overlay pixels per landmark pixel
    xy: Floats  # (T, 33, 2) cleaned points, overlay pixels
    observed: Bools  # (T, 33)
    forward: Floats  # (T,)
    height_px: float  # of the body
    extent: Floats  # (T, 4) left, top, right, bottom of the body, slowly moving
    leg_px: Mapping[Side, float]  # length of each leg
    tip: Mapping[Side, Floats]  # (T, 2) middle fingertips

    @property
    def text_px(self) -> int:
        """Height of the letters: at least 1/28 of the picture's height."""
        return max(14, math.ceil(self.size_px[1] / 28))

    @property
    def stroke_px(self) -> int:
        """Width of the near leg's line: 3 px at 720."""
        return max(2, round(3 * min(self.size_px) / 720))

    def point(self, name: str, frame: int) -> Floats:
        """Return one body point of one frame."""
        place: Floats = self.xy[frame, self.analysis.landmarks.names.index(name)]
        return place

    def near(self, frame: int) -> Side | None:
        """Return the side towards the camera in this frame."""
        segment = self.segment(frame)
        if segment is not None and segment.view.near_side is not None:
            return segment.view.near_side
        return {1.0: Side.RIGHT, -1.0: Side.LEFT}.get(float(self.forward[frame]))

    def segment(self, frame: int) -> Segment | None:
        """Return the segment that holds this frame."""
        for segment in self.analysis.segments:
            if segment.frames[0] <= frame < segment.frames[1]:
                return segment
        return None

    def index(self, frame: int) -> int | None:
        """Return the number of the segment that holds this frame."""
        for number, segment in enumerate(self.analysis.segments):
            if segment.frames[0] <= frame < segment.frames[1]:
                return number
        return None

    def measure(self, name: str, segment: int, side: Side | None = None) -> Measure | None:
        """Return a measure of a segment, if it was measured."""
        for measure in self.analysis.measures:
            fits = measure.name == name and measure.segment == segment
            if fits and side in {None, measure.side}:
                return measure if measure.quality is not Quality.MISSING else None
        return None

    def signal(self, name: str, side: Side) -> Signal | None:
        """Return a signal of one side."""
        for signal in self.analysis.signals:
            if signal.name == name and signal.side is side:
                return signal
        return None

    def outline(self, frame: int) -> Floats | None:
        """Return the body's outline in overlay pixels; None where it would flicker."""
        landmarks = self.analysis.landmarks
        outline = landmarks.outline_px(frame)
        about = landmarks.outlines[max(0, frame - 1) : frame + 2]
        if outline is None or any(one is None for one in about):
            return None
        return outline * self.scale

    def finding(self, link: Link, side: Side | None) -> Finding | None:
        """Return the finding about a link, of this side or of both."""
        found = [f for f in self.analysis.assessment.findings if f.link is link]
        of_side = [f for f in found if f.side in {side, Side.BOTH}]
        return next(iter(of_side or found), None)


def scene_of(
    analysis: Analysis,
    cleaned: Cleaned,
    words: Words,
    size_px: tuple[int, int],
    level: str,
) -> Scene:
    """Return the scene for overlays of `size_px`."""
    landmarks = as_filmed(cleaned.landmarks)  # points of a steady picture lie beside the body
    scale = size_px[0] / landmarks.size_px[0]
    xy = landmarks.xy_px * scale
    whole = (0, len(landmarks.time_s))
    height_px = HEIGHTS_PER_SIZE * body_size_px(landmarks, whole)
    return Scene(
        analysis=analysis,
        words=words,
        level=level,
        size_px=size_px,
        scale=scale,
        xy=xy,
        observed=cleaned.observed,
        forward=forward_sign(landmarks),
        height_px=height_px * scale,
        extent=_extent(xy, landmarks.time_s),
        leg_px={side: leg_length_px(landmarks, whole, side) * scale for side in _SIDES},
        tip={side: fingertip_px(landmarks, side, height_px) * scale for side in _SIDES},
    )


_SIDES = (Side.LEFT, Side.RIGHT)
_EXTENT_HZ = 0.7  # ours; labels beside the body move no faster than a person steps aside


def _extent(xy: Floats, time_s: Floats) -> Floats:
    """Box around the body over time, held where unknown and slowly moving."""
    known = np.isfinite(xy[..., 0])
    seen = known.any(axis=1)
    box = np.full((len(xy), 4), np.nan)
    for frame in np.flatnonzero(seen):
        points = xy[frame][known[frame]]
        box[frame] = [*points.min(axis=0), *points.max(axis=0)]
    frames = np.arange(len(xy))
    for column in box.T:
        good = np.isfinite(column)
        if good.any():
            column[:] = np.interp(frames, frames[good], column[good])
    return smoothed(box, time_s, _EXTENT_HZ)


def shows(scene: Scene, frame: int, activity: Activity) -> int | None:
    """Return the number of the segment if this frame shows the activity."""
    number = scene.index(frame)
    if number is None or scene.analysis.segments[number].activity is not activity:
        return None
    return number
