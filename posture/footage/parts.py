"""The parts of a clip that have nothing to do with each other: another shot, another view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from posture.series import runs
from posture.types import Bools, Floats, Footage, Landmarks

Part = tuple[int, int]  # frames, half-open


def parts_of(landmarks: Landmarks) -> tuple[Part, ...]:
    """Return the stretches across which nothing may be measured, smoothed or bridged.

    They end at cuts and where the camera came to see another view and how is not known.
    """
    count, footage = len(landmarks.time_s), landmarks.footage
    if footage is None:
        return ((0, count),)
    begins = {0, *footage.cuts, *(int(i) + 1 for i in np.flatnonzero(np.diff(footage.group)))}
    edges = [*sorted(begins), count]
    return tuple((a, b) for a, b in pairwise(edges) if b > a)


def part_of(landmarks: Landmarks, part: Part) -> Landmarks:
    """Return the landmarks of one part alone."""
    rows = slice(*part)
    return replace(
        landmarks,
        time_s=landmarks.time_s[rows],
        xy_px=landmarks.xy_px[rows],
        visibility=landmarks.visibility[rows],
        world_m=None if landmarks.world_m is None else landmarks.world_m[rows],
        outlines=landmarks.outlines[rows],
        to_steady=None if landmarks.to_steady is None else landmarks.to_steady[rows],
        footage=None if landmarks.footage is None else footage_rows(landmarks.footage, rows),
    )


def footage_rows(footage: Footage, rows: slice | np.ndarray) -> Footage:
    """Return what is known of some of the pictures; cuts keep their place in time."""
    kept = np.arange(len(footage.luma))[rows]
    cuts = {int(np.searchsorted(kept, cut)) for cut in footage.cuts}
    return replace(
        footage,
        **{name: getattr(footage, name)[rows] for name in _ROWS},
        cuts=tuple(sorted(cut for cut in cuts if 0 < cut < len(kept))),
    )


_ROWS = (
    "luma",
    "bright",
    "noise",
    "sharpness",
    "cover",
    "change",
    "most",
    "to_steady",
    "steady_sd_px",
    "group",
)


def only_within(landmarks: Landmarks, part: Part) -> Landmarks:
    """Return the landmarks with nothing known outside of a part."""
    if part == (0, len(landmarks.time_s)):
        return landmarks
    outside = np.ones(len(landmarks.time_s), dtype=bool)
    outside[slice(*part)] = False
    xy = np.array(landmarks.xy_px)
    xy[outside] = np.nan
    outlines = tuple(
        None if out else outline
        for out, outline in zip(outside.tolist(), landmarks.outlines, strict=True)
    )
    return replace(landmarks, xy_px=xy, outlines=outlines)


def part_with(parts: Sequence[Part], frames: tuple[int, int]) -> Part:
    """Return the part that holds the most of these frames."""
    return max(parts, key=lambda part: min(part[1], frames[1]) - max(part[0], frames[0]))


def spans_s_of(true: Bools, time_s: Floats) -> list[tuple[float, float]]:
    """Return the stretches over which something is so, in seconds."""
    return [(float(time_s[a]), float(time_s[b - 1])) for a, b in runs(true)]
