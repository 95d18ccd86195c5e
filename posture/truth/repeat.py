"""Measure the same once more: encoded again, half the size or rate, filmed by another camera."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from posture.errors import PostureError
from posture.settings import Settings
from posture.truth.make import write_clip
from posture.truth.visit import CHECK, Film, filmed, visitor
from posture.truth.visits import Wish, about, analysed, kept, points_of
from posture.types import Analysis, Measure, Quality, Rgb
from posture.video.probe import probe
from posture.video.sink import Sink
from posture.video.source import pictures

AGAIN, HALF, SLOW, TWICE = (
    "encoded again",
    "half the size",
    "30 for 60 frames per second",
    "filmed twice",
)
_QUALITY = 30  # of the second encoding; the first has 24, and higher is worse
_FAST_HZ = 60.0
_OTHER_CAMERA = 1
_FAST = "walk_at_60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One measure of one film, measured twice."""

    body: str
    what: str
    film: str
    name: str
    unit: str
    first: float
    second: float | None
    sd: float  # stated of the first

    @property
    def off_sds(self) -> float | None:
        """The difference in units of the stated sd; None where the second time gave nothing."""
        if self.second is None:
            return None
        return (self.second - self.first) / self.sd if self.sd else 0.0


def film_again(wish: Wish, count: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Make what is measured a second time, of the first `count` bodies, as far as it is missing."""
    steps = [*_steps(wish, count)]
    for done, (into, write) in enumerate(steps, 1):
        if not (into / "truth.json").exists():
            write()
        points_of(into, Settings())
        if progress is not None:
            progress(done, len(steps))


def _steps(wish: Wish, count: int) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Yield each folder and what fills it, what costs least first."""
    numbers = range(count)
    homes = [wish.out / visitor(wish.seed, number).name for number in numbers]
    for what, change in _CHANGES.items():
        for home in homes:
            into = home / f"walk_{_short(what)}"
            yield into, partial(_changed, home / "walk", into, change)
    for film in CHECK:
        for number, home in zip(numbers, homes, strict=True):
            into = home / f"{film}_{_short(TWICE)}"
            yield into, partial(_filmed, wish.seed, number, film, into, camera_seed=_OTHER_CAMERA)
    for number, home in zip(numbers, homes, strict=True):
        fast, slow = home / _FAST, home / f"walk_{_short(SLOW)}"
        yield fast, partial(_filmed, wish.seed, number, "walk", fast, rate_hz=_FAST_HZ)
        yield slow, partial(_changed, fast, slow, _every_other)


def _filmed(
    seed: int,
    number: int,
    film: Film,
    into: Path,
    *,
    camera_seed: int = 0,
    rate_hz: float | None = None,
) -> None:
    who = visitor(seed, number)
    drawn = filmed(who, film, camera_seed=camera_seed, rate_hz=rate_hz)
    write_clip(drawn, into, about(who, drawn.motion.speed_m_s))


def repeats(wish: Wish, count: int, settings: Settings) -> tuple[Repeat, ...]:
    """Return every measure that came out the first time, beside the second."""
    found: list[Repeat] = []
    for number in range(count):
        home = next(iter(sorted(wish.out.glob(f"{number:05d}_*"))), None)
        if home is not None:
            found += _pair(home, "walk", "walk", AGAIN, settings)
            found += _pair(home, "walk", "walk", HALF, settings)
            found += _pair(home, "walk", _FAST, SLOW, settings)
            for film in CHECK:
                found += _pair(home, film, film, TWICE, settings)
    return tuple(found)


def _pair(home: Path, film: Film, first: str, what: str, settings: Settings) -> Iterator[Repeat]:
    folders = home / first, home / f"{film}_{_short(what)}"
    if not all((folder / kept(settings)).exists() for folder in folders):
        return
    one, other = (_given(folder, film, settings) for folder in folders)
    for name, measure in one.items():
        second = other.get(name)
        yield Repeat(
            body=home.name,
            what=what,
            film=film,
            name=name,
            unit=measure.unit,
            first=measure.value,
            second=None if second is None else second.value,
            sd=measure.sd,
        )


def _given(folder: Path, film: Film, settings: Settings) -> Mapping[str, Measure]:
    """Return the measures of a film that is of known truth, by name; none where it is refused."""
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    known = {(m["name"], m["side"]) for m in truth["measures"]}
    try:
        analysis: Analysis = analysed(folder, truth, film, settings)
    except PostureError:
        return {}
    return {
        m.name: m
        for m in analysis.measures
        if m.quality is not Quality.MISSING
        and (m.name, m.side.value) in known
        and m.activity.value == truth["activity"]
    }


def _short(what: str) -> str:
    return what.replace(" ", "_")


Change = Callable[[Iterator[tuple[int, Rgb]]], Iterator[tuple[int, Rgb]]]


def _changed(folder: Path, into: Path, change: Change) -> None:
    """Write a clip again with its pictures changed; the truth is that of the first."""
    into.mkdir(parents=True, exist_ok=True)
    source = probe(folder / "clip.mp4", Settings().video)
    shown = change(pictures(source))
    number, first = next(shown)
    size = first.shape[1] // 2 * 2, first.shape[0] // 2 * 2
    times = source.time_s
    rate_hz = float(1 / np.median(np.diff(times)))
    with Sink(into / "clip.mp4", size, rate_hz, _QUALITY) as sink:
        sink.add(first, float(times[number]))
        for number, picture in shown:
            sink.add(picture, float(times[number]))
    truth = (folder / "truth.json").read_text("utf-8")
    (into / "truth.json").write_text(truth, "utf-8")


def _as_it_is(shown: Iterator[tuple[int, Rgb]]) -> Iterator[tuple[int, Rgb]]:
    return shown


def _halved(shown: Iterator[tuple[int, Rgb]]) -> Iterator[tuple[int, Rgb]]:
    for number, picture in shown:
        size = picture.shape[1] // 4 * 2, picture.shape[0] // 4 * 2
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        yield number, np.asarray(small, dtype=np.uint8)


def _every_other(shown: Iterator[tuple[int, Rgb]]) -> Iterator[tuple[int, Rgb]]:
    return ((number, picture) for number, picture in shown if number % 2 == 0)


_CHANGES: Mapping[str, Change] = {AGAIN: _as_it_is, HALF: _halved}
