"""The body itself: outline, far leg, near leg, trunk and arm."""

from __future__ import annotations

import numpy as np

from posture.outputs.overlay.ink import GREY, SKY, WHITE, Colour, Pen, dot, line, text, tint
from posture.outputs.overlay.scene import Scene
from posture.types import Rgb, Side

_LEG = ("hip", "knee", "ankle")
_FOOT = ("ankle", "heel", "foot_index", "ankle")
_TRUNK = ("hip", "shoulder", "ear")
_ARM = ("shoulder", "elbow", "wrist", "index")


def draw_outline(picture: Rgb, scene: Scene, frame: int) -> None:
    """Draw the body's outline, thin and faint."""
    outline = scene.outline(frame)
    if outline is None:
        return
    ring = np.vstack([outline, outline[:1]])
    inner, outer = _offset(ring, 0.6), _offset(ring, -0.6)
    tint(picture, [np.vstack([inner, outer[::-1]])], WHITE, 0.4)


def _offset(ring: np.ndarray, by: float) -> np.ndarray:
    along = np.gradient(ring, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    length = np.maximum(np.hypot(*normal.T), 1e-6)[:, None]
    shifted: np.ndarray = ring + by * normal / length
    return shifted


def draw_far_leg(picture: Rgb, scene: Scene, frame: int) -> None:
    """Draw the far leg dashed, under the near one."""
    near = scene.near(frame)
    if near is not None:
        width = max(1, scene.stroke_px - 1)
        pen = Pen(GREY, width, dash=5 * width, halo=1)
        _limb(picture, scene, frame, near.other, (_LEG, _FOOT), pen)


def draw_near_side(picture: Rgb, scene: Scene, frame: int) -> None:
    """Draw the near leg, the trunk and the near arm."""
    near = scene.near(frame)
    if near is None:
        return
    pen = Pen(SKY, scene.stroke_px)
    thin = Pen(SKY, max(1, scene.stroke_px - 1), halo=1)
    _limb(picture, scene, frame, near, (_ARM,), thin)
    _limb(picture, scene, frame, near, (_TRUNK, _LEG, _FOOT), pen)


def _limb(
    picture: Rgb,
    scene: Scene,
    frame: int,
    side: Side,
    chains: tuple[tuple[str, ...], ...],
    pen: Pen,
) -> None:
    for chain in chains:
        path = [scene.point(f"{side.value}_{name}", frame) for name in chain]
        line(picture, np.array(path), pen)
    for name in dict.fromkeys(name for chain in chains for name in chain):
        _joint(picture, scene, frame, f"{side.value}_{name}", pen.colour)


def _joint(picture: Rgb, scene: Scene, frame: int, name: str, colour: Colour) -> None:
    column = scene.analysis.landmarks.names.index(name)
    x, y = scene.xy[frame, column]
    hollow = not scene.observed[frame, column]
    dot(picture, (float(x), float(y)), scene.stroke_px + 1, colour, hollow=hollow)


def draw_points(picture: Rgb, scene: Scene, frame: int) -> None:
    """Engineer's view: every point with its number and visibility, the frame and its time."""
    landmarks = scene.analysis.landmarks
    size = max(10, scene.text_px // 2)
    for column in range(len(landmarks.names)):
        x, y = landmarks.xy_px[frame, column] * scene.scale
        if not np.isfinite([x, y]).all():
            continue
        dot(picture, (x, y), 2, WHITE, hollow=not scene.observed[frame, column])
        seen = landmarks.visibility[frame, column]
        text(picture, (x + 4, y - 2), f"{column} {seen:.1f}", size)
    time_s = landmarks.time_s[frame]
    text(picture, (6, scene.size_px[1] - 6), f"{frame}  {time_s:.3f} s", size)
