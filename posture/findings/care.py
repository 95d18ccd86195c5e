"""From findings to what to do, how much of it, and when to stop."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from posture.findings.answers import CONDITIONS, RED_FLAGS
from posture.types import CareStep, Finding, Label, Level, Link, Reason, Side, Verdict

LINE = (Link.SOLE, Link.CALF, Link.HAMSTRING, Link.PELVIS, Link.BACK)  # from the ground up
STIFF = (Level.SUGGESTED, Level.POSSIBLE)

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One thing to do, by codes; the sentences are in `outputs.words`."""

    link: Link
    what: str
    stop: str
    source: str
    not_with: tuple[str, ...] = ()  # answers with which it is left out
    gentle_with: tuple[str, ...] = ()  # answers with which it is done lightly


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The exercises for one label, in the order of the line, each with its dose."""

    label: Label
    steps: tuple[tuple[Exercise, Reason], ...]
    source: str
    lumbar_compensation: bool = False


def care_plan(
    findings: Sequence[Finding],
    verdict: Verdict,
    given: AbstractSet[str] = frozenset(),
) -> tuple[CareStep, ...]:
    """Return what to do along the whole line, whichever link stands out.

    The label chooses the plan, the findings which leg begins. `given` are the codes of what was
    answered: with some of them an exercise is left out, with some it is done lightly. When to
    stop, and when to leave a step out by oneself, is part of each step.

    Source
        docs/method.md, section 8; care.toml has the source of every plan.
    """
    plan = _plan_for(verdict)
    legs = {"legs": _first_leg(findings)}
    kept = [(e, dose) for e, dose in plan.steps if not given & set(e.not_with)]
    return tuple(
        CareStep(
            step=number,
            link=exercise.link,
            what=Reason(exercise.what, legs if exercise.link is Link.CALF else {}),
            dose=dose,
            stop_if=Reason(exercise.stop),
            note=_gently(exercise, given),
        )
        for number, (exercise, dose) in enumerate(kept, start=1)
    )


def care_left_out(verdict: Verdict, given: AbstractSet[str]) -> tuple[Reason, ...]:
    """Return which exercises of the plan are left out, each with the answer that is why."""
    plan = _plan_for(verdict)
    return tuple(
        Reason(
            "care_left_out",
            {"exercise": f"short_{exercise.what}", "condition": _first(exercise, given)},
        )
        for exercise, _ in plan.steps
        if given & set(exercise.not_with)
    )


def _plan_for(verdict: Verdict) -> Plan:
    fitting = [plan for plan in load_plans() if plan.label is verdict.label]
    exact = [p for p in fitting if p.lumbar_compensation == verdict.lumbar_compensation]
    return (exact or fitting)[0]


def _gently(exercise: Exercise, given: AbstractSet[str]) -> Reason | None:
    found = [code for code in exercise.gentle_with if code in given]
    return Reason("care_gently", {"condition": f"condition_{found[0]}"}) if found else None


def _first(exercise: Exercise, given: AbstractSet[str]) -> str:
    return f"condition_{next(code for code in exercise.not_with if code in given)}"


def load_plans() -> tuple[Plan, ...]:
    """Read and check all plans; faults stop the program, all named at once.

    Source
        care.toml.
    """
    return parse_plans(files("posture.findings").joinpath("care.toml").read_text("utf-8"))


def parse_plans(text: str) -> tuple[Plan, ...]:
    """Turn the text of care.toml into plans; every fault in it is reported."""
    data = tomllib.loads(text)
    faults: list[str] = []
    exercises: dict[str, Exercise] = {}
    for name, entry in data.get("exercise", {}).items():
        try:
            exercises[name] = _exercise(entry)
        except (TypeError, ValueError) as fault:  # a column missing or unknown, a bad value
            faults.append(f"exercise {name}: {fault}")
    plans: list[Plan] = []
    for number, entry in enumerate(data.get("plan", []), start=1):
        try:
            plans.append(_plan(entry, exercises))
        except (TypeError, ValueError) as fault:
            faults.append(f"plan {number} ({entry.get('label', 'unnamed')}): {fault}")
    without = {label.value for label in Label} - {
        plan.label.value for plan in plans if not plan.lumbar_compensation
    }
    faults += [f"no plan for {label}" for label in sorted(without)]
    if faults:
        raise ValueError("\n".join(faults))
    return tuple(plans)


def _exercise(entry: Entry) -> Exercise:
    columns = {name: tuple(entry.get(name, ())) for name in ("not_with", "gentle_with")}
    exercise = Exercise(**entry | columns | {"link": Link(entry.get("link"))})
    strange = {*exercise.not_with, *exercise.gentle_with} - {*CONDITIONS, *RED_FLAGS}
    if strange:
        raise ValueError(f"unknown answers {', '.join(sorted(strange))}")
    if exercise.link not in LINE:
        raise ValueError(f"link {exercise.link.value} is not on the line")
    if not exercise.source.strip():
        raise ValueError("source left blank")
    return exercise


def _plan(entry: Entry, exercises: Mapping[str, Exercise]) -> Plan:
    unknown = {str(step.get("exercise")) for step in entry.get("steps", [])} - set(exercises)
    if unknown:
        raise ValueError(f"unknown exercise {', '.join(sorted(unknown))}")
    steps = tuple((exercises[s["exercise"]], _dose(s)) for s in entry.get("steps", []))
    plan = Plan(**entry | {"label": Label(entry.get("label")), "steps": steps})
    places = [LINE.index(exercise.link) for exercise, _ in steps]
    if set(places) != set(range(len(LINE))) or places != sorted(places):
        raise ValueError("steps go along the whole line, from the sole to the back")
    if not plan.source.strip():
        raise ValueError("source left blank")
    return plan


def _dose(step: Mapping[str, Any]) -> Reason:
    amounts = {name: n for name, n in step.items() if name not in {"exercise", "dose"}}
    if any(not isinstance(n, int | float) or n <= 0 for n in amounts.values()):
        raise ValueError(f"{step['exercise']}: amounts are numbers above 0, got {amounts}")
    if not str(step.get("dose", "")).startswith("dose_"):
        raise ValueError(f"{step['exercise']}: a dose is missing")
    return Reason(step["dose"], amounts)


def _first_leg(findings: Sequence[Finding]) -> str:
    """Return which calf begins: the one that looks restricted, if only one does."""
    stiff = {f.side for f in findings if f.link is Link.CALF and f.level in STIFF}
    only = stiff - {Side.BOTH}
    return f"legs_{only.pop().value}_first" if len(stiff) == len(only) == 1 else "legs_both"
