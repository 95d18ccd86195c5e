"""A pose of the mirrored picture: sides exchanged, everything else in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.landmarks.mediapipe import Pose
from posture.landmarks.mirror import lead_px, mirrored
from posture.landmarks.silhouette import outline_of
from posture.landmarks.skeleton import NAMES, index
from tests.landmarks.make import body

WIDTH_PX = 640


def somebody(seed: int) -> Pose:
    """A pose of which no two points are alike."""
    random = np.random.default_rng(seed)
    return Pose(
        xy_px=random.uniform(0, WIDTH_PX, (len(NAMES), 2)).astype(np.float32),
        visibility=random.uniform(0, 1, len(NAMES)).astype(np.float32),
        world_m=random.normal(0, 1, (len(NAMES), 3)).astype(np.float32),
        outline=None,
    )


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("left_knee", "right_knee"),
        ("right_foot_index", "left_foot_index"),
        ("mouth_left", "mouth_right"),
        ("nose", "nose"),
    ],
)
def test_what_was_left_is_right_in_the_mirror(here: str, there: str) -> None:
    pose = somebody(1)
    other = mirrored(pose, WIDTH_PX)

    x, y = pose.xy_px[index(here)]
    assert other.xy_px[index(there)] == pytest.approx((WIDTH_PX - x, y))
    assert other.visibility[index(there)] == pose.visibility[index(here)]
    assert other.world_m[index(there)] == pytest.approx(pose.world_m[index(here)] * (-1, 1, 1))


@given(seed=st.integers(0, 1000))
def test_the_mirror_of_the_mirror_is_the_original(seed: int) -> None:
    pose = somebody(seed)

    again = mirrored(mirrored(pose, WIDTH_PX), WIDTH_PX)

    assert again.xy_px == pytest.approx(pose.xy_px, abs=1e-3)
    np.testing.assert_array_equal(again.world_m, pose.world_m)
    np.testing.assert_array_equal(again.visibility, pose.visibility)


def test_the_outline_is_that_of_the_mirrored_mask() -> None:
    # A body with an arm to one side, in a picture as wide as it comes.
    mask = np.zeros((120, 200), dtype=np.float32)
    mask[20:110, 40:70] = 1
    mask[40:52, 70:120] = 1
    pose = replace(somebody(2), outline=outline_of(mask))

    outline = mirrored(pose, 200).outline

    expected = outline_of(np.ascontiguousarray(mask[:, ::-1]))
    assert outline is not None
    assert expected is not None
    for points, others in ((outline, expected), (expected, outline)):
        apart = np.hypot(*(points[:, None, :] / 16 - others / 16).transpose(2, 0, 1)).min(axis=1)
        assert apart.max() < 1.6  # every 2.7 px a point, elsewhere along the same line
    low, high = outline.min(axis=0) / 16, outline.max(axis=0) / 16
    assert low == pytest.approx(expected.min(axis=0) / 16, abs=0.3)
    assert high == pytest.approx(expected.max(axis=0) / 16, abs=0.3)


def test_whoever_faces_right_leads_to_the_right() -> None:
    right = body((300, 300), 200)

    assert lead_px(right) > 0
    assert lead_px(mirrored(right, WIDTH_PX)) == pytest.approx(-lead_px(right), rel=1e-4)
