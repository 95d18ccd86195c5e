"""The back line along the body: six links from the sole to the head, each by its finding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.filters import gaussian
from posture.outputs.overlay.ink import (
    DARK,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    WHITE,
    Colour,
    Pen,
    dot,
    line,
    text,
    text_size,
    tint,
)
from posture.outputs.overlay.scene import Scene
from posture.outputs.tables import LEVEL_SIGNS
from posture.types import Finding, Floats, Level, Link, Rgb, Side

COLOURS: dict[Level, Colour] = {
    Level.SUGGESTED: VERMILLION,
    Level.POSSIBLE: ORANGE,
    Level.NOT_SUGGESTED: GREEN,
    Level.CANNOT_TELL: GREY,
}

# Where each link lies along ankle (0), knee (1), hip (2), shoulder (3), ear (4).
_LINKS = {
    Link.CALF: (0.0, 1.0),
    Link.HAMSTRING: (1.0, 1.9),
    Link.PELVIS: (1.9, 2.3),
    Link.BACK: (2.3, 3.1),
    Link.HEAD: (3.1, 4.0),
}
# How far the skin lies behind that line, in body heights, where the outline does not tell; ours.
_DEPTH_AT = (0.0, 0.4, 1.0, 1.5, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0)
_DEPTH = (0.025, 0.045, 0.035, 0.055, 0.070, 0.055, 0.060, 0.045, 0.040, 0.060)
_SAMPLES = 61
_SMOOTH = 1.5  # samples
_FOLLOW = 0.35  # of the way to the new depth per frame: the outline flickers, the back does not
_MARGIN = 0.004  # body heights outside of the skin


@dataclass(slots=True)
class BackLine:
    """Draws the band; remembers the last depths so that it does not flicker."""

    depth: Floats | None = None

    def draw(self, picture: Rgb, scene: Scene, frame: int) -> None:
        """Draw the six links behind the body."""
        near = scene.near(frame)
        for link, path in self.paths(scene, frame).items():
            _band(picture, scene, path, scene.finding(link, near))

    def paths(self, scene: Scene, frame: int) -> dict[Link, Floats]:
        """Return where each link runs, (n, 2) px of the overlay; nothing where it is not seen."""
        near = scene.near(frame)
        path = self._path(scene, frame, near)
        if near is None or path is None or not math.isfinite(scene.height_px):
            return {}
        at = np.linspace(0.0, 4.0, _SAMPLES)
        found = {link: path[(at >= low) & (at <= high)] for link, (low, high) in _LINKS.items()}
        sole = _sole(scene, frame, near)
        return found if sole is None else found | {Link.SOLE: sole}

    def _path(self, scene: Scene, frame: int, near: Side | None) -> Floats | None:
        if near is None:
            self.depth = None
            return None
        keys = np.array(
            [
                scene.point(f"{near.value}_{name}", frame)
                for name in ("ankle", "knee", "hip", "shoulder", "ear")
            ]
        )
        facing = scene.forward[frame]
        if not np.isfinite(keys).all() or not np.isfinite(facing):
            self.depth = None
            return None
        at = np.linspace(0.0, 4.0, _SAMPLES)
        spine = np.stack([np.interp(at, np.arange(5.0), keys[:, k]) for k in (0, 1)], axis=1)
        soft = gaussian(spine, 3.0, "edge")
        along = np.gradient(soft, axis=0)
        along /= np.maximum(np.hypot(*along.T), 1e-6)[:, None]
        behind = -facing * np.stack([-along[:, 1], along[:, 0]], axis=1)
        usual = np.interp(at, _DEPTH_AT, _DEPTH) * scene.height_px
        depth = _skin(scene.outline(frame), soft, behind, usual)
        depth = gaussian(depth, _SMOOTH, "edge")
        if self.depth is not None:
            depth = self.depth + _FOLLOW * (depth - self.depth)
        self.depth = depth
        path: Floats = soft + (depth + _MARGIN * scene.height_px)[:, None] * behind
        return path


def _skin(outline: Floats | None, starts: Floats, rays: Floats, usual: Floats) -> Floats:
    """Return the distance to the outline along each ray, or the usual one where it is odd."""
    if outline is None:
        return usual
    edge = np.roll(outline, -1, axis=0) - outline
    apart = outline[None] - starts[:, None]  # (S, E, 2)
    cross = rays[:, None, 0] * edge[None, :, 1] - rays[:, None, 1] * edge[None, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (apart[..., 0] * edge[None, :, 1] - apart[..., 1] * edge[None, :, 0]) / cross
        share = (apart[..., 0] * rays[:, None, 1] - apart[..., 1] * rays[:, None, 0]) / cross
        hits = (share >= 0) & (share <= 1) & (distance > 0)
    nearest = np.where(hits, distance, np.inf).min(axis=1)
    # further out it is an arm, hair or something behind the body
    believable = (nearest > 0.3 * usual) & (nearest < 1.5 * usual)
    return np.where(believable, nearest, usual)


def _sole(scene: Scene, frame: int, near: Side) -> Floats | None:
    heel, toe = (scene.point(f"{near.value}_{name}", frame) for name in ("heel", "foot_index"))
    if not np.isfinite([*heel, *toe]).all():
        return None
    along = toe - heel
    length = float(np.hypot(*along))
    if length == 0:
        return None
    below = np.array([-along[1], along[0]]) / length
    below *= np.sign(below[1]) or 1.0
    ends = np.array([heel - 0.1 * along, toe + 0.1 * along]) + 0.02 * scene.height_px * below
    path: Floats = ends[0] + np.linspace(0, 1, 8)[:, None] * (ends[1] - ends[0])
    return path


def _band(picture: Rgb, scene: Scene, path: Floats, finding: Finding | None) -> None:
    """Draw one link: thick, hatched, thin or dotted by its level, with its sign."""
    level = finding.level if finding else Level.CANNOT_TELL
    colour = COLOURS[level]
    thick = max(4, round(0.018 * scene.height_px))
    if level is Level.SUGGESTED:
        line(picture, path, Pen(colour, thick, halo=2))
    elif level is Level.POSSIBLE:
        line(picture, path, Pen(colour, thick, halo=2))
        _hatch(picture, path, thick)
    elif level is Level.NOT_SUGGESTED:
        line(picture, path, Pen(colour, max(2, thick // 2), halo=2))
    else:
        line(picture, path, Pen(colour, max(2, thick // 3), dash=max(3, thick // 2), halo=1))
    if level is not Level.CANNOT_TELL and finding is not None:
        _badge(picture, path, scene, LEVEL_SIGNS[level], colour)


def _hatch(picture: Rgb, path: Floats, thick: int) -> None:
    along = np.gradient(path, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(*normal.T), 1e-6)[:, None]
    for at, across in zip(path[1:-1:2], normal[1:-1:2], strict=True):
        ends = np.array([at - across * thick / 2, at + across * thick / 2])
        line(picture, ends, Pen(DARK, max(1, thick // 5), halo=0))


def _badge(picture: Rgb, path: Floats, scene: Scene, sign: str, colour: Colour) -> None:
    """Put the level's sign on a disc at the link's middle."""
    size = max(14, round(0.6 * scene.text_px))
    x, y = path[len(path) // 2]
    dot(picture, (float(x), float(y)), round(0.75 * size), colour, hollow=False)
    width, _ = text_size(sign, size)
    text(picture, (x - width / 2, y + 0.36 * size), sign, size, WHITE)


def swatch(picture: Rgb, box: tuple[int, int, int, int], level: Level) -> None:
    """Fill a small box as the band of this level looks, for the panel."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    path = np.array([[left, middle], [(left + right) / 2, middle], [right, middle]])
    thick = max(3, (bottom - top) // 2)
    if level is Level.CANNOT_TELL:
        line(picture, path, Pen(COLOURS[level], max(2, thick // 2), dash=thick, halo=0))
        return
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)
    tint(picture, [corners], COLOURS[level], 1.0)
