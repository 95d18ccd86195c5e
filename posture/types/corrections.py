"""What somebody corrected by hand: moments that were moved, strides and repetitions left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

from posture.types.clip import Side
from posture.types.signals import EventKind

MOVABLE = (
    EventKind.HEEL_STRIKE,
    EventKind.HEEL_OFF,
    EventKind.TOE_OFF,
    EventKind.BEND_BOTTOM,
)
Part = Literal["stride", "repetition"]
PARTS: tuple[Part, ...] = get_args(Part)
# Ours, seconds: no two moments of one kind and foot are so near, and times are typed by two digits.
SAME_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEvent:
    """A moment that somebody saw elsewhere; seconds of the clip, as its player shows it."""

    kind: EventKind
    side: Side  # BOTH for a bend
    from_s: float  # where the program measured it
    to_s: float  # where it is

    def __post_init__(self) -> None:
        if self.kind not in MOVABLE:
            raise ValueError(f"expected one of {[k.value for k in MOVABLE]}, got {self.kind.value}")
        if (self.side is Side.BOTH) != (self.kind is EventKind.BEND_BOTTOM):
            raise ValueError(f"{self.kind.value}: expected another side than {self.side.value}")
        if not (math.isfinite(self.from_s) and math.isfinite(self.to_s)):
            raise ValueError(f"expected times, got {self.from_s} and {self.to_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A stride, or a repetition of a test, that nothing is to rest on; seconds of the clip."""

    part: Part
    side: Side  # the foot of a stride; BOTH for a repetition
    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"expected one of {PARTS}, got {self.part}")
        if (self.side is Side.BOTH) != (self.part == "repetition"):
            raise ValueError(f"{self.part}: expected another side than {self.side.value}")
        if not (math.isfinite(self.end_s) and self.start_s < self.end_s):
            raise ValueError(f"expected a start before its end, got {self.start_s}, {self.end_s}")

    def is_of(self, start_s: float, end_s: float) -> bool:
        """Whether a stretch is the one meant: it holds the middle of what was named."""
        return start_s <= (self.start_s + self.end_s) / 2 < end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """All that was corrected by hand in one clip."""

    moved: tuple[MovedEvent, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.moved or self.left_out)

    def of(self, kind: EventKind, side: Side) -> Iterator[MovedEvent]:
        """Yield what was moved of a kind on a side."""
        return (one for one in self.moved if (one.kind, one.side) == (kind, side))

    def leaves_out(self, part: Part, side: Side, start_s: float, end_s: float) -> bool:
        """Whether nothing is to rest on this stride or repetition."""
        return any(
            (one.part, one.side) == (part, side) and one.is_of(start_s, end_s)
            for one in self.left_out
        )

    def in_time(self, factor: float) -> Corrections:
        """Return them with every time multiplied: a slowed clip's are not those of the world."""
        if factor == 1:
            return self
        return Corrections(
            moved=tuple(
                replace(one, from_s=one.from_s * factor, to_s=one.to_s * factor)
                for one in self.moved
            ),
            left_out=tuple(
                replace(one, start_s=one.start_s * factor, end_s=one.end_s * factor)
                for one in self.left_out
            ),
        )
