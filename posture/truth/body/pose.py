"""A pose: every angle in the sagittal plane, exact by construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPose:
    """One leg; inclinations in degrees, 0 upright, positive with the upper end ahead."""

    thigh: float = 0.0
    shank: float = 0.0
    foot: float = 0.0  # pitch, positive with the heel up
    toe: float = 0.0  # pitch of the toes

    @property
    def knee(self) -> float:
        """Flexion."""
        return self.shank - self.thigh

    @property
    def ankle(self) -> float:
        """Dorsiflexion."""
        return self.shank - self.foot


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPose:
    """One arm: how far the upper arm hangs back of the vertical, elbow flexion, abduction."""

    upper: float = 2.0
    elbow: float = 8.0
    out: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A whole body; degrees, flexed and forward positive, spine angles relative to what is below.

    Zero is the body's own neutral: legs and arms vertical, spine as at rest.
    """

    pelvis: float = 0.0  # rotation in space, forward
    lumbar: float = 0.0
    thorax: float = 0.0
    neck: float = 0.0
    head: float = 0.0
    left: LegPose = field(default_factory=LegPose)
    right: LegPose = field(default_factory=LegPose)
    left_arm: ArmPose = field(default_factory=ArmPose)
    right_arm: ArmPose = field(default_factory=ArmPose)
    turn: float = 0.0  # of the pelvis about the vertical
    lumbar_shares: tuple[float, float, float] = (0.36, 0.34, 0.30)  # from below
    scapula_m: float = 0.0  # how far the shoulder blades slide along the hanging arms
    lying: float = 0.0  # turn of the whole body about x; -90 is supine

    def legs(self) -> Iterator[tuple[str, LegPose, ArmPose]]:
        """Yield each side's letter with its leg and arm."""
        yield "L", self.left, self.left_arm
        yield "R", self.right, self.right_arm

    @property
    def upper_trunk(self) -> float:
        """Inclination of the upper back over its own neutral: pelvis and spine together."""
        return self.pelvis + self.lumbar + self.thorax
