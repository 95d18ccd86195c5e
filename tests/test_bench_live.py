"""The bench of the live check: its camera, its figures, and what it says where it cannot run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from posture.bench_browser import BROWSER
from posture.bench_live import Figures, live, stamped, told, write_camera
from posture.live.errors import LiveTrouble
from posture.video.probe import VideoSettings, probe

SAMPLE = Path(__file__).parents[1] / "samples" / "standing.mp4"


def test_a_picture_carries_its_number_as_black_and_white_cells() -> None:
    marked = stamped(np.full((480, 640, 3), 90, dtype=np.uint8), 0b10110010)
    cells = [int(marked[8, 16 * n + 8, 0]) // 255 for n in range(10)]

    assert cells == [1, 0, 1, 0, 1, 1, 0, 0, 1, 0]
    assert marked[20, 8, 0] == 90


def test_the_cameras_file_is_what_a_browser_plays(tmp_path: Path) -> None:
    path = tmp_path / "camera.y4m"

    count = write_camera(SAMPLE, path)

    head, rest = path.read_bytes().split(b"\n", 1)
    assert head == b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420mpeg2"
    assert len(rest) == count * (len(b"FRAME\n") + 640 * 480 * 3 // 2)
    assert count == probe(SAMPLE, VideoSettings()).clip.frames


def test_figures_are_told_as_a_table() -> None:
    figures = Figures(
        seconds=60.0,
        fps=25.04,
        median_ms=76.4,
        p95_ms=115.0,
        first_ms=75.0,
        last_ms=77.0,
        dropped=3,
        by_number_ms=77.0,
        rss_mib=(400.0, 401.0, 402.0),
        spare=0.9,
    )

    text = "\n".join(told(figures))

    assert "| frames analysed and drawn | 25.0 a second |" in text
    assert "| capture to overlay, median | 76 ms |" in text
    assert "| growth of it | +2 MiB |" in text


def test_without_a_browser_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(LiveTrouble, match="bench_no_browser"):
        next(live(SAMPLE, 0.1, tmp_path / "chromium"))


def test_without_playwright_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(LiveTrouble, match="bench_no_playwright"):
        next(live(SAMPLE, 0.1, Path(sys.executable)))


@pytest.mark.slow
def test_the_bench_runs_on_the_real_server_and_page() -> None:
    if not shutil.which(str(BROWSER)):
        pytest.skip(f"no browser at {BROWSER}")

    lines = [*live(SAMPLE, 0.1)]

    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    rows = {row[0]: row[1] for row in cells if len(row) > 1}
    assert float(rows["frames analysed and drawn"].split()[0]) > 0.5
    assert "nan" not in rows["the same by the numbers in the pictures"]
