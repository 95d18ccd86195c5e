"""People are found wherever they stand in the picture, small ones too."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.landmarks import lookout as lookout_module
from posture.landmarks.lookout import Expected, Lookout
from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import sightings_of
from posture.types import Rgb
from tests.landmarks.make import CLIENT, OTHER, bodies_in, draw

NOWHERE = Path("no model is loaded")


@dataclass
class Finder:
    """Stands in for the model's finder: blind to who is small in the picture it is given."""

    least: float = 0.3  # of the longer side
    made: int = 0
    closed: int = 0
    asked: list[tuple[int, ...]] = field(default_factory=list)  # how large the pictures were
    busy: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _: Path, *, max_people: int) -> Finder:
        assert max_people == 5
        self.made += 1
        return self

    def find(self, rgb: Rgb) -> tuple[Pose, ...]:
        assert self.busy.acquire(blocking=False), "asked by two threads at once"
        self.asked.append(rgb.shape[:2])
        try:
            found = [pose for _, pose in bodies_in(rgb)]
            heights = [float(np.ptp(pose.xy_px[:, 1])) for pose in found]
            return tuple(
                replace(pose, outline=None)
                for pose, height in zip(found, heights, strict=True)
                if height >= self.least * max(rgb.shape)
            )
        finally:
            self.busy.release()

    def close(self) -> None:
        self.closed += 1


def looked_at(monkeypatch: pytest.MonkeyPatch, finder: Finder) -> Lookout:
    monkeypatch.setattr(lookout_module, "PoseFinder", finder)
    return Lookout(NOWHERE, 5)


def room(width: int = 640, height: int = 200) -> Rgb:
    return np.full((height, width, 3), 110, dtype=np.uint8)


def places(poses: tuple[Pose, ...]) -> list[tuple[float, float]]:
    """Where people are, each counted once, from left to right."""
    return sorted(seen.centre_px for seen in sightings_of(0, 0.0, poses))


@settings(max_examples=40, deadline=None)
@given(x=st.floats(20, 620), y=st.floats(70, 130))
def test_somebody_small_is_found_at_their_place_wherever_that_is(x: float, y: float) -> None:
    rgb = room()
    draw(rgb, (x, y), 80, CLIENT)  # 100 of 200 px high, and of 640 px wide: too small as a whole

    with pytest.MonkeyPatch.context() as patch, looked_at(patch, Finder()) as lookout:
        (place,) = places(lookout.find(rgb))

    assert place == pytest.approx((x, y), abs=2)


def test_two_small_people_are_both_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = room()
    draw(rgb, (100, 100), 80, CLIENT)
    draw(rgb, (500, 100), 70, OTHER)

    found = places(looked_at(monkeypatch, Finder()).find(rgb))

    assert found == [pytest.approx((100, 100), abs=2), pytest.approx((500, 100), abs=2)]


@pytest.mark.parametrize(("width", "height"), [(640, 200), (200, 640), (300, 300)])
def test_somebody_large_is_found_in_any_picture(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = room(width, height)
    draw(rgb, (width / 2, height / 2), 0.7 * height / 1.25, CLIENT)

    finder = Finder(least=0.2)

    assert places(looked_at(monkeypatch, finder).find(rgb)) == [
        pytest.approx((width / 2, height / 2), abs=2)
    ]


def test_an_empty_room_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(monkeypatch, Finder()).find(room()) == ()


def test_the_model_is_there_when_needed_and_gone_when_not(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()

    with looked_at(monkeypatch, finder) as lookout:
        assert finder.made == 0
        lookout.find(room())
        lookout.find(room())
        assert (finder.made, finder.closed) == (1, 0)
        lookout.rest()
        lookout.rest()
        assert finder.closed == 1
        lookout.find(room())
        assert (finder.made, finder.closed) == (2, 1)

    assert finder.closed == 2


def test_threads_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    rgb = room()
    draw(rgb, (300, 100), 80, CLIENT)

    with looked_at(monkeypatch, finder) as lookout, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lookout.find, [rgb] * 12))

    assert [len(places(poses)) for poses in found] == [1] * 12
    assert finder.made == 1


def test_a_smaller_person_beside_a_large_one_is_found_when_looked_for_closely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rgb = room()
    draw(rgb, (120, 100), 80, CLIENT)
    draw(rgb, (480, 100), 150, OTHER)
    lookout = looked_at(monkeypatch, Finder(least=0.25))

    glance, closely = places(lookout.find(rgb)), places(lookout.find(rgb, closely=True))

    assert [round(x, -1) for x, _ in glance] == [480.0]
    assert [round(x, -1) for x, _ in closely] == [120.0, 480.0]


def small_people(*places_x: float) -> Rgb:
    rgb = room()
    for x in places_x:
        draw(rgb, (x, 100), 80, CLIENT)
    return rgb


def about(*small_x: float) -> Expected:
    return Expected(bodies=len(small_x), faces_left=None, small_x=small_x)


@settings(max_examples=30, deadline=None)
@given(x=st.floats(60, 580), off=st.floats(-50, 50))
def test_somebody_small_is_looked_for_where_they_should_be(x: float, off: float) -> None:
    finder = Finder()

    with pytest.MonkeyPatch.context() as patch, looked_at(patch, finder) as lookout:
        (place,) = places(lookout.find(small_people(x), expected=about(x + off)))

    assert place == pytest.approx((x, 100), abs=2)
    assert finder.asked == [(200, 200)] * 2  # once each way round


@pytest.mark.parametrize("x", [60.0, 200.0, 320.0, 590.0])
def test_somebody_small_who_is_elsewhere_is_found_all_the_same(
    x: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = looked_at(monkeypatch, Finder()).find(small_people(x), expected=about(450.0))

    assert places(found) == [pytest.approx((x, 100), abs=2)]


def test_two_who_are_expected_are_both_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    lookout = looked_at(monkeypatch, finder)

    seen = lookout.find(small_people(160, 440), expected=about(150.0, 450.0))

    assert [round(x, -1) for x, _ in places(seen)] == [160.0, 440.0]
    assert finder.asked == [(200, 200)] * 4
    one_left = lookout.find(small_people(30), expected=about(150.0, 450.0))
    assert places(one_left) == [pytest.approx((30, 100), abs=2)]


def test_a_close_look_is_one_over_all_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    lookout = looked_at(monkeypatch, Finder())

    found = lookout.find(small_people(100, 560), closely=True, expected=about(100.0))

    assert [round(x, -1) for x, _ in places(found)] == [100.0, 560.0]
