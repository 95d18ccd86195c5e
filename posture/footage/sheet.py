"""The printed sheet in one picture: where it is, whether it is whole, flat and sharp.

What is printed stands here too, in millimetres of an A4 page from its top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.footage.camera import Grey
from posture.types import Floats, Rgb

PAGE_MM = 210.0, 297.0
CHECK_LINE_MM = 100.0


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed marker: its number in `DICTIONARY`, its top left corner and its side in mm."""

    number: int
    left: float
    top: float
    side: float


MARKERS = (Printed(7, 25, 14, 160), Printed(19, 25, 196, 70), Printed(23, 115, 196, 70))
DICTIONARY = cv2.aruco.DICT_4X4_50
CELLS = 6  # across a marker, its black rim included
PATTERN_MM = (12.0, 4.0, 198.0, 270.0)  # left, top, right, bottom of what is compared


# When a sheet is one, and whole, flat and large enough; all ours.
# Read off rendered sheets: flat ones at yaws to 50 deg, hidden, bent and blurred ones, and off
# the negative clips, none of which has a marker of these numbers.
_IS_ONE = 0.5  # correlation with what is printed: less is another thing
_ALIKE = 0.75  # whole sheets are at .9 and over
_TILE_ALIKE = 0.6  # of a twelfth of it: a hidden one is at .3 and under
_HIDDEN_MOST = 0.05  # share of the sheet: a twelfth is too much
_BENT_PX = 0.12  # rms by which twelfths lie off one plane's picture; flat ones .02 to .07
_BENT_SHARE = 0.0018  # the same of the sheet's side, where that is more
_LEAST_PX = 40.0  # of the sheet's longer side; at 300 px a metre it has 88
_SOFT_SHARE = 0.02  # of the side: as blurred as that, nothing tells that it is bent
SHEET_EVERY_S = 2.45  # it stands still


@cache
def bits(number: int) -> NDArray[np.uint8]:
    """Return a marker's cells, (6, 6): 0 black, 255 white."""
    book = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    cells: NDArray[np.uint8] = np.asarray(
        cv2.aruco.generateImageMarker(book, number, CELLS), dtype=np.uint8
    )
    return cells


def printed(px_per_mm: float, *, page: bool = False) -> Grey:
    """Return what is printed as a picture, the pattern alone or the whole page."""
    left, top, right, bottom = (0.0, 0.0, *PAGE_MM) if page else PATTERN_MM
    fine = max(4.0, 4 * px_per_mm)  # drawn finely, then averaged as a sensor does
    wide, tall = (round((b - a) * px_per_mm) for a, b in ((left, right), (top, bottom)))
    picture = np.full((round((bottom - top) * fine), round((right - left) * fine)), 255, np.uint8)
    for one in MARKERS:
        cell = one.side / CELLS
        for row, cells in enumerate(bits(one.number)):
            for column, white in enumerate(cells):
                if white:
                    continue
                x, y = one.left - left + column * cell, one.top - top + row * cell
                rows = slice(round(y * fine), round((y + cell) * fine))
                picture[rows, round(x * fine) : round((x + cell) * fine)] = 0
    small = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class SheetLook:
    """The sheet as one picture shows it."""

    corners_px: Floats  # (4, 2) of the page: top left, top right, bottom right, bottom left
    alike: float  # correlation with what is printed
    hidden: float  # share of it
    bent_px: float  # rms off one plane's picture
    side_px: float  # of its longer side
    soft_px: float  # by how much it is blurred

    def trouble(self) -> str | None:
        """Return why it measures nothing: small, hidden or bent; None where it does."""
        if self.side_px < _LEAST_PX:
            return "small"
        if self.hidden > _HIDDEN_MOST or self.alike < _ALIKE:
            return "hidden"
        if self.bent_px > max(_BENT_PX, _BENT_SHARE * self.side_px):
            is_soft = self.soft_px > _SOFT_SHARE * self.side_px
            return "small" if is_soft else "bent"
        return None


def sheet_in(rgb: Rgb) -> SheetLook | None:
    """Return the sheet in a picture, None where there is none."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    seen, numbers, _ = _detector().detectMarkers(grey)
    if not len(seen):
        return None
    known = {one.number: one for one in MARKERS}
    found = {
        int(number): corners.reshape(4, 2).astype(np.float64)
        for number, corners in zip(numbers.ravel(), seen, strict=True)
        if int(number) in known
    }
    if not found:
        return None
    # the largest marker that is seen puts the page; the others only come in with the whole pattern
    best = max(found, key=lambda number: known[number].side)
    to_px = cv2.getPerspectiveTransform(
        _square(known[best]).astype(np.float32), found[best].astype(np.float32)
    )
    return _compared(np.asarray(grey, dtype=np.uint8), to_px.astype(np.float64))


@cache
def _detector() -> cv2.aruco.ArucoDetector:
    how = cv2.aruco.DetectorParameters()
    # one threshold instead of three: a third of the time; wide as a cell of a sheet at 3 m
    how.adaptiveThreshWinSizeMin = how.adaptiveThreshWinSizeMax = 15
    how.minMarkerPerimeterRate = 0.06
    how.errorCorrectionRate = 0.0  # a picture of something else is no marker
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), how)


def _square(one: Printed) -> Floats:
    right, bottom = one.left + one.side, one.top + one.side
    return np.array(
        [(one.left, one.top), (right, one.top), (right, bottom), (one.left, bottom)], dtype=float
    )


def seen_through(matrix: Floats, places: Floats) -> Floats:
    """Return places, (N, 2), through a projective map, (3, 3)."""
    put = np.column_stack([places, np.ones(len(places))]) @ matrix.T
    through: Floats = put[:, :2] / put[:, 2:]
    return through


PAGE_CORNERS = np.array([(0, 0), (PAGE_MM[0], 0), PAGE_MM, (0, PAGE_MM[1])], dtype=float)
_ITERATIONS = 60
_TILES = 3, 4  # across, down


def _compared(grey: Grey, to_px: Floats) -> SheetLook | None:
    """Lay what is printed over the picture, as well as it goes, and say how well that is."""
    tall_px = grey.shape[0]
    left, top, right, bottom = PATTERN_MM
    about = seen_through(
        to_px, np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    )
    side_px = float(np.ptp(about, axis=0).max())
    area = float(cv2.contourArea(about.astype(np.float32)))
    scale = float(np.sqrt(area / ((right - left) * (bottom - top))))
    if not 0.05 < scale < 20:  # noqa: PLR2004 - px a mm: no sheet is that small or near
        return None
    shrunk = min(1.0, _FINEST / scale)
    if shrunk < 1:
        grey = np.asarray(
            cv2.resize(grey, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        )
        shrunk = grey.shape[0] / tall_px
        to_px = np.diag([shrunk, shrunk, 1.0]) @ to_px
        scale *= shrunk
    pattern = printed(scale)
    tall, wide = pattern.shape
    across, down = (right - left) / wide, (bottom - top) / tall
    from_pattern = np.array([[across, 0, left], [0, down, top], [0, 0, 1]])
    start = to_px @ from_pattern @ _HALF
    start = _UNHALF @ start
    smooth = cv2.GaussianBlur(pattern, (0, 0), _SOFT[0])
    try:
        alike, found = cv2.findTransformECC(
            smooth,
            grey,
            (start / start[2, 2]).astype(np.float32),
            cv2.MOTION_HOMOGRAPHY,
            (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, _ITERATIONS, 1e-5),
            np.full_like(grey, 255),
            1,
        )
    except cv2.error:  # it runs away where too little of the sheet is in view
        return None
    shown = cv2.warpPerspective(
        grey, found, (wide, tall), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    if alike < _IS_ONE:
        return None
    seen = shown.astype(np.float64)
    softer = [cv2.GaussianBlur(pattern, (0, 0), soft).astype(np.float64) for soft in _SOFT]
    likeness = [float(np.corrcoef(one.ravel(), seen.ravel())[0, 1]) for one in softer]
    soft = int(np.argmax(likeness))
    hidden, off = _tiles(softer[soft], seen)
    whole = np.linalg.inv(_UNHALF) @ found.astype(np.float64) @ np.linalg.inv(from_pattern @ _HALF)
    corners = seen_through(whole, PAGE_CORNERS)
    return SheetLook(
        corners_px=corners / shrunk,
        alike=float(alike),
        hidden=hidden,
        bent_px=off / shrunk,
        side_px=side_px,
        soft_px=_SOFT[soft] / shrunk,
    )


_SOFT = 0.6, 0.9, 1.3, 1.8, 2.5  # px by which lens and coding blur it
_FINEST = 1.0  # px a mm; finer says no more
# OpenCV counts from the middle of a pixel, places here from its corner
_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
_UNHALF = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])


def _tiles(pattern: Floats, shown: Floats) -> tuple[float, float]:
    """Return the share of tiles that show something else, and how far the others lie off, rms."""
    tall, wide = pattern.shape
    down: Floats = np.asarray(np.gradient(pattern, axis=0))
    across: Floats = np.asarray(np.gradient(pattern, axis=1))
    hidden, asked, offs = 0, 0, []
    for row in range(_TILES[1]):
        for column in range(_TILES[0]):
            part = (
                slice(row * tall // _TILES[1], (row + 1) * tall // _TILES[1]),
                slice(column * wide // _TILES[0], (column + 1) * wide // _TILES[0]),
            )
            wanted = pattern[part] - pattern[part].mean()
            got = shown[part] - shown[part].mean()
            power = float((wanted**2).sum())
            if power < _LEAST_POWER * wanted.size:
                continue
            asked += 1
            strength = float(np.sqrt(power * (got**2).sum()))
            alike = float((wanted * got).sum()) / strength if strength else 0.0
            if alike < _TILE_ALIKE:
                hidden += 1
                continue
            gain = float((wanted * got).sum()) / power
            slopes = np.column_stack(
                [across[part].ravel(), down[part].ravel(), wanted.ravel(), np.ones(wanted.size)]
            )
            shift = np.linalg.lstsq(slopes * gain, (got - gain * wanted).ravel(), rcond=None)[0]
            offs.append(shift[:2])
    off = float(np.sqrt(np.mean(np.square(offs)))) if offs else np.inf
    return hidden / max(asked, 1), off


_LEAST_POWER = 600.0  # grey levels squared; a tile of paper alone says nothing
