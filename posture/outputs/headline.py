"""The finding in one line: what a page, a list, the report and the terminal say first."""

from __future__ import annotations

from posture.findings.evidence import JUDGED, load_evidence
from posture.outputs.words import Words
from posture.types import Assessment, Finding, Label, Level, Link, Side, Verdict

_ONE_LINK = {Label.HAMSTRING: Link.HAMSTRING, Label.CALF: Link.CALF, Label.LUMBAR: Link.BACK}

_SAID = {
    "verdict_two_people": "two_people",
    "verdict_none": "none",
    "verdict_nothing_seen": "one_movement",  # what was seen tells of no link
    "verdict_gait_alone": "one_movement",
}
_SAID_ALREADY = frozenset(
    {"verdict_hamstring", "verdict_calf", "verdict_lumbar", "verdict_back_line"}
    | {"verdict_possible", "verdict_open"}
)


def _movements() -> set[str]:
    """Return the codes of what somebody can be asked to do next."""
    table = load_evidence()
    tests = {test.code for test in table.next_tests} | {again.code for again in table.repeats}
    return tests | {"next_bend_straight_knees"}


def headline(assessment: Assessment, words: Words) -> str:
    """Name the likeliest link and how likely, or that there is no sign, or what would tell."""
    told = words.tables["headline"]
    code, findings = _kind(assessment)
    values: dict[str, object] = {}
    if code == "one_movement":
        asked = movement(assessment, words)
        return told[code].format(movement=asked) if asked else told["nothing"]
    for finding, prefix in zip(findings, ("", "second_"), strict=False):
        values[f"{prefix}probability"] = words.chance(finding.probability or 0.0)
        values[prefix.rstrip("_") or "link"] = told[_term(finding, assessment)]
        values[finding.link.value] = values[f"{prefix}probability"]
    return told[code].format(**values)


def beside(assessment: Assessment, words: Words) -> str:
    """Return the sentence that goes with the headline: why, without saying the same again."""
    because = assessment.verdict.because
    if because.code in _SAID_ALREADY:
        return ""
    own = words.tables["headline"].get(f"beside_{because.code}")
    return own.format(**because.values) if own else words.sentence(because)


def movement(assessment: Assessment, words: Words) -> str:
    """Return which movement would tell most next; empty where nobody can be asked for one."""
    test = assessment.verdict.next_test
    return words.tables["headline"][test.code] if test and test.code in _movements() else ""


def headline_kind(assessment: Assessment) -> str:
    """Return which headline it is: a code of the table `headline`."""
    return _kind(assessment)[0]


def leading(assessment: Assessment) -> tuple[Finding, ...]:
    """Return the findings that the headline names; none where it names none."""
    return _kind(assessment)[1]


def judged(assessment: Assessment) -> tuple[Finding, ...]:
    """Return the findings that rest on something, the likeliest first."""
    found = [f for f in assessment.findings if f.link in JUDGED and f.probability is not None]
    return tuple(sorted(found, key=lambda f: -(f.probability or 0.0)))


def _kind(assessment: Assessment) -> tuple[str, tuple[Finding, ...]]:
    """Return which headline it is, and the findings in it."""
    verdict, found = assessment.verdict, judged(assessment)
    if assessment.withheld is not None:
        return "withheld", ()
    if verdict.because.code in _SAID:
        return _SAID[verdict.because.code], ()
    if verdict.label is Label.BACK_LINE:
        return "back_line", _first(found, Link.HAMSTRING) + _first(found, Link.CALF)
    if verdict.label in _ONE_LINK:
        return "suggested", _first(found, _ONE_LINK[verdict.label])
    return _open(verdict, found)


def _open(verdict: Verdict, found: tuple[Finding, ...]) -> tuple[str, tuple[Finding, ...]]:
    """Return what an open verdict leans to."""
    links = dict.fromkeys(f.link for f in found if f.level is Level.SUGGESTED)
    if len(links) > 1:
        return "several", tuple(f for link in links for f in _first(found, link))
    possible = [f for f in found if f.level in {Level.SUGGESTED, Level.POSSIBLE}]
    if possible:
        can_tell = verdict.next_test is not None and verdict.next_test.code in _movements()
        return "possible_yet" if can_tell else "possible", (possible[0],)
    # nothing became likelier than it was before anything was seen
    if found and (found[0].probability or 0.0) < (found[0].prior or 0.0):
        return "none_so_far", ()
    return ("lean", found[:1]) if found else ("one_movement", ())


def _first(found: tuple[Finding, ...], link: Link) -> tuple[Finding, ...]:
    """Return the likeliest finding of a link: of two legs, one."""
    return tuple(f for f in found if f.link is link)[:1]


def _term(finding: Finding, assessment: Assessment) -> str:
    """Return the word for a finding's link; one leg is named only where the verdict does."""
    named = str(assessment.verdict.because.values.get("link", ""))
    if finding.link is not Link.CALF or finding.side is Side.BOTH:
        return finding.link.value
    one_leg = f"{finding.link.value}_{finding.side.value}"
    return finding.link.value if named == finding.link.value else one_leg
