"""report.html: one page that stands alone, without a network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from posture.outputs.figures import Figure
from posture.outputs.numbers import number, percent
from posture.outputs.tables import (
    LEVEL_SIGNS,
    activities,
    level_name,
    link_name,
    person_line,
    remark,
    warning_lines,
)
from posture.outputs.words import Words
from posture.types import Analysis, Assessment, Finding, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    link: str
    level: str
    level_code: str
    sign: str
    probability: str
    share: int | None
    because: str
    next: str


def report_html(analysis: Analysis, figures: Sequence[Figure], words: Words) -> str:
    """Return the report page of one clip."""
    environment = Environment(
        loader=PackageLoader("posture.outputs", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    assessment = analysis.assessment
    return environment.get_template("report.html.j2").render(
        words=words,
        clip=analysis.clip,
        activities=activities(analysis, words),
        person=person_line(analysis, words),
        verdict_label=words.of("labels", assessment.verdict.label.value),
        verdict_text=_verdict(assessment, words),
        warnings=warning_lines(analysis, words),
        frames=[
            {
                "data": base64.b64encode(figure.jpeg).decode("ascii"),
                "caption": words.ui(figure.shows),
                "width": figure.size_px[0],
                "height": figure.size_px[1],
            }
            for figure in figures
        ],
        findings=[_finding(finding, words) for finding in assessment.findings],
        measures=_groups(analysis, words),
        care=[
            {
                "what": words.sentence(step.what),
                "dose": words.sentence(step.dose),
                "stop": words.sentence(step.stop_if),
            }
            for step in assessment.care
        ],
    )


def _verdict(assessment: Assessment, words: Words) -> str:
    verdict = assessment.verdict
    told = [verdict.because, *([verdict.next_test] if verdict.next_test else [])]
    return " ".join(words.sentence(reason) for reason in told)


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
    )


def _groups(analysis: Analysis, words: Words) -> list[dict[str, object]]:
    """Return the measures by activity, in the order of the clip."""
    by_activity = groupby(analysis.measures, key=lambda m: (m.segment, m.activity))
    return [
        {"name": words.term(activity.value), "rows": [_measure(m, words) for m in rows]}
        for (_, activity), rows in by_activity
    ]


def _measure(measure: Measure, words: Words) -> dict[str, str]:
    return {
        "name": words.of("measures", measure.name),
        "side": words.term(measure.side.value),
        "value": number(measure, words),
        "remark": remark(measure, words),
        "quality": measure.quality.value,
    }
