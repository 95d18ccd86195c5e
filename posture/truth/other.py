"""Clips of another generator, whose bodies, clothes and cameras none of ours share.

Its truth.json holds every frame's joint angles under names of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from posture.types import Activity

_STANDING = {  # ours, theirs
    "pelvic_tilt": "asis_psis",
    "trunk_lean": "trunk_line",
    "knee_flexion": "kneeR",
    "shank_lean": "shankR",
}
_BEND = {
    "pelvis_on_thigh_flexion": "hipR",
    "pelvic_rotation": "tilt",
    "lumbar_flexion": "lumbar",
    "thoracic_flexion": "thorax",
}
_BOTTOM = 0.995  # of the way down


def known_of_other(clip: Path) -> tuple[Activity, Mapping[str, float]] | None:
    """Return what is true of a clip that stands or bends, under our names; None for others."""
    truth = json.loads((clip / "truth.json").read_text("utf-8"))
    frames: list[dict[str, Any]] = truth["frames"]

    def angle(name: str) -> Any:  # noqa: ANN401 - an array
        return np.array([frame["ang"][name] for frame in frames])

    if truth["preset"].startswith("stand"):
        return Activity.STANDING, {
            ours: float(angle(theirs).mean()) for ours, theirs in _STANDING.items()
        }
    if truth["preset"].startswith("bend"):
        held = np.array([frame["u"] > _BOTTOM for frame in frames])
        return Activity.FORWARD_BEND, {
            ours: float(angle(theirs)[held].mean() - angle(theirs)[0])
            for ours, theirs in _BEND.items()
        }
    return None
