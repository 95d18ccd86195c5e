"""The first generator: limbs that go as far as they go and stop there.

The hamstrings set how far the pelvis turns over a straight knee; bending the knee gives a share of
it back, until the hip joint or the belly stops it. The same length stops the leg raise. Calves
stop the lunge, pull a little at the hips, and change walking by a share of what is published,
from none to 1.4. A stiff back stops the lumbar part. Hip flexion, spine and arms then say where
the fingertips end. Sizes without a source are ours; couplings.py holds what they must reproduce.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.truth.restriction import chain, walking
from posture.truth.restriction.people import (
    BORDERLINE,
    HIP,
    LINKS,
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

NAME = "hard limits"
_STREAM = 11  # apart from the other generator's people

# What the walking numbers have in common with the lunge and with each other, within a class: set
# so that lunge and dorsiflexion agree as published (r .52).
_WITH_LUNGE = {
    "peak_dorsiflexion": 0.75,
    "heel_off": 0.25,
    "shank_at_heel_off": 0.35,
    "knee_flexion_at_peak_dorsiflexion": -0.15,
    "peak_plantarflexion": 0.0,
}
_WITH_STYLE = 0.4
_SIDE_SD = {
    "peak_dorsiflexion": 1.0,
    "heel_off": 0.01,
    "shank_at_heel_off": 0.8,
    "knee_flexion_at_peak_dorsiflexion": 1.5,
    "peak_plantarflexion": 1.5,
    "lunge_dorsiflexion_straight": 1.2,
    "lunge_dorsiflexion_bent": 1.2,
    "leg_raise_angle": 2.0,
}
_SOFT_KNEE_DEG = 22.0
_WEDGE_DEG = 10.0  # heels on 3 to 5 cm


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """Where one person's parts stop, deg."""

    hip: Array  # pelvis on thigh, knee straight, calves slack
    joint: Array  # the same, whatever the knee does
    per_knee: Array  # hip gained per degree of knee
    pull: Array  # hip lost to the calves' pull
    lumbar: Array
    lunge: Array


def people(order: Order) -> Bodies:
    """Return the people of an order, the same every time."""
    drawn = np.random.default_rng([order.seed, _STREAM])
    level, kind = levels(order, drawn), kinds(order, drawn)
    limits = _limits(order, level, kind, drawn)
    height = drawn.normal(1.66, 0.09, order.count)
    leg_m = 0.53 * height * np.exp(drawn.normal(0, 0.025, order.count))
    bend, fingertip = _bend(limits, kind, drawn)
    lunge_depth = LUNGE.depth(level[Link.CALF], limits.lunge)
    speed = _speed(kind, drawn)
    sided = {
        **_walk(level[Link.CALF], limits, lunge_depth, speed, drawn),
        **_lunge(level[Link.CALF], limits, drawn),
        "leg_raise_angle": _leg_raise(limits, drawn),
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


def _limits(
    order: Order, level: dict[Link, Ints], kind: Names, drawn: np.random.Generator
) -> _Limits:
    n = order.count
    bands = dict(zip(LINKS, (HIP, LUNGE, LUMBAR), strict=True))
    hip, lunge, lumbar = (
        bands[link].draw(level[link], drawn.uniform(size=n), drawn.uniform(size=n), order.strength)
        for link in LINKS
    )
    joint = np.maximum(drawn.normal(84, 7, n), 70)
    joint = np.where(kind == "stiff_hips", drawn.uniform(50, 64, n), joint)
    joint = np.where(kind == "belly", drawn.uniform(54, 70, n), joint)
    lumbar = lumbar - np.where(kind == "belly", drawn.uniform(3, 12, n), 0)
    pull = drawn.uniform(0, 8, n) * LUNGE.depth(level[Link.CALF], lunge)
    return _Limits(
        hip=hip,
        joint=joint,
        per_knee=drawn.uniform(0.4, 0.65, n),
        pull=pull,
        lumbar=np.maximum(lumbar, 8),
        lunge=lunge,
    )


def _bend(
    limits: _Limits, kind: Names, drawn: np.random.Generator
) -> tuple[dict[str, Array], Array]:
    """Return the true values of the bend, and the fingertips' height in body heights."""
    n = len(kind)
    effort = 1 - np.abs(drawn.normal(0, 0.03, n))
    effort = np.where(kind == "stops_early", drawn.uniform(0.55, 0.9, n), effort)
    hip_effort = np.where(kind == "guards", drawn.uniform(0.75, 1.0, n), effort)
    straight = np.minimum(limits.hip - limits.pull, limits.joint)
    short = np.clip((66 - straight) / 20, 0, 1)  # how much there is to make up for
    cheats = drawn.uniform(size=n) < 0.1 + 0.3 * short
    knee = np.abs(drawn.normal(0, 2.0, n)) + np.where(cheats, drawn.uniform(2, 12, n), 0)
    knee += np.where(kind == "guards", drawn.uniform(0, 8, n), 0)
    hip = np.minimum(limits.hip - limits.pull + limits.per_knee * knee, limits.joint) * hip_effort
    more = drawn.uniform(0, 1, n) * 0.15 * short  # the back makes up for the hips, or not
    use = np.minimum(drawn.uniform(0.9, 1.0, n) + more, 1.1) * effort
    use = np.where(kind == "guards", use * drawn.uniform(0.3, 0.75, n), use)
    lumbar = limits.lumbar * use
    thoracic = np.maximum(18 + 0.2 * (limits.lumbar - 52) + drawn.normal(0, 3, n), 3) * effort
    shift = np.maximum(drawn.normal(5, 2, n) + drawn.uniform(0, 4, n) * short, 0)
    pelvis = hip - shift - knee / 2
    arm = drawn.normal(chain.ARM, 0.008, n) - np.where(kind == "short_arms", 0.035, 0)
    over_hip = chain.straight_parts(pelvis, lumbar, thoracic)
    bend = {
        "pelvis_on_thigh_flexion": hip,
        "pelvic_rotation": pelvis,
        "lumbar_flexion": lumbar,
        "knee_bend": knee,
        "hip_share": pelvis / (pelvis + lumbar),
        **_variants(limits, hip, hip_effort, knee, drawn),
    }
    return bend, chain.fingertip(over_hip, shift, knee, arm)


def _variants(
    limits: _Limits, hip: Array, effort: Array, knee: Array, drawn: np.random.Generator
) -> dict[str, Array]:
    """Return what soft knees and raised heels gain: hip degrees, and reach in leg lengths."""
    n = len(hip)
    soft = np.minimum(limits.hip + limits.per_knee * _SOFT_KNEE_DEG, limits.joint) * effort
    freed = np.maximum(drawn.normal(0.3, 0.2, n), 0) * _WEDGE_DEG + limits.pull  # Kawano 2010: 4
    wedge = np.minimum(limits.hip - limits.pull + limits.per_knee * knee + freed, limits.joint)
    per_deg = 0.016  # leg lengths of reach a degree of hip, from the chain at 60 to 75 deg
    return {
        "soft_knee_gain": soft - hip + drawn.normal(0, 2.5, n),
        "heel_wedge_gain": (wedge * effort - hip) * per_deg * 0.7 + drawn.normal(0, 0.012, n),
    }


def _leg_raise(limits: _Limits, drawn: np.random.Generator) -> Array:
    """Return the leg raise: the hamstrings' length again, felt on another day lying down.

    The pelvis tilts along: 3 deg over the bend (75 against 72). Its own scatter is set so that
    leg raise and reach agree as published (r -.57).
    """
    n = len(limits.hip)
    raised = limits.hip + 3 - 0.3 * limits.pull + drawn.normal(0, 4.8, n)
    return np.minimum(raised, limits.joint + 12)


def _speed(kind: Names, drawn: np.random.Generator) -> Array:
    n = len(kind)
    speed = drawn.normal(0.44, 0.06, n)
    speed = np.where(kind == "slow", drawn.uniform(0.20, 0.32, n), speed)
    return np.clip(speed, walking.SLOWEST, walking.FASTEST)


def _walk(
    level: Ints, limits: _Limits, depth: Array, speed: Array, drawn: np.random.Generator
) -> dict[str, Array]:
    """Return walking: usual at the speed, the person's way, and a share of the calves' effect."""
    n = len(level)
    lunge = LUNGE.within_class(level, limits.lunge)
    style = drawn.standard_normal(n)
    shown = drawn.uniform(0, walking.LARGEST_SHARE, n)  # one share for all that a person shows
    found = {}
    for name, habit in walking.HABITS.items():
        r = _WITH_LUNGE[name]
        s = _WITH_STYLE * np.sqrt(1 - r * r)
        own = r * lunge + s * style + np.sqrt(1 - r * r - s * s) * drawn.standard_normal(n)
        found[name] = walking.usual(name, speed) + habit.sd * own + habit.effect * shown * depth
    return found


def _lunge(level: Ints, limits: _Limits, drawn: np.random.Generator) -> dict[str, Array]:
    """Return the wall lunge with straight and bent knee.

    Where the gastrocnemius is short (6 in 10 stiff calves) a bent knee frees the ankle; where
    the soleus or the joint is, it hardly does.
    """
    n = len(level)
    muscle = drawn.uniform(size=n) < 0.6
    freed = np.maximum(limits.lunge + 3, drawn.normal(37, 5, n))
    hardly = limits.lunge + np.abs(drawn.normal(5, 2, n))
    as_usual = limits.lunge + np.abs(drawn.normal(6, 3.5, n))
    bent = np.where(level < BORDERLINE, as_usual, np.where(muscle, freed, hardly))
    short_of = np.abs(drawn.normal(0, 1.0, n))  # not everyone leans to the very end
    return {
        "lunge_dorsiflexion_straight": limits.lunge - short_of,
        "lunge_dorsiflexion_bent": bent - short_of,
    }
