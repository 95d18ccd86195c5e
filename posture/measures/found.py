"""What is asked of the measures of a take, and what one activity's measures give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from posture.measures.settings import (
    LegRaiseSettings,
    LungeSettings,
    StandingSettings,
    VariantSettings,
)
from posture.types import Event, Measure, Signal, Variant

if TYPE_CHECKING:
    from posture.measures.bend_poses import BendSettings
    from posture.measures.calibration import CalibrationSettings
    from posture.measures.cycle_curves import Pass
    from posture.measures.gates import GateSettings
    from posture.measures.walk import GaitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one take gave."""

    measures: tuple[Measure, ...]
    signals: tuple[Signal, ...] = ()
    events: tuple[Event, ...] = ()
    one_pass: Pass | None = None  # of walking


class Asked(Protocol):
    """What `posture.settings.Settings` says to the measures; it lies further down the flow."""

    @property
    def variant(self) -> Variant: ...
    @property
    def belt_m_s(self) -> float | None: ...
    @property
    def pain(self) -> float | None: ...
    @property
    def standing(self) -> StandingSettings: ...
    @property
    def calibration(self) -> CalibrationSettings: ...
    @property
    def bend(self) -> BendSettings: ...
    @property
    def bend_variants(self) -> VariantSettings: ...
    @property
    def gait(self) -> GaitSettings: ...
    @property
    def lunge(self) -> LungeSettings: ...
    @property
    def leg_raise(self) -> LegRaiseSettings: ...
    @property
    def gates(self) -> GateSettings: ...
