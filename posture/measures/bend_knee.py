"""The knee in a forward bend: by the points and by the leg's edge, and what it lets off."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from posture.measures.bend_change import PEOPLE, change
from posture.measures.bend_poses import BendPoses, BendSettings
from posture.measures.limits import LEAST_READ, LOOKED_AT
from posture.measures.quality import GOOD, Grade
from posture.measures.take import Take
from posture.signals.leg_edge import knee_edge
from posture.types import Quality, Reason

# The model's hip point slides towards the buttock as the pelvis turns, while hip, knee and ankle
# stay in line: the knee then reads too much. Ours: read off rendered bends of known knees and off
# three real folds whose knees are straight in the picture, see docs/method.md 3.2.
_SLIP_DEG = 2.5  # of the knee, with the trunk turned by `_SLIP_TRUNK_DEG`
_SLIP_TRUNK_DEG = 95.0
_SLIP_POWER = 2.5
_POINTS_SD_DEG = 4.5
_EDGE_SD_DEG = 2.2
_PEOPLE_KNEE_SD_DEG = 4.0
_PEOPLE_EDGE_SD_DEG = 3.5
# A degree of knee slackens the hamstrings like half a degree of hip: their moment arms are 6 to 7
# cm at the hip and 3 to 4 cm at the knee (Visser 1990, Hawkins & Hull 1990, from memory); the
# truth's people give back 0.40 to 0.65 (posture/truth/restriction/hard.py).
SLACK_PER_KNEE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class KneeAngle:
    """How far a knee is bent, with its error."""

    deg: float
    sd_deg: float
    by_edge: bool  # whether the outline's edge has a part in it


@dataclass(frozen=True, slots=True, kw_only=True)
class KneeReading:
    """The knee at the bottom of a bend."""

    change: KneeAngle  # from the same person's standing, or people's
    straight: KneeAngle  # from how people stand: a knee that is overstretched in standing is not
    # bent by being straight in the bend

    def chance_over(self, limit_deg: float) -> float:
        """Return how probable it is that the knee is bent further than this, by either reading.

        Unit
            Chance, 0 to 1; 0 where the knee was not read.
        Source
            Normal error; the less probable of the two.
        """
        return min(chance_over(k.deg, k.sd_deg, limit_deg) for k in (self.change, self.straight))

    @property
    def slack_deg(self) -> float:
        """How much hip flexion soft knees may have let off, never negative."""
        bent = min(self.change.deg, self.straight.deg)
        return SLACK_PER_KNEE * max(0.0, bent) if math.isfinite(bent) else 0.0


def chance_over(value: float, sd: float, limit: float) -> float:
    """Return how probable it is that a value with this error is truly over a limit.

    Unit
        Chance, 0 to 1; 0 where the value is not known.
    Source
        Normal error.
    """
    if not math.isfinite(value):
        return 0.0
    if sd == 0:
        return float(value > limit)
    return 0.5 * math.erfc((limit - value) / (sd * math.sqrt(2)))


def hip_slip_deg(take: Take, poses: BendPoses) -> float:
    """Return by how much the model's sliding hip point lets the knee read too much.

    Unit
        Degrees of the knee, and of the thigh's lean backwards.
    Sign
        Never negative.
    Needs
        The shoulder-hip line in both poses.
    Source
        Ours, see `_SLIP_DEG`; it grows with the trunk's turn and is nothing in standing.
    """
    if not take.settings.uses_learnt:
        return 0.0
    trunk = take.body.inclination("trunk").value
    turned = change("trunk", trunk, poses)
    if not turned > 0:
        return 0.0
    return float(_SLIP_DEG * (turned / _SLIP_TRUNK_DEG) ** _SLIP_POWER)


def knee_reading(take: Take, poses: BendPoses) -> KneeReading:
    """Return the knee at the bottom of a bend, by points and edge together.

    Unit
        Degrees.
    Sign
        Positive flexed.
    Needs
        The near leg seen in both poses; the edge counts where half of the frames show one.
    Source
        Points less `hip_slip_deg`, and `posture.signals.leg_edge`; weighted by their errors, which
        grow where the two disagree by more than they should.
    """
    own = _angle(take, poses)
    if poses.neutral is None:
        return KneeReading(change=own, straight=own)
    peoples = replace(poses, neutral=None, borrowed=1.0)
    return KneeReading(change=own, straight=_angle(take, peoples))


def _angle(take: Take, poses: BendPoses) -> KneeAngle:
    knee = take.body.knee.value
    by_points = change("knee", knee, poses) - hip_slip_deg(take, poses)
    points_sd = math.hypot(_POINTS_SD_DEG, poses.borrowed * _PEOPLE_KNEE_SD_DEG)
    edge = _edge_change(take, poses)
    if edge is None or not math.isfinite(by_points):
        return KneeAngle(deg=by_points, sd_deg=points_sd, by_edge=False)
    by_edge, edge_sd = edge
    weights = np.array([points_sd**-2, edge_sd**-2])
    together = float(np.average([by_points, by_edge], weights=weights))
    apart = abs(by_points - by_edge) / math.hypot(points_sd, edge_sd)
    sd = float(weights.sum() ** -0.5) * max(1.0, apart)
    return KneeAngle(deg=together, sd_deg=sd, by_edge=True)


def knee_grade(reading: KneeReading, settings: BendSettings) -> Grade:
    """Return whether the knees stayed straight enough, as far as can be told.

    Unit
        Degrees, in the reason.
    Needs
        `knee_reading`.
    Source
        `BendSettings.knee_cheat_deg` and `knee_cheat_chance`.
    """
    if reading.chance_over(settings.knee_cheat_deg) < settings.knee_cheat_chance:
        return GOOD
    return Grade(
        quality=Quality.SUSPECT,
        reason=Reason("knees_bent_in_bend", {"knee_deg": reading.change.deg}),
    )


def _edge_change(take: Take, poses: BendPoses) -> tuple[float, float] | None:
    """Return the knee's change by the leg's edge and its error, or None where there is no edge."""
    if not take.settings.uses_learnt:
        return None
    bent = _edge_at(take, poses.bottom)
    if bent is None:
        return None
    upright = None if poses.neutral is None else _edge_at(take, poses.neutral)
    if upright is None:
        sd = math.hypot(_EDGE_SD_DEG, bent[1], _PEOPLE_EDGE_SD_DEG)
        return bent[0] - PEOPLE["knee_edge"], sd
    moved = poses.borrowed * _PEOPLE_EDGE_SD_DEG
    return bent[0] - upright[0], math.hypot(_EDGE_SD_DEG, bent[1], upright[1], moved)


def _edge_at(take: Take, frames: tuple[int, int]) -> tuple[float, float] | None:
    step = max(1, (frames[1] - frames[0]) // LOOKED_AT)
    wanted = range(frames[0], frames[1], step)
    found = [knee_edge(take.landmarks, take.forward, take.near, frame) for frame in wanted]
    known = [edge for edge in found if edge is not None]
    if len(known) < LEAST_READ * len(found):
        return None
    middle = float(np.median([edge.knee_deg for edge in known]))
    return middle, float(np.median([edge.sd_deg for edge in known]))
