"""The forward bend: chosen changes are read back, each in its own sign and place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import bend_events, bend_poses, find_bend
from posture.types import Activity, EventKind, Facing, Measure, Quality, Reason, Side
from tests.make import SIDE_ON, Camera, Flaws, filmed, seconds, taken
from tests.stick import BENT, LEG_LENGTH, STANDING, Figure, Pose, bending, moving, standing

PLAIN = Flaws(outline=False)
RIGID_HIPS = replace(
    BENT,
    trunk_deg=75.0,
    sacrum_deg=STANDING.sacrum_deg + 42.0,
    junction_deg=STANDING.junction_deg + 42.0 + 45.0,
    thorax_deg=STANDING.thorax_deg + 115.0,
)
FROM_THE_HIPS = replace(
    BENT,
    trunk_deg=90.0,
    sacrum_deg=STANDING.sacrum_deg + 80.0,
    junction_deg=STANDING.junction_deg + 80.0 + 15.0,
    thorax_deg=STANDING.thorax_deg + 80.0 + 15.0 + 5.0,
)
BENDS = {"usual": BENT, "hips hardly turn": RIGID_HIPS, "from the hips": FROM_THE_HIPS}


def measures_of(
    figure: Figure, camera: Camera = SIDE_ON, *, height_m: float | None = None
) -> dict[str, Measure]:
    take = taken(filmed(figure, camera), Activity.FORWARD_BEND, height_m=height_m)
    return {m.name: m for m in bend_measures(take, bend_poses(take))}


def truth(bent: Pose, upright: Pose = STANDING) -> dict[str, float]:
    """The changes as they were chosen."""
    pelvis = bent.sacrum_deg - upright.sacrum_deg
    lumbar = bent.junction_deg - upright.junction_deg - pelvis
    thorax = bent.thorax_deg - upright.thorax_deg
    return {
        "pelvic_rotation": pelvis,
        "lumbar_flexion": lumbar,
        "thoracic_flexion": thorax - pelvis - lumbar,
        "spine_flexion": thorax - pelvis,
        "upper_trunk_rotation": thorax,
        "pelvis_on_thigh_flexion": pelvis - (bent.thigh_deg - upright.thigh_deg),
        "trunk_flexion": bent.trunk_deg - upright.trunk_deg,
        "knee_bend": bent.knee_deg - upright.knee_deg,
        "ankle_in_bend": bent.shank_deg - upright.shank_deg,
    }


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize("bent", BENDS.values(), ids=BENDS.keys())
def test_what_hip_spine_and_leg_did_is_read_back(bent: Pose, facing: Facing) -> None:
    found = measures_of(bending(seconds(9.0), bent), Camera(facing=facing))

    for name, true in truth(bent).items():
        assert found[name].value == pytest.approx(true, abs=1.5), name
    chosen = truth(bent)
    turned = chosen["pelvic_rotation"] + chosen["lumbar_flexion"]
    assert found["hip_share"].value == pytest.approx(chosen["pelvic_rotation"] / turned, abs=0.01)


def test_fingertips_and_hips_are_where_they_were_put() -> None:
    found = measures_of(bending(seconds(9.0)), height_m=1.7)
    tip, hung = BENT.fingertip_height, STANDING.fingertip_height

    # the leg reads 2 % short, for the heel point lies above the floor
    assert found["fingertip_floor"].value == pytest.approx(tip / LEG_LENGTH, abs=0.005)
    assert found["fingertip_floor_m"].value == pytest.approx(tip * 1.7, abs=0.008)
    assert found["reach_fraction"].value == pytest.approx(1 - tip / hung, abs=0.01)
    assert found["hip_back_shift"].value == pytest.approx(
        (STANDING.hip[0] - BENT.hip[0]) / LEG_LENGTH, abs=0.005
    )


def test_hips_going_back_are_positive() -> None:
    assert measures_of(bending(seconds(9.0)))["hip_back_shift"].value > 0


def test_a_bend_can_take_its_standing_from_after_it() -> None:
    figure = moving(seconds(7.0), [(0.0, BENT), (2.0, BENT), (4.0, STANDING)])

    found = measures_of(figure)

    assert found["pelvic_rotation"].value == pytest.approx(57.0, abs=1.5)


def test_of_two_bends_the_deeper_one_is_measured() -> None:
    shallow = replace(BENT, trunk_deg=60.0)
    keys = [
        (1.0, STANDING),
        (2.5, shallow),
        (3.5, shallow),
        (5.0, STANDING),
        (6.0, STANDING),
        (7.5, BENT),
        (8.5, BENT),
        (10.0, STANDING),
    ]
    take = taken(filmed(moving(seconds(11.0), keys), SIDE_ON, PLAIN), Activity.FORWARD_BEND)

    bend = find_bend(take)

    assert bend is not None
    assert 6.0 < bend.start / 30 < bend.end / 30 < 10.0


def test_the_hold_and_not_the_way_there_is_measured() -> None:
    take = taken(filmed(bending(seconds(9.0)), SIDE_ON, PLAIN), Activity.FORWARD_BEND)

    poses = bend_poses(take)

    assert poses is not None
    assert poses.neutral is not None
    assert poses.bottom[0] / 30 == pytest.approx(3.5, abs=0.6)
    assert poses.bottom[1] / 30 == pytest.approx(5.5, abs=0.6)
    assert poses.neutral[1] / 30 < 2.5


def test_somebody_who_stands_has_not_bent() -> None:
    take = taken(filmed(standing(seconds(3.0)), SIDE_ON, PLAIN), Activity.FORWARD_BEND)

    assert find_bend(take) is None
    assert all(m.reason == Reason("not_a_bend") for m in bend_measures(take, bend_poses(take)))
    assert bend_events(take, bend_poses(take)) == ()
    assert bend_signals(take, bend_poses(take)) == ()


def test_a_bend_has_a_start_a_bottom_and_an_end() -> None:
    take = taken(filmed(bending(seconds(9.0)), SIDE_ON, PLAIN), Activity.FORWARD_BEND)

    start, held, bottom, let_go, end = bend_events(take, bend_poses(take))

    assert [e.kind for e in (start, held, bottom, let_go, end)] == [
        EventKind.BEND_START,
        EventKind.BEND_HOLD_START,
        EventKind.BEND_BOTTOM,
        EventKind.BEND_HOLD_END,
        EventKind.BEND_END,
    ]
    assert {e.side for e in (start, bottom, end)} == {Side.BOTH}
    assert start.time_s < held.time_s < bottom.time_s < let_go.time_s < end.time_s
    assert bottom.time_s == pytest.approx(4.5, abs=2 * bottom.sd_s)
    assert 1.5 < start.time_s < 3.5
    assert 5.5 < end.time_s < 7.2


def test_the_course_of_a_bend_ends_in_its_measures() -> None:
    take = taken(filmed(bending(seconds(9.0))), Activity.FORWARD_BEND)
    measures = {m.name: m.value for m in bend_measures(take, bend_poses(take))}

    for signal in bend_signals(take, bend_poses(take)):
        if signal.name == "fingertip_height":
            continue
        held = signal.value[(signal.time_s > 4.0) & (signal.time_s < 5.0)]
        assert np.median(held) == pytest.approx(measures[signal.name], abs=0.5), signal.name


def test_knees_bent_by_9_degrees_are_let_pass() -> None:
    found = measures_of(bending(seconds(9.0), replace(BENT, knee_deg=STANDING.knee_deg + 9.0)))

    assert found["pelvis_on_thigh_flexion"].quality is Quality.GOOD
