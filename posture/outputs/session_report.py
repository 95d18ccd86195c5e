"""The report of a check: one page to hand over, one that says why; it stands alone."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from posture.findings.evidence import JUDGED, load_evidence
from posture.findings.posterior import logit
from posture.outputs.body_figure import body_figure_svg
from posture.outputs.charts import evidence_svg, whisker_svg
from posture.outputs.numbers import nats, number, percent
from posture.outputs.tables import LEVEL_SIGNS, level_name, link_name, remark
from posture.outputs.words import Words
from posture.types import (
    Assessment,
    CareStep,
    Evidence,
    Facing,
    Finding,
    Link,
    Measure,
    Quality,
)

# What a server may let the page do, as it needs nothing else; the page says the same of itself.
REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_LEAST_REACH_NATS = 1.0  # ours; below it all bars are short, as they should be
_WORTH_SHOWING_NATS = 0.05  # ours; below it a sign reads +0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFrame:
    """A picture of the check and what it shows, in the page's language."""

    jpeg: bytes
    caption: str
    size_px: tuple[int, int] | None = None  # width, height


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What a report shows of one check: several clips of one person, or only one."""

    measures: tuple[tuple[int, Measure], ...]  # index of the clip, measure
    assessment: Assessment
    clips: tuple[str, ...]  # what each clip is called
    frames: tuple[KeyFrame, ...] = ()
    facing: Facing = Facing.RIGHT
    name: str = ""
    date: str = ""
    age_band: str = ""
    about: str = ""  # one more line of the head
    notes: tuple[str, ...] = ()  # what the reader should know before the rest
    # Answers before the check send the client to a doctor: no finding, nor frames that show one.
    withheld: bool = False

    def __post_init__(self) -> None:
        strange = {clip for clip, _ in self.measures if not 0 <= clip < len(self.clips)}
        if strange:
            raise ValueError(f"measures of clips {sorted(strange)}, of {len(self.clips)} clips")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One link on one line."""

    link: str
    level: str
    level_code: str
    sign: str
    probability: str
    share: int | None
    because: str
    next: str
    is_judged: bool  # or only told of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Why:
    """What spoke for and against one judged link."""

    row: _Row
    summary: str
    signs: tuple[dict[str, str], ...]


def session_report_html(view: SessionView, words: Words) -> str:
    """Return the report as one HTML page that needs no script and no network."""
    assessment = view.assessment
    findings = () if view.withheld else assessment.findings
    return (
        _environment()
        .get_template("session_report.html.j2")
        .render(
            words=words,
            policy=REPORT_POLICY,
            view=view,
            about=" · ".join(told for told in (view.date, view.age_band, view.about) if told),
            verdict_label=words.of("labels", assessment.verdict.label.value),
            verdict_text=_verdict(assessment, words),
            figure=Markup(body_figure_svg(findings, words, view.facing)),  # noqa: S704 - escaped there
            frames=() if view.withheld else [_frame(frame) for frame in view.frames],
            findings=[_finding(finding, words) for finding in _in_order(findings)],
            why=[_why(f, words, _reach(findings)) for f in _in_order(findings) if f.link in JUDGED],
            measures=list(_groups(view, words)),
            missing=_missing(view, words),
            care=() if view.withheld else [_care(step, words) for step in assessment.care],
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("posture.outputs", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def _frame(frame: KeyFrame) -> dict[str, object]:
    return {
        "data": base64.b64encode(frame.jpeg).decode("ascii"),
        "caption": frame.caption,
        "size_px": frame.size_px,
    }


def _verdict(assessment: Assessment, words: Words) -> str:
    verdict = assessment.verdict
    told = [verdict.because, *([verdict.next_test] if verdict.next_test else [])]
    return " ".join(words.sentence(reason) for reason in told)


def _care(step: CareStep, words: Words) -> dict[str, str]:
    return {
        "what": words.sentence(step.what),
        "dose": words.sentence(step.dose),
        "stop": words.sentence(step.stop_if),
    }


# --- the links ------------------------------------------------------------------------------------


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return the judged links first, from the top as in the figure, then the described ones."""
    from_below = list(Link)
    return sorted(findings, key=lambda f: (f.link not in JUDGED, -from_below.index(f.link)))


def _finding(finding: Finding, words: Words) -> _Row:
    known = finding.probability is not None
    return _Row(
        link=link_name(finding, words),
        level=level_name(finding, words),
        level_code=finding.level.value,
        sign=LEVEL_SIGNS[finding.level],
        probability=percent(finding.probability) if finding.probability is not None else "",
        share=round(100 * (finding.probability or 0.0)) if known else None,
        because=words.sentence(finding.because),
        next=words.sentence(finding.next_test) if finding.next_test else "",
        is_judged=finding.link in JUDGED,
    )


# --- why ------------------------------------------------------------------------------------------


def _reach(findings: Sequence[Finding]) -> float:
    """Return the length of the longest bar, in nats."""
    each = (abs(e.contribution_nats) for finding in findings for e in finding.evidence)
    return max(_LEAST_REACH_NATS, *each, 0.0)


def _why(finding: Finding, words: Words, reach: float) -> _Why:
    return _Why(
        row=_finding(finding, words),
        summary=" ".join(_summary(finding, words)),
        signs=tuple(_signs(finding, words, reach)),
    )


def _summary(finding: Finding, words: Words) -> Iterator[str]:
    """Say from where to where the signs moved a link, and what it would be without the best one."""
    if finding.probability is None or not finding.evidence:
        yield words.sentence(finding.because)
        return
    prior = load_evidence().priors[finding.link]
    told = words.of("web", "report_from_to")
    yield told.format(prior=percent(prior), posterior=percent(finding.probability))
    best = finding.evidence[0]
    name = words.of("measures", best.measure.name)
    without = percent(without_sign(finding.probability, best))
    yield words.of("web", "report_without").format(measure=name, probability=without)


def without_sign(probability: float, evidence: Evidence) -> float:
    """Return the probability of a link had this sign not been seen.

    Exact, as a sign's contribution is the log of the odds with it less that without it.
    """
    return 1 / (1 + math.exp(evidence.contribution_nats - logit(probability)))


def _signs(finding: Finding, words: Words, reach: float) -> Iterator[dict[str, str]]:
    """Yield each sign with its value and its bar; its side where both sides have it."""
    shown = [e for e in finding.evidence if abs(e.contribution_nats) >= _WORTH_SHOWING_NATS]
    names = [evidence.measure.name for evidence in finding.evidence]
    for evidence in shown:
        measure, weight = evidence.measure, evidence.contribution_nats
        name = words.of("measures", measure.name)
        side = f" ({words.term(measure.side.value)})" if names.count(measure.name) > 1 else ""
        yield {
            "name": f"{name}{side}",
            "value": number(measure, words),
            "chart": Markup(evidence_svg(weight, reach)),  # noqa: S704 - numbers only
            "nats": nats(weight),
            "way": words.of("web", f"report_{'for' if weight > 0 else 'against'}"),
        }


# --- the numbers ----------------------------------------------------------------------------------


def _groups(view: SessionView, words: Words) -> Iterator[dict[str, object]]:
    """Yield the measures of each test, in the order of the clips."""
    tests = groupby(view.measures, key=lambda m: (m[0], m[1].segment, m[1].activity))
    for (clip, _, activity), rows in tests:
        name = words.term(activity.value)
        yield {
            "name": name if len(view.clips) == 1 else f"{name} · {view.clips[clip]}",
            "rows": [_measure(measure, words) for _, measure in rows],
        }


def _measure(measure: Measure, words: Words) -> dict[str, str]:
    return {
        "name": words.of("measures", measure.name),
        "side": words.term(measure.side.value),
        "value": number(measure, words),
        "remark": remark(measure, words),
        "chart": Markup(whisker_svg(measure)),  # noqa: S704 - numbers only
        "quality": measure.quality.value,
    }


def _missing(view: SessionView, words: Words) -> list[dict[str, str]]:
    """Return why numbers are missing and how to film them, each reason once."""
    reasons: dict[str, list[str]] = {}
    for _, measure in view.measures:
        if measure.quality is Quality.MISSING and measure.reason is not None:
            names = reasons.setdefault(words.sentence(measure.reason), [])
            names.append(words.of("measures", measure.name))
    return [
        {"reason": reason, "names": " · ".join(dict.fromkeys(names))}
        for reason, names in reasons.items()
    ]
