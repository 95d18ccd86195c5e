"""The gait cycle: strides cut at heel strikes and laid over each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from posture.types import CycleCurve, Floats, Side, Signal

PHASE = np.linspace(0.0, 1.0, 101)  # of the cycle, from heel strike to the next of the same foot


@dataclass(frozen=True, slots=True, kw_only=True)
class Stride:
    """One gait cycle of one leg."""

    side: Side
    start_s: float  # heel strike
    toe_off_s: float
    end_s: float  # the same foot's next heel strike

    @property
    def duration_s(self) -> float:
        """Time of the whole cycle."""
        return self.end_s - self.start_s

    @property
    def stance_frac(self) -> float:
        """Share of the cycle with the foot on the floor."""
        return (self.toe_off_s - self.start_s) / self.duration_s


def strides_of(side: Side, strikes_s: Floats, offs_s: Floats) -> tuple[Stride, ...]:
    """Return the strides of one leg: each from strike to strike with one toe-off between.

    Unit
        Seconds.
    Needs
        Times of heel strikes and toe-offs of that leg.
    Source
        Definition. Cycles longer or shorter than half their median again hold a missed or a false
        event and are left out (ours).
    """
    found = []
    for start, end in pairwise(strikes_s):
        inside = offs_s[(offs_s > start) & (offs_s < end)]
        if len(inside) == 1:
            stride = Stride(
                side=side, start_s=float(start), toe_off_s=float(inside[0]), end_s=float(end)
            )
            found.append(stride)
    if not found:
        return ()
    usual_s = float(np.median([stride.duration_s for stride in found]))
    return tuple(s for s in found if abs(s.duration_s - usual_s) <= usual_s / 2)


def cut_between(strikes_s: Floats, strides: tuple[Stride, ...]) -> tuple[tuple[float, float], ...]:
    """Return the stretches from strike to strike that did not make a stride.

    Unit
        Seconds, (start, end).
    Needs
        The heel strikes that `strides` were cut at.
    Source
        Definition: a toe-off between them is missing, or there are two, or a strike was missed.
    """
    whole = {stride.start_s for stride in strides}
    pairs = [(float(start), float(end)) for start, end in pairwise(strikes_s)]
    return tuple(pair for pair in pairs if pair[0] not in whole)


def over_cycle(signal: Signal, strides: tuple[Stride, ...]) -> Floats:
    """Return a signal over each stride at the 101 phases of PHASE.

    Unit
        That of the signal, (strides, 101).
    Needs
        The signal known over the strides; a phase that falls into an unknown stretch is NaN.
    Source
        Linear interpolation in time.
    """
    curves = np.full((len(strides), len(PHASE)), np.nan)
    for row, stride in enumerate(strides):
        wanted_s = stride.start_s + PHASE * stride.duration_s
        curves[row] = np.interp(wanted_s, signal.time_s, signal.value)
    return curves


def mean_curve(curves: Floats) -> Floats:
    """Return the mean over strides at each phase.

    Unit
        That of the curves, (101,).
    Sign
        That of the curves.
    Needs
        Curves of shape (strides, 101); NaN where no stride is known.
    Source
        Ensemble mean; strides unknown at a phase are left out there.
    """
    known = np.isfinite(curves)
    count = known.sum(axis=0)
    total = np.where(known, curves, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def curve_of(signal: Signal, curves: Floats) -> CycleCurve:
    """Return the mean over strides of one quantity, and how the strides scatter about it.

    Unit
        That of the signal; the sd is of single strides, not of their mean.
    Needs
        `curves` (strides, 101) as from `over_cycle`, of this signal or like it.
    Source
        Ensemble mean and sample standard deviation at every phase; strides unknown at a phase are
        left out there.
    """
    known = np.isfinite(curves)
    count = known.sum(axis=0).astype(np.float64)
    mean = mean_curve(curves)
    off = np.where(known, curves - mean, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.where(count > 1, np.sqrt((off**2).sum(axis=0) / (count - 1)), np.nan)
    return CycleCurve(
        name=signal.name,
        side=signal.side,
        unit=signal.unit,
        positive=signal.positive,
        phase=PHASE,
        mean=mean,
        sd=sd,
        count=count,
        strides=len(curves),
    )
