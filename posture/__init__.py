"""Posture and movement measured from video, each number with its error."""

from __future__ import annotations

from posture.errors import BadSettings, CannotWrite, ModelTrouble, PostureError, UnusableClip
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
]
