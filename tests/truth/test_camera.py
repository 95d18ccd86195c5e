"""A camera whose pictures can be reckoned by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture.truth.picture.camera import Camera

EYE_LEVEL = Camera(distance_m=4.0, height_m=1.0, fov_deg=90.0, size_px=(1000, 600))


def seen(camera: Camera, *place: float) -> list[float]:
    at: list[float] = camera.seen_px(np.array(place)).tolist()
    return at


def test_what_it_looks_at_is_in_the_middle() -> None:
    assert seen(EYE_LEVEL, 0, 0, 1) == pytest.approx([500, 300])


def test_a_metre_at_4_metres_is_a_quarter_of_the_focal_length() -> None:
    # 90 degrees over 1000 px: the focal length is 500 px
    up, ahead = (seen(EYE_LEVEL, *place) for place in ((0, 0, 2), (0, -1, 1)))

    assert up == pytest.approx([500, 300 - 125])
    assert ahead == pytest.approx([500 + 125, 300])


def test_from_the_left_the_person_faces_left() -> None:
    assert seen(replace(EYE_LEVEL, near="left"), 0, -1, 1) == pytest.approx([500 - 125, 300])


@pytest.mark.parametrize("near", ["left", "right"])
def test_a_yaw_foreshortens_what_lies_ahead_and_sees_the_chest(near: str) -> None:
    camera = replace(EYE_LEVEL, near=near, yaw_deg=30.0)
    far_away = replace(EYE_LEVEL, distance_m=400.0, near=near, yaw_deg=30.0)

    ahead = abs(seen(far_away, 0, -1, 1)[0] - 500)
    # from 30 degrees in front of the side the camera is nearer to the chest than to the back
    chest, back = (np.linalg.norm(camera.eye - place) for place in ([0, -0.1, 1], [0, 0.1, 1]))

    assert ahead == pytest.approx(500 / 400 * math.cos(math.radians(30)), rel=0.01)
    assert chest < back


def test_a_roll_turns_the_picture_clockwise() -> None:
    x, y = seen(replace(EYE_LEVEL, roll_deg=10.0), 0, 0, 2)

    assert math.degrees(math.atan2(x - 500, 300 - y)) == pytest.approx(10)


def test_looking_up_moves_things_down() -> None:
    _, y = seen(replace(EYE_LEVEL, pitch_deg=10.0), 0, 0, 1)

    assert y - 300 == pytest.approx(500 * math.tan(math.radians(10)))


def test_the_picture_of_a_bent_lens_comes_from_where_its_maps_say() -> None:
    camera = replace(EYE_LEVEL, k1=-0.05)
    across, down = camera.distortion_maps()
    straight = np.array([across[120, 830] + 0.5, down[120, 830] + 0.5])

    assert camera.bent(straight) == pytest.approx([830.5, 120.5], abs=0.05)


def test_a_barrel_lens_pulls_the_edge_in() -> None:
    straight, barrel = (seen(replace(EYE_LEVEL, k1=k1), 0, -3, 1)[0] for k1 in (0.0, -0.05))

    assert barrel < straight
