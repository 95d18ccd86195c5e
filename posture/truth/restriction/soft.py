"""The second generator: no hard stops, other couplings. Nothing is ever tuned on it.

Tissue pulls the harder the further it is stretched, and a person goes on until the pull is what
they bear: hamstrings and hip joint add up instead of one of them stopping the bend. One drive
moves hips and back together; who is stiff in one place tends to be so in others; only some feel
their calves in the bend; every sign of walking shows its own share of the calves; stiff calves
walk a little slower. Scatter is skewed, legs differ more.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from posture.truth.restriction import chain, walking
from posture.truth.restriction.people import (
    FREE,
    HIP,
    LUMBAR,
    LUNGE,
    Array,
    Bodies,
    Ints,
    Names,
    Order,
    kinds,
    levels,
)
from posture.types import Link

NAME = "soft limits"
_STREAM = 22
_ALIKE = 0.35  # how alike the links of one person are
_BEARS_SD = 0.25  # log of the pull that people bear
_SIDE_SD = {
    "peak_dorsiflexion": 1.5,
    "heel_off": 0.015,
    "shank_at_heel_off": 1.2,
    "knee_flexion_at_peak_dorsiflexion": 2.0,
    "peak_plantarflexion": 2.0,
    "lunge_dorsiflexion_straight": 1.8,
    "lunge_dorsiflexion_bent": 1.8,
    "leg_raise_angle": 3.0,
}
_WITH_LUNGE = {"peak_dorsiflexion": 0.3, "shank_at_heel_off": 0.3, "heel_off": 0.3}


def people(order: Order) -> Bodies:
    """Return the people of an order, the same every time."""
    drawn = np.random.default_rng([order.seed, _STREAM])
    n = order.count
    level, kind = levels(order, drawn), kinds(order, drawn)
    loose = drawn.standard_normal(n)

    def alike() -> Array:
        own = drawn.standard_normal(n)
        return np.asarray(ndtr(np.sqrt(_ALIKE) * loose + np.sqrt(1 - _ALIKE) * own))

    hip = HIP.draw(level[Link.HAMSTRING], alike(), drawn.uniform(size=n), order.strength)
    lunge = LUNGE.draw(level[Link.CALF], alike(), drawn.uniform(size=n), order.strength)
    lumbar = LUMBAR.draw(level[Link.BACK], alike(), drawn.uniform(size=n), order.strength)
    height = np.exp(drawn.normal(np.log(1.67), 0.055, n))
    leg_m = 0.53 * height
    bend, fingertip, stretch = _bend(hip, lunge, lumbar, kind, drawn)
    depth = LUNGE.depth(level[Link.CALF], lunge)
    speed = np.exp(drawn.normal(np.log(0.43), 0.15, n)) - 0.03 * depth
    speed = np.where(kind == "slow", drawn.uniform(0.19, 0.30, n), speed)
    speed = np.clip(speed, walking.SLOWEST, walking.FASTEST)
    sided = {
        **_walk(level[Link.CALF], lunge, depth, speed, drawn),
        **_lunge(level[Link.CALF], lunge, drawn),
        "leg_raise_angle": 20 + 0.75 * (hip + 0.5 * stretch) + 7 * _skewed(drawn, n),
    }
    return Bodies(
        order=order,
        generator=NAME,
        kind=kind,
        level=level,
        leg_m=leg_m,
        fingertip_m=fingertip * height,
        bend=bend,
        speed=walking.leg_lengths_a_second(speed, leg_m),
        sided=walking.on_both_legs(sided, _SIDE_SD, drawn),
    )


def _skewed(drawn: np.random.Generator, n: int) -> Array:
    """Return numbers of mean 0 and sd 1 with a long upper tail."""
    return np.asarray((drawn.gamma(4.0, size=n) - 4.0) / 2.0)


def _bend(
    hip: Array, lunge: Array, lumbar: Array, kind: Names, drawn: np.random.Generator
) -> tuple[dict[str, Array], Array, Array]:
    """Return the bend, the fingertips' height, and how far the person stretches past the usual."""
    n = len(hip)
    give = drawn.uniform(4, 8, n)  # degrees over which the pull grows e-fold
    bears = drawn.normal(0, _BEARS_SD, n)
    bears = np.where(kind == "stops_early", -drawn.uniform(1.0, 4.0, n), bears)
    bears = np.where(kind == "guards", -drawn.uniform(0.5, 2.5, n), bears)
    joint = drawn.normal(95, 9, n)
    joint = np.where(kind == "stiff_hips", drawn.normal(60, 5, n), joint)
    joint = np.where(kind == "belly", drawn.normal(66, 5, n), joint)
    feels = drawn.uniform(size=n) < 0.35  # the calves in the bend: nerves, not everybody
    pull = np.where(feels, 2 + 0.3 * np.maximum(33 - lunge, 0), 0)

    def at_knee(knee: Array, calf_pull: Array) -> Array:
        length = hip + give + 0.5 * knee - calf_pull  # the pull borne is e of this scale
        soft = np.logaddexp(-length / give, -joint / give)
        return np.asarray(np.maximum(-give * soft + give * (bears - 1), 15))

    missing = np.maximum(70 - at_knee(np.zeros(n), pull), 0)
    knee = 1.2 * np.exp(0.8 * drawn.standard_normal(n)) + drawn.uniform(0, 0.25, n) * missing
    hips = at_knee(knee, pull)
    stretch = give * np.clip(bears, -0.5, 0.5)
    drive = drawn.normal(80, 14, n) * np.exp(0.3 * bears) + drawn.uniform(-0.5, 1, n) * missing
    drive = np.maximum(np.where(kind == "guards", drive * 0.45, drive), 10)
    bent = 1.12 * lumbar * np.tanh(drive / np.maximum(1.1 * lumbar, 1))
    bent = np.where(kind == "belly", bent * 0.85, bent)
    thoracic = np.maximum(6 + 0.22 * bent + 5 * _skewed(drawn, n), 2)
    shift = np.maximum(4 + 2.5 * _skewed(drawn, n), 0)
    pelvis = hips - shift - knee / 2
    arm = drawn.normal(chain.ARM, 0.013, n) - np.where(kind == "short_arms", 0.03, 0)
    over_hip = chain.bent_parts(pelvis, bent, thoracic)
    bend = {
        "pelvis_on_thigh_flexion": hips,
        "pelvic_rotation": pelvis,
        "lumbar_flexion": bent,
        "knee_bend": knee,
        "hip_share": pelvis / (pelvis + bent),
        "soft_knee_gain": at_knee(knee + 22, 0.0 * pull) - hips + drawn.normal(0, 3, n),
        "heel_wedge_gain": 0.01 * (at_knee(knee, pull * 0.2) - hips)
        + np.maximum(drawn.normal(0.025, 0.015, n), 0),
    }
    return bend, chain.fingertip(over_hip, shift, knee, arm), stretch


def _walk(
    level: Ints, lunge: Array, depth: Array, speed: Array, drawn: np.random.Generator
) -> dict[str, Array]:
    """Return walking; every sign shows its own share of the calves' effect."""
    n = len(level)
    own_lunge = LUNGE.within_class(level, lunge)
    found = {}
    for name, habit in walking.HABITS.items():
        r = _WITH_LUNGE.get(name, 0.0)
        own = r * own_lunge + np.sqrt(1 - r * r) * _skewed(drawn, n)
        shown = drawn.uniform(0, walking.LARGEST_SHARE, n)
        found[name] = walking.fitted(name, speed) + habit.sd * own + habit.effect * shown * depth
    return found


def _lunge(level: Ints, lunge: Array, drawn: np.random.Generator) -> dict[str, Array]:
    """Return the wall lunge; a bent knee frees stiff calves by anything from little to much."""
    n = len(level)
    freed = np.where(level == FREE, drawn.uniform(2, 14, n), drawn.uniform(2, 20, n))
    short_of = drawn.exponential(1.2, n)
    return {
        "lunge_dorsiflexion_straight": lunge - short_of,
        "lunge_dorsiflexion_bent": lunge + freed - drawn.exponential(1.2, n),
    }
