"""Moments: heel strike and toe-off, heel-off, start, bottom and end of a bend, still stance."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, replace

import numpy as np

from posture.filters import peaks
from posture.series import runs
from posture.signals.clean import smoothed
from posture.types import Floats, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """What makes a moment; reasons beside the numbers."""

    min_prominence_frac: float = 0.3  # ours; of the signal's range, as in the rendered trials
    # ours; the same on one side of the first and the last turn: before it the foot was not seen, or
    # after it they stood still
    min_edge_frac: float = 0.08
    min_stride_s: float = 0.5  # ours; 240 steps a minute is beyond sprinting
    edge_s: float = 0.08  # ours; a turn this near a run's end may be the filter's
    bend_leaves_deg: float = 8.0  # ours; twice the sway of a standing trunk
    bend_bottom_deg: float = 4.0  # ours; the hold is where the trunk stays this near its lowest
    least_hold_s: float = 0.3  # ours; on the way down 8 deg pass in less
    # ours; where the clip itself ends: so near is the bottom where the trunk went less than this in
    # `least_hold_s` (15 deg and more in the middle of a way down), or slows down so that it will go
    # no further than this
    near_bottom_deg: float = 12.0
    slowing_s: float = 0.4  # ours; over which it is seen whether the trunk slows down
    bend_smooth_hz: float = 2.0  # ours; a slow bend holds nothing above
    # ours; pitch over the flat foot's that no planted foot's points wander to
    heel_rise_deg: float = 11.0
    heel_rise_takes: float = 0.066  # ours; of the stride: until then since the heel left the floor


def heel_strikes(heel_ahead: Signal, settings: EventSettings = EventSettings()) -> Floats:
    """Return the times at which the foot lands.

    Unit
        Seconds.
    Needs
        How far the heel is ahead of the hips, low-passed, over walking.
    Source
        Zeni 2008 (coordinate method): the heel is furthest ahead. Known to be early by 19 to
        28 ms on rendered walkers of known events, sd 10 ms, and by 2 to 3 % of the stride on a
        stick figure; not corrected here.
    """
    return _turns(heel_ahead.value, heel_ahead.time_s, settings)


def toe_offs(toe_ahead: Signal, settings: EventSettings = EventSettings()) -> Floats:
    """Return the times at which the foot leaves the floor.

    Unit
        Seconds.
    Needs
        How far the toes are ahead of the hips, low-passed, over walking.
    Source
        Zeni 2008 (coordinate method): the toes are furthest behind. Known to be late by 41 to
        68 ms on rendered walkers of known events, sd 10 ms, and by 2.5 to 3.2 % of the stride on a
        stick figure; on the one real walk marked by eye 25 ms early (near leg, sd 18 ms). Not
        corrected here: nine other moments of the foot (highest and fastest rising of toe, heel
        and middle foot, largest acceleration of toe and ankle, heel or ankle furthest behind) are
        apart by as much, 70 to 125 ms, between the rendered walks and the real one, so that none
        brings both nearer.
    """
    return _turns(-toe_ahead.value, toe_ahead.time_s, settings)


def _turns(values: Floats, time_s: Floats, settings: EventSettings) -> Floats:
    """Return the times of the peaks, between frames by a parabola through three samples."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(0)
    span = float(np.ptp(values[known]))
    least = settings.min_prominence_frac * span
    found: list[float] = []
    for start, stop in runs(known):
        piece, piece_s = values[start:stop], time_s[start:stop]
        if len(piece) < _PEAK_SAMPLES or span <= 0:
            continue
        seen = peaks(piece, prominence=settings.min_edge_frac * span)
        first, last = (seen.at[0], seen.at[-1]) if len(seen.at) else (-1, -1)
        lower = np.minimum(piece[seen.left_bases], piece[seen.right_bases])
        high = [
            int(peak)
            for peak, prominence, rise in zip(
                seen.at, seen.prominences, piece[seen.at] - lower, strict=True
            )
            if prominence >= least or (peak in {first, last} and rise >= least)
        ]
        found += [
            at_s
            for at_s in (
                _vertex_s(piece, piece_s, peak)
                for peak in _highest(high, piece, piece_s, settings.min_stride_s)
            )
            if piece_s[0] + settings.edge_s <= at_s <= piece_s[-1] - settings.edge_s
        ]
    return np.array(found)


_PEAK_SAMPLES = 3


def _highest(peaks: list[int], values: Floats, time_s: Floats, apart_s: float) -> list[int]:
    """Return the peaks that no higher one is nearer to than `apart_s`, in order of time."""
    kept: list[int] = []  # in order of time: only the two neighbours can be too near
    for peak in sorted(peaks, key=lambda at: -values[at]):
        place = bisect(kept, peak)
        beside = kept[max(place - 1, 0) : place + 1]
        if all(abs(time_s[peak] - time_s[other]) >= apart_s for other in beside):
            kept.insert(place, peak)
    return kept


def _vertex_s(values: Floats, time_s: Floats, peak: int) -> float:
    (a, b, c), (ta, tb, tc) = values[peak - 1 : peak + 2], time_s[peak - 1 : peak + 2]
    left, right = (b - a) / (tb - ta), (c - b) / (tc - tb)
    bend = (right - left) / (tc - ta)
    if bend >= 0:
        return float(tb)
    return float(np.clip((ta + tb) / 2 - left / (2 * bend), ta, tc))


def heel_off(
    pitch_deg: Floats,
    at: Floats,
    strike: float,
    toe_off: float,
    stride: float,
    settings: EventSettings = EventSettings(),
    seen_share: float = 1.0,
) -> float:
    """Return when the heel leaves the floor in one stance.

    Unit
        That of `at`: seconds, or fraction of the gait cycle; NaN if it does not within stance, or
        did before `at` begins.
    Needs
        The foot's pitch at `at`, when that foot lands and leaves, and how long a stride lasts; how
        much of its pitch is seen, which is less of the far foot.
    Source
        Back from toe-off, where the heel is up for certain, to where the pitch was last less than
        `heel_rise_deg` over the flat foot's, less the time it takes to rise so far. A lower rise is
        nearer to the moment and worse: the points of a planted foot wander by 5 deg, which read
        heels as up a quarter of a second early. Ours: 14 heel-offs of four real walkers' near feet
        read by eye 3 ms early (sd 35), far feet's 6 late (sd 28); 81 of 24 rendered ones' near
        feet 15 late (sd 35), far feet's 34 late (sd 42). What is early reads a fifth less early
        than it is.
    """
    share = (at - strike) / (toe_off - strike)
    with np.errstate(invalid="ignore"):
        flat = pitch_deg[
            (share >= _FLAT_FOOT[0]) & (share <= _FLAT_FOOT[1]) & np.isfinite(pitch_deg)
        ]
        if not len(flat):
            return float("nan")
        rise = pitch_deg - float(np.median(flat)) - settings.heel_rise_deg * seen_share
        crossed = (rise[:-1] < 0) & (rise[1:] >= 0) & (share[1:] >= _FLAT_FROM) & (share[:-1] < 1)
    candidates = np.flatnonzero(crossed)
    if not len(candidates):
        return float("nan")
    last = int(candidates[-1])
    part = -rise[last] / (rise[last + 1] - rise[last])
    risen = float(at[last] + part * (at[last + 1] - at[last]))
    rises = risen - settings.heel_rise_takes * stride
    return rises if rises >= at[0] else float("nan")


_FLAT_FOOT = (0.20, 0.50)  # ours; of stance
_FLAT_FROM = 0.25  # ours; of stance; before it the foot is still coming down


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """One forward bend, in frames."""

    start: int  # leaves standing
    bottom: tuple[int, int]  # half-open; held about the lowest
    end: int  # back in standing, or where the clip or the hold ends
    depth_deg: float  # trunk over standing
    unfinished_deg: float = 0.0  # how far it may still have gone down beyond the clip; 0 = held


def bends(
    trunk: Signal,
    upright_deg: float,
    min_depth_deg: float,
    settings: EventSettings = EventSettings(),
) -> tuple[Bend, ...]:
    """Return the forward bends in a trunk inclination.

    Unit
        Frames; depth in degrees.
    Sign
        Depth positive forward.
    Needs
        Trunk inclination and its value in upright standing.
    Source
        Ours: excursions of at least `min_depth_deg`, from leaving upright by 8 deg until back.
        One that goes out of sight on its way down or up has no bottom and is left out; one that the
        clip ends or begins close to the bottom of is kept, with how far it still went.
    """
    slow = smoothed(trunk.value, trunk.time_s, settings.bend_smooth_hz)
    lean = slow - upright_deg
    with np.errstate(invalid="ignore"):
        away = np.nan_to_num(lean, nan=0.0) > settings.bend_leaves_deg
    found = []
    for start, stop in runs(away):
        depth = float(np.nanmax(lean[start:stop]))
        if depth < min_depth_deg:
            continue
        with np.errstate(invalid="ignore"):
            low = lean[start:stop] >= depth - settings.bend_bottom_deg
        deepest = int(np.nanargmax(lean[start:stop]))
        bottom = next((a, b) for a, b in runs(low) if a <= deepest < b)
        bend = Bend(
            start=start,
            bottom=(start + bottom[0], start + bottom[1]),
            end=stop,
            depth_deg=depth,
        )
        edge = _moving_edge(bend, lean, trunk.time_s, settings)
        if edge is None:
            found.append(bend)
        elif edge.is_clips and min(edge.went_deg, edge.to_go_deg) <= settings.near_bottom_deg:
            left = edge.to_go_deg if np.isfinite(edge.to_go_deg) else edge.went_deg
            found.append(replace(bend, unfinished_deg=min(left, 2 * settings.near_bottom_deg)))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """Where a bend's lowest point is the edge of what was seen, and the trunk still moves."""

    went_deg: float  # how far within `least_hold_s`
    to_go_deg: float  # how far it will go as it slows down; infinite where it does not
    is_clips: bool  # the edge is the clip's own, not a gap with more beyond it


def _moving_edge(
    bend: Bend, lean_deg: Floats, time_s: Floats, settings: EventSettings
) -> _Edge | None:
    inside = np.zeros(len(lean_deg), dtype=bool)
    inside[bend.start : bend.end] = True
    known = np.isfinite(lean_deg)
    found = []
    for edge, beyond in ((bend.bottom[0], -1), (bend.bottom[1] - 1, 1)):
        beside = edge + beyond
        if 0 <= beside < len(lean_deg) and known[beside]:
            continue
        away_s = np.abs(time_s - time_s[edge])
        near = inside & known & (away_s <= settings.least_hold_s)
        went = float(lean_deg[edge] - lean_deg[near].min())
        if went > settings.bend_leaves_deg:
            course = inside & known & (away_s <= settings.slowing_s)
            to_go = _to_go_deg(away_s[course], lean_deg[course])
            is_clips = not (known[:edge] if beyond < 0 else known[edge + 1 :]).any()
            found.append(_Edge(went_deg=went, to_go_deg=to_go, is_clips=is_clips))
    return max(found, key=lambda edge: edge.went_deg, default=None)


def _to_go_deg(away_s: Floats, lean_deg: Floats) -> float:
    """Return how far something goes that slows down as a parabola over `away_s` before its edge."""
    if len(away_s) <= _PEAK_SAMPLES:
        return float("inf")
    bend, slope, _ = np.polyfit(away_s, lean_deg, 2)
    if bend >= 0 or slope >= 0:
        return float("inf") if slope < 0 else 0.0
    return float(slope**2 / (-4 * bend))
