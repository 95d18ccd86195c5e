"""What an analysis costs beside a bare MediaPipe loop over the same clip, both in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median
from time import perf_counter

import cv2
import numpy as np

from posture import machine
from posture.errors import UnusableClip
from posture.landmarks.models import find_model, places
from posture.video.probe import VideoSettings, probe
from posture.video.sink import Sink
from posture.video.source import pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def compare(
    clip: Path, rounds: int, minutes: float | None = None, against: Path | None = None
) -> Iterator[str]:
    """Yield the lines of the comparison, run after run; with the program `against` beside it.

    Raises
    ------
    UnusableClip
        The clip cannot be read, or one of the two did not get through it.
    """
    with tempfile.TemporaryDirectory(prefix="posture-bench-") as folder:
        path = clip
        if minutes is not None:
            path = Path(folder) / "looped.mp4"
            _loop(clip, path, minutes)
        source = probe(path, VideoSettings())
        frames = source.clip.frames
        width, height = source.clip.size_px
        yield (
            f"{clip.name}: {frames} pictures, {source.clip.duration_s:.1f} s, {width}x{height}; "
            f"{machine.cores()} cores, load {machine.load():.1f}"
        )
        bare: list[Cost] = []
        ours: list[Cost] = []
        others: list[Cost] = []
        for number in range(1, rounds + 1):
            bare.append(bare_cost(path, clip))
            out = str(Path(folder) / f"out-{number}")
            command = [sys.executable, "-m", "posture", "analyse", str(path), "--out", out]
            ours.append(cost_of([*command, "--quiet"], clip))
            took = [("bare loop", bare[-1]), ("analyse", ours[-1])]
            if against is not None:
                others.append(_myogait_cost(against, path, Path(folder) / f"other-{number}", clip))
                took.append((against.name, others[-1]))
            for name, cost in took:
                yield _line(f"run {number} {name}", cost, frames)
        cpu, wall = ratios(ours, bare)
        peak = max(cost.peak_mib for cost in ours)
        yield (
            f"ratio analyse / bare loop, median of {rounds}: "
            f"processor {cpu:.2f}, wall {wall:.2f}; peak memory {peak:.0f} MiB"
        )
        if against is not None:
            cpu, wall = ratios(ours, others)
            yield (
                f"ratio analyse / {against.name}, median of {rounds}: "
                f"processor {cpu:.2f}, wall {wall:.2f}"
            )


def _myogait_cost(program: Path, path: Path, folder: Path, clip: Path) -> Cost:
    """Return what myogait takes for the same: points, angles, events, report and tables."""
    folder.mkdir()
    found = str(folder / "found.json")
    parts = [
        cost_of([str(program), "run", str(path), "--output", found], clip),
        cost_of([str(program), "analyze", found, "-o", str(folder), "--csv", "--pdf"], clip),
    ]
    return Cost(
        wall_s=sum(part.wall_s for part in parts),
        cpu_s=sum(part.cpu_s for part in parts),
        peak_mib=max(part.peak_mib for part in parts),
    )


def sample(name: str) -> Path:
    """Return a clip that comes with the program.

    Raises
    ------
    UnusableClip
        It is not there.
    """
    found = [folder / name for folder in places(os.environ).samples]
    for path in found:
        if path.is_file():
            return path
    raise UnusableClip("samples_missing", path=str(found[-1].parent))


def bare_cost(path: Path, clip: Path) -> Cost:
    """Return what the bare loop over a file takes; `clip` is named where it does not end well."""
    script = str(files("posture").joinpath("bare_loop.py"))
    model = str(find_model("full").path)
    return cost_of([sys.executable, "-P", script, str(path), model], clip)


def ratios(ours: Sequence[Cost], bare: Sequence[Cost]) -> tuple[float, float]:
    """Return processor and wall time over the bare loop's, each the median of the rounds' own."""
    both = list(zip(ours, bare, strict=True))
    return median(o.cpu_s / b.cpu_s for o, b in both), median(o.wall_s / b.wall_s for o, b in both)


def cost_of(command: list[str], clip: Path) -> Cost:
    """Return what a command took as a whole process; `clip` is named where it does not end well."""
    start = perf_counter()
    # modules stay compiled from the first round on, as they do for people
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen(  # noqa: S603 - this program itself
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    used = machine.waited_for(child)
    wall_s = perf_counter() - start
    if child.returncode != 0:
        why = machine.ending(child.returncode)
        raise UnusableClip("worker_died", file=clip.name, why=why)
    return Cost(wall_s=wall_s, cpu_s=used.cpu_s, peak_mib=used.peak_bytes / 2**20)


def _line(name: str, cost: Cost, frames: int) -> str:
    return (
        f"{name}: wall {cost.wall_s:.2f} s, processor {cost.cpu_s:.2f} s "
        f"({1000 * cost.wall_s / frames:.1f} and {1000 * cost.cpu_s / frames:.1f} ms a picture), "
        f"peak {cost.peak_mib:.0f} MiB"
    )


def _loop(clip: Path, path: Path, minutes: float) -> None:
    """Write the clip over and over at 1920x1080 until it lasts `minutes`."""
    source = probe(clip, VideoSettings())
    step_s = source.clip.duration_s / source.clip.frames
    shown = [
        np.asarray(cv2.resize(rgb, (1920, 1080)), dtype=np.uint8)
        for _, rgb in pictures(source, 0, _LOOP_FRAMES)
    ]
    with Sink(path, (1920, 1080), 1 / step_s) as sink:
        for number in range(int(60 * minutes / step_s)):
            sink.add(shown[number % len(shown)], number * step_s)


_LOOP_FRAMES = 150  # ours; held in memory by the writer, not by what is measured
