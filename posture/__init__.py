"""Posture and movement measured from video, each number with its error."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posture.errors import BadSettings, CannotWrite, ModelTrouble, PostureError, UnusableClip
    from posture.formats.analysis import load_analysis
    from posture.pipeline import analyse, analyse_landmarks, join
    from posture.settings import Settings
    from posture.types import Analysis, Finding, Landmarks, Measure, Quality, Session, Side

__all__ = [
    "Analysis",
    "BadSettings",
    "CannotWrite",
    "Finding",
    "Landmarks",
    "Measure",
    "ModelTrouble",
    "PostureError",
    "Quality",
    "Session",
    "Settings",
    "Side",
    "UnusableClip",
    "analyse",
    "analyse_landmarks",
    "join",
    "load_analysis",
]

# Fetched when asked for: a command that measures nothing waits for nothing.
_LATER = {
    **dict.fromkeys(
        ("BadSettings", "CannotWrite", "ModelTrouble", "PostureError", "UnusableClip"),
        "posture.errors",
    ),
    **dict.fromkeys(
        ("Analysis", "Finding", "Landmarks", "Measure", "Quality", "Session", "Side"),
        "posture.types",
    ),
    "Settings": "posture.settings",
    "analyse": "posture.pipeline",
    "analyse_landmarks": "posture.pipeline",
    "join": "posture.pipeline",
    "load_analysis": "posture.formats.analysis",
}


def __getattr__(name: str) -> object:
    """Return a public name that takes time to import."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
