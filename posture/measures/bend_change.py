"""A bend is a change from standing: from the same person's, or from people's where none was filmed.

What people's standing reads, as the model's points and outlines have it, is in `PEOPLE`; how far
one person's may lie from it is the row's `neutral` in uncertainty.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from posture.measures.bend_poses import BendPoses
from posture.measures.doubt import doubt_rows
from posture.measures.quality import GOOD, Grade, measured
from posture.measures.take import Take
from posture.signals.known import known_median
from posture.types import Floats, Measure, Quality, Reason

# Ours: medians of quiet standing, read by the same functions, off 24 rendered bodies of two
# generators and of three real people. Spread: trunk 3, knee 3.3, thigh 2.7, shank 1.6, sacrum 11,
# junction 5, thorax 6 deg; hips .02 leg lengths; fingertips .03 (the truth generator draws knees
# of 2 +- 3.5 and shanks of 3 +- 1.5 deg, posture/truth/people.py).
PEOPLE: Mapping[str, float] = {
    "trunk": -0.3,
    "knee": 1.5,
    "knee_edge": 1.0,
    "thigh": 2.3,
    "shank": 3.7,
    "sacrum": 26.0,
    "junction": -11.0,
    "thorax": 4.0,
    "hips_ahead": 0.05,  # leg lengths
    "fingertip": 0.78,  # leg lengths over the floor, arms hanging, as `tip_height` reads it
}


def at(values: Floats, frames: tuple[int, int]) -> float:
    """Return the median over some frames.

    Needs
        Values over the whole clip.
    """
    return known_median(values[slice(*frames)])


def standing_level(name: str, values: Floats, poses: BendPoses) -> float:
    """Return what a quantity reads in standing: the person's own, else people's.

    Needs
        A name of `PEOPLE`.
    Source
        `PEOPLE`.
    """
    return PEOPLE[name] if poses.neutral is None else at(values, poses.neutral)


def change(name: str, values: Floats, poses: BendPoses) -> float:
    """Return how a quantity differs at the bottom from standing.

    Needs
        A name of `PEOPLE`.
    """
    return at(values, poses.bottom) - standing_level(name, values, poses)


def standing_grade(poses: BendPoses) -> Grade:
    """Return whether the standing pose is the person's own."""
    if poses.neutral is not None:
        return GOOD
    return Grade(quality=Quality.SUSPECT, reason=Reason("bend_without_standing"))


def bottom_grade(poses: BendPoses) -> Grade:
    """Return whether the bottom was reached before the clip ended, or after it began.

    Source
        `Bend.unfinished_deg`.
    """
    if poses.unfinished_deg == 0:
        return GOOD
    return Grade(quality=Quality.SUSPECT, reason=Reason("bend_cut_off"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """What one number of a bend is in doubt by, beyond its row."""

    more: Mapping[str, float]
    shape: float | None = None  # as in `spread_of`
    from_standing: bool = True  # a change; else it is read at the bottom alone


def bend_measure(
    name: str, take: Take, poses: BendPoses, value: float, grade: Grade, causes: Causes
) -> Measure:
    """Return a measure of a bend with the doubts that all of them share.

    Unit
        That of the measure's row.
    Sign
        That of the measure.
    Needs
        A row in uncertainty.toml.
    Source
        `measured`; a single picture may be any instant of a bend, and adds its error once more.
    """
    more = dict(causes.more)
    row = doubt_rows()[take.segment.activity, name]
    if causes.from_standing and poses.borrowed and row.neutral:
        more["neutral"] = poses.borrowed * row.neutral
    if poses.unfinished_deg:
        more["cut_off"] = poses.unfinished_deg * _PER_TRUNK_DEG[row.unit]
    found = measured(
        name, take, take.near, value, grade, frames=poses.bottom, more=more, shape=causes.shape
    )
    if found.quality is Quality.MISSING or not take.is_still:
        return found
    return replace(found, spread={**found.spread, "single_picture": found.sd})


# ours; what is still missing of each for every degree the trunk has yet to go: hips and spine share
# it, and an arm's length hangs from a shoulder 0.54 leg lengths from the hip
_PER_TRUNK_DEG: Mapping[str, float] = {
    "deg": 0.6,
    "frac": 0.006,
    "leg_length": 0.005,
    "m": 0.0045,
}
