"""How little would have had to be different: the least change that changes a level."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posture.findings.evidence import EvidenceTable, Sign
from posture.findings.levels import Cuts
from posture.findings.posterior import (
    Key,
    Weighed,
    calibrated,
    chance_of,
    logs_of,
    state_chances,
    state_logs,
    summed,
)
from posture.findings.readings import Reading, Run
from posture.types import Floats, Measure, Reason, Unit

_REACH_SD = 2.5  # ours; "had it been 40 deg less" tells nobody anything
_STEPS = 40  # ours; to either side, fine enough not to step over a level
_LEG_CM_KNOWN_BY = (
    ("fingertip_floor_m", "fingertip_floor"),
    ("step_length_m", "step_length"),
    ("walking_speed_m_s", "walking_speed"),
)
_WAYS: Mapping[str, tuple[str, str]] = {
    "heel_off": ("way_later", "way_earlier"),
    "fingertip_floor": ("way_longer", "way_shorter"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """How a change is written: in whole steps that a reader would measure in."""

    code: str
    step: float  # in the measure's unit
    per_step: float  # what one step is, as it is written


def turning_point(
    weighed: Weighed,
    name: str,
    cuts: Cuts,
    runs: Sequence[Run],
    measures: Sequence[Measure],
    table: EvidenceTable,
) -> Reason | None:
    """Return the least change of a link's strongest own sign at which its level is another one.

    Everything else stays as it was seen. The change is rounded up to what can be read off, and
    the level told is that at the rounded value. None where no sign of the link was seen, and a
    reason of its own where no value of that one sign would do.

    Source
        Ours: the root of the posterior (docs/method.md, section 6.1) in one reading.
    """
    own = [r for run in runs for r in run.readings if r.sign.effect[weighed.link]]
    ranked = (r for e in weighed.evidence for r in own if r.measure is e.measure)
    reading = next(ranked, None)  # the strongest comes first
    if reading is None:
        return None
    chance = _chance_at(weighed, reading.key, runs, table)
    told: dict[str, float | str] = {"link": name, "sign": reading.sign.measure}
    change = _least_change(chance, reading, cuts)
    if change is None:
        return Reason("no_turning_point", told)
    shown = _shown(reading.sign, measures)
    steps = math.ceil(abs(change) / shown.step - 1e-6)
    rounded = math.copysign(steps * shown.step, change)
    level = cuts.level(float(chance(np.array([reading.value + rounded]))[0]))
    more, less = _WAYS.get(reading.sign.measure, ("way_more", "way_less"))
    told |= {
        "change": steps * shown.per_step,
        "way": more if change > 0 else less,
        "reads": f"reads_{level.value}",
    }
    return Reason(shown.code, told)


def _chance_at(
    weighed: Weighed, key: Key, runs: Sequence[Run], table: EvidenceTable
) -> Callable[[Floats], Floats]:
    """Return the probability of the link as a function of one reading's value, (n,) -> (n,)."""
    rest = []
    for run in runs:
        logs = logs_of(run)
        logs.pop(key, None)
        rest.append((summed(logs), next((r for r in run.readings if r.key == key), None)))

    def chance(values: Floats) -> Floats:
        each = []
        for others, reading in rest:
            logs = np.broadcast_to(others, (len(values), len(others)))
            if reading is not None:
                logs = logs + state_logs(reading.sign, values, sd=reading.sd, weight=reading.weight)
            each.append(chance_of(weighed.link, state_chances(logs, table.priors)))
        mean: Floats = np.mean(each, axis=0)
        return calibrated(weighed.link, mean, weighed.signs, table)

    return chance


def _least_change(chance: Callable[[Floats], Floats], reading: Reading, cuts: Cuts) -> float | None:
    """Return the change to the nearest value at which the level is another; None without one."""
    now = cuts.level(float(chance(np.array([reading.value]))[0]))
    reach = _REACH_SD * math.hypot(reading.sign.sd_pop, reading.sd)
    away = reach * np.arange(1, _STEPS + 1) / _STEPS
    found = []
    for direction in (1.0, -1.0):
        values = reading.value + direction * away
        if reading.sign.floor is not None:
            values = values[values >= reading.sign.floor]
        chances = chance(values) if len(values) else values
        low, high = cuts.around(now)
        changed = np.flatnonzero((chances <= low) | (chances >= high))
        if len(changed):
            first = int(changed[0])
            before = reading.value if first == 0 else float(values[first - 1])
            cut = low if chances[first] <= low else high
            found.append(_root(chance, cut, before, float(values[first])) - reading.value)
    return min(found, key=abs, default=None)


def _root(chance: Callable[[Floats], Floats], cut: float, before: float, after: float) -> float:
    """Return where the probability meets a cut; the jump at a floor counts as meeting it."""
    off = chance(np.array([before, after])) - cut
    if off[0] * off[1] >= 0:  # it rests on the cut itself
        return after
    while abs(after - before) > _CLOSE:
        between = np.linspace(before, after, _SECTIONS + 1)
        crossed = (chance(between[:-1]) - cut) * off[0] > 0
        last = int(np.flatnonzero(crossed)[-1])
        before, after = float(between[last]), float(between[last + 1])
    return (before + after) / 2


_CLOSE = 1e-6  # ours; in the sign's unit, far below what is shown
_SECTIONS = 32


def _shown(sign: Sign, measures: Sequence[Measure]) -> _Shown:
    leg_cm = _leg_length_cm(measures)
    if sign.unit == "leg_length" and math.isfinite(leg_cm):
        return _Shown(code="turning_point_cm", step=1 / leg_cm, per_step=1.0)
    by_unit: Mapping[Unit, _Shown] = {
        "leg_length": _Shown(code="turning_point_leg", step=0.01, per_step=0.01),
        "frac": _Shown(code="turning_point_cycle", step=0.01, per_step=0.01),
    }
    return by_unit.get(sign.unit, _Shown(code="turning_point_deg", step=1.0, per_step=1.0))


def _leg_length_cm(measures: Sequence[Measure]) -> float:
    """Return the leg's length from a measure that is there in both units; NaN without one."""
    values = {m.name: m.value for m in measures if math.isfinite(m.value) and m.value > 0}
    known = ((values.get(m), values.get(leg)) for m, leg in _LEG_CM_KNOWN_BY)
    return next((100 * m / leg for m, leg in known if m and leg), math.nan)
