"""The printed sheet as a PDF: A4 in exact millimetres, all of it lines and areas, no font needed.

The second page says in every language how to use it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import cache

import cv2
import numpy as np

from posture.footage.sheet import CELLS, CHECK_LINE_MM, MARKERS, PAGE_MM, bits
from posture.outputs.words import LANGUAGES, load_words

_POINTS_PER_MM = 72 / 25.4
_DRAWN_PX = 96  # high, of a letter that is turned into an area
_INK, _SOFT = 0.0, 0.25  # grey


def marker_pdf() -> bytes:
    """Return the file: the sheet, and how to use it."""
    return _pdf(["\n".join(_sheet()), "\n".join(_how_to())])


def _sheet() -> Iterator[str]:
    """Yield the marks, the line that tells whether it came out at its size, and what to do."""
    yield f"{_INK} g"
    for one in MARKERS:
        cell = one.side / CELLS
        for row, cells in enumerate(bits(one.number)):
            # a run of black cells is one area: between two of them a printer leaves a hair's gap
            edges = np.flatnonzero(np.diff(np.concatenate([[0], cells == 0, [0]]).astype(int)))
            for start, stop in edges.reshape(-1, 2):
                yield _box(
                    one.left + start * cell,
                    one.top + row * cell,
                    (stop - start) * cell,
                    cell,
                )
    left = (PAGE_MM[0] - CHECK_LINE_MM) / 2
    yield _box(left, _LINE_Y, CHECK_LINE_MM, 0.4)
    for end in (left, left + CHECK_LINE_MM - 0.3):
        yield _box(end, _LINE_Y - 2.5, 0.3, 5.4)
    yield f"{_SOFT} g"
    told = [load_words(language).of("marker", "sheet_line") for language in LANGUAGES]
    for text, y in zip(told, (_LINE_Y + 6.0, _LINE_Y + 11.0), strict=True):
        yield from _line(text, None, y, 3.3)
    foot = " / ".join(load_words(language).of("marker", "sheet_foot") for language in LANGUAGES)
    yield from _line(foot, None, PAGE_MM[1] - 3.4, 3.0)


_LINE_Y = 275.5


def _how_to() -> Iterator[str]:
    y = 24.0
    for language in LANGUAGES:
        words = load_words(language)
        yield f"{_INK} g"
        yield from _line(words.of("marker", "sheet_title"), _MARGIN, y, 7.0)
        y += 12.0
        for step in _STEPS:
            for part in _broken(words.of("marker", step), 4.2, PAGE_MM[0] - 2 * _MARGIN):
                yield from _line(part, _MARGIN, y, 4.2)
                y += 7.0
            y += 2.5
        y += 10.0


_MARGIN = 20.0
_STEPS = ("sheet_print", "sheet_check", "sheet_box", "sheet_place", "sheet_film", "sheet_gives")


def _box(left: float, top: float, wide: float, tall: float) -> str:
    """Return a filled box, mm from the page's top left."""
    x, y, w, h = (value * _POINTS_PER_MM for value in (left, PAGE_MM[1] - top - tall, wide, tall))
    return f"{x:.4f} {y:.4f} {w:.4f} {h:.4f} re f"


def _line(told: str, left: float | None, base: float, tall: float) -> Iterator[str]:
    """Yield a line of text as areas; `left` None puts it into the middle, all in mm."""
    scale = tall / _DRAWN_PX
    wide = _wide_px(told) * scale
    start = (PAGE_MM[0] - wide) / 2 if left is None else left
    for area in _areas(told):
        places = np.round(area * scale + (start, base), 3)
        x = places[:, 0] * _POINTS_PER_MM
        y = (PAGE_MM[1] - places[:, 1]) * _POINTS_PER_MM
        path = [f"{a:.2f} {b:.2f} l" for a, b in zip(x, y, strict=True)]
        path[0] = path[0][:-1] + "m"
        yield " ".join([*path, "h"])
    yield "f*"


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("uni")  # OpenCV's own: it holds Japanese too, as in `overlay.ink`


def _wide_px(told: str) -> int:
    left, _, width, _ = cv2.getTextSize((0, 0), told, (0, 0), _font(), _DRAWN_PX, 500)
    return max(0, left + width)


def _areas(told: str) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Return the outlines of a line's letters, px from its baseline's left end."""
    picture = np.zeros((2 * _DRAWN_PX, _wide_px(told) + _DRAWN_PX), dtype=np.uint8)
    base = round(1.4 * _DRAWN_PX)
    cv2.putText(picture, told, (0, base), (255,), _font(), _DRAWN_PX, 500)
    found, _ = cv2.findContours(
        (picture > _HALF_INK).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    outlines = [cv2.approxPolyDP(one, 0.6, closed=True).reshape(-1, 2) for one in found]
    return [
        one.astype(np.float64) + 0.5 - (0, base)
        for one in outlines
        if len(one) > 2  # noqa: PLR2004 - a line has no area
    ]


def _broken(told: str, tall: float, room: float) -> Iterator[str]:
    """Yield a sentence in lines that fit: between words, or anywhere where there are none."""
    scale = tall / _DRAWN_PX
    spaced = told.count(" ") > len(told) / _LONG_WORD
    parts = told.split(" ") if spaced else list(told)
    between = " " if spaced else ""
    line = parts[0]
    for part in parts[1:]:
        longer = line + between + part
        if _wide_px(longer) * scale <= room or part in _NEVER_FIRST:
            line = longer
        else:
            yield line
            line = part
    yield line


_HALF_INK = 127
_LONG_WORD = 15
_NEVER_FIRST = "、。)」ー"


def _pdf(pages: Sequence[str]) -> bytes:
    """Return pages of drawing commands as a PDF 1.4."""
    wide, tall = (value * _POINTS_PER_MM for value in PAGE_MM)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    # no scaling: what a viewer's print dialogue then begins with
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    for number, page in enumerate(pages):
        packed = zlib.compress(page.encode("ascii"), 9)
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide:.4f} {tall:.4f}] "
            f"/Resources << >> /Contents {4 + 2 * number} 0 R >>".encode()
        )
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        parts.append(head + packed + b"\nendstream")
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(len(file))
        file += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = len(file)
    file += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        file += f"{place:010d} 00000 n \n".encode()
    file += f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\n".encode()
    file += f"startxref\n{table}\n%%EOF\n".encode()
    return bytes(file)
