"""What is asked of the measures of a take, and what one activity's measures give."""

from __future__ import annotations

from dataclasses import dataclass, field

from posture.measures.bend_poses import BendSettings
from posture.measures.calibration import CalibrationSettings
from posture.measures.cycle_curves import Pass
from posture.measures.gates import GateSettings
from posture.measures.settings import (
    LegRaiseSettings,
    LungeSettings,
    StandingSettings,
    VariantSettings,
)
from posture.measures.walk import GaitSettings
from posture.types import Event, Measure, Signal, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one take gave."""

    measures: tuple[Measure, ...]
    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()
    one_pass: Pass | None = None  # of walking


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The part of `posture.settings.Settings` that the measures read."""

    # calibration: standing, pelvis fully back, then fully forward; the others are bends
    variant: Variant = "none"
    belt_m_s: float | None = None
    pain: float | None = None  # today, 0 to 10; None = nobody was asked
    standing: StandingSettings = field(default_factory=StandingSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    bend: BendSettings = field(default_factory=BendSettings)
    gates: GateSettings = field(default_factory=GateSettings)
    bend_variants: VariantSettings = field(default_factory=VariantSettings)
    gait: GaitSettings = field(default_factory=GaitSettings)
    lunge: LungeSettings = field(default_factory=LungeSettings)
    leg_raise: LegRaiseSettings = field(default_factory=LegRaiseSettings)
