"""Pictures of a sample, and what is done to them; nothing of a clip is kept between runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Floats, Rgb
from posture.video.sink import Sink
from tests.clips import pictures_of

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
VISIT = ROOT / "tests" / "data" / "live_visit.mp4"
VISIT_EMPTY = slice(750, 757)  # pictures of the empty room, and of the first walk through it
VISIT_PASS = slice(770, 905)
PASS_PX = 5.3  # how far the walker comes from picture to picture there
HURRY = 1.9  # somebody who passes a camera is near it, and out of its way soon
MASK_LEVELS = 18  # grey levels off the empty room: somebody is there
Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Film:
    """Pictures with their times."""

    pictures: tuple[Rgb, ...]
    time_s: tuple[float, ...]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.pictures[0].shape[:2]
        return width, height

    def __getitem__(self, part: slice) -> Film:
        pictures, times = self.pictures[part], self.time_s[part]
        return Film(pictures, tuple(t - times[0] for t in times))

    def changed(self, change: Callable[[Rgb], Rgb]) -> Film:
        """Every picture changed in the same way."""
        return replace(self, pictures=tuple(change(rgb) for rgb in self.pictures))

    def at_rate(self, rate_hz: float) -> Film:
        """The same pictures, one after the other at a steady rate."""
        return replace(self, time_s=tuple(n / rate_hz for n in range(len(self.pictures))))


@lru_cache(maxsize=2)
def film(name: str) -> Film:
    """The pictures of a sample; `pass` is somebody who crosses an empty room to the right."""
    if name == "pass":
        crossing = _read(VISIT)[VISIT_PASS]
        return replace(crossing, pictures=tuple(crossing.pictures))
    if name.endswith("_mirrored"):
        return mirrored(film(name.removesuffix("_mirrored")))
    return _read(SAMPLES / f"{name}.mp4")


def _read(path: Path) -> Film:
    shown = pictures_of(path)
    start = shown[0][0]
    return Film(
        tuple(rgb for _, _, rgb in shown),
        tuple(float((pts - start) * time_base) for pts, time_base, _ in shown),
    )


def save(made: Film, path: Path, quality: int = 25) -> None:
    """Write it as H.264, with its own times."""
    width, height = made.size_px
    even = (width // 2 * 2, height // 2 * 2)
    rate_hz = (len(made.time_s) - 1) / max(made.time_s[-1], 1e-3) if len(made.time_s) > 1 else 30
    with Sink(path, even, rate_hz, quality) as sink:
        for rgb, time_s in zip(made.pictures, made.time_s, strict=True):
            sink.add(np.ascontiguousarray(rgb[: even[1], : even[0]]), time_s)


def mirrored(made: Film) -> Film:
    """Left and right exchanged."""
    return made.changed(lambda rgb: np.ascontiguousarray(rgb[:, ::-1]))


def scaled(made: Film, across: float, down: float) -> Film:
    """Every picture stretched or squeezed."""
    width, height = made.size_px
    size = (round(width * across / 2) * 2, round(height * down / 2) * 2)
    return made.changed(lambda rgb: _u8(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)))


def fitted(made: Film, size_px: tuple[int, int]) -> Film:
    """Scaled to a size of the same shape, or nearly."""
    return made.changed(lambda rgb: _u8(cv2.resize(rgb, size_px, interpolation=cv2.INTER_AREA)))


def joined(*parts: Film) -> Film:
    """One after the other, in the size of the first."""
    pictures: list[Rgb] = []
    times: list[float] = []
    for part in parts:
        start = times[-1] + 1 / 30 if times else 0.0
        pictures += fitted(part, parts[0].size_px).pictures
        times += [start + t for t in part.time_s]
    return Film(tuple(pictures), tuple(times))


def backwards(made: Film) -> Film:
    """Last picture first."""
    end = made.time_s[-1]
    return Film(made.pictures[::-1], tuple(end - t for t in reversed(made.time_s)))


def filmed(made: Film, camera: Callable[[int], tuple[float, float, float, float]],
           size_px: tuple[int, int]) -> Film:  # fmt: skip
    """Through a moving camera: `camera(n)` gives the middle (px), the zoom and the roll (deg)."""
    pictures = []
    for n, rgb in enumerate(made.pictures):
        x, y, zoom, roll_deg = camera(n)
        turn = np.asarray(cv2.getRotationMatrix2D((x, y), -roll_deg, zoom), dtype=np.float64)
        turn[:, 2] += np.array([size_px[0] / 2 - x, size_px[1] / 2 - y])
        seen = cv2.warpAffine(
            rgb, turn, size_px, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        pictures.append(_u8(seen))
    return replace(made, pictures=tuple(pictures))


def _u8(picture: object) -> Rgb:
    return np.asarray(picture, dtype=np.uint8)


def between(made: Film, steps: int) -> Film:
    """So many pictures for one, those between made by following what moves; as long as before."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    pictures: list[Rgb] = []
    times: list[float] = []
    pairs = zip(made.pictures, made.pictures[1:], made.time_s, made.time_s[1:], strict=False)
    for one, other, from_s, to_s in pairs:
        grey = [cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (one, other)]
        there, back = flow.calc(*grey, None), flow.calc(*grey[::-1], None)
        for step in range(steps):
            share = step / steps
            pictures.append(one if step == 0 else _blend(one, other, there, back, share))
            times.append(from_s + share * (to_s - from_s))
    return Film((*pictures, made.pictures[-1]), (*times, made.time_s[-1]))


def _blend(one: Rgb, other: Rgb, there: Floats, back: Floats, share: float) -> Rgb:
    height, width = one.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def pulled(rgb: Rgb, by: Floats, part: float) -> Rgb:
        return _u8(cv2.remap(rgb, x - part * by[..., 0], y - part * by[..., 1], cv2.INTER_LINEAR))

    ahead, behind = pulled(one, there, share), pulled(other, back, 1 - share)
    return _u8(cv2.addWeighted(ahead, 1 - share, behind, share, 0))


def darkened(made: Film, light: float, noise: float, seed: int) -> Film:
    """Little light, and the noise of a camera that has to amplify it."""
    drawn = np.random.default_rng(seed)

    def change(rgb: Rgb) -> Rgb:
        grain = drawn.standard_normal(rgb.shape, dtype=np.float32) * noise
        return _u8(np.clip(rgb * light + grain, 0, 255))

    return made.changed(change)


def boxed(
    made: Film, left: float, top: float, right: float, bottom: float, grey: int = 255
) -> Film:
    """A plain box over a part of every picture, edges as shares of width and height."""
    width, height = made.size_px

    def change(rgb: Rgb) -> Rgb:
        covered = rgb.copy()
        covered[round(top * height) : round(bottom * height),
                round(left * width) : round(right * width)] = grey  # fmt: skip
        return covered

    return made.changed(change)


def cut_below(made: Film, share: float) -> Film:
    """Only what is above this share of the height."""
    rows = round(made.size_px[1] * share / 2) * 2
    return made.changed(lambda rgb: np.ascontiguousarray(rgb[:rows]))


def thinned(made: Film, keep: Iterable[int]) -> Film:
    """Only these pictures, with their times."""
    kept = sorted(set(keep))
    return Film(tuple(made.pictures[n] for n in kept), tuple(made.time_s[n] for n in kept))


def resampled(made: Film, rate_hz: float) -> Film:
    """The nearest picture at each tick of another rate."""
    ticks = np.arange(int(made.time_s[-1] * rate_hz) + 1) / rate_hz
    at = [int(np.argmin(np.abs(np.array(made.time_s) - t))) for t in ticks]
    return Film(tuple(made.pictures[n] for n in at), tuple(float(t) for t in ticks))


def repeated(made: Film, every: int, stored_hz: float) -> Film:
    """One of `every` pictures, each shown again until the next one, at a steady rate."""
    source_hz = (len(made.time_s) - 1) / made.time_s[-1]
    count = int(made.time_s[-1] * stored_hz)
    at = [int(n / stored_hz * source_hz / every + 1e-6) * every for n in range(count)]
    return Film(tuple(made.pictures[n] for n in at), tuple(n / stored_hz for n in range(count)))


@cache
def _walkers() -> tuple[tuple[Rgb, Mask], ...]:
    """Somebody who walks, cut out of an empty room: picture and mask of each moment."""
    whole = _read(VISIT)
    empty = np.median(np.stack(whole.pictures[VISIT_EMPTY]), axis=0)
    cut = []
    for rgb in whole.pictures[VISIT_PASS]:
        off = np.abs(rgb.astype(np.float32) - empty).max(axis=2)
        mask = _u8(off > MASK_LEVELS)
        mask = _u8(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
        mask = _u8(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)))
        columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        whole_body = len(columns) and columns[0] > 2 and columns[-1] < mask.shape[1] - 3
        if whole_body:
            box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            cut.append((rgb[box], mask[box]))
    return tuple(cut)


def middle_of(made: Film) -> list[float]:
    """Where the one who moves is, px across, in every picture; on a straight line."""
    empty = np.median(np.stack(made.pictures[::8]), axis=0)
    xs = []
    for rgb in made.pictures:
        off = np.abs(rgb.astype(np.float32) - empty).max(axis=2) > 2 * MASK_LEVELS
        off[: off.shape[0] // 2] = False  # legs: what moves above may be somebody else
        columns = off.sum(axis=0)
        xs.append(float(np.average(np.arange(len(columns)), weights=columns + 1e-9)))
    frames = np.arange(len(xs))
    line = np.polyfit(frames, xs, 1)
    off_line = np.abs(np.polyval(line, frames) - xs)
    near = off_line <= np.percentile(off_line, 80)
    return [float(x) for x in np.polyval(np.polyfit(frames[near], np.array(xs)[near], 1), frames)]


def passed_by(made: Film, *, height: float, floor: float, start: int, to_right: bool = True,
              behind: Sequence[Mask] = ()) -> Film:  # fmt: skip
    """Somebody walks through: in front, or behind where the masks of the client are given.

    `height` and `floor` are shares of the picture's height, `start` the first picture.
    """
    cut = _walkers()
    width, tall = made.size_px
    zoom = height * tall / float(np.median([mask.shape[0] for _, mask in cut]))
    pictures = []
    for n, rgb in enumerate(made.pictures):
        walked = n - start
        x = -0.1 * width + walked * PASS_PX * zoom * HURRY
        if walked < 0 or x > 1.1 * width:
            pictures.append(rgb)
            continue
        body, mask = cut[round(walked * HURRY) % len(cut)]
        if not to_right:
            body, mask, x = body[:, ::-1], mask[:, ::-1], width - x
        size = (max(2, round(body.shape[1] * zoom)), max(2, round(body.shape[0] * zoom)))
        shown = pasted(
            rgb,
            _u8(cv2.resize(body, size)),
            _u8(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)),
            round(x - size[0] / 2),
            round(floor * tall) - size[1],
        )
        if behind:
            client = behind[n][..., None] > 0
            shown = np.where(client, rgb, shown)
        pictures.append(shown)
    return replace(made, pictures=tuple(pictures))


def pasted(rgb: Rgb, body: Rgb, mask: Mask, left: int, top: int) -> Rgb:
    """One picture over another where the mask says so; what lies outside is cut."""
    height, width = rgb.shape[:2]
    x0, x1 = max(0, left), min(width, left + body.shape[1])
    y0, y1 = max(0, top), min(height, top + body.shape[0])
    if x0 >= x1 or y0 >= y1:
        return rgb
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    made = rgb.copy()
    made[y0:y1, x0:x1] = np.where(mask[part][..., None] > 0, body[part], made[y0:y1, x0:x1])
    return made


def pasted_strip(made: Film, other: Film, *, wide: float, start: int, steps_px: float) -> Film:
    """A strip of another film, with the person in its middle, moves across: a rough montage."""
    width, height = made.size_px
    half = round(wide * width / 2)
    pictures = []
    for n, rgb in enumerate(made.pictures):
        walked = n - start
        x = round(-half + walked * steps_px)
        if walked < 0 or x > width + half:
            pictures.append(rgb)
            continue
        strip = other.pictures[n % len(other.pictures)]
        middle = strip.shape[1] // 2
        strip = strip[round(0.1 * height) :, middle - half : middle + half]
        solid = np.ones(strip.shape[:2], np.uint8)
        pictures.append(pasted(rgb, strip, solid, x - half, round(0.1 * height)))
    return replace(made, pictures=tuple(pictures))


def reflected(made: Film, *, x: float, y: float, size: float) -> Film:
    """A mirror on the wall: the middle of the room seen in it, flipped, smaller, off the floor."""
    width, height = made.size_px

    def change(rgb: Rgb) -> Rgb:
        room = rgb[round(0.08 * height) : round(0.92 * height),
                   round(0.36 * width) : round(0.64 * width)][:, ::-1]  # fmt: skip
        glass = _u8(cv2.resize(room, None, fx=size, fy=size, interpolation=cv2.INTER_AREA) * 0.9)
        framed = _u8(cv2.copyMakeBorder(glass, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=(60, 50, 40)))
        solid = np.ones(framed.shape[:2], np.uint8)
        return pasted(rgb, framed, solid, round(x * width), round(y * height))

    return made.changed(change)


def inset(made: Film, other: Film, *, x: float, y: float, size: float) -> Film:
    """A small picture of somebody else in a corner of the picture."""
    width, height = made.size_px
    pictures = []
    for n, rgb in enumerate(made.pictures):
        small = _u8(cv2.resize(other.pictures[n % len(other.pictures)],
                               (round(size * width), round(size * height))))  # fmt: skip
        solid = np.ones(small.shape[:2], np.uint8)
        pictures.append(pasted(rgb, small, solid, round(x * width), round(y * height)))
    return replace(made, pictures=tuple(pictures))


def recoloured(made: Film, masks: Sequence[Mask], light: float) -> Film:
    """The person alone made darker: dark clothes."""

    def each() -> Iterator[Rgb]:
        for rgb, mask in zip(made.pictures, masks, strict=True):
            soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)[..., None]
            yield _u8(rgb * (1 - soft * (1 - light)))

    return replace(made, pictures=tuple(each()))


def shaken(seed: int, count: int, px: float, drift_px: float = 0.0) -> list[tuple[float, float]]:
    """How a hand moves a camera: trembling about one place, or drifting away besides."""
    drawn = np.random.default_rng(seed)
    path = np.zeros((count, 2))
    for hz, share in ((0.7, 1.0), (1.9, 0.5), (4.3, 0.25)):
        phase = drawn.uniform(0, 2 * math.pi, 2)
        time_s = np.arange(count)[:, None] / 30
        path += px * share * np.sin(2 * math.pi * hz * time_s + phase)
    path[:, 0] += drift_px * np.linspace(-0.5, 0.5, count)
    return [(float(x), float(y)) for x, y in path]
