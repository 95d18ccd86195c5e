"""A picture of 1080 x 1350 to hand over: two bends, before and after care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 1080, 1350
_INK, _SOFT, _GOOD, _PAPER = "#14202b", "#51606d", "#00734f", "#ffffff"
_FONT = "system-ui, 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic UI', sans-serif"
_LEFT = 84


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """One number before and after, ready to be read."""

    name: str
    before: str
    after: str
    course: str
    is_beyond: bool  # a change, not only what measuring twice gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What stands on the picture."""

    title: str
    who: str
    date: str
    care: str
    rows: tuple[CardRow, ...]
    foot: str
    language: str


def card_svg(card: Card) -> str:
    """Return the picture as SVG: it needs no file and no network."""
    return "".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                f'viewBox="0 0 {WIDTH} {HEIGHT}" lang="{card.language}" font-family="{_FONT}">'
            ),
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
            f'<rect width="{WIDTH}" height="18" fill="#0b5cad"/>',
            _text(150, 62, card.title, weight=700),
            _text(212, 34, " · ".join(part for part in (card.who, card.date) if part), _SOFT),
            _text(268, 34, card.care, _SOFT),
            *_rows(card.rows),
            *(_text(HEIGHT - 110 + 40 * i, 28, one, _SOFT) for i, one in enumerate(_foot(card))),
            "</svg>",
        ]
    )


def _rows(rows: tuple[CardRow, ...]) -> Iterator[str]:
    """Yield the numbers, the first one largest: it is what people ask for."""
    y = 370.0
    for place, row in enumerate(rows[:_MOST_ROWS]):
        size = 96 if place == 0 else 52
        yield _text(y, 36, row.name, weight=600)
        yield _text(y + size + 16, size, f"{row.before} → {row.after}", weight=700)
        ink = _GOOD if row.is_beyond else _SOFT
        yield _text(y + size + 70, 30, row.course, ink, weight=600 if row.is_beyond else 400)
        y += size + 140


_MOST_ROWS = 4


def _foot(card: Card) -> list[str]:
    """Break the last sentence over two lines where it is long."""
    words = card.foot.split(" ")
    if len(words) == 1 or len(card.foot) < _LINE:
        return [card.foot]
    half = len(words) // 2
    return [" ".join(words[:half]), " ".join(words[half:])]


_LINE = 60  # letters


def _text(y: float, size: int, told: str, ink: str = _INK, weight: int = 400) -> str:
    """Return a line of text, narrowed where it would run out of the picture."""
    room = WIDTH - 2 * _LEFT
    wide = sum(1.0 if ord(letter) > _ROMAN else 0.56 for letter in told) * size
    fit = f' textLength="{room}" lengthAdjust="spacingAndGlyphs"' if wide > room else ""
    return (
        f'<text x="{_LEFT}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" '
        f'fill="{ink}"{fit}>{escape(told)}</text>'
    )


_ROMAN = 0x2E80  # letters beyond are as wide as they are high
