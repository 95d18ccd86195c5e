"""The order in which the feet of a walker land and leave, and what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.types import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Footfalls:
    """When both feet land and leave; `near` and `far` name one foot and the other."""

    near_strikes: Floats
    near_offs: Floats
    far_strikes: Floats
    far_offs: Floats

    @property
    def in_their_order(self) -> tuple[Floats, Floats, Floats, Floats]:
        """One foot lands, the other leaves and lands, the first leaves."""
        return self.near_strikes, self.far_offs, self.far_strikes, self.near_offs


def in_turn(found: Footfalls) -> Footfalls:
    """Return the moments that can be those of one walk, without what breaks its order.

    In any walk, also a limping one, a foot lands, the other leaves, swings and lands, and then
    the first one leaves. A moment out of that order was read off points that had slipped to the
    other foot or a thing in front of it. A moment that was not seen is no break.

    Unit
        Seconds.
    Needs
        Times in rising order; a walk, as a run has another order.
    Source
        Definition of a walk; of all series of the moments found, the one that keeps most of them
        and passes over fewest (dynamic programming). The prices are ours.
    """
    kinds = found.in_their_order
    stride_s = usual_stride_s(kinds)
    if not np.isfinite(stride_s):
        return found
    # a toe-off may be read a little before the other foot's landing that it follows
    events = sorted(
        (float(at) + (_LATER[kind] * stride_s), kind, float(at))
        for kind, times in enumerate(kinds)
        for at in times
    )
    kept = _dearest_series([(at, kind) for at, kind, _ in events], stride_s)
    chosen = [events[i] for i in kept]
    near_strikes, far_offs, far_strikes, near_offs = (
        np.array([at for _, of, at in chosen if of == kind]) for kind in range(len(kinds))
    )
    near_strikes, near_offs = _without_odd_ends(near_strikes, near_offs, stride_s)
    far_strikes, far_offs = _without_odd_ends(far_strikes, far_offs, stride_s)
    return Footfalls(
        near_strikes=near_strikes, near_offs=near_offs, far_strikes=far_strikes, far_offs=far_offs
    )


def _without_odd_ends(strikes: Floats, offs: Floats, stride_s: float) -> tuple[Floats, Floats]:
    """Leave out a foot's first and last moment where what lies next to it is no stance or swing.

    As somebody comes into the picture, points slip to whatever of the leg is seen first.
    """
    at_s = [(float(at), True) for at in strikes] + [(float(at), False) for at in offs]
    events = sorted(at_s)
    while len(events) > 1 and not _fits(events[0], events[1], stride_s):
        events.pop(0)
    while len(events) > 1 and not _fits(events[-2], events[-1], stride_s):
        events.pop()
    return (
        np.array([at for at, lands in events if lands]),
        np.array([at for at, lands in events if not lands]),
    )


def _fits(before: tuple[float, bool], after: tuple[float, bool], stride_s: float) -> bool:
    lasts = (after[0] - before[0]) / stride_s
    if before[1] == after[1]:
        return lasts > _STANCE[0] + _SWING[0]
    low, high = _STANCE if before[1] else _SWING
    return low <= lasts <= high or lasts > _ANEW


def usual_stride_s(kinds: tuple[Floats, ...]) -> float:
    """Return how long a stride lasts by the moments of both feet; NaN without two alike.

    Unit
        Seconds.
    Needs
        Times of each kind of moment, in rising order.
    Source
        Median of the times between moments of one kind.
    """
    between = np.concatenate([np.diff(times) for times in kinds])
    return float(np.median(between)) if len(between) else float("nan")


def _dearest_series(events: list[tuple[float, int]], stride_s: float) -> list[int]:
    best = [1.0] * len(events)
    came_from = [-1] * len(events)
    for i, (at, kind) in enumerate(events):
        for j in range(max(0, i - _LOOK_BACK), i):
            gain = best[j] + 1.0 - _price((at - events[j][0]) / stride_s, events[j][1], kind)
            if gain > best[i]:
                best[i], came_from[i] = gain, j
    if not events:
        return []
    at_last = int(np.argmax(best))
    path = [at_last]
    while came_from[path[-1]] >= 0:
        path.append(came_from[path[-1]])
    return path[::-1]


def _price(lasts: float, before: int, after: int) -> float:
    """Return what it costs that one moment follows another, `lasts` strides later."""
    if lasts > _ANEW:
        return _ANEW_PRICE
    skipped = (after - before - 1) % len(_PLACE)
    usual = (_PLACE[after] - _PLACE[before]) % 1.0 or 1.0
    off = max(0.0, abs(lasts - usual) - _FREE)
    return _SKIPPED * skipped + _OFF * off


_PLACE = (0.0, 0.13, 0.5, 0.63)  # of the cycle: lands, other leaves, other lands, leaves
_LATER = (0.0, 0.03, 0.0, 0.03)  # ours; of the cycle
_FREE = 0.15  # ours; of the cycle: a limp lands a tenth earlier or later than half-way
_OFF = 8.0  # ours; per cycle beyond that
_SKIPPED = 0.4  # ours; of a moment kept, for each that would have to lie between
_STANCE = (0.45, 0.95)  # ours; of the usual stride, the first and last one may be slower
_SWING = (0.12, 0.65)
_ANEW = 1.4  # ours; strides without anything: the walk begins anew
_ANEW_PRICE = 0.5
_LOOK_BACK = 16  # ours; moments, four strides
