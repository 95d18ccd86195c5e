"""The findings drawn on the frames: an overlay is a list of small drawers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from posture.activities import ROWS, function_of
from posture.outputs.overlay.backline import BackLine
from posture.outputs.overlay.bend import draw_share, share_box
from posture.outputs.overlay.body import (
    draw_far_leg,
    draw_near_side,
    draw_outline,
    draw_points,
)
from posture.outputs.overlay.ink import Box
from posture.outputs.overlay.labels import Label, LabelColumn
from posture.outputs.overlay.panel import Panel, draw_panel
from posture.outputs.overlay.scene import Scene, scene_of
from posture.outputs.overlay.walk import draw_strip, strip_box
from posture.types import Activity, Rgb

Drawer = Callable[[Rgb, Scene, int], list[Label]]

_HERE = "posture.outputs.overlay"


def _drawers() -> list[Drawer]:
    return [function_of(_HERE, row.drawn_by) for row in ROWS.values() if row.drawn_by]


@dataclass(slots=True)
class Overlay:
    """Draws one analysis on its pictures, in order of time."""

    scene: Scene
    panel: Panel
    band: BackLine = field(default_factory=BackLine)
    column: LabelColumn = field(default_factory=LabelColumn)
    strip: Box | None = None  # only where somebody walks
    bar: Box | None = None  # only where somebody bends

    @classmethod
    def of(cls, scene: Scene) -> Overlay:
        """Return an overlay whose fixed parts have found their places."""
        panel = Panel.of(scene)
        walks = any(s.activity is Activity.WALKING for s in scene.analysis.segments)
        strip = strip_box(scene, panel.box) if walks else None
        bar = share_box(scene, [panel.box, strip] if strip else [panel.box])
        return cls(scene=scene, panel=panel, strip=strip, bar=bar)

    def draw(self, picture: Rgb, frame: int) -> None:
        """Draw on the picture of this frame, from the bottom layer up."""
        scene = self.scene
        if np.isfinite(scene.xy[frame, :, 0]).any():
            draw_outline(picture, scene, frame)
            draw_far_leg(picture, scene, frame)
            draw_near_side(picture, scene, frame)
            self.band.draw(picture, scene, frame)
            labels = [label for drawer in _drawers() for label in drawer(picture, scene, frame)]
            if self.strip is not None:
                draw_strip(picture, scene, frame, self.strip)
            if self.bar is not None:
                draw_share(picture, scene, frame, self.bar)
            taken = [box for box in (self.panel.box, self.strip, self.bar) if box is not None]
            self.column.draw(picture, scene, frame, labels, taken)
            if scene.level == "engineer":
                draw_points(picture, scene, frame)
        draw_panel(picture, scene, frame, self.panel)


def key_frames(scene: Scene) -> Iterator[tuple[str, int]]:
    """Yield the pictures that show a clip best: what they show and their frame."""
    last = len(scene.analysis.landmarks.time_s) - 1
    for number, segment in enumerate(scene.analysis.segments):
        row = ROWS.get(segment.activity)
        if row is not None and row.pictured_by:
            frame = function_of(_HERE, row.pictured_by)(scene, number)
            if frame is not None:
                yield row.picture, min(frame, last)


__all__ = ["Overlay", "Scene", "key_frames", "scene_of"]
