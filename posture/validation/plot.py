"""The Bland-Altman plot of one measure: a dot a pair, bias, limits, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from posture.outputs.charts import place
from posture.outputs.numbers import precise_number
from posture.outputs.words import Words
from posture.types import Quality, Unit
from posture.validation.statistics import Agreement, Interval
from posture.validation.study import Group, Pair

WIDTH, HEIGHT = 360, 230
_LEFT, _RIGHT, _TOP, _BASE = 14.0, WIDTH - 62.0, 22.0, HEIGHT - 34.0
_ROOM = 0.08  # of what is drawn, on either side
_INK, _GUIDE, _BIAS, _LIMIT = "currentColor", "#9AA5B1", "#0072B2", "#D55E00"  # Okabe and Ito 2008


def bland_altman_svg(group: Group, words: Words) -> str:
    """Draw differences over means; the numbers stand beside it in words as well."""
    told = group.agreement
    if told is None:
        return ""
    means = [(pair.first + pair.second) / 2 for pair in group.pairs]
    offs = [pair.second - pair.first for pair in group.pairs]
    across = _scale(means, _LEFT, _RIGHT)
    ends = [e for line in (told.bias, told.lower, told.upper) for e in _known(line)]
    down = _scale([*offs, *ends, 0.0], _BASE, _TOP)
    axis = "axis_off" if group.tool else "axis_repeat"
    parts = [
        (
            f'<svg class="agreement" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" fill="none" '
            f'font-size="10.5" aria-label="{escape(_aloud(group, told, words))}">'
        ),
        (
            f'<text x="{place(_LEFT)}" y="12" fill="{_INK}">'
            f"{escape(words.of('validation', axis))}</text>"
        ),
        (
            f'<text x="{place(_RIGHT)}" y="{HEIGHT - 4}" text-anchor="end" fill="{_INK}">'
            f"{escape(words.of('validation', 'axis_mean'))}</text>"
        ),
        (
            f'<path d="M{place(_LEFT)} {place(_TOP - 4)}V{place(_BASE)}H{place(_RIGHT)}" '
            f'stroke="{_GUIDE}"/>'
        ),
        (
            f'<path d="M{place(_LEFT)} {place(down(0.0))}H{place(_RIGHT)}" stroke="{_GUIDE}" '
            f'stroke-dasharray="1 3"/>'
        ),
        *_lines(told, down, group.unit, words),
        *_dots(group.pairs, means, offs, across, down),
        *_ends(means, across, group.unit, words),
        "</svg>",
    ]
    return "".join(parts)


def _known(line: Interval) -> list[float]:
    return [value for value in (line.value, line.low, line.high) if math.isfinite(value)]


def _scale(values: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    low, high = min(values), max(values)
    room = _ROOM * (high - low) or 1.0
    low, high = low - room, high + room
    return lambda value: start + (end - start) * (value - low) / (high - low)


def _lines(
    told: Agreement, down: Callable[[float], float], unit: Unit, words: Words
) -> Iterator[str]:
    """Yield bias and limits with the bands of their intervals, each with its number."""
    lines = (
        (told.upper, _LIMIT, ' stroke-dasharray="6 4"'),
        (told.bias, _BIAS, ""),
        (told.lower, _LIMIT, ' stroke-dasharray="6 4"'),
    )
    labels = _apart([down(line.value) for line, _, _ in lines])
    for (line, colour, dash), label in zip(lines, labels, strict=True):
        y = down(line.value)
        if math.isfinite(line.low) and math.isfinite(line.high):
            top = down(line.high)
            yield (
                f'<rect x="{place(_LEFT)}" y="{place(top)}" width="{place(_RIGHT - _LEFT)}" '
                f'height="{place(down(line.low) - top)}" fill="{colour}" fill-opacity=".13"/>'
            )
        yield (
            f'<path d="M{place(_LEFT)} {place(y)}H{place(_RIGHT)}" stroke="{colour}" '
            f'stroke-width="1.5"{dash}/>'
            f'<text x="{place(_RIGHT + 4)}" y="{place(label + 3.5)}" fill="{_INK}">'
            f"{escape(precise_number(line.value, unit, words, with_unit=False))}</text>"
        )


_LABEL = 12.0  # a line of numbers


def _apart(places: Sequence[float]) -> list[float]:
    """Return where labels from top to bottom go, so that none covers another."""
    top, middle, bottom = places
    return [min(top, middle - _LABEL), middle, max(bottom, middle + _LABEL)]


def _dots(
    pairs: Sequence[Pair],
    means: Sequence[float],
    offs: Sequence[float],
    across: Callable[[float], float],
    down: Callable[[float], float],
) -> Iterator[str]:
    for pair, mean, off in zip(pairs, means, offs, strict=True):
        fill = _INK if pair.quality is Quality.GOOD else "none"
        yield (
            f'<circle cx="{place(across(mean))}" cy="{place(down(off))}" r="3.2" fill="{fill}" '
            f'fill-opacity=".75" stroke="{_INK}"/>'
        )


def _ends(
    means: Sequence[float], across: Callable[[float], float], unit: Unit, words: Words
) -> Iterator[str]:
    """Yield the smallest and the largest mean, in the unit that people read."""
    low, high = min(means), max(means)
    for value, anchor in ((low, "start"), (high, "end")):
        at = max(_LEFT, across(value)) if anchor == "start" else across(value)
        told = precise_number(value, unit, words, with_unit=anchor == "end")
        yield (
            f'<text x="{place(at)}" y="{place(_BASE + 14)}" text-anchor="{anchor}" '
            f'fill="{_INK}">{escape(told)}</text>'
        )


def _aloud(group: Group, told: Agreement, words: Words) -> str:
    bias, lower, upper = (
        precise_number(line.value, group.unit, words)
        for line in (told.bias, told.lower, told.upper)
    )
    name = words.of("measures", group.measure)
    return words.of("validation", "plot").format(measure=name, bias=bias, lower=lower, upper=upper)
