"""The care plan as somebody follows it: a drawing, what to do, how much, what else to mind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from posture.outputs.words import Words
from posture.types import CareStep, Link, Reason

MOST_WHAT, MOST_DOSE = 300, 100  # letters of an exercise of one's own; ours: three lines and one


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the trainer changed of the plan."""

    without: frozenset[str] = frozenset()  # codes of exercises that do not go on the report
    own_what: str = ""  # an exercise of one's own; empty = none
    own_dose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLine:
    """One exercise."""

    code: str  # as in care.toml; empty for one of the trainer's own
    link: Link | None = None  # of the back line
    name: str
    what: str
    dose: str
    mind: str = ""  # what goes for this one alone, beside what goes for all
    note: str = ""
    drawing: Markup = field(default_factory=Markup)
    seconds: int = 0  # of one hold, for a timer; 0 = it is not held
    times: int = 1


def care_lines(steps: Sequence[CareStep], words: Words, chosen: Chosen) -> tuple[CareLine, ...]:
    """Return the exercises that the trainer lets stand, and the trainer's own."""
    kept = [_line(step, words) for step in steps if step.what.code not in chosen.without]
    return (*kept, *_own(chosen))


def _own(chosen: Chosen) -> Iterator[CareLine]:
    if chosen.own_what:
        yield CareLine(code="", name="", what=chosen.own_what, dose=chosen.own_dose)


def _line(step: CareStep, words: Words) -> CareLine:
    code = step.what.code
    return CareLine(
        code=code,
        link=step.link,
        name=exercise_name(code, words),
        what=words.sentence(step.what),
        dose=words.sentence(step.dose),
        mind=words.tables["care"].get(step.stop_if.code, ""),
        note=words.sentence(step.note) if step.note else "",
        drawing=exercise_drawing(code),
        seconds=_whole(step.dose, "seconds"),
        times=max(_whole(step.dose, "sets"), 1),
    )


def exercise_name(code: str, words: Words) -> str:
    """Return what an exercise is called: care_sole_roll, "Rolling the sole"."""
    name = words.term(f"short_{code}")
    return name[:1].upper() + name[1:]


@cache
def exercise_drawing(code: str) -> Markup:
    """Return the line drawing of an exercise as an SVG element; empty where there is none.

    It says nothing that the sentence beside it does not say, so it is not read out.
    """
    name = code.removeprefix("care_")
    file = files("posture.outputs").joinpath("exercises").joinpath(f"{name}.svg")
    if not name.isidentifier() or not file.is_file():
        return Markup()
    drawn = file.read_text("utf-8").strip()
    drawn = drawn.replace(' xmlns="http://www.w3.org/2000/svg"', ' aria-hidden="true"', 1)
    return Markup(drawn)  # noqa: S704 - a file of this package


def _whole(dose: Reason, name: str) -> int:
    amount = dose.values.get(name, 0)
    return int(amount) if isinstance(amount, int | float) else 0


def chosen_of(told: Mapping[str, object]) -> Chosen:
    """Return what was chosen as it was kept; what cannot be read is nothing."""
    without, own = told.get("without"), told.get("own")
    what, dose = (_text(own, "what", MOST_WHAT), _text(own, "dose", MOST_DOSE))
    codes = without if isinstance(without, list | tuple) else ()
    return Chosen(
        without=frozenset(code for code in codes if isinstance(code, str)),
        own_what=what,
        own_dose=dose if what else "",
    )


def _text(own: object, name: str, most: int) -> str:
    value = own.get(name, "") if isinstance(own, Mapping) else ""
    return value[:most] if isinstance(value, str) else ""
