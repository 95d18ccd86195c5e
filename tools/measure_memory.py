"""Measure what an analysis of a long clip holds in memory, minute by minute of the clip.

    uv run python tools/measure_memory.py --minutes 10
    uv run python tools/measure_memory.py my-long-clip.mp4

Without a clip, a sample is played over and over at 1920x1080. The table holds for each minute of
the clip the most that was held while that minute was followed, and while it was drawn, in MiB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import psutil

from posture.pipeline import analyse
from posture.results import write_results
from posture.settings import Settings
from posture.video.probe import VideoSettings, probe
from posture.video.sink import Sink
from posture.video.source import pictures

SAMPLE = Path(__file__).parents[1] / "samples" / "visit_bend.mp4"
_SIZE_PX, _RATE_HZ = (1920, 1080), 30.0
_LOOK_S = 0.02
_STAGES = ("following", "drawing")


def long_clip(path: Path, minutes: float) -> None:
    """Write a sample over and over until it is long enough."""
    shown = [rgb.copy() for _, rgb in pictures(probe(SAMPLE, VideoSettings()))]
    with Sink(path, _SIZE_PX, _RATE_HZ, quick=True) as sink:
        for number in range(round(60 * minutes * _RATE_HZ)):
            large = np.asarray(cv2.resize(shown[number % len(shown)], _SIZE_PX), dtype=np.uint8)
            sink.add(large, number / _RATE_HZ)


class Curve:
    """The most that was held, by stage and minute of the clip."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self.most: dict[tuple[str, int], float] = {}
        self._now = ("looking", 0)
        self._over = threading.Event()
        self._tell = tell
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def progress(self, stage: str, done: int, of: int) -> None:
        """Take in how far the analysis is; a picture is a thirtieth of a second."""
        now = (stage, int(min(done, of - 1) / _RATE_HZ / 60))
        if now != self._now:
            self._tell(f"{self._now}: {self.most.get(self._now, 0):.0f} MiB\n")
            self._now = now

    def end(self) -> None:
        """Look no longer."""
        self._over.set()
        self._watching.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._over.wait(_LOOK_S):
            held, now = process.memory_info().rss / 2**20, self._now
            self.most[now] = max(held, self.most.get(now, 0.0))


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = asked.clip or Path(folder) / "long.mp4"
        if asked.clip is None:  # by a process of its own, whose memory goes with it
            writer = multiprocessing.get_context("spawn").Process(
                target=long_clip, args=(clip, asked.minutes)
            )
            writer.start()
            writer.join()
        curve, settings = Curve(sys.stderr.write), Settings()
        found = analyse(clip, settings, curve.progress)
        write_results(found, clip, Path(folder) / "out", settings, curve.progress)
        curve.end()
    sys.stdout.write("| minute | following | drawing |\n|---|---|---|\n")
    for minute in range(1 + max(minute for _, minute in curve.most)):
        held = (f"{curve.most.get((stage, minute), 0.0):.0f}" for stage in _STAGES)
        sys.stdout.write(f"| {minute + 1} | {' | '.join(held)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
