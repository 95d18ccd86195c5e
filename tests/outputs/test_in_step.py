"""Two clips side by side: legs as long, floors as high, moments that belong together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from posture.formats.analysis import analysis_record
from posture.landmarks.skeleton import index
from posture.outputs.in_step import PANE_PX, Moving, Pair, kind_of
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.types import Landmarks
from posture.video.sink import Sink
from tests.make import BY_POINTS, Camera, filmed, seconds
from tests.outputs.make import analysis, as_the_only_one, clip
from tests.stick import bending, standing

NEAR, FAR = (
    Camera(size_px=(1280, 720), height_px=560.0),
    Camera(size_px=(960, 720), height_px=330.0),
)


def film(path: Path, landmarks: Landmarks, seed: int = 1) -> Path:
    """A film of somebody with a lit hip and a lit hand, noise for a face, grey all about."""
    rng = np.random.default_rng(seed)
    tall = float(np.ptp(landmarks.xy_px[0, :, 1]))
    half = round(0.04 * tall)
    with Sink(path, landmarks.size_px, 30.0) as sink:
        for row, time_s in enumerate(landmarks.time_s):
            picture = np.full((landmarks.size_px[1], landmarks.size_px[0], 3), 60, dtype=np.uint8)
            for name, colour in (("right_hip", (255, 0, 0)), ("right_wrist", (0, 255, 0))):
                at = landmarks.xy_px[row, index(name)]
                cv2.circle(
                    picture, tuple(np.rint(at).astype(int).tolist()), round(0.02 * tall), colour, -1
                )
            face = np.rint(landmarks.xy_px[row, :11].mean(axis=0)).astype(int)
            left, top = np.clip(face - half, 0, None)
            part = picture[top : top + 2 * half, left : left + 2 * half]
            part[:] = rng.choice([0, 255], part.shape).astype(np.uint8)
            sink.add(picture, float(time_s))
    return path


def side(folder: Path, name: str, camera: Camera) -> Moving:
    landmarks = as_the_only_one(filmed(bending(seconds(6.0)), camera))
    found = analyse_landmarks(landmarks, Settings(frame=BY_POINTS))
    record: dict[str, Any] = json.loads(json.dumps(analysis_record(found)))
    return Moving.of(film(folder / name, landmarks), landmarks, record, is_drawn=False)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Moving, Moving]:
    folder = tmp_path_factory.mktemp("films")
    return side(folder, "near.mp4", NEAR), side(folder, "far.mp4", FAR)


def lit(pane: np.ndarray, channel: int) -> tuple[float, float]:
    """The middle of what is lit in one colour."""
    others = [c for c in range(3) if c != channel]
    found = (pane[..., channel] > 150) & (pane[..., others] < 90).all(axis=-1)
    ys, xs = np.nonzero(found)
    assert len(ys) > 10
    return float(xs.mean()), float(ys.mean())


def test_legs_are_as_long_and_floors_as_high_however_large_each_was_filmed(
    sides: tuple[Moving, Moving],
) -> None:
    assert sides[0].leg_px > 1.5 * sides[1].leg_px  # there is something to be put right

    panes = [one.panes([0, one.key], blur=False) for one in sides]

    for number in (0, sides[0].key):
        for channel in (0, 1):  # hip, hand
            near, far = (lit(pane[number], channel) for pane in panes)
            assert near == pytest.approx(far, abs=6.0)
    heels = [
        (np.median(one.landmarks.xy_px[:, index("right_heel"), 1]) - one.floor_px) / one.leg_px
        for one in sides
    ]
    assert heels[0] == pytest.approx(heels[1], abs=0.01)
    assert panes[0][0].shape == (PANE_PX[1], PANE_PX[0], 3)


def test_both_are_at_the_same_share_of_their_own_depth(sides: tuple[Moving, Moving]) -> None:
    for one in sides:
        assert (np.diff(one.times_s) >= 0).all()
        assert one.times_s[one.key] == pytest.approx(
            one.times_s[0] + np.ptp(one.times_s) / 2, abs=1
        )
    slow = as_the_only_one(filmed(bending(seconds(6.0)), NEAR))
    stretched = replace(slow, time_s=slow.time_s * 1.5)
    record = json.loads(
        json.dumps(analysis_record(analyse_landmarks(stretched, Settings(frame=BY_POINTS))))
    )
    late = Moving.of(sides[0].film, stretched, record, is_drawn=False)

    # at the same picture of the pair the one who bends more slowly is as deep as the other
    for number in (10, 25, 40):
        was = np.interp(sides[0].times_s[number], slow.time_s, slow.xy_px[:, 12, 1])
        now = np.interp(late.times_s[number], stretched.time_s, stretched.xy_px[:, 12, 1])
        assert now == pytest.approx(was, abs=0.03 * sides[0].leg_px)


def test_a_stride_is_shown_from_heel_strike_to_heel_strike(tmp_path: Path) -> None:
    landmarks = clip("walk")
    record = json.loads(json.dumps(analysis_record(analysis("walk"))))

    one = Moving.of(tmp_path / "none.mp4", landmarks, record, is_drawn=False)

    strikes = [e["time_s"] for e in record["events"] if e["kind"] == "heel_strike"]
    assert one.kind == "walk"
    assert one.times_s[0] in strikes
    assert len(one.times_s) == 50


def test_what_shows_neither_bend_nor_walk_cannot_be_compared() -> None:
    landmarks = as_the_only_one(filmed(standing(seconds(3.0))))
    record = json.loads(
        json.dumps(analysis_record(analyse_landmarks(landmarks, Settings(frame=BY_POINTS))))
    )

    assert kind_of(record) is None


def test_the_film_is_h264_with_every_picture(tmp_path: Path, sides: tuple[Moving, Moving]) -> None:
    pair = Pair(sides=sides, names=("Before", "後"), told=("9 ± 1 cm",), blur=True)

    pair.film(tmp_path / "pair.mp4")

    with av.open(str(tmp_path / "pair.mp4")) as opened:
        (video,) = opened.streams
        assert video.codec_context.name == "h264"
        assert sum(1 for _ in opened.decode(video=0)) == pair.length
    assert pair.picture().shape[:2] == (PANE_PX[1] + 150, 2 * PANE_PX[0])


def test_of_a_blurred_face_nothing_is_left_upright_or_bent(
    tmp_path: Path, sides: tuple[Moving, Moving]
) -> None:
    one = sides[0]
    other = replace(one, film=film(tmp_path / "other.mp4", one.landmarks, seed=2))
    numbers = [0, 20, one.key, len(one.times_s) - 1]

    def apart(*, blur: bool) -> list[float]:
        """How much two faces that have nothing in common differ in the pair's pictures."""
        first, second = (which.panes(numbers, blur=blur) for which in (one, other))
        return [float(cv2.absdiff(first[n], second[n]).sum()) for n in numbers]

    seen, blurred = apart(blur=False), apart(blur=True)

    assert min(seen) > 1e5  # there are two faces to be told apart
    assert all(after < 0.2 * before for before, after in zip(seen, blurred, strict=True)), (
        seen,
        blurred,
    )
