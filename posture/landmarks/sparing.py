"""Follow one person, and ask the model only as often as it is needed.

Who stands, bends or lunges moves so little from picture to picture that every second one tells the
rest. Who walks is measured on points in every picture, and half of the model's work is the outline:
what that tells there, where the floor is and whether something hangs over the knee, some pictures a
stride tell as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from itertools import pairwise

import numpy as np

from posture.closing import Closing
from posture.landmarks.mediapipe import Pose, PoseFollower
from posture.landmarks.models import ModelFile
from posture.landmarks.people import Sighting, body_size
from posture.landmarks.skeleton import SIDES, index
from posture.types import Floats, Rgb


class Pace(Enum):
    """What the looks over a clip say about somebody's feet."""

    STAYS = "stays"
    WALKS = "walks"
    UNCLEAR = "unclear"


# When somebody walks or stays, and how often the outline is looked for then; all ours.
_WALKING_S = 0.25  # four or five outlines a stride
_STAYING_S = 0.066  # every other picture of thirty a second
_SWING_S = 0.35  # over this long
_SWING_SIZES = 0.12  # both ankles go this far past the hips; 15 cm of a grown-up
_STAYS_S = 0.4  # between two swings the legs may be still for so long


class SparingFollower(Closing):
    """Follow the one person that a series of pictures shows; to be used in one thread.

    Of somebody who walks the points come from the network without an outline, whatever the legs do:
    they are those of the whole one as long as each has seen every picture.
    """

    def __init__(self, model: ModelFile, pace: Pace) -> None:
        self._stays = pace is Pace.STAYS
        self._whole = PoseFollower(model.path)
        self._points = None
        if pace is Pace.WALKS:
            self._points = PoseFollower(model.points, masks=False)
        self._now_s = self._whole_s = 0.0
        self._walked_s = -np.inf
        self._swings: deque[tuple[float, Floats]] = deque()

    def may_skip(self, step_s: float) -> bool:
        """Return whether a picture, `step_s` after the last one followed, may go unseen."""
        return self._stays and not self._walks and step_s < _STAYING_S - _EARLY_S

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        """Return the person in the next picture, `step_s` after the last one.

        Without an outline in most pictures while the person walks.
        """
        self._now_s += step_s
        if self._points is None:
            pose = self._whole.follow(rgb, step_s)
            self._remember(pose)
            return pose
        if not self._swings:  # until legs are seen to swing or not, it is as the looks said
            self._walked_s = self._now_s
        pose = self._points.follow(rgb, step_s)
        self._remember(pose)
        if self._walks and self._now_s - self._whole_s < _WALKING_S - _EARLY_S:
            return pose
        whole = self._whole.follow(rgb, self._now_s - self._whole_s)
        self._whole_s = self._now_s
        return _with_outline(pose, whole)

    @property
    def _walks(self) -> bool:
        return self._now_s - self._walked_s <= _STAYS_S

    def forget(self) -> None:
        """Drop the track: the next picture is searched anew."""
        self._whole.forget()
        if self._points is not None:
            self._points.forget()
        self._walked_s = -np.inf
        self._swings.clear()

    def _remember(self, pose: Pose | None) -> None:
        """See whether both ankles swing past the hips, as they do in walking alone."""
        if pose is None:
            return
        x = pose.xy_px[:, 0] / max(body_size(pose.xy_px), 1.0)
        self._swings.append((self._now_s, x[_ANKLES] - x[_HIPS].mean()))
        while self._swings[0][0] < self._now_s - _SWING_S:
            self._swings.popleft()
        swung = np.ptp(np.array([places for _, places in self._swings]), axis=0)
        if (swung > _SWING_SIZES).all():
            self._walked_s = self._now_s

    def close(self) -> None:
        """Let the models go; the follower cannot be used afterwards."""
        self._whole.close()
        if self._points is not None:
            self._points.close()


def feet_apart(sightings: Sequence[Sighting]) -> Floats:
    """Return how far the right foot is ahead of the left one, in body sizes, one a sighting."""
    return np.array([np.diff(s.pose.xy_px[_ANKLES, 0])[0] / s.size_px for s in sightings])


def feet_off(sightings: Sequence[Sighting]) -> Floats:
    """Return how much the feet are further or less apart than usual, in body sizes, one a sighting.

    Under `FEET_STAY` at all of them they stay where they are.
    """
    apart = feet_apart(sightings)
    return np.abs(apart - np.median(apart))


def pace_of(sightings: Sequence[Sighting]) -> Pace:
    """Return what some looks say: a walker's feet are now together, now apart, or he goes on.

    Who steps out once and stays, as in a lunge, has them apart at every look. Who makes one stride
    a look has them alike at all of them, and is seen elsewhere each time, unless on a treadmill.
    """
    if len(sightings) < _LOOKS:
        return Pace.UNCLEAR
    off = feet_off(sightings)
    went = [
        (after.centre_px[0] - before.centre_px[0])
        / (before.size_px * (after.time_s - before.time_s))
        for before, after in pairwise(sightings)
    ]
    if min(went) > _TRAVELS or max(went) < -_TRAVELS or float(np.median(off)) > _VARIES:
        return Pace.WALKS
    return Pace.STAYS if off.max() < FEET_STAY else Pace.UNCLEAR


FEET_STAY = 0.06  # ours; of a body's size: who stands or bends 0.02, a slow walk 0.1 in 0.35 s
_LOOKS = 3  # ours
_TRAVELS = 0.2  # ours; of a body's size a second: slow walking is 0.4, hips in a bend 0.1 and back
_VARIES = 0.03  # ours; of a body's size: who walks 0.035 to 0.3, who stands, bends, lunges 0.01
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
