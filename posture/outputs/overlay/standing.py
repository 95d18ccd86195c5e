"""Standing: plumb line, pelvis with its error, trunk."""

from __future__ import annotations

import math

import numpy as np

from posture.outputs.numbers import number
from posture.outputs.overlay.ink import SKY, WHITE, YELLOW, Pen, arc_points, line, wedge
from posture.outputs.overlay.labels import Label
from posture.outputs.overlay.scene import Scene, shows
from posture.types import Activity, Measure, Rgb

_LABELLED = ("head_forward", "trunk_lean", "pelvic_tilt", "knee_flexion")
_AT = {
    "head_forward": "ear",
    "trunk_lean": "shoulder",
    "pelvic_tilt": "hip",
    "knee_flexion": "knee",
}


def draw_standing(picture: Rgb, scene: Scene, frame: int) -> list[Label]:
    """Draw the standing measures; return their labels."""
    segment = shows(scene, frame, Activity.STANDING)
    near = scene.near(frame)
    if segment is None or near is None:
        return []
    width = scene.stroke_px
    ankle, hip, shoulder = (
        scene.point(f"{near.value}_{name}", frame) for name in ("ankle", "hip", "shoulder")
    )
    top = ankle[1] - 1.05 * scene.height_px
    plumb = np.array([[ankle[0], ankle[1]], [ankle[0], max(top, 2.0)]])
    line(picture, plumb, Pen(WHITE, max(1, width - 1), dash=4 * width, halo=1))
    measures = {
        name: measure for name in _LABELLED if (measure := scene.measure(name, segment)) is not None
    }
    facing = float(scene.forward[frame])
    if "pelvic_tilt" in measures and np.isfinite([*hip, facing]).all():
        _pelvis(picture, scene, hip, measures["pelvic_tilt"], facing)
    if "trunk_lean" in measures and np.isfinite([*hip, *shoulder, facing]).all():
        up = np.array([hip, [hip[0], hip[1] - 0.22 * scene.height_px]])
        line(picture, up, Pen(YELLOW, max(1, width - 1), dash=2 * width, halo=1))
        lean = facing * measures["trunk_lean"].value
        radius = 0.18 * scene.height_px
        line(picture, arc_points(tuple(hip), radius, 0.0, lean), Pen(YELLOW, width))
    shown = list(measures)[:1] if scene.level == "client" else list(measures)
    return [
        Label(
            key=name,
            text=f"{scene.words.of('measures', name)} {number(measures[name], scene.words)}",
            anchor=tuple(scene.point(f"{near.value}_{_AT[name]}", frame).tolist()),
        )
        for name in shown
    ]


def _pelvis(picture: Rgb, scene: Scene, hip: np.ndarray, tilt: Measure, facing: float) -> None:
    """Draw the pelvis as a wedge from level, with a fan for its error."""
    radius = 0.13 * scene.height_px
    level = 90.0 * facing  # degrees clockwise from up: the way the person faces
    turned = level + facing * tilt.value
    if math.isfinite(tilt.sd):
        fan = (level + facing * (tilt.value - tilt.sd), level + facing * (tilt.value + tilt.sd))
        wedge(picture, tuple(hip), radius, fan, SKY)
    ends = arc_points(tuple(hip), radius, level, turned)
    line(picture, [tuple(hip), tuple(ends[0])], Pen(YELLOW, 1, dash=6, halo=1))
    line(picture, [tuple(hip), tuple(ends[-1])], Pen(SKY, scene.stroke_px))
    line(picture, ends, Pen(YELLOW, scene.stroke_px))
