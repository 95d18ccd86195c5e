"""Each real walker measured by constants that were fitted to the others alone.

What was fitted to real walkers is five numbers: how much later than the foot's own course it
lands and leaves, near and far, from when on a heel counts as up, and what the toes hide. Here every
walker in turn is left out, the five are fitted to the rest, and the one left out is measured by
them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.measures.walk import GaitSettings
from posture.settings import Settings
from posture.truth.by_eye import ByEye, Moment, Number, Walker, beside_the_eye
from posture.types import EventKind

ANKLE = "plantarflexion_at_toe_off"
FEWEST = 3  # walkers; two others are the least that anything is fitted to


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """All walkers, each by the others' constants, and which those were."""

    found: ByEye
    constants: Mapping[str, GaitSettings]  # by the walker left out


def left_out(
    walkers: Sequence[Walker],
    settings: Settings,
    step: Callable[[int, int], None] | None = None,
) -> LeftOut:
    """Return each walker by constants fitted to the others alone.

    Raises
    ------
    ValueError
        There are fewer than three walkers.
    """
    if len(walkers) < FEWEST:
        raise ValueError(f"at least {FEWEST} walkers are needed, {len(walkers)} given")
    usual = {w.name: beside_the_eye([w], settings) for w in walkers}
    bare = _with(settings, replace(settings.gait, toes=replace(settings.gait.toes, hidden=0.0)))
    unhidden = {w.name: beside_the_eye([w], bare) for w in walkers if w.read}
    constants = {}
    moments: list[Moment] = []
    numbers: list[Number] = []
    for done, walker in enumerate(walkers, 1):
        others = [w for w in walkers if w.name != walker.name]
        constants[walker.name] = fitted(
            settings.gait,
            [usual[w.name] for w in others],
            [(usual[w.name], unhidden[w.name]) for w in others if w.name in unhidden],
        )
        own = beside_the_eye([walker], _with(settings, constants[walker.name]))
        moments += own.moments
        numbers += own.numbers
        if step is not None:
            step(done, len(walkers))
    return LeftOut(found=ByEye(moments=tuple(moments), numbers=tuple(numbers)), constants=constants)


def _with(settings: Settings, gait: GaitSettings) -> Settings:
    return replace(settings, gait=gait)


def fitted(
    gait: GaitSettings,
    walkers: Sequence[ByEye],
    ankles: Sequence[tuple[ByEye, ByEye]],
) -> GaitSettings:
    """Return the constants by which none of the kinds of moment is off on average.

    `walkers` are as `gait` finds them, each of them weighs the same; `ankles` are those with an
    ankle, as found and with nothing put back for the toes. What nobody shows stays as it was.
    """
    lands = _mean([_late_s(w, EventKind.HEEL_STRIKE, near=True) for w in walkers])
    leaves = _mean([_late_s(w, EventKind.TOE_OFF, near=True) for w in walkers])
    far_leaves = _mean([_late_s(w, EventKind.TOE_OFF, near=False) for w in walkers])
    rises = _mean([_late_s(w, EventKind.HEEL_OFF, near=True) / _stride_s(w) for w in walkers])
    off = _mean([_ankle_off(found) for found, _ in ankles])
    put_back = _mean([_ankle_off(found) - _ankle_off(bare) for found, bare in ankles])
    hidden = gait.toes.hidden * (1 - off / put_back) if put_back > 0 else gait.toes.hidden
    return replace(
        gait,
        planted=replace(
            gait.planted,
            lands_later_s=gait.planted.lands_later_s - lands,
            leaves_later_s=gait.planted.leaves_later_s - leaves,
            turns_later_s=gait.planted.turns_later_s - leaves,
            far_leaves_later_s=gait.planted.far_leaves_later_s - far_leaves,
        ),
        events=replace(gait.events, heel_rise_takes=gait.events.heel_rise_takes + rises),
        toes=replace(gait.toes, hidden=max(0.0, hidden)),
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else 0.0


def _late_s(found: ByEye, kind: EventKind, *, near: bool) -> float:
    """Return how late a walker's moments of one kind are: half a picture before the read one."""
    late = [
        m.off_s + m.picture_s / 2
        for m in found.moments
        if m.kind is kind and m.is_near is near and math.isfinite(m.off_s)
    ]
    return float(np.mean(late)) if late else math.nan


def _stride_s(found: ByEye) -> float:
    cadence = [n.read for n in found.numbers if n.measure == "cadence"]
    return 120 / float(np.mean(cadence)) if cadence else math.nan


def _ankle_off(found: ByEye) -> float:
    off = [n.value - n.read for n in found.numbers if n.measure == ANKLE]
    return float(np.mean(off)) if off else math.nan


def constants_markdown(found: LeftOut) -> str:
    """Return the constants of each fit as a table."""
    lines = [
        "| left out | lands, ms | leaves, ms | far leaves, ms | heel up, stride | toes hide |",
        "|---|---|---|---|---|---|",
    ]
    for walker, gait in found.constants.items():
        planted = gait.planted
        ms = [
            f"{at_s * 1000:+.0f}"
            for at_s in (planted.lands_later_s, planted.leaves_later_s, planted.far_leaves_later_s)
        ]
        lines.append(
            f"| {walker} | {' | '.join(ms)} | {gait.events.heel_rise_takes:.3f} "
            f"| {gait.toes.hidden:.2f} |"
        )
    return "\n".join(lines)
