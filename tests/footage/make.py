"""Rooms and bodies drawn picture by picture, and what a watcher sees of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.footage.watch import Watcher
from posture.landmarks.skeleton import NAMES
from posture.types import (
    OUTLINE_STEPS_PER_PX,
    Clip,
    Floats,
    Landmarks,
    Outline,
    Person,
    Reason,
    Rgb,
)

RATE_HZ = 30.0
WIDE, TALL = 480, 270
MARGIN = 240  # px of room beyond the picture on every side
STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
Camera = Callable[[int], Floats]  # frame to (2, 3): from the room's px to the picture's


@cache
def room(seed: int = 1) -> NDArray[np.uint8]:
    """A wall with things on it and a floor, larger than the picture."""
    rng = np.random.default_rng(seed)
    high, wide = TALL + 2 * MARGIN, WIDE + 2 * MARGIN
    wall = np.full((high, wide), 140, dtype=np.uint8)
    cv2.rectangle(wall, (0, MARGIN + 220), (wide, high), 80, -1)
    for _ in range(110):
        x, y = (int(v) for v in rng.integers(0, (wide, high)))
        w, h = (int(v) for v in rng.integers(12, 60, 2))
        cv2.rectangle(wall, (x, y), (x + w, y + h), int(rng.integers(30, 230)), -1)
    return wall


@cache
def plain_room() -> NDArray[np.uint8]:
    """A wall without anything on it."""
    return np.full((TALL + 2 * MARGIN, WIDE + 2 * MARGIN), 170, dtype=np.uint8)


@cache
def grains() -> Floats:
    """Noise of one grey level, made once."""
    return np.random.default_rng(5).normal(0, 1, (TALL, WIDE)).astype(np.float32)


def shot(wall: NDArray[np.uint8], camera: Floats, noise: float, rng: np.random.Generator) -> Rgb:
    """What the camera sees of the room; `camera` is about the room's middle picture."""
    to_picture = np.vstack([camera, [0, 0, 1]]) @ np.array(
        [[1, 0, -MARGIN], [0, 1, -MARGIN], [0, 0, 1.0]]
    )
    grey = cv2.warpAffine(wall, to_picture[:2], (WIDE, TALL), flags=cv2.INTER_LINEAR)
    grain = np.roll(grains(), int(rng.integers(0, grains().size)))
    noisy = np.clip(grey + noise * grain, 0, 255).astype(np.uint8)
    return np.repeat(noisy[..., None], 3, axis=2)


def body_box(x: float, y: float = 240.0, height: float = 180.0) -> Floats:
    """Corners of a body that stands at (x, y), room's px."""
    half = height / 9
    corners = [(x - half, y - height), (x + half, y - height), (x + half, y), (x - half, y)]
    return np.array(corners)


def placed(camera: Floats, points: Floats) -> Floats:
    return points @ camera[:, :2].T + camera[:, 2]


def watched(
    camera: Camera,
    count: int = 90,
    *,
    wall: NDArray[np.uint8] | None = None,
    body: Callable[[int], Floats] | None = None,
    extra: Callable[[Rgb, int], None] | None = None,
    noise: float = 2.0,
    piece: int = 45,
    order: Sequence[int] | None = None,
) -> tuple[Watcher, Landmarks]:
    """Watch a drawn clip in pieces; the body is a box with points all over it."""
    body = body or (lambda _: body_box(240.0))
    wall = room() if wall is None else wall
    rng = np.random.default_rng(3)
    time_s = np.arange(count) / RATE_HZ
    pictures, outlines, xy = [], [], np.zeros((count, len(NAMES), 2))
    for frame in range(count):
        picture = shot(wall, camera(frame), noise, rng)
        ring = placed(camera(frame), body(frame))
        if extra is not None:
            extra(picture, frame)
        cv2.fillPoly(picture, [np.round(ring).astype(np.int32)], (90, 90, 90))
        for share in np.linspace(0.05, 0.95, 12):  # folds
            ends = np.round(ring[[0, 1]] * (1 - share) + ring[[3, 2]] * share).astype(int)
            cv2.line(picture, ends[0].tolist(), ends[1].tolist(), (60, 60, 60), 2)
        pictures.append(picture)
        outlines.append(_outline(ring))
        share = np.linspace(0, 1, len(NAMES))[:, None]
        xy[frame] = ring[0] * (1 - share) + ring[2] * share
    watcher = Watcher(time_s, (WIDE, TALL))
    starts = list(range(0, count, piece))
    for start in [starts[i] for i in order or range(len(starts))]:
        eyes = watcher.piece(start, min(start + piece, count))
        for frame in range(max(0, start - 5), min(start + piece, count)):
            eyes.see(frame, pictures[frame], outlines[frame])
    return watcher, landmarks(time_s, xy, tuple(outlines))


def _outline(ring: Floats) -> Outline:
    closed = np.vstack([ring, ring[:1]])
    at = np.linspace(0, len(ring), 64, endpoint=False)
    points = np.column_stack([np.interp(at, np.arange(len(closed)), axis) for axis in closed.T])
    return np.round(points * OUTLINE_STEPS_PER_PX).astype(np.int16)


def landmarks(time_s: Floats, xy: Floats, outlines: tuple[Outline | None, ...]) -> Landmarks:
    count = len(time_s)
    return Landmarks(
        time_s=time_s,
        xy_px=xy,
        visibility=np.ones(xy.shape[:2]),
        world_m=None,
        names=NAMES,
        outlines=outlines,
        size_px=(WIDE, TALL),
        clip=Clip(
            file="drawn.mp4",
            sha256="0" * 64,
            duration_s=count / RATE_HZ,
            frames=count,
            size_px=(WIDE, TALL),
            rotation_deg=0,
        ),
        person=Person(count_seen=1, number=1, chosen_because=Reason("only_one"), seen_share=1.0),
        model="drawn",
    )
