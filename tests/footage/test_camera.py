"""A drawn room is seen by a camera that moves as one says: what is found must be that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture.footage.facts import facts_of
from posture.footage.read import with_footage
from posture.footage.steady import as_filmed, cameras_of, steadied
from posture.landmarks.skeleton import NAMES
from posture.types import FactKind, Floats, Landmarks, Rgb
from tests.footage.make import STILL, TALL, WIDE, body_box, plain_room, watched

HEIGHT_PX = 180.0


def still(_: int) -> Floats:
    return STILL


def shifted(x: float, y: float) -> Floats:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y]])


def pan(frame: int) -> Floats:
    return shifted(-2.5 * max(0, frame - 20), 0)


def tilt(frame: int) -> Floats:
    return shifted(0, -1.2 * np.clip(frame - 20, 0, 40))


def zoom(frame: int) -> Floats:
    scale = 1 + 0.004 * frame
    middle = np.array([WIDE / 2, TALL / 2])
    return np.column_stack([scale * np.eye(2), middle - scale * middle])


def shake(frame: int) -> Floats:
    return shifted(1.2 * np.sin(frame * 0.9), 0.9 * np.cos(frame * 1.3))


def jitter(frame: int) -> Floats:
    return shifted(0.25 * np.sin(frame * 2.1), 0.25 * np.cos(frame * 1.7))


def walk(frame: int) -> Floats:
    return body_box(90 + 3 * frame)


def kinds(found: Landmarks) -> set[FactKind]:
    return {fact.kind for fact in facts_of(found)}


def plant(picture: Rgb, frame: int) -> None:
    for i in range(5):
        tip = (40 + 10 * i + round(9 * np.sin(frame / 4 + i)), 80)
        cv2.line(picture, (60, 220), tip, (20, 70, 20), 5)


def passer_behind(picture: Rgb, frame: int) -> None:
    x = 6 * frame - 60
    cv2.rectangle(picture, (x, 60), (x + 50, 240), (90, 40, 40), -1)


def passer_close_by(picture: Rgb, frame: int) -> None:
    x = 30 * (frame - 40) - 200
    cv2.rectangle(picture, (x, 0), (x + 260, TALL), (50, 40, 40), -1)


def nothing(_picture: Rgb, _frame: int) -> None:
    pass


@pytest.mark.parametrize("camera", [pan, tilt, zoom])
def test_a_point_of_the_room_stays_where_it_is_in_the_steady_picture(
    camera: Callable[[int], Floats],
) -> None:
    watcher, seen = watched(camera, body=lambda _: body_box(240.0))

    found = with_footage(seen, watcher)
    steady = steadied(found)

    # the body was drawn at one place of the room
    off = np.ptp(steady.xy_px, axis=0).max()
    assert off < 0.01 * HEIGHT_PX
    assert kinds(found) == {FactKind.CAMERA_MOVED}


@pytest.mark.parametrize("camera", [pan, tilt, zoom])
def test_back_in_the_pictures_the_points_lie_where_they_were(
    camera: Callable[[int], Floats],
) -> None:
    watcher, seen = watched(camera)
    found = with_footage(seen, watcher)

    back = as_filmed(steadied(found))

    assert back.xy_px == pytest.approx(found.xy_px, abs=1e-6)
    assert back.to_steady is None


def test_who_walks_before_a_camera_that_pans_along_covers_the_ground() -> None:
    watcher, seen = watched(lambda i: shifted(-3.0 * i, 0), body=walk, count=60)

    steady = steadied(with_footage(seen, watcher))

    went = steady.xy_px[-1, 0, 0] - steady.xy_px[0, 0, 0]
    assert went == pytest.approx(3.0 * 59, rel=0.01)


@pytest.mark.parametrize("extra", [nothing, plant, passer_behind, passer_close_by])
@pytest.mark.parametrize("camera", [still, jitter, shake])
def test_a_still_camera_a_shaking_hand_a_plant_and_a_passer_are_no_camera_that_moves(
    camera: Callable[[int], Floats], extra: Callable[[Rgb, int], None]
) -> None:
    watcher, seen = watched(camera, body=walk, extra=extra)

    assert kinds(with_footage(seen, watcher)) == set()


def test_a_still_camera_changes_no_point() -> None:
    watcher, seen = watched(still, body=walk)
    found = with_footage(seen, watcher)

    assert steadied(found) is found


def test_a_person_who_fills_the_picture_moves_no_camera() -> None:
    def close(frame: int) -> Floats:
        box = body_box(240 + 5 * np.sin(frame / 5), 290.0, 300.0)
        wide: Floats = np.array([240, 140]) + (box - box.mean(axis=0)) * (6, 1)
        return wide

    watcher, seen = watched(still, body=close)

    assert kinds(with_footage(seen, watcher)) == set()


def test_before_a_plain_wall_planted_feet_say_where_the_floor_went() -> None:
    watcher, seen = watched(tilt, wall=plain_room())
    found = with_footage(seen, watcher)

    steady = steadied(found)

    assert {fact.reason.code for fact in facts_of(found)} == {"fact_camera_moved_by_feet"}
    assert np.ptp(steady.xy_px, axis=0).max() < 0.03 * HEIGHT_PX


def test_before_a_plain_wall_a_walker_moves_no_camera() -> None:
    watcher, seen = watched(still, wall=plain_room(), body=walk)
    xy = np.array(seen.xy_px)
    part = 25 * np.sin(np.arange(len(xy)) / 5)
    for side, way in (("left", 1), ("right", -1)):
        for point in ("ankle", "heel", "foot_index"):
            xy[:, NAMES.index(f"{side}_{point}"), 0] += way * part

    assert kinds(with_footage(replace(seen, xy_px=xy), watcher)) == set()


def test_what_is_found_does_not_depend_on_the_order_of_the_pieces() -> None:
    found = []
    for order in ((0, 1, 2, 3), (1, 3, 0, 2)):
        watcher, seen = watched(pan, count=120, piece=30, order=order)
        footage = with_footage(seen, watcher).footage
        assert footage is not None
        found.append(footage.to_steady)

    assert np.array_equal(found[0], found[1])


def test_a_camera_that_swings_to_another_view_ends_the_part() -> None:
    def swing(frame: int) -> Floats:
        return shifted(-230.0 if frame >= 45 else 0.0, 0)

    watcher, seen = watched(swing, piece=90)
    parts = [camera.part for camera in cameras_of(with_footage(seen, watcher))]

    assert len(parts) <= 2
