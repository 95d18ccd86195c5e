"""The first page of a report, for the client: the picture, three sentences, a number or two."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from posture.activities import PICTURES
from posture.findings.evidence import JUDGED
from posture.outputs.care_lines import CareLine
from posture.outputs.followed import KNOWN_TO_CLIENTS
from posture.outputs.headline import beside, headline, headline_kind, leading, movement
from posture.outputs.numbers import plain_number
from posture.outputs.portrait import portrait_svg
from posture.outputs.tables import link_name
from posture.outputs.why import KeyFrame
from posture.outputs.words import Words
from posture.types import Assessment, Finding, Level, Link, Measure, Quality

_MOST_NUMBERS = 2  # ours; a client keeps two in mind
_TELLING = tuple(PICTURES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Whose report it is and from whom, and what is written on its first page by hand."""

    name: str = ""
    date: str = ""
    age_band: str = ""
    about: str = ""  # one more line of the head
    studio: str = ""
    logo: bytes = b""  # PNG; empty = none
    comment: str = ""  # the trainer's own words
    notice: str = ""  # what has to be known before anything is read


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNumber:
    """A number that says something to who is no trainer."""

    name: str
    value: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """What stands on the first page beside the plan."""

    saw: str
    sure: str  # what its percentage means; empty where it has none
    means: str
    do: str
    most: str  # the one exercise of a day without time; empty = none
    numbers: tuple[KnownNumber, ...]
    picture: Markup  # empty where there is none


def first_page(
    assessment: Assessment,
    measures: Sequence[Measure],
    care: Sequence[CareLine],
    frame: KeyFrame | None,
    words: Words,
) -> FirstPage:
    """Return the first page of a check that was judged.

    `care` are the exercises that go on the report, `frame` the picture that tells most.
    """
    return FirstPage(
        saw=f"{headline(assessment, words)}{words.of('web', 'report_full_stop')}",
        sure=words.of("first", "sure") if leading(assessment) else "",
        means=_means(assessment, words),
        do=_do(assessment, care, words),
        most=_most(assessment, care),
        numbers=tuple(_numbers(measures, words))[:_MOST_NUMBERS],
        picture=picture(frame, assessment.findings) if frame else Markup(),
    )


def telling_place(frame: KeyFrame) -> int:
    """Return how much a picture tells: 0 is most."""
    return _TELLING.index(frame.shows) if frame.shows in _TELLING else len(_TELLING)


def telling_frame(frames: Sequence[KeyFrame]) -> KeyFrame | None:
    """Return the picture that tells most; None where there is none."""
    return min(frames, key=telling_place, default=None)


def picture(frame: KeyFrame, findings: Sequence[Finding]) -> Markup:
    """Return the client with the back line; a key picture of an older version as it was kept."""
    if frame.portrait is not None:
        return Markup(portrait_svg(frame.portrait, findings, frame.caption))  # noqa: S704 - escaped there
    data = base64.b64encode(frame.jpeg).decode("ascii")
    sized = Markup(' width="{}" height="{}"').format(*frame.size_px) if frame.size_px else Markup()
    return Markup('<img class="portrait" src="data:image/jpeg;base64,{}" alt="{}"{}>').format(
        data, frame.caption, sized
    )


# --- three sentences ------------------------------------------------------------------------------


def _means(assessment: Assessment, words: Words) -> str:
    code = headline_kind(assessment)
    if code == "two_people":
        return beside(assessment, words)
    meaning = _meaning(code, assessment)
    return (
        words.of("first", f"means_{meaning}") if meaning != "none" else _cleared(assessment, words)
    )


def _cleared(assessment: Assessment, words: Words) -> str:
    """Say which links show no sign, and which nobody knows of yet."""
    links, unknown = (
        words.of("first", "between").join(
            dict.fromkeys(
                link_name(finding, words)
                for finding in assessment.findings
                if finding.link in JUDGED and finding.level is level
            )
        )
        for level in (Level.NOT_SUGGESTED, Level.CANNOT_TELL)
    )
    code = "means_none_yet" if unknown else "means_none"
    return words.of("first", code).format(links=links, unknown=unknown)


def _meaning(code: str, assessment: Assessment) -> str:
    if code in {"none", "none_so_far"}:
        return "none"
    if code in {"back_line", "several"}:
        return "line"
    if code not in {"suggested", "possible", "possible_yet"}:
        return "open"
    link = leading(assessment)[0].link
    makes_up = link is Link.HAMSTRING and assessment.verdict.lumbar_compensation
    return "hamstring_back" if makes_up else link.value


def _do(assessment: Assessment, care: Sequence[CareLine], words: Words) -> str:
    told = words.tables["first"]
    asked = movement(assessment, words)
    if not care:
        return told["do_movement"].format(movement=asked) if asked else told["do_ask"]
    if asked:
        return told["do_next"].format(movement=asked)
    if len(care) == 1:
        return told["do_one"]
    most = _most(assessment, care)
    return told["do_most"].format(exercise=most) if most else told["do_exercises"]


def _most(assessment: Assessment, care: Sequence[CareLine]) -> str:
    """Return the first exercise for what is stiff, among several."""
    stiff = {finding.link for finding in leading(assessment)}
    wanted = care if len(care) > 1 else ()
    return next((line.name for line in wanted if line.link in stiff and line.name), "")


# --- a number or two ------------------------------------------------------------------------------


def _numbers(measures: Sequence[Measure], words: Words) -> Iterator[KnownNumber]:
    """Yield what a client knows of: centimetres to the floor, how high the leg went, steps."""
    there = {m.name: m for m in reversed(measures) if m.quality is not Quality.MISSING}
    told = words.tables["first"]
    if (reach := there.get("fingertip_floor_m")) and reach.value <= 0:
        yield KnownNumber(name=told["number_floor"], value=told["number_reached"], error="")
    elif reach:
        yield _known(reach, told["number_reach"], words)
    elif share := there.get("reach_fraction"):
        yield _known(share, told["number_share"], words)
    for name in KNOWN_TO_CLIENTS:
        if measure := there.get(name):
            yield _known(measure, told[f"number_{name}"], words)


def _known(measure: Measure, name: str, words: Words) -> KnownNumber:
    """Return a number without decimals, its error beside it."""
    sd = plain_number(measure.sd, measure.unit, words, with_unit=False)
    return KnownNumber(
        name=name,
        value=plain_number(measure.value, measure.unit, words),
        error=f"± {'1' if sd == '0' else sd}" if math.isfinite(measure.sd) else "",
    )
