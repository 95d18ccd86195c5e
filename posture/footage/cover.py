"""Bars, boxes and captions in front of the person, where the mask bridges them."""

from __future__ import annotations

import cv2
import numpy as np

from posture.series import runs
from posture.types import OUTLINE_STEPS_PER_PX, Bools, Floats, Outline, Rgb

# What tells a cover from clothes of the wall's colour; all ours, from 45 clips without one.
_ROW_HEIGHTS = 0.01  # of the body: between two rows looked at
_BESIDE_HEIGHTS = (0.03, 0.09)  # what is looked at to either side of it
_ALIKE_LEVELS = 14.0  # inside as on both sides
_EDGE_LEVELS = 28.0  # a cover ends to both sides of the body as it does before it
_LETTER_HEIGHTS = 0.08  # letters on a cover break it no longer than this
_LEAST_HEIGHTS = 0.02  # thinner covers hide no joint
_ROWS = 2  # over which an edge may spread
_INSIDE_SHARE = 0.5  # of a side within the picture, else there is nothing to compare


def cover_in(rgb: Rgb, outline: Outline | None) -> Floats:
    """Return from where to where something lies across the person, (2,) px down; NaN for nothing.

    Within a cover the person looks as the picture does to either side, and the cover begins and
    ends at one height before the person and beside. Clothes of a bench's colour do not end where
    the bench does.
    """
    nothing = np.full(2, np.nan)
    if outline is None:
        return nothing
    points = outline.astype(np.float64) / OUTLINE_STEPS_PER_PX
    tall = float(np.ptp(points[:, 1]))
    step = max(1, round(_ROW_HEIGHTS * tall))
    height, width = rgb.shape[:2]
    top, bottom = (int(np.clip(v, 0, height - 1)) for v in (points[:, 1].min(), points[:, 1].max()))
    ys = np.arange(max(0, top - 3 * step), min(height, bottom + 3 * step), step)
    if len(ys) < _FEWEST_ROWS:
        return nothing
    mask = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
    strips = _strips(rgb[ys], mask[ys] > 0, tall)
    rows = _alike_rows(strips, round(_LETTER_HEIGHTS * tall / step))
    least = _LEAST_HEIGHTS * tall
    found = [
        (int(ys[a]), int(ys[b - 1]) + step)
        for a, b in rows
        if ys[b - 1] - ys[a] >= least and _ends(strips, a, b)
    ]
    return np.array(max(found, key=lambda run: run[1] - run[0]), float) if found else nothing


_FEWEST_ROWS = 20


def _strips(rows: Rgb, body: Bools, tall: float) -> Floats:
    """Return the colour of each row: before the person, to the left, to the right; (rows, 3, 3)."""
    near, far = (max(1, round(share * tall)) for share in _BESIDE_HEIGHTS)
    width = rows.shape[1]
    colours = np.full((len(rows), 3, 3), np.nan)
    last = (0, 0)
    for i, (row, inside) in enumerate(zip(rows, body, strict=True)):
        across = np.flatnonzero(inside)
        if len(across):
            last = int(across[0]), int(across[-1])
            colours[i, 0] = np.median(row[across], axis=0)
        left = row[max(0, last[0] - far) : max(0, last[0] - near)]
        right = row[min(width, last[1] + near) : min(width, last[1] + far)]
        for side, strip in ((1, left), (2, right)):
            if len(strip) >= (far - near) * _INSIDE_SHARE:
                colours[i, side] = np.median(strip, axis=0)
    return colours


def _alike_rows(strips: Floats, letters: int) -> list[tuple[int, int]]:
    """Return the stretches of rows in which the person looks as both sides do."""
    off = np.abs(strips[:, 1:] - strips[:, :1]).max(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        alike = off < _ALIKE_LEVELS
    joined: list[tuple[int, int]] = []
    for start, stop in runs(alike):
        if joined and start - joined[-1][1] <= letters:
            same = np.abs(strips[start, 0] - strips[joined[-1][1] - 1, 0]).max()
            if same < _ALIKE_LEVELS:
                joined[-1] = joined[-1][0], stop
                continue
        joined.append((start, stop))
    return joined


def _ends(strips: Floats, start: int, stop: int) -> bool:
    """Whether all three, the person and both sides, change where it begins and where it ends."""
    reach, last = _ROWS, len(strips) - 1
    changes = []
    for at in (start, stop):
        above, below = max(0, at - reach), min(last, at + reach - 1)
        changes.append(np.abs(strips[below] - strips[above]).max(axis=1))
    first, second = changes
    at_end = not np.isfinite(strips[min(stop + reach, last), 0]).all()
    with np.errstate(invalid="ignore"):
        begins = bool((first > _EDGE_LEVELS).all())
        ends = bool((second > _EDGE_LEVELS).all())
    return begins and (ends or at_end)
