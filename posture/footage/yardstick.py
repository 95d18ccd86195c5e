"""From a printed sheet's corners to how the camera hangs, how large a metre is, where the floor is.

The camera's axes: x right, y down, z ahead; level ones the same after roll and pitch are undone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.footage.sheet import PAGE_CORNERS, PAGE_MM, SheetLook
from posture.types import Floats, Landmarks, Sheet

# What is known before anything is seen, mean and sd; all ours.
_FOCAL_SIDES = 0.8  # focal length over the picture's longer side: a lens of 64 deg
_FOCAL_SD = 0.2  # of its logarithm: 46 to 86 deg with 95 %
_PITCH_SD_DEG = 8.0  # a laptop lid leans by up to 10
_ROLL_SD_DEG = 15.0
_YAW_SD_DEG = 25.0  # the sheet faces the camera, put by eye
_LEAN_SD_DEG = 1.5  # of a sheet on the side of a box; a floor lies better than that
_TURN_SD_DEG = 0.4  # its lower edge stands on the floor: 1.5 mm over its width
_UP_M = 0.95  # the camera over the floor: a table, hip height
_UP_SD_M = 0.35
_PLACE_SD = 2.0  # of the logarithm of how far away, from where its size puts it
_CORNER_PX = 0.15  # what coding and the sensor do to a corner, in every picture alike
_PER_BENT = 5.0  # corners lie off by this many times what is left between the tiles


@dataclass(frozen=True, slots=True)
class _Fit:
    values: Floats
    cost: float
    covariance: Floats


_FOCAL, _PITCH, _ROLL, _YAW, _LEAN, _TURN, _X, _Y, _FAR = range(9)


def sheet_of(looks: Sequence[SheetLook], size_px: tuple[int, int]) -> Sheet | None:
    """Return what the looks at one sheet from one camera say together, None without any."""
    if not looks:
        return None
    good = [look for look in looks if look.trouble() is None]
    used = good or list(looks)
    corners = np.median([look.corners_px for look in used], axis=0)
    off_px = float(np.median([look.bent_px for look in used]))
    apart = float(np.median([np.abs(one.corners_px - corners).max() for one in used]))
    side_px = float(np.median([look.side_px for look in used]))
    whole = replace(used[0], bent_px=off_px, side_px=side_px)
    trouble = whole.trouble() if good else _commonest([look.trouble() or "" for look in looks])
    if apart > _MOVES * side_px:
        trouble = "moved"
    sd_px = math.hypot(_CORNER_PX, _PER_BENT * min(off_px, _FARTHEST_OFF * side_px))
    fit = _likeliest(_STANDS, corners, sd_px, size_px)
    if fit.cost > _STANDS_COST:
        lies = _likeliest(_LIES, corners, sd_px, size_px)
        fit = min(fit, lies, key=lambda one: one.cost)
    return _told(fit, corners, size_px, trouble or "")


_MOVES = 0.05  # ours; of the sheet's side: somebody carries it, or the camera moves
_FARTHEST_OFF = 0.02
# from where the likeliest page is looked for: its lean and its turn, degrees
_STANDS = ((0.0, -25.0), (0.0, 25.0))
_LIES = ((90.0, 0.0), (90.0, 90.0), (90.0, 180.0), (90.0, -90.0))
_STANDS_COST = 12.0  # of two standard deviations in three of what is known before


def _likeliest(
    starts: Sequence[tuple[float, float]],
    corners: Floats,
    sd_px: float,
    size_px: tuple[int, int],
) -> _Fit:
    fits = [_fitted(corners, sd_px, size_px, lean, yaw) for lean, yaw in starts]
    return min(fits, key=lambda one: one.cost)


def _commonest(troubles: Sequence[str]) -> str:
    return max(sorted(set(troubles)), key=troubles.count)


def turned(roll: float, pitch: float) -> Floats:
    """Return the rotation, (3, 3), from level axes to the camera's; radians."""
    across = np.array(
        [
            [1, 0, 0],
            [0, math.cos(pitch), math.sin(pitch)],
            [0, -math.sin(pitch), math.cos(pitch)],
        ]
    )
    turn: Floats = _about_axis(roll) @ across
    return turn


def _about_axis(angle: float) -> Floats:
    return np.array(
        [
            [math.cos(angle), -math.sin(angle), 0],
            [math.sin(angle), math.cos(angle), 0],
            [0, 0, 1],
        ]
    )


def _page_m(values: Floats, lean: float, yaw: float) -> Floats:
    """Return the page's corners in level axes, metres, less where its foot is."""
    local = np.column_stack([PAGE_CORNERS - (PAGE_MM[0] / 2, PAGE_MM[1]), np.zeros(4)]) / 1000
    lean += values[_LEAN]
    leaning = np.array(
        [
            [1, 0, 0],
            [0, math.cos(lean), math.sin(lean)],
            [0, -math.sin(lean), math.cos(lean)],
        ]
    )
    yaw += values[_YAW]
    turning = np.array(
        [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    )
    page: Floats = local @ (turning @ leaning @ _about_axis(values[_TURN])).T
    return page


def _foot_m(values: Floats, size_px: tuple[int, int]) -> Floats:
    """Return where the page's foot is in level axes, metres."""
    focal, far = math.exp(values[_FOCAL]), math.exp(values[_FAR])
    ray = np.array([*(values[[_X, _Y]] - np.array(size_px) / 2) / focal, 1.0])
    foot: Floats = ray @ turned(values[_ROLL], values[_PITCH]) * far
    return foot


def _seen(values: Floats, lean: float, yaw: float, size_px: tuple[int, int]) -> Floats:
    level = _page_m(values, lean, yaw) + _foot_m(values, size_px)
    own = level @ turned(values[_ROLL], values[_PITCH]).T
    depth = np.maximum(own[:, 2:], 0.05)
    seen: Floats = np.array(size_px) / 2 + math.exp(values[_FOCAL]) * own[:, :2] / depth
    return seen


def _fitted(
    corners: Floats,
    sd_px: float,
    size_px: tuple[int, int],
    lean_deg: float,
    yaw_deg: float,
) -> _Fit:
    """Return the likeliest camera and page (Levenberg and Marquardt) with their covariance."""
    lean, yaw = math.radians(lean_deg), math.radians(yaw_deg)
    lies = lean_deg > 0
    foot = (corners[2] + corners[3]) / 2
    tall_px = float(np.ptp(corners, axis=0).max())
    focal = _FOCAL_SIDES * max(size_px)
    far = focal * PAGE_MM[1] / 1000 / tall_px
    mean = np.array([math.log(focal), 0, 0, 0 if lies else -yaw, 0, 0, *foot, math.log(far)])
    begin = mean.copy()
    begin[_YAW] = 0
    sd = np.array(
        [
            _FOCAL_SD,
            math.radians(_PITCH_SD_DEG),
            math.radians(_ROLL_SD_DEG),
            math.radians(_YAW_SD_DEG),
            math.radians(_LEAN_SD_DEG),
            math.radians(_TURN_SD_DEG),
            tall_px,
            tall_px,
            _PLACE_SD,
        ]
    )

    def off(values: Floats) -> Floats:
        seen = (_seen(values, lean, yaw, size_px) - corners).ravel() / sd_px
        up = (_foot_m(values, size_px)[1] - _UP_M) / _UP_SD_M
        return np.concatenate([seen, (values - mean) / sd, [up]])

    values, damping = begin, 1e-3
    now = off(values)
    for _ in range(_ROUNDS):
        slopes = _slopes(off, values, now)
        square = slopes.T @ slopes
        step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -slopes.T @ now)
        tried = off(values + step)
        if tried @ tried < now @ now:
            better = now @ now - tried @ tried
            values, now, damping = values + step, tried, damping / 5
            if better < _ENOUGH:
                break
        else:
            damping *= 5
            if damping > _STUCK:
                break
    slopes = _slopes(off, values, now)
    values = values.copy()
    values[_LEAN] += lean
    values[_YAW] += yaw
    return _Fit(values, float(now @ now), np.linalg.inv(slopes.T @ slopes))


_ROUNDS, _ENOUGH, _STUCK = 40, 1e-3, 1e9


def _slopes(off: Callable[[Floats], Floats], values: Floats, now: Floats) -> Floats:
    rows = []
    for one, value in enumerate(values):
        step = 1e-5 * max(1.0, abs(value))
        moved = values.copy()
        moved[one] += step
        rows.append((off(moved) - now) / step)
    return np.array(rows).T


def _told(fit: _Fit, corners: Floats, size_px: tuple[int, int], trouble: str) -> Sheet:
    values = fit.values
    focal = math.exp(values[_FOCAL])

    def asked(v: Floats) -> Floats:
        foot = _foot_m(v, size_px)
        upright = turned(v[_ROLL], v[_PITCH]) @ (foot - _ABOVE_M)
        at = v[[_X, _Y]]
        above = np.array(size_px) / 2 + math.exp(v[_FOCAL]) * upright[:2] / upright[2]
        leans = math.atan2(above[0] - at[0], at[1] - above[1])
        return np.array([leans, v[_PITCH], v[_FOCAL] - math.log(foot[2])])

    slopes = _slopes(asked, values, asked(values))
    sd = np.sqrt(np.diag(slopes @ fit.covariance @ slopes.T))
    foot = _foot_m(values, size_px)
    pitch = float(values[_PITCH])
    middle = np.array(size_px) / 2
    horizon_y = float(middle[1] + focal * math.tan(pitch))
    return Sheet(
        trouble=trouble,
        corners_px=tuple((float(x), float(y)) for x, y in corners),
        lies=bool(values[_LEAN] > math.pi / 4),
        roll_deg=math.degrees(values[_ROLL]),
        roll_sd_deg=math.degrees(sd[0]),
        pitch_deg=math.degrees(pitch),
        pitch_sd_deg=math.degrees(sd[1]),
        focal_px=focal,
        px_per_m=focal / float(foot[2]),
        scale_sd=float(sd[2]),
        floor_y_px=horizon_y + focal * float(foot[1] / foot[2]),
        horizon_y_px=horizon_y,
        away_m=float(foot[2]),
    )


def used_sheet(landmarks: Landmarks) -> Sheet | None:
    """Return the sheet that measures the clip, None where none is seen or it is not used."""
    sheet = landmarks.footage.sheet if landmarks.footage is not None else None
    return None if sheet is None or sheet.trouble else sheet


def believed(sheet: Sheet, roll_deg: float, roll_sd_deg: float, *, one_view: bool) -> Sheet:
    """Return the sheet, with its trouble where it contradicts the room or is too unsure.

    `roll_deg` is what the room's uprights say, NaN where they say nothing.
    """
    if sheet.trouble:
        return sheet
    if not one_view:
        return replace(sheet, trouble="moved")
    if sheet.roll_sd_deg > _UNSURE_DEG or sheet.scale_sd > _UNSURE_SCALE:
        return replace(sheet, trouble="small")
    doubt = math.hypot(sheet.roll_sd_deg, roll_sd_deg)
    if math.isfinite(roll_deg) and abs(roll_deg - sheet.roll_deg) > _LEAST_APART_DEG + 2 * doubt:
        return replace(sheet, trouble="crooked")
    return sheet


_UNSURE_DEG = 1.2  # ours; what setting up by eye leaves is 1.5
_UNSURE_SCALE = 0.025  # ours; what a typed height leaves is .03
_LEAST_APART_DEG = 1.5  # ours; uprights of walls that are seen from aside


_ABOVE_M = np.array([0.0, 0.1, 0.0])


def to_level(sheet: Sheet, size_px: tuple[int, int]) -> Floats:
    """Return what puts a picture's px, (3, 3), into that of a level camera at the same place.

    Its middle stays where it was.
    """
    lens = np.array(
        [[sheet.focal_px, 0, size_px[0] / 2], [0, sheet.focal_px, size_px[1] / 2], [0, 0, 1.0]]
    )
    turn = turned(math.radians(sheet.roll_deg), math.radians(sheet.pitch_deg))
    level = lens @ turn.T @ np.linalg.inv(lens)
    down = np.eye(3)
    down[1, 2] = sheet.horizon_y_px - size_px[1] / 2
    whole = down @ level
    return np.asarray(whole / whole[2, 2])
