"""A mirror image is never taken for the person, and two people in step are not taken for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from posture.landmarks.clothes import Clothes
from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import Track
from posture.landmarks.reflection import mirror_fact, reflections
from posture.types import FactKind, Floats
from tests.landmarks.make import body, track

SIZE_PX = 300.0
OURS: Clothes = np.array([(40.0, 50, 30), (20, 0, 0), (60, 10, 15)])
BEHIND_GLASS: Clothes = 0.8 * OURS + (0, -2, 0)
THEIRS: Clothes = np.array([(30.0, 10, -40), (60, 0, 40), (20, 0, 0)])
TIMES_S: Floats = np.arange(0, 8, 1.0)
Place = Callable[[float], float]


def on_floor(pose: Pose, floor_px: float) -> Pose:
    down = np.array([0, floor_px - pose.xy_px[:, 1].max()], dtype=np.float32)
    return replace(pose, xy_px=pose.xy_px + down)


def somebody(
    x: Place,
    *,
    scale: float = 1.0,
    higher: float = 0.0,
    lean: Place = lambda _: 0.0,
    step: Place = lambda _: 0.0,
    clothes: Clothes = OURS,
) -> Track:
    def pose(time_s: float) -> Pose:
        made = body((x(time_s), 0), scale * SIZE_PX, lean_deg=lean(time_s), step=step(time_s))
        return on_floor(made, 600 - higher * SIZE_PX)

    found = track(TIMES_S.tolist(), pose)
    return replace(found, sightings=tuple(replace(s, clothes=clothes) for s in found.sightings))


def bend(time_s: float) -> float:
    return 90 * float(np.sin(np.pi * time_s / 8)) ** 2


def stride(time_s: float) -> float:
    return 0.45 * float(np.sin(2 * np.pi * time_s / 1.13))


def walks(time_s: float) -> float:
    return 200 + 110 * time_s


SCENES: dict[str, tuple[dict[str, Any], Place]] = {
    "a bend before a mirror": ({"x": lambda _: 500.0, "lean": bend}, lambda _: 700.0),
    "a walk along a mirror": ({"x": walks, "step": stride}, lambda t: 260 + 0.8 * (walks(t) - 200)),
    "a walk towards a mirror": ({"x": walks, "step": stride}, lambda t: 1500 - 0.8 * walks(t)),
    "a walk on a treadmill": ({"x": lambda _: 500.0, "step": stride}, lambda _: 800.0),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(("scale", "higher"), [(0.9, 0.08), (0.75, 0.2), (0.5, 0.4)])
@pytest.mark.parametrize("glass", [OURS, BEHIND_GLASS], ids=["clear", "dark"])
def test_the_smaller_one_that_moves_in_step_off_the_floor_is_a_mirror_image(
    scene: str, scale: float, higher: float, glass: Clothes
) -> None:
    moves, image_x = SCENES[scene]
    person = somebody(**moves)
    image = somebody(**(moves | {"x": image_x}), scale=scale, higher=higher, clothes=glass)

    for people in ([person, image], [image, person]):
        (found,) = reflections(people)
        assert found.image is image
        assert found.person is person
        assert found.probability > 0.8


def test_who_stands_as_still_as_the_client_in_the_same_clothes_might_be_one_and_is_said() -> None:
    person = somebody(lambda _: 500.0)
    image = somebody(lambda _: 800.0, scale=0.8, higher=0.15)

    (found,) = reflections([person, image])
    (fact,) = mirror_fact([found], person)

    assert 0.5 < found.probability < 0.7
    assert fact.kind is FactKind.MIRROR_IMAGE
    assert fact.spans_s == ((0.0, 7.0),)


OTHERS: dict[str, dict[str, Any]] = {
    "in other clothes": {"clothes": THEIRS, "lean": bend},
    "who stands while the client bends": {},
    "who bends later": {"lean": lambda t: bend(t - 3)},
    "as large and on the same floor": {"lean": bend, "scale": 1.0, "higher": 0.0},
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_person_is_no_mirror_image(other: str) -> None:
    person = somebody(lambda _: 500.0, lean=bend)
    asked = {"scale": 0.8, "higher": 0.15} | OTHERS[other]
    beside = somebody(lambda _: 800.0, **asked)

    assert reflections([person, beside]) == ()


def test_a_client_alone_has_no_mirror_image() -> None:
    person = somebody(walks, step=stride)

    assert reflections([person]) == ()
    assert mirror_fact([], person) == ()


def test_both_images_in_two_mirrors_are_the_person_s() -> None:
    person = somebody(lambda _: 500.0, lean=bend)
    near = somebody(lambda _: 700.0, lean=bend, scale=0.8, higher=0.15)
    far = somebody(lambda _: 850.0, lean=bend, scale=0.6, higher=0.3)

    found = reflections([far, person, near])

    assert {id(r.image) for r in found} == {id(near), id(far)}
    assert all(r.person is person for r in found)
