"""Make a sibling, analyse it, and say what is not right."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from posture import Settings, analyse_landmarks
from posture.errors import PostureError
from posture.landmarks.mediapipe import PoseFollower
from posture.landmarks.models import find_model
from posture.machine import without_native_chatter
from posture.types import OUTLINE_STEPS_PER_PX
from tests.kept import kept_landmarks
from tests.trouble.pictures import SAMPLES, Mask, film, save
from tests.trouble.right import Faults, Outcome, possible
from tests.trouble.siblings import EXAMPLES, Sibling


@cache
def _folder() -> Path:
    """Where made clips are kept until what makes them changes."""
    made_by = hashlib.sha256()
    for part in ("pictures.py", "siblings.py", "tried.py"):
        made_by.update((Path(__file__).parent / part).read_bytes())
    folder = Path(tempfile.gettempdir()) / f"posture-trouble-{made_by.hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    return folder


def found_in(path: Path, settings: Settings | None = None) -> Outcome:
    """What comes of a clip."""
    try:
        return Outcome(analyse_landmarks(kept_landmarks(path, settings), settings))
    except PostureError as trouble:
        return Outcome(None, trouble.reason)


@cache
def plain(name: str) -> Outcome:
    """What comes of an untouched clip; once for all that is made of it."""
    sample = SAMPLES / f"{name}.mp4"
    return found_in(sample if sample.exists() else _made(name, lambda path: save(film(name), path)))


def masks(name: str) -> Sequence[Mask]:
    """Where the client of a sample is, picture by picture.

    Of a model of its own: an analysis does without the outline in most pictures of a walk.
    """
    pictures = film(name)
    steps = np.diff(pictures.time_s, prepend=0.0)
    drawn: list[Mask] = []
    with without_native_chatter(), PoseFollower(find_model("full").path) as follower:
        for rgb, step_s in zip(pictures.pictures, steps, strict=True):
            mask = np.zeros(rgb.shape[:2], np.uint8)
            pose = follower.follow(rgb, float(step_s))
            if pose is not None and pose.outline is not None:
                outline = pose.outline / OUTLINE_STEPS_PER_PX
                cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
            elif drawn:
                mask = drawn[-1]
            drawn.append(mask)
    return drawn


def _made(name: str, write: Callable[[Path], None]) -> Path:
    path = _folder() / f"{name}.mp4"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=_folder()) as aside:
            part = Path(aside) / path.name
            write(part)
            part.rename(path)
    return path


def clip_of(sibling: Sibling) -> Path:
    """The clip, made if it is not there."""

    def write(path: Path) -> None:
        made = sibling.make(masks)
        if sibling.write is not None:
            sibling.write(made, path)
        else:
            save(made, path, sibling.quality)

    return _made(sibling.id, write)


def faults_of(sibling: Sibling) -> tuple[Outcome, Faults]:
    """What came of a sibling, and what is not right about it."""
    found = found_in(clip_of(sibling))
    return found, _faults(sibling.right(found, plain(sibling.of), sibling.flipped), found)


def faults_of_example(path: Path) -> tuple[Outcome, Faults]:
    """What came of a clip that was brought, by its name, and what is not right about it."""
    of, right = EXAMPLES[path.stem]
    found = found_in(path)
    return found, _faults(right(found, plain(of), False), found)  # noqa: FBT003 - as Right


def _faults(faults: Faults, found: Outcome) -> Faults:
    return [*faults, *(line for line in possible(found) if line not in faults)]
