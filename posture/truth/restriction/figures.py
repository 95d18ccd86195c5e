"""The score of the findings as one page: what was told against how many were stiff."""

from __future__ import annotations

from collections.abc import Sequence

from posture.truth.restriction.score import (
    CONDITIONS,
    FURTHEST_OFF,
    LEAST_IN_A_BIN,
    TESTS,
    GeneratorScore,
    LinkScore,
    links_of,
)


def page(scores: Sequence[GeneratorScore]) -> str:
    """Return one page: what was told against how many were stiff, per generator and condition."""
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;"
        "background:Canvas;color:CanvasText}figure{display:inline-block;margin:.6rem;width:17rem}"
        "figcaption{font-weight:600}svg{width:100%;height:auto}"
    )
    head = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'><title>How often the finding is right"
        f"</title><style>{style}</style><h1>How often the finding is right</h1><p>Across: the "
        "probability told. Up: the share of simulated people told so who are stiff. On the "
        "diagonal the two agree; the band is 0.1 to either side. A dot's size goes with its "
        "people; hollow ones have fewer than "
        f"{LEAST_IN_A_BIN}. Calibrated on simulated bodies.</p>"
    )
    parts = [head]
    for score in scores:
        for condition in CONDITIONS:
            parts.append(f"<h2>{score.generator}, {condition}</h2>")
            parts += [_figure(one) for tests in TESTS for one in links_of(score, tests, condition)]
    return "".join(parts) + "</html>\n"


_SIDE = 220.0


def _figure(one: LinkScore) -> str:
    caption = f"{one.link.value}: {one.tests} (area {one.auc:.2f})"

    def at(told: float, share: float) -> tuple[float, float]:
        return 10 + told * (_SIDE - 20), _SIDE - 10 - share * (_SIDE - 20)

    corners = [
        at(0, FURTHEST_OFF),
        at(1 - FURTHEST_OFF, 1),
        at(1, 1),
        at(1, 1 - FURTHEST_OFF),
        at(FURTHEST_OFF, 0),
        at(0, 0),
    ]
    band = " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
    dots = []
    for b in one.bins:
        x, y = at(b.told, b.share)
        fill = (
            "none"
            if b.people < LEAST_IN_A_BIN
            else "#D55E00"
            if abs(b.off) > FURTHEST_OFF
            else "#0072B2"
        )
        size = 3 + min(b.people, 3000) ** 0.5 / 9
        stroke = "#0072B2"
        dots.append(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size:.1f}' fill='{fill}' stroke='{stroke}'/>"
        )
    start, end = at(0, 0), at(1, 1)
    return (
        f"<figure><svg viewBox='0 0 {_SIDE:.0f} {_SIDE:.0f}' role='img' aria-label='{caption}'>"
        f"<rect x='10' y='10' width='{_SIDE - 20:.0f}' height='{_SIDE - 20:.0f}' fill='none' "
        f"stroke='currentColor' opacity='.4'/><polygon points='{band}' fill='#56B4E9' "
        f"opacity='.22'/><line x1='{start[0]}' y1='{start[1]}' x2='{end[0]}' y2='{end[1]}' "
        "stroke='currentColor' opacity='.6'/>"
        + "".join(dots)
        + f"</svg><figcaption>{caption}</figcaption></figure>"
    )
