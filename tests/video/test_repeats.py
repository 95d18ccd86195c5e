"""Repeated pictures: rates stored as others, and movements that only look like it."""

from __future__ import annotations

import numpy as np
import pytest

from posture.types import Floats
from posture.video.repeats import repeats_in


def movement(seconds: float, rate_hz: float) -> Floats:
    """How much each new picture changes: somebody stands, moves, and stands."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    moving = np.clip(np.sin(np.pi * time_s / seconds) * 1.3 - 0.3, 0, 1)
    steps = 1 + 0.4 * np.sin(2 * np.pi * 1.8 * time_s)
    return 1.0 + 60 * moving * steps


def stored(new: Floats, rate_hz: float, as_hz: float, noise: float = 0.8) -> tuple[Floats, Floats]:
    """The same in a file of another rate: how much each picture changes, and which are repeats."""
    count = round(len(new) / rate_hz * as_hz)
    shown = np.floor(np.arange(count) / as_hz * rate_hz + 1e-9).astype(int)
    repeated = np.concatenate([[False], np.diff(shown) == 0])
    chance = np.random.default_rng(1).random(count)
    return np.where(repeated, noise * chance, new[np.minimum(shown, len(new) - 1)]), repeated


@pytest.mark.parametrize(
    ("rate_hz", "as_hz"), [(15, 60), (15, 30), (10, 30), (12, 60), (24, 60), (25, 30), (24, 30)]
)
def test_every_repeat_is_found_and_nothing_else(rate_hz: float, as_hz: float) -> None:
    most, repeated = stored(movement(5, rate_hz), rate_hz, as_hz)

    assert np.mean(repeats_in(most) == repeated) > 0.97


@pytest.mark.parametrize("rate_hz", [24, 30, 60, 120])
def test_a_clip_of_new_pictures_has_none(rate_hz: float) -> None:
    most = movement(5, rate_hz) * (0.6 + 0.4 * np.random.default_rng(2).random(round(5 * rate_hz)))

    assert not repeats_in(most).any()


def test_somebody_who_stands_still_before_a_still_camera_repeats_nothing() -> None:
    most = np.random.default_rng(3).random(150) * 0.8

    assert not repeats_in(most).any()


def test_a_movement_that_stops_and_goes_repeats_nothing() -> None:
    most = np.tile(np.r_[np.full(12, 40.0), 20, 8, 3, np.full(10, 0.5), 3, 8, 20], 6)

    assert not repeats_in(most).any()


def test_two_pictures_lost_on_the_way_are_no_pattern() -> None:
    most = movement(5, 30)
    most[[60, 95]] = 0.3

    assert not repeats_in(most).any()
