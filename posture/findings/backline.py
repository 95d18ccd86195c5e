"""From measures to what each link of the back line looks like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from posture.findings.answers import shifted, withheld_because
from posture.findings.evidence import EvidenceTable, Sign, load_evidence
from posture.findings.levels import cuts_of, gap_of
from posture.findings.next_tests import next_test
from posture.findings.posterior import Weighed, weigh
from posture.findings.readings import (
    Run,
    has_bent_knees,
    is_usable,
    runs_from,
    straightest_knee_deg,
    strides,
)
from posture.findings.turning import turning_point
from posture.findings.verdict import link_term, verdict_of
from posture.types import (
    Activity,
    Answers,
    Finding,
    Label,
    Level,
    Link,
    Measure,
    Quality,
    Reason,
    Side,
    Verdict,
)

WORTH_TELLING_NATS = 0.1  # ours; what is explained away by less changes no percentage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Everything that a finding rests on."""

    measures: tuple[Measure, ...]
    runs: tuple[Run, ...]
    table: EvidenceTable
    answers: Answers

    def of_leg(self, leg: Side) -> _Seen:
        return replace(self, runs=tuple(run for run in self.runs if run.leg is leg))

    def next_test(self, link: Link, side: Side, *, knees_bent: bool = False) -> Reason:
        return next_test(link, side, self.runs, self.table, self.answers, knees_bent=knees_bent)


def assess(
    measures: Sequence[Measure],
    table: EvidenceTable | None = None,
    answers: Answers | None = None,
) -> tuple[tuple[Finding, ...], Verdict]:
    """Return what every link looks like, from the sole to the head, and the verdict over all.

    Hamstrings, calves and back are judged; pelvis and head are described; the sole is not seen
    by a camera. Standing posture is never evidence for a link. Answers shift what is likely
    before anything was seen, and a red flag among them withholds every judgement; what the
    client feels and the trainer's hand finds moves nothing.

    Source
        docs/method.md, section 6; the numbers are those of evidence.toml.
    """
    answers = answers or Answers()
    table = shifted(load_evidence() if table is None else table, answers)
    withheld = withheld_because(answers, table.rules)
    if withheld is not None:
        return _withheld(withheld)
    seen = _Seen(
        measures=tuple(measures), runs=runs_from(measures, table), table=table, answers=answers
    )
    has_pelvis = _is_described(Link.PELVIS, measures, table)
    has_head = _is_described(Link.HEAD, measures, table)
    findings = (
        _unjudged(Link.SOLE, Reason("sole_not_seen")),
        *_calves(seen),
        _whole_body(Link.HAMSTRING, seen),
        _unjudged(Link.PELVIS, Reason("pelvis_described" if has_pelvis else "pelvis_not_measured")),
        _whole_body(Link.BACK, seen),
        _unjudged(Link.HEAD, Reason("head_described" if has_head else "head_not_measured")),
    )
    return findings, verdict_of(findings, seen.runs, measures, table, answers)


def _withheld(because: Reason) -> tuple[tuple[Finding, ...], Verdict]:
    """Return every link as not judged, and whom to ask next."""
    doctor = Reason("next_doctor")
    findings = tuple(replace(_unjudged(link, because), next_test=doctor) for link in Link)
    verdict = Verdict(
        label=Label.INCONCLUSIVE, lumbar_compensation=False, because=because, next_test=doctor
    )
    return findings, verdict


def _calves(seen: _Seen) -> tuple[Finding, ...]:
    """Return one finding per leg, or one of BOTH when no sign of the calf belonged to a leg.

    A leg without signs of its own, beside one that has some, cannot be told.
    """
    own = {run.leg for run in seen.runs if run.leg is not Side.BOTH and _has_calf_sign(run)}
    if not own:
        return (_calf(Side.BOTH, seen),)
    return tuple(
        _calf(leg, seen.of_leg(leg)) if leg in own else _unseen_leg(leg, seen)
        for leg in (Side.LEFT, Side.RIGHT)
    )


def _has_calf_sign(run: Run) -> bool:
    return any(r.side is run.leg and r.sign.about is Link.CALF for r in run.readings)


def _unseen_leg(leg: Side, seen: _Seen) -> Finding:
    missing = Reason("leg_not_seen", {"link": link_term(Link.CALF, leg)})
    return Finding(
        link=Link.CALF,
        side=leg,
        level=Level.CANNOT_TELL,
        probability=None,
        because=_too_few_strides(leg, seen) or missing,
        next_test=replace(seen, runs=()).next_test(Link.CALF, leg),
    )


def _calf(leg: Side, seen: _Seen) -> Finding:
    weighed = weigh(Link.CALF, seen.runs, seen.table)
    too_few = None if weighed.signs else _too_few_strides(leg, seen)
    if too_few:
        return _finding(weighed, leg, Level.CANNOT_TELL, too_few, seen)
    return _judged(weighed, leg, seen)


def _too_few_strides(leg: Side, seen: _Seen) -> Reason | None:
    """Return that a leg walked, but not for long enough to count; None when it did not walk."""
    measures, table = seen.measures, seen.table
    names = {sign.measure for sign in table.signs if sign.activity is Activity.WALKING}
    sides = set(Side) if leg is Side.BOTH else {leg, Side.BOTH}
    walked = any(m.name in names and m.side in sides and is_usable(m) for m in measures)
    counted, needed = strides(measures, leg), table.rules.min_strides
    if not walked or counted >= needed:
        return None
    name = link_term(Link.CALF, leg)
    return Reason("too_few_strides", {"link": name, "strides": counted, "needed": needed})


def _whole_body(link: Link, seen: _Seen) -> Finding:
    """Judge a link that is taken as one for both sides, unless every bend had bent knees."""
    rules = seen.table.rules
    if has_bent_knees(seen.measures, rules):
        values = {
            "knee_bend_deg": straightest_knee_deg(seen.measures),
            "limit_deg": rules.knee_bend_limit_deg,
        }
        return Finding(
            link=link,
            side=Side.BOTH,
            level=Level.CANNOT_TELL,
            probability=None,
            because=Reason("knees_bent", {"link": link.value, **values}),
            next_test=seen.next_test(link, Side.BOTH, knees_bent=True),
        )
    return _judged(weigh(link, seen.runs, seen.table), Side.BOTH, seen)


def _judged(weighed: Weighed, side: Side, seen: _Seen) -> Finding:
    name = link_term(weighed.link, side)
    gap = gap_of(weighed.link, weighed.signs, seen.table.rules)
    if gap is not None:
        return _finding(weighed, side, Level.CANNOT_TELL, _why_not(gap, weighed, name, seen), seen)
    level, because = _level(weighed, name, seen.table)
    found = _finding(weighed, side, level, because, seen)
    cuts = cuts_of(weighed.link, weighed.prior, weighed.signs, seen.table.rules)
    return replace(
        found,
        turning_point=turning_point(weighed, name, cuts, seen.runs, seen.measures, seen.table),
        notes=tuple(_explained(weighed, name, seen)),
    )


def _finding(weighed: Weighed, side: Side, level: Level, because: Reason, seen: _Seen) -> Finding:
    is_open = level in {Level.POSSIBLE, Level.CANNOT_TELL}
    return Finding(
        link=weighed.link,
        side=side,
        level=level,
        probability=weighed.probability if weighed.signs else None,
        because=because,
        evidence=weighed.evidence if weighed.signs else (),
        next_test=seen.next_test(weighed.link, side) if is_open else None,
        prior=weighed.prior if weighed.signs else None,
    )


def _why_not(gap: str, weighed: Weighed, name: str, seen: _Seen) -> Reason:
    """Return why a link cannot be judged at all, with the lean there is."""
    if gap == "no_signs":
        return Reason("no_signs", {"link": name})
    told: dict[str, float | str] = {"link": name, "probability": weighed.probability}
    if gap == "gait_alone":
        return Reason("gait_alone", told)
    if gap == "only_weak_signs":
        return Reason("only_weak_signs", told)
    needed = seen.table.rules.min_signs
    return Reason("too_few_signs", {**told, "signs": len(weighed.signs), "needed": needed})


def _level(weighed: Weighed, name: str, table: EvidenceTable) -> tuple[Level, Reason]:
    """Return the level of a link that can be judged, and why.

    Source
        docs/method.md, section 6.3.
    """
    rules, p = table.rules, weighed.probability
    cuts = cuts_of(weighed.link, weighed.prior, weighed.signs, rules)
    level = cuts.level(p)
    told: dict[str, float | str] = {"link": name, "probability": p}
    if len(weighed.signs) < rules.min_signs:
        sign = weighed.signs[0].measure
        is_lean = level is Level.POSSIBLE
        because = Reason("lean_one_sign" if is_lean else "one_sign", {**told, "sign": sign})
        return level, because
    if level is Level.SUGGESTED:
        return level, Reason("link_suggested", {**told, "sign": _strongest(weighed, 1)})
    if level is Level.POSSIBLE and p >= cuts.would_be_suggested:
        return level, Reason("capped_without_lunge", told)
    if level is Level.POSSIBLE:
        return level, Reason("link_possible", {**told, "sign": _strongest(weighed, 1)})
    if level is Level.NOT_SUGGESTED:
        return level, Reason("link_not_suggested", {**told, "sign": _strongest(weighed, -1)})
    return level, _undecided(weighed, told, math.log(rules.disagree_factor))


def _undecided(weighed: Weighed, told: dict[str, float | str], enough_nats: float) -> Reason:
    nats = [evidence.contribution_nats for evidence in weighed.evidence]
    if max(nats, default=0.0) >= enough_nats and min(nats, default=0.0) <= -enough_nats:
        both = {"sign_for": _strongest(weighed, 1), "sign_against": _strongest(weighed, -1)}
        return Reason("signs_disagree", {**told, **both})
    return Reason("undecided", told)


def _strongest(weighed: Weighed, direction: int) -> str:
    """Name the measure that spoke loudest for (1) or against (-1) a restriction."""
    loudest = max(weighed.evidence, key=lambda e: direction * e.contribution_nats)
    return loudest.measure.name


def _explained(weighed: Weighed, name: str, seen: _Seen) -> Iterator[Reason]:
    """Tell which sign of this link another link takes upon itself, or leaves to this one.

    A sign without an effect of this link moves it only through a sign that both links move:
    that one is named.
    """
    signs = {r.sign.measure: r.sign for run in seen.runs for r in run.readings}
    for evidence in weighed.evidence:
        sign = signs.get(evidence.measure.name)
        nats = evidence.contribution_nats
        if sign is None or sign.effect[weighed.link] or abs(nats) < WORTH_TELLING_NATS:
            continue
        shared = [s for s in weighed.signs if s.effect[sign.about]]
        if shared:
            told = {
                "link": name,
                "other": sign.about.value,
                "seen_in": sign.measure,
                "sign": _most_shared(shared, sign.about),
            }
            yield Reason("explained_away" if nats < 0 else "left_to_it", told)


def _most_shared(shared: Sequence[Sign], other: Link) -> str:
    """Name the sign that another link moves most, in spreads of people."""
    return max(shared, key=lambda s: abs(s.effect[other]) / s.sd_pop).measure


def _is_described(link: Link, measures: Sequence[Measure], table: EvidenceTable) -> bool:
    """Say whether some measure that tells of this link came out."""
    rows = [row for row in table.described if row.link is link]
    return any(
        measure.activity is row.activity and measure.name in row.measures
        for row in rows
        for measure in measures
        if measure.quality is not Quality.MISSING
    )


def _unjudged(link: Link, because: Reason) -> Finding:
    return Finding(
        link=link,
        side=Side.BOTH,
        level=Level.CANNOT_TELL,
        probability=None,
        because=because,
    )
