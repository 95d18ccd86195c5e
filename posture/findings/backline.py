"""From measures to what each link of the back line looks like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from posture.findings.answers import shifted, withheld_because
from posture.findings.evidence import EvidenceTable, Sign, load_evidence
from posture.findings.knees import has_bent_knees, straightest_knee_deg
from posture.findings.levels import cuts_of, gap_of
from posture.findings.next_tests import next_test
from posture.findings.own_gait import limps, withheld
from posture.findings.posterior import Weighed, weigh
from posture.findings.readings import Run, runs_from
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

WORTH_TELLING_NATS = 0.2  # ours; below it the report says that a sign hardly says anything


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Everything that a finding rests on."""

    measures: tuple[Measure, ...]
    runs: tuple[Run, ...]
    table: EvidenceTable
    answers: Answers

    def of_leg(self, leg: Side) -> _Seen:
        return replace(self, runs=tuple(run for run in self.runs if run.leg is leg))

    def of_side(self, side: Side) -> tuple[Measure, ...]:
        """Return the measures that tell of a leg, those of both among them."""
        return tuple(m for m in self.measures if Side.BOTH in {side, m.side} or m.side is side)

    def next_test(self, link: Link, side: Side, *, knees_bent: bool = False) -> Reason:
        runs = tuple(map(_without_bend, self.runs)) if knees_bent else self.runs
        return next_test(link, side, runs, self.table, self.answers, knees_bent=knees_bent)


def _without_bend(run: Run) -> Run:
    """Return a run as if nobody had bent forward yet: the bend is to be done once more."""
    kept = [r for r in run.readings if r.sign.activity is not Activity.FORWARD_BEND]
    return replace(run, readings=tuple(kept))


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

    A leg without signs of its own, beside one that has some, cannot be told. Where somebody
    limped, neither can: a leg that is spared looks like a stiff one.
    """
    spared = withheld(seen.measures, Link.CALF.value) if limps(seen.measures) else None
    if spared is not None:
        return (_withheld_calf(Side.BOTH, spared, Reason("next_ask_pain")),)
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
    name = link_term(Link.CALF, leg)
    because = withheld(seen.of_side(leg), name) or Reason("leg_not_seen", {"link": name})
    return _withheld_calf(leg, because, replace(seen, runs=()).next_test(Link.CALF, leg))


def _withheld_calf(leg: Side, because: Reason, next_one: Reason) -> Finding:
    return Finding(
        link=Link.CALF,
        side=leg,
        level=Level.CANNOT_TELL,
        probability=None,
        because=because,
        next_test=next_one,
    )


def _calf(leg: Side, seen: _Seen) -> Finding:
    weighed = weigh(Link.CALF, seen.runs, seen.table)
    because = withheld(seen.of_side(leg), link_term(Link.CALF, leg))
    if because is not None and not weighed.signs:
        return _withheld_calf(leg, because, seen.next_test(Link.CALF, leg))
    return _judged(weighed, leg, seen)


def _whole_body(link: Link, seen: _Seen) -> Finding:
    """Judge a link that is taken as one for both sides.

    Where the knees were bent in every bend, only the lean is told: what slack they gave is taken
    off, but so much of it is not known well enough for a level.
    """
    weighed = weigh(link, seen.runs, seen.table)
    if not has_bent_knees(seen.measures, seen.table.rules):
        return _judged(weighed, Side.BOTH, seen)
    values = {
        "knee_bend_deg": straightest_knee_deg(seen.measures),
        "limit_deg": seen.table.rules.knee_bend_limit_deg,
        "probability": weighed.probability,
    }
    because = Reason("knees_bent", {"link": link.value, **values})
    found = _finding(weighed, Side.BOTH, Level.CANNOT_TELL, because, seen)
    return replace(found, next_test=seen.next_test(link, Side.BOTH, knees_bent=True))


def _judged(weighed: Weighed, side: Side, seen: _Seen) -> Finding:
    name = link_term(weighed.link, side)
    gap = gap_of(weighed.link, weighed.signs, seen.table.rules)
    if gap is not None:
        return _finding(weighed, side, Level.CANNOT_TELL, _why_not(gap, weighed, name, seen), seen)
    level, because = _level(weighed, name, seen.table)
    found = _finding(weighed, side, level, because, seen)
    cuts = cuts_of(weighed.link, weighed.prior, weighed.signs, seen.table)
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
    cuts = cuts_of(weighed.link, weighed.prior, weighed.signs, table)
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
    by_nats = sorted(weighed.evidence, key=lambda e: -direction * e.contribution_nats)
    return next((e.measure.name for e in by_nats), weighed.signs[0].measure)


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
