"""How a finding comes about, from the picture to the sentence."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from posture.activities import PICTURES
from posture.findings.backline import WORTH_TELLING_NATS
from posture.findings.evidence import JUDGED, EvidenceTable, load_evidence
from posture.findings.levels import Cuts, cuts_of
from posture.outputs.charts import evidence_svg, expected_svg
from posture.outputs.figures import thumbnail
from posture.outputs.numbers import chance, number, percent, plain_number
from posture.outputs.portrait import Portrait
from posture.outputs.words import Words
from posture.types import Answers, Evidence, Finding, Measure, Quality

Moment = tuple[int, tuple[float, float] | None]  # index of the clip, from when to when in s
_WORTH_SHOWING_NATS = 0.05  # ours; below it a sign reads +0.0
_LEAST_REACH_NATS = 1.0  # ours; below it all bars are short, as they should be
# ours, by what they do to the odds: under 1.2, under 2, under 4 times, more
_STRENGTHS = (
    (WORTH_TELLING_NATS, "hardly"),
    (0.7, "little"),
    (1.4, "clearly"),
    (float("inf"), "strongly"),
)
_BETWEEN = " · "  # in both languages
# a name and a year in the evidence's sources
_AUTHORS = re.compile(r"\b[A-Z][a-z]+(?:-[A-Z][a-z]+)?(?: & [A-Z][A-Za-z]+)? (?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFrame:
    """A picture of the check and what it shows, in the page's language."""

    jpeg: bytes
    caption: str
    size_px: tuple[int, int] | None = None  # width, height
    shows: str = ""  # a code: standing, bottom_of_bend, push_off; empty = not known
    clip: int = 0
    portrait: Portrait | None = None  # the client alone; none kept before version 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRow:
    """One sign on its way from the picture to what it did to the odds."""

    name: str
    when: str
    picture: str  # base64 of a small JPEG; empty where there is none
    caption: str
    value: str
    free: str
    restricted: str
    through: str  # said where the two are the same
    expected: Markup
    chart: Markup
    speaks: str
    is_hardly: bool  # it says next to nothing: not on paper
    counts: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Everything behind one finding."""

    rests_on: str
    before: str
    signs: tuple[SignRow, ...]
    after: str
    cuts: str
    notes: tuple[str, ...]
    beside: str  # what the trainer's hand found, which counts nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What every finding's reasons are looked up in."""

    words: Words
    measures: Sequence[tuple[Moment, Measure]]
    frames: Sequence[KeyFrame]
    clips: tuple[str, ...]
    answers: Answers
    reach_nats: float
    table: EvidenceTable


def source_of(
    words: Words,
    measures: Sequence[tuple[Moment, Measure]],
    frames: Sequence[KeyFrame],
    clips: tuple[str, ...],
    answers: Answers,
    findings: Sequence[Finding],
) -> Source:
    """Return what the reasons of these findings are looked up in."""
    each = (abs(e.contribution_nats) for finding in findings for e in finding.evidence)
    return Source(
        words=words,
        measures=measures,
        frames=frames,
        clips=clips,
        answers=answers,
        reach_nats=max(_LEAST_REACH_NATS, *each, 0.0),
        table=load_evidence(),
    )


def why_of(finding: Finding, source: Source) -> Why:
    """Return how a finding comes about."""
    say, words = _sayer(source.words), source.words
    is_weighed = finding.probability is not None and bool(finding.evidence)
    prior = source.table.priors.get(finding.link, 0.0) if finding.prior is None else finding.prior
    return Why(
        rests_on=_rests_on(finding, source),
        before=_before(prior, finding, source) if is_weighed else "",
        signs=tuple(_signs(finding, source)),
        after=say("report_after", posterior=chance(finding.probability, words))
        if finding.probability is not None and is_weighed
        else "",
        cuts=_cuts(finding, prior, source) if is_weighed else "",
        notes=tuple(words.sentence(r) for r in (*finding.notes, finding.turning_point) if r),
        beside=_beside(finding, source),
    )


def _sayer(words: Words) -> Callable[..., str]:
    return lambda key, **values: words.of("web", key).format(**values)


def _rests_on(finding: Finding, source: Source) -> str:
    """Say what a link rests on: its signs, or the numbers it is described by."""
    words, say = source.words, _sayer(source.words)
    names = dict.fromkeys(words.of("measures", e.measure.name) for e in finding.evidence)
    if finding.link in JUDGED:
        return (
            say("report_rests_on", names=" · ".join(names)) if names else say("report_rests_none")
        )
    rows = [row for row in source.table.described if row.link is finding.link]
    told = {
        f"{words.of('measures', m.name)} {number(m, words)}": None
        for _, m in source.measures
        for row in rows
        if m.activity is row.activity
        and m.name in row.measures
        and m.quality is not Quality.MISSING
    }
    return say("report_described_by", names=" · ".join(told)) if told else ""


def _before(prior: float, finding: Finding, source: Source) -> str:
    say, words = _sayer(source.words), source.words
    told = say("report_before", prior=percent(prior))
    habits = [
        words.term(f"habit_{row.habit}")
        for row in source.table.shifts
        if row.habit in source.answers.habits and finding.link in row.factor
    ]
    return f"{told} {say('report_before_habits', habits=' · '.join(habits))}" if habits else told


def _cuts(finding: Finding, prior: float, source: Source) -> str:
    names = {e.measure.name for e in finding.evidence}
    signs = [s for s in source.table.signs if s.measure in names and s.effect[finding.link]]
    cuts: Cuts = cuts_of(finding.link, prior, signs, source.table)
    say = _sayer(source.words)
    told = [say("report_cut_possible", share=percent(cuts.possible))]
    if cuts.suggested <= 1:
        told.append(say("report_cut_suggested", share=percent(cuts.suggested)))
    if cuts.not_suggested > 0:
        told.append(say("report_cut_not", share=percent(cuts.not_suggested)))
    return say("report_cuts", cuts=_BETWEEN.join(told))


def _signs(finding: Finding, source: Source) -> Iterator[SignRow]:
    """Yield each sign; its side where both sides have it."""
    words, say = source.words, _sayer(source.words)
    names = [evidence.measure.name for evidence in finding.evidence]
    shown: set[bytes] = set()  # a moment is shown with the first number that comes from it
    for evidence in finding.evidence:
        measure, weight, expected = evidence.measure, evidence.contribution_nats, evidence.expected
        if abs(weight) < _WORTH_SHOWING_NATS:
            continue
        side = f" ({words.term(measure.side.value)})" if names.count(measure.name) > 1 else ""
        moment = _moment(measure, source)
        frame = _frame(measure, moment, source)
        small = _small(frame) if frame and frame.jpeg not in shown else None
        shown |= {frame.jpeg} if frame else set()
        # a sign that this link does not move tells of it only through another link
        is_own = expected is not None and expected.free != expected.restricted
        free = _end(measure, expected.free, words) if expected and is_own else ""
        restricted = _end(measure, expected.restricted, words) if expected and is_own else ""
        both = say("report_both_floor") if free and free == restricted else ""
        yield SignRow(
            name=f"{words.of('measures', measure.name)}{side}",
            when=_when(moment, source),
            picture=base64.b64encode(small).decode("ascii") if small else "",
            caption=frame.caption if frame else "",
            value=number(measure, words),
            free="" if both else free,
            restricted="" if both else restricted,
            through=both or say("report_through"),
            expected=_expected_chart(evidence) if is_own else Markup(),
            chart=Markup(evidence_svg(weight, source.reach_nats)),  # noqa: S704 - numbers only
            speaks=_speaks(weight, words),
            is_hardly=strength_of(weight) == "hardly",
            counts=say("report_counts", weight=f"{expected.weight:g}", cap=f"{expected.cap:g}")
            if expected
            else "",
            source=_source(expected.source, free, restricted, words) if expected else "",
        )


def _source(written: str, free: str, restricted: str, words: Words) -> str:
    """Say after whom a sign is expected so, and the two values; the rest stands in method.md."""
    say = _sayer(words)
    authors = _BETWEEN.join(dict.fromkeys(_AUTHORS.findall(written)))
    told = [say("report_source_after", authors=authors)] if authors else []
    if free and restricted:
        told.append(say("report_source_ends", free=free, restricted=restricted))
    return " ".join([*told, say("report_source_method")])


def _end(measure: Measure, value: float, words: Words) -> str:
    """Write what is expected; a hand that would reach below the floor is at the floor."""
    if measure.name == "fingertip_floor" and value <= 0:
        return words.of("web", "report_at_floor")
    return plain_number(value, measure.unit, words)


def _expected_chart(evidence: Evidence) -> Markup:
    expected, measure = evidence.expected, evidence.measure
    if expected is None:
        return Markup()
    ends = (expected.free, expected.restricted)
    if measure.name == "fingertip_floor":  # the floor stops the hand
        ends = (max(0.0, ends[0]), max(0.0, ends[1]))
    drawn = expected_svg(measure.value, measure.sd, *ends)
    return Markup(drawn)  # noqa: S704 - numbers only


def _speaks(weight: float, words: Words) -> str:
    """Say how loud a sign speaks, and for what."""
    strength = strength_of(weight)
    if strength == "hardly":
        return words.of("web", "report_speaks_hardly")
    way = "for" if weight > 0 else "against"
    return words.of("web", f"report_speaks_{strength}_{way}")


def strength_of(weight: float) -> str:
    """Return how loud a sign speaks: hardly, little, clearly, strongly."""
    return next(name for below, name in _STRENGTHS if abs(weight) < below)


def _moment(measure: Measure, source: Source) -> Moment | None:
    """Return from which clip and seconds a number comes; the nearest one of several repeats."""
    same = [
        (abs(m.value - measure.value), moment)
        for moment, m in source.measures
        if (m.name, m.activity, m.side) == (measure.name, measure.activity, measure.side)
        and m.quality is not Quality.MISSING
    ]
    return min(same, key=lambda found: found[0])[1] if same else None


def _frame(measure: Measure, moment: Moment | None, source: Source) -> KeyFrame | None:
    """Return the key picture of the moment a number comes from."""
    wanted = PICTURES.get(measure.activity)
    fitting = [frame for frame in source.frames if wanted and frame.shows == wanted]
    own = [frame for frame in fitting if moment is not None and frame.clip == moment[0]]
    return next(iter(own), None)


def _small(frame: KeyFrame) -> bytes | None:
    return thumbnail(frame.portrait.jpeg if frame.portrait else frame.jpeg)


def _when(moment: Moment | None, source: Source) -> str:
    if moment is None:
        return ""
    clip, span = moment
    told = [source.clips[clip]] if len(source.clips) > 1 else []
    if span is not None:
        told.append(source.words.of("web", "report_when").format(start=span[0], end=span[1]))
    return " · ".join(told)


def _beside(finding: Finding, source: Source) -> str:
    """Say what the trainer's hand found; it is shown and counts nothing."""
    felt = source.answers.touch.get(finding.link)
    if felt is None:
        return ""
    told = source.words.term(f"touch_{felt}")
    return source.words.of("web", "report_touch").format(felt=told)


def said_line(answers: Answers, words: Words) -> str:
    """Say what the client feels; it is shown and counts nothing."""
    if not answers.said:
        return ""
    said = " · ".join(words.term(f"said_{code}") for code in answers.said)
    return words.of("web", "report_said").format(said=said)
