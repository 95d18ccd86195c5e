"""A camera: here a clip in its place, over and over."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.errors import UnusableClip
from posture.video.camera import Camera


def test_a_file_is_played_over_and_over_with_rising_times(tmp_path: Path) -> None:
    path = str(tmp_path / "camera.mp4")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"mp4v"), 100, (64, 48))
    for number in range(5):
        writer.write(np.full((48, 64, 3), 40 * number, dtype=np.uint8))
    writer.release()

    with Camera(path) as camera:
        read = [camera.read() for _ in range(12)]

    times = [time_s for time_s, _ in read]
    assert all(b > a for a, b in pairwise(times))
    assert times[-1] - times[0] >= 0.1
    assert read[0][1].shape == (48, 64, 3)
    assert read[5][1].mean() == pytest.approx(read[0][1].mean(), abs=3)


@pytest.mark.linux
@pytest.mark.parametrize("source", ["99", "/dev/video_none", "nothing.mp4"])
def test_a_camera_that_is_not_there_is_said(source: str) -> None:
    with pytest.raises(UnusableClip, match="camera_not_there"):
        Camera(source)


def test_a_camera_that_stops_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's
            return True

        def set(self, *_: object) -> bool:
            return True

        def read(self) -> tuple[bool, None]:
            return False, None

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Gone())
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Camera("0") as camera, pytest.raises(UnusableClip, match="camera_lost"):
        camera.read()


@pytest.mark.parametrize(
    ("on", "tried"),
    [
        ("windows", [cv2.CAP_DSHOW, cv2.CAP_MSMF, None]),
        ("macos", [cv2.CAP_AVFOUNDATION, None]),
        ("debian", [cv2.CAP_V4L2, None]),
    ],
)
def test_a_camera_is_opened_in_its_system_s_best_way_first(
    monkeypatch: pytest.MonkeyPatch, on: str, tried: list[int | None]
) -> None:
    asked: list[int | None] = []

    class Closed:
        def __init__(self, number: int, way: int | None = None) -> None:
            assert number == 0
            asked.append(way)

        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
            return False

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Closed)
    monkeypatch.setattr("posture.video.camera.system", lambda: on)

    with pytest.raises(UnusableClip, match="camera_not_there"):
        Camera("0")

    assert asked == tried
