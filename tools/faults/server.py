"""The server that faults happen to: the real one, with a clock that can be moved.

    python -m tools.faults.server DATA CLOCK

`CLOCK` is a file that holds by how many seconds the clock is wrong. In a live check the pose model
is played by recorded body points; the rest is what `posture serve` runs.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path


def move_clock(told: Path) -> None:
    """Have every clock of this process wrong by what the file tells, from now on."""
    real_time, real_class = time.time, dt.datetime

    def wrong_by_s() -> float:
        try:
            return float(told.read_text("ascii") or 0)
        except (OSError, ValueError):
            return 0.0

    class AsReal(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, real_class)

    class Moved(real_class, metaclass=AsReal):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Moved:
            return super().now(tz) + dt.timedelta(seconds=wrong_by_s())

    time.time = lambda: real_time() + wrong_by_s()
    dt.datetime = Moved  # type: ignore[misc]


def main() -> None:
    """Serve until killed."""
    data_dir, clock = map(Path, sys.argv[1:])
    move_clock(clock)
    # nothing of the program before the clock is moved: it would keep the other one
    from posture.web.config import Config  # noqa: PLC0415
    from posture.web.live import session  # noqa: PLC0415
    from posture.web.serve import serve  # noqa: PLC0415
    from tests.web.live.scripted import Scripted  # noqa: PLC0415

    session.leader_for = Scripted  # type: ignore[assignment]
    config = Config(
        data_dir=data_dir, port=0, open_browser=False, disk_reserve_bytes=0, model="lite"
    )
    serve(config, ready=lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
