"""How the camera moves, from points of the room that are followed from picture to picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.footage.similarity import applied, inverse
from posture.types import OUTLINE_STEPS_PER_PX, Floats, Outline, Rgb

Grey = NDArray[np.uint8]  # (h, w) brightness
Levels = NDArray[np.float32]  # the same to be reckoned with


# How the room is followed; lengths in px of the small picture. All ours.
# Read off the bundled samples and real clips, still and panned, tilted and zoomed by cropping.
_EVENED_PX = 31  # over which contrast is evened; wider than a body is thick at that size
_EVENED_LEVELS = 5.0  # fainter things than this stay fainter: noise is under one
_CORNERS = 90  # more make nothing surer
_CORNER_QUALITY = 0.02  # of the strongest corner
_CORNER_APART_PX = 9
_WINDOW_PX = 15  # of the flow; half a brick of the samples' wall
_LEVELS = 3  # of the pyramid: finds what moved by up to a third of the picture
# how much what is about a point may differ, of its contrast: what is followed differs by .1 to
# .4, noise, which is another one in every picture, by .7 and more
_UNLIKE_SHARE = 0.6
_OFF_PX = 0.8  # a point this far off the common movement does not share it
_LEAST_POINTS = 12  # that share it
_LEAST_SHARE = 0.45  # of those followed; the rest is people, leaves, noise
_LEAST_CELLS = 4  # of 4 x 3 that hold such points: else it is one thing that moves
HELD_SD_PX = 0.3  # where too little is seen of the room to follow it, and nothing changed
_DIFFERS_LEVELS = 24.0  # of an evened picture, noise taken off: another thing is there
_DIFFERS_SHARE = 0.08  # of the room; a plant or a shadow is less, a pan soon more


@dataclass(frozen=True, slots=True)
class Shift:
    """One picture against another: similarity, and how sure it is."""

    matrix: Floats  # (2, 3) from this picture's small px to the key's
    points: int  # that share the movement
    share: float  # of those followed
    cells: int  # of 12 that hold some
    sd_px: float  # of a place in the middle of the person, small px

    @classmethod
    def nothing(cls, points: int = 0) -> Self:
        """Return what is known where nothing could be followed."""
        return cls(np.full((2, 3), np.nan), points, 0.0, 0, np.inf)

    @classmethod
    def held(cls, guess: Floats) -> Self:
        """Return that the camera stood still as far as anything shows."""
        cells, points = _LEAST_CELLS, _LEAST_POINTS
        return cls(guess, points, 1.0, cells, HELD_SD_PX)

    def is_sure(self) -> bool:
        """Whether enough of the room moves as one, all over the picture."""
        return (
            self.points >= _LEAST_POINTS
            and self.share >= _LEAST_SHARE
            and self.cells >= _LEAST_CELLS
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A picture that others are compared with, and its points of the room."""

    grey: Grey
    points: NDArray[np.float32]  # (N, 2)
    contrast: NDArray[np.float32]  # (N,) of what is about each, standard deviation in levels


def small_grey(rgb: Rgb, side_px: int) -> Grey:
    """Return a small picture's brightness; green stands in for it."""
    height, width = rgb.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    step = max(1, int(1 / (2 * scale)))
    plain = np.ascontiguousarray(rgb[::step, ::step, 1])
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(plain, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def evened(grey: Grey) -> Grey:
    """Return a picture whose faint things stand out as the strong ones do, whatever the light.

    A wall's stains and a floor's boards are followed as well as what hangs on the wall.
    """
    plain = grey.astype(np.float32)
    mean, spread = _about(plain, _EVENED_PX)
    even = (plain - mean) * (_EVEN_LEVELS / (spread + _EVENED_LEVELS)) + _GREY
    return np.asarray(np.clip(even, 0, 255), dtype=np.uint8)


def _about(plain: Levels, side_px: int) -> tuple[Levels, Levels]:
    """Return the mean and the standard deviation of what is about each place, (h, w)."""
    size = (side_px, side_px)
    mean = cv2.blur(plain, size)
    spread = np.sqrt(np.maximum(cv2.blur(plain * plain, size) - mean * mean, 0))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)


_EVEN_LEVELS = 45.0  # two of them to either side of the middle grey are within a byte
_GREY = 128.0


def room_mask(
    outline: Outline | None, size: tuple[int, int], scale: float, margin_heights: float
) -> Grey:
    """Return 255 where the room is, 0 where the person is; `size` is (height, width)."""
    mask = np.full(size, 255, dtype=np.uint8)
    if outline is None:
        return mask
    points = outline.astype(np.float64) * (scale / OUTLINE_STEPS_PER_PX)
    margin = max(3, round(margin_heights * float(np.ptp(points[:, 1]))))
    ring = np.round(points).astype(np.int32)
    cv2.fillPoly(mask, [ring], 0)
    cv2.polylines(mask, [ring], True, 0, thickness=2 * margin + 1)  # noqa: FBT003 - OpenCV's way
    return mask


def key_of(grey: Grey, mask: Grey) -> Key:
    """Return a picture with the points of the room that can be found again in another."""
    found = cv2.goodFeaturesToTrack(
        grey,
        _CORNERS,
        _CORNER_QUALITY,
        _CORNER_APART_PX,
        mask=mask,
    )
    points = np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2)
    _, spread = _about(grey.astype(np.float32), _WINDOW_PX)
    x, y = np.round(points).astype(int).T
    return Key(grey, np.ascontiguousarray(points, dtype=np.float32), spread[y, x])


def shift_between(key: Key, grey: Grey, mask: Grey, guess: Floats) -> Shift:
    """Return how a picture lies against a key picture; `guess` is from the picture to the key."""
    if len(key.points) < _FEWEST:
        return Shift.nothing()
    expected = applied(inverse(guess), key.points).astype(np.float32)
    size = (_WINDOW_PX, _WINDOW_PX)
    there, status, unlike = cv2.calcOpticalFlowPyrLK(
        key.grey,
        grey,
        key.points.reshape(-1, 1, 2),
        expected.reshape(-1, 1, 2).copy(),
        winSize=size,
        maxLevel=_LEVELS,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    there = there.reshape(-1, 2)
    height, width = grey.shape
    inside = (there >= 0).all(axis=1) & (there < (width - 1, height - 1)).all(axis=1)
    at = np.clip(np.round(np.nan_to_num(there)), 0, (width - 1, height - 1)).astype(int)
    free = mask[at[:, 1], at[:, 0]] > 0
    alike = unlike.reshape(-1) < _UNLIKE_SHARE * key.contrast
    good = (status.reshape(-1) == 1) & inside & free & alike
    if good.sum() < _FEWEST:
        return Shift.nothing(int(good.sum()))
    return _common(there[good], key.points[good], mask)


_FEWEST = 4  # ours; fewer points always share some movement
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.03)


def differ(before: Grey, now: Grey, room: Grey) -> bool:
    """Whether the room looks otherwise than before, light and noise aside."""
    small = [cv2.blur(grey, (5, 5))[::2, ::2].astype(np.float32) for grey in (before, now)]
    inside = room[::2, ::2] > 0
    if not inside.any():
        return False
    off = small[1] - small[0]
    off -= np.median(off[inside])
    return float((np.abs(off[inside]) > _DIFFERS_LEVELS).mean()) > _DIFFERS_SHARE


def _common(there: NDArray[np.float32], here: NDArray[np.float32], mask: Grey) -> Shift:
    """Return the movement that most points share."""
    found, inliers = cv2.estimateAffinePartial2D(
        there,
        here,
        method=cv2.RANSAC,
        ransacReprojThreshold=_OFF_PX,
        maxIters=300,
        confidence=0.995,
        refineIters=5,
    )
    matrix: Floats = np.full((2, 3), np.nan) if found is None else np.array(found, dtype=np.float64)
    if not np.isfinite(matrix).all():
        return Shift.nothing()
    share = inliers.reshape(-1) == 1
    if share.sum() < _FEWEST:
        return Shift.nothing(int(share.sum()))
    height, width = mask.shape
    cells = np.unique((there[share] / (width / 4, height / 3)).astype(int), axis=0)
    off = applied(matrix, there[share]) - here[share]
    return Shift(
        matrix=matrix,
        points=int(share.sum()),
        share=float(share.mean()),
        cells=len(cells),
        sd_px=_sd_at(_person_middle(mask), there[share], float(np.sqrt((off**2).mean()))),
    )


def _person_middle(mask: Grey) -> Floats:
    rows, columns = np.nonzero(mask[::4, ::4] == 0)
    if not len(rows):
        return np.array([mask.shape[1] / 2, mask.shape[0] / 2])
    return np.array([4 * columns.mean(), 4 * rows.mean()])


def _sd_at(place: Floats, points: Floats, off_px: float) -> float:
    """How far a similarity fitted to these points may be off at a place."""
    from_middle = points - points.mean(axis=0)
    lever = float(((place - points.mean(axis=0)) ** 2).sum())
    return off_px * float(np.sqrt(1 / len(points) + lever / max((from_middle**2).sum(), 1e-6)))
