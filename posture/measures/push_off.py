"""What the near leg does over the gait cycle: ankle, heel, shank, trailing limb."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from posture.measures.by_hand import hand_sd_s, heel_off_within, moved_from_s
from posture.measures.cycle_curves import Curves, Pass, pass_of
from posture.measures.found import Asked, Found
from posture.measures.gait import gait_events, gait_measures
from posture.measures.hand_error import with_hand_errors
from posture.measures.limp import marked_if_limping
from posture.measures.quality import Grade, measured, seen_grade, worst
from posture.measures.scatter import scatter_of
from posture.measures.take import Take, within
from posture.measures.walk import Leg, Walk, gap_s, walk_grade
from posture.signals.cycle import PHASE
from posture.signals.events import heel_off
from posture.signals.foot import ankle_dorsiflexion, toes_hide_deg
from posture.signals.footfalls import usual_stride_s
from posture.signals.known import known_mean
from posture.types import Event, EventKind, Floats, Measure, Quality, Reason, Signal

# Parts of the gait cycle, from heel strike.
_MIDSTANCE = (0.20, 0.55)
_PLANTARFLEXION = (0.50, 0.75)
_DORSIFLEXION = (0.15, 0.55)  # later the heel is up and the toes take over


def found_in_walk(take: Take, asked: Asked, walk: Walk | None) -> Found:
    """Return what a take of walking gives: times, lengths, and the near leg over the cycle."""
    if walk is None:
        raise ValueError("expected the walk of a take of walking, got none")
    one = pass_of(take, walk)
    measures = (
        *gait_measures(take, walk, asked.gait, asked.belt_m_s),
        *push_off_measures(one),
    )
    events = (*gait_events(take, walk, asked.gait), *heel_off_events(take, walk))
    return Found(
        measures=marked_if_limping(take, walk, with_hand_errors(take, walk, measures, events)),
        signals=gait_signals(one),
        events=events,
        one_pass=one,
    )


def gait_signals(one: Pass) -> tuple[Signal, ...]:
    """Return the near leg's course over the take.

    Unit
        Degrees.
    Sign
        As in `posture.signals`.
    Needs
        Walking in side view.
    Source
        `posture.signals`; the ankle zeroed on the flat foot where there are strides.
    """
    take = one.take
    found = [
        one.ankle or ankle_dorsiflexion(take.landmarks, take.forward, take.near),
        take.body.foot,
        take.body.inclination("shank"),
        take.body.inclination("thigh"),
        take.body.knee,
        take.body.inclination("leg"),
    ]
    return tuple(within(signal, take.frames) for signal in found)


def push_off_measures(one: Pass) -> tuple[Measure, ...]:
    """Return what the near leg does over the cycle; the far leg is named and not measured.

    Values are read from the mean curve over the strides, so that one stride's noise does not
    stand in for a peak; their scatter is that of the single strides.

    Unit
        `heel_off` a fraction of the cycle, `heel_rise_rate` degrees a second, others degrees.
    Sign
        Dorsiflexion, knee flexion, hip extension and a trailing limb positive in their measures;
        plantarflexion positive in `peak_plantarflexion` and `plantarflexion_at_toe_off`.
    Needs
        Strides of the near leg, its foot seen.
    Source
        Definitions as in Perry 2010; the heel-to-toe line hides what the toes give once the heel
        is up: what it usually hides is put back (`posture.signals.foot.toes_hide_deg`), how that
        varies stands as `toe_joint` in the doubt.
    """
    take = one.take
    far = Grade(quality=Quality.MISSING, reason=Reason("far_leg_hidden"))
    return (
        *leg_measures(take, one.curves, push_off_grade(take, one.walk)),
        *(
            measured(name, take, take.near.other, math.nan, far)
            for name in ("peak_dorsiflexion", "peak_plantarflexion")
        ),
    )


def push_off_grade(take: Take, walk: Walk) -> Grade:
    """Return how far the near leg's angles over the cycle may be trusted.

    Source
        `walk_grade`, and how often the leg's points were seen.
    """
    return worst(walk_grade(take, walk), leg_seen_grade(take))


def leg_seen_grade(take: Take) -> Grade:
    """Return whether the near leg was seen often enough.

    Needs
        The take.
    Source
        `seen_grade`.
    """
    return seen_grade(take, ("hip", "knee", "ankle", "heel", "foot_index"), take.near)


def leg_measures(take: Take, curves: Curves | None, grade: Grade) -> tuple[Measure, ...]:
    """Return what one leg does over the cycle, from its strides' curves.

    Unit
        As in `push_off_measures`.
    Sign
        As in `push_off_measures`.
    Needs
        A take with this leg near, which says how it was filmed; `curves` may hold further passes.
    Source
        As in `push_off_measures`.
    """
    values = _values(curves) if curves else {}
    return tuple(_from_strides(name, take, values.get(name), grade) for name in _NAMES)


_NAMES = (
    "peak_dorsiflexion",
    "heel_off",
    "shank_at_heel_off",
    "peak_plantarflexion",
    "plantarflexion_at_toe_off",
    "push_off_range",
    "trailing_limb_angle",
    "hip_extension",
    "knee_flexion_at_peak_dorsiflexion",
    "knee_extension_midstance",
    "heel_rise_rate",
)


def _values(curves: Curves) -> dict[str, tuple[float, Floats]]:
    """Return each measure from the mean curve, and from every stride for its scatter."""
    mean = _read(curves.as_one())
    single = [_read(curves.only(row)) for row in range(len(curves.strides))]
    return {name: (mean[name], np.array([each[name] for each in single])) for name in _NAMES}


def _read(curves: Curves) -> dict[str, float]:
    ankle, pitch, knee = curves.ankle[0], curves.pitch[0], curves.knee[0]
    stance = _within(_DORSIFLEXION[0], curves.toe_off)
    at_peak = _argmax(np.where(_within(*_DORSIFLEXION), ankle, np.nan))
    up = heel_off(pitch, PHASE, 0.0, curves.toe_off, 1.0, curves.read_by.events)
    up += curves.heel_off_moved
    peak_df = ankle[at_peak] if at_peak is not None else math.nan
    peak_pf = -_least(ankle[_within(*_PLANTARFLEXION)])
    return {
        "peak_dorsiflexion": float(peak_df),
        "heel_off": up,
        "shank_at_heel_off": _at(curves.shank[0], up),
        "peak_plantarflexion": peak_pf,
        "plantarflexion_at_toe_off": -_at(ankle, curves.toe_off),
        "push_off_range": float(peak_df) + peak_pf,
        "trailing_limb_angle": _at(curves.leg[0], known_mean(curves.other_strike)),
        "hip_extension": -_least(-curves.thigh[0][stance]),
        "knee_flexion_at_peak_dorsiflexion": (
            float(knee[at_peak]) if at_peak is not None else math.nan
        ),
        "knee_extension_midstance": _least(knee[_within(*_MIDSTANCE)]),
        "heel_rise_rate": _rise_rate(pitch, up, curves),
    }


def _rise_rate(pitch: Floats, up: float, curves: Curves) -> float:
    if math.isnan(up):
        return math.nan
    duration_s = float(np.mean([stride.duration_s for stride in curves.strides]))
    rate = np.gradient(pitch + toes_hide_deg(pitch, curves.read_by.toes), PHASE) / duration_s
    return -_least(-rate[_within(up, curves.toe_off)])


def _from_strides(
    name: str, take: Take, value: tuple[float, Floats] | None, grade: Grade
) -> Measure:
    if value is None:
        return measured(name, take, take.near, math.nan, grade)
    mean, single = value
    more = {"scatter": scatter_of(single, STRIDE_SD[name])}
    return measured(name, take, take.near, mean, grade, more=more)


# How single strides of one person scatter, sd, the points' jitter in it: ours, after Kadaba 1989
# (1.5 to 3 deg within a session), and what 8 rendered and 2 real walks of 3 strides give when they
# are cut to one: 0.6 to 7 deg off the whole walk's (root mean square).
STRIDE_SD = {
    "peak_dorsiflexion": 2.5,
    "heel_off": 0.045,
    "shank_at_heel_off": 3.5,
    "peak_plantarflexion": 3.0,
    "plantarflexion_at_toe_off": 3.0,
    "push_off_range": 3.5,
    "trailing_limb_angle": 1.5,
    "hip_extension": 2.0,
    "knee_flexion_at_peak_dorsiflexion": 6.0,
    "knee_extension_midstance": 2.0,
    "heel_rise_rate": 40.0,
}


def heel_off_events(take: Take, walk: Walk) -> tuple[Event, ...]:
    """Return both feet's heel-offs, each read off its own stance.

    Unit
        Seconds.
    Needs
        Strikes and toe-offs. A stance of which one end was not seen is taken to last as long as
        the others.
    Source
        `posture.signals.events.heel_off`.
    """
    found = []
    usual_s, share = _usual(walk)
    for leg in (walk.near, walk.far):
        far = leg is walk.far
        pitch = (take.far_body if far else take.body).foot.value
        for strike_s, off_s in _stances(leg, usual_s, share * usual_s):
            part = (take.landmarks.time_s >= strike_s) & (take.landmarks.time_s <= off_s + _AFTER_S)
            by_hand_s = heel_off_within(take, leg.side, (strike_s, off_s))
            if by_hand_s is not None:
                found.append(_put(take, leg, by_hand_s))
                continue
            if part.sum() < _FEWEST:
                continue
            at_s = heel_off(
                pitch[part],
                take.landmarks.time_s[part],
                strike_s,
                off_s,
                usual_s,
                walk.read_by.events,
                _FAR_SEEN if far else 1.0,
            )
            if math.isfinite(at_s):
                sd_s = _HEEL_OFF_SD * usual_s * (_FAR_WIDER if far else 1.0)
                found.append(
                    Event(
                        kind=EventKind.HEEL_OFF,
                        side=leg.side,
                        time_s=at_s,
                        sd_s=sd_s,
                        segment=take.index,
                    )
                )
    return tuple(found)


def _put(take: Take, leg: Leg, at_s: float) -> Event:
    """Return a heel-off where somebody put it."""
    return Event(
        kind=EventKind.HEEL_OFF,
        side=leg.side,
        time_s=at_s,
        sd_s=hand_sd_s(EventKind.HEEL_OFF, gap_s(take, at_s)),
        segment=take.index,
        moved_from_s=moved_from_s(take, EventKind.HEEL_OFF, leg.side, at_s),
    )


def _usual(walk: Walk) -> tuple[float, float]:
    """Return how long a stride of this walk lasts, and the share of stance in it."""
    strides = [*walk.near.strides, *walk.far.strides]
    if strides:
        return (
            known_mean([stride.duration_s for stride in strides]),
            known_mean([stride.stance_frac for stride in strides]),
        )
    kinds = (walk.near.strikes_s, walk.near.offs_s, walk.far.strikes_s, walk.far.offs_s)
    return usual_stride_s(kinds), _USUAL_STANCE


def _stances(leg: Leg, stride_s: float, stance_s: float) -> Iterator[tuple[float, float]]:
    """Yield when a foot lands and leaves, one end of a stance made up where it was not seen."""
    if not math.isfinite(stride_s):
        return
    for off_s in leg.offs_s:
        before = leg.strikes_s[(leg.strikes_s < off_s) & (leg.strikes_s > off_s - stride_s)]
        yield (float(before[-1]) if len(before) else float(off_s) - stance_s), float(off_s)
    for strike_s in leg.strikes_s:
        if not ((leg.offs_s > strike_s) & (leg.offs_s < strike_s + stride_s)).any():
            yield float(strike_s), float(strike_s) + stance_s


_HEEL_OFF_SD = 0.05  # ours; of the cycle, one foot's: near heels of real walkers scatter by 35 ms
_FAR_WIDER = 1.5  # ours, 4 real walks and 24 rendered ones: far 30 and 54 ms off, near 35 and 38
_FAR_SEEN = 0.83  # ours, 5 real walkers (.86) and 23 rendered ones (.83): of the near foot's rise
_USUAL_STANCE = 0.65  # ours; of the cycle
_AFTER_S = 0.03  # a picture beyond, to lie between
_FEWEST = 5


def _within(low: float, high: float) -> np.ndarray:
    return (low <= PHASE) & (high >= PHASE)


def _argmax(values: Floats) -> int | None:
    return int(np.nanargmax(values)) if np.isfinite(values).any() else None


def _least(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else math.nan


def _at(curve: Floats, phase: float) -> float:
    return float(np.interp(phase, PHASE, curve)) if math.isfinite(phase) else math.nan
