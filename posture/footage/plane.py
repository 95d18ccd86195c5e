"""Where somebody stands against a printed sheet, and how large a metre is there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from posture.types import Sheet


@dataclass(frozen=True, slots=True)
class Plane:
    """Where somebody stands as the sheet shows it."""

    px_per_m: float  # in the plane of their nearer foot, in the level picture
    scale_sd: float  # share of it
    behind_m: float  # of the sheet, the middle between their feet; negative = before it
    is_same: bool  # near enough that lengths are told by the sheet


def plane_at(sheet: Sheet, floor_y_px: float) -> Plane:
    """Return how large a metre is where the nearer foot's lower edge lies at this height.

    A level camera sees the floor the lower the nearer it is: y less the horizon's is its height
    over the distance, and so is the size of things. NaN gives a plane that is not the same.
    """
    nearer = (floor_y_px - sheet.horizon_y_px) / (sheet.floor_y_px - sheet.horizon_y_px)
    if not nearer > 0:
        return Plane(math.nan, math.inf, math.nan, is_same=False)
    behind_m = sheet.away_m * (1 / nearer - 1) + _FOOT_OUT_M
    change = abs(nearer - 1) * _CHANGE_SD
    return Plane(
        px_per_m=sheet.px_per_m * nearer,
        scale_sd=math.hypot(sheet.scale_sd, _FOOT_EDGE_SD, change),
        behind_m=behind_m,
        is_same=abs(behind_m) <= _SAME_PLANE_M,
    )


_FOOT_OUT_M = 0.13  # ours; from the middle of the body to the outer edge of a foot
_FOOT_EDGE_SD = 0.008  # ours; a foot's edge known to 7 mm, under a camera 0.9 m up
_CHANGE_SD = 0.2  # ours; how well the horizon, and so the change with distance, is known
_SAME_PLANE_M = 0.30  # ours; at 3 m a tenth of the scale, which the floor then takes off
