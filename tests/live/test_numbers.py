"""Live numbers: coarse, and never such as no body has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.live.body import body_of
from posture.live.numbers import Key, LiveNumber, Numbers, can_be
from posture.types import Unit
from tests.live.test_moves import shown, step
from tests.make import SIDE_ON, filmed, seconds
from tests.stick import BENT, bending

POSSIBLE: list[tuple[Key, float, Unit]] = [
    ("reach", 0.0, "m"),
    ("reach", 0.38, "body_height"),  # hands as they hang
    ("bend", 150.0, "deg"),
    ("hip_share", 1.0, "frac"),
    ("cadence", 60.0, "steps_per_min"),
    ("push_off", 70.0, "deg"),
    ("raise", 120.0, "deg"),
    ("passes", 12.0, "count"),
]
IMPOSSIBLE: list[tuple[Key, float, Unit]] = [
    ("reach", 1.5, "m"),
    ("reach", 0.8, "body_height"),
    ("bend", 190.0, "deg"),
    ("hip_share", 2.0, "frac"),
    ("cadence", 400.0, "steps_per_min"),
    ("push_off", 120.0, "deg"),
    ("raise", 179.0, "deg"),
]


def number(key: Key, value: float, unit: Unit) -> LiveNumber:
    return LiveNumber(key=key, value=value, sd=1.0, unit=unit)


@pytest.mark.parametrize(("key", "value", "unit"), POSSIBLE)
def test_what_bodies_do_is_shown(key: Key, value: float, unit: Unit) -> None:
    assert can_be(number(key, value, unit))


@pytest.mark.parametrize(("key", "value", "unit"), IMPOSSIBLE)
def test_what_no_body_does_is_not(key: Key, value: float, unit: Unit) -> None:
    assert not can_be(number(key, value, unit))


def test_one_frame_with_slipped_points_does_not_stay_as_the_deepest() -> None:
    numbers = Numbers(1.7)
    frames = shown(filmed(bending(seconds(6.0), BENT), SIDE_ON))
    bodies = [body for seen in frames if (body := body_of(seen, 1.0)) is not None]
    slipped = replace(bodies[len(bodies) // 2], trunk_deg=250.0)
    for body in [*bodies, slipped]:
        told = {n.key: n.value for n in numbers.add(step("forward_bend"), body, None)}

    assert told["bend"] == pytest.approx(max(b.trunk_deg for b in bodies))
