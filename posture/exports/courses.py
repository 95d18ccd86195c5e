"""Every angle over time as one tidy table: a row is one quantity of one side at one moment."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posture.activities import GAITS
from posture.errors import UnusableClip
from posture.types import Analysis, EventKind, Floats, Side, Signal

COLUMNS = ("time_s", "measure", "side", "value", "sd", "unit", "phase")
NUMBERS = frozenset({"time_s", "value", "sd"})
_ON_THE_WAY = {
    (EventKind.BEND_START, EventKind.BEND_HOLD_START): "bend_down",
    (EventKind.BEND_START, EventKind.BEND_BOTTOM): "bend_down",
    (EventKind.BEND_HOLD_START, EventKind.BEND_HOLD_END): "bend_hold",
    (EventKind.BEND_BOTTOM, EventKind.BEND_END): "bend_up",
    (EventKind.BEND_HOLD_END, EventKind.BEND_END): "bend_up",
}
_OF_A_STEP = {
    (EventKind.HEEL_STRIKE, EventKind.TOE_OFF): "stance",
    (EventKind.TOE_OFF, EventKind.HEEL_STRIKE): "swing",
}
PHASES = ("bend_down", "bend_hold", "bend_up", "stance", "swing")  # or the activity's own name


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One quantity of one side over time, with what is said of each moment."""

    signal: Signal
    sd: Floats  # (T,) of the measure of this name in the same stretch; NaN = not assessed
    phase: tuple[str, ...]  # (T,) empty between two activities

    def rows(self) -> Iterator[tuple[float, str, str, float, float, str, str]]:
        """Yield its rows, in the order of `COLUMNS`; NaN = unknown."""
        told = self.signal
        for time_s, value, sd, phase in zip(
            told.time_s, told.value, self.sd, self.phase, strict=True
        ):
            yield (
                float(time_s),
                told.name,
                told.side.value,
                float(value),
                float(sd),
                told.unit,
                phase,
            )


def courses(analysis: Analysis) -> tuple[Course, ...]:
    """Return every quantity over time.

    Raises
    ------
    UnusableClip
        The analysis has none: it was kept without, or shows nothing that has one.
    """
    if not analysis.signals:
        raise UnusableClip("export_no_signals", file=analysis.clip.file)
    phases = {side: _phases(analysis, side) for side in Side}
    return tuple(
        Course(signal=signal, sd=_sd(analysis, signal), phase=phases[signal.side])
        for signal in analysis.signals
    )


def _sd(analysis: Analysis, signal: Signal) -> Floats:
    """Return the standard error of the measure of the same name, where its stretch is."""
    sd = np.full(len(signal.time_s), math.nan)
    times = analysis.landmarks.time_s
    for measure in analysis.measures:
        if (measure.name, measure.side) != (signal.name, signal.side):
            continue
        if not (math.isfinite(measure.sd) and math.isfinite(measure.value)):
            continue
        for index, segment in enumerate(analysis.segments):
            if measure.segment in {None, index} and segment.activity is measure.activity:
                sd[_within(signal.time_s, times, segment.frames)] = measure.sd
    return sd


def _within(time_s: Floats, times: Floats, frames: tuple[int, int]) -> slice:
    """Return which times lie in a half-open stretch of frames."""
    first, last = times[frames[0]], times[frames[1] - 1]
    return slice(
        int(np.searchsorted(time_s, first)), int(np.searchsorted(time_s, last, side="right"))
    )


def _phases(analysis: Analysis, side: Side) -> tuple[str, ...]:
    """Return what is being done at each moment, of one side: a phase, else the activity."""
    time_s = analysis.landmarks.time_s
    told = [""] * len(time_s)
    for index, segment in enumerate(analysis.segments):
        start, stop = segment.frames
        told[start:stop] = [segment.activity.value] * (stop - start)
        is_walk = segment.activity in GAITS
        names = _OF_A_STEP if is_walk else _ON_THE_WAY
        kinds = {kind for pair in names for kind in pair}
        own = sorted(
            (
                event
                for event in analysis.events
                if event.segment == index
                and event.kind in kinds
                and (not is_walk or event.side is side)
                and math.isfinite(event.time_s)
            ),
            key=lambda event: event.time_s,
        )
        has_hold = any(event.kind is EventKind.BEND_HOLD_START for event in own)
        own = [one for one in own if not (has_hold and one.kind is EventKind.BEND_BOTTOM)]
        for one, after in itertools.pairwise(own):
            # between two that do not follow each other one was missed: nothing is said
            if name := names.get((one.kind, after.kind)):
                first, last = np.searchsorted(time_s, (one.time_s, after.time_s))
                told[first:last] = [name] * int(last - first)
    return tuple(told)
