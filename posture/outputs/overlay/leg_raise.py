"""Leg raise: the floor's level, the angle up to the raised thigh."""

from __future__ import annotations

import numpy as np

from posture.outputs.numbers import number
from posture.outputs.overlay.ink import WHITE, YELLOW, Pen, arc_points, line
from posture.outputs.overlay.labels import Label
from posture.outputs.overlay.moments import held
from posture.outputs.overlay.scene import Scene, shows
from posture.types import Activity, Rgb


def leg_raised(scene: Scene, segment: int) -> int | None:
    """Return the frame that shows the leg held highest."""
    return held(scene, segment, "leg_raise_angle")


def draw_leg_raise(picture: Rgb, scene: Scene, frame: int) -> list[Label]:
    """Draw how far the leg is up, and at its hold the measure; return its label."""
    segment = shows(scene, frame, Activity.LEG_RAISE)
    near = scene.near(frame)
    if segment is None or near is None:
        return []
    hip, facing = scene.point(f"{near.value}_hip", frame), float(scene.forward[frame])
    course = scene.signal("leg_raise_angle", near)
    if course is None or not np.isfinite([*hip, facing, course.value[frame]]).all():
        return []
    width = scene.stroke_px
    reach = 0.22 * scene.height_px
    level = np.array([hip, [hip[0] + facing * reach, hip[1]]])
    line(picture, level, Pen(WHITE, max(1, width - 1), dash=4 * width, halo=1))
    # clockwise from up: the feet lie the way the person would face standing
    start = 90.0 * facing
    end = start - facing * float(course.value[frame])
    line(picture, arc_points(tuple(hip), 0.8 * reach, start, end), Pen(YELLOW, width))
    measure = scene.measure("leg_raise_angle", segment)
    if measure is None:
        return []
    name = scene.words.of("measures", measure.name)
    return [
        Label(
            key=measure.name,
            text=f"{name} {number(measure, scene.words)}",
            anchor=tuple(scene.point(f"{near.value}_knee", frame).tolist()),
        )
    ]
