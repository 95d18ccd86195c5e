"""Put points and outlines of a moving camera into one steady picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from posture.footage.parts import Part, parts_of
from posture.footage.roll import askew_of
from posture.footage.similarity import STILL, applied, inverse, projective
from posture.footage.yardstick import to_level, used_sheet
from posture.landmarks.skeleton import LEAST_VISIBILITY
from posture.series import runs
from posture.types import OUTLINE_STEPS_PER_PX, Bools, Floats, Landmarks, Outline

# From when on a camera moves; all ours.
# Still cameras of 30 bundled, rendered and filmed clips are read to move by 0.2 % of the body's
# height at most, with a person who walks through and leaves in the wind.
_PUT_RIGHT_HEIGHTS = 0.006  # at the person, between the extremes: less changes nothing
_PUT_RIGHT_SCALE = 0.01
_PUT_RIGHT_DEG = 0.3
_SAID_HEIGHTS = 0.025  # less is a hand that shakes
_SAID_SCALE = 0.025
_SAID_DEG = 1.5
_FOLLOWED_SHARE = 0.5  # of a part's pictures; else the feet say where the floor went
_FEET_HEIGHTS = 0.025  # both feet went this far, keeping their places to each other
_FEET_RIGID = 0.02  # of the height: how well planted feet keep them
_FEET_SHARE = 0.9  # of the pictures


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera did over one part."""

    part: Part
    moved: bool  # enough that points are put right
    is_said: bool  # enough to be told
    by_feet: bool  # read off the feet, the room not being followed
    to_steady: Floats  # (t, 2, 3)
    lost: Bools  # (t,) it moved, and how is not known


def cameras_of(landmarks: Landmarks) -> tuple[Camera, ...]:
    """Return what the camera did over each part of a clip whose pictures were looked at."""
    if landmarks.footage is None:
        return ()
    return tuple(_camera(landmarks, part) for part in parts_of(landmarks))


def steadied(landmarks: Landmarks, cameras: tuple[Camera, ...] | None = None) -> Landmarks:
    """Return the landmarks in one steady, level picture for each part.

    As they are where no camera moved or hung askew. What was turned back is left in the footage's
    roll, NaN where nothing was. Where a printed sheet says how the camera hangs it is believed, and
    what looking up or down did is undone as well.
    """
    cameras = cameras_of(landmarks) if cameras is None else cameras
    footage = landmarks.footage
    sheet = used_sheet(landmarks)
    hang = askew_of(landmarks) if sheet is None else None
    if hang is not None and not hang.is_sure:
        hang = None
    moved = any(camera.moved for camera in cameras)
    changes = moved or hang is not None or sheet is not None
    if footage is None or not changes or landmarks.to_steady is not None:
        return landmarks
    matrices = np.tile(STILL, (len(landmarks.time_s), 1, 1))
    for camera in cameras:
        if camera.moved:
            matrices[slice(*camera.part)] = camera.to_steady
    roll_deg, roll_sd_deg = math.nan, math.nan
    if sheet is not None:
        matrices = to_level(sheet, landmarks.size_px) @ projective(matrices)
        roll_deg, roll_sd_deg = sheet.roll_deg, sheet.roll_sd_deg
    elif hang is not None:
        matrices = _turned_back(matrices, hang.roll_deg, landmarks.size_px)
        roll_deg, roll_sd_deg = hang.roll_deg, hang.sd_deg
    xy = applied(matrices[:, None], landmarks.xy_px.astype(np.float64))
    return replace(
        landmarks,
        xy_px=xy,
        outlines=tuple(_outlines(landmarks.outlines, matrices)),
        to_steady=matrices,
        footage=replace(footage, roll_deg=roll_deg, roll_sd_deg=roll_sd_deg),
    )


def _turned_back(matrices: Floats, roll_deg: float, size_px: tuple[int, int]) -> Floats:
    """Return what also turns the steady picture about its middle until it is level."""
    turn = -math.radians(roll_deg)  # clockwise is positive, as the angle from x to y down is
    linear = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    middle = np.array(size_px) / 2
    turned = np.array(matrices)
    turned[:, :, :2] = linear @ matrices[:, :, :2]
    turned[:, :, 2] = (matrices[:, :, 2] - middle) @ linear.T + middle
    return turned


def as_filmed(landmarks: Landmarks) -> Landmarks:
    """Return landmarks of a steady picture where the pictures themselves show them."""
    if landmarks.to_steady is None:
        return landmarks
    matrices = inverse(landmarks.to_steady)
    return replace(
        landmarks,
        xy_px=applied(matrices[:, None], landmarks.xy_px),
        outlines=tuple(_outlines(landmarks.outlines, matrices)),
        to_steady=None,
    )


def filmed_px(landmarks: Landmarks, path_px: Floats, rows: slice) -> Floats:
    """Return places in these frames, (t, ..., 2), where the pictures themselves show them."""
    if landmarks.to_steady is None:
        return path_px
    matrices = inverse(landmarks.to_steady[rows])
    return applied(matrices[:, None] if path_px.ndim > 2 else matrices, path_px)  # noqa: PLR2004


def filmed_outline_px(landmarks: Landmarks, frame: int) -> Floats | None:
    """Return the outline where the picture itself shows it."""
    outline = landmarks.outline_px(frame)
    if outline is None or landmarks.to_steady is None:
        return outline
    return applied(inverse(landmarks.to_steady[frame])[None], outline)


def _outlines(outlines: tuple[Outline | None, ...], matrices: Floats) -> Iterator[Outline | None]:
    for outline, matrix in zip(outlines, matrices, strict=True):
        if outline is None:
            yield None
        else:
            px = applied(matrix[None], outline / OUTLINE_STEPS_PER_PX)
            yield np.round(px * OUTLINE_STEPS_PER_PX).astype(np.int32)


def _camera(landmarks: Landmarks, part: Part) -> Camera:
    rows = slice(*part)
    footage = landmarks.footage
    count = part[1] - part[0]
    still = np.tile(STILL, (count, 1, 1))
    nothing = Camera(part, False, False, False, still, np.zeros(count, dtype=bool))  # noqa: FBT003
    height_px = _height_px(landmarks, rows)
    if footage is None or not np.isfinite(height_px):
        return nothing
    read = footage.to_steady[rows].astype(np.float64)
    lost = ~np.isfinite(read[:, 0, 0])
    followed = np.isfinite(footage.steady_sd_px[rows])
    if followed.mean() < _FOLLOWED_SHARE:
        by_feet = _by_feet(landmarks, part, height_px)
        if by_feet is not None:
            return Camera(part, True, True, True, by_feet, np.zeros(count, dtype=bool))  # noqa: FBT003
        moves, scale, _ = _how_far(landmarks, part, _held(read, lost))
        if moves > _SAID_HEIGHTS * height_px or scale > _SAID_SCALE:
            return replace_lost(nothing, np.ones(count, dtype=bool))  # that much is sure
        return replace_lost(nothing, lost)
    held = _held(read, lost)
    moves, scale, turn_deg = _how_far(landmarks, part, held)
    moved = (
        moves > _PUT_RIGHT_HEIGHTS * height_px
        or scale > _PUT_RIGHT_SCALE
        or turn_deg > _PUT_RIGHT_DEG
    )
    said = moves > _SAID_HEIGHTS * height_px or scale > _SAID_SCALE or turn_deg > _SAID_DEG
    lost = _not_returned(lost, held, _SAID_HEIGHTS * height_px, _middle(landmarks, rows))
    if not moved:
        return replace_lost(nothing, lost)
    return Camera(part, True, said, False, held, lost)  # noqa: FBT003


def replace_lost(camera: Camera, lost: Bools) -> Camera:
    """Return the camera with the pictures in which how it moved is not known."""
    return replace(camera, lost=lost)


def _height_px(landmarks: Landmarks, rows: slice) -> float:
    heights = [
        float(np.ptp(outline[:, 1])) / OUTLINE_STEPS_PER_PX
        for outline in landmarks.outlines[rows]
        if outline is not None
    ]
    return float(np.percentile(heights, 90)) if heights else np.nan


def _held(read: Floats, lost: Bools) -> Floats:
    """Fill pictures in which the room was lost by straight movement between those about them."""
    if not lost.any() or lost.all():
        return np.where(lost[:, None, None], STILL, read)
    every, known = np.arange(len(read)), np.flatnonzero(~lost)
    flat = read.reshape(len(read), 6)
    filled = np.column_stack([np.interp(every, known, column[known]) for column in flat.T])
    return filled.reshape(-1, 2, 3)


def _not_returned(lost: Bools, held: Floats, limit_px: float, place: Floats) -> Bools:
    """Return when the room was lost and not found again where it was: then the camera moved."""
    still_lost = lost.copy()
    for start, stop in runs(lost):
        if start == 0 or stop == len(lost):
            continue
        before, behind = (applied(held[i], place) for i in (start - 1, stop))
        if float(np.hypot(*(behind - before))) < limit_px:
            still_lost[start:stop] = False
    return still_lost


def _middle(landmarks: Landmarks, rows: slice) -> Floats:
    xy = landmarks.xy_px[rows].reshape(-1, 2)
    return np.asarray(np.median(xy[np.isfinite(xy[:, 0])], axis=0))


def _how_far(landmarks: Landmarks, part: Part, matrices: Floats) -> tuple[float, float, float]:
    """How far the camera's movement carries the person's place, its scale and turn; extremes."""
    rows = slice(*part)
    xy = landmarks.xy_px[rows]
    seen = np.isfinite(xy[..., 0]).any(axis=1)
    if not seen.any():
        return 0.0, 0.0, 0.0
    filled = np.where(np.isfinite(xy), xy, 0.0).sum(axis=1)
    place = filled[seen] / np.isfinite(xy[seen][..., :1]).sum(axis=1)
    off = applied(matrices[seen], place) - place
    scale = np.log(np.hypot(matrices[seen, 0, 0], matrices[seen, 1, 0]))
    turn_deg = np.degrees(np.arctan2(matrices[seen, 1, 0], matrices[seen, 0, 0]))
    spans = [_span(column) for column in (*off.T, scale, turn_deg)]
    return max(spans[:2]), spans[2], spans[3]


def _span(values: Floats) -> float:
    return float(np.ptp(np.percentile(values, [2, 98])))


def _by_feet(landmarks: Landmarks, part: Part, height_px: float) -> Floats | None:
    """Return how planted feet say that the camera moved, None where they went nowhere or apart."""
    rows = slice(*part)
    columns = [landmarks.names.index(f"{side}_{point}") for side in _SIDES for point in _FOOT]
    feet = landmarks.xy_px[rows][:, columns].astype(np.float64)
    with np.errstate(invalid="ignore"):
        inside = ((feet > 0) & (feet < landmarks.size_px)).all(axis=(1, 2))
    seen = inside & (landmarks.visibility[rows][:, columns].max(axis=1) > LEAST_VISIBILITY)
    if seen.mean() < _FEET_SHARE:
        return None
    middle = feet.mean(axis=1)
    shape = feet - middle[:, None]
    off = np.abs(shape - np.median(shape[seen], axis=0)).max(axis=(1, 2))
    if (off[seen] < _FEET_RIGID * height_px).mean() < _FEET_SHARE:
        return None
    every, known = np.arange(len(middle)), np.flatnonzero(seen)
    path = np.column_stack([np.interp(every, known, column[known]) for column in middle.T])
    path = np.column_stack([_quiet(column) for column in path.T])
    if max(_span(column) for column in path.T) < _FEET_HEIGHTS * height_px:
        return None
    matrices = np.tile(STILL, (len(path), 1, 1))
    matrices[:, :, 2] = path[known[0]] - path
    return matrices


def _quiet(values: Floats) -> Floats:
    """Return the running median of some pictures: points of feet wander by a pixel."""
    reach = _QUIET // 2
    padded = np.pad(values, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _QUIET)
    return np.asarray(np.median(windows, axis=1))


_SIDES = ("left", "right")
_FOOT = ("ankle", "heel", "foot_index")
_QUIET = 7  # pictures
