"""Body points as a lab has them: metres, X forward, Y up, Z to the person's right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.errors import UnusableClip
from posture.types import Analysis, Facing, Floats

_FEWEST = 2  # pictures that have a rate
_EVEN = 0.01  # ours; of a picture's time: a clip whose times vary less is as good as even


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Where the points are."""

    time_s: Floats  # (T,)
    xyz_m: Floats  # (T, K, 3) NaN where not seen
    names: tuple[str, ...]  # (K,)
    rate_hz: float


def points_of(analysis: Analysis) -> Points:
    """Return the points in metres, in the plane that the camera sees (Z = 0).

    X points to where the person faces in the clip as a whole (picture left or right), Y up; the
    origin is a lower corner of the picture.

    Raises
    ------
    UnusableClip
        Nobody knows how large the person is, or there is only one picture.
    """
    px_per_m = analysis.scale.px_per_m
    landmarks = analysis.landmarks
    if px_per_m is None:
        raise UnusableClip("export_no_scale", file=analysis.clip.file)
    if len(landmarks.time_s) < _FEWEST:
        raise UnusableClip("export_one_picture", file=analysis.clip.file)
    width, height = landmarks.size_px
    x, y = landmarks.xy_px[..., 0], height - landmarks.xy_px[..., 1]
    x = width - x if analysis.view.facing is Facing.LEFT else x
    xyz = np.stack([x, y, np.where(np.isfinite(x), 0.0, math.nan)], axis=-1) / px_per_m
    return Points(
        time_s=np.asarray(landmarks.time_s, dtype=np.float64),
        xyz_m=np.asarray(xyz, dtype=np.float64),
        names=landmarks.names,
        rate_hz=1 / float(np.median(np.diff(landmarks.time_s))),
    )


def evenly(points: Points) -> Points:
    """Return the points at even times, for files that know a rate only.

    A point between two pictures lies on the line between them, and is not known where one of the
    two is not. Points whose times are even already stay as they are.
    """
    period = 1 / points.rate_hz
    steps = np.diff(points.time_s)
    if np.all(np.abs(steps - period) <= _EVEN * period):
        return points
    start, end = points.time_s[[0, -1]]
    time_s = start + period * np.arange(int((end - start) / period + _EVEN) + 1)
    after = np.clip(np.searchsorted(points.time_s, time_s), 1, len(points.time_s) - 1)
    before = after - 1
    share = (time_s - points.time_s[before]) / (points.time_s[after] - points.time_s[before])
    share = np.clip(share, 0.0, 1.0)[:, None, None]
    # what stands on a picture is that picture's, even beside one that is not known
    one, other = points.xyz_m[before], points.xyz_m[after]
    between = one * (1 - share) + other * share
    xyz = np.where(share <= _EVEN, one, np.where(share >= 1 - _EVEN, other, between))
    return Points(time_s=time_s, xyz_m=xyz, names=points.names, rate_hz=points.rate_hz)
