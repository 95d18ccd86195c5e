"""The score of the findings as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from posture.findings.calibration import Calibration
from posture.formats.plain import plain
from posture.truth.restriction.brought import BROUGHT
from posture.truth.restriction.people import KINDS
from posture.truth.restriction.score import (
    AS_BROUGHT,
    CONDITIONS,
    FURTHEST_OFF,
    LEAST_IN_A_BIN,
    TESTS,
    Answers,
    Bin,
    GeneratorScore,
    LinkScore,
    links_of,
)
from posture.types import Level, Link

_BWL, _BW, _ALL = "bend, walk, lunge", "bend, walk", "bend, walk, lunge, leg raise"
_AS_STATED = next(iter(CONDITIONS))


def as_record(scores: Sequence[GeneratorScore]) -> list[dict[str, Any]]:
    """Return the scores as JSON holds them."""
    return [plain(asdict(score), digits=4) for score in scores]


def markdown(
    scores: Sequence[GeneratorScore], calibrations: Sequence[Calibration], command: str
) -> str:
    """Return everything that was counted."""
    names = " | ".join(score.generator for score in scores)
    rule = "|---|" + "---|" * (len(scores) + 1)
    parts = [
        "# How often the finding is right",
        "",
        "Simulated people whose stiff link is known, measured with the errors that the program",
        "states, and judged by it. No person was examined: probabilities are calibrated on",
        "simulated bodies, and nothing here is a clinical accuracy. Made by",
        "",
        "```",
        command,
        "```",
        "",
        "Two generators. *Hard limits* is the one that probabilities were calibrated on, with",
        "other seeds; nothing was ever tuned on *soft limits*. Both were fixed before any finding",
        "was scored (docs/method.md, section 6.7).",
        "",
        "## What was asked, and what is reached",
        "",
        f"| | asked | {names} |",
        rule,
        *(_row(what, asked, cells) for what, asked, cells in _asked(scores)),
        "",
        "Clear: pelvis-on-thigh flexion 40-55 deg, straight-knee lunge 12-20 deg, lumbar flexion",
        "15-30 deg. Right link: the highest probability of the three, whatever its level. The back",
        "has no target of its own: where its one sign is missing (8 in 100) nothing else tells it.",
        "",
        "## Published couplings",
        "",
        "Healthy: no clear restriction and nothing the matter with the back, as such studies take",
        "them. The second generator is meant to differ.",
        "",
        "| coupling | published | "
        + " | ".join(f"{s.generator}, healthy | {s.generator}, people" for s in scores)
        + " |",
        "|---|---|" + "---|---|" * len(scores),
        *_coupling_rows(scores),
        "",
    ]
    for score in scores:
        parts += _generator(score)
    parts += [
        "## The calibration",
        "",
        "logit(P) = logit(prior) + shift + slope x nats.",
        "",
        "| link | with | shift | slope | at most | suggested from |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.link.value} | {', '.join(row.seen) or 'any signs'} "
            f"| {row.shift:+.2f} | {row.slope:.2f} | {_or_dash(row.most, 1.0)} "
            f"| {_or_dash(row.suggested, 0.0)} |"
            for row in calibrations
        ),
        "",
    ]
    return "\n".join(parts)


def _area(one: LinkScore) -> str:
    return f"{one.auc:.2f}" if one.bins else "-"


def _or_dash(value: float, nothing: float) -> str:
    return "-" if value == nothing else f"{value:.2f}"


def _row(*cells: str | Sequence[str]) -> str:
    flat = [c for cell in cells for c in ([cell] if isinstance(cell, str) else cell)]
    return "| " + " | ".join(flat) + " |"


def _asked(scores: Sequence[GeneratorScore]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the rows of the first table."""
    for who, tests, asked in (
        ("hamstring", _BWL, "90 %"),
        ("calf", _BWL, "90 %"),
        ("back", _BWL, "-"),
        ("hamstring", _BW, "85 %"),
        ("hamstring", _ALL, "-"),
        ("calf", _ALL, "-"),
        ("back", _ALL, "-"),
        ("borderline_hamstring", _BWL, "-"),
        ("borderline_calf", _BWL, "-"),
    ):
        what = f"{_who(who)}: right link ({tests})"
        yield what, asked, [_percent(_top(score, who, tests)) for score in scores]
    open_calf = [_open_calf(_of(score, "calf", _BW)) for score in scores]
    yield f'clear calf: "cannot tell" or "possible" ({_BW})', "80 %", [*map(_percent, open_calf)]
    for tests in (_BWL, _ALL):
        told = [_percent(_any_suggested(_of(score, "free", tests))) for score in scores]
        yield f"free: something suggested ({tests})", "at most 5 %", told
    for name in BROUGHT:
        told = [_percent(_any_suggested(_of(score, "free", name))) for score in scores]
        yield f"free: something suggested ({name})", "at most 5 %", told
    for tests in TESTS:
        cells = [_worst(score, tests) for score in scores]
        yield f"furthest off in a tenth of the scale ({tests})", "0.10", cells
    for name in BROUGHT:
        cells = [_worst(score, name, AS_BROUGHT) for score in scores]
        yield f"furthest off in a tenth of the scale ({name})", "0.10", cells


def _who(who: str) -> str:
    return who.replace("_", " ") if who.startswith("borderline") else f"clear {who}"


def _top(score: GeneratorScore, who: str, tests: str) -> float:
    return next(top.right for top in score.tops if (top.who, top.tests) == (who, tests))


def _of(score: GeneratorScore, who: str, tests: str) -> Answers:
    return next(a for a in score.answers if (a.who, a.tests) == (who, tests))


def _open_calf(answers: Answers) -> float:
    levels = answers.levels[Link.CALF.value]
    still_open = (Level.CANNOT_TELL.value, Level.POSSIBLE.value)
    return sum(levels.get(level, 0) for level in still_open) / answers.people


def _any_suggested(answers: Answers) -> float:
    return sum(some for some, _ in answers.suggested.values()) / answers.people


def _filled(one: LinkScore) -> list[Bin]:
    return [b for b in one.bins if b.people >= LEAST_IN_A_BIN]


def _worst(score: GeneratorScore, tests: str, condition: str = _AS_STATED) -> str:
    return ", ".join(
        f"{one.link.value} {max(abs(b.off) for b in _filled(one)):.2f}"
        for one in links_of(score, tests, condition)
        if _filled(one)
    )


def _coupling_rows(scores: Sequence[GeneratorScore]) -> Iterator[str]:
    for place, first in enumerate(scores[0].healthy):
        here = [
            f"{of.healthy[place].here:.2f} | {of.people[place].here:.2f}".replace("-0.", "-.")
            for of in scores
        ]
        yield f"| {first.what} ({first.source}) | {first.published:.2f} | {' | '.join(here)} |"


def _generator(score: GeneratorScore) -> list[str]:
    return [
        f"## {score.generator.capitalize()}",
        "",
        "### Area under the curve",
        "",
        "Over people as they come, borderline links left out.",
        "",
        "| tests | "
        + " | ".join(f"{link.value}, {c}" for c in CONDITIONS for link in _links(score)),
        "|---|" + "---|" * len(CONDITIONS) * len(_links(score)),
        *(
            _row(tests, [f"{s.auc:.2f}" for c in CONDITIONS for s in links_of(score, tests, c)])
            for tests in TESTS
        ),
        "",
        "### What was told, and how many of those people are stiff",
        "",
        f"Told: stiff (people), by tenths; in brackets those with fewer than {LEAST_IN_A_BIN}, *",
        f"where the two are further apart than {FURTHEST_OFF}.",
        "",
        *(line for c in CONDITIONS for line in _bins_table(score, c)),
        "### What people bring: one bend, one pass, one picture",
        "",
        "The same, over those of whom some sign spoke of the link.",
        "",
        "| brought | " + " | ".join(f"area, {link.value}" for link in _links(score)) + " |",
        "|---|" + "---|" * len(_links(score)),
        *(_row(name, [_area(s) for s in links_of(score, name, AS_BROUGHT)]) for name in BROUGHT),
        "",
        *_bins_table(score, AS_BROUGHT, tuple(BROUGHT)),
        "### Who was told what",
        "",
        *_confusion(score),
        "",
        "### Levels",
        "",
        *_levels(score),
        "",
        "### Free bodies with something suggested, by what else is the matter",
        "",
        "| tests | " + " | ".join(kind.replace("_", " ") for kind in KINDS) + " |",
        "|---|" + "---|" * len(KINDS),
        *(
            _row(tests, [_share_of(_of(score, "free", tests).suggested.get(k)) for k in KINDS])
            for tests in (_BWL, _ALL)
        ),
        "",
    ]


def _links(score: GeneratorScore) -> list[Link]:
    return list(dict.fromkeys(one.link for one in score.links))


def _bins_table(
    score: GeneratorScore, condition: str, cases: Sequence[str] = tuple(TESTS)
) -> Iterator[str]:
    yield f"**{condition}**"
    yield ""
    yield "| link, tests | " + " | ".join(f".{n}" for n in range(10)) + " |"
    yield "|---|" + "---|" * 10
    for tests in cases:
        for one in links_of(score, tests, condition):
            at = {min(int(10 * b.told), 9): b for b in one.bins}
            cells = [_bin(at[n]) if n in at else "-" for n in range(10)]
            yield _row(f"{one.link.value}, {tests}", cells)
    yield ""


def _bin(one: Bin) -> str:
    text = f"{one.told:.2f}: {one.share:.2f} ({one.people})"
    if one.people < LEAST_IN_A_BIN:
        return f"[{text}]"
    return f"{text}*" if abs(one.off) > FURTHEST_OFF else text


def _confusion(score: GeneratorScore) -> Iterator[str]:
    links = [link.value for link in _links(score)]
    labels = sorted({label for a in score.answers for label in a.labels})
    yield (
        "| truth | tests | n | likeliest: "
        + " | ".join(links)
        + " | verdict: "
        + " | ".join(labels)
        + " |"
    )
    yield "|---|---|---|" + "---|" * (len(links) + len(labels))
    for a in score.answers:
        tops = [str(a.tops.get(link, 0)) for link in links]
        told = [str(a.labels.get(label, 0)) for label in labels]
        yield _row(a.who.replace("_", " "), a.tests, str(a.people), tops, told)


def _levels(score: GeneratorScore) -> Iterator[str]:
    yield "| truth | tests | link | " + " | ".join(_words(level) for level in Level) + " |"
    yield "|---|---|---|" + "---|" * len(Level)
    for a in score.answers:
        for link, counts in a.levels.items():
            cells = [_percent(counts.get(level.value, 0) / a.people) for level in Level]
            yield _row(a.who.replace("_", " "), a.tests, link, cells)


def _words(level: Level) -> str:
    return level.value.replace("_", " ")


def _share_of(counted: tuple[int, int] | None) -> str:
    return f"{counted[0] / counted[1]:.0%} ({counted[1]})" if counted else "-"


def _percent(share: float) -> str:
    return f"{share:.1%}"
