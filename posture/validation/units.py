"""The units that a reference value may be written in, and what they are in ours."""

from __future__ import annotations

import math
from collections.abc import Mapping

from posture.batch.spreadsheet import folded
from posture.types import Unit

# How a unit may be written -> what one of it is in ours.
_LENGTH = {"cm": 0.01, "mm": 0.001, "m": 1.0, "センチ": 0.01, "ミリ": 0.001}
_SHARE = {"%": 0.01, "frac": 1.0, "percent": 0.01, "パーセント": 0.01}
_WRITTEN: Mapping[Unit, Mapping[str, float]] = {
    "deg": {"deg": 1.0, "degree": 1.0, "degrees": 1.0, "°": 1.0, "度": 1.0}
    | {"rad": 180 / math.pi},
    "deg_s": {"deg/s": 1.0, "°/s": 1.0, "度/秒": 1.0, "rad/s": 180 / math.pi},
    "frac": _SHARE,
    "s": {"s": 1.0, "sec": 1.0, "秒": 1.0, "ms": 0.001, "ミリ秒": 0.001},
    "m": _LENGTH,
    "m_s": {"m/s": 1.0, "m/秒": 1.0, "km/h": 1 / 3.6, "cm/s": 0.01},
    "leg_length": {"% of leg length": 0.01, "leg_length": 1.0, "%(脚の長さ比)": 0.01},
    "leg_length_per_s": {"leg lengths/s": 1.0, "leg_length_per_s": 1.0, "脚長/秒": 1.0},
    "body_height": {"% of height": 0.01, "body_height": 1.0, "%(身長比)": 0.01},
    "steps_per_min": {"steps/min": 1.0, "steps_per_min": 1.0, "spm": 1.0, "歩/分": 1.0},
    "count": {"count": 1.0, "回": 1.0, "歩": 1.0},
}


def factor(written: str, unit: Unit) -> float | None:
    """Return what one of a written unit is in ours; None where it is not of that kind."""
    return {folded(name): value for name, value in _WRITTEN[unit].items()}.get(folded(written))


def writings(unit: Unit) -> str:
    """Return how a unit may be written, in few words."""
    return ", ".join(list(_WRITTEN[unit])[:3])
