"""The questionnaire of a visit: its questions, reading its answers, and which of them withhold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from posture import received
from posture.findings.answers import (
    CONDITIONS,
    HABITS,
    RED_FLAGS,
    SAID,
    TODAY,
    TOUCHED,
    TOUCHES,
    read_answers,
    usable_answers,
    withheld_because,
)
from posture.findings.answers import (
    needs_doctor_today as is_for_today,
)
from posture.findings.evidence import load_evidence
from posture.store import Client, Store, Visit
from posture.types import Answers
from posture.web.jobs.job_settings import checked
from posture.web.responses import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The codes a form asks for; their words are terms."""

    red_flags: tuple[str, ...] = RED_FLAGS
    today: tuple[str, ...] = TODAY  # of those, what stops the check
    conditions: tuple[str, ...] = CONDITIONS
    habits: tuple[str, ...] = HABITS
    said: tuple[str, ...] = SAID
    touched: tuple[str, ...] = tuple(link.value for link in TOUCHED)
    touches: tuple[str, ...] = TOUCHES


_MEASURED = ("height_cm", "belt_kmh")  # of the answers, what the analysis takes as a number


def answers_of(visit: Visit) -> Answers:
    """Return what can be read of a visit's answers."""
    return usable_answers(visit.answers)


def known_of(store: Store, client: Client) -> dict[str, object]:
    """Return what a client said at the last visit, and their height, to fill a form with.

    A flag that means a doctor today is asked anew each time: it is never filled in.
    """
    told_before = (one for one in store.visits.latest(client.id, limit=None) if one.answers)
    visit = next(told_before, None)
    told = Answers() if visit is None else answers_of(visit)
    height = client.height_cm or (None if visit is None else height_of(visit))
    ticked = [
        *(f"red_flags.{code}" for code in told.red_flags if code not in TODAY),
        *(f"conditions.{code}" for code in told.conditions),
        *(f"habits.{code}" for code in told.habits),
    ]
    known = {"height_cm": height, "age": told.age, "sex": told.sex, "ticked": ticked}
    return {name: value for name, value in known.items() if value}


def is_withheld(visit: Visit) -> bool:
    """Whether nothing is judged, so that nobody is asked to bend."""
    return visit.withheld or withholds(visit.answers)


def height_of(visit: Visit) -> float | None:
    """Return the height in cm that was told, where one can be that high."""
    try:
        height = checked({"height_cm": visit.answers.get("height_cm")}).get("height_cm")
    except Refused:
        return None
    return received.number(height)


def withholds(answers: Mapping[str, object]) -> bool:
    """Whether answers withhold every judgement."""
    return withheld_because(usable_answers(answers), load_evidence().rules) is not None


def needs_doctor_today(answers: Mapping[str, object]) -> bool:
    """Whether an answer sends the client to a doctor today, so that no check is made."""
    return is_for_today(usable_answers(answers))


def refuse_unreadable(answers: Mapping[str, object]) -> None:
    """Refuse answers that cannot be read.

    Raises
    ------
    Refused
        All faults at once.
    """
    try:
        read_answers(answers)
    except ValueError as trouble:
        raise Refused("web_bad_request", what=str(trouble)) from trouble
    checked({name: answers.get(name) for name in _MEASURED})


def answers_from(form: Mapping[str, str], before: Mapping[str, object]) -> dict[str, object]:
    """Return a visit's answers as a form changes them; what it does not ask stays.

    Raises
    ------
    Refused
        Something in the form cannot be read.
    """
    asked = Questions()
    given: dict[str, object] = {
        "age": _number(form, "age"),
        "sex": form.get("sex") or None,
        "pain": _number(form, "pain"),
        "red_flags": [code for code in asked.red_flags if f"red_flags.{code}" in form],
        "conditions": [code for code in asked.conditions if f"conditions.{code}" in form],
        "habits": [code for code in asked.habits if f"habits.{code}" in form],
        "said": [code for code in asked.said if f"said.{code}" in form],
        "touch": {
            link: form[f"touch.{link}"] for link in asked.touched if form.get(f"touch.{link}")
        },
    }
    refuse_unreadable(given)
    kept = {name: value for name, value in before.items() if name not in given}
    return kept | {name: value for name, value in given.items() if value not in (None, [], {})}


def _number(form: Mapping[str, str], name: str) -> float | None:
    """Return a number of a form; left empty is not answered."""
    text = form.get(name, "")
    if not text:
        return None
    try:
        return received.decimal(text)  # what is no answer is refused with the others
    except ValueError as trouble:
        raise Refused("web_bad_request", what=f"{name} = {text[:40]}") from trouble
