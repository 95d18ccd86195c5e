"""What a live check costs: real server, real browser, a camera that plays a clip over and over.

Each picture of the clip carries its number as a row of black and white cells. For some seconds the
numbers are read both off the camera's picture and off the page's, which says how old the drawn
picture really is and whether the overlay stands on the frame it was found in. The rest of the time
only the page's own bookkeeping is used, because reading pictures back costs the browser as much as
sending them.
"""

from __future__ import annotations

import importlib
import json
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from urllib import request
from urllib.error import URLError

import av
import numpy as np

from posture import machine
from posture.bench import sample
from posture.bench_browser import BROWSER, FLAGS, without_hurry
from posture.live.errors import LiveTrouble
from posture.types import Rgb
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures

_SIZE_PX = (640, 480)
_SAMPLE = "forward_bend.mp4"
_CELL_PX = 16
_BITS = 8
_CELLS = _BITS + 2  # one white and one black cell first, so that a number is told from a picture
_CHECK_S = 8.0  # long enough for about 150 numbers
_WARM_S = 15.0  # until the memory of models, page and codecs has settled
_START_S = 180.0  # a busy machine needs a minute to read in the libraries
_SAMPLE_S = 5.0
_FLAGS = (
    *FLAGS,
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

# Runs in the page before its own scripts: notes what was drawn when, and reads numbers while asked.
_HOOK = """
(() => {
  const seen = { drawn: [], dropped: 0, aged: [], read: 0, checking: true, shown: new Map() };
  window.__bench = seen;
  const strip = document.createElement("canvas");
  strip.width = %(cells)d * 4; strip.height = 4;
  const ink = strip.getContext("2d", { willReadFrequently: true });
  const number = (picture, width) => {
    const cell = %(cell)d * width / %(width)d;
    ink.drawImage(picture, 0, cell / 4, cell * %(cells)d, cell / 2, 0, 0, strip.width, 4);
    const data = ink.getImageData(0, 0, strip.width, 4).data;
    const bits = [];
    for (let i = 0; i < %(cells)d; i += 1) {
      bits.push(data[((strip.width + 4 * i + 2) * 4) + 1] > 128);
    }
    if (!bits[0] || bits[1]) return null;
    return bits.slice(2).reduce((sum, bit) => sum * 2 + (bit ? 1 : 0), 0);
  };
  const watch = (video) => {
    const each = () => {
      if (!seen.checking) return;
      video.requestVideoFrameCallback(each);
      const shown = number(video, video.videoWidth);
      if (shown !== null) seen.shown.set(shown, performance.now());
    };
    video.requestVideoFrameCallback(each);
  };
  document.addEventListener("live-drawn", ({ detail }) => {
    seen.drawn.push([detail.captured_ms, detail.drawn_ms]);
    if (!seen.checking) return;
    const video = document.querySelector("#camera");
    if (video && !seen.watched) { seen.watched = true; watch(video); }
    const canvas = document.querySelector("#view");
    const shown = number(canvas, canvas.width);
    if (shown === null) return;
    seen.read += 1;
    if (seen.shown.has(shown)) seen.aged.push(performance.now() - seen.shown.get(shown));
  });
  document.addEventListener("live-dropped", () => { seen.dropped += 1; });
})();
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run came to."""

    seconds: float
    fps: float
    median_ms: float
    p95_ms: float
    first_ms: float  # median over the first tenth
    last_ms: float  # and over the last: the same if nothing piles up
    dropped: int
    by_number_ms: float  # median age of the drawn picture, by the numbers in it; NaN = not read
    rss_mib: tuple[float, ...]  # of the server, every few seconds after warming up
    spare: float  # share of a core that a spinning loop got before the run

    @property
    def growth_mib(self) -> float:
        """How much the server's memory grew over the run."""
        tenth = max(1, len(self.rss_mib) // 10)
        return median(self.rss_mib[-tenth:]) - median(self.rss_mib[:tenth])


def live(clip: Path | None, minutes: float, browser: Path = BROWSER) -> Iterator[str]:
    """Yield the lines of a run with `clip`, or a sample, as what the camera sees; Markdown.

    Raises
    ------
    LiveTrouble
        There is no browser or nothing to drive it, or the page showed nothing.
    UnusableClip
        The clip cannot be read.
    """
    playwright = _playwright(browser)
    clip = clip or sample(_SAMPLE)
    with tempfile.TemporaryDirectory(prefix="posture-bench-") as folder:
        camera = Path(folder) / "camera.y4m"
        frames = write_camera(clip, camera)
        spare = _spare()
        yield f"- {clip.name}, {frames} pictures, {_SIZE_PX[0]}x{_SIZE_PX[1]}, over and over"
        yield f"- {_machine()}; a spinning loop got {spare:.2f} of a core before"
        with (
            _server(Path(folder) / "data") as (address, pid),
            playwright.sync_playwright() as driver,
        ):
            started = without_hurry(browser, Path(folder))
            figures = _run(driver, started, camera, address, pid, minutes, spare)
        yield from told(figures)


def told(figures: Figures) -> Iterator[str]:
    """Yield the figures as Markdown."""
    yield ""
    yield "| live check, model full, browser and server on this machine | |"
    yield "|---|---|"
    rows = (
        ("measured over", f"{figures.seconds:.0f} s"),
        ("frames analysed and drawn", f"{figures.fps:.1f} a second"),
        ("capture to overlay, median", f"{figures.median_ms:.0f} ms"),
        ("capture to overlay, 95th percentile", f"{figures.p95_ms:.0f} ms"),
        ("first tenth, last tenth, median", f"{figures.first_ms:.0f}, {figures.last_ms:.0f} ms"),
        ("the same by the numbers in the pictures", f"{figures.by_number_ms:.0f} ms"),
        ("dropped for a newer frame", f"{figures.dropped}"),
        ("memory of the server at the end", f"{figures.rss_mib[-1]:.0f} MiB"),
        ("growth of it", f"{figures.growth_mib:+.0f} MiB"),
    )
    for name, value in rows:
        yield f"| {name} | {value} |"


def write_camera(clip: Path, path: Path) -> int:
    """Write a clip as raw pictures with their numbers in them; return how many there are."""
    source = probe(clip, VideoSettings())
    width, height = _SIZE_PX
    written = 0
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420mpeg2\n".encode())
        for number, rgb in pictures(source):
            if number >= 1 << _BITS:
                break
            file.write(b"FRAME\n")
            file.write(_planes(stamped(_cut(rgb), number)))
            written += 1
    return written


def stamped(rgb: Rgb, number: int) -> Rgb:
    """Return the picture with its number in the top left corner."""
    bits = [1, 0, *(number >> bit & 1 for bit in range(_BITS - 1, -1, -1))]
    marked = rgb.copy()
    for place, bit in enumerate(bits):
        marked[:_CELL_PX, place * _CELL_PX : (place + 1) * _CELL_PX] = 255 * bit
    return marked


def _cut(rgb: Rgb) -> Rgb:
    """Return the middle of a picture in the camera's shape and size."""
    width, height = _SIZE_PX
    rows, columns = rgb.shape[:2]
    wanted = min(columns, rows * width // height)
    left = (columns - wanted) // 2
    frame = av.VideoFrame.from_ndarray(
        np.ascontiguousarray(rgb[:, left : left + wanted]), format="rgb24"
    )
    return np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height), dtype=np.uint8)


def _planes(rgb: Rgb) -> bytes:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    return bytes(frame.to_ndarray(format="yuv420p").tobytes())


def _playwright(browser: Path) -> Any:  # noqa: ANN401 - imported late
    if not browser.exists():
        raise LiveTrouble("bench_no_browser", path=str(browser))
    try:
        return importlib.import_module("playwright.sync_api")
    except ModuleNotFoundError as trouble:
        raise LiveTrouble("bench_no_playwright") from trouble


@contextmanager
def _server(data: Path) -> Iterator[tuple[str, int]]:
    """Run the real server as a process of its own; yield its address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "posture", "serve", "--port", str(port), "--no-browser"]
    process = subprocess.Popen(  # noqa: S603 - this program itself
        [*command, "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends_s = time.monotonic() + _START_S
        while not _answers(address):
            # the process itself has to live: another one may sit on the port
            if process.poll() is not None or time.monotonic() > ends_s:
                raise LiveTrouble("bench_no_results", seconds=_START_S, why="server")
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(address: str) -> bool:
    with suppress(URLError, OSError), request.urlopen(address + "/live", timeout=5) as answer:  # noqa: S310 - our own
        return int(answer.status) < 500  # noqa: PLR2004 - the server's own failures
    return False


def _run(
    driver: Any,  # noqa: ANN401 - playwright's
    browser: Path,
    camera: Path,
    address: str,
    pid: int,
    minutes: float,
    spare: float,
) -> Figures:
    flags = [*_FLAGS, f"--use-file-for-fake-video-capture={camera}"]
    chromium = driver.chromium.launch(executable_path=str(browser), headless=True, args=flags)
    try:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(_HOOK % {"cells": _CELLS, "cell": _CELL_PX, "width": _SIZE_PX[0]})
        page.goto(f"{address}/live/{_visit(address)}?auto=1")
        _until(page, "window.__bench.drawn.length > 5")
        page.keyboard.press("Space")  # nobody in the clip raises a hand
        time.sleep(_CHECK_S)
        aged = page.evaluate("window.__bench.checking = false, window.__bench.aged")
        time.sleep(_WARM_S)
        page.evaluate("window.__bench.drawn = [], window.__bench.dropped = 0")
        began_s = time.monotonic()
        rss = [_rss_mib(pid)]
        while time.monotonic() - began_s < 60 * minutes:
            time.sleep(_SAMPLE_S)
            rss.append(_rss_mib(pid))
        seconds = time.monotonic() - began_s
        drawn = page.evaluate("window.__bench.drawn")
        dropped = int(page.evaluate("window.__bench.dropped"))
    finally:
        chromium.close()
    return _figures(drawn, seconds, dropped, aged, rss, spare)


def _figures(
    drawn: Sequence[Sequence[float]],
    seconds: float,
    dropped: int,
    aged: Sequence[float],
    rss: Sequence[float],
    spare: float,
) -> Figures:
    if not drawn:
        raise LiveTrouble("bench_no_results", seconds=seconds, why="page")
    late = np.array([after - before for before, after in drawn])
    tenth = max(1, len(late) // 10)
    return Figures(
        seconds=seconds,
        fps=len(late) / seconds,
        median_ms=float(np.median(late)),
        p95_ms=float(np.quantile(late, 0.95)),
        first_ms=float(np.median(late[:tenth])),
        last_ms=float(np.median(late[-tenth:])),
        dropped=dropped,
        by_number_ms=float(np.median(aged)) if aged else float("nan"),
        rss_mib=tuple(rss),
        spare=spare,
    )


def _until(page: Any, what: str) -> None:  # noqa: ANN401 - playwright's
    ends_s = time.monotonic() + _START_S
    while not page.evaluate(what):
        if time.monotonic() > ends_s:
            state = page.evaluate("document.body.dataset.live || ''")
            raise LiveTrouble("bench_no_results", seconds=_START_S, why=str(state))
        time.sleep(0.1)


def _visit(address: str) -> str:
    """Make an anonymous visit. The clip never stands still for long, so the first step goes on."""
    body = json.dumps({"client": None, "check": "stand_bend", "language": "en", "answers": {}})
    asked = request.Request(  # noqa: S310 - our own server
        f"{address}/api/visits",
        data=body.encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own server
        visit: Mapping[str, str] = json.load(answer)
    return visit["id"]


def _rss_mib(pid: int) -> float:
    return machine.memory_mb(pid) * 1e6 / 2**20


def _spare(seconds: float = 1.0) -> float:
    """Return which share of a core a spinning loop gets: how busy this machine is otherwise."""
    wall, own = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        pass
    return (time.process_time() - own) / (time.perf_counter() - wall)


def _machine() -> str:
    model = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"{machine.cores()} cores ({model}), load {machine.load():.1f}, "
        f"mediapipe {version('mediapipe')}"
    )
