"""The near leg over the gait cycle: a row a stride, and the mean of all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from posture.measures.by_hand import heel_off_shift
from posture.measures.take import Take
from posture.measures.walk import GaitSettings, Leg, Walk
from posture.signals.cycle import PHASE, Stride, curve_of, mean_curve, over_cycle
from posture.signals.foot import ankle_dorsiflexion
from posture.types import Bools, CycleCurve, Floats, Signal

_FLAT = (0.15, 0.30)  # of the cycle; the whole foot bears


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The near leg over the gait cycle, one row a stride."""

    strides: tuple[Stride, ...]
    ankle: Floats  # (S, 101) dorsiflexed +
    pitch: Floats  # (S, 101) heel up +, 0 with the foot flat
    shank: Floats
    thigh: Floats
    knee: Floats
    hip: Floats  # (S, 101) trunk against thigh, flexed +
    leg: Floats  # hip over ankle, trailing +
    other_strike: Floats  # (S,) phase at which the other foot lands; NaN where that was not seen
    read_by: GaitSettings = field(default_factory=GaitSettings)
    heel_off_by_hand: Floats = field(default_factory=lambda: np.zeros(0))  # (S,) later by, phase

    @property
    def heel_off_moved(self) -> float:
        """Phase by which heel-offs were moved by hand, mean over the strides."""
        return float(np.sum(self.heel_off_by_hand)) / len(self.strides)

    @property
    def toe_off(self) -> float:
        """Phase of toe-off, mean over the strides."""
        return float(np.mean([stride.stance_frac for stride in self.strides]))

    def only(self, row: int) -> Curves:
        """Return one stride."""
        rows = slice(row, row + 1)
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in ("strides", *_ANGLES, *_ONE_EACH)},
        )

    def as_one(self) -> Curves:
        """Return the mean curves as one row; the strides stay all of them."""
        means = {name: mean_curve(getattr(self, name))[None] for name in _ANGLES}
        return _with(self, means)


def _with(curves: Curves, rows: Mapping[str, Floats]) -> Curves:
    changed: Curves = replace(curves, **dict[str, Any](rows))
    return changed


_ONE_EACH = ("other_strike", "heel_off_by_hand")
_ANGLES = ("ankle", "pitch", "shank", "thigh", "knee", "hip", "leg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One take of walking with its events, and the near leg over the cycle where it has strides."""

    take: Take
    walk: Walk
    ankle: Signal | None = None  # over the whole clip, zeroed on the flat foot, dorsiflexed +
    curves: Curves | None = None


def pass_of(take: Take, walk: Walk) -> Pass:
    """Return a pass with the near leg's angles over each stride, without them if there is none.

    Unit
        Degrees; curves at the phases of `posture.signals.cycle.PHASE`.
    Sign
        As in `posture.signals`.
    Needs
        Strides of the near leg.
    Source
        The foot's zero is its pitch while it is flat on the floor in the same strides.
    """
    strides = walk.near.strides
    if not strides:
        return Pass(take=take, walk=walk)
    pitch = over_cycle(take.body.foot, strides)
    flat = pitch[:, _flat()]
    if not np.isfinite(flat).any():
        return Pass(take=take, walk=walk)
    flat_deg = float(np.nanmedian(flat))
    ankle = _ankle(take, walk, flat_deg)
    curves = Curves(
        strides=strides,
        ankle=over_cycle(ankle, strides),
        pitch=pitch - flat_deg,
        shank=over_cycle(take.body.inclination("shank"), strides),
        thigh=over_cycle(take.body.inclination("thigh"), strides),
        knee=over_cycle(take.body.knee, strides),
        hip=over_cycle(take.body.hip, strides),
        leg=over_cycle(take.body.inclination("leg"), strides),
        other_strike=np.array([_other_strike(stride, walk) for stride in strides]),
        read_by=walk.read_by,
        heel_off_by_hand=np.array([heel_off_shift(take, s.start_s, s.end_s) for s in strides]),
    )
    return Pass(take=take, walk=walk, ankle=ankle, curves=curves)


def _other_strike(stride: Stride, walk: Walk) -> float:
    strikes = walk.far.strikes_s
    inside = strikes[(strikes > stride.start_s) & (strikes < stride.end_s)]
    if len(inside) != 1:
        return math.nan
    return (float(inside[0]) - stride.start_s) / stride.duration_s


def together(passes: Sequence[Curves]) -> Curves:
    """Return the strides of several passes of one leg as one set.

    Unit
        Degrees.
    Sign
        As in `posture.signals`.
    Needs
        At least one pass; the same leg near in all of them.
    Source
        Each pass has its own zero of the foot.
    """
    rows = {
        name: np.concatenate([getattr(one, name) for one in passes])
        for name in (*_ANGLES, *_ONE_EACH)
    }
    strides = tuple(stride for one in passes for stride in one.strides)
    return _with(replace(passes[0], strides=strides), rows)


def ensemble(take: Take, curves: Curves) -> tuple[CycleCurve, ...]:
    """Return hip, knee, ankle, thigh, shank and foot over the cycle, mean and scatter.

    Unit
        Degrees.
    Sign
        As in `posture.signals`.
    Needs
        The curves, and any take in which their leg is the near one.
    Source
        `posture.signals.cycle.curve_of`. The foot's pitch is 0 with the foot flat.
    """
    body = take.body
    ankle = ankle_dorsiflexion(take.landmarks, take.forward, take.near)  # what it is called
    rows = (
        (body.hip, curves.hip),
        (body.knee, curves.knee),
        (ankle, curves.ankle),
        (body.inclination("thigh"), curves.thigh),
        (body.inclination("shank"), curves.shank),
        (body.foot, curves.pitch),
    )
    return tuple(curve_of(signal, values) for signal, values in rows)


def _ankle(take: Take, walk: Walk, flat_deg: float) -> Signal:
    return ankle_dorsiflexion(
        take.landmarks,
        take.forward,
        take.near,
        flat_pitch_deg=_zero(take, flat_deg),
        borne=_borne(take.landmarks.time_s, walk.near),
        toes=walk.read_by.toes,
    )


def _borne(time_s: Floats, leg: Leg) -> Floats:
    """Return how far the floor holds the toes bent: wholly in stance, for a moment after it."""
    last_off, last_strike = (_last_s(time_s, moments) for moments in (leg.offs_s, leg.strikes_s))
    since_s = np.where(last_off > last_strike, time_s - last_off, 0.0)
    return np.asarray(np.clip(1 - since_s / _STRAIGHTENS_S, 0.0, 1.0))


def _last_s(time_s: Floats, moments_s: Floats) -> Floats:
    """Return the last of some moments before each time; never is minus infinity."""
    known = np.concatenate([[-np.inf], np.sort(moments_s)])
    return np.asarray(known[np.searchsorted(known, time_s, side="right") - 1])


_STRAIGHTENS_S = 0.08  # ours; toes that nothing bends are straight within a tenth of the cycle


def _zero(take: Take, flat_deg: float) -> float:
    """Return the foot's zero: its flat pitch, less what the model's ankle reads too much.

    Against the flat foot the ankle of rendered walks reads 1.8 deg too far dorsiflexed (64 clips;
    2.8 on 18 of another seed; 0.5 to 4.4 on another generator), and the one real walk comes nearer
    to what the eye reads of it.
    """
    return flat_deg - (_ANKLE_OVER_DEG if take.settings.uses_learnt else 0.0)


_ANKLE_OVER_DEG = 2.0


def _flat() -> Bools:
    within: Bools = (_FLAT[0] <= PHASE) & (_FLAT[1] >= PHASE)
    return within
