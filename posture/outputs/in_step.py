"""Two clips of one person side by side, at one scale and on one floor, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from posture.errors import UnusableClip
from posture.filters import gaussian
from posture.landmarks.skeleton import SIDES, index
from posture.outputs.faces import Faces
from posture.outputs.overlay.ink import SKY, WHITE, YELLOW, Pen, label, line, text, text_size
from posture.types import Floats, Landmarks, Rgb, Side
from posture.video.probe import VideoSettings, probe
from posture.video.sink import Sink
from posture.video.source import pictures_at

Kind = Literal["bend", "walk"]
Record = Mapping[str, Any]

PANE_PX = (540, 660)  # of each of the two
_FOOT_PX = 150  # below them, for what changed
_LEGS_HIGH = 2.7  # of a leg's length: a standing grown-up is 2.2 tall
_BELOW = 0.22  # of a leg's length under the floor
_AHEAD = 0.25  # of a leg's length: a bent body reaches further forward than back
_RATE_HZ = 25.0
_DOWN, _HELD = 45, 12  # pictures of a bend's way down, and at its bottom
_CYCLE = 50  # pictures of a stride
_STRIDE_S = (0.6, 2.2)  # ours; what is no stride is left out
_WAY_S = 3.0  # ours; where start or end of a bend were not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """One of two clips: what is shown of it, and where the client stands in it."""

    film: Path
    first_s: float  # of the landmarks' time, at the film's first picture
    landmarks: Landmarks
    kind: Kind
    near: Side
    times_s: Floats  # when each picture of the pair is taken
    key: int  # the one among them that tells most
    leg_px: float
    floor_px: float
    middle_px: Floats  # (pictures,) what stands in the middle of the pane

    @classmethod
    def of(cls, film: Path, landmarks: Landmarks, record: Record, *, is_drawn: bool) -> Moving:
        """Return how a clip is shown; `is_drawn`: the film is the overlay, which begins at 0.

        Raises
        ------
        UnusableClip
            It shows no whole bend and no whole stride.
        """
        near = Side(record["view"].get("near_side") or "right")
        kind, times_s, key = _schedule(landmarks, record, near)
        rows = _rows(landmarks, times_s)
        xy = landmarks.xy_px.astype(np.float64)
        hip, knee, ankle, heel, toe = (
            xy[:, index(f"{near.value}_{name}")]
            for name in ("hip", "knee", "ankle", "heel", "foot_index")
        )
        leg_px = _known(np.hypot(*(hip - knee).T) + np.hypot(*(knee - ankle).T), 0.5)
        feet = np.fmax(heel[:, 1], toe[:, 1])[min(rows) : max(rows) + 1]
        if kind == "bend":
            forward = -1 if record["view"].get("facing") == "left" else 1
            middle = np.full(len(rows), _known(ankle[rows, 0], 0.5) + forward * _AHEAD * leg_px)
        else:
            middle = gaussian(_filled(hip[:, 0]), 3.0, "edge")[rows]
        return cls(
            film=film,
            first_s=float(landmarks.time_s[0]) if is_drawn else 0.0,
            landmarks=landmarks,
            kind=kind,
            near=near,
            times_s=times_s,
            key=key,
            leg_px=leg_px,
            floor_px=_known(feet, 0.8),
            middle_px=middle,
        )

    def panes(self, numbers: Sequence[int], *, blur: bool) -> dict[int, Rgb]:
        """Return the pictures of the pair with these numbers, cut to one pane."""
        source = probe(self.film, VideoSettings())
        shown = self.times_s[list(numbers)] - self.first_s
        frames = np.searchsorted(source.time_s, shown - 1e-6)
        frames = np.clip(frames, 0, len(source.time_s) - 1)
        faces = Faces.of(self.landmarks, source.size_px) if blur else None
        wanted: dict[int, list[int]] = {}
        for number, frame in zip(numbers, frames.tolist(), strict=True):
            wanted.setdefault(frame, []).append(number)
        made: dict[int, Rgb] = {}
        for frame, rgb in pictures_at(source, sorted(wanted)):
            at_s = float(source.time_s[frame]) + self.first_s
            row = int(_rows(self.landmarks, np.array([at_s]))[0])
            if faces is not None:
                rgb = rgb.copy()  # noqa: PLW2901 - the same picture, to be drawn on
                faces.blur(rgb, row)
            for number in wanted[frame]:
                made[number] = self._pane(rgb, number, row)
        return made

    def _pane(self, rgb: Rgb, number: int, row: int) -> Rgb:
        """Return a picture moved and scaled so that legs are as long and floors as high."""
        width, height = PANE_PX
        to_film = np.asarray(rgb.shape[1::-1]) / self.landmarks.size_px
        unit = height / _LEGS_HIGH / self.leg_px  # px of the pane a px of the landmarks
        corner = (
            self.middle_px[number] - width / 2 / unit,
            self.floor_px + _BELOW * self.leg_px - height / unit,
        )
        scale = unit / to_film
        matrix = np.array(
            [[scale[0], 0, -corner[0] * unit], [0, scale[1], -corner[1] * unit]], dtype=np.float64
        )
        way = cv2.INTER_AREA if scale[0] < 1 else cv2.INTER_LINEAR
        pane = np.asarray(
            cv2.warpAffine(
                rgb, matrix, PANE_PX, flags=way, borderMode=cv2.BORDER_CONSTANT, borderValue=_DARK
            ),
            dtype=np.uint8,
        )
        floor = height - _BELOW * self.leg_px * unit
        line(pane, [(0.0, floor), (float(width), floor)], Pen(YELLOW, 2, dash=12))
        points = (self.landmarks.xy_px[row].astype(np.float64) - corner) * unit
        body = ("ear", "shoulder", "hip", "knee", "ankle", "foot_index")
        line(pane, points[[index(f"{self.near.value}_{name}") for name in body]], Pen(SKY, 4))
        return pane


_DARK = (18, 22, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two clips in step, and what is written on them."""

    sides: tuple[Moving, Moving]
    names: tuple[str, str]  # "Before 3 May", "After 9 May"
    told: tuple[str, ...] = ()  # what changed
    blur: bool = False

    def __post_init__(self) -> None:
        if self.sides[0].kind != self.sides[1].kind:
            raise ValueError("expected two bends or two walks")

    @property
    def length(self) -> int:
        """How many pictures it has."""
        return len(self.sides[0].times_s)

    def picture(self) -> Rgb:
        """Return the moments that tell most, beside each other."""
        panes = [side.panes([side.key], blur=self.blur) for side in self.sides]
        if not all(panes):
            raise UnusableClip("no_preview")
        return self._beside(*(next(iter(pane.values())) for pane in panes))

    def film(self, path: Path) -> None:
        """Write both in step as H.264."""
        size_px = (2 * PANE_PX[0], PANE_PX[1] + _FOOT_PX)
        with Sink(path, size_px, _RATE_HZ) as sink:
            for number, picture in enumerate(self._pictures()):
                sink.add(picture, number / _RATE_HZ)

    def _pictures(self) -> Iterator[Rgb]:
        numbers = range(self.length)
        panes = [side.panes(numbers, blur=self.blur) for side in self.sides]
        if not all(panes):
            raise UnusableClip("no_preview")
        last = [next(iter(pane.values())) for pane in panes]
        for number in numbers:
            # what cannot be decoded shows the picture before it
            last = [pane.get(number, was) for pane, was in zip(panes, last, strict=True)]
            yield self._beside(*last)

    def _beside(self, before: Rgb, after: Rgb) -> Rgb:
        foot = np.full((_FOOT_PX, 2 * PANE_PX[0], 3), _DARK, dtype=np.uint8)
        whole = np.vstack([np.hstack([before, after]), foot])
        whole[: PANE_PX[1], PANE_PX[0] - 2 : PANE_PX[0] + 2] = _DARK
        for number, name in enumerate(self.names):
            label(whole, (number * PANE_PX[0] + 14, 14), name, 28, WHITE)
        lines, size = self.told[:_MOST_LINES], _LETTERS
        room = 2 * PANE_PX[0] - 40
        while size > _SMALLEST and any(text_size(told, size)[0] > room for told in lines):
            size -= 1
        for number, told in enumerate(lines):
            text(whole, (20, PANE_PX[1] + 44 * (number + 1) - 6), told, size, WHITE)
        return whole


_MOST_LINES, _LETTERS, _SMALLEST = 3, 26, 14


def kind_of(record: Record) -> Kind | None:
    """Return what a recording can be compared by; None where nothing of it can."""
    kinds = [event["kind"] for event in record.get("events", ())]
    if "bend_bottom" in kinds:
        return "bend"
    return "walk" if kinds.count("heel_strike") > 1 else None


def _schedule(landmarks: Landmarks, record: Record, near: Side) -> tuple[Kind, Floats, int]:
    events = record.get("events", ())
    bottoms = [e for e in events if e["kind"] == "bend_bottom"]
    if bottoms:
        lean = _lean_deg(landmarks)
        rows = _rows(landmarks, np.array([e["time_s"] for e in bottoms]))
        deepest = bottoms[int(np.argmax(lean[rows]))]
        times_s = _bend_times(landmarks, events, deepest, lean)
        return "bend", times_s, _DOWN + _HELD // 2
    strikes = sorted(
        e["time_s"] for e in events if e["kind"] == "heel_strike" and e["side"] == near.value
    )
    strides = [(a, b) for a, b in pairwise(strikes) if _STRIDE_S[0] < b - a < _STRIDE_S[1]]
    if not strides:
        raise UnusableClip("no_preview")
    hips = _filled(landmarks.xy_px[:, index(f"{near.value}_hip"), 0].astype(np.float64))
    off = [
        abs(float(hips[_rows(landmarks, np.array([(a + b) / 2]))[0]]) - landmarks.size_px[0] / 2)
        for a, b in strides
    ]
    begin, end = strides[int(np.argmin(off))]
    return "walk", np.linspace(begin, end, _CYCLE, endpoint=False), 0


def _bend_times(
    landmarks: Landmarks, events: Sequence[Record], deepest: Record, lean: Floats
) -> Floats:
    """Return when the bend has come so far down, and up again: shares of its own depth."""
    bottom_s = float(deepest["time_s"])
    own = [e for e in events if e["segment"] == deepest["segment"]]
    clip_s = landmarks.time_s
    starts = [e["time_s"] for e in own if e["kind"] == "bend_start" and e["time_s"] < bottom_s]
    ends = [e["time_s"] for e in own if e["kind"] == "bend_end" and e["time_s"] > bottom_s]
    start_s = max(starts, default=max(float(clip_s[0]), bottom_s - _WAY_S))
    end_s = min(ends, default=min(float(clip_s[-1]), bottom_s + _WAY_S))
    down = _way(clip_s, lean, start_s, bottom_s)
    up = _way(clip_s[::-1], lean[::-1], end_s, bottom_s)[::-1]
    return np.concatenate([down, np.full(_HELD, bottom_s), up])


def _way(time_s: Floats, lean: Floats, from_s: float, to_s: float) -> Floats:
    """Return when each share of the depth is come to first, from upright to the bottom."""
    low, high = min(from_s, to_s), max(from_s, to_s)
    inside = (time_s >= low) & (time_s <= high)
    if inside.sum() < 2:  # noqa: PLR2004 - nothing to go along
        return np.full(_DOWN, to_s)
    deep = np.maximum.accumulate(lean[inside])
    # where the depth stays the same the time still goes on
    deep = deep + np.linspace(0.0, 1e-3, len(deep))
    shares = np.linspace(deep[0], deep[-1], _DOWN)
    return np.asarray(np.interp(shares, deep, time_s[inside]))


def _lean_deg(landmarks: Landmarks) -> Floats:
    """Return how far the line from hips to shoulders is from upright."""
    xy = landmarks.xy_px.astype(np.float64)
    shoulder, hip = (
        np.mean([xy[:, index(f"{side}_{name}")] for side in SIDES], axis=0)
        for name in ("shoulder", "hip")
    )
    away = shoulder - hip
    lean = np.degrees(np.arctan2(np.abs(away[:, 0]), -away[:, 1]))
    return np.asarray(gaussian(_filled(lean), 2.0, "edge"))


def _filled(values: Floats) -> Floats:
    known = np.isfinite(values)
    if not known.any():
        raise UnusableClip("nobody_in_view")
    places = np.arange(len(values))
    return np.interp(places, places[known], values[known])


def _known(values: Floats, share: float) -> float:
    known = values[np.isfinite(values)]
    if not known.size:
        raise UnusableClip("nobody_in_view")
    return float(np.quantile(known, share))


def _rows(landmarks: Landmarks, times_s: Floats) -> list[int]:
    """Return the rows nearest to these times."""
    time_s = landmarks.time_s
    after = np.clip(np.searchsorted(time_s, times_s), 1, len(time_s) - 1)
    nearer = times_s - time_s[after - 1] < time_s[after] - times_s
    rows: list[int] = np.where(nearer, after - 1, after).tolist()
    return rows
