"""What else looks at the pictures while the client is followed through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from posture.types import Outline, Rgb
from posture.video.glance import Glances


class PieceWatch(Protocol):
    """Looks at one piece of a clip, in order; each piece has its own, in any thread."""

    def see(self, number: int, rgb: Rgb, outline: Outline | None) -> None:
        """Look at one picture; the outline is the client's, None where he was not found.

        Some pictures before the piece come first: they are the end of the one before.
        """


class Watch(Protocol):
    """Looks at all the pictures of one clip."""

    @property
    def glances(self) -> Glances:
        """What is seen at a glance, also of pictures that are decoded only on the way."""

    def piece(self, start: int, stop: int) -> PieceWatch:
        """Return one that looks at the pictures from `start` up to, not including, `stop`."""


@dataclass(slots=True)
class Watched:
    """One piece's pictures on their way, shown on together with what was found in them."""

    watch: Watch | None
    start: int
    stop: int
    outline: Outline | None = None  # set by whoever finds it, before the next picture is asked for

    def through(self, pictures: Iterable[tuple[int, Rgb]]) -> Iterator[tuple[int, Rgb]]:
        """Yield the pictures; each is shown to the watch once it has been dealt with."""
        if self.watch is None:
            yield from pictures
            return
        eyes = self.watch.piece(self.start, self.stop)
        for number, rgb in pictures:
            self.outline = None
            yield number, rgb
            eyes.see(number, rgb, self.outline)
