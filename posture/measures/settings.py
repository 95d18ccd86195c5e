"""Settings of the measures of standing, of a bend's variants, of a lunge and of a leg raise.

Apart from what reads them: `found` says which are asked for, and all of these give what is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from posture.signals.course import ActivitySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSettings:
    """Numbers that shape the bend's variants, each with the reason it has."""

    soft_knee_deg: float = 20.0  # Baumbach 2014: 20 deg slacken the gastrocnemius


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRaiseSettings:
    """Numbers that shape the leg raise's measure, each with the reason it has."""

    hold_s: float = 0.5  # ours; a leg swung up is no hold
    hold_within_deg: float = 4.0  # ours; the hold is where the leg stays this near its highest
    least_deg: float = ActivitySettings().raise_deg
    knee_bent_deg: float = 15.0  # 10 by protocol plus the knee's own error
    knee_refused_deg: float = 25.0  # ours; a knee bent so far lets the hamstrings off
    other_leg_deg: float = 20.0  # ours; the other thigh off the floor tilts the pelvis along


@dataclass(frozen=True, slots=True, kw_only=True)
class LungeSettings:
    """Numbers that shape a lunge measure, each with the reason it has."""

    straight_knee_deg: float = 12.0  # ours; 5 by protocol plus the knee's own error
    bent_knee_deg: float = 20.0  # Baumbach 2014: 20 deg slacken the gastrocnemius
    heel_up_deg: float = 6.0  # ours; one frame's scatter of the foot's pitch
    heel_up_throughout_deg: float = 17.0  # ours; two flat feet of a rendered lunge read 15 apart
    quantile: float = 0.9  # ours; the deepest tenth, one frame being no hold


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSettings:
    """Numbers that shape a standing measure, each with the reason it has."""

    block_s: float = 1.0  # ours; frames repeat each other, seconds nearly do not
    still_picture_factor: float = 1.0  # ours; one picture adds this share of the fixed error again
    sacrum_over_tilt_deg: float = 15.0  # ours; outline less ASIS-PSIS line, 5 rendered bodies
    # the model's points against the joints, 68 rendered clips: the hip lies ahead by 0.029 leg
    # lengths, sd 0.022, the ear ahead of the shoulder by 0.017 heights more, sd 0.011
    hip_ahead_legs: float = 0.029
    ear_ahead_heights: float = 0.017
    hip_ahead_deg: float = 3.0  # the same at the hip, of a shoulder 0.54 leg lengths above it
    arms_up_sd_deg: float = (
        4.0  # ours; two people with arms overhead: shoulders moved by 0 to 5 deg
    )
    neutral_tilt_deg: float = 8.5  # ours; middle of the means of men and women (posture/truth)
    neutral_lordosis_deg: float = 30.0  # what the curve of a body's own neutral is called,
    neutral_kyphosis_deg: float = 35.0  # and its rounding; definitions
