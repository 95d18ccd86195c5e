"""What facts about the clip leave of the measures taken in it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from posture.measures.quality import GOOD, Grade, worst
from posture.measures.take import share_of, span_s_of, touches
from posture.types import Activity, Fact, FactKind, Floats, Measure, Quality, Reason, Unit

_LIKELY = 0.8  # ours; a fact as likely as this does all that its row says
_PERHAPS = 0.5  # ours; one less likely than not does nothing, between the two it only marks


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """What a kind of fact does to some measures; one row of facts.toml."""

    fact: FactKind
    does: Literal["missing", "suspect"]
    why: str
    units: tuple[Unit, ...] = ()
    measures: tuple[str, ...] = ()
    activities: tuple[Activity, ...] = ()
    least_share: float = 0.0

    def __post_init__(self) -> None:
        if self.does not in {"missing", "suspect"}:
            raise ValueError(f"{self.fact.value}: expected missing or suspect, got {self.does!r}")
        if not 0 <= self.least_share <= 1:
            raise ValueError(f"{self.fact.value}: least_share {self.least_share} is no share")
        if not self.why.strip():
            raise ValueError(f"{self.fact.value}: why left blank")

    def is_about(self, name: str, activity: Activity, unit: Unit) -> bool:
        """Return whether a measure is among those that the row is about.

        Source
            facts.toml.
        """
        if self.activities and activity not in self.activities:
            return False
        if self.units or self.measures:
            return unit in self.units or name in self.measures
        return unit != "count"


@cache
def fact_rows() -> tuple[FactRow, ...]:
    """Read and check the table; a bad row stops the program.

    Source
        facts.toml, each row its own.
    """
    text = files("posture.measures").joinpath("facts.toml").read_text("utf-8")
    return tuple(
        FactRow(
            **{
                **row,
                "fact": FactKind(row["fact"]),
                "units": tuple(row.get("units", ())),
                "measures": tuple(row.get("measures", ())),
                "activities": tuple(Activity(name) for name in row.get("activities", ())),
            }
        )
        for row in tomllib.loads(text)["row"]
    )


def under_facts(
    measures: Sequence[Measure], facts: Sequence[Fact], time_s: Floats
) -> tuple[Measure, ...]:
    """Return measures as far as the clip's facts let them stand.

    Those that are missing keep their own reason; those that are marked keep it unless a fact
    takes them away.

    Needs
        The clip's times, for the frames of each measure.
    Source
        facts.toml.
    """
    if not facts:
        return tuple(measures)
    found = []
    for m in measures:
        grade = _grade(facts, m.name, m.activity, m.unit, span_s_of(time_s, m.frames))
        if grade.quality is Quality.MISSING and m.quality is not Quality.MISSING:
            without = replace(
                m, value=np.nan, spread={}, quality=Quality.MISSING, reason=grade.reason
            )
            found.append(without)
        elif grade.quality is Quality.SUSPECT and m.quality is Quality.GOOD:
            found.append(replace(m, quality=Quality.SUSPECT, reason=grade.reason))
        else:
            found.append(m)
    return tuple(found)


def not_one_person(facts: Sequence[Fact]) -> Reason | None:
    """Return why one clip's measures may not be one person's, None where nothing says so.

    Source
        Ours: two people are more likely than not.
    """
    return next(
        (f.reason for f in facts if f.kind is FactKind.TWO_PEOPLE and f.probability >= _PERHAPS),
        None,
    )


# told, and put right with its error: a speed that is known, a roll that is read and taken off
_PUT_RIGHT = frozenset(
    {"fact_slowed_down_file", "fact_slowed_down_given", "fact_camera_askew"}
    | {"fact_sped_up_file", "fact_sped_up_given"}
)


def _grade(
    facts: Sequence[Fact], name: str, activity: Activity, unit: Unit, span_s: tuple[float, float]
) -> Grade:
    grades = [GOOD]
    for fact in facts:
        unlikely = fact.probability < _PERHAPS or not touches(fact, span_s)
        if unlikely or fact.reason.code in _PUT_RIGHT:
            continue
        share = share_of(fact, span_s)
        for row in fact_rows():
            if (
                row.fact is fact.kind
                and share >= row.least_share
                and row.is_about(name, activity, unit)
            ):
                missing = row.does == "missing" and fact.probability >= _LIKELY
                quality = Quality.MISSING if missing else Quality.SUSPECT
                grades.append(Grade(quality=quality, reason=fact.reason))
    return worst(*grades)
