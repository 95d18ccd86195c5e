"""What a measure rests on: one segment of one clip, with its yardsticks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from posture.footage.parts import only_within, part_with, parts_of
from posture.footage.plane import plane_at
from posture.footage.yardstick import used_sheet
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.measures.limits import QualitySettings
from posture.signals.body import BodySignals
from posture.signals.clean import Cleaned
from posture.signals.frame import (
    FrameSettings,
    floor_px,
    leg_length_px,
    off_axis_deg,
    scale_of,
)
from posture.types import (
    Activity,
    Bools,
    Corrections,
    Fact,
    Floats,
    Landmarks,
    Scale,
    Segment,
    Side,
    Signal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One segment, ready to be measured."""

    landmarks: Landmarks  # cleaned
    body: BodySignals  # of the near side: each signal is worked out once and read from here
    far_body: BodySignals
    observed: Bools  # (T, K) seen by the model, not bridged
    forward: Floats  # (T,)
    segment: Segment
    index: int  # of the segment
    near: Side
    leg_px: float  # NaN where the near leg was not seen
    height_px: float  # of the body, standing
    floor_y_px: float  # NaN where no foot was seen
    off_axis_deg: float
    frame_s: float  # between two frames, median; 0 for a still picture
    px_per_m: float | None  # only where a printed sheet or the person's height tells
    scale_sd: float  # of it, a share
    scale_by: Literal["height", "sheet", "none"]
    settings: FrameSettings
    quality: QualitySettings
    corrections: Corrections = field(default_factory=Corrections)  # by hand, in these times

    @property
    def frames(self) -> tuple[int, int]:
        """The segment's frames, half-open."""
        return self.segment.frames

    @property
    def part(self) -> slice:
        """The segment as a slice over frames."""
        return slice(*self.segment.frames)

    @property
    def is_still(self) -> bool:
        """Whether there is one picture only."""
        return len(self.landmarks.time_s) == 1

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the clip is like at some moment of the segment."""
        span_s = span_s_of(self.landmarks.time_s, self.frames)
        return tuple(fact for fact in self.landmarks.facts if touches(fact, span_s))


def span_s_of(time_s: Floats, frames: tuple[int, int]) -> tuple[float, float]:
    """Return when a stretch of frames [start, end) begins and when its last picture is.

    Unit
        Seconds.
    Needs
        At least one frame.
    """
    last = min(max(frames[1] - 1, frames[0]), len(time_s) - 1)
    return float(time_s[frames[0]]), float(time_s[last])


def touches(fact: Fact, span_s: tuple[float, float]) -> bool:
    """Return whether a fact holds at some moment of a stretch.

    Needs
        Seconds of the clip, both ends included.
    """
    return any(start <= span_s[1] and end >= span_s[0] for start, end in fact.spans_s)


def share_of(fact: Fact, span_s: tuple[float, float]) -> float:
    """Return for how much of a stretch a fact holds; all or nothing of a single moment.

    Unit
        Fraction of the stretch's time.
    Sign
        Never negative.
    Needs
        Seconds of the clip; spans of the fact may overlap.
    """
    lasts_s = span_s[1] - span_s[0]
    if lasts_s <= 0:
        return float(touches(fact, span_s))
    parts = sorted((max(a, span_s[0]), min(b, span_s[1])) for a, b in fact.spans_s)
    covered_s, reached_s = 0.0, span_s[0]
    for start, end in parts:
        covered_s += max(0.0, end - max(start, reached_s))
        reached_s = max(reached_s, end)
    return covered_s / lasts_s


def within(signal: Signal, frames: tuple[int, int]) -> Signal:
    """Return a signal with NaN outside of `frames` [start, end).

    Needs
        Nothing.
    Source
        Definition.
    """
    value = np.full(len(signal.value), np.nan)
    value[slice(*frames)] = signal.value[slice(*frames)]
    return replace(signal, value=value)


def takes_of(
    cleaned: Cleaned,
    forward: Floats,
    segments: Sequence[Segment],
    height_m: float | None,
    settings: FrameSettings = FrameSettings(),
    quality: QualitySettings = QualitySettings(),
) -> tuple[Take, ...]:
    """Return one take per segment that is a test and whose facing is known.

    Needs
        Cleaned landmarks and segments from the same clip.
    Source
        `posture.signals.frame`.
    """
    parts = parts_of(cleaned.landmarks)
    seen: dict[tuple[int, int], _Seen] = {}
    takes = []
    for index, segment in enumerate(segments):
        if segment.activity is Activity.OTHER or segment.view.near_side is None:
            continue
        part = part_with(parts, segment.frames)
        if part not in seen:
            seen[part] = _seen(cleaned.landmarks, forward, part)
        take = _take(cleaned, seen[part], segment, index, height_m, settings)
        takes.append(replace(take, quality=quality))
    return tuple(takes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One part of a clip: nothing rests on what lies across a cut."""

    landmarks: Landmarks
    forward: Floats
    bodies: Mapping[Side, BodySignals]


def _seen(landmarks: Landmarks, forward: Floats, part: tuple[int, int]) -> _Seen:
    landmarks = only_within(landmarks, part)
    forward = np.where(_within(part, len(forward)), forward, np.nan)
    bodies = {side: BodySignals(landmarks, forward, side) for side in Side}
    return _Seen(landmarks=landmarks, forward=forward, bodies=bodies)


def with_facts(takes: Sequence[Take], facts: Sequence[Fact]) -> tuple[Take, ...]:
    """Return takes that know of these facts about their clip."""
    return tuple(
        replace(take, landmarks=replace(take.landmarks, facts=tuple(facts))) for take in takes
    )


def _take(
    cleaned: Cleaned,
    seen: _Seen,
    segment: Segment,
    index: int,
    height_m: float | None,
    settings: FrameSettings,
) -> Take:
    landmarks, forward = seen.landmarks, seen.forward
    near = segment.view.near_side or Side.BOTH
    # the yardsticks come from all the time the person faces this way, not from the segment alone
    same_way = np.flatnonzero(forward == np.sign(np.nanmedian(forward[slice(*segment.frames)])))
    whole = (int(same_way[0]), int(same_way[-1]) + 1)
    time_s = landmarks.time_s[slice(*segment.frames)]
    height_px = HEIGHTS_PER_SIZE * seen.bodies[near].size_px(whole)
    floor_y_px = floor_px(landmarks, segment.frames)
    px_per_m, scale_sd, scale_by = _scale(landmarks, floor_y_px, height_px, height_m, settings)
    return Take(
        landmarks=landmarks,
        body=seen.bodies[near],
        far_body=seen.bodies[near.other],
        observed=cleaned.observed,
        forward=forward,
        segment=segment,
        index=index,
        near=near,
        leg_px=leg_length_px(landmarks, whole, near),
        height_px=height_px,
        floor_y_px=floor_y_px,
        off_axis_deg=off_axis_deg(landmarks, segment.frames, settings),
        frame_s=float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0,
        px_per_m=px_per_m,
        scale_sd=scale_sd,
        scale_by=scale_by,
        settings=settings,
        quality=QualitySettings(),
    )


def clip_scale(takes: Sequence[Take], height_m: float | None) -> Scale:
    """Return how large the picture is: by a printed sheet, else by the height given.

    Unit
        Pixels a metre.
    Needs
        The takes of one clip; without any there is no scale.
    Source
        Medians over the takes.
    """
    by_sheet = [t.px_per_m for t in takes if t.scale_by == "sheet" and t.px_per_m is not None]
    if by_sheet:
        return Scale(px_per_m=float(np.median(by_sheet)), source="sheet")
    height_px = float(np.median([take.height_px for take in takes])) if takes else math.nan
    return scale_of(height_px, height_m)


def _scale(
    landmarks: Landmarks,
    floor_y_px: float,
    height_px: float,
    height_m: float | None,
    settings: FrameSettings,
) -> tuple[float | None, float, Literal["height", "sheet", "none"]]:
    """Return px a metre, its error as a share and who says so: a sheet before a typed height."""
    sheet = used_sheet(landmarks)
    if sheet is not None and landmarks.to_steady is not None:
        plane = plane_at(sheet, floor_y_px)
        if plane.is_same:
            # printed smaller, as much of a metre takes more sheets
            return plane.px_per_m * 100 / settings.sheet_line_mm, plane.scale_sd, "sheet"
    if height_m:
        return height_px / height_m, _HEIGHT_SD, "height"
    return None, math.inf, "none"


# ours; body height in pixels against the one given, 16 rendered bodies within 3 %
_HEIGHT_SD = 0.03


def _within(part: tuple[int, int], count: int) -> Bools:
    every = np.arange(count)
    return np.asarray((every >= part[0]) & (every < part[1]))
