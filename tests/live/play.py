"""A client for the coach: frames of recorded clips, played as the coach asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from posture.landmarks.skeleton import index
from posture.landmarks.store import load_landmarks
from posture.live.body import Seen
from posture.live.coach import Coach, State
from posture.types import Floats, Landmarks

DATA = Path(__file__).parents[1] / "data" / "truth"
FRAME_S = 1 / 15  # half of what a camera gives, and twice as quick to test
Edit = Callable[[Floats], Floats]


@cache
def recorded(name: str) -> Landmarks:
    """Landmarks that MediaPipe found in a rendered clip."""
    return load_landmarks(DATA / name / "landmarks_full.npz")


STANDING, BEND = "00001_standing", "00002_forward_bend"


@dataclass
class Clip:
    """A recorded clip to take single frames from."""

    name: str = STANDING

    def at(self, at_s: float) -> tuple[Floats, Floats, int]:
        """Points, visibility and number of the frame shown at a time; the last one stays."""
        marks = recorded(self.name)
        frame = min(int(np.searchsorted(marks.time_s, at_s)), len(marks.time_s) - 1)
        return marks.xy_px[frame].astype(float), marks.visibility[frame].astype(float), frame

    def bottom_s(self) -> float:
        """When the shoulders are lowest."""
        marks = recorded(self.name)
        shoulder = marks.xy_px[:, index("right_shoulder"), 1]
        return float(marks.time_s[int(np.nanargmax(shoulder))])


def with_hand_up(xy: Floats, *, both: bool = False) -> Floats:
    """The same body with one hand, or both, stretched up."""
    raised = xy.copy()
    for side in ("left", "right") if both else ("right",):
        shoulder = xy[index(f"{side}_shoulder")]
        arm = np.linalg.norm(xy[index(f"{side}_elbow")] - shoulder)
        raised[index(f"{side}_elbow")] = shoulder - np.array([0, arm])
        for point in ("wrist", "index", "pinky", "thumb"):
            raised[index(f"{side}_{point}")] = shoulder - np.array([0, 2.1 * arm])
    return raised


def with_hands_at_collar(xy: Floats) -> Floats:
    """The same body with the fingertips on the collar-bones: elbows forward, wrists high."""
    placed = xy.copy()
    for side in ("left", "right"):
        shoulder = xy[index(f"{side}_shoulder")]
        arm = np.linalg.norm(xy[index(f"{side}_elbow")] - shoulder)
        placed[index(f"{side}_elbow")] = shoulder + np.array([0.6, 0.8]) * arm
        for point in ("wrist", "index", "pinky", "thumb"):
            placed[index(f"{side}_{point}")] = shoulder + np.array([0.35, 0.1]) * arm
    return placed


def seen(
    xy: Floats | None,
    time_s: float,
    *,
    name: str = STANDING,
    visibility: Floats | None = None,
    people: tuple[Floats, ...] | None = None,
    brightness: float = 0.5,
    camera_fps: float = 30.0,
) -> Seen:
    """One frame."""
    return Seen(
        time_s=time_s,
        size_px=recorded(name).size_px,
        xy_px=xy,
        visibility=np.ones(33) if visibility is None else visibility,
        people=people,
        brightness=brightness,
        camera_fps=camera_fps,
    )


@dataclass
class Client:
    """Does what the coach says, a moment after it was said, in frames of recorded clips."""

    coach: Coach
    bend: str = BEND
    delay_s: float = 0.8
    edit: Edit | None = None  # done to every frame: what somebody does wrong
    time_s: float = 0.0
    states: list[State] = field(default_factory=list)
    _doing: str | None = None
    _next: str | None = None
    _since_s: float = 0.0
    _said_s: float = 0.0
    _said_id: int = 0

    def pose(self) -> Floats:
        """The body in this frame."""
        still, clip = Clip(STANDING), Clip(self.bend)
        for_s = self.time_s - self._since_s
        bottom_s = clip.bottom_s()
        if self._doing in {"bend", "hold", "warm_up"}:
            xy = clip.at(min(for_s, bottom_s))[0]
        elif self._doing == "up":
            xy = clip.at(bottom_s + 0.3 + for_s)[0]
        elif self._doing == "who":
            xy = with_hand_up(still.at(for_s % 2)[0])
        elif self._doing in {"stand2", "hands"}:
            xy = with_hands_at_collar(still.at(for_s % 2)[0])
        else:
            xy = (clip if self.bends_now() else still).at(0.1)[0]
        return xy if self.edit is None else self.edit(xy)

    def bends_now(self) -> bool:
        """Whether the step under way is a bend, whose clip shows another person."""
        step = self.states[-1].step if self.states else None
        return step is not None and (step.id == "warm_up" or "bend" in step.id)

    def frame(self, *, gone: bool = False) -> State:
        """Play the next frame and hear what comes of it."""
        self.time_s += FRAME_S
        if self._next is not None and self.time_s - self._said_s >= self.delay_s:
            if not (self._doing == "bend" and self._next in {"hold", "bend", "knees"}):
                self._doing, self._since_s = self._next, self.time_s
            self._next = None
        xy = None if gone else self.pose()
        looked = not self.states or self.states[-1].look
        everybody = () if xy is None else (xy,)
        frame = seen(xy, self.time_s, people=everybody if looked else None)
        state = self.coach.step(frame)
        if state.say_id != self._said_id:
            self._said_id, self._next, self._said_s = state.say_id, state.say, self.time_s
        self.states.append(state)
        return state

    def until(self, what: Callable[[State], bool], most_s: float = 60.0) -> State:
        """Play until something is so."""
        ends_s = self.time_s + most_s
        while self.time_s < ends_s:
            state = self.frame()
            if what(state):
                return state
        told = [(s.phase, s.step and s.step.id, s.say) for s in self.states[-1:]]
        raise AssertionError(f"not within {most_s} s; last {told}")

    def play(self, seconds: float, *, gone: bool = False) -> State:
        """Play on for a while."""
        ends_s = self.time_s + seconds
        while self.time_s < ends_s:
            self.frame(gone=gone)
        return self.states[-1]


def phases(states: Sequence[State]) -> list[tuple[str | None, str]]:
    """Steps and phases in order, each once while it lasts."""
    found: list[tuple[str | None, str]] = []
    for state in states:
        now = (state.step.id if state.step else None, state.phase)
        if not found or found[-1] != now:
            found.append(now)
    return found


def said(states: Sequence[State]) -> Iterator[str]:
    """Everything that was said, in order."""
    last = 0
    for state in states:
        if state.say_id != last and state.say is not None:
            last = state.say_id
            yield state.say
