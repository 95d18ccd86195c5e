"""A blurred head: its pixels are gone whichever way it is turned, and the rest stays."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture.outputs.faces import Faces
from posture.types import Landmarks, Rgb
from tests.make import mirrored
from tests.outputs.make import clip


def noise(size_px: tuple[int, int], seed: int) -> Rgb:
    """Two such pictures have nothing but their mean in common."""
    made = np.random.default_rng(seed).integers(0, 256, (size_px[1], size_px[0], 3))
    return np.asarray(made, dtype=np.uint8)


def head_of(landmarks: Landmarks, row: int) -> np.ndarray:
    """The pixels that a head covers: all about the points of the face."""
    face = landmarks.xy_px[row, :11]
    mask = np.zeros((landmarks.size_px[1], landmarks.size_px[0]), dtype=np.uint8)
    cv2.fillPoly(mask, [cv2.convexHull(np.rint(face).astype(np.int32))], 255)
    return np.asarray(cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.35, 0.5, 0.65])
def test_nothing_of_the_head_is_left_upright_bent_or_turned(*, turned: bool, share: float) -> None:
    landmarks = mirrored(clip("bend")) if turned else clip("bend")
    row = round(share * (len(landmarks.time_s) - 1))
    faces = Faces.of(landmarks, landmarks.size_px)
    one, other = (noise(landmarks.size_px, seed) for seed in (1, 2))
    head = head_of(landmarks, row)
    before = float(np.corrcoef(one[head].ravel(), noise(landmarks.size_px, 1)[head].ravel())[0, 1])

    whole = one.copy()
    faces.blur(one, row)
    faces.blur(other, row)

    assert before == pytest.approx(1.0)  # the comparison sees what is left
    assert abs(np.corrcoef(one[head].ravel(), whole[head].ravel())[0, 1]) < 0.2
    assert one[head].std() < 0.25 * whole[head].std()
    assert np.abs(one[head].astype(float) - other[head]).mean() < 0.25 * 85  # of two noises: 85
    changed = (one != whole).any(axis=2)
    ankle = landmarks.xy_px[row, 27:29].mean(axis=0).round().astype(int)
    assert not changed[ankle[1] - 3 : ankle[1] + 4, ankle[0] - 3 : ankle[0] + 4].any()
    assert changed.mean() < 0.1  # the body stays to be seen


def test_a_face_not_found_for_a_moment_is_blurred_where_it_must_be() -> None:
    landmarks = clip("bend")
    xy = landmarks.xy_px.copy()
    xy[10:14] = np.nan
    faces = Faces.of(replace(landmarks, xy_px=xy), landmarks.size_px)
    picture = noise(landmarks.size_px, 1)
    head = head_of(landmarks, 12)

    faces.blur(picture, 12)

    assert picture[head].std() < 0.25 * noise(landmarks.size_px, 1)[head].std()


def test_where_nobody_knows_where_the_head_is_all_is_blurred() -> None:
    landmarks = clip("bend")
    xy = landmarks.xy_px.copy()
    xy[60:] = np.nan
    faces = Faces.of(replace(landmarks, xy_px=xy), landmarks.size_px)
    picture = noise(landmarks.size_px, 1)

    faces.blur(picture, len(xy) - 1)

    assert picture.std() < 0.25 * noise(landmarks.size_px, 1).std()


def test_pictures_of_another_size_are_blurred_in_their_own_place() -> None:
    landmarks = clip("bend")
    size_px = (landmarks.size_px[0] // 2, landmarks.size_px[1] // 2)
    picture = noise(size_px, 1)
    head = head_of(landmarks, 0)[::2, ::2][: size_px[1], : size_px[0]]

    Faces.of(landmarks, size_px).blur(picture, 0)

    assert picture[head].std() < 0.3 * noise(size_px, 1)[head].std()


def test_a_long_clip_takes_no_more_than_its_length() -> None:
    landmarks = clip("bend")
    times = -(-20_000 // len(landmarks.time_s))
    rate_hz = 1 / float(np.median(np.diff(landmarks.time_s)))
    long = replace(
        landmarks,
        time_s=np.arange(times * len(landmarks.time_s)) / rate_hz,
        xy_px=np.concatenate([landmarks.xy_px] * times),
        visibility=np.concatenate([landmarks.visibility] * times),
        world_m=None,
        outlines=landmarks.outlines * times,
    )

    tracemalloc.start()
    faces = Faces.of(long, long.size_px)
    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(faces.head) >= 20_000
    assert most_bytes < 200e6  # each picture with every other one: over 3e9
