"""Whether somebody lies on the floor, and at which end the head is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.landmarks.skeleton import SIDES, index

_TRUNK_DEG = 35.0  # ours; from the level: rendered people on a mat are within 12, bends pass it
_LEG_DEG = 30.0  # ours; the leg that stays down, seen from a little above


def head_end(xy_px: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return at which end of the picture the head of somebody lying on the floor is.

    Lying is a level trunk with at least one leg level as well, away from the head: in a forward
    bend the trunk is level but both legs stand.

    Unit
        None; `xy_px` is (..., 33, 2), the answer (...).
    Sign
        +1 head at the picture's right, -1 at its left, 0 not lying or not to be told.
    Needs
        Shoulders, hips and ankles of both sides; NaN gives 0.
    Source
        Ours; angles in the picture.
    """
    shoulder, hip = (
        (xy_px[..., index(f"left_{p}"), :] + xy_px[..., index(f"right_{p}"), :]) / 2
        for p in ("shoulder", "hip")
    )
    trunk = shoulder - hip
    end = np.sign(trunk[..., 0])
    level = _is_level(trunk, end, _TRUNK_DEG)
    legs = [xy_px[..., index(f"{s}_ankle"), :] - xy_px[..., index(f"{s}_hip"), :] for s in SIDES]
    down = _is_level(legs[0], -end, _LEG_DEG) | _is_level(legs[1], -end, _LEG_DEG)
    return np.where(level & down, np.nan_to_num(end), 0.0)


def _is_level(
    line: NDArray[np.floating], way: NDArray[np.floating], within_deg: float
) -> NDArray[np.bool_]:
    """Whether a line goes that way and rises or falls little; False where unknown."""
    along = way * line[..., 0]
    with np.errstate(invalid="ignore"):
        level: NDArray[np.bool_] = np.abs(line[..., 1]) <= np.tan(np.radians(within_deg)) * along
        return level & (along > 0)
