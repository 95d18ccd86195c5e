"""The report of a check: one page to hand over, one that says why; it stands alone."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from posture.measures.rhythm import Rhythm
from posture.outputs.body_figure import body_figure_svg
from posture.outputs.care_lines import Chosen, care_lines
from posture.outputs.charts import whisker_svg
from posture.outputs.first_page import Cover, first_page, picture, telling_frame
from posture.outputs.headline import beside
from posture.outputs.numbers import chance, number
from posture.outputs.rhythm_chart import rhythm_svg
from posture.outputs.tables import LEVEL_SIGNS, level_name, link_name, remark, why_marked
from posture.outputs.whole import whole
from posture.outputs.why import KeyFrame, Moment, Source, Why, said_line, source_of, why_of
from posture.outputs.words import Words
from posture.types import (
    Activity,
    Assessment,
    Facing,
    Finding,
    Measure,
    Quality,
    Reason,
    Side,
)

# What a server may let the page do, as it needs nothing else; the page says the same of itself.
REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


# The page that a server shows may also run the server's own script: what prints it.
SERVED_POLICY = f"{REPORT_POLICY}; script-src 'self'"


_OFTEN = 3  # ours; beside two numbers a sentence is read, beside ten it is in the way


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What a report shows of one check: several clips of one person, or only one."""

    measures: tuple[tuple[int, Measure], ...]  # index of the clip, measure
    assessment: Assessment
    clips: tuple[str, ...]  # what each clip is called
    cover: Cover = field(default_factory=Cover)
    frames: tuple[KeyFrame, ...] = ()
    facing: Facing = Facing.RIGHT
    rhythms: tuple[Rhythm, ...] = ()  # how hips and back shared each bend
    notes: tuple[str, ...] = ()  # what the trainer should know before the numbers
    cycle: tuple[str, str] | None = None  # the legs over the gait cycle: drawing, caption
    # Answers before the check send the client to a doctor: no finding, nor frames that show one.
    withheld: bool = False
    spans_s: tuple[tuple[float, float] | None, ...] = ()  # of each measure; empty = not known
    chosen: Chosen = field(default_factory=Chosen)  # what the trainer changed of the plan

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reasons:
    """One link in the part that says why."""

    row: _Row
    summary: str
    why: Why


def session_report_html(view: SessionView, words: Words, *, back: str = "") -> str:
    """Return the report as one HTML page that needs no script and no network.

    With an address to go `back` to it is the page of a server: a bar that is not printed leads
    back and prints.
    """
    assessment = view.assessment
    is_withheld = view.withheld or assessment.withheld is not None
    findings = () if is_withheld else assessment.findings
    source = source_of(words, _moments(view), view.frames, view.clips, assessment.answers, findings)
    cover, care = view.cover, care_lines(assessment.care, words, view.chosen)
    best = telling_frame(view.frames)
    of_all = [measure for _, measure in view.measures]
    return (
        environment()
        .get_template("session_report.html.j2")
        .render(
            words=words,
            policy=SERVED_POLICY if back else REPORT_POLICY,
            back=back,
            view=view,
            withheld=_withheld(assessment, words) if is_withheld else "",
            said=said_line(assessment.answers, words),
            cover=cover,
            about=" · ".join(told for told in (cover.date, cover.age_band, cover.about) if told),
            logo=base64.b64encode(cover.logo).decode("ascii"),
            first=None if is_withheld else first_page(assessment, of_all, care, best, words),
            verdict_text="" if is_withheld else _verdict(assessment, words),
            figure=Markup(body_figure_svg(findings, words, view.facing)),  # noqa: S704 - escaped there
            frames=()
            if is_withheld
            else [_frame(frame, findings) for frame in view.frames if frame is not best],
            why=[_reasons(f, words, source) for f in findings],
            measures=list(_groups(view, words)),
            rhythms=_rhythms(view, words),
            missing=_missing(view, words),
            cycle=_cycle(view),
            care=() if is_withheld else care,
            care_left_out=()
            if is_withheld
            else [words.sentence(r) for r in assessment.care_left_out],
        )
    )


def environment() -> Environment:
    """Return what fills in the templates."""
    made = Environment(
        loader=PackageLoader("posture.outputs", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.filters["whole"] = whole
    return made


def _frame(frame: KeyFrame, findings: Sequence[Finding]) -> dict[str, object]:
    return {"picture": picture(frame, findings), "caption": frame.caption}


def _moments(view: SessionView) -> list[tuple[Moment, Measure]]:
    """Return the measures, each with its clip and seconds."""
    spans = view.spans_s or (None,) * len(view.measures)
    return [
        ((clip, span), measure) for (clip, measure), span in zip(view.measures, spans, strict=True)
    ]


def _withheld(assessment: Assessment, words: Words) -> str:
    """Say why nothing is judged, and whom to ask."""
    if assessment.withheld is None:
        return words.of("web", "report_withheld")
    if assessment.withheld.code == "withheld_today":
        return words.sentence(assessment.withheld)
    return f"{words.sentence(assessment.withheld)} {words.sentence(Reason('next_doctor'))}"


def _cycle(view: SessionView) -> dict[str, str] | None:
    """Return the drawing of the gait cycle, as `cycle_svg` made it."""
    if view.cycle is None or not view.cycle[0]:
        return None
    return {"drawing": Markup(view.cycle[0]), "caption": view.cycle[1]}  # noqa: S704 - escaped there


def _verdict(assessment: Assessment, words: Words) -> str:
    verdict = assessment.verdict
    told = [words.sentence(verdict.next_test)] if verdict.next_test else []
    return " ".join(filter(None, [beside(assessment, words), *told]))


# --- the links ------------------------------------------------------------------------------------


def _finding(finding: Finding, words: Words) -> _Row:
    known = finding.probability is not None
    return _Row(
        link=link_name(finding, words),
        level=level_name(finding, words),
        level_code=finding.level.value,
        sign=LEVEL_SIGNS[finding.level],
        probability=chance(finding.probability, words) if finding.probability is not None else "",
        share=round(100 * (finding.probability or 0.0)) if known else None,
        because=words.sentence(finding.because),
        next=words.sentence(finding.next_test) if finding.next_test else "",
    )


# --- why ------------------------------------------------------------------------------------------


def _reasons(finding: Finding, words: Words, source: Source) -> _Reasons:
    return _Reasons(
        row=_finding(finding, words),
        summary=_summary(finding, words),
        why=why_of(finding, source),
    )


def _summary(finding: Finding, words: Words) -> str:
    """Say what a link would be without its best sign."""
    best = next(iter(finding.evidence), None)
    if finding.probability is None or best is None or best.without is None:
        return ""
    name = words.of("measures", best.measure.name)
    without = chance(best.without, words)
    return words.of("web", "report_without").format(measure=name, probability=without)


# --- the numbers ----------------------------------------------------------------------------------


def _groups(view: SessionView, words: Words) -> Iterator[dict[str, object]]:
    """Yield the measures of each test, in the order of the clips."""
    tests = [
        (test, [measure for _, measure in rows])
        for test, rows in groupby(view.measures, key=lambda m: (m[0], m[1].segment, m[1].activity))
    ]
    on_paper = _on_paper(tests)
    for number_, ((clip, segment, activity), rows) in enumerate(tests):
        name = words.term(activity.value)
        if segment is None and activity is Activity.FORWARD_BEND:
            name = words.of("web", "report_over_trials").format(activity=name)
        told = [measure for measure in rows if not _is_noise(measure)]
        said = _said_once(told, words)
        yield {
            "name": _called(name, clip, [t[0] for t, _ in tests if t[2] is activity], view.clips),
            "said": said,
            "rows": [_measure(measure, words, said) for measure in told],
            "is_again": number_ not in on_paper,
        }


def _called(name: str, clip: int, clips: Sequence[int], files: Sequence[str]) -> str:
    """Return what a test is called: with its clip's name, or its number where that says the same.

    `clips` are those that show it.
    """
    if len(files) > 1 and name not in files[clip]:
        return f"{name} · {files[clip]}"
    several = list(dict.fromkeys(clips))
    return f"{name} ({several.index(clip) + 1})" if len(several) > 1 else name


Test = tuple[int, int | None, Activity]


def _on_paper(tests: Sequence[tuple[Test, Sequence[Measure]]]) -> frozenset[int]:
    """Return which tests are printed: of one that was done again the middle of all, or the first.

    Both legs are printed where each was filmed.
    """
    chosen: dict[tuple[Activity, frozenset[Side]], int] = {}
    for place, ((_, segment, activity), measures) in enumerate(tests):
        side = frozenset(m.side for m in measures) - {Side.BOTH}
        if segment is None or (activity, side) not in chosen:
            chosen[activity, side] = place
    return frozenset(chosen.values())


def _said_once(measures: Sequence[Measure], words: Words) -> tuple[str, ...]:
    """Return what marks so many numbers of a test that it is said above them, not beside each."""
    marked = Counter(
        why_marked(measure, words) for measure in measures if measure.quality is not Quality.MISSING
    )
    return tuple(why for why, times in marked.items() if why and times >= _OFTEN)


def _is_noise(measure: Measure) -> bool:
    """Say whether a ratio has an error over half of it, which tells a reader nothing (ours)."""
    return measure.name.startswith("lumbar_hip_ratio") and 2 * measure.sd > abs(measure.value)


def _measure(measure: Measure, words: Words, said: Sequence[str]) -> dict[str, str]:
    return {
        "name": words.of("measures", measure.name),
        "side": words.term(measure.side.value),
        "value": number(measure, words),
        "remark": remark(measure, words, said),
        "chart": Markup(whisker_svg(measure)),  # noqa: S704 - numbers only
        "quality": measure.quality.value,
    }


def _rhythms(view: SessionView, words: Words) -> list[dict[str, object]]:
    """Return a figure for every bend; which try it is where there are several."""
    told = words.of("web", "report_rhythm_try")
    return [
        {
            "figure": Markup(rhythm_svg(rhythm, words)),  # noqa: S704 - escaped there
            "caption": told.format(number=number) if len(view.rhythms) > 1 else "",
        }
        for number, rhythm in enumerate(view.rhythms, start=1)
    ]


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
