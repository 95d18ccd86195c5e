"""What the page of a visit shows, put into words and into the units of its drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from posture.findings.evidence import JUDGED
from posture.formats.clip import facts_of, read_notice
from posture.formats.corrections import read_corrections
from posture.formats.measures import measures_of
from posture.formats.plain import Record, reason_of
from posture.measures.by_hand import REPEATED
from posture.outputs.corrections import correction_note
from posture.outputs.facts import fact_line
from posture.outputs.headline import beside, headline
from posture.outputs.number_rows import (
    Missing,
    NumberGroup,
    headline_rows,
    missing_of,
    number_groups,
)
from posture.outputs.numbers import chance
from posture.outputs.tables import LEVEL_SIGNS, level_name, link_name
from posture.outputs.why import said_line
from posture.outputs.words import Words
from posture.store import Recording
from posture.types import (
    MOVABLE,
    Activity,
    Answers,
    Assessment,
    Finding,
    Label,
    Level,
    Link,
    Notice,
    Reason,
)
from posture.web.records import share_done
from posture.web.visit_results import VisitResults

_BETWEEN = " · "  # names beside each other, in both languages

_CARE_SHOWN = 3  # a week's worth (design: "This week: 3 steps"); the others unfold

# From head to sole, as the body is read in the figure beside it.
_DOWN = (Link.HEAD, Link.BACK, Link.PELVIS, Link.HAMSTRING, Link.CALF, Link.SOLE)


def say(words: Words, key: str, **values: object) -> str:
    """Say an entry of the pages."""
    return words.of("web", key).format(**values)


def when_of(moment: datetime, words: Words, *, with_time: bool = True) -> str:
    """Write a moment as people at this computer read it."""
    here = moment.astimezone()
    months = say(words, "pages_months").split()
    told = say(words, "pages_date", year=here.year, month=months[here.month - 1], day=here.day)
    return f"{told} {here:%H:%M}" if with_time else told


def steps_known() -> tuple[Activity, ...]:
    """Return the activities that a recording may be said to show."""
    return tuple(a for a in Activity if a not in {Activity.RUNNING, Activity.OTHER})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One link of the back line, in words."""

    link: str  # a code
    name: str
    level: str  # a code
    sign: str
    says: str
    percent: str
    width: float  # of 100, for the bar
    because: str
    next: str
    more: tuple[str, ...]  # what would have changed it, what explains it, what the hand found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a visit adds up to."""

    label: str
    sentence: str
    next_test: str
    two_people: bool  # the recordings seem to show two: somebody may say that it is one
    links: tuple[LinkRow, ...]
    numbers: NumberGroup
    missing: tuple[Missing, ...]
    care_left_out: tuple[str, ...]
    said: str  # by the client; shown beside, counted in nothing
    withheld: str  # why nothing is judged; empty where it is
    care_shown: int  # how many at once; none before there is a finding: the next test comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """One recording: how far it is, or what came out."""

    recording: Recording
    name: str
    detail: str  # the file's name; empty for a live take, whose name says it already
    progress: float  # 0..1 of the whole work
    error: str
    is_earlier: bool  # there is a result, and a later try to analyse it again came to nothing
    warnings: tuple[str, ...]
    person: str
    people: int
    duration_s: float
    groups: tuple[NumberGroup, ...]
    is_correctable: bool  # there is a moment to move, or a stride or repetition of several
    version: str  # changes whenever the page has to be drawn anew


def outcome_of(results: VisitResults, words: Words) -> Outcome:
    """Return what the finished recordings add up to, in words."""
    assessment = results.assessment
    verdict = assessment.verdict
    measures = results.all_measures
    is_open = verdict.label is Label.INCONCLUSIVE
    return Outcome(
        label=headline(assessment, words),
        sentence=beside(assessment, words),
        next_test=words.sentence(in_the_app(verdict.next_test)) if verdict.next_test else "",
        two_people=verdict.because.code == "verdict_two_people",
        links=tuple(
            _link(finding, assessment.answers, words)
            for finding in sorted(assessment.findings, key=lambda f: _DOWN.index(f.link))
        ),
        numbers=headline_rows(results.headline_measures, words),
        missing=missing_of(measures, words),
        care_left_out=tuple(words.sentence(reason) for reason in assessment.care_left_out),
        said=said_line(assessment.answers, words),
        withheld=words.sentence(assessment.withheld) if assessment.withheld else "",
        care_shown=0 if is_open else _CARE_SHOWN,
    )


def recording_view(recording: Recording, words: Words) -> RecordingView:
    """Return one recording in words."""
    result: Mapping[str, Any] = recording.result or {}
    person = result.get("person", {})
    because = reason_of(person.get("chosen_because"))
    return RecordingView(
        recording=recording,
        name=_step(recording, result, words),
        detail="" if Path(recording.file_name).stem == recording.step else recording.file_name,
        progress=share_done(recording),
        error=words.sentence(in_the_app(recording.error)) if recording.error else "",
        is_earlier=recording.error is not None and recording.result is not None,
        warnings=tuple(_notes(result, words)),
        person=words.sentence(because) if because else "",
        people=int(person.get("count_seen", 0)),
        duration_s=float(result.get("clip", {}).get("duration_s") or 0.0),
        groups=number_groups(measures_of(result), words),
        is_correctable=bool(result.get("corrections")) or _is_correctable(result),
        version="-".join(
            (
                recording.state,
                f"{recording.attempts}-{int(recording.has_video)}",
                f"{int(recording.result is not None)}",
                recording.version,
            )
        ),
    )


def says_otherwise(recording: Recording, assessment: Assessment) -> bool:
    """Whether a recording by itself, as its video is drawn, suggests other than the whole visit."""
    result: Record = recording.result or {}
    entries = result.get("findings", ())
    own = {(entry["link"], entry["side"]): entry["level"] for entry in entries}
    return any(
        own.get((f.link.value, f.side.value)) not in {None, Level.CANNOT_TELL.value, f.level.value}
        for f in assessment.findings
        if f.link in JUDGED
    )


def kept_line(recording: Recording, words: Words) -> str:
    """Return who corrected a recording last and when; empty where nobody did."""
    kept = recording.corrections
    if not kept:
        return ""
    when = when_of(datetime.fromisoformat(str(kept["at"])), words)
    who = str(kept.get("by") or "")
    return (
        say(words, "correct_by", when=when, who=who)
        if who
        else say(words, "correct_when", when=when)
    )


def _link(finding: Finding, answers: Answers, words: Words) -> LinkRow:
    probability = finding.probability
    return LinkRow(
        link=finding.link.value,
        name=link_name(finding, words),
        level=finding.level.value,
        sign=LEVEL_SIGNS[finding.level],
        says=level_name(finding, words),
        percent="" if probability is None else chance(probability, words),
        width=0.0 if probability is None else 100 * probability,
        because=words.sentence(finding.because),
        next=words.sentence(in_the_app(finding.next_test)) if finding.next_test else "",
        more=tuple(_more(finding, answers, words)),
    )


def _more(finding: Finding, answers: Answers, words: Words) -> Iterator[str]:
    yield from (words.sentence(r) for r in (*finding.notes, finding.turning_point) if r)
    if finding.link in answers.touch:
        told = words.term(f"touch_{answers.touch[finding.link]}")
        yield words.of("web", "report_touch").format(felt=told)


def _step(recording: Recording, result: Mapping[str, Any], words: Words) -> str:
    """Name a recording: by the step of a check, an upload by what was seen in it."""
    told_before = words.tables["web"]
    if recording.step != "auto" and f"pages_step_{recording.step}" in told_before:
        return told_before[f"pages_step_{recording.step}"]
    seen = [Activity(s["activity"]) for s in result.get("segments", ())]
    told = dict.fromkeys(words.term(a.value) for a in seen if a is not Activity.OTHER)
    return _BETWEEN.join(told) or told_before["pages_step_auto"]


def _is_correctable(result: Mapping[str, Any]) -> bool:
    """Whether something can be corrected by hand: the only repetition cannot be left out."""
    kinds = {kind.value for kind in MOVABLE}
    tests = Counter(segment["activity"] for segment in result.get("segments", ()))
    return any(event["kind"] in kinds for event in result.get("events", ())) or any(
        tests[activity.value] > 1 for activity in REPEATED
    )


def _notes(result: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Say what the clip is like, then the warnings that say something else."""
    facts = facts_of(result)
    duration_s = float(result.get("clip", {}).get("duration_s") or 0.0)
    for fact in facts:
        what_to_do = in_the_app(fact.what_to_do) if fact.what_to_do else None
        yield fact_line(fact.reason, what_to_do, fact.spans_s, duration_s, words)
    by_hand = correction_note(read_corrections(result.get("corrections", {})), words)
    if by_hand:
        yield by_hand
    told = {fact.reason.code for fact in facts}
    for entry in result.get("warnings", ()):
        notice = read_notice(entry)
        if notice.message.code not in told:
            yield _warning(notice, words)


def in_the_app(reason: Reason) -> Reason:
    """Return what does the same in the app as an option of the terminal."""
    code = IN_THE_APP.get(reason.code)
    return reason if code is None else Reason(code)


# what is said in the app for a reason that names an option of the terminal
IN_THE_APP: Mapping[str, str] = {
    "fact_slowed_down_todo": "fact_slowed_down_app_todo",
    "fact_sped_up_todo": "fact_sped_up_app_todo",
    "fact_two_people_todo": "fact_two_people_app_todo",
    "clip_sped_up": "clip_sped_up_app",
    "next_one_person": "next_one_person_app",
}


def _warning(notice: Notice, words: Words) -> str:
    """Say a warning of an analysis; the way out of the terminal's has another one here."""
    said = [words.sentence(notice.message)]
    if notice.message.code in {"others_in_view", "others_in_view_alike"}:
        return " ".join([*said, words.of("web", "pages_choose_other_person")])
    if notice.what_to_do is not None:
        said.append(words.sentence(notice.what_to_do))
    return " ".join(said)
