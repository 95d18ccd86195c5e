"""Walking: what is usual at a speed, and what stiff calves do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posture.truth.restriction.people import Array

GRAVITY_M_S2 = 9.81
SLOWEST, FASTEST = 0.19, 0.68  # speed over sqrt(g x leg): inside what Schwartz 2008 covers

# Schwartz 2008 by docs/method.md, section 4.3: five speeds, from very slow to very fast.
_SPEEDS = (0.18, 0.295, 0.43, 0.57, 0.70)
USUAL = {
    "peak_dorsiflexion": (13.1, 13.8, 11.8, 8.9, 7.9),
    "heel_off": (0.50, 0.44, 0.38, 0.34, 0.32),
    "shank_at_heel_off": (17.5, 17.8, 15.3, 13.6, 12.0),
    "knee_flexion_at_peak_dorsiflexion": (9.0, 10.0, 8.0, 4.0, 8.0),
    "peak_plantarflexion": (4.0, 14.0, 20.0, 22.0, 22.0),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """How people differ in one number of walking, and what stiff calves add on average."""

    sd: float
    effect: float  # at 1.0; every person's own is this x U(0, 1.4)


# Spread of people: section 4.3. Effects: the sizes of section 6.2 as published group differences
# (Lalevee 2021, You 2009, Cornwall & McPoil 1999); weaker push-off: ours.
HABITS = {
    "peak_dorsiflexion": Habit(4.5, -2.5),
    "heel_off": Habit(0.04, -0.03),
    "shank_at_heel_off": Habit(3.5, -2.5),
    "knee_flexion_at_peak_dorsiflexion": Habit(5.7, 4.0),
    "peak_plantarflexion": Habit(8.0, -4.0),
}
LARGEST_SHARE = 1.4  # of the effect; the least is none


def usual(name: str, speed: Array) -> Array:
    """Return the usual value at a speed over sqrt(g x leg length), read off the table."""
    return np.interp(speed, _SPEEDS, USUAL[name])


# The same as polynomials in the speed, constant first: the fits of section 4.3.
FITS = {
    "peak_dorsiflexion": (16.2, -11.8),
    "heel_off": (0.625, -0.775, 0.485),
    "shank_at_heel_off": (20.3, -11.6),
    "knee_flexion_at_peak_dorsiflexion": (8.0,),
    "peak_plantarflexion": (-14.3, 123.0, -103.0),
}


def fitted(name: str, speed: Array) -> Array:
    """Return the usual value at a speed by the fitted polynomial."""
    return np.asarray(np.polynomial.polynomial.polyval(speed, FITS[name]))


def leg_lengths_a_second(speed: Array, leg_m: Array) -> Array:
    """Turn speeds over sqrt(g x leg length) into leg lengths a second."""
    return speed * np.sqrt(GRAVITY_M_S2 / leg_m)


def on_both_legs(
    person: Mapping[str, Array], side_sd: Mapping[str, float], drawn: np.random.Generator
) -> dict[str, Array]:
    """Return left and right of every number: the person's own, and what the legs differ by."""
    return {
        name: value[:, None] + side_sd[name] * drawn.standard_normal((len(value), 2))
        for name, value in person.items()
    }
