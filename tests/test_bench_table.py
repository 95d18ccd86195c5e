"""The table of what an analysis costs: ratios of one run, of clips made of the samples."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from posture import bench, bench_table
from posture.bench import Cost, cost_of
from posture.bench_table import Kind, _clip, table
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures

SMALL = Kind(
    name="standing",
    sample="standing.mp4",
    size_px=(96, 160),
    rate_hz=60.0,
    seconds=6.0,
    reach={"without video": "1.0 / 0.8"},
)


def test_each_ratio_is_the_middle_one_of_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    bare = iter([10.0, 20.0, 10.0])

    def cost_of(command: list[str], clip: Path) -> Cost:
        made.append(clip)
        if "bare_loop" in " ".join(command):
            cpu_s = next(bare)
            return Cost(wall_s=cpu_s / 2, cpu_s=cpu_s, peak_mib=100)
        cpu_s = 15.0 if "--no-video" in command else 30.0
        return Cost(wall_s=cpu_s, cpu_s=cpu_s, peak_mib=cpu_s)

    monkeypatch.setattr(bench_table, "cost_of", cost_of)
    monkeypatch.setattr(bench, "cost_of", cost_of)  # of the bare loop

    *_, overlay, without = table(3, (SMALL,))

    assert "standing, 6.0 s, 360 pictures, 96x160" in overlay
    assert overlay.endswith("| overlay and report | 3.00 / 6.00 | - | 30 MiB |")
    assert without.endswith("| without video | 1.50 / 3.00 | 1.0 / 0.8 | 15 MiB |")
    assert len(set(made)) == 1


def test_a_clip_goes_forth_and_back_so_that_nobody_jumps(tmp_path: Path) -> None:
    path = _clip(SMALL, tmp_path / "a.mp4")

    source = probe(path, VideoSettings())
    shown = [rgb.astype(float) for _, rgb in pictures(source)]
    jumps = [np.abs(b - a).mean() for a, b in pairwise(shown)]
    assert source.clip.size_px == (96, 160)
    assert source.clip.frames == 360
    assert max(jumps) < 4


def test_modules_stay_compiled_between_the_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    out = tmp_path / "said"
    code = f"import sys; open({str(out)!r}, 'w').write(str(sys.dont_write_bytecode))"

    cost_of([sys.executable, "-c", code], tmp_path)

    assert out.read_text() == "False"
