"""What walking usually looks like at the speed somebody walked at."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from posture.findings.evidence import Rules, load_evidence
from posture.findings.readings import WalkingSpeed, walking_speed
from posture.findings.references import load_references, reference_for
from posture.types import UNITS, Activity, Measure, Unit, Usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One measure over walking speed; one row of expected.toml."""

    measure: str
    unit: Unit
    at_speed: tuple[float, ...]  # polynomial in v, constant first
    sd_pop: float
    source: str
    phase: tuple[float, ...] = ()  # of the cycle, a polynomial in v; none where it has no place

    def __post_init__(self) -> None:
        if self.unit not in UNITS or not self.at_speed or not self.sd_pop > 0:
            raise ValueError(f"{self.measure}: expected a unit, a polynomial and a spread")
        if not self.source.strip():
            raise ValueError(f"{self.measure}: source left blank")

    def at(self, speed: WalkingSpeed) -> Usual:
        """Return the range from one population sd under the mean to one over it.

        Source
            docs/method.md, section 4.4: usual is z over -1.
        """
        mean = _polynomial(self.at_speed, speed.value)
        return Usual(
            low=mean - self.sd_pop,
            high=mean + self.sd_pop,
            unit=self.unit,
            phase=_polynomial(self.phase, speed.value) if self.phase else None,
            speed=speed.value,
            speed_sd=speed.sd,
            source=self.source,
        )


def _polynomial(coefficients: Sequence[float], v: float) -> float:
    return sum(c * v**power for power, c in enumerate(coefficients))


@cache
def load_expectations() -> Mapping[str, Expectation]:
    """Read and check the whole table; a bad row stops the program.

    Source
        expected.toml, each row its own.
    """
    text = files("posture.findings").joinpath("expected.toml").read_text("utf-8")
    rows = [
        Expectation(
            **{**row, "at_speed": tuple(row["at_speed"]), "phase": tuple(row.get("phase", ()))}
        )
        for row in tomllib.loads(text)["expected"]
    ]
    table = {row.measure: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("expected.toml: a measure has two rows")
    return table


def with_references(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return the measures of one clip with their published range, and that at their walk's speed.

    A walk whose speed nobody measured, or that was slower or faster than those the table rests
    on, has no expectation.
    """
    rows, rules = load_references(), load_evidence().rules
    return tuple(
        replace(
            m,
            reference=reference_for(m.name, m.activity, rows),
            expected=_expected(m, measures, rules),
        )
        for m in measures
    )


def _expected(measure: Measure, measures: Sequence[Measure], rules: Rules) -> Usual | None:
    row = load_expectations().get(measure.name)
    if row is None or measure.activity is not Activity.WALKING:
        return None
    speed = walking_speed([m for m in measures if m.segment == measure.segment], rules)
    return None if speed is None else row.at(speed)
