"""What is slow to find and the same for every test: found once in a run, for all its processes."""

from __future__ import annotations

import hashlib
import os
import pickle
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from posture.machine import without_native_chatter
from posture.pipeline import landmarks_of
from posture.settings import Settings
from posture.types import Landmarks
from tests.conftest import KEPT

# What a model finds in a clip's pictures does not depend on these, nor on anything but its
# bytes, its name and the other settings.
_USUAL = Settings()


def kept_landmarks(path: Path, settings: Settings | None = None) -> Landmarks:
    """Return what `landmarks_of` returns, found once in a run of the tests.

    Raises what `landmarks_of` raises, each time.
    """
    settings = settings or _USUAL
    folder = os.environ.get(KEPT)
    if folder is None or path.suffix == ".npz":
        return _found(path, settings)
    asked = replace(settings, height_m=_USUAL.height_m, speed=_USUAL.speed, variant=_USUAL.variant)
    key = hashlib.sha256(repr((path.name, asked)).encode() + path.read_bytes()).hexdigest()
    file = Path(folder) / f"{key}.pickle"
    file.parent.mkdir(exist_ok=True)  # whoever tidies up the machine may have taken it
    with FileLock(file.with_suffix(".lock")):
        if not file.exists():
            found = _found(path, settings)
            file.write_bytes(pickle.dumps(found))
            return found
    kept: Landmarks = pickle.loads(file.read_bytes())  # noqa: S301 - our own, of this run
    return kept


def _found(path: Path, settings: Settings) -> Landmarks:
    with without_native_chatter():
        return landmarks_of(path, settings)
