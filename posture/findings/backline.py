"""From measures to what each link of the back line looks like."""

from __future__ import annotations

import math
from collections.abc import Sequence

from posture.findings.evidence import EvidenceTable, Sign, load_evidence
from posture.findings.posterior import Weighed, weigh
from posture.findings.readings import (
    Run,
    has_bent_knees,
    is_usable,
    next_test,
    runs_from,
    straightest_knee_deg,
    strides,
)
from posture.findings.verdict import link_term, verdict_of
from posture.types import Activity, Finding, Level, Link, Measure, Quality, Reason, Side, Verdict


def assess(
    measures: Sequence[Measure], table: EvidenceTable | None = None
) -> tuple[tuple[Finding, ...], Verdict]:
    """Return what every link looks like, from the sole to the head, and the verdict over all.

    Hamstrings, calves and back are judged; pelvis and head are described; the sole is not seen
    by a camera. Standing posture is never evidence for a link. Age, sex, symptoms and habits are
    not known here: whoever asks for them withholds or shifts.

    Source
        docs/method.md, section 6; the numbers are those of evidence.toml.
    """
    table = load_evidence() if table is None else table
    runs = runs_from(measures, table)
    has_pelvis = _is_described(Link.PELVIS, measures, table)
    has_head = _is_described(Link.HEAD, measures, table)
    findings = (
        _unjudged(Link.SOLE, Reason("sole_not_seen")),
        *_calves(measures, runs, table),
        _whole_body(Link.HAMSTRING, measures, runs, table),
        _unjudged(Link.PELVIS, Reason("pelvis_described" if has_pelvis else "pelvis_not_measured")),
        _whole_body(Link.BACK, measures, runs, table),
        _unjudged(Link.HEAD, Reason("head_described" if has_head else "head_not_measured")),
    )
    return findings, verdict_of(findings, runs, measures, table)


def _calves(
    measures: Sequence[Measure], runs: Sequence[Run], table: EvidenceTable
) -> tuple[Finding, ...]:
    """Return one finding per leg, or one of BOTH when no sign of the calf belonged to a leg.

    A leg without signs of its own, beside one that has some, cannot be told.
    """
    own = {run.leg for run in runs if run.leg is not Side.BOTH and _has_calf_sign(run)}
    if not own:
        return (_calf(Side.BOTH, measures, runs, table),)
    return tuple(
        _calf(leg, measures, [run for run in runs if run.leg is leg], table)
        if leg in own
        else _unseen_leg(leg, measures, table)
        for leg in (Side.LEFT, Side.RIGHT)
    )


def _has_calf_sign(run: Run) -> bool:
    return any(r.side is run.leg and r.sign.about is Link.CALF for r in run.readings)


def _unseen_leg(leg: Side, measures: Sequence[Measure], table: EvidenceTable) -> Finding:
    missing = Reason("leg_not_seen", {"link": link_term(Link.CALF, leg)})
    return Finding(
        link=Link.CALF,
        side=leg,
        level=Level.CANNOT_TELL,
        probability=None,
        because=_too_few_strides(leg, measures, table) or missing,
        next_test=next_test(Link.CALF, leg, (), table),
    )


def _calf(
    leg: Side, measures: Sequence[Measure], runs: Sequence[Run], table: EvidenceTable
) -> Finding:
    weighed = weigh(Link.CALF, runs, table)
    too_few = None if weighed.signs else _too_few_strides(leg, measures, table)
    if too_few:
        return _finding(weighed, leg, Level.CANNOT_TELL, too_few, runs, table)
    return _judged(weighed, leg, runs, table)


def _too_few_strides(leg: Side, measures: Sequence[Measure], table: EvidenceTable) -> Reason | None:
    """Return that a leg walked, but not for long enough to count; None when it did not walk."""
    names = {sign.measure for sign in table.signs if sign.activity is Activity.WALKING}
    sides = set(Side) if leg is Side.BOTH else {leg, Side.BOTH}
    walked = any(m.name in names and m.side in sides and is_usable(m) for m in measures)
    counted, needed = strides(measures, leg), table.rules.min_strides
    if not walked or counted >= needed:
        return None
    name = link_term(Link.CALF, leg)
    return Reason("too_few_strides", {"link": name, "strides": counted, "needed": needed})


def _whole_body(
    link: Link, measures: Sequence[Measure], runs: Sequence[Run], table: EvidenceTable
) -> Finding:
    """Judge a link that is taken as one for both sides, unless every bend had bent knees."""
    if has_bent_knees(measures, table.rules):
        values = {
            "knee_bend_deg": straightest_knee_deg(measures),
            "limit_deg": table.rules.knee_bend_limit_deg,
        }
        return Finding(
            link=link,
            side=Side.BOTH,
            level=Level.CANNOT_TELL,
            probability=None,
            because=Reason("knees_bent", {"link": link.value, **values}),
            next_test=Reason("next_bend_straight_knees"),
        )
    return _judged(weigh(link, runs, table), Side.BOTH, runs, table)


def _judged(weighed: Weighed, side: Side, runs: Sequence[Run], table: EvidenceTable) -> Finding:
    name = link_term(weighed.link, side)
    gap = _gap(weighed, name, table)
    level, because = gap or _level(weighed, name, table)
    return _finding(weighed, side, level, because, runs, table)


def _finding(
    weighed: Weighed,
    side: Side,
    level: Level,
    because: Reason,
    runs: Sequence[Run],
    table: EvidenceTable,
) -> Finding:
    is_open = level in {Level.POSSIBLE, Level.CANNOT_TELL}
    return Finding(
        link=weighed.link,
        side=side,
        level=level,
        probability=weighed.probability if weighed.signs else None,
        because=because,
        evidence=weighed.evidence if weighed.signs else (),
        next_test=next_test(weighed.link, side, runs, table) if is_open else None,
    )


def _gap(weighed: Weighed, name: str, table: EvidenceTable) -> tuple[Level, Reason] | None:
    """Return why a link cannot be judged at all, or None where it can.

    Source
        docs/method.md, section 6.3: two signs or more, one of them of grade A or B.
    """
    signs, needed = weighed.signs, table.rules.min_signs
    if not signs:
        because = Reason("no_signs", {"link": name})
    elif weighed.link is Link.CALF and {s.activity for s in signs} == {Activity.WALKING}:
        because = Reason("gait_alone", {"link": name, "probability": weighed.probability})
    elif len(signs) < needed:
        because = Reason("too_few_signs", {"link": name, "signs": len(signs), "needed": needed})
    elif not any(sign.is_strong for sign in signs):
        because = Reason("only_weak_signs", {"link": name, "probability": weighed.probability})
    else:
        return None
    return Level.CANNOT_TELL, because


def _level(weighed: Weighed, name: str, table: EvidenceTable) -> tuple[Level, Reason]:
    """Return the level of a link that can be judged, and why.

    Source
        docs/method.md, section 6.3. A grade-A sign eases the acquittal only of the link it is
        about: read for any effect, the bend would acquit calves that only walking had looked at.
    """
    rules, p, nats = table.rules, weighed.probability, weighed.nats
    told: dict[str, float | str] = {"link": name, "probability": p}
    if p >= rules.suggested_probability and nats >= math.log(rules.suggested_factor):
        if weighed.link is Link.CALF and not _has_lunge(weighed.signs):
            return Level.POSSIBLE, Reason("capped_without_lunge", told)
        return Level.SUGGESTED, Reason("link_suggested", {**told, "sign": _strongest(weighed, 1)})
    if p >= rules.possible_probability and nats >= math.log(rules.possible_factor):
        return Level.POSSIBLE, Reason("link_possible", {**told, "sign": _strongest(weighed, 1)})
    has_test = any(s.grade == "A" and s.about is weighed.link for s in weighed.signs)
    factor = rules.not_suggested_factor if has_test else rules.not_suggested_factor_weak
    if nats <= -math.log(factor):
        told["sign"] = _strongest(weighed, -1)
        return Level.NOT_SUGGESTED, Reason("link_not_suggested", told)
    return Level.CANNOT_TELL, _undecided(weighed, told, math.log(rules.disagree_factor))


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


def _has_lunge(signs: Sequence[Sign]) -> bool:
    return any(sign.activity is Activity.WALL_LUNGE for sign in signs)


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
