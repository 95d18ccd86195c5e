"""What can go wrong in a live session, as a reason."""

from __future__ import annotations

from posture.errors import PostureError


class LiveTrouble(PostureError):
    """Something a live session cannot go on with; what it is stands in `reason`."""


class OutOfOrder(LiveTrouble):
    """A piece of a recording that is not the next one."""

    def __init__(self, wanted: int) -> None:
        super().__init__("live_chunk_out_of_order", wanted=wanted)
        self.wanted = wanted
