"""The table of what an analysis costs: clips of several kinds, with and without the video."""

from __future__ import annotations

import struct
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from posture import machine
from posture.bench import Cost, bare_cost, cost_of, ratios, sample
from posture.types import Rgb
from posture.video.probe import VideoSettings, probe
from posture.video.sink import Sink
from posture.video.source import pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of clip, made of a sample."""

    name: str
    sample: str
    size_px: tuple[int, int] | None = None  # None = the sample itself
    rate_hz: float = 30.0
    seconds: float = 0.0
    reach: dict[str, str] = field(default_factory=dict)  # way to "processor / wall" asked for


WAYS = {"overlay and report": (), "without video": ("--no-video",)}

KINDS = (
    Kind(
        name="walking",
        sample="walking.mp4",
        reach={"overlay and report": "1.3 / 0.95", "without video": "1.0 / 0.75"},
    ),
    Kind(name="bend", sample="forward_bend.mp4", reach={"overlay and report": "1.35 / 1.0"}),
    Kind(
        name="standing, 60/s, upright picture",
        sample="standing.mp4",
        size_px=(360, 640),
        rate_hz=60.0,
        seconds=21.0,
        reach={"overlay and report": "0.8 / 0.55"},
    ),
    Kind(
        name="walking to and fro, 1080p",
        sample="walking.mp4",
        size_px=(1920, 1080),
        seconds=20.0,
        reach={"overlay and report": "1.6 / 1.0", "without video": "1.1 / 0.65"},
    ),
)


def table(rounds: int, kinds: tuple[Kind, ...] = KINDS) -> Iterator[str]:
    """Yield the lines of the table; bare loop and analyses in turn, all in this run.

    Each ratio is the median of the rounds' own ratios.

    Raises
    ------
    UnusableClip
        A run did not get through.
    """
    yield f"{machine.cores()} cores, load {machine.load():.1f} before, {rounds} rounds"
    yield "| clip | way | processor / wall | asked | peak memory |"
    yield "|---|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="posture-bench-") as folder:
        for number, kind in enumerate(kinds):
            # by a process of its own: memory that this one held would count as its children's
            with ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=machine.end_with_the_parent
            ) as made:
                clip = made.submit(_clip, kind, Path(folder) / f"clip{number}.mp4").result()
            told = probe(clip, VideoSettings()).clip
            bare: list[Cost] = []
            ours: dict[str, list[Cost]] = {way: [] for way in WAYS}
            for turn in range(rounds):
                bare.append(bare_cost(clip, clip))
                for way, options in WAYS.items():
                    out = Path(folder) / f"{number}-{turn}-{len(options)}"
                    command = [sys.executable, "-m", "posture", "analyse", str(clip), *options]
                    ours[way].append(cost_of([*command, "--quiet", "--out", str(out)], clip))
            size = "x".join(map(str, told.size_px))
            named = f"{kind.name}, {told.duration_s:.1f} s, {told.frames} pictures, {size}"
            for way, costs in ours.items():
                cpu, wall = ratios(costs, bare)
                peak = max(cost.peak_mib for cost in costs)
                asked = kind.reach.get(way, "-")
                yield f"| {named} | {way} | {cpu:.2f} / {wall:.2f} | {asked} | {peak:.0f} MiB |"


def batch_row(clips: int = 20) -> Iterator[str]:
    """Yield the lines of a batch without video beside bare loops over its clips one by one.

    Raises
    ------
    UnusableClip
        A run did not get through.
    """
    originals = [sample("walking.mp4"), sample("forward_bend.mp4")]
    with tempfile.TemporaryDirectory(prefix="posture-bench-") as name:
        folder = Path(name, "clips")
        folder.mkdir()
        bare_s = 0.0
        for number in range(clips):
            original = originals[number % len(originals)]
            copy = folder / f"{number}.mp4"
            # an empty box behind the video: another file with the same pictures
            copy.write_bytes(original.read_bytes() + struct.pack(">I4sI", 12, b"free", number))
            bare_s += bare_cost(copy, copy).wall_s
        command = [sys.executable, "-m", "posture", "batch", str(folder), "--quiet"]
        ours = cost_of([*command, "--out", str(Path(name, "out"))], folder)
        yield (
            f"batch of {clips} clips (half walking, half bend), without video: "
            f"{3600 * clips / ours.wall_s:.0f} clips an hour, {bare_s / ours.wall_s:.2f} times "
            f"bare loops one after another ({3600 * clips / bare_s:.0f}); asked 1.5"
        )


def _clip(kind: Kind, path: Path) -> Path:
    """Return the sample, or what is made of it: forth and back, so that nobody jumps."""
    original = sample(kind.sample)
    if kind.size_px is None:
        return original
    width, height = kind.size_px
    shown = [_fitted(rgb, width, height) for _, rgb in pictures(probe(original, VideoSettings()))]
    course = [*range(len(shown)), *range(len(shown) - 2, 0, -1)]
    with Sink(path, kind.size_px, kind.rate_hz) as sink:
        for number in range(round(kind.seconds * kind.rate_hz)):
            sink.add(shown[course[number % len(course)]], number / kind.rate_hz)
    return path


def _fitted(rgb: Rgb, width: int, height: int) -> Rgb:
    """Cut a picture to a shape about its middle, and scale it."""
    tall, wide = rgb.shape[:2]
    scale = max(width / wide, height / tall)
    cut_wide, cut_tall = round(width / scale), round(height / scale)
    left, top = (wide - cut_wide) // 2, (tall - cut_tall) // 2
    part = rgb[top : top + cut_tall, left : left + cut_wide]
    return np.asarray(cv2.resize(part, (width, height)), dtype=np.uint8)
