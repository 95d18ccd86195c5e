"""The findings drawn on the frames: an overlay is a list of small drawers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from posture.outputs.overlay.backline import BackLine
from posture.outputs.overlay.bend import draw_bend, draw_share, share_box
from posture.outputs.overlay.body import (
    draw_far_leg,
    draw_near_side,
    draw_outline,
    draw_points,
)
from posture.outputs.overlay.ink import Box
from posture.outputs.overlay.labels import Label, LabelColumn
from posture.outputs.overlay.leg_raise import draw_leg_raise
from posture.outputs.overlay.panel import Panel, draw_panel
from posture.outputs.overlay.scene import Scene, scene_of
from posture.outputs.overlay.standing import draw_standing
from posture.outputs.overlay.walk import draw_strip, draw_walk, strip_box
from posture.types import Activity, EventKind, Rgb

Drawer = Callable[[Rgb, Scene, int], list[Label]]

_TESTS: tuple[Drawer, ...] = (draw_standing, draw_bend, draw_walk, draw_leg_raise)


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
            labels = [label for drawer in _TESTS for label in drawer(picture, scene, frame)]
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
    time_s = scene.analysis.landmarks.time_s
    for number, segment in enumerate(scene.analysis.segments):
        if segment.activity is Activity.STANDING:
            yield "standing", (segment.frames[0] + segment.frames[1] - 1) // 2
        elif segment.activity is Activity.FORWARD_BEND:
            bottoms = [
                e.time_s
                for e in scene.analysis.events
                if e.kind is EventKind.BEND_BOTTOM and e.segment == number
            ]
            middle = (segment.frames[0] + segment.frames[1] - 1) // 2
            frame = int(np.searchsorted(time_s, bottoms[0])) if bottoms else middle
            yield "bottom_of_bend", min(frame, len(time_s) - 1)
        elif segment.activity is Activity.LEG_RAISE:
            held = scene.measure("leg_raise_angle", number)
            frames = segment.frames if held is None else held.frames
            yield "leg_raised", (frames[0] + frames[1] - 1) // 2
        elif segment.activity is Activity.WALL_LUNGE:
            held = scene.measure("lunge_dorsiflexion_straight", number)
            frames = segment.frames if held is None else held.frames
            yield "lunge", (frames[0] + frames[1] - 1) // 2
        elif segment.activity is Activity.WALKING:
            near = segment.view.near_side
            offs = [
                e.time_s
                for e in scene.analysis.events
                if e.kind is EventKind.TOE_OFF and e.segment == number and e.side is near
            ]
            if offs:
                frame = int(np.searchsorted(time_s, offs[len(offs) // 2] + _AFTER_S))
                yield "push_off", min(frame, len(time_s) - 1)


_AFTER_S = 0.05  # the moment itself has just been marked


__all__ = ["Overlay", "Scene", "key_frames", "scene_of"]
