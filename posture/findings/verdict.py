"""The findings in one word, and whether the back makes up for the hips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from posture.findings.evidence import JUDGED, EvidenceTable, Rules
from posture.findings.knees import has_bent_knees
from posture.findings.next_tests import next_test
from posture.findings.own_gait import WITHHELD, WITHHELD_BY_LIMP
from posture.findings.readings import Run
from posture.findings.references import reference_for
from posture.findings.repeats import settled
from posture.types import (
    Activity,
    Answers,
    Finding,
    Label,
    Level,
    Link,
    Measure,
    Reason,
    Side,
    Verdict,
)

# From most to least telling; of two calves the one further left stands for both (ours).
RANK = (Level.SUGGESTED, Level.POSSIBLE, Level.CANNOT_TELL, Level.NOT_SUGGESTED)
OPEN = (Level.SUGGESTED, Level.POSSIBLE, Level.CANNOT_TELL)

HIPS, BACK = "pelvis_on_thigh_flexion", "lumbar_flexion"
LUNGE = "lunge_dorsiflexion_straight"


def verdict_of(
    findings: Sequence[Finding],
    runs: Sequence[Run],
    measures: Sequence[Measure],
    table: EvidenceTable,
    answers: Answers,
) -> Verdict:
    """Return the one word over all links, why, and what to do next when there is none.

    Source
        docs/method.md, section 6.3.
    """
    links = {link: _of(link, findings) for link in JUDGED}
    label = _label({link: finding.level for link, finding in links.items()})
    compensates = lumbar_compensation(measures, table)
    if label is Label.INCONCLUSIVE:
        because, about = _why_open(links)
        what_next = about.next_test or next_test(about.link, about.side, runs, table, answers)
        return Verdict(
            label=label,
            lumbar_compensation=compensates,
            because=because,
            next_test=_for_both_legs(what_next, findings),
        )
    return Verdict(
        label=label,
        lumbar_compensation=compensates,
        because=_why(label, links, findings, measures, table),
    )


def lumbar_compensation(measures: Sequence[Measure], table: EvidenceTable) -> bool:
    """Say whether the hips gave little in the bend and the back made up for it.

    Source
        docs/method.md, section 6.3: hips below 58 deg, and a lumbar share above .58 or more than
        70 deg.
    """
    hips, back, share = (
        settled(measures, name, Activity.FORWARD_BEND) for name in (HIPS, BACK, "hip_share")
    )
    if hips is None or has_bent_knees(measures, table.rules):
        return False
    rules = table.rules
    by_share = share is not None and 1 - share.value > rules.compensation_back_share_above
    by_angle = back is not None and back.value > rules.compensation_back_above_deg
    return hips.value < rules.compensation_hips_below_deg and (by_share or by_angle)


def link_term(link: Link, side: Side) -> str:
    """Return the word for a link: `calf_left` for one leg, `calf` for both."""
    return link.value if side is Side.BOTH else f"{link.value}_{side.value}"


def _of(link: Link, findings: Sequence[Finding]) -> Finding:
    """Return the finding that stands for a link; of two legs the more telling one."""
    own = [finding for finding in findings if finding.link is link]
    return min(own, key=lambda f: (RANK.index(f.level), -(f.probability or 0.0)))


def _label(levels: Mapping[Link, Level]) -> Label:
    hamstring, calf, back = (levels[link] for link in JUDGED)
    suggested = [link for link in JUDGED if levels[link] is Level.SUGGESTED]
    at_least_possible = {Level.SUGGESTED, Level.POSSIBLE}
    if {hamstring, calf} <= at_least_possible and Level.SUGGESTED in {hamstring, calf}:
        return Label.BACK_LINE
    if len(suggested) == 1:
        return {Link.HAMSTRING: Label.HAMSTRING, Link.CALF: Label.CALF, Link.BACK: Label.LUMBAR}[
            suggested[0]
        ]
    if {hamstring, calf} == {Level.NOT_SUGGESTED} and back not in at_least_possible:
        return Label.NONE
    return Label.INCONCLUSIVE


def _leading(links: Mapping[Link, Finding]) -> Finding:
    """Return the likeliest of the links that are still open; the first one when nothing is seen."""
    still_open = [finding for finding in links.values() if finding.level in OPEN]
    return max(still_open, key=lambda f: f.probability or 0.0)


def _why_open(links: Mapping[Link, Finding]) -> tuple[Reason, Finding]:
    """Return why there is no one word, and the finding to look into next."""
    suggested = [link.value for link, finding in links.items() if finding.level is Level.SUGGESTED]
    activities = {e.measure.activity for finding in links.values() for e in finding.evidence}
    bent = [f for f in links.values() if f.because.code == "knees_bent"]
    is_limping = links[Link.CALF].because.code == WITHHELD_BY_LIMP
    leading = _leading(links)
    term = link_term(leading.link, leading.side)
    if len(suggested) > 1:
        because = Reason("verdict_several", {"first": suggested[0], "second": suggested[1]})
    elif links[Link.CALF].because.code in WITHHELD and (not activities or is_limping):
        because, leading = links[Link.CALF].because, links[Link.CALF]
    elif bent:
        chances = {
            link.value: links[link].probability or 0.0 for link in (Link.HAMSTRING, Link.BACK)
        }
        because, leading = Reason("verdict_knees_bent", chances), bent[0]
    elif not activities:
        because = Reason("verdict_nothing_seen")
    elif activities == {Activity.WALKING}:
        because, leading = Reason("verdict_gait_alone"), links[Link.CALF]
    elif leading.probability is None:
        because = Reason("verdict_not_looked_at", {"link": term})
    elif leading.level is Level.POSSIBLE:
        because = Reason("verdict_possible", {"link": term, "probability": leading.probability})
    else:
        because = Reason("verdict_open", {"link": term, "probability": leading.probability})
    return because, leading


def _for_both_legs(test: Reason, findings: Sequence[Finding]) -> Reason:
    """Ask a test of both legs where both need it."""
    needed = [f for f in findings if f.next_test is not None and f.next_test.code == test.code]
    calves = [finding for finding in needed if finding.link is Link.CALF]
    both = {**test.values, "leg": f"leg_{Side.BOTH.value}"}
    return Reason(test.code, both) if len(calves) > 1 else test


def _why(
    label: Label,
    links: Mapping[Link, Finding],
    findings: Sequence[Finding],
    measures: Sequence[Measure],
    table: EvidenceTable,
) -> Reason:
    chance = {link: finding.probability or 0.0 for link, finding in links.items()}
    if label is Label.BACK_LINE:
        values = {"hamstring": chance[Link.HAMSTRING], "calf": chance[Link.CALF]}
        return Reason("verdict_back_line", values)
    if label is Label.HAMSTRING:
        return _why_hamstring(chance[Link.HAMSTRING], measures, table)
    if label is Label.CALF:
        term = _calf_term(findings, measures, table.rules)
        return Reason("verdict_calf", {"link": term, "probability": chance[Link.CALF]})
    if label is Label.LUMBAR:
        return Reason("verdict_lumbar", {"probability": chance[Link.BACK]})
    return Reason("verdict_none")


def _why_hamstring(probability: float, measures: Sequence[Measure], table: EvidenceTable) -> Reason:
    """Tell the bend where it shows the hamstrings; the usual range may be a draft, and is shown."""
    hips, back = (settled(measures, name, Activity.FORWARD_BEND) for name in (HIPS, BACK))
    usual = reference_for(HIPS, Activity.FORWARD_BEND)
    if hips is None or usual is None or hips.value >= usual.low:
        return Reason("verdict_hamstring", {"probability": probability})
    values = {
        "probability": probability,
        "hips_deg": hips.value,
        "hips_sd_deg": hips.sd,
        "usual_deg": usual.low,
    }
    if back is None or not lumbar_compensation(measures, table):
        return Reason("verdict_hamstring_bend", values)
    values |= {"back_deg": back.value, "back_sd_deg": back.sd}
    return Reason("verdict_hamstring_compensated", values)


def _calf_term(findings: Sequence[Finding], measures: Sequence[Measure], rules: Rules) -> str:
    """Name one leg only where the legs differ by more than healthy legs and the lunge do.

    Source
        docs/method.md, section 6.4: the larger of 6 deg and sqrt(2) x the minimal detectable
        change.
    """
    calves = [finding for finding in findings if finding.link is Link.CALF]
    tight = [finding for finding in calves if finding.level is Level.SUGGESTED]
    if len(tight) != 1 or len(calves) == 1:
        return Link.CALF.value
    if any(finding.probability is None for finding in calves):
        return link_term(Link.CALF, tight[0].side)
    lunges = {side: [m for m in measures if m.side is side] for side in (Side.LEFT, Side.RIGHT)}
    left, right = (settled(own, LUNGE, Activity.WALL_LUNGE) for own in lunges.values())
    least_deg = max(rules.side_difference_deg, math.sqrt(2) * rules.lunge_change_deg)
    differs = left is not None and right is not None and abs(left.value - right.value) >= least_deg
    return link_term(Link.CALF, tight[0].side) if differs else Link.CALF.value
