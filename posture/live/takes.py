"""Which step it is, what has become of each, and the numbers of what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from posture.live.steps import Step

StepState = Literal["todo", "now", "done", "skipped"]


@dataclass(slots=True)
class Takes:
    """The steps of a check on their way from to do to done."""

    steps: Sequence[Step]
    index: int = 0
    number: int = 0  # of the running or last take, over the whole session; 0 = none yet
    void: set[int] = field(default_factory=set)
    states: list[StepState] = field(init=False)
    finished: list[int | None] = field(init=False)  # the finished take of each step

    def __post_init__(self) -> None:
        self.states = ["todo"] * len(self.steps)
        self.finished = [None] * len(self.steps)

    @property
    def step(self) -> Step:
        """The step that it is about."""
        return self.steps[self.index]

    @property
    def is_first(self) -> bool:
        """Whether nothing has been done or skipped yet."""
        return self.index == 0 and self.states[0] in {"todo", "now"}

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.index == len(self.steps) - 1

    def enter(self) -> None:
        """Begin with a step."""
        self.states[self.index] = "now"

    def drop(self) -> None:
        """Make the running take void."""
        self.void.add(self.number)

    def finish(self) -> None:
        """Keep the running take, or what is left of a step that is not recorded."""
        self.states[self.index] = "done"
        if self.step.recorded:
            self.finished[self.index] = self.number
        else:
            self.drop()

    def skip(self) -> None:
        """Leave a step out; one that is done stays so."""
        if self.states[self.index] != "done":
            self.states[self.index] = "skipped"

    def advance(self) -> bool:
        """Go to the next step; return whether there is one."""
        if self.is_last:
            return False
        self.index += 1
        return True

    def back_to_done(self) -> bool:
        """Go back to the step done last; return whether there is one."""
        done = [i for i, state in enumerate(self.states[: self.index + 1]) if state == "done"]
        if not done:
            return False
        self.states[self.index] = "todo"
        self.index = done[-1]
        return True

    def anew(self) -> None:
        """Begin a step once more: what was finished of it is void."""
        finished = self.finished[self.index]
        if finished is not None:
            self.void.add(finished)
            self.finished[self.index] = None
        self.enter()
