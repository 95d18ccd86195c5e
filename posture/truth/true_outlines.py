"""What an outline without error would tell: bodies as they are, not as the pose model sees them.

The same bodies as those of `stills`, their points and outlines by geometry alone: what estimators
trained on these reach is the ceiling of those trained on what the model sees.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from posture.files import whole_file
from posture.landmarks.mediapipe import Pose as Seen
from posture.landmarks.silhouette import outline_of
from posture.landmarks.skeleton import NAMES
from posture.truth.body.looks import Outfit, ponytail
from posture.truth.motion.motion import on_the_floor
from posture.truth.picture.camera import Camera
from posture.truth.stills import row as told
from posture.truth.stills import sitting
from posture.types import Floats

_SHIFT = 4  # sixteenths of a pixel, as cv2 draws them
_POINTS = {"toe": "foot_index"}  # named by the pose model


_CHUNK = 25  # bodies in a file


def draw(
    out: Path, seed: int, bodies: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Draw all bodies that are not there yet, as `stills.collect` writes them."""
    out.mkdir(parents=True, exist_ok=True)
    for start in range(0, bodies, _CHUNK):
        path = out / f"{seed}_{start:06d}.npz"
        if not path.exists():
            rows: dict[str, list[Floats]] = {}
            for number in range(start, min(start + _CHUNK, bodies)):
                for row in true_rows(seed, number):
                    for name, value in row.items():
                        rows.setdefault(name, []).append(value)
            with whole_file(path) as part, part.open("wb") as file:
                np.savez_compressed(
                    file, allow_pickle=False, **{name: np.array(v) for name, v in rows.items()}
                )
        if progress is not None:
            progress(start + _CHUNK, bodies)


def true_rows(seed: int, number: int) -> list[dict[str, Floats]]:
    """Return one body's pictures as `stills.body_rows` has them, seen without error."""
    one = sitting(seed, number)
    rows = []
    for bent, pose in one.poses:
        one.outfit.figure.take(pose, on_the_floor(one.outfit, pose))
        seen = _seen(one.outfit, one.camera)
        if seen is not None:
            rows.append(told(one, bent, pose, seen))
    return rows


def _seen(outfit: Outfit, camera: Camera) -> Seen | None:
    outline = outline_of(silhouette(outfit, camera))
    if outline is None:
        return None
    xy_px = np.full((len(NAMES), 2), np.nan, dtype=np.float32)
    for name, point in outfit.figure.points(outfit.surface).items():
        side, _, part = name.partition("_")
        theirs = f"{side}_{_POINTS.get(part, part)}"
        if theirs in NAMES:
            xy_px[NAMES.index(theirs)] = camera.seen_px(point)
    seen = np.isfinite(xy_px[:, 0]).astype(np.float32)
    return Seen(
        xy_px=xy_px,
        visibility=seen,
        world_m=np.full((len(NAMES), 3), np.nan, dtype=np.float32),
        outline=outline,
    )


def silhouette(outfit: Outfit, camera: Camera) -> np.ndarray:
    """Return the mask of a dressed body in its present pose, (height, width) of 0 and 1."""
    width, height = camera.size_px
    mask = np.zeros((height, width), dtype=np.uint8)
    parts = [(outfit.posed(), outfit.figure.shared.faces)]
    if outfit.look.hair_style == "ponytail":
        parts.append(ponytail(outfit.figure))
    for vertices, faces in parts:
        flat = camera.seen_px(vertices)
        corners = flat[faces]
        a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        facing = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        # one side of a closed surface covers what both do
        kept = facing > 0 if len(parts[0][0]) == len(vertices) else facing != 0
        fixed = np.round((corners[kept] - 0.5) * (1 << _SHIFT)).astype(np.int32)
        for triangle in fixed:
            cv2.fillConvexPoly(mask, triangle, 1, shift=_SHIFT)
    return mask.astype(np.float32)
