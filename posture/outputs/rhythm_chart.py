"""The report's figure of a bend: what hips and back had given at each lean of the trunk."""

from __future__ import annotations

from html import escape

from posture.measures.rhythm import SHARES, Rhythm
from posture.outputs.charts import place
from posture.outputs.words import Words
from posture.types import Floats

_WIDTH, _HEIGHT = 360.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 78.0, 10.0, 34.0  # room for the axes and the lines' names
_TICK_DEG = 30.0  # the bands of the rhythm, 0-30, 30-60, 60-90
_COLOURS = dict(zip(SHARES, ("#0072B2", "#D55E00", "#7A5195"), strict=True))
_DASHES = dict(zip(SHARES, ("", "7 4", "2 3"), strict=True))
_GUIDE = "#9AA5B1"
_LINE_GAP = 13.0  # between two lines' names


def rhythm_svg(rhythm: Rhythm, words: Words) -> str:
    """Draw one bend's rhythm; the lines differ in their dashes as well as in colour."""
    names = dict(
        zip(
            SHARES,
            (words.of("web", f"report_rhythm_{part}") for part in ("hip", "lumbar", "thoracic")),
            strict=True,
        )
    )
    far = max(90.0, float(rhythm.trunk_deg[-1]))
    values = [rhythm.parts_deg[name] for name in SHARES]
    top = _TICK_DEG * -(-max(60.0, *(float(v.max()) for v in values)) // _TICK_DEG)
    low = min(0.0, *(float(v.min()) for v in values))

    def at(trunk: float, given: float) -> tuple[float, float]:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * trunk / far
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * (given - low) / (top - low)
        return x, y

    title = escape(words.of("web", "report_rhythm_title"))
    box = f'viewBox="0 0 {place(_WIDTH)} {place(_HEIGHT)}"'
    parts = [f'<svg class="rhythm" {box} role="img" aria-label="{title}" fill="none">']
    for tick in range(0, int(far) + 1, int(_TICK_DEG)):
        x, y = at(tick, low)
        parts.append(
            f'<path d="M{place(x)} {place(_TOP)}V{place(y)}" stroke="{_GUIDE}" '
            f'stroke-opacity=".35"/>'
        )
        parts.append(_text(x, y + 13, str(tick), "middle"))
    for tick in range(0, int(top) + 1, int(_TICK_DEG)):
        x, y = at(0, tick)
        parts.append(
            f'<path d="M{place(x)} {place(y)}H{place(_WIDTH - _RIGHT)}" '
            f'stroke="{_GUIDE}" stroke-opacity=".35"/>'
        )
        parts.append(_text(x - 5, y + 4, str(tick), "end"))
    under = words.of("web", "report_rhythm_trunk")
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 4, under, "middle"))
    ends = _apart({name: at(far, float(rhythm.parts_deg[name][-1]))[1] for name in SHARES})
    for name in SHARES:
        parts.append(_line([at(float(t), float(v)) for t, v in _pairs(rhythm, name)], name))
        x = at(float(rhythm.trunk_deg[-1]), 0.0)[0]
        parts.append(_text(x + 5, ends[name] + 4, names[name], "start", _COLOURS[name]))
    return "".join([*parts, "</svg>"])


def _pairs(rhythm: Rhythm, name: str) -> list[tuple[float, float]]:
    course: Floats = rhythm.parts_deg[name]
    return list(zip(rhythm.trunk_deg.tolist(), course.tolist(), strict=True))


def _line(points: list[tuple[float, float]], name: str) -> str:
    way = "L".join(f"{place(x)} {place(y)}" for x, y in points)
    dashes = f' stroke-dasharray="{_DASHES[name]}"' if _DASHES[name] else ""
    return f'<path d="M{way}" stroke="{_COLOURS[name]}" stroke-width="2.2"{dashes}/>'


def _text(x: float, y: float, told: str, anchor: str, colour: str = "currentColor") -> str:
    return (
        f'<text x="{place(x)}" y="{place(y)}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="11">'
        f"{escape(told)}</text>"
    )


def _apart(places: dict[str, float]) -> dict[str, float]:
    """Move names that would cover each other downwards."""
    moved: dict[str, float] = {}
    last = -_LINE_GAP
    for name in sorted(places, key=lambda one: places[one]):
        last = max(places[name], last + _LINE_GAP)
        moved[name] = last
    return moved
