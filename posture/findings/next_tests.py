"""Which test to do next: the one from which most is expected about a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from posture.findings.answers import is_asked
from posture.findings.evidence import EvidenceTable, NextTest, Sign
from posture.findings.levels import cuts_of, gap_of
from posture.findings.posterior import (
    STATES,
    calibrated,
    chance_of,
    logs_of,
    means_of,
    state_chances,
    state_logs,
    summed,
)
from posture.findings.readings import Reading, Run
from posture.types import Activity, Answers, Floats, Link, Quality, Reason, Side

_SELDOM = 0.5 / 10  # ours; fewer cases than this are told as "seldom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is expected of a test."""

    code: str
    move: Activity
    information_nats: float  # expected divergence of what is known after from what is known now
    settles: float  # share of the cases in which the link is then suggested or not suggested


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A reading that a test would bring: of a sign not seen, or once more of one seen badly."""

    sign: Sign
    sd: float
    weight: float
    old: Reading | None = None


def next_test(
    link: Link,
    side: Side,
    runs: Sequence[Run],
    table: EvidenceTable,
    answers: Answers,
    *,
    knees_bent: bool = False,
) -> Reason:
    """Return the test that would tell most about a link, and in how many cases it settles it.

    Never one that what was answered forbids. Where nothing is left, that is what it says.
    """
    values = {"leg": f"leg_{side.value}"} if link is Link.CALF else {}
    best = max(promises(link, runs, table, answers), key=lambda p: p.information_nats, default=None)
    if best is None or best.information_nats <= 0:
        return _once_more(link, values, table, answers)
    code = best.code
    if knees_bent and code == "next_forward_bend":
        code = "next_bend_straight_knees"
    how = "test_settles" if best.settles >= _SELDOM else "test_seldom_settles"
    return Reason(code, {**values, "because": how, "tenths": max(1.0, round(10 * best.settles))})


def promises(
    link: Link, runs: Sequence[Run], table: EvidenceTable, answers: Answers
) -> tuple[Promise, ...]:
    """Return what every test that may be asked for promises about a link.

    The readings that a test would bring are drawn from what is now believed of the person, and
    each draw is judged as a real one would be. Signs are taken as independent given what is
    restricted, as everywhere in this model.

    Source
        Expected information: Lindley 1956, Ann. Math. Statist. 27:986; the draws are ours.
    """
    found = []
    for test in table.next_tests:
        if is_asked(test.move, answers, table):
            new = _new_signs(test, link, runs, table)
            if new:
                found.append(_promise(test, test.code, new, link, runs, table))
    for again in table.repeats:
        test = next(test for test in table.next_tests if test.code == again.test)
        if again.link is link and is_asked(test.move, answers, table):
            worse = _to_mend(test, runs, table)
            if worse:
                found.append(_promise(test, again.code, worse, link, runs, table))
    return tuple(found)


def _once_more(
    link: Link, values: dict[str, str], table: EvidenceTable, answers: Answers
) -> Reason:
    """Ask for the usual test once more, or say that none may be asked for."""
    again = next(one for one in table.repeats if one.link is link)
    test = next(test for test in table.next_tests if test.code == again.test)
    if not is_asked(test.move, answers, table):
        return Reason("next_none_allowed")
    return Reason(again.code, {**values, "because": "test_last_left", "tenths": 0.0})


def _new_signs(
    test: NextTest, link: Link, runs: Sequence[Run], table: EvidenceTable
) -> tuple[_New, ...]:
    """Return what a test not done yet would bring; nothing where it is no test of this link."""
    seen = {reading.sign.measure for run in runs for reading in run.readings}
    signs = [sign for sign in table.signs if sign.measure in test.brings]
    own = {sign.measure for sign in signs if sign.about is link}
    if not own or own & seen:
        return ()
    return tuple(
        _New(sign=sign, sd=test.brings[sign.measure], weight=sign.weight)
        for sign in signs
        if sign.measure not in seen
    )


def _to_mend(test: NextTest, runs: Sequence[Run], table: EvidenceTable) -> tuple[_New, ...]:
    """Return what doing a test once more would bring: what was missing, what was suspect."""
    readings = {r.sign.measure: r for run in runs for r in run.readings}
    signs = [sign for sign in table.signs if sign.measure in test.brings]
    if not {sign.measure for sign in signs} & set(readings):
        return ()
    new = []
    for sign in signs:
        old = readings.get(sign.measure)
        if old is None or old.measure.quality is Quality.SUSPECT:
            sd = test.brings[sign.measure]
            new.append(_New(sign=sign, sd=sd, weight=sign.weight, old=old))
    return tuple(new)


def _promise(
    test: NextTest,
    code: str,
    new: tuple[_New, ...],
    link: Link,
    runs: Sequence[Run],
    table: EvidenceTable,
) -> Promise:
    """Draw what the test would bring, and judge every draw."""
    runs = runs or (Run(leg=Side.BOTH, readings=()),)
    replaced = {one.sign.measure for one in new if one.old is not None}
    logs = [logs_of(run) for run in runs]
    kept = [
        summed({key: log for key, log in run.items() if key[0] not in replaced}) for run in logs
    ]
    now = np.mean([state_chances(summed(run), table.priors) for run in logs], axis=0)
    values = _draws(new)
    brought = sum(
        state_logs(one.sign, values[:, place], sd=one.sd, weight=one.weight)
        for place, one in enumerate(new)
    )
    after = np.mean(
        [chance_of(link, state_chances(rest + brought, table.priors)) for rest in kept], axis=0
    )
    had = {r.sign.measure: r.sign for run in runs for r in run.readings}
    has = had | {one.sign.measure: one.sign for one in new}
    own = [sign for sign in has.values() if sign.effect[link]]
    after = calibrated(link, after, own, table)
    draws = len(values) // len(now)
    of_draw = np.repeat(now, draws) / draws
    before = float(
        calibrated(link, chance_of(link, now), [s for s in had.values() if s.effect[link]], table)
    )
    return Promise(
        code=code,
        move=test.move,
        information_nats=float(of_draw @ _divergence(after, before)),
        settles=float(of_draw @ _settled(link, after, own, table)),
    )


def _draws(new: Sequence[_New]) -> Floats:
    """Return readings drawn in each state, (STATES x draws, signs), evenly spread."""
    z = _spread_out(len(new))
    columns = []
    for place, one in enumerate(new):
        if one.old is None:
            means = means_of(one.sign)
            sd = float(np.hypot(one.sign.sd_pop, one.sd))
        else:  # the same person again: about the old value, whatever is restricted
            means = np.full(len(STATES), one.old.value)
            sd = float(np.hypot(one.old.sd, one.sd))
        values = (means[:, None] + sd * z[:, place]).ravel()
        columns.append(values if one.sign.floor is None else np.maximum(values, one.sign.floor))
    return np.stack(columns, axis=1)


@cache
def _spread_out(columns: int) -> Floats:
    """Return evenly spread standard normal draws, (draws, columns); always the same ones."""
    # a file: making them takes a second of imports; `tests/findings/test_next_tests.py` makes them
    with files("posture.findings").joinpath("draws.npz").open("rb") as file, np.load(file) as kept:
        drawn: Floats = kept[f"of_{columns}"]
        return drawn


def _divergence(after: Floats, before: float) -> Floats:
    """Return the information gained about a yes or no, in nats."""
    after = np.clip(after, 1e-12, 1 - 1e-12)
    gained: Floats = after * np.log(after / before) + (1 - after) * np.log(
        (1 - after) / (1 - before)
    )
    return gained


def _settled(link: Link, after: Floats, own: Sequence[Sign], table: EvidenceTable) -> Floats:
    """Return in which draws the link is then suggested or not suggested, as 0 or 1."""
    if gap_of(link, own, table.rules) is not None:
        return np.zeros(len(after))
    cuts = cuts_of(link, table.priors[link], own, table)
    settled: Floats = ((after >= cuts.suggested) | (after <= cuts.not_suggested)).astype(float)
    return settled
