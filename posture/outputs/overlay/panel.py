"""The panel: what is seen, what the links look like, and what the clip itself is like just then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posture.findings.evidence import JUDGED
from posture.outputs.facts import facts_at
from posture.outputs.numbers import chance
from posture.outputs.overlay.backline import COLOURS, swatch
from posture.outputs.overlay.ink import WHITE, YELLOW, Box, Colour, plate, text, text_size
from posture.outputs.overlay.scene import Scene
from posture.outputs.tables import LEVEL_SIGNS, level_name
from posture.types import Activity, Fact, Finding, Level, Rgb

_WIDEST = 0.28  # of the picture's width
_SAMPLES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Where the panel is and how large its letters are: the same throughout the clip."""

    box: Box
    letters_px: int

    @classmethod
    def of(cls, scene: Scene) -> Panel:
        """Return the panel in the corner in which it hides least of the person."""
        width, height = scene.size_px
        # all that it will say: the first page, and one a segment and a fact
        starts = {0, *(segment.frames[0] for segment in scene.analysis.segments)}
        starts |= {frame for fact in scene.analysis.facts for frame in _starts(scene, fact)}
        pages = [_lines(scene, frame) for frame in sorted(starts)]
        size = _size(scene, [line for page in pages for line in page])
        rows = [_rows(scene, page, size) for page in pages]
        tall = round((max(len(page) for page in rows) + 0.6) * 1.35 * size)
        portrait = _is_portrait(scene)
        widest = max(_width(line, size) for page in pages for line in page)
        wide = width if portrait else round(widest + 2.6 * size)
        edge = 0 if portrait else round(0.012 * height)
        corners = [
            (left, top, left + wide, top + tall)
            for top in (height - tall - edge, edge)
            for left in dict.fromkeys((edge, width - wide - edge))
        ]
        return cls(box=min(corners, key=lambda box: _hidden(scene, box)), letters_px=size)


def _hidden(scene: Scene, box: Box) -> float:
    """How much of the body lies under a box over the clip."""
    extent = scene.extent[:: max(1, len(scene.extent) // _SAMPLES)]
    across = np.minimum(extent[:, 2], box[2]) - np.maximum(extent[:, 0], box[0])
    down = np.minimum(extent[:, 3], box[3]) - np.maximum(extent[:, 1], box[1])
    return float(np.nansum(np.maximum(across, 0) * np.maximum(down, 0)))


def draw_panel(picture: Rgb, scene: Scene, frame: int, panel: Panel) -> None:
    """Draw the panel."""
    box, size = panel.box, panel.letters_px
    plate(picture, box, 0.7)
    baseline = box[1] + round(1.35 * size)
    for row in _rows(scene, _lines(scene, frame), size):
        at = float(box[0] + round(_MARGIN * size))
        for line in row:
            told, colour, level = line
            start = at
            if level is not None:
                swatch(picture, (round(at), baseline - size + 4, round(at) + size, baseline), level)
                start += round(_SWATCH * size)
            text(picture, (start, baseline), told, size, colour)
            at += _width(line, size) + _GAP * size
        baseline += round(1.35 * size)


def _is_portrait(scene: Scene) -> bool:
    return scene.size_px[1] > scene.size_px[0]


def _rows(scene: Scene, lines: Sequence[Line], size: int) -> list[list[Line]]:
    """Return what stands beside each other: one a row, in portrait as many as the strip holds."""
    if not _is_portrait(scene):
        return [[line] for line in lines]
    room = scene.size_px[0] - 2 * _MARGIN * size
    rows: list[list[Line]] = []
    left = -1.0
    for line in lines:
        wide = _width(line, size)
        if left < wide:
            rows.append([])
            left = room
        rows[-1].append(line)
        left -= wide + _GAP * size
    return rows


_MARGIN = 0.6  # of the letters: to the panel's edge,
_GAP = 1.2  # between two things in a row,
_SWATCH = 1.4  # and for the coloured mark


def _size(scene: Scene, lines: Sequence[Line]) -> int:
    """Letters of 1/28 of the height, smaller only where the panel would grow too wide."""
    widest = scene.size_px[0] * (0.92 if _is_portrait(scene) else _WIDEST)
    size = scene.text_px
    while size > scene.text_px // 2 and any(
        _width(line, size) + 2.6 * size > widest for line in lines
    ):
        size -= 1
    return size


Line = tuple[str, Colour, Level | None]


def _width(one: Line, size: int) -> float:
    return text_size(one[0], size)[0] + (_SWATCH * size if one[2] is not None else 0)


def _lines(scene: Scene, frame: int) -> list[Line]:
    segment = scene.segment(frame) or next(
        (s for s in scene.analysis.segments if s.activity is not Activity.OTHER), None
    )
    seen = scene.words.term(segment.activity.value) if segment else scene.words.ui("not_found")
    lines: list[Line] = [(seen, WHITE, None)]
    near = scene.near(frame) or scene.analysis.view.near_side
    for link in JUDGED:
        finding = scene.finding(link, near)
        if finding is not None:
            lines.append((_told(scene, finding), COLOURS[finding.level], finding.level))
    time_s = float(scene.analysis.landmarks.time_s[frame])
    so = facts_at(scene.analysis.facts, time_s, _READ_S)
    kinds = list(dict.fromkeys(fact.kind for fact in so))[:_FACTS]
    return lines + [(scene.words.of("facts", kind.value), YELLOW, None) for kind in kinds]


_FACTS = 2  # ours; at once, or the panel hides too much
_READ_S = 1.0  # ours; a moment such as a cut is told for as long as it takes to read


def _starts(scene: Scene, fact: Fact) -> list[int]:
    """Return the frames from which a fact is so."""
    time_s = scene.analysis.landmarks.time_s
    return [min(int(np.searchsorted(time_s, start)), len(time_s) - 1) for start, _ in fact.spans_s]


def _told(scene: Scene, finding: Finding) -> str:
    """Name the link and how likely it is tight, and its level where that says more."""
    name, sign = scene.words.of("links", finding.link.value), LEVEL_SIGNS[finding.level]
    told = f"{name} {sign}"
    if finding.level in {Level.SUGGESTED, Level.POSSIBLE}:
        told = f"{told} {level_name(finding, scene.words)}"
    return (
        told
        if finding.probability is None
        else f"{told} {chance(finding.probability, scene.words)}"
    )
