"""Hide points that were not seen, undo left/right swaps, bridge short gaps, smooth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from posture.filters import peaks, zero_phase
from posture.footage.parts import part_of, parts_of
from posture.footage.steady import steadied
from posture.landmarks.skeleton import LEAST_VISIBILITY
from posture.series import runs
from posture.types import Bools, Floats, Landmarks


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSettings:
    """How raw points become paths."""

    min_visibility: float = LEAST_VISIBILITY
    bridge_s: float = 0.2  # ours; under a fifth of a stride, a straight line stays within 2 px
    cutoff_hz: float = 6.0  # Winter 2009: walking holds nothing of use above 6 Hz
    spike_legs: float = 0.06  # ours; about 5 cm off the middle of five pictures is a slip
    spike_window_s: float = 0.2  # ours; five pictures lasting longer hold real turns
    swap_price: float = 1.1  # ours; leg lengths each exchanged point has to gain a second, so that
    # a blurred picture or two do not turn a whole step round; 6 rendered walks


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Points fit to be measured, and what was done to them."""

    landmarks: Landmarks  # NaN where unknown
    observed: Bools  # (T, K) seen by the model; False where bridged or unknown
    swapped: Bools  # (T,) left and right leg were exchanged


def clean(landmarks: Landmarks, settings: CleanSettings = CleanSettings()) -> Cleaned:
    """Return the landmarks made fit to be measured; unknown stays unknown.

    Unit
        Pixels.
    Sign
        Picture: x right, y down.
    Needs
        Landmarks as the model gave them.
    Source
        Hiding, steadying (`posture.footage.steady`), swap repair, bridging and smoothing in this
        order, each part of the clip for itself; each function says its own.
    """
    hidden = steadied(hide_unseen(landmarks, settings.min_visibility))
    parts = parts_of(landmarks)
    cleaned = [_clean(part_of(hidden, part), settings) for part in parts]
    if len(cleaned) == 1:
        return cleaned[0]
    return Cleaned(
        landmarks=replace(
            hidden,
            xy_px=np.concatenate([one.landmarks.xy_px for one in cleaned]),
            visibility=np.concatenate([one.landmarks.visibility for one in cleaned]),
        ),
        observed=np.concatenate([one.observed for one in cleaned]),
        swapped=np.concatenate([one.swapped for one in cleaned]),
    )


def _clean(hidden: Landmarks, settings: CleanSettings) -> Cleaned:
    """Clean one part of a clip, across whose ends nothing is bridged or smoothed."""
    repaired, swapped = repair_swaps(hidden, settings.swap_price)
    legs_px = _leg_length_px(repaired)
    leg_px = float(np.nanmedian(legs_px)) if np.isfinite(legs_px).any() else np.nan
    steady = drop_spikes(
        repaired.xy_px, repaired.time_s, settings.spike_legs * leg_px, settings.spike_window_s
    )
    observed = np.isfinite(steady[..., 0])
    bridged = bridge_gaps(steady, repaired.time_s, settings.bridge_s)
    smooth = smoothed(bridged, repaired.time_s, settings.cutoff_hz)
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
        The model guesses points it cannot see, also beyond the picture's edge. Those under what
        covers the body have been set to unseen before (`posture.footage.covered`).
    """
    width, height = landmarks.size_px
    xy = landmarks.xy_px
    with np.errstate(invalid="ignore"):
        inside = ((xy >= 0) & (xy <= (width, height))).all(axis=-1)
    seen = inside & (landmarks.visibility >= min_visibility)
    return replace(landmarks, xy_px=np.where(seen[..., None], xy, np.nan).astype(np.float64))


_EXCHANGED = ("knee", "ankle", "heel", "foot_index")


def repair_swaps(landmarks: Landmarks, swap_price: float) -> tuple[Landmarks, Bools]:
    """Return the landmarks with left and right leg put back where the model exchanged them.

    Unit
        Pixels; the second value is true in frames where the legs were exchanged.
    Sign
        Picture: x right, y down.
    Needs
        Points of both legs; where one is missing nothing is exchanged.
    Source
        Ours: of the two ways to read each frame, the series whose points keep their speed best
        (dynamic programming), each second of exchanged legs paying `swap_price` leg lengths a
        point. Where the legs pass each other the points of both lie in one place and speeds say
        nothing; there it counts which leg is ahead over the whole step (`_leading_leg`).
    """
    left = [landmarks.names.index(f"left_{part}") for part in _EXCHANGED]
    right = [landmarks.names.index(f"right_{part}") for part in _EXCHANGED]
    xy = landmarks.xy_px
    usable = np.flatnonzero(np.isfinite(xy[:, left + right, 0]).all(axis=1))
    swapped = np.zeros(len(xy), dtype=bool)
    if len(usable) < 3:  # noqa: PLR2004 - nothing to compare
        return landmarks, swapped
    legs = np.stack([xy[usable][:, left], xy[usable][:, right]], axis=1)  # (U, 2, P, 2)
    lengths_px = _leg_length_px(landmarks)
    if not np.isfinite(lengths_px).any():
        return landmarks, swapped  # hips out of sight: nothing says how much a move is
    reach = float(np.nanmedian(lengths_px))
    time_s = np.asarray(landmarks.time_s)[usable]
    against = _against_steps(legs / reach, time_s)
    swapped[usable] = _cheapest_reading(legs / reach, time_s, swap_price, against)
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


def _against_steps(legs: Floats, time_s: Floats) -> Floats:
    """Return what each reading, as given and exchanged, pays where it is not the step's (U, 2).

    In a step one leg is ahead, or the other: which one is told by most of the step, also where the
    model gave the wrong names to some of its pictures.
    """
    ahead = (legs[:, 0] - legs[:, 1]).mean(axis=1)[:, 0]  # left before right, to the right
    leads = _leading_leg(ahead, time_s)
    wrong = np.stack([-leads * ahead, leads * ahead], axis=1)
    lasts_s = np.minimum(np.diff(time_s, prepend=time_s[0]), _LONG_STEP_S)[:, None]
    points = legs.shape[1] * legs.shape[2]
    price: Floats = _STEP_PRICE * points * lasts_s * np.maximum(wrong, 0.0)
    return price


def _leading_leg(ahead: Floats, time_s: Floats) -> Floats:
    """Return which leg is ahead in each step: +1 left to the right of right, -1 left of it, 0.

    The steps lie between the moments at which the legs pass. Of the two signs of each, the series
    that agrees best with the names given (area under the curve), and in which steps take turns.
    """
    leads = np.zeros(len(ahead))
    apart = smoothed(np.abs(ahead), time_s, _STEP_HZ)
    step_s = float(np.median(np.diff(time_s)))
    for start, stop in runs(np.append(np.diff(time_s) <= _LONG_STEP_S, True)):
        piece = apart[start:stop]
        inner = (
            peaks(
                np.concatenate([[0.0], piece, [0.0]]),
                height=_STEP_APART,
                prominence=_STEP_RISES * float(piece.max()),
                distance=max(1, round(_SHORTEST_STEP_S / step_s)),
            ).at
            - 1
        )
        if len(inner) < _STEPS:
            continue
        passes = [a + int(np.argmin(piece[a:b])) for a, b in pairwise(inner.tolist())]
        edges = [start, *(start + at for at in passes), stop]
        areas = np.array([float(ahead[a:b].sum()) for a, b in pairwise(edges)])
        usual = float(np.median([np.abs(ahead[a:b]).sum() for a, b in pairwise(edges)]))
        for (a, b), sign in zip(pairwise(edges), _signs(areas / usual), strict=True):
            leads[a:b] = sign
    return leads


def _signs(areas: Floats) -> Floats:
    """Return the series of signs that agrees most with `areas`, staying being dearer than turns."""
    ways = np.array([-1.0, 1.0])
    turns = float((areas[1:] * areas[:-1] < 0).mean())
    again = _SAME_LEG_AGAIN if turns >= _TAKE_TURNS else 0.0
    total, came_from = areas[0] * ways, []
    for area in areas[1:]:
        each = total[:, None] - again * np.eye(2)
        came_from.append(each.argmax(axis=0))
        total = each.max(axis=0) + area * ways
    path = [int(total.argmax())]
    for row in came_from[::-1]:
        path.append(int(row[path[-1]]))
    return np.asarray(ways[path[::-1]])


_STEP_HZ = 4.0  # ours; steps come at 1 to 3 a second, names exchanged for a picture are faster
_STEP_APART = 0.12  # ours; leg lengths between the legs' middles, at least half a short step
_STEP_RISES = 0.35  # ours; of the largest, that the legs come together between steps
_SHORTEST_STEP_S = 0.2  # ours; 300 steps a minute
_STEPS = 3  # ours; fewer are no walk
_TAKE_TURNS = 0.5  # ours; of the steps as named: in a step-to walk one leg leads every time
_SAME_LEG_AGAIN = (
    1.5  # ours; of a step's area: two such cost more than one step misnamed throughout
)
_STEP_PRICE = 8.0  # ours; per second, point and leg length apart: over a swing more than any speed


def _cheapest_reading(legs: Floats, time_s: Floats, swap_price: float, against: Floats) -> Bools:
    """Viterbi over {as given, exchanged}: the reading whose points keep their speed best.

    `legs` is (U, 2, P, 2) in leg lengths. Speeds tell what places cannot: where the legs cross,
    one stands and the other flies. A state is a pair of readings, of the last frame and this one.
    """
    readings = np.stack([legs, legs[:, ::-1]], axis=1)  # (U, 2 readings, 2 legs, P, 2)
    dearer = swap_price * legs.shape[1] * legs.shape[2]
    per_frame = dearer * np.minimum(np.diff(time_s, prepend=time_s[0]), _LONG_STEP_S)
    change = _CHANGE_SHARE * dearer
    bends = _speed_kept(readings, time_s)  # (U - 2, before, last, now)
    first = np.linalg.norm(readings[1][None] - readings[0][:, None], axis=-1).sum(axis=(-1, -2))
    swapped = np.array([0.0, 1.0])
    total = first + swapped[:, None] * per_frame[0] + swapped[None] * per_frame[1]
    total = total + against[0][:, None] + against[1][None]
    total = total + change * (1 - np.eye(2))
    came_from = np.zeros((len(bends), 2, 2), dtype=np.intp)
    for row, cost in enumerate(bends):
        ways = total[:, :, None] + cost + change * (1 - np.eye(2))[None]
        came_from[row] = np.argmin(ways, axis=0)
        total = ways.min(axis=0) + swapped[None] * per_frame[row + 2] + against[row + 2][None]
    last, now = np.unravel_index(int(np.argmin(total)), (2, 2))
    path = [int(now), int(last)]
    for row in came_from[::-1]:
        path.append(int(row[path[-1], path[-2]]))
    return np.array(path[::-1], dtype=bool)


_LONG_STEP_S = 0.15  # ours; over a longer gap a speed says nothing of the next place
_CHANGE_SHARE = 0.02  # ours; of a second's price: what a change of reading costs by itself
_FARTHEST = 0.5  # leg lengths; a point that jumps further tells no more than this


def _speed_kept(readings: Floats, time_s: Floats) -> Floats:
    """How far each frame's points lie from where their speed would have them, (U-2, 2, 2, 2)."""
    step_s = np.diff(time_s)
    short = (step_s[:-1] <= _LONG_STEP_S) & (step_s[1:] <= _LONG_STEP_S)
    ratio = np.where(short, step_s[1:] / step_s[:-1], 0.0)[:, None, None, None, None, None]
    before, last = readings[:-2, :, None], readings[1:-1, None]  # (U - 2, before, last, legs, P, 2)
    expected = last + ratio * (last - before)
    off = np.linalg.norm(readings[2:, None, None] - expected[:, :, :, None], axis=-1)
    kept: Floats = np.minimum(off, _FARTHEST).sum(axis=(-1, -2))
    return kept


def drop_spikes(xy_px: Floats, time_s: Floats, limit_px: float, longest_s: float) -> Floats:
    """Return the paths with NaN where a point slips away for a picture or two and comes back.

    A steady course, however fast, lies at the middle of its neighbours; a slip does not.

    Unit
        Pixels.
    Sign
        Picture: x right, y down.
    Needs
        `xy_px` (T, K, 2). Where five pictures last longer than `longest_s`, as in a slow clip or
        where pictures are missing, nothing is dropped.
    Source
        Hampel filter: distance from the median of five, here with a fixed limit; ours.
    """
    count = len(time_s)
    if count < _SPIKE_FRAMES or not np.isfinite(limit_px):
        return np.array(xy_px, dtype=np.float64)
    reach = _SPIKE_FRAMES // 2
    lasts_s = np.full(count, np.inf)
    lasts_s[reach : count - reach] = time_s[2 * reach :] - time_s[: count - 2 * reach]
    is_short = lasts_s <= longest_s + _EVEN * longest_s
    steady = np.array(xy_px, dtype=np.float64)
    for point in range(steady.shape[1]):  # one by one: five copies of an hour's points are large
        path = steady[:, point]
        padded = np.pad(path, ((reach, reach), (0, 0)), constant_values=np.nan)
        windows = np.stack([padded[i : i + count] for i in range(_SPIKE_FRAMES)])
        whole = np.isfinite(windows).all(axis=0)
        middle = np.where(
            whole, np.median(np.where(np.isfinite(windows), windows, 0.0), axis=0), path
        )
        with np.errstate(invalid="ignore"):
            slipped = (np.abs(path - middle) > limit_px).any(axis=-1)
        path[slipped & is_short] = np.nan
    return steady


_SPIKE_FRAMES = 5


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


def smoothed(paths: Floats, time_s: Floats, cutoff_hz: float) -> Floats:
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
    known = np.isfinite(flat)
    together: dict[bytes, list[int]] = {}  # columns known at the same times
    for column in range(known.shape[1]):
        together.setdefault(known[:, column].tobytes(), []).append(column)
    for columns in together.values():
        for start, stop in runs(known[:, columns[0]]):
            flat[start:stop, columns] = _low_passed(
                flat[start:stop, columns], time_s[start:stop], cutoff_hz
            )
    return flat.reshape(np.shape(paths))


def _low_passed(values: Floats, time_s: Floats, cutoff_hz: float) -> Floats:
    if len(values) < _SHORTEST_RUN:
        return values
    count = round((time_s[-1] - time_s[0]) / float(np.median(np.diff(time_s)))) + 1
    grid_s, step_s = np.linspace(time_s[0], time_s[-1], count, retstep=True)
    if cutoff_hz >= _NYQUIST_MARGIN / step_s or count < _SHORTEST_RUN:
        return values
    # straight lines between uneven samples would be a low-pass of their own
    is_even = len(grid_s) == len(time_s) and np.allclose(
        grid_s, time_s, rtol=0, atol=_EVEN * step_s
    )
    even = values if is_even else _curved(time_s, values, grid_s)
    padding = min(len(even) - 1, max(3, round(1 / (cutoff_hz * step_s))))
    smooth = zero_phase(even, _of_one_pass(cutoff_hz * float(step_s)), padding)
    return smooth if is_even else _curved(grid_s, smooth, time_s)


def _curved(time_s: Floats, values: Floats, wanted_s: Floats) -> Floats:
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - takes a second to import

    return np.asarray(CubicSpline(time_s, values)(wanted_s), dtype=np.float64)


def _of_one_pass(cutoff_per_sample: float) -> float:
    """Return the cut-off of each of two passes that together have this one."""
    # two passes of the same filter reach -3 dB below its own cut-off; move it up to make up, where
    # the filter is made: on the axis that the bilinear transform bends
    bent = np.tan(np.pi * cutoff_per_sample) / (2 ** (1 / _PASSES) - 1) ** (1 / (2 * _ORDER))
    return float(np.arctan(bent)) / np.pi


_PASSES = 2
_ORDER = 2  # of one pass
_SHORTEST_RUN = 6  # ours; fewer samples than this have no inside
_NYQUIST_MARGIN = 0.45  # of the rate; at half of it the filter is undefined
_EVEN = 0.01  # ours; of a frame's time, a file's rounding of its timestamps
