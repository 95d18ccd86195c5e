"""How patient the coach is, and what is to be said, shown and recorded after one frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from posture.live.body import Body
from posture.live.moves import MoveSettings
from posture.live.numbers import LiveNumber
from posture.live.phases import Phase
from posture.live.steps import Step
from posture.live.takes import StepState
from posture.types import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachSettings:
    """How patient the coach is; all ours, in seconds."""

    look_choosing_s: float = 0.25  # two looks within the half second a hand is up
    look_framing_s: float = 2.0  # a look costs as much as a frame
    look_crowded_s: float = 0.8  # sooner, while somebody is asked to leave the picture
    steady_s: float = 0.5  # a complaint this old is one; shorter ones are flicker
    good_s: float = 1.0  # so long a view has to be good
    soft_s: float = (
        10.0  # so long a complaint holds things up that keeps nothing from being measured
    )
    spacing_s: float = 3.5  # between two sentences: one at a time
    repeat_s: float = 8.0  # before the same sentence comes again
    count_s: float = 3.0
    rest_s: float = 2.0
    lost_s: float = 1.0  # out of sight for longer in the middle of a step, and it begins anew
    gap_s: float = 2.0  # a hole this long between frames is a hole in the recording; laptops hiccup
    longest_s: float = 75.0  # a step not done by then begins anew; no recording grows for ever
    longest_walk_s: float = 180.0
    moves: MoveSettings = field(default_factory=MoveSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is to be said, shown and recorded after one frame."""

    phase: Phase
    step: Step | None
    index: int
    take: int  # number of the running or last take, over the whole session; 0 = none yet
    say: str | None
    say_id: int
    tone: str | None
    tone_id: int
    count: int | None
    ring: float | None
    problem: Reason | None
    recording: bool
    void_takes: frozenset[int]
    numbers: tuple[LiveNumber, ...]
    steps: tuple[tuple[Step, StepState], ...]
    takes: tuple[int | None, ...]  # the finished take of each step
    chosen: int | None  # number of the person in `Seen.people` to follow from now on
    look: bool  # the next frame should be looked over for people
    body: Body | None

    @property
    def dropped_take(self) -> int | None:
        """The last take that is void."""
        return max(self.void_takes, default=None)
