"""How a number is written; tables, reports and overlays all write it here."""

from __future__ import annotations

import math

from posture.outputs.words import Words
from posture.types import Measure, Quality, Reference, Unit, Usual

# People read centimetres and per cent; files keep metres and fractions.
_FACTOR: dict[Unit, float] = {"frac": 100.0, "m": 100.0, "leg_length": 100.0, "body_height": 100.0}
_FINE: set[Unit] = {"s", "m_s", "leg_length_per_s"}  # a second decimal still means something
_COARSE_SD = 1.0  # from this doubt on, a decimal is noise

# A ratio of two angles: a share of it would be read as a part of a whole.
_RATIOS = {"lumbar_hip_ratio_early", "lumbar_hip_ratio_middle", "lumbar_hip_ratio_late"}
# Their sign is a direction, which is said in words.
_DIRECTED = {"pelvic_tilt", "trunk_lean", "shank_lean", "pelvic_shift", "head_forward"}


def number(measure: Measure, words: Words, *, with_error: bool = True) -> str:
    """Write a measure: value, ± one standard uncertainty, unit, direction; or that it is none."""
    if measure.quality is Quality.MISSING:
        return words.ui("not_measured")
    if measure.name in _RATIOS:
        return _ratio(measure, words, with_error=with_error)
    factor = _FACTOR.get(measure.unit, 1.0)
    value, sd = measure.value * factor, measure.sd * factor
    places = _places(measure.unit, sd)
    directed = measure.name in _DIRECTED and round(value, places) != 0
    told = _plain(abs(value) if directed else value, places)
    if with_error and 0 < sd < math.inf:
        told += f" ± {_plain(sd, places)}"
    told = _in_unit(told, words.of("units", measure.unit))
    if not directed:
        return told
    way = "positive" if value > 0 else "negative"
    return words.of("directions", f"{measure.name}_{way}").format(number=told)


def _ratio(measure: Measure, words: Words, *, with_error: bool) -> str:
    """Write a ratio of two angles in degrees for each degree."""
    told = _plain(measure.value, 1)
    if with_error and 0 < measure.sd < math.inf:
        told += f" ± {_plain(measure.sd, 1)}"
    return words.ui("per_degree", ratio=told)


def bounds(reference: Reference, words: Words) -> str:
    """Write a reference range, whose ends may be open; one nobody verified says so."""
    factor = _FACTOR.get(reference.unit, 1.0)
    places = 2 if reference.unit in _FINE else 0
    low, high = (_plain(end * factor, places) for end in (reference.low, reference.high))
    name = words.of("units", reference.unit)
    kind = "usual" if reference.status == "verified" else "guide"
    if math.isinf(reference.low):
        return words.ui(f"{kind}_to", high=_in_unit(high, name))
    if math.isinf(reference.high):
        return words.ui(f"{kind}_from", low=_in_unit(low, name))
    return words.ui(kind, low=low, high=_in_unit(high, name))


def plain_number(value: float, unit: Unit, words: Words, *, with_unit: bool = True) -> str:
    """Write an expectation: no error, no direction, in the unit that people read."""
    places = 2 if unit in _FINE else 0
    told = _plain(value * _FACTOR.get(unit, 1.0), places)
    if not with_unit:
        return told
    return _in_unit(told, words.of("units", unit))


def precise_number(value: float, unit: Unit, words: Words, *, with_unit: bool = True) -> str:
    """Write a number that many others went into: a decimal more than each of them has."""
    told = _plain(value * _FACTOR.get(unit, 1.0), 3 if unit in _FINE else 1)
    return _in_unit(told, words.of("units", unit)) if with_unit else told


def coefficient(value: float) -> str:
    """Write a correlation or the like."""
    return _plain(value, 2)


def usual_at_speed(expected: Usual, words: Words) -> str:
    """Write what is usual at the speed of a walk."""
    factor = _FACTOR.get(expected.unit, 1.0)
    low, high = (_plain(end * factor, 0) for end in (expected.low, expected.high))
    name = words.of("units", expected.unit)
    return words.of("cycle", "usual_at_speed").format(low=low, high=_in_unit(high, name))


def percent(share: float) -> str:
    """Write a share; a probability that something was found goes to `chance`."""
    return f"{share:.0%}"


def chance(probability: float, words: Words) -> str:
    """Write how likely a finding is: never 0% nor 100%, which nobody can know."""
    return f"{words.chance(probability):.0%}"


def _in_unit(told: str, name: str) -> str:
    """Put a unit behind a number; per cent without a blank, as in the sentences."""
    return f"{told}{name}" if name.startswith("%") else f"{told} {name}".rstrip()


def _places(unit: Unit, sd: float) -> int:
    if unit in _FINE:
        return 2
    return 0 if sd >= _COARSE_SD or unit == "count" else 1


def _plain(value: float, places: int) -> str:
    if not math.isfinite(value):
        return "–"  # noqa: RUF001 - a dash, on purpose
    told = f"{value:.{places}f}"
    return told.lstrip("-") if float(told) == 0 else told.replace("-", "−")  # noqa: RUF001 - a minus
