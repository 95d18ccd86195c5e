"""One person followed live, and now and then a look at who else is in the picture."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from posture.closing import Closing
from posture.landmarks.follow import FollowSettings
from posture.landmarks.mediapipe import Pose, PoseFinder, PoseFollower, tasks
from posture.landmarks.people import body_centre, body_size
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.types import Rgb

_FOLLOW = FollowSettings()
_LOST_S = 1.0  # ours; after this long out of sight the place says nothing any more
_MOST_PEOPLE = 3  # ours; beyond the client, one is enough to say so
_BLANK = np.zeros((64, 64, 3), dtype=np.uint8)
_REST = 114  # grey, the middle of the model's own input range


class LivePose(Closing):
    """A model of its own for one session; to be made, used and closed in one thread.

    It follows one body from picture to picture and never changes over to another one: a body that
    jumps is not the client. `look` is for who is there at all and knows nothing of before.
    """

    def __init__(self, model: Path, look_model: Path) -> None:
        self._follower = PoseFollower(model, masks=True)
        self._look_model = look_model
        self._finder: PoseFinder | None = None
        self._client: Pose | None = None  # as last seen
        self._seen_s = -math.inf
        self._last_s: float | None = None
        self._alone = False  # the next picture is shown without anybody else in it

    def follow(self, rgb: Rgb, time_s: float) -> Pose | None:
        """Return the client in the next picture, or None where they are not seen."""
        step_s = 0.0 if self._last_s is None else max(0.0, time_s - self._last_s)
        self._last_s = time_s
        shown = rgb
        # out of sight for long, the client may be anywhere
        self._alone = self._alone and time_s - self._seen_s <= _LOST_S
        if self._alone and self._client is not None:
            shown = _only(rgb, self._client)
        pose = self._follower.follow(shown, step_s)
        if pose is None:
            return None
        if self._is_somebody_else(pose, time_s):
            self._follower.forget()
            self._alone = True
            return None
        self._client, self._seen_s, self._alone = pose, time_s, False
        return pose

    def look(self, rgb: Rgb) -> tuple[Pose, ...]:
        """Return everybody found in a picture, the largest first."""
        if self._finder is None:
            self._finder = PoseFinder(self._look_model, max_people=_MOST_PEOPLE)
        found = self._finder.find(rgb)
        return tuple(sorted(found, key=lambda pose: -body_size(pose.xy_px)))

    def warm(self) -> None:
        """Run both models once: the first time costs a tenth of a second more."""
        self.look(_BLANK)
        self._follower.forget()

    def choose(self, pose: Pose, time_s: float) -> None:
        """Follow this one of those found from the next picture on."""
        self._follower.forget()
        self._client, self._seen_s, self._alone = pose, time_s, True

    def let_go(self) -> None:
        """Follow whoever comes next."""
        self._follower.forget()
        self._client, self._seen_s, self._alone = None, -math.inf, False

    def close(self) -> None:
        """Let the models go; nothing can be followed afterwards."""
        self._follower.close()
        if self._finder is not None:
            self._finder.close()

    def _is_somebody_else(self, pose: Pose, time_s: float) -> bool:
        if self._client is None:
            return False
        size, before = body_size(pose.xy_px), body_size(self._client.xy_px)
        if not 1 / _FOLLOW.size_ratio < size / max(before, 1.0) < _FOLLOW.size_ratio:
            # nobody keeps a place for ever: whoever comes nearer while unseen changes size as well
            return time_s - self._seen_s < _LOST_S
        if time_s - self._seen_s > _LOST_S:
            return False
        jump = math.dist(body_centre(pose.xy_px), body_centre(self._client.xy_px))
        return jump > _FOLLOW.drift_sizes * before


def import_models() -> None:
    """Read in the libraries, so that a session need not wait for it: over a second, once."""
    tasks()


def _only(rgb: Rgb, pose: Pose) -> Rgb:
    """Return the picture with everything grey but a square about one body."""
    half = _FOLLOW.crop_heights * HEIGHTS_PER_SIZE * body_size(pose.xy_px) / 2
    x, y = body_centre(pose.xy_px)
    left, top = (max(0, int(middle - half)) for middle in (x, y))
    right, bottom = int(x + half) + 1, int(y + half) + 1
    shown = np.full_like(rgb, _REST)
    shown[top:bottom, left:right] = rgb[top:bottom, left:right]
    return shown
