"""MediaPipe's pose landmarker: the only module that imports mediapipe.

Two modes are used. The finder looks at a picture on its own and returns several people. The
follower keeps to one person from picture to picture; asking it for more than one would turn its
tracking off, and its own smoothing is kept out of play by stretching the time it is told, so that
the only filter in the chain is the one in `posture.signals`.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.closing import Closing
from posture.deferred import deferred
from posture.errors import MissingLibrary, ModelTrouble
from posture.landmarks.silhouette import outline_of
from posture.libraries import lacking
from posture.machine import give_back_memory
from posture.types import Outline, Rgb

# A time that runs this much faster leaves MediaPipe's one-euro filter nothing to smooth.
_STRETCH = 1000
_BLANK = np.zeros((64, 64, 3), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One person in one picture."""

    xy_px: NDArray[np.float32]  # (33, 2)
    visibility: NDArray[np.float32]  # (33,) 0..1
    world_m: NDArray[np.float32]  # (33, 3)
    outline: Outline | None  # the follower's only


class PoseFinder(Closing):
    """Find up to `max_people` people, each picture on its own."""

    def __init__(self, model: Path, *, max_people: int = 5) -> None:
        self._task = _landmarker(model, "IMAGE", max_people, masks=False)

    def find(self, rgb: Rgb) -> tuple[Pose, ...]:
        """Return the people in a picture, in no particular order."""
        return _poses(self._task.detect(_image(rgb)), rgb)

    def close(self) -> None:
        """Let the model go; the finder cannot be used afterwards."""
        self._task.close()
        give_back_memory()


class PoseFollower(Closing):
    """Follow the one person that a series of pictures shows."""

    def __init__(self, model: Path, *, masks: bool = True) -> None:
        self._task = _landmarker(model, "VIDEO", 1, masks=masks)
        self._last_ms = 0

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        """Return the person in the next picture, `step_s` after the last one."""
        self._last_ms += max(1, round(step_s * 1000 * _STRETCH))
        # reading a mask whose rows are padded (width no multiple of 4) ends the process
        rgb = rgb[:, : rgb.shape[1] // 4 * 4]
        poses = _poses(self._task.detect_for_video(_image(rgb), self._last_ms), rgb)
        return poses[0] if poses else None

    def forget(self) -> None:
        """Drop the track: the next picture is searched anew."""
        self.follow(_BLANK, 1.0)

    def close(self) -> None:
        """Let the model go; the follower cannot be used afterwards."""
        self._task.close()
        give_back_memory()


def tasks() -> ModuleType:
    """Import mediapipe's tasks, without the plotting library that they import and never use here.

    That alone takes a second. It is loaded if somebody asks for a part of it after all.
    """
    with deferred("matplotlib", "matplotlib.pyplot"):
        return importlib.import_module("mediapipe.tasks.python")


def version() -> str:
    """Return the version of mediapipe in use."""
    tasks()
    return str(importlib.import_module("mediapipe").__version__)


def _share_memory() -> None:
    """Keep little of what was freed, where glibc would keep it.

    Threads share it, else each of mediapipe's keeps its own, 100 MB; and pictures of 1080p, whose
    sizes differ from crop to crop, are given back at once, which leaves no holes between them.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_MMAP_THRESHOLD, 4 << 20)


_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # malloc.h


def _landmarker(model: Path, mode: str, people: int, *, masks: bool) -> Any:  # noqa: ANN401 - untyped
    try:
        # imported when first needed
        python = tasks()
        _share_memory()
        vision = python.vision
        options = vision.PoseLandmarkerOptions(
            base_options=python.BaseOptions(**_asset(model)),
            running_mode=vision.RunningMode[mode],
            num_poses=people,
            output_segmentation_masks=masks,
        )
        return vision.PoseLandmarker.create_from_options(options)
    except (ImportError, RuntimeError, ValueError, OSError) as trouble:
        reason = lacking(trouble)
        if reason is not None:
            raise MissingLibrary(reason.code, **reason.values) from trouble
        if isinstance(trouble, ImportError):
            raise
        raise ModelTrouble("model_does_not_load", path=str(model)) from trouble


def _asset(model: Path) -> dict[str, str | bytes]:
    """Return how mediapipe is given the model: by its place, which takes a quarter less to load.

    By its contents on Windows, where its own way to open a file knows no Japanese folder.
    """
    if sys.platform == "win32":
        return {"model_asset_buffer": model.read_bytes()}
    return {"model_asset_path": str(model.resolve(strict=True))}


def _image(rgb: Rgb) -> Any:  # noqa: ANN401 - untyped
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:  # noqa: PLR2004 - h, w, rgb
        # mediapipe takes a wrong layout without a word and finds nonsense in it
        raise ValueError(f"expected (h, w, 3) uint8, got {rgb.shape} {rgb.dtype}")
    mediapipe = importlib.import_module("mediapipe")
    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def _poses(result: Any, rgb: Rgb) -> tuple[Pose, ...]:  # noqa: ANN401 - untyped
    size = np.array([rgb.shape[1], rgb.shape[0]], dtype=np.float32)
    masks = result.segmentation_masks or [None] * len(result.pose_landmarks)
    return tuple(
        Pose(
            xy_px=np.array([(p.x, p.y) for p in points], dtype=np.float32) * size,
            visibility=np.array([p.visibility for p in points], dtype=np.float32),
            world_m=np.array([(p.x, p.y, p.z) for p in world], dtype=np.float32),
            # the view dies with the result, so the mask is read here and not handed on
            outline=None if mask is None else outline_of(np.squeeze(mask.numpy_view())),
        )
        for points, world, mask in zip(
            result.pose_landmarks, result.pose_world_landmarks, masks, strict=True
        )
    )
