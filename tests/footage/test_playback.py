"""How fast a clip plays is what somebody says, else what the phone wrote into the file."""

from __future__ import annotations

import pytest

from posture.footage.playback import playback
from posture.types import Clip, FactKind


def clip(rate_hz: float, capture_hz: float | None) -> Clip:
    return Clip(
        file="a.mp4",
        sha256="0" * 64,
        duration_s=4.0,
        frames=round(4 * rate_hz),
        size_px=(1920, 1080),
        rotation_deg=0,
        capture_hz=capture_hz,
    )


@pytest.mark.parametrize(
    ("rate_hz", "capture_hz", "speed"),
    [
        (30, 240, 1 / 8),
        (30, 120, 1 / 4),
        (24, 120, 1 / 5),
        (30, 60, 1 / 2),
        (30, 15, 2),
        (30, 3, 10),
    ],
)
def test_a_phone_that_says_how_fast_it_filmed_tells_the_speed(
    rate_hz: float, capture_hz: float, speed: float
) -> None:
    told, fact = playback(clip(rate_hz, capture_hz), None)

    assert told == pytest.approx(speed)
    assert fact is not None
    assert fact.kind is (FactKind.SLOWED_DOWN if speed < 1 else FactKind.SPED_UP)
    assert fact.reason.code == f"fact_{fact.kind.value}_file"
    assert fact.reason.values == {"speed": pytest.approx(speed)}


@pytest.mark.parametrize(
    ("rate_hz", "capture_hz"),
    [
        (30, None),  # says nothing
        (30, 30),
        (29.97, 30),
        (240, 240),  # slow motion kept at its true times
        (18, 30),  # too dark for the rate that was asked for
        (15, 30),
        (24, 30),
    ],
)
def test_a_clip_at_normal_speed_has_nothing_to_be_told(
    rate_hz: float, capture_hz: float | None
) -> None:
    assert playback(clip(rate_hz, capture_hz), None) == (1.0, None)


def test_what_somebody_says_goes_before_what_the_file_says() -> None:
    slowed = clip(30, 240)

    half, fact = playback(slowed, 0.5)

    assert half == 0.5
    assert fact is not None
    assert fact.reason.code == "fact_slowed_down_given"
    assert playback(slowed, 1.0) == (1.0, None)


def test_a_time_lapse_that_holds_no_step_has_no_speed_to_put_right() -> None:
    told, fact = playback(clip(30, 0.5), None)

    assert told is None
    assert fact is not None
    assert (fact.kind, fact.reason.code) == (FactKind.SPED_UP, "fact_sped_up")
    assert fact.what_to_do is not None
