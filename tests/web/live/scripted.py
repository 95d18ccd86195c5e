"""In the place of the pose model in a live check: somebody who does what the coach says."""

from __future__ import annotations

import math
import time

from posture.live.coach import Coach, Mark
from posture.live.leader import Answer
from posture.live.steps import steps_of
from posture.store import Visit
from posture.video.still import decode_jpeg
from tests.live.play import Client


class Scripted:
    """In the place of the model: whatever is sent, the next frame of somebody who obeys."""

    def __init__(self, visit: Visit, _model: str) -> None:
        steps = steps_of(visit.check, visit.answers, withheld=False)
        self.client = Client(Coach(steps, height_m=1.7))
        self.marks: list[Mark] = []
        self.fps = math.nan
        self.closed = False
        self.slow_s = 0.0

    def warm(self) -> None:
        pass

    def mark(self, what: Mark, x: float = 0.5, y: float = 0.5) -> None:
        self.marks.append(what)
        self.client.coach.mark(what, x, y)

    def told(self, fps: float) -> None:
        self.fps = fps

    def see_jpeg(self, jpeg: bytes, time_ms: float) -> Answer | None:
        if decode_jpeg(jpeg, 1920 * 1088) is None:
            return None
        return self.see(None, time_ms)

    def see(self, _picture: object, _time_ms: float) -> Answer:
        time.sleep(self.slow_s)
        return Answer(
            size_px=(1280, 720),
            pose=None,
            outline=None,
            state=self.client.frame(),
            decode_ms=1.0,
            pose_ms=1.0,
        )

    def close(self) -> None:
        self.closed = True
