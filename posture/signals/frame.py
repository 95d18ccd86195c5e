"""Which way they face, how far they are turned, where the floor is, how long a leg is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from posture.footage.parts import part_of, parts_of
from posture.footage.steady import filmed_px
from posture.footage.yardstick import used_sheet
from posture.signals.clean import smoothed
from posture.signals.geometry import distance_px
from posture.signals.known import known_median
from posture.signals.lying import lies_facing
from posture.types import Facing, Floats, Landmarks, Scale, Side, View


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSettings:
    """What is taken for granted about cameras and bodies, each with its reason."""

    shoulder_width: float = (
        0.27  # of shoulder-hip-knee-ankle; biacromial 0.21 H (Drillis & Contini)
    )
    yaw_sd_deg: float = 4.0  # ours; scatter of this estimate on 16 rendered clips at 0 and 15 deg
    front_view_deg: float = 55.0  # ours; beyond this it is a view from the front or back
    roll_sd_deg: float = 1.5  # ours; a laptop or tripod set level by eye
    pitch_sd_deg: float = 5.0  # ours; a laptop lid leans back up to 10 deg and nothing tells
    focal_widths: float = 0.87  # of the longer side; a lens of 60 deg, as most webcams have
    facing_smooth_hz: float = 1.0  # ours; nobody turns round faster
    sheet_line_mm: float = 100.0  # measured on the printed sheet: its line that should be 100 mm
    facing_sure_feet: float = 0.25  # ours; of a foot's length, less is no direction
    uses_learnt: bool = (
        True  # pelvis, spine and limbs off the whole shape; else tangents and points
    )


def forward_sign(landmarks: Landmarks, settings: FrameSettings = FrameSettings()) -> Floats:
    """Return which way the person faces in each frame: +1 right, -1 left, NaN not to be told.

    Unit
        None, (T,).
    Sign
        Positive to the picture's right.
    Needs
        Feet, or nose and ears, seen from the side.
    Source
        Ours: mean of how far the toes are ahead of the heels and, with the head up, the nose ahead
        of the ears, slowly smoothed; NaN while it stays under `facing_sure_feet` of its usual
        size. Of somebody lying, by the end the head is at.
    """
    parts = parts_of(landmarks)
    if len(parts) > 1:
        return np.concatenate([forward_sign(_alone(landmarks, part), settings) for part in parts])
    ahead = [
        landmarks.point(f"{side}_foot_index")[:, 0] - landmarks.point(f"{side}_heel")[:, 0]
        for side in ("left", "right")
    ]
    ears, shoulders = (
        _mean_seen([landmarks.point(f"{side}_{part}") for side in ("left", "right")])
        for part in ("ear", "shoulder")
    )
    nose = landmarks.point("nose")
    with np.errstate(invalid="ignore"):
        hangs = nose[:, 1] > shoulders[:, 1]  # deep in a bend the face looks back at the legs
    ahead.append(np.where(hangs, np.nan, nose[:, 0] - ears[:, 0]))
    lead = _mean_seen(ahead)
    slow = smoothed(_held(lead), landmarks.time_s, settings.facing_smooth_hz)
    slow = np.where(np.isfinite(landmarks.xy_px[..., 0]).any(axis=1), slow, np.nan)
    usual = np.nanmedian(np.abs(slow)) if np.isfinite(slow).any() else np.nan
    upright = np.where(np.abs(slow) >= settings.facing_sure_feet * usual, np.sign(slow), np.nan)
    lying = lies_facing(landmarks)
    return np.where(lying != 0, lying, upright)


def _alone(landmarks: Landmarks, part: tuple[int, int]) -> Landmarks:
    return replace(part_of(landmarks, part), footage=None)


def _mean_seen(parts: Sequence[Floats]) -> Floats:
    """Mean over the parts that are known, NaN where none is."""
    stack = np.stack(parts)
    known = np.isfinite(stack)
    count = known.sum(axis=0)
    total = np.where(known, stack, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _held(values: Floats) -> Floats:
    """Fill unknown values by interpolation, so that a slow filter has no edges inside."""
    known = np.isfinite(values)
    if not known.any():
        return values
    where = np.arange(len(values))
    return np.interp(where, where[known], values[known])


def leg_length_px(landmarks: Landmarks, frames: tuple[int, int], side: Side) -> float:
    """Return the length of a leg as seen: thigh + shank + height of the ankle over the sole.

    Unit
        Pixels; NaN where the leg was not seen.
    Sign
        Positive.
    Needs
        Hip, knee, ankle and heel of that side over `frames` [start, end).
    Source
        Median over the frames, of the straighter half of them: a leg is shortened by anything
        that takes it out of the picture's plane and by nothing else.
    """
    hip, knee, ankle, heel = (
        landmarks.point(f"{side.value}_{part}")[frames[0] : frames[1]]
        for part in ("hip", "knee", "ankle", "heel")
    )
    length: Floats = distance_px(hip, knee) + distance_px(knee, ankle)
    if not np.isfinite(length).any():  # a covered knee: straight legs are as long without it
        length = distance_px(hip, ankle)
    ankle_height = np.abs(heel[:, 1] - ankle[:, 1])
    known = np.isfinite(length)
    if not known.any():
        return math.nan
    full = length[known] >= np.median(length[known])
    sole = float(np.nanmedian(ankle_height)) if np.isfinite(ankle_height).any() else 0.0
    return float(np.median(length[known][full])) + sole


def body_size_px(landmarks: Landmarks, frames: tuple[int, int]) -> float:
    """Return the length shoulder-hip-knee-ankle of the side that is longer in the picture.

    Unit
        Pixels; NaN where neither side was seen.
    Sign
        Positive.
    Needs
        Shoulder, hip, knee and ankle of one side over `frames` [start, end).
    Source
        Median over the frames. The same for a body upright and bent.
    """
    sizes = []
    for side in ("left", "right"):
        chain = [
            landmarks.point(f"{side}_{p}")[frames[0] : frames[1]]
            for p in ("shoulder", "hip", "knee", "ankle")
        ]
        size: Floats = np.sum([distance_px(a, b) for a, b in pairwise(chain)], axis=0)
        if not np.isfinite(size).any():
            size = distance_px(chain[0], chain[1]) + distance_px(chain[1], chain[3])
        if np.isfinite(size).any():
            sizes.append(float(np.nanmedian(size)))
    return max(sizes, default=math.nan)


def view_of(
    landmarks: Landmarks,
    forward: Floats,
    frames: tuple[int, int],
    settings: FrameSettings = FrameSettings(),
) -> View:
    """Return how the camera sees the person over `frames` [start, end).

    Unit
        Degrees.
    Sign
        Yaw: positive when the chest is turned towards the camera. Pitch: looking up. Roll:
        picture turned clockwise.
    Needs
        Both shoulders and hips; `forward` as from `forward_sign`.
    Source
        Yaw from how far apart the shoulders look, the body's own size being the yardstick:
        separation = width x sin(yaw). Pitch and roll cannot be seen in a body; they are taken as
        zero with the doubt that setting up by eye leaves. Where the room's lines showed a roll
        (`posture.footage.roll`), it has been taken off the points and is told here; so have roll
        and pitch where a printed sheet showed them (`posture.footage.yardstick`).
    """
    part = slice(*frames)
    signs = forward[part][np.isfinite(forward[part])]
    sign = float(np.sign(np.median(signs))) if len(signs) else 0.0
    left, right = (landmarks.point(f"{s}_shoulder")[part, 0] for s in ("left", "right"))
    apart = left - right
    known = np.isfinite(apart)
    size_px = body_size_px(landmarks, frames)
    if not known.any() or not size_px > 0:
        share = math.nan
    else:
        share = float(np.median(apart[known])) / (settings.shoulder_width * size_px)
    yaw_deg = math.degrees(math.asin(max(-1.0, min(1.0, share)))) if share == share else math.nan  # noqa: PLR0124 - NaN test
    roll_deg, roll_sd_deg = _roll(landmarks, settings)
    pitch_deg, pitch_sd_deg = _pitch(landmarks, settings)
    # whichever way they face, a chest turned to the camera has its left shoulder at the right
    return View(
        facing=_facing(sign, yaw_deg, settings),
        near_side={1.0: Side.RIGHT, -1.0: Side.LEFT}.get(sign),
        yaw_deg=yaw_deg,
        yaw_sd_deg=settings.yaw_sd_deg if math.isfinite(yaw_deg) else math.inf,
        pitch_deg=pitch_deg,
        pitch_sd_deg=pitch_sd_deg,
        roll_deg=roll_deg,
        roll_sd_deg=roll_sd_deg,
    )


def _roll(landmarks: Landmarks, settings: FrameSettings) -> tuple[float, float]:
    """Return the roll that was taken off the points, with its doubt; else none, set by eye."""
    footage = landmarks.footage
    if footage is None or landmarks.to_steady is None or not math.isfinite(footage.roll_deg):
        return 0.0, settings.roll_sd_deg
    return footage.roll_deg, footage.roll_sd_deg


def _pitch(landmarks: Landmarks, settings: FrameSettings) -> tuple[float, float]:
    """Return the pitch that was taken off the points by a printed sheet; else none, set by eye."""
    sheet = used_sheet(landmarks)
    if sheet is None or landmarks.to_steady is None:
        return 0.0, settings.pitch_sd_deg
    return sheet.pitch_deg, sheet.pitch_sd_deg


def _facing(sign: float, turned_deg: float, settings: FrameSettings) -> Facing:
    if abs(turned_deg) > settings.front_view_deg:
        # the left shoulder is at the picture's right in somebody who looks into the camera
        return Facing.FRONT if turned_deg > 0 else Facing.BACK
    return {1.0: Facing.RIGHT, -1.0: Facing.LEFT}.get(sign, Facing.UNKNOWN)


def floor_px(landmarks: Landmarks, frames: tuple[int, int]) -> float:
    """Return the height of the floor under a person who keeps their place.

    Unit
        Pixels from the picture's top; NaN where no foot was seen.
    Sign
        Down.
    Needs
        Feet on the floor over most of `frames` [start, end).
    Source
        The lowest of the near foot's points and of the outline about it, median over the frames.
        One level, never a slope: two feet a few pixels apart say nothing about one.
    """
    part = range(*frames)
    feet = [
        landmarks.names.index(f"{side}_{point}")
        for side in ("left", "right")
        for point in ("heel", "foot_index")
    ]
    points_y = landmarks.xy_px[frames[0] : frames[1], feet, 1]
    lowest = [_lowest_px(landmarks, i, row) for i, row in zip(part, points_y, strict=True)]
    return known_median(np.array(lowest))


def _lowest_px(landmarks: Landmarks, frame: int, feet_y: Floats) -> float:
    known = feet_y[np.isfinite(feet_y)]
    points = float(known.max()) if len(known) else math.nan
    outline = landmarks.outline_px(frame)
    if outline is None or not math.isfinite(points):
        return points
    edge = float(outline[:, 1].max())
    # an outline that ends far from the feet belongs to a shadow or was cut off
    return edge if abs(edge - points) < SHADOW * np.ptp(outline[:, 1]) else points


SHADOW = 0.06  # ours; of the outline's height


def off_axis_deg(
    landmarks: Landmarks, frames: tuple[int, int], settings: FrameSettings = FrameSettings()
) -> float:
    """Return how far the person stands off the camera's axis, sideways.

    Unit
        Degrees.
    Sign
        Never negative.
    Needs
        Hips seen over `frames` [start, end).
    Source
        Pinhole camera with an assumed lens of about 60 deg; the true one is not known.
    """
    part = slice(*frames)
    hips = [landmarks.point(f"{s}_hip")[part] for s in ("left", "right")]
    x = _mean_seen([filmed_px(landmarks, hip, part)[:, 0] for hip in hips])
    if not np.isfinite(x).any():
        return 0.0
    width, height = landmarks.size_px
    focal_px = settings.focal_widths * max(width, height)
    return math.degrees(math.atan(abs(float(np.nanmedian(x)) - width / 2) / focal_px))


def scale_of(standing_height_px: float, height_m: float | None) -> Scale:
    """Return pixels per metre, if somebody said how tall the person is.

    Unit
        Pixels per metre.
    Sign
        Positive.
    Needs
        The outline's height in quiet standing.
    Source
        Ratio; nothing is guessed without a height.
    """
    if height_m is None or not math.isfinite(standing_height_px):
        return Scale(px_per_m=None, source="none")
    return Scale(px_per_m=standing_height_px / height_m, source="height")
