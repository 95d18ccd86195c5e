"""Who stands before the camera: bodies, postures and movements as they vary among people.

Two populations. `people` is for scoring: adults as they are, standing and bending as published
samples do. `wide` is for training: every angle over more than its range, so that an estimator has
seen what it may meet. Every number has its reason beside it; "ours" where nobody published one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from posture.truth.body.looks import (
    HAIR_TONES,
    SKIN_TONES,
    Bottoms,
    Colour,
    Hair,
    Look,
    Top,
)
from posture.truth.body.shapes import Traits, template
from posture.truth.motion.gait import Footwork, Walk
from posture.truth.motion.standing import Arms, BendDepth, BendTiming, Stance, TiltRange

Population = Literal["people", "wide"]
POPULATIONS: tuple[Population, ...] = get_args(Population)
Restriction = Literal["none", "hamstring", "calf", "lumbar"]

# ASIS-PSIS line in neutral: 85 % of men and 75 % of women stand tilted forward (Herrington 2011),
# which with 5 deg of scatter puts the means at about 5 and 4; ours: 8 and 9, between those and the
# 13 deg that loose bones show (Preece 2008).
_PELVIS_LINE_DEG = {"man": 8.0, "woman": 9.0}
# Preece 2008 has 5 deg on loose bones; with the 4 deg of posture below, 3 leaves the 5 deg that
# standing people scatter by.
BONE_SHAPE_SD_DEG = 3.0
_PELVIS_SD_DEG = 4.0
_SMALLER = (
    "neck-scale-vert-incr",
    "head-trans-forward",
    "torso-scale-vert-incr",
    "upperlegs-height-incr",
    "lowerlegs-height-incr",
)
_LORDOSIS_SD_DEG, _LORDOSIS_WITH_PELVIS = 8.0, 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """One person."""

    traits: Traits
    pelvis_line_deg: float
    stance: Stance

    @property
    def woman(self) -> bool:
        """Whether the body is a woman's."""
        return self.traits.gender > 0.5


def someone(drawn: np.random.Generator, population: Population) -> Someone:
    """Return a person drawn from a population."""
    woman = bool(drawn.uniform() < 0.5)
    gender = float(np.clip(woman + drawn.uniform(-0.15, 0.15), 0, 1))
    wide = population == "wide"
    local = {
        name: float(np.clip(drawn.normal(0, 0.33), -0.9, 0.9)) for name in template().local_names
    }
    local["stomach-pregnant-incr"] = 0.5 * abs(local["stomach-pregnant-incr"])
    for name in _SMALLER:  # these change a person's height and build at once
        local[name] *= 0.4
    traits = Traits(
        gender=gender,
        age=float(drawn.uniform(0.56, 0.95)),
        muscle=float(drawn.uniform(0.3, 0.85)),
        weight=float(np.clip(drawn.normal(0.5, 0.2), 0.12, 0.97)),
        height=float(drawn.uniform(0.30, 0.46)),
        proportions=float(drawn.uniform(0.2, 0.9)),
        local=local,
    )
    line = _PELVIS_LINE_DEG["woman" if woman else "man"] + float(drawn.normal(0, BONE_SHAPE_SD_DEG))
    stance = wide_stance(drawn) if wide else usual_stance(drawn)
    return Someone(traits=traits, pelvis_line_deg=line, stance=stance)


def usual_stance(drawn: np.random.Generator) -> Stance:
    """Return how somebody stands, as people do."""
    normal = drawn.standard_normal(6)
    pelvis = _PELVIS_SD_DEG * float(normal[0])
    tied = _LORDOSIS_WITH_PELVIS
    lordosis = _LORDOSIS_SD_DEG * float(tied * normal[0] + np.sqrt(1 - tied**2) * normal[1])
    # ours: the upper back stays within 3 deg of where it balances, so rounding follows the hollow
    upper = -1.0 + 3.0 * float(normal[2])
    return Stance(
        pelvis=pelvis,
        lordosis=lordosis,
        kyphosis=upper - pelvis + lordosis,
        knee=2.0 + 3.5 * float(normal[3]),  # ours; hyperextension in about a third
        shank=3.0 + 1.5 * float(normal[4]),  # docs/method.md, section 2: 0 to 6
        head=6.0 * float(normal[5]),  # ours
        arm_sway=float(drawn.normal(0, 2)),
    )


def wide_stance(drawn: np.random.Generator) -> Stance:
    """Return a posture from beyond what people show."""
    pelvis = float(drawn.uniform(-14, 18))
    lordosis = float(drawn.uniform(0.0, 1.0)) * pelvis + float(drawn.normal(0, 8))
    upper = float(drawn.normal(-1, 4))
    return Stance(
        pelvis=pelvis,
        lordosis=lordosis,
        kyphosis=upper - pelvis + lordosis,
        knee=float(drawn.uniform(-8, 14)),
        shank=float(drawn.normal(3, 2.5)),
        head=float(drawn.normal(0, 8)),
        arm_sway=float(drawn.normal(0, 4)),
    )


def arms(drawn: np.random.Generator, population: Population) -> Arms:
    """Return what the arms do in standing: hanging or on the collar-bones, rarely anything else."""
    weights = [0.45, 0.35, 0.08, 0.08, 0.04] if population == "wide" else [0.5, 0.5, 0, 0, 0]
    kinds: tuple[Arms, ...] = ("hang", "collar", "cross", "front", "up")
    return kinds[int(drawn.choice(5, p=weights))]


def bend_depth(
    drawn: np.random.Generator, population: Population, restriction: Restriction = "none"
) -> BendDepth:
    """Return the bottom of a bend.

    People: pelvis on thigh 73 +- 8 deg when nothing is short and 50 +- 7 with short hamstrings
    (Gajdosik 1992: 72 +- 4 and 52 +- 9), lumbar 50 +- 11 (between Esola 1996 and Jandre Reis
    2015), 28 +- 7 with a stiff back; a stiff calf keeps the hips from going back.
    """
    if population == "wide":
        return BendDepth(
            hip=float(drawn.uniform(22, 98)),
            lumbar=float(drawn.uniform(8, 78)),
            thorax=float(drawn.uniform(0, 32)),
            knee=float(max(0.0, drawn.normal(2, 6))),
            shank=float(drawn.uniform(-11, 2)),
            neck=float(drawn.uniform(-10, 35)),
            arms_forward=float(drawn.uniform(-4, 25)),
            scapula_m=float(drawn.uniform(0, 0.16)),
            early_lumbar=float(drawn.uniform(0.55, 1.2)),
        )
    hip = float(drawn.normal(50, 7) if restriction == "hamstring" else drawn.normal(73, 8))
    if restriction == "calf":
        hip -= 4.0
    lumbar = float(drawn.normal(28, 7) if restriction == "lumbar" else drawn.normal(50, 11))
    shank = float(drawn.normal(-2, 1) if restriction == "calf" else drawn.normal(-6, 2))
    return BendDepth(
        hip=max(hip, 25.0),
        lumbar=float(np.clip(lumbar, 10, 80)),
        thorax=float(np.clip(drawn.normal(19, 6), 0, 36)),
        knee=float(max(0.0, drawn.normal(2, 2.5))),
        shank=shank,
        neck=float(drawn.normal(15, 8)),
        arms_forward=float(drawn.normal(1, 2)),
        scapula_m=float(np.clip(drawn.normal(0.130, 0.015), 0.05, 0.17)),
        early_lumbar=float(drawn.uniform(0.65, 0.95)),
    )


def tilt_range(drawn: np.random.Generator) -> TiltRange:
    """Return how far somebody tilts the pelvis when asked to.

    Ours: 10 deg either way with 3 between people, the hollow of the back going along; nobody's
    range is under 8 deg. The spread is what the measure has to tell apart, not a norm.
    """
    back, forward = np.clip(drawn.normal(9.5, 3.0, 2), 4.0, 18.0)
    return TiltRange(
        back=float(back),
        forward=float(forward),
        lumbar=float(np.clip(drawn.normal(1.0, 0.2), 0.4, 1.5)),
        knee=float(max(0.0, drawn.normal(2.0, 4.0))),
    )


def bend_timing(drawn: np.random.Generator) -> BendTiming:
    """Return how fast somebody bends."""
    return BendTiming(
        stand=float(drawn.uniform(0.9, 1.4)),
        down=float(drawn.uniform(1.2, 2.0)),
        hold=float(drawn.uniform(0.8, 1.4)),
        up=float(drawn.uniform(1.0, 1.6)),
        after=float(drawn.uniform(0.2, 0.6)),
    )


def walk(
    drawn: np.random.Generator,
    leg_m: float,
    restriction: Restriction = "none",
    relative: float | None = None,
) -> Walk:
    """Return how somebody walks: speed, and how the foot leaves the floor at that speed.

    Step and cadence rise with the square root of speed; heel-off is where the speed-adjusted norm
    puts it (docs/method.md, section 4.3), and the foot is pitched at toe-off as the norm of
    plantarflexion asks. The toes' tip leaves .065 of the cycle after the norm's toe-off, which is
    that of force plates: ours, five real walkers read by eye stood longer by .06 to .12. A short
    calf lifts the heel early. `relative` is the speed over sqrt(g leg); None draws it.
    """
    usual = float(np.clip(drawn.normal(0.40, 0.05), 0.27, 0.50))
    relative = usual if relative is None else relative
    speed = relative * float(np.sqrt(9.81 * leg_m))
    step_m = leg_m * float(1.18 * np.sqrt(relative) * drawn.normal(1, 0.03))
    rise = 0.625 - 0.775 * relative + 0.485 * relative**2 + float(drawn.normal(0, 0.02))
    feet = []
    for _ in ("left", "right"):
        early = 0.05 if restriction == "calf" else 0.0
        feet.append(
            Footwork(
                rise=float(np.clip(rise - early - 0.045 + drawn.normal(0, 0.01), 0.24, 0.48)),
                toe_off_pitch=float(drawn.normal(64, 5) - 40 * max(0.0, 0.40 - relative)),
                toe_joint=float(drawn.uniform(26, 38)),
                midstance_knee=float(max(0.0, drawn.normal(0, 2))) + (4.0 if early else 0.0),
            )
        )
    toe_off = 0.835 - 0.609 * relative + 0.452 * relative**2 + float(drawn.normal(0, 0.008))
    return Walk(
        stride_s=2 * step_m / speed,
        step_m=step_m,
        toe_off=float(np.clip(toe_off, 0.62, 0.73)),
        strike_pitch=float(drawn.normal(-19, 3)),
        trunk=float(drawn.normal(3, 2)),
        pelvis=float(drawn.normal(3, 2)),
        arm_swing=float(drawn.uniform(12, 28)),
        swing_knee=float(drawn.normal(60, 3)),
        left=feet[0],
        right=feet[1],
    )


def look(drawn: np.random.Generator, population: Population, *, woman: bool) -> Look:
    """Return clothes: fitted ones mostly, as people are asked to wear."""
    tops: tuple[Top, ...] = ("fitted", "bare", "loose", "hanging")
    lower: tuple[Bottoms, ...] = ("shorts", "tights", "trousers", "skirt")
    hairs: tuple[Hair, ...] = ("short", "long", "ponytail")
    top_shares = [0.55, 0.10, 0.17, 0.18] if population == "wide" else [0.60, 0.10, 0.15, 0.15]

    def colour(low: float, high: float) -> Colour:
        r, g, b = (float(value) for value in drawn.uniform(low, high, 3))
        return r, g, b

    top = tops[int(drawn.choice(4, p=top_shares))]
    sleeve = float(drawn.uniform(0.3, 0.85))
    if woman and top == "bare":
        top, sleeve = "fitted", 0.1  # a sports top
    return Look(
        skin=str(drawn.choice(list(SKIN_TONES))),
        hair=str(drawn.choice(list(HAIR_TONES))),
        hair_style=hairs[int(drawn.choice(3, p=[0.65, 0.15, 0.20]))],
        top=top,
        bottoms=lower[int(drawn.choice(4, p=[0.45, 0.27, 0.22, 0.06]))],
        barefoot=bool(drawn.uniform() < 0.4),
        shirt=colour(0.08, 0.85),
        bottoms_colour=colour(0.05, 0.6),
        shoes=colour(0.1, 0.9),
        sleeve=sleeve,
        shirt_gap_m=float(drawn.uniform(0.003, 0.009)),
        bottoms_gap_m=float(drawn.uniform(0.004, 0.010)),
        hang=float(drawn.uniform(0.6, 1.0)),
    )


def with_arms(stance: Stance, wanted: Arms) -> Stance:
    """Return the stance with the arms elsewhere."""
    return replace(stance, arms=wanted)
