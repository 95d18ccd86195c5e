"""One session's work on a frame: decode, follow, coach. Belongs to one thread."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from posture.landmarks.live_pose import LivePose
from posture.landmarks.mediapipe import Pose
from posture.live.body import Seen
from posture.live.coach import Coach, CoachSettings, Mark, State
from posture.types import OUTLINE_STEPS_PER_PX, Floats, Rgb
from posture.video.still import decode_jpeg

MAX_PIXELS = 1920 * 1088  # what a page may send; its own pictures are 640 wide
_GRID = 8  # every so many pixels tell how bright a picture is
_SENT_POINTS = 64  # of the outline; a page draws it a few hundred pixels high
_BACKWARDS_S = 0.5  # ours; a clock that goes back further was set anew: the page was reloaded
_AFTER_RELOAD_S = CoachSettings().gap_s + 1.0  # longer than any gap the coach lets pass
_RATE_WINDOW_S = 2.0
_FEWEST_FRAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What one frame came to."""

    size_px: tuple[int, int]
    pose: Pose | None
    outline: Floats | None  # px, thinned out
    state: State
    decode_ms: float
    pose_ms: float


class Clock:
    """A page's times in seconds, always rising, whatever the page sends."""

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._last_s = -math.inf

    def rising(self, time_ms: float) -> float:
        """Return the time of a frame; a clock set back goes on from where it was."""
        time_s = time_ms / 1000 + self._offset_s
        if time_s < self._last_s - _BACKWARDS_S:
            self._offset_s += self._last_s + _AFTER_RELOAD_S - time_s
            time_s = time_ms / 1000 + self._offset_s
        self._last_s = max(time_s, self._last_s + 0.001)
        return self._last_s


class Rate:
    """How many frames a second arrive."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self.told = math.nan  # by the page, which counts those it did not send as well

    def add(self, time_s: float) -> float:
        """Take in a frame's time and return the rate; NaN while it cannot be told."""
        self._times.append(time_s)
        while time_s - self._times[0] > _RATE_WINDOW_S:
            self._times.popleft()
        if math.isfinite(self.told):
            return self.told
        if len(self._times) < _FEWEST_FRAMES:
            return math.nan
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])


class Leader:
    """Leads one session. `see` and `close` belong to one thread, `mark` and `told` to any."""

    def __init__(self, coach: Coach, model: Path, look_model: Path) -> None:
        self._coach = coach
        self._models = (model, look_model)
        self._pose: LivePose | None = None
        self._clock = Clock()
        self._rate = Rate()
        self._look = True
        self._choosing = True
        self._marks: deque[tuple[Mark, float, float]] = deque()
        self._turn = threading.Lock()

    def mark(self, what: Mark, x: float = 0.5, y: float = 0.5) -> None:
        """Take in what somebody pressed."""
        with self._turn:
            self._marks.append((what, x, y))

    def told(self, camera_fps: float) -> None:
        """Take in what the page says of its camera."""
        self._rate.told = camera_fps

    def warm(self) -> None:
        """Load the models before the first frame comes, which would wait for a second."""
        if self._pose is None:
            self._pose = LivePose(*self._models)
            self._pose.warm()

    def see_jpeg(self, jpeg: bytes, time_ms: float) -> Answer | None:
        """Take in a frame as it was sent; None where it cannot be decoded."""
        start = perf_counter()
        rgb = decode_jpeg(jpeg, MAX_PIXELS)
        if rgb is None:
            return None
        decode_ms = 1000 * (perf_counter() - start)
        return replace(self.see(rgb, time_ms), decode_ms=decode_ms)

    def see(self, rgb: Rgb, time_ms: float) -> Answer:
        """Take in a frame."""
        start = perf_counter()
        time_s = self._clock.rising(time_ms)
        if self._pose is None:
            self._pose = LivePose(*self._models)
        people = self._pose.look(rgb) if self._look else None
        # until somebody is chosen there is nobody to follow
        pose = None if self._choosing else self._pose.follow(rgb, time_s)
        pose_ms = 1000 * (perf_counter() - start)
        height, width = rgb.shape[:2]
        seen = Seen(
            time_s=time_s,
            size_px=(width, height),
            xy_px=None if pose is None else pose.xy_px.astype(np.float64),
            visibility=None if pose is None else pose.visibility,
            outline=None if pose is None else pose.outline,
            people=None if people is None else tuple(p.xy_px.astype(np.float64) for p in people),
            brightness=float(rgb[::_GRID, ::_GRID].mean()) / 255,
            camera_fps=self._rate.add(time_s),
        )
        state = self._coached(seen)
        if state.chosen is not None and people is not None:
            self._pose.choose(people[state.chosen], time_s)
        self._look, self._choosing = state.look, state.phase == "choosing"
        return Answer(
            size_px=(width, height),
            pose=pose,
            outline=_thinned(pose),
            state=state,
            decode_ms=0.0,
            pose_ms=pose_ms,
        )

    def _coached(self, seen: Seen) -> State:
        with self._turn:
            marks = [*self._marks]
            self._marks.clear()
        for mark in marks:
            self._coach.mark(*mark)
        return self._coach.step(seen)

    def close(self) -> None:
        """Let the models go; the next frame loads them anew."""
        if self._pose is not None:
            self._pose.close()
            self._pose = None


def _thinned(pose: Pose | None) -> Floats | None:
    if pose is None or pose.outline is None:
        return None
    every = -(-len(pose.outline) // _SENT_POINTS)
    outline: Floats = pose.outline[::every] / OUTLINE_STEPS_PER_PX
    return outline
