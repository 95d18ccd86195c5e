"""How one measure is spread over many clips: a dot a clip, or bars where they are many."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from posture.outputs.charts import place
from posture.outputs.cohort_numbers import Column
from posture.types import Floats, Reference

WIDTH, HEIGHT = 360, 74
_LEFT, _RIGHT, _TOP, _BASE = 6.0, WIDTH - 6.0, 5.0, 66.0
_DOTS = 60  # ours; more of them are drawn as bars
_BARS = 36
_DOT = 3.4
_REACH = 3.0  # ours; of the middle half's width, drawn on either side of it
_ROOM = 0.06
_USUAL, _GUIDE = "#009E73", "#9AA5B1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A drawing, with what is said beside it."""

    svg: str
    low: float  # the drawing's ends, in the measure's unit
    high: float
    below: int  # clips beyond the ends: a slip of the camera would flatten all others
    above: int


def spread_of(column: Column) -> Spread:
    """Draw a measure's spread over its reference band; the numbers stand beside it in words.

    Bars grow with the root of their count: where hundreds are equal, a few others stay visible.
    """
    values = column.values
    low, high = _ends(column)
    inside = values[(values >= low) & (values <= high)]

    def at(value: float) -> float:
        share = (value - low) / (high - low)
        return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, share))

    drawn = _dots if len(values) <= _DOTS else _bars
    middle = at(column.quartiles[1])
    tick = f"M{place(middle - 4.5)} {HEIGHT}L{place(middle)} {place(_BASE + 1.5)}L"
    svg = (
        f'<svg class="spread" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{_band(column.reference, at)}"
        f'<g class="all">{drawn(inside, low, high)}</g>'
        f'<path class="base" d="M{place(_LEFT)} {place(_BASE)}H{place(_RIGHT)}"/>'
        f'<path class="middle" d="{tick}{place(middle + 4.5)} {HEIGHT}Z"/></svg>'
    )
    return Spread(
        svg=svg,
        low=low,
        high=high,
        below=int((values < low).sum()),
        above=int((values > high).sum()),
    )


def _ends(column: Column) -> tuple[float, float]:
    """Return which stretch of numbers is drawn: the middle half, what is about it, the range."""
    values = column.values
    first, middle, third = column.quartiles
    errors = [cell.sd for cell in column.cells if math.isfinite(cell.sd)]
    half = max(third - first, float(np.median(errors)) if errors else 0.0, 0.02 * abs(middle))
    half = half or 1.0
    low = max(float(values.min()), first - _REACH * half)
    high = min(float(values.max()), third + _REACH * half)
    low, high = min(low, middle - half), max(high, middle + half)
    if column.reference is not None:
        ends = [e for e in (column.reference.low, column.reference.high) if math.isfinite(e)]
        near = [e for e in ends if low - _REACH * half <= e <= high + _REACH * half]
        low, high = min([low, *near]), max([high, *near])
    room = _ROOM * (high - low)
    return low - room, high + room


def _dots(values: Floats, low: float, high: float) -> str:
    """Draw a dot a clip, those that would cover each other one above the other."""
    bins = int((_RIGHT - _LEFT) / (2 * _DOT))
    counts, _ = np.histogram(values, bins=bins, range=(low, high))
    step = min(2 * _DOT, (_BASE - _TOP - _DOT) / max(1, int(counts.max(initial=0)) - 1))
    width = (_RIGHT - _LEFT) / bins
    return "".join(
        f'<circle cx="{place(_LEFT + (index + 0.5) * width)}" '
        f'cy="{place(_BASE - _DOT - 1 - number * step)}" r="{_DOT - 0.4:.1f}"/>'
        for index, count in enumerate(counts)
        for number in range(int(count))
    )


def _bars(values: Floats, low: float, high: float) -> str:
    counts, _ = np.histogram(values, bins=_BARS, range=(low, high))
    most = math.sqrt(max(1, int(counts.max(initial=1))))
    width = (_RIGHT - _LEFT) / _BARS
    bars = []
    for index, count in enumerate(counts):
        if count:
            tall = max(1.5, (_BASE - _TOP) * math.sqrt(count) / most)
            bars.append(
                f"M{place(_LEFT + index * width + 0.6)} {place(_BASE)}v{place(-tall)}"
                f"h{place(width - 1.2)}v{place(tall)}z"
            )
    return f'<path d="{"".join(bars)}"/>'


def _band(reference: Reference | None, at: Callable[[float], float]) -> str:
    """Draw the reference band; one that nobody verified is dashed."""
    if reference is None:
        return ""
    left, right = at(reference.low), at(reference.high)
    if right - left < 1:  # it lies beyond what is drawn
        return ""
    box = f'x="{place(left)}" y="1" width="{place(right - left)}" height="{place(_BASE - 1)}"'
    if reference.status == "verified":
        return f'<rect {box} fill="{_USUAL}" fill-opacity=".25"/>'
    return (
        f'<rect {box} fill="{_GUIDE}" fill-opacity=".18" stroke="{_GUIDE}" stroke-dasharray="4 3"/>'
    )
