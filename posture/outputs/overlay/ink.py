"""Strokes and letters that read on any background."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.series import runs
from posture.types import Bools, Floats, Rgb

Colour = tuple[int, int, int]  # red, green, blue
Point = tuple[float, float]
Box = tuple[int, int, int, int]  # left, top, right, bottom


def _rgb(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


# Safe for the common colour-vision types; never alone, always with a shape or a word.
SKY = _rgb("#56B4E9")
GREY = _rgb("#9AA5B1")
YELLOW = _rgb("#F0E442")
VERMILLION = _rgb("#D55E00")
ORANGE = _rgb("#E69F00")
GREEN = _rgb("#009E73")
PURPLE = _rgb("#CC79A7")
WHITE = (255, 255, 255)
DARK = (18, 22, 28)

_SUB = 4  # bits of a pixel's fraction that cv2 takes


@dataclass(frozen=True, slots=True)
class Pen:
    """A stroke's colour and width; a dark halo goes under it."""

    colour: Colour
    width: int
    dash: int = 0  # px on and off; 0 = solid
    halo: int = 2


def line(picture: Rgb, points: Floats | Sequence[Point], pen: Pen) -> None:
    """Draw a line through points; where one is unknown the line breaks."""
    path = np.asarray(points, dtype=np.float64)
    pieces = [path[start:stop] for start, stop in _known(path)]
    if pen.dash and pieces:
        pieces = [np.concatenate([_dashes(piece, pen.dash) for piece in pieces])]
    in_parts = [np.rint(piece * (1 << _SUB)).astype(np.int32) for piece in pieces]
    fixed = list(in_parts[0]) if pen.dash and in_parts else in_parts
    if pen.halo:
        _stroke(picture, fixed, DARK, pen.width + 2 * pen.halo)
    _stroke(picture, fixed, pen.colour, pen.width)


def _known(path: Floats) -> list[tuple[int, int]]:
    good: Bools = np.asarray(np.isfinite(path).all(axis=1))
    if good.all():
        return [(0, len(path))] if len(path) > 1 else []
    return [(a, b) for a, b in runs(good) if b - a > 1]


def _stroke(picture: Rgb, fixed: list[NDArray[np.int32]], colour: Colour, width: int) -> None:
    cv2.polylines(picture, fixed, False, colour, width, cv2.LINE_AA, _SUB)  # noqa: FBT003 - open


def _dashes(path: Floats, dash: int) -> Floats:
    """Return the dashes as straight pieces, shape (D, 2, 2)."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    starts = np.arange(0.0, along[-1], 2 * dash)
    ends = np.minimum(starts + dash, along[-1])
    at = np.stack([starts, ends], axis=1)
    return np.stack([np.interp(at, along, path[:, k]) for k in (0, 1)], axis=-1)


def dot(picture: Rgb, centre: Point, radius: int, colour: Colour, *, hollow: bool) -> None:
    """Draw a joint: filled where it was seen, hollow where it was not."""
    if not np.isfinite(centre).all():
        return
    at = (round(centre[0] * (1 << _SUB)), round(centre[1] * (1 << _SUB)))
    fixed = radius << _SUB
    cv2.circle(picture, at, fixed + (2 << _SUB), DARK, -1, cv2.LINE_AA, _SUB)
    cv2.circle(picture, at, fixed, DARK if hollow else colour, -1, cv2.LINE_AA, _SUB)
    if hollow:
        cv2.circle(picture, at, fixed, colour, 2, cv2.LINE_AA, _SUB)


def arc_points(centre: Point, radius: float, start_deg: float, end_deg: float) -> Floats:
    """Return points of an arc; degrees clockwise from the picture's up.

    As many as it takes that no straight piece is further from it than anyone sees, one of them in
    its middle.
    """
    step_deg = np.degrees(2 * np.arccos(1 - min(1.0, _ROUND_PX / max(radius, _ROUND_PX))))
    half = max(1, math.ceil(abs(end_deg - start_deg) / (2 * step_deg)))
    turn = np.radians(np.linspace(start_deg, end_deg, 2 * half + 1))
    around = np.stack([np.sin(turn), -np.cos(turn)], axis=1)
    points: Floats = np.asarray(centre) + radius * around
    return points


_ROUND_PX = 0.05  # ours; less than a sixteenth, which drawing rounds to


def wedge(
    picture: Rgb, centre: Point, radius: float, degrees: tuple[float, float], colour: Colour
) -> None:
    """Fill a fan of 30 % opacity: an error about an angle."""
    fan = np.vstack([[centre], arc_points(centre, radius, *degrees)])
    if np.isfinite(fan).all():
        tint(picture, [fan], colour, 0.3)


def tint(picture: Rgb, polygons: Sequence[Floats], colour: Colour, opacity: float) -> None:
    """Fill polygons with a see-through colour."""
    fixed = [np.round(polygon).astype(np.int32) for polygon in polygons]
    every = np.vstack(fixed)
    left, top = np.maximum(every.min(axis=0), 0)
    right, bottom = np.minimum(every.max(axis=0) + 1, (picture.shape[1], picture.shape[0]))
    if right <= left or bottom <= top:
        return
    part = picture[top:bottom, left:right]
    layer = part.copy()
    corner = np.array([left, top])
    cv2.fillPoly(layer, [polygon - corner for polygon in fixed], colour, cv2.LINE_AA)
    cv2.addWeighted(layer, opacity, part, 1 - opacity, 0, dst=part)


def plate(picture: Rgb, box: Box, opacity: float = 0.6) -> None:
    """Darken a box, for letters to stand on."""
    height, width = picture.shape[:2]
    left, right = (min(max(x, 0), width) for x in (box[0], box[2]))
    top, bottom = (min(max(y, 0), height) for y in (box[1], box[3]))
    part = picture[top:bottom, left:right]
    if part.size:
        cv2.LUT(part, _darker(opacity), dst=part)


@cache
def _darker(opacity: float) -> NDArray[np.uint8]:
    """Return what becomes of each level of each colour under a plate, (1, 256, 3)."""
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    dark = np.broadcast_to(np.array(DARK, dtype=np.uint8), levels.shape).copy()
    return np.asarray(cv2.addWeighted(dark, opacity, levels, 1 - opacity, 0), dtype=np.uint8)


@cache
def _font() -> cv2.FontFace:
    # OpenCV's own font: it holds Japanese too, so no font package is needed
    return cv2.FontFace("uni")


def text_size(text: str, size: int) -> tuple[int, int]:
    """Return width and height of a line of text."""
    left, top, width, height = cv2.getTextSize((0, 0), text, (0, 0), _font(), size, 500)
    return max(0, width + left), max(height, top)


def text(picture: Rgb, at: Point, told: str, size: int, colour: Colour = WHITE) -> None:
    """Write a line with its baseline's left end at `at`."""
    where = (round(at[0]), round(at[1]))
    cv2.putText(picture, told, where, colour, _font(), size, 500)


def label(picture: Rgb, left_top: Point, told: str, size: int, colour: Colour = WHITE) -> None:
    """Write a line on a dark plate with its corner at `left_top`."""
    box = label_box(left_top, told, size)
    plate(picture, box)
    text(picture, (box[0] + size * 0.35, box[1] + size * 1.12), told, size, colour)


def label_box(left_top: Point, told: str, size: int) -> Box:
    """Return the plate of a label, for placing it."""
    width, _ = text_size(told, size)
    left, top = round(left_top[0]), round(left_top[1])
    return left, top, left + width + round(0.7 * size), top + round(1.5 * size)
