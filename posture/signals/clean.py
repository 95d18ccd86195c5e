"""Hide points that were not seen, undo left/right swaps, bridge short gaps, smooth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, sosfiltfilt

from posture.types import Bools, Floats, Landmarks


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSettings:
    """How raw points become paths."""

    min_visibility: float = 0.3  # ours; far legs behind near ones are reported at 0.2 to 0.3
    bridge_s: float = 0.2  # ours; under a fifth of a stride, a straight line stays within 2 px
    cutoff_hz: float = 6.0  # Winter 2009: walking holds nothing of use above 6 Hz
    order: int = 4  # of the zero-lag filter as a whole, two passes of half of it
    swap_cost: float = 0.02  # ours; what a frame has to gain from exchanging the legs, leg lengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Points fit to be measured, and what was done to them."""

    landmarks: Landmarks  # NaN where unknown
    observed: Bools  # (T, K) seen by the model; False where bridged or unknown
    swapped: Bools  # (T,) left and right leg were exchanged


def clean(landmarks: Landmarks, settings: CleanSettings | None = None) -> Cleaned:
    """Return the landmarks made fit to be measured; unknown stays unknown.

    Unit
        Pixels.
    Sign
        Picture: x right, y down.
    Needs
        Landmarks as the model gave them.
    Source
        Hiding, swap repair, bridging and smoothing in this order; each function says its own.
    """
    settings = settings or CleanSettings()
    hidden = hide_unseen(landmarks, settings.min_visibility)
    repaired, swapped = repair_swaps(hidden, settings.swap_cost)
    observed = np.isfinite(repaired.xy_px[..., 0])
    bridged = bridge_gaps(repaired.xy_px, repaired.time_s, settings.bridge_s)
    smooth = smoothed(bridged, repaired.time_s, settings.cutoff_hz, settings.order)
    return Cleaned(landmarks=replace(repaired, xy_px=smooth), observed=observed, swapped=swapped)


def hide_unseen(landmarks: Landmarks, min_visibility: float) -> Landmarks:
    """Return the landmarks with NaN for points reported as hidden or outside of the picture.

    Unit
        Pixels.
    Sign
        Picture: x right, y down.
    Needs
        `visibility` as the model reports it, 0..1.
    Source
        The model guesses points it cannot see, also beyond the picture's edge.
    """
    width, height = landmarks.size_px
    xy = landmarks.xy_px
    with np.errstate(invalid="ignore"):
        inside = ((xy >= 0) & (xy <= (width, height))).all(axis=-1)
    seen = inside & (landmarks.visibility >= min_visibility)
    return replace(landmarks, xy_px=np.where(seen[..., None], xy, np.nan).astype(np.float64))


_EXCHANGED = ("knee", "ankle", "heel", "foot_index")


def repair_swaps(landmarks: Landmarks, swap_cost: float) -> tuple[Landmarks, Bools]:
    """Return the landmarks with left and right leg put back where the model exchanged them.

    Unit
        Pixels; the second value is true in frames where the legs were exchanged.
    Sign
        Picture: x right, y down.
    Needs
        Points of both legs; where one is missing nothing is exchanged.
    Source
        Ours: of the two ways to read each frame, the series that moves least overall (dynamic
        programming), each exchanged frame paying `swap_cost` leg lengths.
    """
    left = [landmarks.names.index(f"left_{part}") for part in _EXCHANGED]
    right = [landmarks.names.index(f"right_{part}") for part in _EXCHANGED]
    xy = landmarks.xy_px
    usable = np.flatnonzero(np.isfinite(xy[:, left + right, 0]).all(axis=1))
    swapped = np.zeros(len(xy), dtype=bool)
    if len(usable) < 3:  # noqa: PLR2004 - nothing to compare
        return landmarks, swapped
    legs = np.stack([xy[usable][:, left], xy[usable][:, right]], axis=1)  # (U, 2, P, 2)
    reach = float(np.nanmedian(_leg_length_px(landmarks)))
    swapped[usable] = _cheapest_reading(legs / reach, swap_cost)
    pairs, crossed = np.array(left + right), np.array(right + left)
    repaired, visibility = xy.copy(), landmarks.visibility.copy()
    for frame in np.flatnonzero(swapped):
        repaired[frame, pairs] = xy[frame, crossed]
        visibility[frame, pairs] = landmarks.visibility[frame, crossed]
    return replace(landmarks, xy_px=repaired, visibility=visibility), swapped


def _leg_length_px(landmarks: Landmarks) -> Floats:
    sides = []
    for side in ("left", "right"):
        hip, knee, ankle = (landmarks.point(f"{side}_{p}") for p in ("hip", "knee", "ankle"))
        sides.append(np.hypot(*(hip - knee).T) + np.hypot(*(knee - ankle).T))
    longer: Floats = np.fmax(*sides)
    return longer


def _cheapest_reading(legs: Floats, swap_cost: float) -> Bools:
    """Viterbi over {as given, exchanged}; `legs` is (U, 2, P, 2) in leg lengths."""
    readings = np.stack([legs, legs[:, ::-1]], axis=1)  # (U, 2 readings, 2 legs, P, 2)
    moved = np.linalg.norm(readings[1:, None] - readings[:-1, :, None], axis=-1)
    step = moved.sum(axis=(-1, -2))  # (U - 1, from, to)
    price = np.array([0.0, swap_cost * legs.shape[2] * 2])
    total = price.copy()
    came_from = np.zeros((len(step), 2), dtype=np.intp)
    for row, cost in enumerate(step):
        ways = total[:, None] + cost
        came_from[row] = np.argmin(ways, axis=0)
        total = ways.min(axis=0) + price
    state = int(np.argmin(total))
    path = [state]
    for row in came_from[::-1]:
        state = int(row[state])
        path.append(state)
    return np.array(path[::-1], dtype=bool)


def bridge_gaps(xy_px: Floats, time_s: Floats, longest_s: float) -> Floats:
    """Return the paths with gaps of at most `longest_s` filled by straight lines.

    Unit
        Pixels.
    Sign
        Picture: x right, y down.
    Needs
        `xy_px` (T, K, 2) with NaN for unknown. Longer gaps, and gaps at either end, stay NaN.
    Source
        Linear interpolation in time.
    """
    filled = np.array(xy_px, dtype=np.float64)
    for k in range(filled.shape[1]):
        known = np.flatnonzero(np.isfinite(filled[:, k, 0]))
        if len(known) < 2:  # noqa: PLR2004 - a gap has two sides
            continue
        gaps = np.flatnonzero(np.diff(known) > 1)
        for before, after in zip(known[gaps], known[gaps + 1], strict=True):
            if time_s[after] - time_s[before] > longest_s:
                continue
            inner = np.arange(before + 1, after)
            for axis in (0, 1):
                filled[inner, k, axis] = np.interp(
                    time_s[inner], time_s[[before, after]], filled[[before, after], k, axis]
                )
    return filled


def smoothed(paths: Floats, time_s: Floats, cutoff_hz: float, order: int = 4) -> Floats:
    """Return the paths low-passed without lag.

    The stated cut-off is the effective one: where the two passes together let through
    1/sqrt(2) of the amplitude. Each unbroken run is filtered on its own after being put on an even
    time grid at its median rate, its ends mirrored; runs shorter than the filter's reach and
    series sampled too slowly to hold the cut-off are returned as they are. NaN stays NaN.

    Unit
        That of `paths`.
    Sign
        That of `paths`.
    Needs
        `paths` (T, ...) at `time_s` (T,), strictly increasing.
    Source
        Butterworth filter run forwards and backwards (Winter 2009, section 2.2.4), with the
        cut-off of each pass corrected for the number of passes.
    """
    flat = np.array(paths, dtype=np.float64).reshape(len(time_s), -1)
    for column in flat.T:
        for start, stop in runs(np.isfinite(column)):
            column[start:stop] = _low_passed(
                column[start:stop], time_s[start:stop], cutoff_hz, order
            )
    return flat.reshape(np.shape(paths))


def runs(true: Bools) -> Iterator[tuple[int, int]]:
    """Yield the half-open [start, stop) stretches over which `true` holds.

    Unit
        Positions.
    Sign
        None.
    Needs
        A one-dimensional truth array.
    Source
        Definition.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


_PASSES = 2


def _low_passed(values: Floats, time_s: Floats, cutoff_hz: float, order: int) -> Floats:
    if len(values) < _SHORTEST_RUN:
        return values
    step_s = float(np.median(np.diff(time_s)))
    per_pass = order // _PASSES
    # two passes of the same filter reach -3 dB below its own cut-off; move it up to make up
    corrected_hz = cutoff_hz / (2 ** (1 / _PASSES) - 1) ** (1 / (2 * per_pass))
    if corrected_hz >= _NYQUIST_MARGIN / step_s:
        return values
    grid_s = np.arange(time_s[0], time_s[-1] + step_s / 2, step_s)
    even = np.interp(grid_s, time_s, values)
    if len(even) < _SHORTEST_RUN:
        return values
    sections = butter(per_pass, corrected_hz, fs=1 / step_s, output="sos")
    padding = min(len(even) - 1, max(3, round(1 / (cutoff_hz * step_s))))
    smooth = sosfiltfilt(sections, even, padtype="odd", padlen=padding)
    return np.asarray(np.interp(time_s, grid_s, smooth), dtype=np.float64)


_SHORTEST_RUN = 6  # ours; fewer samples than this have no inside
_NYQUIST_MARGIN = 0.45  # of the rate; at half of it the filter is undefined
