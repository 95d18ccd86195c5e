"""Follow one person, and look for the outline only as often as it is needed.

Half of the model's work is the outline. Standing, a bend, a lunge are measured on the outline of
every picture; somebody who walks is measured on points, and what the outline tells there, where
the floor is and whether something hangs over the knee, some pictures a stride tell as well.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from posture.landmarks.mediapipe import Pose, PoseFollower
from posture.landmarks.models import ModelFile
from posture.landmarks.people import body_size
from posture.landmarks.skeleton import SIDES, index
from posture.types import Floats, Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class SparingSettings:
    """When somebody walks, and how often the outline is looked for then; all ours."""

    every_s: float = 0.25  # four or five a stride
    swing_s: float = 0.35  # over this long
    swing_sizes: float = 0.12  # both ankles go this far past the hips; 15 cm of a grown-up
    stays_s: float = 0.4  # between two swings the legs may be still for so long
    warm_up: int = 5  # pictures until a follower that starts reads as one that has gone on


class SparingFollower:
    """Follow the one person that a series of pictures shows; to be used in one thread."""

    def __init__(self, model: ModelFile, settings: SparingSettings | None = None) -> None:
        self._model = model
        self._settings = settings or SparingSettings()
        self._whole = PoseFollower(model.path)
        self._points: PoseFollower | None = None  # made for the first who walks
        self._now_s = self._whole_s = self._points_s = 0.0
        self._walked_s = -np.inf
        self._swings: deque[tuple[float, Floats]] = deque()
        self._both = 0  # pictures both have followed since the person began to walk, or stopped
        self._is_sparing = False

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        """Return the person in the next picture, `step_s` after the last one.

        Without an outline in most pictures while the person walks.
        """
        self._now_s += step_s
        walks = self._now_s - self._walked_s <= self._settings.stays_s
        if walks is self._is_sparing:
            self._both = 0
            pose = self._sparingly(rgb) if walks else self._wholly(rgb)
        else:  # both go on until the other one has found its feet
            self._both += 1
            whole, points = self._wholly(rgb), self._followed(rgb)
            pose = _with_outline(points, whole) if self._is_sparing else whole
            if self._both > self._settings.warm_up:
                self._is_sparing = walks
        self._remember(pose)
        return pose

    def forget(self) -> None:
        """Drop the track: the next picture is searched anew."""
        self._whole.forget()
        if self._points is not None:
            self._points.forget()
        self._walked_s, self._is_sparing, self._both = -np.inf, False, 0
        self._swings.clear()

    def _sparingly(self, rgb: Rgb) -> Pose | None:
        pose = self._followed(rgb)
        if self._now_s - self._whole_s < self._settings.every_s - _EARLY_S:
            return pose
        return _with_outline(pose, self._wholly(rgb))

    def _wholly(self, rgb: Rgb) -> Pose | None:
        pose = self._whole.follow(rgb, self._now_s - self._whole_s)
        self._whole_s = self._now_s
        return pose

    def _followed(self, rgb: Rgb) -> Pose | None:
        if self._points is None:
            self._points = PoseFollower(self._model.points, masks=False)
        pose = self._points.follow(rgb, self._now_s - self._points_s)
        self._points_s = self._now_s
        return pose

    def _remember(self, pose: Pose | None) -> None:
        """See whether both ankles swing past the hips, as they do in walking alone."""
        if pose is None:
            return
        settings = self._settings
        x = pose.xy_px[:, 0] / max(body_size(pose.xy_px), 1.0)
        self._swings.append((self._now_s, x[_ANKLES] - x[_HIPS].mean()))
        while self._swings[0][0] < self._now_s - settings.swing_s:
            self._swings.popleft()
        swung = np.ptp(np.array([places for _, places in self._swings]), axis=0)
        if (swung > settings.swing_sizes).all():
            self._walked_s = self._now_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._whole.close()
        if self._points is not None:
            self._points.close()


_ANKLES = [index(f"{side}_ankle") for side in SIDES]
_HIPS = [index(f"{side}_hip") for side in SIDES]
_EARLY_S = 0.01  # ours; times are rounded, and a picture that is due is not put off to the next
_SAME_SIZES = 0.1  # ours; two readings of one picture differ by less


def _with_outline(points: Pose | None, whole: Pose | None) -> Pose | None:
    """Return the points with the other reading's outline, if both are of one body."""
    if points is None or whole is None:
        return points
    apart = np.abs(np.median(points.xy_px - whole.xy_px, axis=0)).max()
    is_same = apart < _SAME_SIZES * body_size(points.xy_px)
    return replace(points, outline=whole.outline if is_same else None)
