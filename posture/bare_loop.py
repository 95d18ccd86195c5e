"""The yardstick of `posture bench`: decode with OpenCV, run MediaPipe with one pose, keep nothing.

Run as a script with nothing else of this package loaded: `python -P bare_loop.py CLIP MODEL`.
"""

from __future__ import annotations

import sys

import cv2
import mediapipe
from mediapipe.tasks import python
from mediapipe.tasks.python import vision


def bare_loop(clip: str, model: str) -> None:
    """Run the plain loop that a first trial of MediaPipe would be."""
    options = vision.PoseLandmarkerOptions(
        base_options=python.BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode.VIDEO,
    )
    capture = cv2.VideoCapture(clip)
    number = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        while True:
            read, bgr = capture.read()
            if not read:
                return
            rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
            landmarker.detect_for_video(image, 33 * number)
            number += 1


if __name__ == "__main__":
    bare_loop(sys.argv[1], sys.argv[2])
