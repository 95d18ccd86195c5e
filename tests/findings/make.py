"""Builders: a person as a handful of measures, in the units of docs/method.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from posture.findings.evidence import EvidenceTable, load_evidence
from posture.types import Activity, Finding, Link, Measure, Quality, Reason, Side, Unit

SUGGESTED_BEFORE_FITTING = 0.70
LEG_CM = 85.0  # docs/method.md speaks of cm; measures are in leg lengths

# name: activity, unit, the sd assumed in docs/method.md, section 6.2, its units per ours
SIGNS: dict[str, tuple[Activity, Unit, float, float]] = {
    "pelvis_on_thigh_flexion": (Activity.FORWARD_BEND, "deg", 7.0, 1.0),
    "lumbar_flexion": (Activity.FORWARD_BEND, "deg", 9.0, 1.0),
    "fingertip_floor": (Activity.FORWARD_BEND, "leg_length", 2.5, LEG_CM),
    "fingertip_floor_m": (Activity.FORWARD_BEND, "m", 2.5, 100.0),
    "knee_bend": (Activity.FORWARD_BEND, "deg", 4.5, 1.0),
    "hip_share": (Activity.FORWARD_BEND, "frac", 0.05, 1.0),
    "soft_knee_gain": (Activity.FORWARD_BEND, "deg", 6.0, 1.0),
    "heel_wedge_gain": (Activity.FORWARD_BEND, "leg_length", 2.5, LEG_CM),
    "leg_raise_angle": (Activity.LEG_RAISE, "deg", 4.0, 1.0),
    "lunge_dorsiflexion_straight": (Activity.WALL_LUNGE, "deg", 3.5, 1.0),
    "lunge_dorsiflexion_bent": (Activity.WALL_LUNGE, "deg", 3.5, 1.0),
    "heel_off": (Activity.WALKING, "frac", 2.5, 100.0),
    "shank_at_heel_off": (Activity.WALKING, "deg", 3.0, 1.0),
    "peak_dorsiflexion": (Activity.WALKING, "deg", 5.0, 1.0),
    "knee_flexion_at_peak_dorsiflexion": (Activity.WALKING, "deg", 4.5, 1.0),
    "walking_speed": (Activity.WALKING, "leg_length_per_s", 0.0, 1.0),
    "strides": (Activity.WALKING, "count", 0.0, 1.0),
    "pelvic_tilt": (Activity.STANDING, "deg", 5.0, 1.0),
    "head_forward": (Activity.STANDING, "body_height", 0.01, 1.0),
}


def seen(
    name: str,
    value: float,
    side: Side = Side.BOTH,
    *,
    sd: float | None = None,
    quality: Quality = Quality.GOOD,
    segment: int | None = None,
) -> Measure:
    """One measure; value and sd in the units of docs/method.md (cm, per cent of the cycle)."""
    activity, unit, camera_sd, per_unit = SIGNS[name]
    return Measure(
        name=name,
        activity=activity,
        side=side,
        value=value / per_unit,
        unit=unit,
        spread={"camera": (camera_sd if sd is None else sd) / per_unit},
        segment=segment,
        quality=quality,
        reason=None if quality is Quality.GOOD else Reason("view_turned"),
    )


def missing(name: str, side: Side = Side.BOTH) -> Measure:
    return seen(name, math.nan, side, quality=Quality.MISSING)


def bend(hips: float, back: float, reach_cm: float) -> list[Measure]:
    return [
        seen("pelvis_on_thigh_flexion", hips),
        seen("lumbar_flexion", back),
        seen("fingertip_floor", reach_cm),
    ]


def lunge(side: Side, straight: float, bent: float) -> list[Measure]:
    return [
        seen("lunge_dorsiflexion_straight", straight, side),
        seen("lunge_dorsiflexion_bent", bent, side),
    ]


def both_lunges(straight: float, bent: float) -> list[Measure]:
    return lunge(Side.LEFT, straight, bent) + lunge(Side.RIGHT, straight, bent)


def speed(v: float) -> Measure:
    """Return the walking speed at which v = speed / sqrt(g x leg length)."""
    return seen("walking_speed", v / math.sqrt(0.85 / 9.81))


# What docs/method.md, section 4.3, expects at v = 0.45, worked out from its fits:
# heel-off 62.5 - 77.5 x .45 + 48.5 x .2025 = 37.44625; shank 20.3 - 11.6 x .45 = 15.08;
# dorsiflexion 16.2 - 11.8 x .45 = 10.89.
FREE = 0.45
HEEL_OFF_FREE, SHANK_FREE, DORSIFLEXION_FREE = 37.44625, 15.08, 10.89


def walk(
    side: Side, *, heel_off: float, shank: float, dorsiflexion: float, knee: float
) -> list[Measure]:
    """A leg at free speed; values as docs/method.md has them, residuals about 37, 15 and 12."""
    return [
        seen("heel_off", heel_off - 37 + HEEL_OFF_FREE, side),
        seen("shank_at_heel_off", shank - 15 + SHANK_FREE, side),
        seen("peak_dorsiflexion", dorsiflexion - 12 + DORSIFLEXION_FREE, side),
        seen("knee_flexion_at_peak_dorsiflexion", knee, side),
        seen("strides", 8, side),
    ]


def usual_walk() -> list[Measure]:
    legs = [
        walk(side, heel_off=37, shank=15, dorsiflexion=12, knee=8)
        for side in (Side.LEFT, Side.RIGHT)
    ]
    return [speed(FREE), *legs[0], *legs[1]]


def finding(findings: Sequence[Finding], link: Link, side: Side = Side.BOTH) -> Finding:
    (found,) = (f for f in findings if (f.link, f.side) == (link, side))
    return found


def chance(findings: Sequence[Finding], link: Link, side: Side = Side.BOTH) -> float:
    probability = finding(findings, link, side).probability
    assert probability is not None
    return probability


def nats(found: Finding) -> dict[tuple[str, Side], float]:
    return {(e.measure.name, e.measure.side): e.contribution_nats for e in found.evidence}


def model_alone() -> EvidenceTable:
    """The table without what was fitted on simulated bodies on top of it."""
    table = load_evidence()
    rules = replace(table.rules, suggested_probability=SUGGESTED_BEFORE_FITTING)
    return replace(table, calibrations=(), rules=rules)
