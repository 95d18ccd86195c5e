"""Outlines against the bodies that the estimators were trained on, where estimators are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from posture.errors import PostureError
from posture.footage.facts import facts_of
from posture.machine import without_native_chatter
from posture.measures.bend_poses import bend_poses
from posture.measures.measurable import measurable
from posture.measures.shape import asked_of_estimators
from posture.measures.take import Take, takes_of
from posture.pipeline import landmarks_of
from posture.settings import Settings
from posture.signals.activity import segments_of
from posture.signals.clean import clean
from posture.signals.estimate import Estimate, estimators, is_like_the_trained
from posture.signals.frame import forward_sign
from posture.types import Activity, Floats, Landmarks
from posture.video.kinds import SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """How one clip's frames lie to the training bodies, for one estimator."""

    clip: str
    estimator: str
    frames: int  # that the estimator is asked about
    inside_whole: float  # share within the 99th percentile of the training bodies, seen whole
    inside: float  # the same with strange loose parts taken as not seen
    refused: float  # share so far out that nothing is answered
    away: float  # median distance, 1 = that percentile
    unseen: str  # loose parts taken as not seen in at least a tenth of the frames


def clouds(
    folders: tuple[Path, ...],
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Cloud, ...]:
    """Return where the clips, pictures and landmarks of folders lie.

    What cannot be read is left out, and so is whatever neither stands nor bends: nothing is asked
    of the estimators there.
    """
    paths = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in {*SUFFIXES, ".npz"}
    ]
    found: list[Cloud] = []
    for done, path in enumerate(paths, 1):
        try:
            with without_native_chatter():
                landmarks = landmarks_of(path, settings)
            found += _clouds(path.name, landmarks, settings)
        except PostureError:
            continue
        finally:
            if progress is not None:
                progress(done, len(paths))
    return tuple(found)


def _clouds(name: str, landmarks: Landmarks, settings: Settings) -> Iterator[Cloud]:
    asked: dict[str, list[Floats]] = {}
    for _, rows in _asked(landmarks, settings):
        for kind, given in rows.items():
            asked.setdefault(kind, []).extend(given)
    for kind, shapes in asked.items():
        if not shapes:
            continue
        whole = [estimators()[kind](shape, fills=False).unlikeness for shape in shapes]
        found = [estimators()[kind](shape) for shape in shapes]
        yield Cloud(
            clip=name,
            estimator=kind,
            frames=len(shapes),
            inside_whole=_share([one <= 1 for one in whole]),
            inside=_share([one.unlikeness <= 1 for one in found]),
            refused=_share([not is_like_the_trained(one.unlikeness) for one in found]),
            away=float(np.median([one.unlikeness for one in found])),
            unseen=_often_unseen(found),
        )


def _often_unseen(found: list[Estimate]) -> str:
    counted = Counter(part for one in found for part in one.unseen)
    return ", ".join(part for part, n in counted.most_common() if n >= 0.1 * len(found))


def distances(landmarks: Landmarks, settings: Settings) -> dict[Activity, dict[str, float]]:
    """Return the median distance of each estimator's frames, by the activity they belong to.

    Of a bend only its bottom counts, as in its measures; of several stretches the first.
    """
    found: dict[Activity, dict[str, float]] = {}
    for take, rows in _asked(landmarks, settings, bottom_only=True):
        mine = found.setdefault(take.segment.activity, {})
        for kind, shapes in rows.items():
            if shapes and kind not in mine:
                away = [estimators()[kind](shape).unlikeness for shape in shapes]
                mine[kind] = float(np.median(away))
    return found


def _asked(
    landmarks: Landmarks, settings: Settings, *, bottom_only: bool = False
) -> Iterator[tuple[Take, Mapping[str, tuple[Floats, ...]]]]:
    """Yield every stretch that stands or bends, with what estimators are given of it."""
    landmarks = replace(landmarks, facts=facts_of(landmarks))
    cleaned = clean(landmarks, settings.clean)
    forward = forward_sign(cleaned.landmarks, settings.frame)
    segments = measurable(
        cleaned.landmarks,
        segments_of(
            cleaned.landmarks,
            forward,
            settings=settings.activities,
            frame_settings=settings.frame,
            near_side=settings.near_side,
        ),
        wanted=None,
        one_standing=settings.variant == "calibration",
    )
    for take in takes_of(cleaned, forward, segments, settings.height_m, settings.frame):
        if take.segment.activity is Activity.STANDING:
            yield take, asked_of_estimators(take, take.frames, None, bends=False)
        elif take.segment.activity is Activity.FORWARD_BEND:
            poses = bend_poses(take, settings.bend)
            if poses is not None:
                frames = poses.bottom if bottom_only else take.frames
                yield take, asked_of_estimators(take, frames, poses.neutral, bends=True)


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)
