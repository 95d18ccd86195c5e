"""A camera at this machine or in the network as a stream of pictures with their times."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from posture.closing import Closing
from posture.errors import UnusableClip
from posture.machine import System, system
from posture.received import whole
from posture.types import Rgb

_WIDTH, _HEIGHT, _RATE_HZ = 1280, 720, 30  # asked for; a camera gives what it can
_MISSES = 30  # ours; reads in a row that bring nothing, a second of them, and it is gone
_PAUSE_S = 0.03
# The best way to a camera first. Windows: Media Foundation takes ten seconds and more to open some
# (opencv/opencv#17687); DirectShow opens at once, but does not know every newer camera.
_WAYS: Mapping[System, tuple[int, ...]] = {
    "windows": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "macos": (cv2.CAP_AVFOUNDATION,),
}


class Camera(Closing):
    """A device by number (0, 1) or path (/dev/video0), an RTSP address, or a file to try with.

    A file is played over and over at its own speed, as if it were a camera.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._file_rate_hz = 0.0
        self._began_s = time.monotonic()
        self._frames = 0
        self._capture = self._opened()

    def _opened(self) -> cv2.VideoCapture:
        number = whole(self._source)
        capture = cv2.VideoCapture(self._source) if number is None else _by_number(number)
        if not capture.isOpened():
            capture.release()
            raise UnusableClip("camera_not_there", camera=self._source)
        if number is None and Path(self._source).is_file():
            self._file_rate_hz = capture.get(cv2.CAP_PROP_FPS) or _RATE_HZ
        else:
            # MJPG: uncompressed pictures of this size pass no USB 2 line 30 times a second
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
            capture.set(cv2.CAP_PROP_FPS, _RATE_HZ)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not the oldest
        return capture

    def read(self) -> tuple[float, Rgb]:
        """Wait for the next picture; return when it was taken (s, a clock that never goes back).

        Raises
        ------
        UnusableClip
            The camera is gone.
        """
        for _ in range(_MISSES):
            there, bgr = self._capture.read()
            if there and bgr is not None:
                self._frames += 1
                if self._file_rate_hz:
                    self._wait_for_its_time()
                rgb = np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)
                return time.monotonic(), rgb
            if self._file_rate_hz:
                self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            else:
                time.sleep(_PAUSE_S)
        raise UnusableClip("camera_lost", camera=self._source)

    def _wait_for_its_time(self) -> None:
        due_s = self._began_s + self._frames / self._file_rate_hz
        time.sleep(max(0.0, due_s - time.monotonic()))

    def close(self) -> None:
        """Let the camera go."""
        self._capture.release()


def _by_number(number: int) -> cv2.VideoCapture:
    """Return a camera, opened in the best way this system has; not opened where none works."""
    for way in _WAYS.get(system(), (cv2.CAP_V4L2,)):
        capture = cv2.VideoCapture(number, way)
        if capture.isOpened():
            return capture
        capture.release()
    return cv2.VideoCapture(number)
