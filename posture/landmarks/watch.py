"""What else looks at the pictures while the client is followed through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from posture.landmarks.silhouette import moved
from posture.types import Outline, Rgb
from posture.video.glance import Glances


class Shown(Protocol):
    """A picture whose colours are made where they are asked for."""

    def whole(self) -> Rgb:
        """Return the picture as a player shows it."""


S = TypeVar("S", bound=Shown)


class PieceWatch(Protocol):
    """Looks at one piece of a clip, in order; each piece has its own, in any thread."""

    def wants(self, number: int, *, has_outline: bool) -> bool:
        """Whether it would look at this picture, or the colours need not be made.

        With `has_outline` there is an outline of this very picture.
        """

    def see(self, number: int, rgb: Rgb, outline: Outline | None, *, is_of_it: bool = True) -> None:
        """Look at one picture; the outline is the client's, None where he was not found.

        Not `is_of_it`, it is an earlier picture's, moved along: about where the client is, not what
        of the picture he is, as arms and legs have swung since.

        Some pictures before the piece come first: they are the end of the one before.
        """


class Watch(Protocol):
    """Looks at all the pictures of one clip."""

    @property
    def glances(self) -> Glances:
        """What is seen at a glance, also of pictures that are decoded only on the way."""

    def every(self, step: int) -> Watch:
        """Look at every so many pictures from here on, as if there were no others."""

    def piece(self, start: int, stop: int) -> PieceWatch:
        """Return one that looks at the pictures from `start` up to, not including, `stop`."""


@dataclass(slots=True)
class Watched:
    """One piece's pictures on their way, shown on together with what was found in them."""

    watch: Watch | None
    start: int
    stop: int
    _outline: Outline | None = None
    _is_of_it: bool = True
    _last: tuple[float, Outline, tuple[float, float]] | None = None

    def found(self, outline: Outline | None, place: tuple[float, float], now_s: float) -> None:
        """Tell where the client is in this picture, before the next one is asked for.

        An outline is not looked for in every picture: the last one is moved along.
        """
        self._is_of_it = outline is not None
        if outline is not None:
            self._last = now_s, outline, place
        elif self._last is not None and now_s - self._last[0] <= _KEEPS_S:
            _, outline, before = self._last
            outline = moved(outline, (round(place[0] - before[0]), round(place[1] - before[1])))
        self._outline = outline

    def _has_own_outline(self) -> bool:
        return self._outline is not None and self._is_of_it

    def through(self, pictures: Iterable[tuple[int, S]]) -> Iterator[tuple[int, S]]:
        """Yield the pictures; the watch is shown those it wants once they have been dealt with."""
        if self.watch is None:
            yield from pictures
            return
        eyes = self.watch.piece(self.start, self.stop)
        for number, shown in pictures:
            self._outline = None
            yield number, shown
            if eyes.wants(number, has_outline=self._has_own_outline()):
                eyes.see(number, shown.whole(), self._outline, is_of_it=self._is_of_it)


_KEEPS_S = 0.4  # ours; somewhat longer than between two outlines of somebody who walks
