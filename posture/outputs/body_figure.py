"""The body seen from the side, its back line in six bands coloured by what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from posture.findings.verdict import RANK
from posture.outputs.charts import place
from posture.outputs.tables import LEVEL_SIGNS, level_name, link_name
from posture.outputs.words import Words
from posture.types import Facing, Finding, Level, Link

Point = tuple[float, float]
Path = tuple[Point, ...]

# Thousandths of the body's height, facing right, y down; traced from the project's own body of
# known angles (MakeHuman data, CC0) and finished by hand. Clockwise: sole, back, head, front.
_SOLE: Path = ((148, 992), (145, 997), (132, 1000), (95, 998), (52, 997), (20, 999), (8, 997))
_CALF: Path = (
    *((0, 990), (-2, 978), (2, 950), (6, 920), (6, 890), (1, 843), (-4, 795), (1, 748)),
    *((12, 702),),
)
_THIGH: Path = ((17, 668), (13, 625), (10, 579), (11, 540), (11, 515))
_PELVIS: Path = ((1, 490), (-3, 466), (3, 441), (15, 416), (26, 390))
_BACK: Path = ((31, 356), (28, 322), (20, 284), (11, 244), (10, 212), (17, 180), (32, 152))
_SKULL: Path = (
    *((43, 122), (41, 101), (28, 78), (20, 56), (20, 34), (28, 16), (43, 3), (64, -5), (86, -6)),
    *((110, 1), (126, 14)),
)
_FRONT: Path = (
    *((134, 33), (136, 50), (138, 66), (146, 82), (141, 88), (142, 96), (139, 102), (140, 108)),
    *((136, 120), (128, 126), (110, 130), (103, 138), (98, 158), (99, 178), (108, 200)),
    *((120, 221), (130, 240), (136, 260), (134, 285), (132, 327), (130, 371), (130, 405)),
    *((124, 458), (114, 496), (112, 533), (110, 570), (103, 618), (93, 662), (83, 705)),
    *((70, 750), (64, 799), (58, 846), (52, 890), (54, 922), (64, 946), (84, 962), (115, 976)),
    *((140, 985),),
)
_OUTLINE: Path = (*_SOLE, *_CALF, *_THIGH, *_PELVIS, *_BACK, *_SKULL, *_FRONT)
_HAIR: Path = (
    *_SKULL[1:],
    *((134, 33), (122, 37), (108, 40), (99, 48), (92, 60), (86, 60), (80, 56), (72, 60)),
    *((68, 72), (66, 84), (60, 96), (52, 104)),
)
_EAR: Path = ((84, 64), (77, 61), (71, 68), (73, 80), (79, 89), (84, 84), (85, 75))
_ARM: Path = (
    *((60, 178), (46, 192), (40, 216), (43, 260), (47, 310), (51, 360), (58, 420), (67, 480)),
    *((68, 508), (70, 545), (75, 574), (83, 588), (91, 588), (98, 574), (106, 552), (109, 530)),
    *((104, 508), (97, 484), (93, 440), (91, 390), (90, 330), (91, 270), (92, 224), (86, 192)),
)

# Each band ends short of the next, so that six are seen; the first point is the lowest.
_BANDS: Mapping[Link, Path] = {
    Link.SOLE: _SOLE[2:6],
    Link.CALF: _CALF[1:],
    Link.HAMSTRING: _THIGH,
    Link.PELVIS: _PELVIS,
    Link.BACK: (*_BACK[:-1], (26, 162)),
    Link.HEAD: ((41, 134), *_SKULL[:-1]),
}
_SIGN_AT: Mapping[Link, Point] = {
    Link.SOLE: (20, 1000),
    Link.CALF: (-4, 800),
    Link.HAMSTRING: (11, 595),
    Link.PELVIS: (-3, 462),
    Link.BACK: (19, 282),
    Link.HEAD: (20, 44),
}

_LABEL_X, _LEADER_X = -56, -48
_LEFT, _TOP, _RIGHT, _BOTTOM = -388, -40, 166, 1040
_LETTERS, _LINE = 36, 42
_INK, _SKIN = "#5B6875", "#9AA5B1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How a band of one level is drawn: colour never speaks alone."""

    colour: str
    width: int
    dash: str = ""
    is_hatched: bool = False
    sign: str = "#FFFFFF"  # ink of the sign on its disc


STROKES: Mapping[Level, Stroke] = {
    Level.SUGGESTED: Stroke(colour="#D55E00", width=22),
    Level.POSSIBLE: Stroke(colour="#E69F00", width=20, is_hatched=True, sign="#1C2733"),
    Level.NOT_SUGGESTED: Stroke(colour="#009E73", width=10),
    Level.CANNOT_TELL: Stroke(colour="#8592A0", width=11, dash="0.1 17", sign="#FFFFFF"),
}


def body_figure_svg(
    findings: Sequence[Finding], words: Words, facing: Facing = Facing.RIGHT
) -> str:
    """Return the figure as an SVG element that needs no style sheet, script or network.

    It faces the way the person did; front, back and unknown are drawn facing right. The labels
    stand behind the body. Letters take the colour of the text around them.
    """
    flip = -1 if facing is Facing.LEFT else 1
    by_link = {link: [f for f in findings if f.link is link] for link in _BANDS}
    told = {link: own for link, own in by_link.items() if own}
    parts = [_body(flip)]
    parts += [_band(link, telling(own), flip) for link, own in told.items()]
    parts += [_label(link, own, words, flip) for link, own in told.items()]
    left = _LEFT if flip > 0 else -_RIGHT
    box = f"{left} {_TOP} {_RIGHT - _LEFT} {_BOTTOM - _TOP}"
    spoken = escape(_spoken(told, words), quote=True)
    return (
        f'<svg class="figure" viewBox="{box}" role="img" aria-label="{spoken}" fill="none" '
        f'font-size="{_LETTERS}" stroke-linecap="round" stroke-linejoin="round">'
        f"{''.join(parts)}</svg>"
    )


def short_level(finding: Finding, words: Words) -> str:
    """Return a finding's level in as few words as fit beside a figure."""
    shorter = {words.ui("described"): "described", words.ui("not_seen"): "not_seen"}
    code = shorter.get(level_name(finding, words), finding.level.value)
    return words.of("web", f"report_short_{code}")


def telling(findings: Sequence[Finding]) -> Finding:
    """Return the finding that colours a link; of two legs the more telling one."""
    return min(findings, key=lambda f: (RANK.index(f.level), -(f.probability or 0.0)))


def _body(flip: int) -> str:
    outline, hair, arm, ear = (
        _closed(_turned(path, flip)) for path in (_OUTLINE, _HAIR, _ARM, _EAR)
    )
    return (
        f'<path d="{outline}" fill="{_SKIN}" fill-opacity=".26" stroke="{_INK}" stroke-width="2"/>'
        f'<path d="{hair}" fill="#AEB7C0"/>'
        f'<path d="{ear}" fill="{_SKIN}" stroke="{_INK}" stroke-width="1.5"/>'
        f'<path d="{arm}" fill="{_SKIN}" fill-opacity=".2" stroke="{_INK}" stroke-width="1.5" '
        f'stroke-opacity=".6"/>'
    )


def _band(link: Link, finding: Finding, flip: int) -> str:
    """Draw one link: thick, hatched, thin or dotted by its level."""
    stroke = STROKES[finding.level]
    path = _open(_turned(_BANDS[link], flip))
    dash = f' stroke-dasharray="{stroke.dash}"' if stroke.dash else ""
    drawn = f'<path d="{path}" stroke="{stroke.colour}" stroke-width="{stroke.width}"{dash}/>'
    if stroke.is_hatched:
        drawn += (
            f'<path d="{path}" stroke="#FFFFFF" stroke-width="{stroke.width}" '
            f'stroke-linecap="butt" stroke-dasharray="3 8"/>'
        )
    return drawn


def _label(link: Link, findings: Sequence[Finding], words: Words, flip: int) -> str:
    """Put the sign on the band, a leader to the side behind the body, and the words there."""
    finding = telling(findings)
    stroke = STROKES[finding.level]
    ((x, y),) = _turned((_SIGN_AT[link],), flip)
    lines = [line for own in findings for line in _lines(own, words)]
    top = y - _LINE * (len(lines) / 2 - 0.78)
    anchor = "end" if flip > 0 else "start"
    texts = "".join(
        f'<text x="{flip * _LABEL_X}" y="{place(top + _LINE * row)}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="currentColor">{escape(text)}</text>'
        for row, (text, weight) in enumerate(lines)
    )
    return (
        f'<path d="M{flip * _LEADER_X} {place(y)}H{place(x)}" stroke="{_INK}" stroke-width="1.5"/>'
        f'<circle cx="{place(x)}" cy="{place(y)}" r="18" fill="{stroke.colour}" stroke="#FFFFFF" '
        f'stroke-width="3"/>'
        f'<text x="{place(x)}" y="{place(y + 9)}" font-size="26" font-weight="700" '
        f'text-anchor="middle" fill="{stroke.sign}">{LEVEL_SIGNS[finding.level]}</text>{texts}'
    )


def _lines(finding: Finding, words: Words) -> tuple[tuple[str, int], ...]:
    """Return what is written beside a link, and how bold."""
    return (link_name(finding, words), 700), (short_level(finding, words), 400)


def _spoken(told: Mapping[Link, Sequence[Finding]], words: Words) -> str:
    lines = [
        f"{link_name(finding, words)}: {level_name(finding, words)}"
        for own in told.values()
        for finding in own
    ]
    return f"{words.of('web', 'report_figure')}. {'; '.join(lines)}"


def _turned(path: Path, flip: int) -> Path:
    return tuple((flip * x, y) for x, y in path)


def _open(path: Path) -> str:
    """Return a smooth curve through the points, as SVG path data."""
    around = (path[0], *path, path[-1])
    return _curve(around)


def _closed(path: Path) -> str:
    """Return a smooth closed curve through the points, as SVG path data."""
    around = (path[-1], *path, path[0], path[1])
    return f"{_curve(around)}Z"


def _curve(around: Path) -> str:
    """Return Catmull-Rom's curve through all but the first and last point, as cubic Béziers."""
    drawn = [f"M{place(around[1][0])} {place(around[1][1])}"]
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        first = (b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6)
        second = (c[0] - (d[0] - b[0]) / 6, c[1] - (d[1] - b[1]) / 6)
        drawn.append("C" + " ".join(f"{place(x)} {place(y)}" for x, y in (first, second, c)))
    return "".join(drawn)
