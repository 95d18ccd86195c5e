"""The bend: pelvis and spine as two arcs that add up, a ruler to the floor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posture.outputs.numbers import number, percent
from posture.outputs.overlay.ink import (
    DARK,
    PURPLE,
    SKY,
    WHITE,
    Box,
    Pen,
    arc_points,
    label_box,
    line,
    plate,
    text,
    text_size,
)
from posture.outputs.overlay.labels import Label, free_places
from posture.outputs.overlay.scene import Scene, shows
from posture.types import Activity, Measure, Rgb, Side


def draw_bend(picture: Rgb, scene: Scene, frame: int) -> list[Label]:
    """Draw the two arcs as they grow, and the numbers from the bottom on; return the labels."""
    segment = shows(scene, frame, Activity.FORWARD_BEND)
    near = scene.near(frame)
    if segment is None or near is None:
        return []
    labels = _arcs(picture, scene, frame, near, segment)
    if not _at_bottom(scene, frame, segment):
        return []
    shown = labels[:1] if scene.level == "client" else labels
    return [*shown, *_ruler(picture, scene, frame, segment)]


def _at_bottom(scene: Scene, frame: int, segment: int) -> bool:
    """Say whether to show the numbers, which are the bottom's: from there until it is left."""
    reach = scene.measure("fingertip_floor", segment) or scene.measure("trunk_flexion", segment)
    if reach is None:
        return False
    start, stop = reach.frames
    time_s = scene.analysis.landmarks.time_s
    late = time_s[min(stop, len(time_s)) - 1] + _HOLD_S
    return frame >= start and bool(time_s[frame] <= late)


_HOLD_S = 0.5  # the numbers stay this long after the hold


def _arcs(picture: Rgb, scene: Scene, frame: int, near: Side, segment: int) -> list[Label]:
    pelvis, spine = (scene.signal(name, near) for name in ("pelvic_rotation", "spine_flexion"))
    hip = scene.point(f"{near.value}_hip", frame)
    facing = float(scene.forward[frame])
    if pelvis is None or spine is None or not np.isfinite([*hip, facing]).all():
        return []
    turned, rounded = float(pelvis.value[frame]), float(spine.value[frame])
    if not math.isfinite(turned + rounded):
        return []
    radius, width = 0.17 * scene.height_px, scene.stroke_px
    centre = (float(hip[0]), float(hip[1]))
    first = arc_points(centre, radius, 0.0, facing * turned)
    second = arc_points(centre, radius, facing * turned, facing * (turned + rounded))
    for end in (first[0], first[-1], second[-1]):
        line(picture, [centre, tuple(end)], Pen(WHITE, 1, dash=5, halo=1))
    line(picture, second, Pen(PURPLE, width + 2))
    line(picture, first, Pen(SKY, width + 2))
    found = []
    for key, name, arc, colour in (
        ("spine", "spine_flexion", second, PURPLE),
        ("pelvis", "pelvic_rotation", first, SKY),
    ):
        measure = scene.measure(name, segment)
        if measure is not None:
            told = f"{scene.words.ui(key)} {number(measure, scene.words)}"
            x, y = arc[len(arc) // 2]
            found.append(Label(key=key, text=told, anchor=(float(x), float(y)), colour=colour))
    return found


def _ruler(picture: Rgb, scene: Scene, frame: int, segment: int) -> list[Label]:
    """Draw the distance from fingertip to floor; return what says it, without a sign."""
    reach, ends = _reach(scene, segment), ruler_px(scene, frame)
    if reach is None or ends is None:
        return []
    (x, y), (_, floor_y) = ends
    tick = 0.02 * scene.height_px
    pen = Pen(WHITE, max(1, scene.stroke_px - 1))
    for end in (y, floor_y):
        line(picture, [(x - tick, end), (x + tick, end)], pen)
    line(picture, ends, pen)
    reached = reach.value <= 0
    told = (
        scene.words.ui("floor_reached")
        if reached
        else scene.words.ui("to_the_floor", distance=number(reach, scene.words))
    )
    facing = float(scene.forward[frame])
    box = label_box((0, 0), told, scene.text_px)
    left = x + 2 * tick if facing > 0 else x - 2 * tick - box[2]
    corner = (left, (y + floor_y) / 2 - box[3] / 2)
    return [Label(key="reach", text=told, anchor=(x, y), corner=corner)]


def _reach(scene: Scene, segment: int) -> Measure | None:
    return scene.measure("fingertip_floor_m", segment) or scene.measure("fingertip_floor", segment)


def ruler_px(scene: Scene, frame: int) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the fingertip and the floor below it, px of the overlay; None where not measured."""
    segment, near = shows(scene, frame, Activity.FORWARD_BEND), scene.near(frame)
    if segment is None or near is None or _reach(scene, segment) is None:
        return None
    course = scene.signal("fingertip_height", near)
    if course is None:
        return None
    x, y = (float(value) for value in scene.tip[near][frame])
    floor_y = y + float(course.value[frame]) * scene.leg_px[near]
    known = math.isfinite(x + floor_y + scene.height_px)
    return ((x, y), (x, floor_y)) if known else None


def share_box(scene: Scene, taken: Sequence[Box]) -> Box | None:
    """Return where the bar of the bend's shares goes: the upper right corner, clear of `taken`."""
    if not any(scene.measure("hip_share", n) for n in range(len(scene.analysis.segments))):
        return None
    size = scene.text_px
    texts = sum(text_size(told, size)[0] for told in _shares(scene, 1.0, 1.0))
    wide = min(max(round(0.22 * scene.size_px[0]), texts + size) + size, scene.size_px[0])
    box = (scene.size_px[0] - wide, 0, scene.size_px[0], round(2.9 * size))
    left, top = (int(end) for end in free_places([box], scene.size_px, taken)[0])
    return left, top, left + wide, top + box[3]


def draw_share(picture: Rgb, scene: Scene, frame: int, box: Box) -> None:
    """Draw how pelvis and lower back share the bend, as one bar."""
    segment = shows(scene, frame, Activity.FORWARD_BEND)
    if segment is None or scene.near(frame) is None or not _at_bottom(scene, frame, segment):
        return
    share = scene.measure("hip_share", segment)
    if share is None:
        return
    plate(picture, box)
    size = scene.text_px
    left, right, top = box[0] + size // 2, box[2] - size // 2, box[1] + size // 3
    middle = top + round(0.9 * size)
    cut = left + round((right - left) * min(max(share.value, 0.0), 1.0))
    picture[top:middle, left:cut] = SKY
    picture[top:middle, cut:right] = PURPLE
    pelvis, back = _shares(scene, share.value, 1 - share.value)
    text(picture, (left, middle + 1.1 * size), pelvis, size, WHITE)
    text(picture, (right - text_size(back, size)[0], middle + 1.1 * size), back, size, WHITE)
    line(picture, [(cut, top), (cut, middle)], Pen(DARK, 2, halo=0))


def _shares(scene: Scene, pelvis: float, back: float) -> tuple[str, str]:
    words = scene.words
    return (
        f"{words.ui('pelvis')} {percent(pelvis)}",
        f"{words.of('links', 'back')} {percent(back)}",
    )
