"""The report's small charts: a measure on its usual range, a sign's weight of evidence."""

from __future__ import annotations

import math
from dataclasses import replace

from posture.types import Measure, Quality, Reference

_WIDTH, _HEIGHT, _MIDDLE = 180, 22, 11
_ABOUT = 0.6  # of a range's width, shown on either side of it; ours
_FOR, _AGAINST, _USUAL = "#D55E00", "#009E73", "#009E73"
_GUIDE = "#9AA5B1"


def place(number: float) -> str:
    """Write a place or a length in a drawing; no number that people read."""
    return f"{number:.1f}"


def whisker_svg(measure: Measure) -> str:
    """Draw a measure as dot and whisker on its reference band; empty where there is none.

    The thick whisker is one standard uncertainty, the thin one two. A draft range is dashed. The
    number itself stands beside the chart, so it is hidden from readers aloud.
    """
    reference = at_its_speed(measure)
    if reference is None or measure.quality is Quality.MISSING:
        return ""
    sd = measure.sd if math.isfinite(measure.sd) else 0.0
    low, high = _span(measure.value, sd, reference)

    def at(value: float) -> float:
        share = (value - low) / (high - low)
        return 4 + (_WIDTH - 8) * min(1.0, max(0.0, share))

    x = at(measure.value)
    whiskers = "".join(
        f'<path d="M{place(at(measure.value - reach * sd))} {_MIDDLE}'
        f'H{place(at(measure.value + reach * sd))}" stroke="currentColor" stroke-width="{width}"/>'
        for reach, width in ((2, "1.2"), (1, "3.6"))
        if sd
    )
    fill = "currentColor" if measure.quality is Quality.GOOD else "none"
    return (
        f'<svg class="whisker" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" '
        f'fill="none">{_range(at(reference.low), at(reference.high), reference)}{whiskers}'
        f'<circle cx="{place(x)}" cy="{_MIDDLE}" r="5" fill="{fill}" stroke="currentColor" '
        f'stroke-width="1.8"/></svg>'
    )


def at_its_speed(measure: Measure) -> Reference | None:
    """Return the range a measure is drawn on: that of its walk's speed where there is one."""
    reference, expected = measure.reference, measure.expected
    if expected is None or reference is None or reference.status == "verified":
        return reference
    return replace(reference, low=expected.low, high=expected.high, status="draft")


def evidence_svg(nats: float, reach: float) -> str:
    """Draw what one sign did to the odds: right speaks for a restriction, left against.

    `reach` is the longest bar's length in nats, so that bars of one page can be compared.
    """
    half = _WIDTH // 2
    length = half * min(1.0, abs(nats) / reach)
    left = half if nats > 0 else half - length
    colour = _FOR if nats > 0 else _AGAINST
    return (
        f'<svg class="evidence" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">'
        f'<rect x="{place(left)}" y="5" width="{place(length)}" height="12" rx="1.5" '
        f'fill="{colour}"/>'
        f'<path d="M{half} 0V{_HEIGHT}" stroke="currentColor" stroke-width="1.2"/></svg>'
    )


def expected_svg(value: float, sd: float, free: float, restricted: float) -> str:
    """Draw a value with its error between what is expected free and what is when restricted.

    Green bar: free; vermillion bar: restricted; dot and whisker: the value, +- one and two sd.
    """
    sd = sd if math.isfinite(sd) else 0.0
    points = (value, free, restricted)
    room = 0.15 * (max(points) - min(points)) or 1.0
    low, high = min(points) - room, max(points) + room

    def at(number: float) -> float:
        return 4 + (_WIDTH - 8) * min(1.0, max(0.0, (number - low) / (high - low)))

    marks = "".join(
        f'<path d="M{place(at(mark))} 2V{_HEIGHT - 2}" stroke="{colour}" stroke-width="5"/>'
        for mark, colour in ((free, _USUAL), (restricted, _FOR))
    )
    whiskers = "".join(
        f'<path d="M{place(at(value - reach * sd))} {_MIDDLE}H{place(at(value + reach * sd))}" '
        f'stroke="currentColor" stroke-width="{width}"/>'
        for reach, width in ((2, "1.2"), (1, "3.6"))
        if sd
    )
    return (
        f'<svg class="expected" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" fill="none">'
        f'<path d="M4 {_MIDDLE}H{_WIDTH - 4}" stroke="{_GUIDE}" stroke-opacity=".6"/>{marks}'
        f'{whiskers}<circle cx="{place(at(value))}" cy="{_MIDDLE}" r="5" fill="currentColor"/>'
        "</svg>"
    )


def _span(value: float, sd: float, reference: Reference) -> tuple[float, float]:
    """Return which stretch of numbers is shown: the range, what is about it, and the value."""
    low, high = reference.low, reference.high
    if math.isinf(low) or math.isinf(high):
        end = high if math.isinf(low) else low
        about = 1.3 * max(abs(value - end) + sd, 0.1 * abs(end), 2 * sd) or 1.0
        low, high = end - about, end + about
    else:
        about = _ABOUT * (high - low)
        low, high = low - about, high + about
    room = 0.04 * (high - low)
    return min(low, value - sd - room), max(high, value + sd + room)


def _range(left: float, right: float, reference: Reference) -> str:
    """Draw the reference band, from one bound's place to the other's."""
    box = f'x="{place(left)}" y="2" width="{place(right - left)}" height="{_HEIGHT - 4}" rx="3"'
    line = f'<path d="M4 {_MIDDLE}H{_WIDTH - 4}" stroke="{_GUIDE}" stroke-opacity=".6"/>'
    if reference.status == "verified":
        return f'{line}<rect {box} fill="{_USUAL}" fill-opacity=".3"/>'
    return (
        f'{line}<rect {box} fill="{_GUIDE}" fill-opacity=".16" stroke="{_GUIDE}" '
        f'stroke-dasharray="4 3"/>'
    )
