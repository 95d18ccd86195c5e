"""The web app: live check, recordings, clients and their visits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from posture.web.config import Config

if TYPE_CHECKING:
    from posture.web.application import create_app

__all__ = ["Config", "create_app"]


def __getattr__(name: str) -> object:
    """Return the app's maker when asked for: the command line reads the configuration alone."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("posture.web.application").create_app
