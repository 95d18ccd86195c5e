"""The error bars themselves: a stick figure's true value within 2 sd in 95 of 100 seeds.

Two kinds of error, each by itself: every point off anew in every frame by 1.5 % of body height
(with a wobble of 0.5 % in the outline), and every point off for good by 1.5 cm on a body of 1.7 m,
which is the error that the table of doubt was made for.

The clip is taken as showing its activity all along: what is tested is the doubt, not whether
somebody trembling that much is recognised as standing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from posture.measures.bend import bend_measures
from posture.measures.bend_poses import bend_poses
from posture.measures.cycle_curves import pass_of
from posture.measures.gait import gait_measures
from posture.measures.lunge import lunge_measures
from posture.measures.push_off import push_off_measures
from posture.measures.standing import standing_measures
from posture.measures.take import Take
from posture.measures.walk import walk_of
from posture.types import Activity, Measure
from tests.make import SIDE_ON, Camera, Flaws, filmed, seconds, taken
from tests.stick import (
    BENT,
    LEG_LENGTH,
    NECK,
    STANDING,
    Figure,
    Gait,
    Pose,
    gait_truth,
    moving,
    standing,
    walking,
)

SEEDS = 100
LEAST_HITS_FRAC = 0.95  # of the numbers given
LEAST_GIVEN = 95  # of the seeds: an interval is not kept by giving no number
TREMBLING = Flaws(noise=0.015, outline_noise=0.005)
MISPLACED = Flaws(offset=0.015 / 1.7, noise=0.003, outline=False)
BACK = {  # the outline's; MISPLACED moves points, not outlines
    "pelvic_tilt",
    "lumbar_curve",
    "thoracic_rounding",
    "pelvis_on_thigh_flexion",
    "pelvic_rotation",
    "lumbar_flexion",
    "thoracic_flexion",
    "spine_flexion",
    "upper_trunk_rotation",
    "hip_share",
}
STRAIGHT = Pose(shank_deg=33.0, knee_deg=3.0, trunk_deg=25.0)
SOFT = Pose(shank_deg=39.0, knee_deg=30.0, trunk_deg=12.0)
RATE_HZ = 20.0  # of the slow tests, to be quick; 6 Hz still fits in


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One figure, how it is measured and what should come out."""

    figure: Figure
    activity: Activity
    measures: Callable[[Take], tuple[Measure, ...]]
    truth: Mapping[str, float]
    camera: Camera = SIDE_ON


def of_bends(take: Take) -> tuple[Measure, ...]:
    return bend_measures(take, bend_poses(take))


def of_walking(take: Take) -> tuple[Measure, ...]:
    walk = walk_of(take)
    return (*gait_measures(take, walk), *push_off_measures(pass_of(take, walk)))


PELVIS = BENT.sacrum_deg - STANDING.sacrum_deg
LUMBAR = BENT.junction_deg - STANDING.junction_deg - PELVIS
THORAX = BENT.thorax_deg - STANDING.thorax_deg - PELVIS - LUMBAR
TREADMILL = Gait(treadmill=True)
OVER_GROUND = {"step_length", "walking_speed"}
CASES = {
    "standing": Case(
        figure=standing(seconds(0.8, RATE_HZ)),
        activity=Activity.STANDING,
        measures=standing_measures,
        truth={
            # the stick's ASIS-PSIS line lies by choice where the constant of `pelvic_tilt` puts it
            "pelvic_tilt": STANDING.sacrum_deg - 15.0,
            "lumbar_curve": STANDING.sacrum_deg - STANDING.junction_deg,
            "thoracic_rounding": STANDING.thorax_deg - STANDING.junction_deg,
            "trunk_lean": STANDING.trunk_deg,
            "pelvic_shift": STANDING.hip[0] / LEG_LENGTH,
            "head_forward": NECK * math.sin(math.radians(STANDING.head_deg)),
            "knee_flexion": STANDING.knee_deg,
            "shank_lean": STANDING.shank_deg,
        },
    ),
    "forward bend": Case(
        figure=moving(seconds(2.6, RATE_HZ), [(0.7, STANDING), (1.9, BENT)]),
        activity=Activity.FORWARD_BEND,
        measures=of_bends,
        truth={
            "fingertip_floor": BENT.fingertip_height / LEG_LENGTH,
            "reach_fraction": 1 - BENT.fingertip_height / STANDING.fingertip_height,
            "pelvis_on_thigh_flexion": PELVIS - (BENT.thigh_deg - STANDING.thigh_deg),
            "pelvic_rotation": PELVIS,
            "lumbar_flexion": LUMBAR,
            "thoracic_flexion": THORAX,
            "spine_flexion": LUMBAR + THORAX,
            "upper_trunk_rotation": PELVIS + LUMBAR + THORAX,
            "hip_share": PELVIS / (PELVIS + LUMBAR),
            "trunk_flexion": BENT.trunk_deg - STANDING.trunk_deg,
            "knee_bend": BENT.knee_deg - STANDING.knee_deg,
            "ankle_in_bend": BENT.shank_deg - STANDING.shank_deg,
            "hip_back_shift": (STANDING.hip[0] - BENT.hip[0]) / LEG_LENGTH,
        },
    ),
    "wall lunge": Case(
        figure=moving(seconds(3.0, RATE_HZ), [(1.2, STRAIGHT), (1.8, SOFT)], far_foot_ahead=0.40),
        activity=Activity.WALL_LUNGE,
        measures=lunge_measures,
        truth={
            "lunge_dorsiflexion_straight": STRAIGHT.shank_deg,
            "lunge_dorsiflexion_bent": SOFT.shank_deg,
            "gastrocnemius_share": SOFT.shank_deg - STRAIGHT.shank_deg,
        },
    ),
    "walking on a treadmill": Case(
        figure=walking(seconds(7.0), TREADMILL).figure,
        activity=Activity.WALKING,
        measures=of_walking,
        truth={k: v for k, v in gait_truth(TREADMILL).items() if k not in OVER_GROUND},
    ),
    "walking over ground": Case(
        figure=walking(seconds(3.6)).figure,
        activity=Activity.WALKING,
        measures=of_walking,
        truth={k: v for k, v in gait_truth(Gait()).items() if k in OVER_GROUND | {"cadence"}},
        camera=Camera(size_px=(2000, 1080)),
    ),
}


def short_of_their_doubt(case: Case, flaws: Flaws, names: set[str]) -> dict[str, str]:
    """The measures whose true value lies within two of the stated sd in too few of the seeds."""
    given: dict[str, list[bool]] = {name: [] for name in sorted(names)}
    for seed in range(SEEDS):
        clip = filmed(case.figure, case.camera, replace(flaws, seed=seed))
        take = taken(clip, case.activity)
        for m in case.measures(take):
            if m.name in given and m.side is not take.near.other and not math.isnan(m.value):
                given[m.name].append(abs(m.value - case.truth[m.name]) <= 2 * m.sd)
    return {
        name: f"{sum(held)} of {len(held)}"
        for name, held in given.items()
        if len(held) < LEAST_GIVEN or sum(held) < LEAST_HITS_FRAC * len(held)
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_points_that_tremble_by_a_fortieth_of_a_leg_are_covered(case: Case) -> None:
    flaws = TREMBLING
    if not BACK & set(case.truth):
        flaws = replace(flaws, outline=False)

    assert short_of_their_doubt(case, flaws, set(case.truth)) == {}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_points_misplaced_for_good_by_15_mm_are_covered(case: Case) -> None:
    assert short_of_their_doubt(case, MISPLACED, set(case.truth) - BACK) == {}


def test_the_doubt_is_not_covered_by_being_boundless() -> None:
    # the widest honest interval of an angle of the legs: no use if it held every person
    take = taken(filmed(CASES["walking on a treadmill"].figure), Activity.WALKING)

    sds = {m.name: m.sd for m in of_walking(take) if not math.isnan(m.value)}

    assert sds["knee_extension_midstance"] < 8.0
    assert sds["peak_dorsiflexion"] < 7.0
    assert sds["stance_share"] < 0.07
    assert sds["cadence"] < 2.0


def test_one_seed_makes_one_clip_and_another_another() -> None:
    clips = [
        filmed(CASES["standing"].figure, SIDE_ON, replace(TREMBLING, seed=seed, outline=False))
        for seed in (1, 1, 2)
    ]

    assert np.array_equal(clips[0].xy_px, clips[1].xy_px)
    assert not np.array_equal(clips[0].xy_px, clips[2].xy_px)
