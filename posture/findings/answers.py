"""What was asked before a check: read once, and what it shifts, withholds and forbids."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from posture.findings.evidence import EvidenceTable, Rules, Sign
from posture.received import number
from posture.types import Activity, Answers, Link, Reason

Touch = Literal["hard", "normal", "not_checked"]

# The order is that of the questions. Their words are `flag_*`, `condition_*`, ... of the pages.
RED_FLAGS = (
    "saddle_bladder",
    "leg_numb_weak",
    "trauma",
    "rest_night_pain",
    "fever_weight_loss",
    "serious_history",
    "calf_swelling",
    "gait_change",
    "dizzy",
)
# What a doctor has to see the same day: no check is made, not even without a finding
# (docs/method.md, section 8: nerves of the bladder, and a clot in a vein).
TODAY = ("saddle_bladder", "calf_swelling")
CONDITIONS = (
    "new_back_pain",
    "acute_back_pain",
    "recent_surgery",
    "acute_tear",
    "hypertension",
    "glaucoma",
    "osteoporosis",
    "pregnancy",
    "joint_replacement",
    "anticoagulants",
    "varicose_veins",
    "neuropathy",
    "hypermobility",
)
HABITS = ("sitting", "heels", "ill_fitting_shoes", "inactive")
SAID = ("heavy_morning", "tight_evening", "back_after_massage")
TOUCHED = (Link.SOLE, Link.CALF, Link.HAMSTRING, Link.PELVIS, Link.BACK, Link.HEAD)
TOUCHES: tuple[Touch, ...] = ("hard", "normal", "not_checked")
OLDEST, MOST_PAIN = 120.0, 10.0

_LISTS: Mapping[str, tuple[str, ...]] = {
    "red_flags": RED_FLAGS,
    "conditions": CONDITIONS,
    "habits": HABITS,
    "said": SAID,
}
NAMES = ("age", "sex", "pain", *_LISTS, "touch")


def read_answers(raw: Mapping[str, Any]) -> Answers:
    """Return the answers in a table of them; what is none of them is left alone.

    Raises
    ------
    ValueError
        Something cannot be read; all faults at once, separated by commas.
    """
    faults: list[str] = []
    lists = {name: _listed(raw, name, known, faults) for name, known in _LISTS.items()}
    answers = Answers(
        age=_number(raw, "age", OLDEST, faults),
        pain=_number(raw, "pain", MOST_PAIN, faults),
        sex=_sex(raw, faults),
        touch=_touch(raw, faults),
        **lists,
    )
    if faults:
        raise ValueError(", ".join(faults))
    return answers


def usable_answers(raw: Mapping[str, Any]) -> Answers:
    """Return what of stored answers can be read; one that cannot is as if it was not given."""
    kept: dict[str, Any] = {}
    for name in NAMES:
        try:
            read_answers({name: raw.get(name)})
        except ValueError:
            continue
        kept[name] = raw.get(name)
    return read_answers(kept)


def withheld_because(answers: Answers, rules: Rules) -> Reason | None:
    """Return why nothing is judged, or None.

    Age is a flag only together with back pain that is new and that no doctor has looked at.

    Source
        docs/method.md, sections 6.3 and 6.5.
    """
    if needs_doctor_today(answers):
        return Reason("withheld_today")
    if answers.red_flags:
        return Reason("withheld_red_flag")
    if answers.age is not None and "new_back_pain" in answers.conditions:
        is_usual = rules.red_flag_age_low <= answers.age <= rules.red_flag_age_high
        if not is_usual:
            return Reason("withheld_new_back_pain")
    if answers.pain is not None and answers.pain > rules.pain_limit:
        return Reason("withheld_pain", {"pain": answers.pain, "limit": rules.pain_limit})
    return None


def needs_doctor_today(answers: Answers) -> bool:
    """Whether an answer sends somebody to a doctor today, so that no check is made."""
    return bool({*answers.red_flags} & {*TODAY})


def is_asked(move: Activity, answers: Answers, table: EvidenceTable) -> bool:
    """Whether somebody with these answers may be asked for a move."""
    return not set(table.not_with.get(move, ())) & given(answers, table.rules)


def given(answers: Answers, rules: Rules) -> frozenset[str]:
    """Return everything answered that a move or an exercise may not go with, by its code."""
    found = {*answers.conditions, *answers.red_flags}
    if answers.age is not None and answers.age >= rules.bend_age_limit:
        found.add("age")
    if answers.pain is not None and answers.pain > rules.pain_limit:
        found.add("pain")
    return frozenset(found)


def shifted(table: EvidenceTable, answers: Answers) -> EvidenceTable:
    """Return the table as it is for somebody with these answers: priors, and the reach by age.

    What the client feels and what the trainer's hand finds moves nothing.

    Source
        docs/method.md, sections 3.2 and 6.1; the rows are those of evidence.toml.
    """
    limit = math.log(table.rules.prior_shift_limit)
    priors = {}
    for link, prior in table.priors.items():
        rows = [row for row in table.shifts if row.habit in answers.habits]
        nats = sum(math.log(row.factor.get(link, 1.0)) for row in rows)
        odds = prior / (1 - prior) * math.exp(min(limit, max(-limit, nats)))
        priors[link] = odds / (1 + odds)
    return replace(
        table,
        priors=priors if answers.habits else table.priors,
        signs=tuple(_by_age(sign, answers, table.rules) for sign in table.signs),
    )


def _by_age(sign: Sign, answers: Answers, rules: Rules) -> Sign:
    """Return the reach as it is expected at an age; without a sex, halfway between the two."""
    if sign.measure != "fingertip_floor" or answers.age is None:
        return sign
    by_sex = {"male": rules.reach_per_year_male, "female": rules.reach_per_year_female}
    per_year = by_sex.get(answers.sex or "", sum(by_sex.values()) / 2)
    age = min(max(answers.age, rules.reach_age_low), rules.reach_age_high)
    return replace(sign, mean=sign.mean + per_year * (age - rules.reach_from_age))


def _number(raw: Mapping[str, Any], name: str, most: float, faults: list[str]) -> float | None:
    value = raw.get(name)
    found = None if value is None else number(value, 0.0, most)
    if value is not None and found is None:
        faults.append(f"{name} = {str(value)[:40]}")
    return found


def _sex(raw: Mapping[str, Any], faults: list[str]) -> Literal["female", "male"] | None:
    value = raw.get("sex")
    if value in {"female", "male"}:
        return "female" if value == "female" else "male"
    if value is not None:
        faults.append(f"sex = {str(value)[:40]}")
    return None


def _listed(
    raw: Mapping[str, Any], name: str, known: tuple[str, ...], faults: list[str]
) -> tuple[str, ...]:
    value = raw.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        faults.append(f"{name} = {str(value)[:40]}")
        return ()
    faults += [f"{name} = {str(one)[:40]}" for one in value if one not in known]
    return tuple(code for code in known if code in value)


def _touch(raw: Mapping[str, Any], faults: list[str]) -> dict[Link, Touch]:
    value = raw.get("touch")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.append(f"touch = {str(value)[:40]}")
        return {}
    links = {link.value: link for link in TOUCHED}
    felt: dict[Link, Touch] = {}
    for name, told in value.items():
        found = next((touch for touch in TOUCHES if touch == told), None)
        if name in links and found is not None:
            felt[links[name]] = found
        else:
            faults.append(f"touch.{str(name)[:20]} = {str(told)[:20]}")
    return felt
