"""Every take is measured by what its activity's row names; what stands of it is decided at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from posture.activities import ROWS, function_of
from posture.measures.by_hand import without_repetition
from posture.measures.cycle_curves import Pass
from posture.measures.found import Asked, Found
from posture.measures.refusals import what_stands
from posture.measures.take import Take
from posture.measures.trials import over_trials
from posture.measures.walk import Walk
from posture.types import Event, Measure, Signal


@dataclass(slots=True)
class Measured:
    """What the takes of a clip gave."""

    measures: list[Measure] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)


def measured_takes(takes: Sequence[Take], gaits: Mapping[int, Walk], asked: Asked) -> Measured:
    """Return what stands of all takes, measured each by what its activity's row names.

    Needs
        The walks of the takes that walk or run, by the take's index.
    Source
        `posture.activities`; `what_stands`; the middle of several trials as `over_trials`.
    """
    everything = Measured()
    for take in takes:
        measure = function_of("posture.measures", ROWS[take.segment.activity].measured_by)
        found: Found = measure(take, asked, gaits.get(take.index))
        stands, is_usable = what_stands(take, found.measures, asked)
        everything.measures += without_repetition(take, stands)
        everything.signals += found.signals
        if is_usable:  # nothing else may rest on points that gave what no body has
            everything.passes += [] if found.one_pass is None else [found.one_pass]
            everything.events += found.events
    everything.measures += over_trials(everything.measures)
    return everything
