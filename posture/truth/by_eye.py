"""Real walks beside what a person reads off them by eye: steps, heels, shares, the ankle."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from posture.machine import without_native_chatter
from posture.pipeline import analyse_landmarks, landmarks_of
from posture.settings import Settings
from posture.truth.score import SAME_S
from posture.types import Analysis, EventKind, Landmarks, Side

EXPECTED = "expected.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event read by eye, and how far off the nearest found one is; NaN = none."""

    walk: str
    kind: EventKind
    is_near: bool
    picture_s: float
    off_s: float  # found less the first picture that shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One measure of one leg beside what the eye reads."""

    walk: str
    measure: str
    side: Side
    read: float
    value: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One person's walk, and what was read off it: events as (kind, side, near, time)."""

    name: str
    landmarks: Landmarks
    events: tuple[tuple[str, str, bool, float], ...]
    read: Mapping[str, Any]  # the measures'; empty where only events were read


@dataclass(frozen=True, slots=True, kw_only=True)
class ByEye:
    """All that was read off some walks, beside what was found."""

    moments: tuple[Moment, ...]
    numbers: tuple[Number, ...]


def walkers_in(
    folder: Path, settings: Settings, marked: Sequence[tuple[Path, Path]] = ()
) -> tuple[Walker, ...]:
    """Return the walks of a folder with `expected.toml`, and what a person read off them.

    `marked` are further clips, each with a table of its events by frame, as in tests/data.
    """
    table = tomllib.loads((folder / EXPECTED).read_text("utf-8"))
    found = [
        Walker(
            name=name,
            landmarks=_landmarks(folder / f"{name}.npz", settings),
            events=tuple((kind, side, near, at) for kind, side, near, at in read["events"]),
            read=read,
        )
        for name, read in table.items()
        if read["activity"] == "walking"
    ]
    found += [
        Walker(
            name=clip.stem,
            landmarks=_landmarks(clip, settings),
            events=_by_frames(events),
            read={},
        )
        for clip, events in marked
    ]
    return tuple(found)


def _landmarks(path: Path, settings: Settings) -> Landmarks:
    with without_native_chatter():
        return landmarks_of(path, settings)


def beside_the_eye(walkers: Iterable[Walker], settings: Settings) -> ByEye:
    """Return what these settings find of the walks, beside what was read off them."""
    moments: list[Moment] = []
    numbers: list[Number] = []
    for walker in walkers:
        analysis = analyse_landmarks(walker.landmarks, settings)
        moments += _moments(walker.name, analysis, walker.events)
        if walker.read:
            numbers += _numbers(walker.name, analysis, walker.read)
    return ByEye(moments=tuple(moments), numbers=tuple(numbers))


def _by_frames(path: Path) -> tuple[tuple[str, str, bool, float], ...]:
    """Return events given by frame as (kind, side, near, time)."""
    table = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        (
            event["kind"],
            event["side"],
            event["side"] == table["near_side"],
            float(np.mean(event["passes"])) / table["rate_hz"],
        )
        for event in table["event"]
    )


def _moments(
    walk: str, analysis: Analysis, events: Iterable[tuple[str, str, bool, float]]
) -> list[Moment]:
    time_s = analysis.landmarks.time_s
    picture_s = float(np.median(np.diff(time_s)))
    found = []
    for kind, side, is_near, at_s in events:
        offs = [
            event.time_s - at_s
            for event in analysis.events
            if (event.kind.value, event.side.value) == (kind, side)
        ]
        off = min(offs, key=abs, default=math.nan)
        found.append(
            Moment(
                walk=walk,
                kind=EventKind(kind),
                is_near=is_near,
                picture_s=picture_s,
                off_s=off if abs(off) < SAME_S else math.nan,
            )
        )
    return found


def _numbers(walk: str, analysis: Analysis, read: Mapping[str, Any]) -> list[Number]:
    wanted = {
        "cadence": read["cadence"],
        "stance_share": read["stance_share_near"],
        "double_support_share": read["double_support_share"],
    }
    if "pf_at_toe_off_deg" in read:
        wanted["plantarflexion_at_toe_off"] = float(np.mean(read["pf_at_toe_off_deg"]))
    return [
        Number(walk=walk, measure=m.name, side=m.side, read=wanted[m.name], value=m.value, sd=m.sd)
        for m in analysis.measures
        if m.name in wanted and math.isfinite(m.value) and m.segment is not None
        if m.side in {Side.BOTH, analysis.segments[m.segment].view.near_side}
    ]


def markdown(found: ByEye) -> str:
    """Return both tables as Markdown."""
    lines = [
        "A moment lies half a picture before the first picture that shows it: bias against that",
        "picture, and in brackets against the moment, in ms; worst against the picture.",
        "",
        "| event | foot | found | bias | sd | worst | by walk |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in (EventKind.HEEL_STRIKE, EventKind.TOE_OFF, EventKind.HEEL_OFF):
        for is_near in (True, False):
            of = [m for m in found.moments if m.kind is kind and m.is_near is is_near]
            if of:
                lines.append(_row(kind, of, is_near=is_near))
    lines += [
        "",
        "| measure | n | bias | sd | MAE | worst | inside |",
        "|---|---|---|---|---|---|---|",
    ]
    of_measure = groupby(sorted(found.numbers, key=_measure), key=_measure)
    lines += [_summed(measure, list(of)) for measure, of in of_measure]
    lines += ["", "| measure | walk | side | by eye | found | off | stated sd |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [
        f"| {n.measure} | {n.walk} | {n.side.value} | {n.read:.3g} | {n.value:.3g} | "
        f"{n.value - n.read:+.3g} | {n.sd:.2g} |"
        for n in sorted(found.numbers, key=_measure)
    ]
    return "\n".join(lines)


def _measure(number: Number) -> str:
    return number.measure


def _summed(measure: str, of: Sequence[Number]) -> str:
    off = np.array([n.value - n.read for n in of])
    inside = np.abs(off) <= _INTERVAL_SDS * np.array([n.sd for n in of])
    mae, worst = np.abs(off).mean(), np.abs(off).max()
    return (
        f"| {measure} | {len(of)} | {off.mean():+.3g} | {off.std():.2g} | {mae:.2g} | {worst:.2g} "
        f"| {inside.mean():.0%} |"
    )


_INTERVAL_SDS = 1.96


def _row(kind: EventKind, of: Sequence[Moment], *, is_near: bool) -> str:
    offs_s = np.array([m.off_s for m in of])
    known = offs_s[np.isfinite(offs_s)]
    half_s = float(np.mean([m.picture_s for m in of])) / 2
    walks = [
        f"{walk} {np.nanmean(each) * 1000:+.0f}"
        for walk, ms in groupby(of, key=lambda m: m.walk)
        if np.isfinite(each := np.array([m.off_s for m in ms])).any()
    ]
    bias, sd, worst = (
        (known.mean() * 1000, known.std() * 1000, np.abs(known).max() * 1000)
        if len(known)
        else (math.nan,) * 3
    )
    return (
        f"| {kind.value} | {'near' if is_near else 'far'} | {len(known)} of {len(of)} | "
        f"{bias:+.0f} ({bias + half_s * 1000:+.0f}) | {sd:.0f} | {worst:.0f} | {', '.join(walks)} |"
    )
