"""The legs over the gait cycle as one drawing: mean and scatter of the strides, what is usual."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import numpy as np

from posture.outputs.charts import place
from posture.outputs.words import Words
from posture.types import CycleCurve, Floats, Measure, Quality, Side, Usual

_SHOWN = ("hip_flexion", "knee_flexion", "ankle_dorsiflexion", "shank_inclination", "foot_pitch")
_WIDTH, _HEIGHT, _TOP, _BOTTOM, _LEFT, _MARGIN = 220, 132, 20, 16, 26, 18
_COLOUR = {Side.LEFT: "#0072B2", Side.RIGHT: "#D55E00"}
_DASH = {Side.LEFT: "", Side.RIGHT: ' stroke-dasharray="6 3"'}  # colour never speaks alone
_GUIDE = "#9AA5B1"
_HALF_BOX = 0.04  # ours; of the cycle, half the width of what is usual about its place
_ROOM_DEG = 4.0  # above and below the curves

# Which measure is read off which curve, and with which sign.
_READ_OFF: Mapping[str, tuple[tuple[str, float], ...]] = {
    "ankle_dorsiflexion": (("peak_dorsiflexion", 1.0), ("peak_plantarflexion", -1.0)),
    "knee_flexion": (("knee_flexion_at_peak_dorsiflexion", 1.0),),
    "shank_inclination": (("shank_at_heel_off", 1.0),),
}


def cycle_svg(curves: Sequence[CycleCurve], measures: Sequence[Measure], words: Words) -> str:
    """Draw hip, knee, ankle, shank and foot over the gait cycle; empty without curves.

    The line is the mean of the strides, the band one standard deviation to either side. A dashed
    box is what is usual at the speed of this walk, one standard deviation between people to either
    side; where the speed is not known there is none.
    """
    drawn = [name for name in _SHOWN if any(curve.name == name for curve in curves)]
    if not drawn:
        return ""
    usual = _usual(measures)
    panels = "".join(
        f'<g transform="translate({number % 3 * _WIDTH} {number // 3 * _HEIGHT})">'
        f"{_panel(name, [c for c in curves if c.name == name], usual, words)}</g>"
        for number, name in enumerate(drawn)
    )
    rows = math.ceil(len(drawn) / 3)
    return (
        f'<svg class="cycle" viewBox="0 0 {3 * _WIDTH} {rows * _HEIGHT}" role="img" '
        f'aria-label="{escape(cycle_caption(curves, measures, words), quote=True)}" '
        f'font-size="10" fill="none">{panels}</svg>'
    )


def cycle_caption(curves: Sequence[CycleCurve], measures: Sequence[Measure], words: Words) -> str:
    """Say what the drawing shows: of which leg how many strides, and what the box is."""
    counts = {curve.side: curve.strides for curve in curves}
    legs = " · ".join(
        words.of("cycle", "leg").format(side=words.term(side.value), count=count)
        for side, count in counts.items()
    )
    told = words.of("cycle", "caption").format(legs=legs)
    key = "usual" if _usual(measures) else "no_speed"
    return f"{told} {words.of('cycle', key)}"


def _usual(measures: Sequence[Measure]) -> dict[str, Usual]:
    """Return what is usual for each measure; over all passes, where they were joined."""
    found: dict[str, Usual] = {}
    for measure in sorted(measures, key=lambda m: m.segment is not None):
        if measure.expected is not None and measure.quality is not Quality.MISSING:
            found.setdefault(measure.name, measure.expected)
    return found


def _panel(
    name: str, curves: Sequence[CycleCurve], usual: Mapping[str, Usual], words: Words
) -> str:
    boxes = [
        (usual[measure], sign) for measure, sign in _READ_OFF.get(name, ()) if measure in usual
    ]
    low, high = _range(curves, boxes)

    def down(value: float) -> float:
        share = (value - low) / (high - low)
        return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)

    title = (
        f'<text x="{_LEFT}" y="12" fill="currentColor" font-weight="600">'
        f"{escape(words.of('cycle', name))}</text>"
    )
    parts = [title, *_axes(low, high, down(0.0) if low < 0 < high else None)]
    if name == "foot_pitch" and "heel_off" in usual:
        parts.append(_box(usual["heel_off"].low, usual["heel_off"].high, _TOP, _HEIGHT - _BOTTOM))
    for expected, sign in boxes:
        if expected.phase is not None:
            ends = sorted((down(sign * expected.low), down(sign * expected.high)))
            phase = expected.phase
            parts.append(_box(phase - _HALF_BOX, phase + _HALF_BOX, ends[0], ends[1]))
    for curve in curves:
        parts += _drawn(curve, [down(v) for v in (low, high)], low, high)
    return "".join(parts)


def _range(
    curves: Sequence[CycleCurve], boxes: Sequence[tuple[Usual, float]]
) -> tuple[float, float]:
    values = [np.concatenate([c.mean - _sd(c), c.mean + _sd(c)]) for c in curves]
    known = np.concatenate([*values, [s * end for e, s in boxes for end in (e.low, e.high)]])
    known = known[np.isfinite(known)]
    if not len(known):
        return -_ROOM_DEG, _ROOM_DEG
    return float(known.min()) - _ROOM_DEG, float(known.max()) + _ROOM_DEG


def _sd(curve: CycleCurve) -> Floats:
    return np.where(np.isfinite(curve.sd), curve.sd, 0.0)


def _across(phase: float) -> float:
    return _LEFT + phase * (_WIDTH - _LEFT - _MARGIN)


def _axes(low: float, high: float, zero: float | None) -> Iterator[str]:
    floor = _HEIGHT - _BOTTOM
    yield f'<path d="M{_LEFT} {_TOP}V{floor}H{place(_across(1.0))}" stroke="{_GUIDE}"/>'
    if zero is not None:
        yield (
            f'<path d="M{_LEFT} {place(zero)}H{place(_across(1.0))}" stroke="{_GUIDE}" '
            f'stroke-dasharray="2 3"/>'
        )
    for value, at in ((high, _TOP + 8), (low, floor)):
        yield (
            f'<text x="{_LEFT - 3}" y="{at}" text-anchor="end" fill="currentColor">'
            f"{round(value)}°</text>"
        )
    for phase in (0.0, 0.5, 1.0):
        yield (
            f'<text x="{place(_across(phase))}" y="{_HEIGHT - 4}" text-anchor="middle" '
            f'fill="currentColor">{round(100 * phase)}%</text>'
        )


def _box(left: float, right: float, top: float, bottom: float) -> str:
    x = _across(left)
    return (
        f'<rect class="usual" x="{place(x)}" y="{place(top)}" width="{place(_across(right) - x)}" '
        f'height="{place(bottom - top)}" rx="2" fill="{_GUIDE}" fill-opacity=".2" '
        f'stroke="{_GUIDE}" stroke-dasharray="4 3"/>'
    )


def _drawn(curve: CycleCurve, ends: Sequence[float], low: float, high: float) -> Iterator[str]:
    """Yield the band and the line, from one unknown stretch to the next."""
    known = np.flatnonzero(np.isfinite(curve.mean))
    colour = _COLOUR.get(curve.side, _GUIDE)
    for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if len(stretch) < _LEAST:
            continue
        across = [place(_across(float(phase))) for phase in curve.phase[stretch]]
        sd = _sd(curve)[stretch]
        mean, over, under = (
            [
                place(ends[0] + (ends[1] - ends[0]) * float((value - low) / (high - low)))
                for value in curve.mean[stretch] + times * sd
            ]
            for times in (0, 1, -1)
        )
        line = " ".join(f"{x},{y}" for x, y in zip(across, mean, strict=True))
        there = [f"{x},{y}" for x, y in zip(across, over, strict=True)]
        back = [f"{x},{y}" for x, y in zip(across, under, strict=True)][::-1]
        yield (
            f'<polygon points="{" ".join([*there, *back])}" fill="{colour}" fill-opacity=".2"/>'
            f'<polyline class="{curve.side.value}" points="{line}" stroke="{colour}" '
            f'stroke-width="1.6"{_DASH.get(curve.side, "")}/>'
        )


_LEAST = 2  # samples; one is no line
