"""Real outlines against the bodies that the estimators were trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posture.errors import PostureError
from posture.machine import without_native_chatter
from posture.pipeline import landmarks_of
from posture.settings import Settings
from posture.signals.clean import clean
from posture.signals.estimate import estimators, is_like_the_trained
from posture.signals.frame import body_size_px, forward_sign
from posture.signals.shape import bend_features, shape_features
from posture.types import Landmarks, Side
from posture.video.kinds import SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """How one clip's frames lie to the training bodies, by estimator."""

    clip: str
    frames: int  # in which a shape could be read
    inside: dict[str, float]  # share within the 99th percentile of the training bodies
    refused: dict[str, float]  # share so far out that nothing is answered


def clouds(
    folder: Path, settings: Settings, progress: Callable[[int, int], None] | None = None
) -> tuple[Cloud, ...]:
    """Return where the clips and pictures of a folder lie; what cannot be read is left out."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    found = []
    for done, path in enumerate(paths, 1):
        try:
            with without_native_chatter():
                landmarks = landmarks_of(path, settings)
        except PostureError:
            continue
        found.append(_cloud(path.name, landmarks, settings))
        if progress is not None:
            progress(done, len(paths))
    return tuple(found)


def _cloud(name: str, landmarks: Landmarks, settings: Settings) -> Cloud:
    seen = clean(landmarks, settings.clean).landmarks
    forward = forward_sign(seen, settings.frame)
    body_px = body_size_px(seen, (0, len(seen.time_s)))
    middle = float(np.nanmedian(forward)) if np.isfinite(forward).any() else 1.0
    near = Side.RIGHT if middle > 0 else Side.LEFT
    shapes = [
        shape
        for frame in range(0, len(seen.time_s), max(1, len(seen.time_s) // _FRAMES))
        if (shape := shape_features(seen, forward, near, frame, body_px)) is not None
    ]
    away: dict[str, list[float]] = {}
    for kind, estimator in estimators().items():
        if kind == "hanging":  # keeps no record of the bodies it was trained on
            continue
        paired = kind in {"bend", "change"}
        away[kind] = [
            estimator(bend_features(shape, shapes[0]) if paired else shape).unlikeness
            for shape in shapes
        ]
    return Cloud(
        clip=name,
        frames=len(shapes),
        inside={kind: _share([one <= 1 for one in found]) for kind, found in away.items()},
        refused={
            kind: _share([not is_like_the_trained(one) for one in found])
            for kind, found in away.items()
        },
    )


_FRAMES = 60  # of a clip; neighbours repeat each other


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
