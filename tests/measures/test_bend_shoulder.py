"""The shoulder-hip line in a bend: an arm that seems to grow says where its shoulder went."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.measures.bend import bend_measures
from posture.measures.bend_poses import bend_poses
from posture.measures.bend_shoulder import shoulder_slip_deg
from posture.measures.take import Take
from posture.signals.frame import FrameSettings
from posture.types import Activity, Landmarks
from tests.make import Flaws, filmed, seconds, taken
from tests.stick import BENT, bending

LEARNT = FrameSettings(uses_learnt=True)
TIME_S = seconds(9.0, 30.0)


def arm(clip: Landmarks, take: Take) -> np.ndarray:
    """Shoulder to wrist, (T, 2) px."""
    side = take.near.value
    return clip.point(f"{side}_wrist") - clip.point(f"{side}_shoulder")


def seen(clip: Landmarks) -> Take:
    return taken(clip, Activity.FORWARD_BEND, frame=LEARNT)


def bent(trunk_deg: float = BENT.trunk_deg) -> Landmarks:
    figure = bending(TIME_S, replace(BENT, trunk_deg=trunk_deg))
    return filmed(figure, flaws=Flaws(outline=False))


def with_point(clip: Landmarks, name: str, off_px: np.ndarray) -> Landmarks:
    """The clip with a point moved by (T, 2) px."""
    xy_px = clip.xy_px.copy()
    xy_px[:, clip.names.index(name)] += off_px
    return replace(clip, xy_px=xy_px)


def slid(clip: Landmarks, share: float) -> Landmarks:
    """The clip with the shoulder point short of its joint by a share of the arm, as it is bent."""
    take = seen(clip)
    lean = take.body.inclination("trunk").value
    down = np.clip(np.nan_to_num(lean) / np.nanmax(lean), 0.0, 1.0)[:, None]
    return with_point(clip, f"{take.near.value}_shoulder", -share * down * arm(clip, take))


def slip(clip: Landmarks) -> float | None:
    take = seen(clip)
    poses = bend_poses(take)
    assert poses is not None
    return shoulder_slip_deg(take, poses)


def line_deg(clip: Landmarks) -> float:
    """How far the shoulder-hip line turns by the points alone."""
    take = taken(clip, Activity.FORWARD_BEND)  # what was learnt is not used
    found = bend_measures(take, bend_poses(take))
    return next(m.value for m in found if m.name == "trunk_flexion")


def test_an_arm_that_keeps_its_length_moves_nothing() -> None:
    found = slip(bent())

    assert found is not None
    assert abs(found) < 0.5


@pytest.mark.parametrize("share", [0.12, -0.12])
def test_what_an_arm_grows_or_shrinks_by_puts_the_line_back_where_it_was(share: float) -> None:
    true = bent(trunk_deg=85.0)
    read = slid(true, share)

    off = line_deg(true) - line_deg(read)
    found = slip(read)

    assert abs(off) > 4  # or nothing would have to be put back
    assert found is not None
    assert found == pytest.approx(0.75 * off, abs=0.8)


def test_an_arm_that_lies_nearer_along_the_trunk_turns_it_less() -> None:
    shallow, deep = (slip(slid(bent(trunk_deg=deg), 0.12)) for deg in (85.0, 150.0))

    assert shallow is not None
    assert deep is not None
    assert abs(deep) < 0.7 * abs(shallow)  # the sine of 30 deg against that of 85


def test_the_measure_is_moved_by_it_and_states_less() -> None:
    clip = slid(bent(trunk_deg=85.0), 0.12)
    take = seen(clip)
    found = {m.name: m for m in bend_measures(take, bend_poses(take))}["trunk_flexion"]

    assert found.value == pytest.approx(line_deg(clip) + (slip(clip) or math.nan), abs=0.2)
    assert "shoulder_blade" not in found.spread


def test_arms_that_do_not_hang_or_turn_out_of_the_picture_are_not_asked() -> None:
    clip = bent(trunk_deg=85.0)
    take = seen(clip)
    wrist = f"{take.near.value}_wrist"
    reach = float(np.nanmedian(np.hypot(*arm(clip, take).T)))
    raised = with_point(clip, wrist, np.tile([0.0, -2.0 * reach], (len(TIME_S), 1)))
    ahead = with_point(clip, wrist, np.tile([2.0 * reach, 0.0], (len(TIME_S), 1)))

    unseen = with_point(
        clip, f"{take.near.value}_elbow", np.where(TIME_S > 3.0, np.nan, 0.0)[:, None]
    )

    assert slip(unseen) is None
    assert slip(raised) is None
    assert slip(ahead) is None
    assert slip(slid(clip, 0.6)) is None


def test_without_standing_of_their_own_nobody_is_put_right() -> None:
    take = seen(bent())
    poses = bend_poses(take)
    assert poses is not None

    assert shoulder_slip_deg(take, replace(poses, neutral=None)) is None
