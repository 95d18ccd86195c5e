"""The bend with soft knees and the bend with the heels on a wedge: what each gains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import BendPoses, BendSettings, bend_events, bend_poses
from posture.measures.found import Asked, Found
from posture.measures.possible import only_possible
from posture.measures.rhythm import rhythm_measures
from posture.measures.settings import VariantSettings
from posture.measures.take import Take
from posture.measures.walk import Walk
from posture.types import Activity, Measure, Quality, Reason, Unit, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gain:
    """One variant's gain, and what it is the difference of."""

    name: str
    unit: Unit
    plain: str  # of the bend as usual
    varied: str  # the same of the variant
    sign: float  # of more in the variant


_GAINS: Mapping[Variant, _Gain] = {
    "soft_knee": _Gain(
        name="soft_knee_gain",
        unit="deg",
        plain="pelvis_on_thigh_flexion",
        varied="soft_knee_hip_flexion",
        sign=1.0,
    ),
    "heel_wedge": _Gain(
        name="heel_wedge_gain",
        unit="leg_length",
        plain="fingertip_floor",
        varied="heel_wedge_fingertip_floor",
        sign=-1.0,
    ),
}
_KNEES = "soft_knee_bend"


def found_in_bend(take: Take, asked: Asked, _walk: Walk | None) -> Found:
    """Return what a take of bending gives: the usual bend, or the variant that was asked for."""
    poses = bend_poses(take, asked.bend)
    course = bend_signals(take, poses, asked.bend)
    moments = bend_events(take, poses)
    if asked.variant in _GAINS:
        found = variant_measures(take, poses, asked.variant, asked.bend, asked.bend_variants)
    else:
        found = bend_measures(take, poses, asked.bend)
        if not take.is_still:
            found = (*found, *rhythm_measures(take, course, moments, found))
    return Found(measures=found, signals=course, events=moments)


def variant_measures(
    take: Take,
    poses: BendPoses | None,
    variant: Variant,
    bend: BendSettings = BendSettings(),
    settings: VariantSettings = VariantSettings(),
) -> tuple[Measure, ...]:
    """Return what a variant of the bend shows by itself: its gain needs the usual bend beside it.

    `soft_knee_hip_flexion` and `soft_knee_bend` are what `pelvis_on_thigh_flexion` and `knee_bend`
    are in the usual bend, `heel_wedge_fingertip_floor` what `fingertip_floor` is, over the floor
    that the toes stand on. The gain is missing until `with_gains` has seen both.

    Unit
        Degrees; the reach leg lengths.
    Sign
        As in the usual bend.
    Needs
        As the usual bend; soft knees bent by `soft_knee_deg` at least.
    Source
        `bend_measures`; docs/method.md, section 3.3.
    """
    gain = _GAINS[variant]
    if variant == "soft_knee":
        bend = replace(bend, knee_cheat_deg=math.inf)  # bent knees are what was asked for
    usual = {m.name: m for m in bend_measures(take, poses, bend)}
    varied = replace(usual[gain.plain], name=gain.varied)
    more: tuple[Measure, ...] = ()
    if variant == "soft_knee":
        knees = replace(usual["knee_bend"], name=_KNEES)
        varied, more = _with_knees(varied, knees, settings), (knees,)
    return (varied, *more, _missing(gain, varied, _alone(varied)))


def _alone(varied: Measure) -> Reason:
    if varied.quality is Quality.MISSING and varied.reason is not None:
        return varied.reason
    return Reason("gain_needs_usual_bend")


def _with_knees(varied: Measure, knees: Measure, settings: VariantSettings) -> Measure:
    if knees.quality is Quality.MISSING or knees.value >= settings.soft_knee_deg:
        return varied
    straight = Reason(
        "knees_not_soft", {"knee_deg": knees.value, "least_deg": settings.soft_knee_deg}
    )
    return replace(varied, value=math.nan, spread={}, quality=Quality.MISSING, reason=straight)


def with_gains(measures: Sequence[tuple[int, Measure]]) -> tuple[tuple[int, Measure], ...]:
    """Return the measures of one person's clips with the gains worked out where both bends are.

    Unit
        `soft_knee_gain` degrees, `heel_wedge_gain` leg lengths.
    Sign
        Positive where the variant gives more hip flexion, more reach.
    Needs
        (clip, measure) of one session. The usual bend is the median of its good trials; a reach
        that ended at the floor gives no gain.
    Source
        Difference of the two; their errors by cause as root sum of squares. That they are one
        body's and partly the same is not made use of: nobody has measured how far.
    """
    plain = [m for _, m in measures if m.activity is Activity.FORWARD_BEND]
    worked_out = ((clip, _worked_out(m, clip, measures, plain)) for clip, m in measures)
    return tuple((clip, only_possible([m])[0]) for clip, m in worked_out)


def _worked_out(
    measure: Measure,
    clip: int,
    measures: Sequence[tuple[int, Measure]],
    plain: Sequence[Measure],
) -> Measure:
    gain = next((g for g in _GAINS.values() if g.name == measure.name), None)
    if gain is None:
        return measure
    varied = next(
        (
            m
            for number, m in measures
            if (number, m.name, m.segment) == (clip, gain.varied, measure.segment)
        ),
        None,
    )
    if varied is None or varied.quality is Quality.MISSING:
        return measure
    return _gained(gain, varied, plain)


def _gained(gain: _Gain, varied: Measure, plain: Sequence[Measure]) -> Measure:
    usual = _usual(gain.plain, plain)
    if usual is None:
        return _missing(gain, varied, Reason("gain_needs_usual_bend"))
    if gain.plain == "fingertip_floor" and usual.value == 0:
        return _missing(gain, varied, Reason("gain_beyond_floor"))
    careful = next((m for m in (usual, varied) if m.quality is Quality.SUSPECT), None)
    reason = None if careful is None else careful.reason
    if reason is None and gain.plain == "fingertip_floor" and varied.value == 0:
        reason = Reason("gain_at_least")
    causes = sorted({*usual.spread, *varied.spread})
    return replace(
        varied,
        name=gain.name,
        value=gain.sign * (varied.value - usual.value),
        spread={c: math.hypot(usual.spread.get(c, 0.0), varied.spread.get(c, 0.0)) for c in causes},
        quality=Quality.GOOD if reason is None else Quality.SUSPECT,
        reason=reason,
        reference=None,
    )


def _usual(name: str, plain: Sequence[Measure]) -> Measure | None:
    """Return the median of the trials of the usual bend, good ones where there are any."""
    seen = [m for m in plain if m.name == name and m.quality is not Quality.MISSING]
    trials = [m for m in seen if m.segment is not None] or seen
    counted = [m for m in trials if m.quality is Quality.GOOD] or trials
    if not counted:
        return None
    value = median(m.value for m in counted)
    central = min(counted, key=lambda m: (abs(m.value - value), m.sd))
    return replace(central, value=value)


def _missing(gain: _Gain, varied: Measure, reason: Reason) -> Measure:
    return Measure(
        name=gain.name,
        activity=Activity.FORWARD_BEND,
        side=varied.side,
        value=math.nan,
        unit=gain.unit,
        frames=varied.frames,
        segment=varied.segment,
        quality=Quality.MISSING,
        reason=reason,
    )
