"""Walking: the gait cycle as a strip, moments as they happen, the ankle at push-off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.outputs.numbers import number
from posture.outputs.overlay.ink import (
    GREY,
    ORANGE,
    SKY,
    WHITE,
    YELLOW,
    Box,
    Pen,
    arc_points,
    dot,
    line,
    plate,
    text,
    text_size,
)
from posture.outputs.overlay.labels import Label
from posture.outputs.overlay.scene import Scene, shows
from posture.signals.cycle import Stride, strides_of
from posture.types import Activity, EventKind, Floats, Rgb, Side, Signal

_FLASH_S = 0.4  # what happens in an instant is shown this long
_NAMES = {
    EventKind.HEEL_STRIKE: "heel_strike",
    EventKind.HEEL_OFF: "heel_off",
    EventKind.TOE_OFF: "toe_off",
}
_POINT = {
    EventKind.HEEL_STRIKE: "heel",
    EventKind.HEEL_OFF: "heel",
    EventKind.TOE_OFF: "foot_index",
}


def draw_walk(picture: Rgb, scene: Scene, frame: int) -> list[Label]:
    """Draw moments at the feet and the ankle at push-off; return the labels."""
    segment = shows(scene, frame, Activity.WALKING)
    near = scene.near(frame)
    if segment is None or near is None:
        return []
    now_s = float(scene.analysis.landmarks.time_s[frame])
    labels: list[Label] = []
    for event in scene.analysis.events:
        since_s = now_s - event.time_s
        if event.segment != segment or not 0 <= since_s <= _FLASH_S or event.kind not in _NAMES:
            continue
        x, y = scene.point(f"{event.side.value}_{_POINT[event.kind]}", frame)
        if not np.isfinite([x, y]).all():
            continue
        grown = 0.5 + since_s / _FLASH_S
        colour = YELLOW if event.side is near else GREY
        ring = arc_points((float(x), float(y)), 0.04 * scene.height_px * grown, 0, 360)
        line(picture, ring, Pen(colour, max(1, scene.stroke_px - 1), halo=1))
        if event.side is near:
            told = scene.words.ui(_NAMES[event.kind])
            labels.append(Label(key="event", text=told, anchor=(float(x), float(y)), colour=colour))
        if event.kind is EventKind.TOE_OFF and event.side is near:
            labels += _push_off(picture, scene, frame, near, segment)
    return _last_of_each(labels)


def _last_of_each(labels: list[Label]) -> list[Label]:
    return list({label.key: label for label in labels}.values())


def _push_off(picture: Rgb, scene: Scene, frame: int, near: Side, segment: int) -> list[Label]:
    """Draw the angle between shank and foot, with the push-off's number."""
    measure = scene.measure("peak_plantarflexion", segment, near)
    ankle, knee, heel, toe = (
        scene.point(f"{near.value}_{name}", frame)
        for name in ("ankle", "knee", "heel", "foot_index")
    )
    if measure is None or not np.isfinite([*ankle, *knee, *heel, *toe]).all():
        return []
    up = _clockwise_from_up(knee - ankle)
    foot = _clockwise_from_up(toe - heel)
    turn = (foot - up + 180) % 360 - 180
    centre = (float(ankle[0]), float(ankle[1]))
    ends = arc_points(centre, 0.07 * scene.height_px, up, up + turn)
    line(picture, ends, Pen(YELLOW, scene.stroke_px + 1))
    told = f"{scene.words.ui('push_off')} {number(measure, scene.words)}"
    return [Label(key="push_off", text=told, anchor=centre, colour=YELLOW)]


def _clockwise_from_up(arrow: Floats) -> float:
    return math.degrees(math.atan2(float(arrow[0]), -float(arrow[1])))


def strip_box(scene: Scene, avoid: Box) -> Box:
    """Return where the strip goes: at the bottom, or at the top where it would hide the feet."""
    width, height = scene.size_px
    tall, edge = round(0.17 * height), round(0.012 * height)
    left, right, ceiling, floor = edge, width - edge, 0, height
    if avoid[2] - avoid[0] > width / 2:  # above or below it, as beside it there is no room
        ceiling, floor = (avoid[3], height) if avoid[1] < height / 2 else (0, avoid[1])
    feet = scene.extent[np.isfinite(scene.extent[:, 3]), 3]
    lowest = float(np.percentile(feet, 90)) if len(feet) else 0.0
    top = floor - tall - edge
    if lowest >= top - edge:
        top = ceiling + edge
    if top < avoid[3] and top + tall > avoid[1]:
        left, right = (avoid[2] + edge, right) if avoid[2] < width / 2 else (left, avoid[0] - edge)
    return left, top, right, top + tall


def draw_strip(picture: Rgb, scene: Scene, frame: int, box: Box) -> None:
    """Draw the near leg's gait cycle: stance, heel-off, toe-off, the ankle's course so far."""
    segment = shows(scene, frame, Activity.WALKING)
    near = scene.near(frame)
    if segment is None or near is None:
        return
    strides = _strides(scene, near, segment)
    course = scene.signal("ankle_dorsiflexion", near)
    if not strides or course is None:
        return
    plate(picture, box)
    now_s = float(scene.analysis.landmarks.time_s[frame])
    small = round(0.72 * scene.text_px)
    left, top, right, bottom = box
    pad = round(0.7 * small)
    inner = (left + pad, top + round(1.7 * small), right - pad, bottom - round(2.1 * small))
    chart = _Chart(inner=inner, range_deg=_range_deg(course, strides), course=course)
    _heading(picture, scene, box, small)
    for stride in strides:
        if stride.end_s <= now_s:
            chart.curve(picture, stride, stride.end_s, Pen(GREY, 1, halo=0))
    current = next((s for s in strides if s.start_s <= now_s <= s.end_s), None)
    _bar(picture, scene, near, segment, current or strides[0], chart, small)
    if current is not None:
        chart.curve(picture, current, now_s, Pen(SKY, scene.stroke_px, halo=0))


def _strides(scene: Scene, near: Side, segment: int) -> tuple[Stride, ...]:
    strikes, offs = (
        np.array(
            [
                event.time_s
                for event in scene.analysis.events
                if event.kind is kind and event.side is near and event.segment == segment
            ]
        )
        for kind in (EventKind.HEEL_STRIKE, EventKind.TOE_OFF)
    )
    return strides_of(near, strikes, offs)


def _heading(picture: Rgb, scene: Scene, box: Box, small: int) -> None:
    told = scene.words.of("measures", "peak_dorsiflexion").split(",")[0].split("(")[0]
    text(picture, (box[0] + small // 2, box[1] + small), told.strip(), small, SKY)


_ROOM_DEG = 4.0  # above and below the curve
_LEAST_RANGE_DEG = 30.0  # so that a stiff ankle's curve looks flat, which it is


def _range_deg(course: Signal, strides: tuple[Stride, ...]) -> tuple[float, float]:
    inside = (course.time_s >= strides[0].start_s) & (course.time_s <= strides[-1].end_s)
    known = course.value[inside & np.isfinite(course.value)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    slack = max(_ROOM_DEG, (_LEAST_RANGE_DEG - (high - low)) / 2)
    return low - slack, high + slack


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """The ankle over the gait cycle, within a box."""

    inner: Box
    range_deg: tuple[float, float]
    course: Signal

    def x(self, share: float) -> float:
        return self.inner[0] + share * (self.inner[2] - self.inner[0])

    def y(self, angle_deg: Floats) -> Floats:
        low, high = self.range_deg
        share = np.clip((angle_deg - low) / (high - low), 0, 1)
        height: Floats = self.inner[3] - share * (self.inner[3] - self.inner[1])
        return height

    def curve(self, picture: Rgb, stride: Stride, until_s: float, pen: Pen) -> None:
        """Draw one stride's course up to a moment, with a dot at its head while it grows."""
        time_s = self.course.time_s
        part = (time_s >= stride.start_s) & (time_s <= until_s)
        share = (time_s[part] - stride.start_s) / stride.duration_s
        across = self.inner[0] + share * (self.inner[2] - self.inner[0])
        points = np.stack([across, self.y(self.course.value[part])], axis=1)
        line(picture, points, pen)
        if pen.width > 1 and len(points):
            dot(picture, (float(points[-1][0]), float(points[-1][1])), 4, pen.colour, hollow=False)


def _bar(
    picture: Rgb,
    scene: Scene,
    near: Side,
    segment: int,
    stride: Stride,
    chart: _Chart,
    small: int,
) -> None:
    """Draw the stance bar under the curve and the ticks of heel-off and toe-off."""
    inner = chart.inner
    zero = float(chart.y(np.zeros(1))[0])
    line(picture, [(inner[0], zero), (inner[2], zero)], Pen(GREY, 1, dash=4, halo=0))
    floor = inner[3] + round(0.3 * small)
    off = chart.x(stride.stance_frac)
    line(picture, [(inner[0], floor), (off, floor)], Pen(WHITE, 4, halo=0))
    line(picture, [(off, floor), (inner[2], floor)], Pen(GREY, 1, halo=0))
    ticks = [("toe_off", stride.stance_frac)]
    lifted = scene.measure("heel_off", segment, near)
    if lifted is not None:
        ticks.insert(0, ("heel_off", lifted.value))
    taken = -math.inf
    for name, share in ticks:
        x = chart.x(share)
        line(picture, [(x, inner[1]), (x, floor + 3)], Pen(ORANGE, 2, halo=0))
        told = scene.words.ui(name)
        width, _ = text_size(told, small)
        at = min(max(x - width / 2, taken), inner[2] - width)
        text(picture, (at, floor + 0.25 * small + small), told, small, WHITE)
        taken = at + width + small / 2
