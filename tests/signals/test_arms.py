"""What the arms do in standing: chosen poses are told apart, and raised arms cut the time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.signals.arms import ArmPose, arm_pose, arms_up
from posture.types import Activity, Facing, Side
from tests.make import SIDE_ON, Camera, Flaws, analysed, filmed, seconds
from tests.stick import STANDING, moving, standing, walking

PLAIN = Flaws(outline=False)
OVERHEAD = replace(STANDING, arm_deg=-170.0, forearm_deg=-170.0)
ARMS = {
    ArmPose.HANG: {},
    ArmPose.COLLAR: {"arm_deg": -35.0, "forearm_deg": -175.0},
    ArmPose.UP: {"arm_deg": -170.0, "forearm_deg": -170.0},
    ArmPose.ELSEWHERE: {"arm_deg": 0.0, "forearm_deg": -90.0},
}


@pytest.mark.parametrize("facing", [Facing.LEFT, Facing.RIGHT])
@pytest.mark.parametrize(("pose", "arms"), ARMS.items(), ids=[pose.value for pose in ARMS])
def test_arms_are_told_apart(pose: ArmPose, arms: dict[str, float], facing: Facing) -> None:
    figure = standing(seconds(1.0), replace(STANDING, **arms))
    side = Side.RIGHT if facing is Facing.RIGHT else Side.LEFT

    assert arm_pose(filmed(figure, Camera(facing=facing), PLAIN), side, (0, 30)) is pose


def test_standing_is_cut_where_an_arm_goes_up_and_where_it_comes_down() -> None:
    keys = [(2.0, STANDING), (3.0, OVERHEAD), (5.0, OVERHEAD), (6.0, STANDING)]

    found = analysed(filmed(moving(seconds(8.0), keys), SIDE_ON, PLAIN)).segments

    stands = [s.frames for s in found if s.activity is Activity.STANDING]
    assert len(stands) == 3
    assert stands[0][1] / 30 == pytest.approx(2.5, abs=0.4)
    assert stands[1][1] / 30 == pytest.approx(5.5, abs=0.4)


def test_a_walker_s_swinging_arms_are_never_up() -> None:
    figure = walking(seconds(4.0)).figure

    assert not arms_up(filmed(figure, Camera(size_px=(3600, 1080)), PLAIN), Side.RIGHT).any()


def test_raised_arms_leave_the_head_and_the_back_unsaid() -> None:
    found = analysed(filmed(standing(seconds(2.0), OVERHEAD)))

    for name in ("head_forward", "lumbar_curve", "thoracic_rounding", "pelvic_tilt"):
        reason = found.named(name).reason
        assert reason is not None
        assert reason.code == "arms_up_in_standing"
    assert found.named("trunk_lean").spread["arms"] > 0
    assert found.named("knee_flexion").reason is None
