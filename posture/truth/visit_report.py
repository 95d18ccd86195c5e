"""How often restricted bodies were judged right through the camera, as Markdown and as JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from posture.findings.evidence import JUDGED
from posture.truth.repeat import Repeat
from posture.truth.visit import CHECK, WHOM
from posture.truth.visits import Judged, Number, right_first, suggested
from posture.types import Level, Link

_Z = 1.96  # two-sided 95 %
_ASKED = {"hamstring": "85 %", "calf": "85 %"}
_FEWEST = 3  # fewer are not averaged
BEGIN = "<!-- restricted bodies through the camera: begin -->"
END = "<!-- restricted bodies through the camera: end -->"


def wilson(some: int, out_of: int) -> tuple[float, float]:
    """Return the 95 % limits of a share (Wilson's score interval)."""
    if not out_of:
        return 0.0, 1.0
    share, z2 = some / out_of, _Z**2
    middle = (share + z2 / (2 * out_of)) / (1 + z2 / out_of)
    half = _Z / (1 + z2 / out_of) * math.sqrt(share * (1 - share) / out_of + z2 / (4 * out_of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def brier(judged: Sequence[Judged], link: Link) -> tuple[float, float, int]:
    """Return the Brier score of a link, that of telling everyone the share, and of how many.

    Bodies without a probability of the link are left out.
    """
    told = [
        (one.probability[link.value], float(one.who == link.value))
        for one in judged
        if link.value in one.probability
    ]
    if not told:
        return math.nan, math.nan, 0
    chance, stiff = np.array(told).T
    return (
        float(np.mean((chance - stiff) ** 2)),
        float(np.mean((stiff.mean() - stiff) ** 2)),
        len(told),
    )


def as_record(judged: Sequence[Judged], repeats: Sequence[Repeat] = ()) -> dict[str, Any]:
    """Return everything as JSON holds it."""
    return {
        "bodies": [asdict(one) for one in judged],
        "repeats": [asdict(one) for one in repeats],
    }


def markdown(
    judged: Sequence[Judged],
    more: Sequence[Judged],
    repeats: Sequence[Repeat],
    command: str,
) -> str:
    """Return the section; `more` are the bodies of which the other films are there too."""
    lines = [
        BEGIN,
        "## Through the camera",
        "",
        "Simulated people as above, but with a body: each was rendered bending, walking in place",
        "(25 frames per second, belt speed given) and lunging, 432 x 768, clothed as people",
        "are, by a camera as people place it; measured in those pictures and judged together, as",
        "`posture check` does. Half of them are from each generator. Made by",
        "",
        "```",
        command,
        "```",
        "",
        *_right(judged),
        "",
        *_chances(judged),
        "",
        *_bodies(judged),
        "",
        *_measures(judged),
        "",
    ]
    if more:
        lines += [*_gains(more), ""]
    if repeats:
        lines += [*_repeats(repeats), ""]
    return "\n".join([*lines, END, ""])


def put_into(page: str, section: str) -> str:
    """Return a page with the section in place of its older self, or at its end.

    The section's first and last line are the marks between which it stands.
    """
    begin, *_, end = section.strip().splitlines()
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        return before + section.strip() + rest.split(end, 1)[1]
    return page.rstrip("\n") + "\n\n" + section.strip() + "\n"


def _share(some: int, out_of: int) -> str:
    if not out_of:
        return "-"
    low, high = wilson(some, out_of)
    return f"{some} of {out_of}, {some / out_of:.0%} ({low:.0%}-{high:.0%})"


def _right(judged: Sequence[Judged]) -> Iterator[str]:
    yield "| body | n | right link first (95 % limits) | asked | it is suggested | another is |"
    yield "|---|---|---|---|---|---|"
    for who in WHOM:
        own = [one for one in judged if one.who == who]
        if who == "free":
            continue
        level = [one.level.get(who) == Level.SUGGESTED.value for one in own]
        others = [
            any(told == Level.SUGGESTED.value for link, told in one.level.items() if link != who)
            for one in own
        ]
        right = _share(sum(map(right_first, own)), len(own))
        yield (
            f"| clear {who} | {len(own)} | {right} | {_ASKED[who]} "
            f"| {_share(sum(level), len(own))} | {_share(sum(others), len(own))} |"
        )
    free = [one for one in judged if one.who == "free"]
    stiff = [one for one in judged if one.who != "free"]
    yield f"| both | {len(stiff)} | {_share(sum(map(right_first, stiff)), len(stiff))} | | | |"
    some = _share(sum(map(suggested, free)), len(free))
    yield ""
    yield f"Free people with something suggested: {some}; asked at most 5 %."
    held = Counter(one.because for one in judged if one.because)
    refused = Counter(code for one in judged for code in one.refused.values())
    yield (
        f"Held back as perhaps two people: {held.total()} of {len(judged)}. "
        f"Films refused: {refused.total()}."
    )


def _chances(judged: Sequence[Judged]) -> Iterator[str]:
    yield "Mean probability told, by what the body has; of two calves the likelier."
    yield ""
    yield "| body | " + " | ".join(link.value for link in JUDGED) + " |"
    yield "|---|" + "---|" * len(JUDGED)
    for who in WHOM:
        own = [one for one in judged if one.who == who]
        cells = []
        for link in JUDGED:
            told = [one.probability[link.value] for one in own if link.value in one.probability]
            cells.append(f"{np.mean(told):.2f}" if len(told) >= _FEWEST else "-")
        yield f"| {who} | " + " | ".join(cells) + " |"
    yield ""
    yield "| link | Brier score | of telling everyone the share | n | told under .5: stiff | over |"
    yield "|---|---|---|---|---|---|"
    for link in (Link.HAMSTRING, Link.CALF):
        score, base, count = brier(judged, link)
        halves = []
        for over in (False, True):
            own = [
                one
                for one in judged
                if link.value in one.probability
                and bool(one.probability[link.value] >= 0.5) is over
            ]
            stiff = sum(one.who == link.value for one in own)
            halves.append(f"{stiff} of {len(own)}")
        yield f"| {link.value} | {score:.3f} | {base:.3f} | {count} | " + " | ".join(halves) + " |"


def _bodies(judged: Sequence[Judged]) -> Iterator[str]:
    yield "| body | generator | what else | hamstring | calf | back | first | verdict |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in judged:
        told = [
            f"{one.probability[n.value]:.2f}" if n.value in one.probability else "-" for n in JUDGED
        ]
        first = "-" if one.who == "free" else "right" if right_first(one) else "wrong"
        yield (
            f"| {one.name.replace('_', ' ')} | {one.generator} | {one.kind.replace('_', ' ')} | "
            + " | ".join(told)
            + f" | {first} | {one.label.replace('_', ' ')} |"
        )


_SIGNS = (
    ("bend", "pelvis_on_thigh_flexion"),
    ("bend", "lumbar_flexion"),
    ("bend", "knee_bend"),
    ("bend", "fingertip_floor"),
    ("walk", "heel_off"),
    ("walk", "shank_at_heel_off"),
    ("walk", "peak_dorsiflexion"),
    ("walk", "knee_flexion_at_peak_dorsiflexion"),
    ("lunge", "lunge_dorsiflexion_straight"),
    ("lunge", "lunge_dorsiflexion_bent"),
)


def _measures(judged: Sequence[Judged]) -> Iterator[str]:
    yield "What the findings rest on. Wanted: what the simulated person was drawn with, against"
    yield "what the body that was filmed does; measured: against the body that was filmed."
    yield ""
    yield (
        "| measure | filmed - wanted, mean / sd | measured - filmed, mean / sd | stated sd "
        "| inside 95 % | n |"
    )
    yield "|---|---|---|---|---|---|"
    for film, name in _SIGNS:
        own = [n for one in judged for n in one.numbers if (n.film, n.name) == (film, name)]
        yield _measure_row(name, own)


def _measure_row(name: str, own: Sequence[Number]) -> str:
    drawn = [n.true - n.wanted for n in own if n.wanted is not None]
    pairs = [(n.value - n.true, n.sd) for n in own if n.value is not None and n.sd is not None]
    if len(pairs) < _FEWEST:
        return f"| {name} | {_mean_sd(drawn)} | - | - | - | {len(pairs)} |"
    off, sd = np.array(pairs).T
    inside = int(np.sum(np.abs(off) <= _Z * sd))
    return (
        f"| {name} | {_mean_sd(drawn)} | {_mean_sd(off)} | {_number(float(np.mean(sd)))} "
        f"| {inside} of {len(off)} | {len(off)} |"
    )


def _mean_sd(values: Sequence[float] | np.ndarray) -> str:
    if len(values) < _FEWEST:
        return "-"
    return f"{_number(float(np.mean(values)))} / {_number(float(np.std(values, ddof=1)))}"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"


def _gains(more: Sequence[Judged]) -> Iterator[str]:
    films = [film for film in more[0].films if film not in CHECK]
    yield f"Bodies that were also filmed in {', '.join(f.replace('_', ' ') for f in films)}:"
    yield ""
    yield "| body | hamstring | calf | back | first | verdict |"
    yield "|---|---|---|---|---|---|"
    for one in more:
        told = [
            f"{one.probability[n.value]:.2f}" if n.value in one.probability else "-" for n in JUDGED
        ]
        first = "-" if one.who == "free" else "right" if right_first(one) else "wrong"
        yield (
            f"| {one.name.replace('_', ' ')} | " + " | ".join(told) + f" | {first} | {one.label} |"
        )
    yield ""
    yield "A hand that is at the floor already gains no reach: that wedge is not comparable."
    yield ""
    yield "| body | measure | true | measured | stated sd |"
    yield "|---|---|---|---|---|"
    for one in more:
        for n in one.numbers:
            if n.name in {"leg_raise_angle", "soft_knee_gain", "heel_wedge_gain"}:
                value = n.reason or "-" if n.value is None else _number(n.value)
                sd = "-" if n.sd is None else _number(n.sd)
                body = one.name.replace("_", " ")
                yield f"| {body} | {n.name} | {_number(n.true)} | {value} | {sd} |"


def _repeats(repeats: Sequence[Repeat]) -> Iterator[str]:
    yield "### Measured again"
    yield ""
    yield "The difference of two measurements of one film (the same body filmed twice: of two) in"
    yield "units of the sd that is stated of one; root of the mean square, and the largest."
    yield ""
    whats = list(dict.fromkeys(one.what for one in repeats))
    yield "| measure | " + " | ".join(whats) + " |"
    yield "|---|" + "---|" * len(whats)
    for film, name in dict.fromkeys((one.film, one.name) for one in repeats):
        cells = []
        for what in whats:
            own = [r for r in repeats if (r.film, r.name, r.what) == (film, name, what)]
            cells.append(_repeat_cell(own))
        yield f"| {film}: {name} | " + " | ".join(cells) + " |"


def _repeat_cell(own: Sequence[Repeat]) -> str:
    off = [r.off_sds for r in own if r.off_sds is not None]
    lost = sum(r.off_sds is None for r in own)
    told = f", {lost} lost" if lost else ""
    if len(off) < _FEWEST:
        return f"{len(off)} only{told}" if own else "-"
    rms = math.sqrt(math.fsum(o * o for o in off) / len(off))
    return f"{rms:.2f}, {max(map(abs, off)):.2f} ({len(off)}){told}"
