"""How far the camera hangs askew, from the room's straight lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from posture.footage.camera import room_mask, small_grey
from posture.types import Floats, Landmarks, Outline, Rgb


def lines_of(rgb: Rgb, outline: Outline | None) -> Floats:
    """Return the straight lines of the room, (N, 4): x, y of the middle, length, slope.

    Places and lengths in shares of the picture's longer side from its middle, the slope in degrees
    clockwise from the picture's horizontal, -90 to 90.
    """
    height, width = rgb.shape[:2]
    grey = cv2.GaussianBlur(small_grey(rgb, _SIDE_PX), (3, 3), 0)
    scale = max(grey.shape) / max(height, width)
    room = room_mask(outline, grey.shape, scale, _MARGIN_HEIGHTS)
    found: Any = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 4))
    ends: Floats = found.reshape(-1, 2, 2).astype(np.float64)
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    middle = ends.mean(axis=1)
    at = np.clip(middle.astype(int), 0, (grey.shape[1] - 1, grey.shape[0] - 1))
    keep = (length >= _LEAST_LINE * max(grey.shape)) & (room[at[:, 1], at[:, 0]] > 0)
    slope = (np.degrees(np.arctan2(along[:, 1], along[:, 0])) + 90) % 180 - 90
    centred = (middle - (grey.shape[1] / 2, grey.shape[0] / 2)) / max(grey.shape)
    rows: Floats = np.column_stack([centred, length / max(grey.shape), slope])
    kept: Floats = rows[keep]
    return kept


_SIDE_PX = (
    800  # ours; of the longer side: an upright of a fifth of it is told to a fifth of a degree
)
_MARGIN_HEIGHTS = 0.03
_LEAST_LINE = 0.04  # ours; of the longer side: shorter lines are bricks, letters and leaves


# What uprights of a room have to be like to say how a camera hangs; all ours.
# Read off 45 rendered, bundled and filmed clips, level and rolled by 3 to 15 deg.
_WITHIN_DEG = 25.0  # of the picture's upright: what leans more is no upright
_ALIKE_DEG = 1.2  # uprights of one room lie this near to each other
_WIDEST_FAN = 10.0  # degrees a picture's side by which a tilted camera fans them out
_LEAST_LENGTH = 0.7  # of the longer side, all that agree together
_LEAST_SHARE = 0.55  # of the length of all that could be uprights
_LEAST_PLACES = 3  # across the picture, a twelfth of it apart: one thing may lean
_LEAST_APART = 0.2  # of the longer side, the outermost of them
_LEVEL_FAN = 3.0  # horizontals of a wall seen at 15 deg fan out by 18
_LEVEL_LENGTH = 1.5  # of the longer side, all that agree
_LEVEL_APART = 0.08  # upwards, the outermost of them: one board may slope, or a ramp
_LEVEL_SD_DEG = 2.5  # a wall at 15 deg puts 2.8 on it and shows it too little
_LEVEL_ALIKE_DEG = 2.0  # horizontals of a wall seen straight on say the same
_LEAST_SD_DEG = 0.7  # walls and door frames themselves
_ALONE_SD_DEG = 1.2  # more where no horizontals agree
_PER_FAN = 0.15  # of a degree, for each degree by which they fan out
_LEAST_DEG = 2.5  # less is within what setting up by eye leaves
_SLOPE_DEG = 3.5  # of floor and wall alone; walls seen at 15 deg slope by up to 3
_STANDS_DEG = (1.5, 2.5)  # people lean forward so much, give or take
_TIMES = 20.0  # as likely as not to stand upright, once the slope is taken off
_BY_BODY_SD_DEG = 1.5


def roll_of(lines: list[Floats]) -> tuple[float, float]:
    """Return how far the picture is turned clockwise and how unsure that is; NaN if not to be told.

    `lines` as `lines_of` gives them, one array a picture. Uprights decide: ramps, stairs, boards
    and walls seen at an angle slope in a level picture too. They fan out where the camera looks up
    or down, which is taken off. Without uprights, horizontals that are parallel to each other.
    """
    rolls = [_roll(one) for one in lines if len(one)]
    told = np.array([roll for roll in rolls if np.isfinite(roll[0])]).reshape(-1, 2)
    if len(told) < max(1, len(rolls) / 2) or not rolls:
        return float("nan"), float("nan")
    middle = float(np.median(told[:, 0]))
    if np.abs(told[:, 0] - middle).max() > _ALIKE_DEG:
        return float("nan"), float("nan")
    return middle, float(np.median(told[:, 1]))


def level_of(lines: list[Floats]) -> float:
    """Return the slope of the horizontals of the room, clockwise; NaN where they do not agree.

    A wall seen at an angle slopes too: this alone says nothing of the camera.
    """
    slopes = np.array([_level(one) for one in lines if len(one)])
    slopes = slopes[np.isfinite(slopes)]
    if not len(slopes) or float(np.ptp(slopes)) > 2 * _ALIKE_DEG:
        return float("nan")
    return float(np.median(slopes))


@dataclass(frozen=True, slots=True)
class Hang:
    """How a camera hangs."""

    roll_deg: float  # picture turned clockwise
    sd_deg: float
    is_sure: bool  # enough to be put right


def askew_of(landmarks: Landmarks) -> Hang | None:
    """Return how a camera hangs that hangs askew, None where nothing says that it does.

    By the room's uprights; or by its horizontals, where the person stands upright only if they are
    level.
    """
    footage = landmarks.footage
    if footage is None:
        return None
    roll, sd = footage.roll_deg, footage.roll_sd_deg
    if math.isfinite(roll) and abs(roll) >= _LEAST_DEG + sd:
        return Hang(roll, sd, is_sure=True)
    if math.isfinite(roll) and sd < _LEVEL_SD_DEG:
        return None  # uprights say that it hangs level
    by_body = _by_body(landmarks, footage.level_deg)
    if by_body is None and abs(roll) >= _SLOPE_DEG:
        return Hang(roll, sd, is_sure=False)
    return by_body


def _by_body(landmarks: Landmarks, slope_deg: float) -> Hang | None:
    """Return how the camera hangs by how the room slopes and how the person stands in it."""
    lean = _standing_lean_deg(landmarks)
    if not abs(slope_deg) >= _SLOPE_DEG or not math.isfinite(lean):
        return None
    forward, spread = _STANDS_DEG
    as_seen, level = (
        max(-0.5 * ((by - way * forward) / spread) ** 2 for way in (-1, 1))  # faces either way
        for by in (lean, lean - slope_deg)
    )
    if level < as_seen:
        return None
    is_sure = level - as_seen >= math.log(_TIMES)
    return Hang(slope_deg, _BY_BODY_SD_DEG, is_sure=is_sure)


def _standing_lean_deg(landmarks: Landmarks) -> float:
    """How far the line from ankles to shoulders leans clockwise, of the upright half; NaN."""

    def middle(part: str) -> Floats:
        both = [landmarks.point(f"{side}_{part}") for side in ("left", "right")]
        mean: Floats = (both[0] + both[1]) / 2
        return mean

    line = middle("shoulder") - middle("ankle")
    lean = np.degrees(np.arctan2(line[:, 0], -line[:, 1]))
    upright = lean[np.isfinite(lean) & (np.abs(lean) < _UPRIGHT_DEG)]
    if len(upright) < _FEWEST:
        return float("nan")
    return float(np.median(upright))


_UPRIGHT_DEG = 30.0
_FEWEST = 10


def _roll(lines: Floats) -> tuple[float, float]:
    """Return what one picture's uprights say, or its parallel horizontals where it has none."""
    by_uprights = _by_uprights(lines)
    if math.isfinite(by_uprights[0]):
        return by_uprights
    by_level = _by_level(lines)
    lean = _lean_deg(lines)
    own = (np.abs(lean) < _WITHIN_DEG) & (np.abs(lean - by_level[0]) > _CONTRADICTS_DEG)
    against = float(lines[own, 2].sum())
    return by_level if against < _LEAST_LENGTH else (math.nan, math.nan)


_CONTRADICTS_DEG = 3.0


def _lean_deg(lines: Floats) -> Floats:
    """How far each line leans from the picture's upright, clockwise."""
    lean: Floats = (lines[:, 3] + 180) % 180 - 90
    return lean


def _by_uprights(lines: Floats) -> tuple[float, float]:
    x, length, lean = lines[:, 0], lines[:, 2], _lean_deg(lines)
    upright = np.abs(lean) < _WITHIN_DEG
    nothing = math.nan, math.nan
    if length[upright].sum() < _LEAST_LENGTH:
        return nothing
    x, length, lean = x[upright], length[upright], lean[upright]
    fan, roll = _peak(lean, x, length, _WIDEST_FAN)
    off = lean - fan * x - roll
    agree = np.abs(off) < _ALIKE_DEG
    together = float(length[agree].sum())
    places = np.unique(np.floor(x[agree] * 12))
    if (
        together < _LEAST_LENGTH
        or together < _LEAST_SHARE * length.sum()
        or len(places) < _LEAST_PLACES
        or float(np.ptp(x[agree])) < _LEAST_APART
    ):
        return nothing
    spread = float(np.sqrt(np.average(off[agree] ** 2, weights=length[agree])))
    level = _level(lines)
    agreed = math.isfinite(level) and abs(level - roll) < _LEVEL_ALIKE_DEG
    least = _LEAST_SD_DEG if agreed else _ALONE_SD_DEG
    least += _PER_FAN * abs(fan)
    return roll, float(np.hypot(least, spread / np.sqrt(len(places))))


def _by_level(lines: Floats) -> tuple[float, float]:
    """Return what horizontals at several heights say that are parallel, as on no wall at an angle.

    A wall seen at an angle has lines that run together: the lower, the steeper.
    """
    _, y, length, slope = lines.T
    flat = np.abs(slope) < _WITHIN_DEG
    nothing = math.nan, math.nan
    if length[flat].sum() < _LEVEL_LENGTH:
        return nothing
    y, length, slope = y[flat], length[flat], slope[flat]
    fan, roll = _peak(slope, y, length, _WIDEST_LEVEL_FAN)
    agree = np.abs(slope - fan * y - roll) < _ALIKE_DEG
    together = float(length[agree].sum())
    if (
        abs(fan) > _LEVEL_FAN
        or together < _LEVEL_LENGTH
        or together < _LEAST_SHARE * length.sum()
        or len(np.unique(np.floor(y[agree] * 40))) < _LEAST_PLACES
        or float(np.ptp(y[agree])) < _LEVEL_APART
    ):
        return nothing
    return roll + fan * float(np.average(y[agree], weights=length[agree])), _LEVEL_SD_DEG


_WIDEST_LEVEL_FAN = 24.0


def _peak(lean: Floats, x: Floats, length: Floats, widest: float) -> tuple[float, float]:
    """Return the fan and the lean in the picture's middle that most of the length agrees with."""
    rolls = np.arange(-_WITHIN_DEG, _WITHIN_DEG, 0.25)
    best, found = -1.0, (0.0, 0.0)
    for fan in sorted(np.arange(-widest, widest + 1), key=abs):
        off = (lean - fan * x)[:, None] - rolls[None]
        weight = (length[:, None] * np.exp(-0.5 * (off / _PEAK_SD_DEG) ** 2)).sum(axis=0)
        at = int(weight.argmax())
        if weight[at] > best * _BETTER:
            best, found = float(weight[at]), (float(fan), float(rolls[at]))
    fan, roll = found
    off = lean - fan * x
    near = np.abs(off - roll) < _ALIKE_DEG
    return fan, float(np.average(off[near], weights=length[near])) if near.any() else roll


_PEAK_SD_DEG = 0.5
_BETTER = 1.05  # ours; a wider fan has to agree with clearly more


def _level(lines: Floats) -> float:
    """Return the slope that most of the horizontals have; NaN without any."""
    _, _, length, slope = lines.T
    flat = np.abs(slope) < _WITHIN_DEG
    if length[flat].sum() < _LEAST_LENGTH:
        return float("nan")
    level = _peak(slope[flat], np.zeros(int(flat.sum())), length[flat], 0.0)[1]
    agree = np.abs(slope[flat] - level) < _ALIKE_DEG
    share = float(length[flat][agree].sum() / length[flat].sum())
    return level if share >= _LEAST_SHARE else float("nan")
