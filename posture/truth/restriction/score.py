"""Judge people of known restriction, and count how often that is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posture.findings.backline import assess
from posture.findings.evidence import JUDGED, EvidenceTable
from posture.truth.restriction import hard
from posture.truth.restriction.batch import probabilities, usable_of
from posture.truth.restriction.brought import BROUGHT
from posture.truth.restriction.couplings import GENERATORS, Coupling, couplings
from posture.truth.restriction.people import BORDERLINE, CLEAR, KINDS, Array, Order, Who
from posture.truth.restriction.seen import BEND, LUNGE, RAISE, WALK, Camera, Flags, Seen, see
from posture.types import Activity, Finding, Level, Link

TESTS: Mapping[str, tuple[Activity, ...]] = {
    "bend, walk": (BEND, WALK),
    "bend, walk, lunge": (BEND, WALK, LUNGE),
    "bend, walk, lunge, leg raise": (BEND, WALK, LUNGE, RAISE),
}
# As measured, and with weaker restrictions under a worse camera than is stated.
CONDITIONS: Mapping[str, tuple[float, float]] = {
    "as stated": (1.0, 1.0),
    "effects x 0.7, noise x 1.5": (0.7, 1.5),
}
AS_BROUGHT = "as people bring it"
WHOM: tuple[Who, ...] = ("hamstring", "calf", "back", "borderline_hamstring", "borderline_calf")
LEAST_IN_A_BIN = 200  # fewer say little about a tenth of the scale
FURTHEST_OFF = 0.1  # asked of every tenth: what was told against what is
PEOPLE_PER_BODY = 50  # drawn as they come, where only probabilities are counted
PER_WHO = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """People told about the same probability, and how many of them are stiff."""

    told: float  # mean
    share: float
    people: int

    @property
    def off(self) -> float:
        """How far what was told is from what is."""
        return self.told - self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkScore:
    """How well one link is told, over people as they come."""

    link: Link
    tests: str
    condition: str
    auc: float
    bins: tuple[Bin, ...]  # tenths of the scale, the empty ones left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """How often the stiff link is the likeliest of the three."""

    who: Who
    tests: str
    right: float
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people of one sort were told, out of `assess`."""

    who: Who
    tests: str
    people: int
    levels: Mapping[str, Mapping[str, int]]  # by link, the level told
    tops: Mapping[str, int]  # the likeliest link
    labels: Mapping[str, int]  # the verdict
    suggested: Mapping[str, tuple[int, int]]  # by kind of body: some link suggested, out of


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorScore:
    """Everything about the people of one generator."""

    generator: str
    healthy: tuple[Coupling, ...]
    people: tuple[Coupling, ...]
    tops: tuple[Top, ...]
    links: tuple[LinkScore, ...]
    answers: tuple[Answers, ...]


def camera_of(generator: str, noise: float = 1.0) -> Camera:
    """Return how errors are drawn: the second generator's are heavy-tailed and on their own."""
    first = generator == hard.NAME
    return Camera(noise=noise, shared=first, long_tails=not first)


def score_restrictions(
    count: int,
    seed: int,
    table: EvidenceTable,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[GeneratorScore, ...]:
    """Return the score of both generators: `count` of every sort judged, more of the free.

    Probabilities alone are counted over PER_WHO x as many of one sort, and PEOPLE_PER_BODY x as
    many people as they come.
    """
    found = []
    for number, generator in enumerate(GENERATORS, 1):
        found.append(_score(generator, count, seed, table))
        if progress is not None:
            progress(number, len(GENERATORS))
    return tuple(found)


def _score(generator: str, count: int, seed: int, table: EvidenceTable) -> GeneratorScore:
    draw = GENERATORS[generator]
    many = count * PEOPLE_PER_BODY
    camera = camera_of(generator)
    tops, links = [], []
    for who in WHOM:
        seen = see(draw(Order(who=who, count=count * PER_WHO, seed=seed)), camera)
        tops += [_top(seen, who, tests, table) for tests in TESTS]
    for condition, (strength, noise) in CONDITIONS.items():
        order = Order(count=many, seed=seed, strength=strength)
        seen = see(draw(order), camera_of(generator, noise))
        for tests in TESTS:
            told = probabilities(seen, TESTS[tests], table)
            links += [_link(seen, link, told[link], tests, condition) for link in JUDGED]
    seen_as_brought = draw(Order(count=many, seed=seed))
    for name, case in BROUGHT.items():
        seen = see(seen_as_brought, camera, case.way)
        told = probabilities(seen, case.tests, table)
        for link in JUDGED:
            told_of = only_where_something_speaks(link, told[link], seen, case.tests, table)
            links.append(_link(seen, link, told_of, name, AS_BROUGHT))
    answers = []
    asked: tuple[tuple[Who, str, int], ...] = (
        ("calf", "bend, walk", count),
        *((who, "bend, walk, lunge", count) for who in WHOM),
        ("free", "bend, walk, lunge", 5 * count),
        ("free", "bend, walk, lunge, leg raise", 2 * count),
    )
    for who, tests, people in asked:
        seen = see(draw(Order(who=who, count=people, seed=seed + 1)), camera)
        answers.append(_answers(seen, who, TESTS[tests], tests, table))
    for name, case in BROUGHT.items():
        seen = see(draw(Order(who="free", count=2 * count, seed=seed + 1)), camera, case.way)
        answers.append(_answers(seen, "free", case.tests, name, table))
    return GeneratorScore(
        generator=generator,
        healthy=couplings(draw(Order(who="healthy", count=many, seed=seed))),
        people=couplings(draw(Order(count=many, seed=seed))),
        tops=tuple(tops),
        links=tuple(links),
        answers=tuple(answers),
    )


def _top(seen: Seen, who: Who, tests: str, table: EvidenceTable) -> Top:
    told = probabilities(seen, TESTS[tests], table)
    calf = np.max(np.nan_to_num(told[Link.CALF], nan=-1.0), axis=1)
    each = [calf if link is Link.CALF else np.nan_to_num(told[link], nan=-1.0) for link in JUDGED]
    wanted = JUDGED.index(Link(who.removeprefix("borderline_")))
    right = float((np.argmax(each, axis=0) == wanted).mean())
    return Top(who=who, tests=tests, right=right, people=len(seen.bodies))


def _link(seen: Seen, link: Link, told: Array, tests: str, condition: str) -> LinkScore:
    told = told if told.ndim == 1 else told[:, 0]  # the legs are alike: one is enough
    level = seen.bodies.level[link]
    known = (level != BORDERLINE) & np.isfinite(told)
    chance, truth = told[known], level[known] == CLEAR
    return LinkScore(
        link=link,
        tests=tests,
        condition=condition,
        auc=area_under_curve(chance, truth),
        bins=bins_of(chance, truth),
    )


def area_under_curve(chance: Array, truth: Flags) -> float:
    """Return how often a stiff one is told a higher probability than a free one."""
    if not truth.any() or truth.all():
        return float("nan")
    ordered = np.sort(chance[~truth])
    stiff = chance[truth]
    below = np.searchsorted(ordered, stiff, "left") + np.searchsorted(ordered, stiff, "right")
    return float(below.mean() / 2 / len(ordered))


def bins_of(chance: Array, truth: Flags) -> tuple[Bin, ...]:
    """Return the tenths of the scale that somebody was told."""
    tenth = np.minimum((10 * chance).astype(int), 9)
    return tuple(
        Bin(
            told=float(chance[tenth == number].mean()),
            share=float(truth[tenth == number].mean()),
            people=int((tenth == number).sum()),
        )
        for number in range(10)
        if (tenth == number).any()
    )


def only_where_something_speaks(
    link: Link, told: Array, seen: Seen, tests: Sequence[Activity], table: EvidenceTable
) -> Array:
    """Return what was told of a link, NaN where no sign spoke of it: nobody is told a prior."""
    usable = usable_of(seen, tests)
    own = [usable[s.measure] for s in table.signs if s.measure in usable and s.effect[link]]
    some = np.any([np.zeros((len(seen.bodies), 2), dtype=bool), *own], axis=0)
    return np.where(some if told.ndim == 2 else some.any(axis=1), told, np.nan)


def _answers(
    seen: Seen, who: Who, movements: Sequence[Activity], tests: str, table: EvidenceTable
) -> Answers:
    levels: dict[str, Counter[str]] = {link.value: Counter() for link in JUDGED}
    tops: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    suggested: dict[str, list[int]] = {kind: [0, 0] for kind in KINDS}
    for person in range(len(seen.bodies)):
        findings, verdict = assess(seen.measures(person, movements), table)
        judged = {link: strongest(link, findings) for link in JUDGED}
        for link, found in judged.items():
            levels[link.value][found.level.value] += 1
        tops[max(judged.values(), key=lambda f: f.probability or -1.0).link.value] += 1
        labels[verdict.label.value] += 1
        of_kind = suggested[str(seen.bodies.kind[person])]
        of_kind[0] += any(found.level is Level.SUGGESTED for found in judged.values())
        of_kind[1] += 1
    return Answers(
        who=who,
        tests=tests,
        people=len(seen.bodies),
        levels={link: dict(counts) for link, counts in levels.items()},
        tops=dict(tops),
        labels=dict(labels),
        suggested={kind: (some, out_of) for kind, (some, out_of) in suggested.items() if out_of},
    )


def strongest(link: Link, findings: Iterable[Finding]) -> Finding:
    """Return the finding that stands for a link: of two legs the likelier one."""
    own = [finding for finding in findings if finding.link is link]
    return max(own, key=lambda f: (f.level is Level.SUGGESTED, f.probability or -1.0))


def links_of(score: GeneratorScore, tests: str, condition: str) -> list[LinkScore]:
    """Return the links' scores of some tests under one condition."""
    return [s for s in score.links if (s.tests, s.condition) == (tests, condition)]
