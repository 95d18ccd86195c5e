"""Two bends in one visit, with the trainer's care between them: what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.outputs.card import Card, CardRow
from posture.outputs.changes import changes, course_of
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.store import Recording, Visit
from posture.types import Activity
from posture.web.pages.visit_view import say
from posture.web.visit_results import headline_measures_of

BEFORE, AFTER = "forward_bend", "forward_bend_after"
_LINKS = {"sole": "sole", "calf": "calf", "hamstrings": "hamstring", "back": "back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """The followed numbers of both bends, in words."""

    care: str  # what was cared for; empty where nobody said
    rows: tuple[CardRow, ...]


def before_and_after(
    visit: Visit, recordings: Sequence[Recording], words: Words
) -> BeforeAfter | None:
    """Return what changed between a visit's bends; None unless both are measured.

    A difference counts as a change beyond what measuring twice gives. In one visit part of the
    error is the same both times, so this asks for a little too much rather than too little.
    """
    if visit.withheld:
        return None
    done = {r.step: r for r in recordings if r.result is not None}
    if BEFORE not in done or AFTER not in done:
        return None
    old, new = (headline_measures_of(done[step].result or {}) for step in (BEFORE, AFTER))
    rows = tuple(
        CardRow(
            name=words.of("measures", change.after.name),
            before=number(change.before, words),
            after=number(change.after, words),
            course=course_of(change, words),
            is_beyond=change.is_beyond,
        )
        for change in changes(old, new)
        if change.is_followed and change.after.activity is Activity.FORWARD_BEND
    )
    return BeforeAfter(care=_care(visit, words), rows=rows) if rows else None


def card_of(visit: Visit, told: BeforeAfter, words: Words, *, name: str, date: str) -> Card:
    """Return the picture to hand over."""
    return Card(
        title=say(words, "pages_care_title"),
        who=name,
        date=date,
        care=told.care,
        rows=told.rows,
        foot=words.ui("not_a_diagnosis"),
        language=visit.language if visit.language in {"en", "ja"} else words.language,
    )


def _care(visit: Visit, words: Words) -> str:
    given = visit.answers.get("care")
    known = given if isinstance(given, list | tuple) else []
    names = [words.of("links", _LINKS[link]) for link in _LINKS if link in known]
    return say(words, "pages_care_given", links=" · ".join(names)) if names else ""
