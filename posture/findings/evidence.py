"""The evidence table: what each sign is worth, and the rules, each number with its source."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar, get_args

from posture.findings.calibration import Calibration, load_calibrations
from posture.types import UNITS, Activity, Link, Unit

JUDGED = (Link.HAMSTRING, Link.CALF, Link.BACK)  # the links that the model reasons about

Grade = Literal["A", "B", "C"]
STRONG: tuple[Grade, ...] = ("A", "B")  # docs/method.md, section 6.3: one of these is needed

Row = TypeVar("Row")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How one measure depends on what is restricted; see evidence.toml for the columns."""

    measure: str
    activity: Activity
    unit: Unit
    about: Link  # the link it is a test of; it may have effects on others
    mean: float  # expected when nothing is restricted
    effect: Mapping[Link, float]  # added by a restriction of that link
    sd_pop: float  # spread of people
    weight: float  # 0..1, tempers the log-likelihood
    grade: Grade
    cap: float  # no sign moves the odds by more than this factor
    per_side: bool
    source: str
    alone_weight: float | None = None  # weight instead, when none of `alone_without` came out
    alone_without: tuple[str, ...] = ()
    floor: float | None = None  # a value here says "at or below", not "equal to"
    at_speed: tuple[float, ...] = ()  # polynomial in v*, constant first; () = not adjusted
    per_knee: float = 0.0  # what a degree of bent knee adds, in the unit
    per_knee_sd: float = 0.0  # how much that differs between people

    def __post_init__(self) -> None:
        faults = [told for wrong, told in self._checks() if wrong]
        if faults:
            raise ValueError("; ".join(faults))

    def _checks(self) -> tuple[tuple[bool, str], ...]:
        return (
            (self.unit not in UNITS, f"unknown unit {self.unit!r}"),
            (self.about not in JUDGED, f"about {self.about.value}, which is not judged"),
            (set(self.effect) != set(JUDGED), "effect needs hamstring, calf and back"),
            (not any(self.effect.values()), "no effect on any link"),
            (not self.sd_pop > 0, f"sd_pop is above 0, got {self.sd_pop}"),
            (not 0 < self.weight <= 1, f"weight is above 0 and at most 1, got {self.weight}"),
            (not self.cap > 1, f"cap is above 1, got {self.cap}"),
            (self.grade not in get_args(Grade), f"unknown grade {self.grade!r}"),
            ((self.alone_weight is None) == bool(self.alone_without), "alone_* go together"),
            (not self.source.strip(), "source left blank"),
            (not self.per_knee_sd >= 0, f"per_knee_sd is not negative, got {self.per_knee_sd}"),
        )

    @property
    def is_flat(self) -> bool:
        """The expected value is the same at every speed."""
        return len(self.at_speed) <= 1

    @property
    def is_strong(self) -> bool:
        """Good enough for a link to be judged at all."""
        return self.grade in STRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The numbers that turn probabilities into findings; sources are in evidence.toml."""

    suggested_probability: float
    suggested_factor: float
    possible_probability: float
    possible_factor: float
    not_suggested_factor: float
    not_suggested_factor_weak: float
    min_signs: float
    disagree_factor: float
    suspect_error: float
    knee_bend_limit_deg: float
    knee_bend_chance: float
    compensation_hips_below_deg: float
    compensation_back_share_above: float
    compensation_back_above_deg: float
    side_difference_deg: float
    lunge_change_deg: float
    leg_length_m: float
    gravity_m_s2: float
    speed_low: float
    speed_high: float
    prior_shift_limit: float
    pain_limit: float
    bend_age_limit: float
    red_flag_age_low: float
    red_flag_age_high: float
    reach_from_age: float
    reach_age_low: float
    reach_age_high: float
    reach_per_year_male: float
    reach_per_year_female: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Measures that are told to the reader and are never evidence."""

    activity: Activity
    measures: tuple[str, ...]
    source: str
    link: Link | None = None  # the link they describe


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTest:
    """A test that may be asked for next."""

    code: str
    move: Activity
    brings: Mapping[str, float]  # measure: its sd as a camera takes it
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A test to do once more, for one link."""

    link: Link
    code: str
    test: str  # code of the test that is repeated
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What a habit does to the odds before anything was seen."""

    habit: str
    factor: Mapping[Link, float]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTable:
    """Everything in evidence.toml, checked."""

    priors: Mapping[Link, float]
    rules: Rules
    signs: tuple[Sign, ...]
    described: tuple[Described, ...]
    next_tests: tuple[NextTest, ...]
    repeats: tuple[Repeat, ...]
    shifts: tuple[Shift, ...]
    not_with: Mapping[Activity, tuple[str, ...]]  # answers with which a move is not asked for
    calibrations: tuple[Calibration, ...] = ()  # () = the model's own probability


@cache
def load_evidence() -> EvidenceTable:
    """Read and check the whole table; faults stop the program, all named at once.

    Source
        evidence.toml and calibration.toml, which carry the source of every number.
    """
    text = files("posture.findings").joinpath("evidence.toml").read_text("utf-8")
    return replace(parse_evidence(text), calibrations=load_calibrations())


def parse_evidence(text: str) -> EvidenceTable:
    """Turn the text of a table into its parts; every fault in it is reported."""
    data = tomllib.loads(text)
    faults: list[str] = []
    priors = _numbers(data, "prior", [link.value for link in JUDGED], faults)
    rules = _numbers(data, "rule", [column.name for column in fields(Rules)], faults)
    signs = _rows(data, "sign", _sign, faults)
    described = _rows(data, "described", _described, faults)
    tests = _rows(data, "next_test", _next_test, faults)
    repeats = _rows(data, "repeat", _repeat, faults)
    shifts = _rows(data, "shift", _shift, faults)
    not_with = _not_with(data, faults)
    faults += [
        f"prior {name}: {p} is not within 0..1" for name, p in priors.items() if not 0 < p < 1
    ]
    faults += _across(signs, described, data.get("grade_cap", {}))
    faults += _tests_across(signs, tests, repeats)
    if faults:
        raise ValueError("\n".join(faults))
    return EvidenceTable(
        priors={Link(name): value for name, value in priors.items()},
        rules=Rules(**rules),
        signs=signs,
        described=described,
        next_tests=tests,
        repeats=repeats,
        shifts=shifts,
        not_with=not_with,
    )


def _numbers(data: Entry, table: str, names: Sequence[str], faults: list[str]) -> dict[str, float]:
    """Return the named numbers of a table of {value, source} entries."""
    entries: dict[str, Entry] = data.get(table, {})
    faults += [f"{table} {name}: missing" for name in names if name not in entries]
    faults += [f"{table} {name}: unknown" for name in entries if name not in names]
    known = {name: entries[name] for name in names if name in entries}
    whole = {name: entry for name, entry in known.items() if _is_number(entry)}
    faults += [
        f"{table} {name}: needs a number and a source" for name in known if name not in whole
    ]
    return {name: float(entry["value"]) for name, entry in whole.items()}


def _is_number(entry: Entry) -> bool:
    source = str(entry.get("source", ""))
    return isinstance(entry.get("value"), int | float) and bool(source.strip())


def _rows(
    data: Entry, table: str, make: Callable[[Entry], Row], faults: list[str]
) -> tuple[Row, ...]:
    rows: list[Row] = []
    for number, entry in enumerate(data.get(table, []), start=1):
        try:
            rows.append(make(entry))
        except (TypeError, ValueError) as fault:  # a column missing or unknown, a bad value
            name = entry.get("measure", entry.get("code", "unnamed"))
            faults.append(f"{table} {number} ({name}): {fault}")
    return tuple(rows)


def _sign(entry: Entry) -> Sign:
    return Sign(
        **entry
        | {
            "activity": Activity(entry.get("activity")),
            "about": Link(entry.get("about")),
            "effect": {Link(name): nats for name, nats in entry.get("effect", {}).items()},
            "alone_without": tuple(entry.get("alone_without", ())),
            "at_speed": tuple(entry.get("at_speed", ())),
        }
    )


def _described(entry: Entry) -> Described:
    link = Link(entry["link"]) if "link" in entry else None
    columns = {
        "activity": Activity(entry.get("activity")),
        "measures": tuple(entry.get("measures", ())),
        "link": link,
    }
    return _sourced(Described(**entry | columns))


def _next_test(entry: Entry) -> NextTest:
    columns = {"move": Activity(entry.get("move")), "brings": dict(entry.get("brings", {}))}
    if not columns["brings"] or not all(sd > 0 for sd in entry["brings"].values()):
        raise ValueError("brings measures, each with an sd above 0")
    return _sourced(NextTest(**entry | columns))


def _repeat(entry: Entry) -> Repeat:
    return _sourced(Repeat(**entry | {"link": Link(entry.get("link"))}))


def _shift(entry: Entry) -> Shift:
    factor = {Link(name): value for name, value in entry.get("factor", {}).items()}
    if not factor or set(factor) - set(JUDGED) or not all(f > 0 for f in factor.values()):
        raise ValueError(f"factors above 0 of judged links, got {entry.get('factor')}")
    return _sourced(Shift(**entry | {"factor": factor}))


def _not_with(data: Entry, faults: list[str]) -> dict[Activity, tuple[str, ...]]:
    """Return the answers with which a move is not asked for."""
    found: dict[Activity, tuple[str, ...]] = {}
    for name, entry in data.get("not_with", {}).items():
        try:
            found[Activity(name)] = tuple(entry["answers"])
            faults += [f"not_with {name}: source left blank"] * (not str(entry["source"]).strip())
        except (KeyError, ValueError) as fault:
            faults.append(f"not_with {name}: {fault}")
    return found


Sourced = TypeVar("Sourced", Described, NextTest, Repeat, Shift)


def _sourced(row: Sourced) -> Sourced:
    if not row.source.strip():
        raise ValueError("source left blank")
    return row


def _across(
    signs: Sequence[Sign],
    described: Sequence[Described],
    caps: Mapping[str, float],
) -> list[str]:
    """Return the faults that show only when rows are held against each other."""
    names = Counter((sign.measure, sign.activity) for sign in signs)
    told = {(name, row.activity) for row in described for name in row.measures}
    measured = {sign.measure for sign in signs}
    faults = [f"sign {name}: entered twice" for (name, _), count in names.items() if count > 1]
    faults += [f"sign {key[0]}: is described, never evidence" for key in names if key in told]
    faults += [
        f"sign {sign.measure}: cap {sign.cap} is above that of grade {sign.grade}"
        for sign in signs
        if sign.cap > caps.get(sign.grade, 0)
    ]
    faults += [
        f"sign {sign.measure}: {other} is not a sign"
        for sign in signs
        for other in sign.alone_without
        if other not in measured
    ]
    return faults


def _tests_across(
    signs: Sequence[Sign], tests: Sequence[NextTest], repeats: Sequence[Repeat]
) -> list[str]:
    """Return the faults between the tests and the signs they bring."""
    measured, known = {sign.measure for sign in signs}, {test.code for test in tests}
    faults = [
        f"next_test {test.code}: {name} is not a sign"
        for test in tests
        for name in test.brings
        if name not in measured
    ]
    faults += [
        f"repeat {one.code}: {one.test} is not a test" for one in repeats if one.test not in known
    ]
    without = [link.value for link in JUDGED if link not in {one.link for one in repeats}]
    return faults + [f"repeat {link}: missing" for link in without]
