"""What the movement itself says about the clip: played backwards, slowed down, sped up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posture.measures.take import Take
from posture.measures.walk import Walk, step_legs
from posture.signals.course import ActivitySettings
from posture.signals.gait import backward_steps, steps_too_quick
from posture.signals.known import known_mean
from posture.signals.stretched import stretched_facts
from posture.types import Activity, Fact, FactKind, Floats, Landmarks, Reason


def motion_facts(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings, *, speed_unsaid: bool
) -> tuple[Fact, ...]:
    """Return what the movement says about the clip before anything is measured.

    Unit
        Seconds in the spans.
    Needs
        Cleaned landmarks; `speed_unsaid` where neither file nor settings say how fast it plays.
    Source
        `backward_facts`, `quick_facts`, `stretched_facts`.
    """
    return (
        *backward_facts(landmarks, forward, settings),
        *(quick_facts(landmarks, forward, settings) if speed_unsaid else ()),
        *stretched_facts(landmarks, forward),
    )


def backward_facts(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings = ActivitySettings()
) -> tuple[Fact, ...]:
    """Return that somebody walks backwards, or that the clip is played so, with when.

    Unit
        Seconds in the spans.
    Needs
        Cleaned landmarks and which way they face.
    Source
        `backward_steps`.
    """
    spans, chance = backward_steps(landmarks, forward, settings)
    if not spans:
        return ()
    return (
        Fact(
            kind=FactKind.BACKWARDS,
            reason=Reason("fact_backwards"),
            spans_s=spans,
            probability=chance,
            what_to_do=Reason("fact_backwards_todo"),
        ),
    )


def quick_facts(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings = ActivitySettings()
) -> tuple[Fact, ...]:
    """Return that a clip is sped up in which legs go faster than anybody's.

    Unit
        Seconds in the spans.
    Needs
        Cleaned landmarks and which way they face; where it is dark or blurred nothing is said.
    Source
        `steps_too_quick`.
    """
    if any(fact.kind in _UNSURE for fact in landmarks.facts):
        return ()
    spans = steps_too_quick(landmarks, forward, settings)
    if not spans:
        return ()
    return (
        Fact(
            kind=FactKind.SPED_UP,
            reason=Reason("fact_sped_up"),
            spans_s=spans,
            probability=_TOO_QUICK,
            what_to_do=Reason("fact_sped_up_todo"),
        ),
    )


_TOO_QUICK = 0.95  # ours; a sprinter with a very high cadence is the rest
_UNSURE = {FactKind.TOO_DARK, FactKind.BLURRED}


# How people walk and run at true speed, and how clips are slowed down or sped up.
# Step length over cadence is nearly the same at every speed of one person, and no slow walk's
# is long (Sekiya 1996, Terrier 2003: 0.0063 m a step a minute, sd 8 to 12 %); of the leg here,
# as 10 real and rendered clips read, from 0.0055 to 0.0090
_STEP_PER_CADENCE = 0.0072  # leg lengths, a step a minute
# A leg swings like a pendulum: 0.38 to 0.42 s at every speed from a stroll on (Winter 1991);
# 0.36 to 0.43 s in the same clips
_SWING_S = 0.40
_RUN_STEPS_PER_MIN = 165.0  # 140 to 200 (Cavanagh 1982 and after)
_USUAL_SD = (0.20, 0.13)  # of the logarithms of the two
# who limps or shuffles takes shorter steps, and a stiff leg swings up to half as long again
_ILL_SHARE = 0.15  # ours; clients of a physio
_ILL_OFF = (-0.15, 0.15)
_ILL_SD = (0.50, 0.25)
_RUN_SD = 0.13
_SLOWED = (
    (0.67, 0.009),
    (0.5, 0.027),
    (0.25, 0.015),
    (0.125, 0.009),
)  # ours: speeds that cameras and editors offer, and how likely a clip has it unsaid
_SPED = ((1.5, 0.003), (2.0, 0.015), (4.0, 0.009))
_LEAST_PROBABILITY = 0.5  # ours; less and nothing is said


def pace_facts(walks: Sequence[tuple[Take, Walk]]) -> tuple[Fact, ...]:
    """Return that the clip looks slowed down or sped up, by how people walk and run in it.

    Who is filmed at half speed takes half as many steps a minute, each as long as before, and the
    leg swings twice as long. Who truly walks slowly takes shorter steps and puts the time into
    standing on both feet; the swing stays. A limp in between leaves the probability low.

    Unit
        Probability.
    Needs
        Takes of walking with a stride, or of running, with their events; else nothing is said.
    Source
        The constants above; Bayes over speeds that clips have.
    """
    if any(fact.kind is FactKind.SPED_UP for take, _ in walks for fact in take.landmarks.facts):
        return ()  # said already
    logs = [_log_likelihoods(take, walk) for take, walk in walks if _is_seen_well(take)]
    told = [one for one in logs if one is not None]
    if not told:
        return ()
    # strides of one clip are of one person and one camera: they are one piece of evidence
    weights = np.mean(told, axis=0) + np.log(_priors())
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    slow = float(shares[1 : 1 + len(_SLOWED)].sum())
    fast = float(shares[1 + len(_SLOWED) :].sum())
    kind, chance = (FactKind.SLOWED_DOWN, slow) if slow >= fast else (FactKind.SPED_UP, fast)
    if chance < _LEAST_PROBABILITY:
        return ()
    time_s = walks[0][0].landmarks.time_s
    return (
        Fact(
            kind=kind,
            reason=Reason("fact_slowed_down" if kind is FactKind.SLOWED_DOWN else "fact_sped_up"),
            spans_s=((float(time_s[0]), float(time_s[-1])),),
            probability=chance,
            what_to_do=Reason(
                "fact_slowed_down_todo" if kind is FactKind.SLOWED_DOWN else "fact_sped_up_todo"
            ),
        ),
    )


def _is_seen_well(take: Take) -> bool:
    return not any(fact.kind in _UNSURE for fact in take.facts)


def _priors() -> Floats:
    odd = [share for _, share in (*_SLOWED, *_SPED)]
    return np.array([1 - sum(odd), *odd])


def _speeds() -> list[float]:
    return [1.0, *(speed for speed, _ in (*_SLOWED, *_SPED))]


def _log_likelihoods(take: Take, walk: Walk) -> Floats | None:
    """Return the log likelihood of what is seen at each speed, true speed first."""
    strides = [*walk.near.strides, *walk.far.strides]
    if not strides:
        return None
    stride_s = known_mean([stride.duration_s for stride in strides])
    cadence = 120 / stride_s
    if take.segment.activity is Activity.RUNNING:
        pace = math.log(cadence / _RUN_STEPS_PER_MIN)
        return np.array([-0.5 * ((pace - math.log(v)) / _RUN_SD) ** 2 for v in _speeds()])
    swing_s = known_mean([(1 - stride.stance_frac) * stride.duration_s for stride in strides])
    step = step_legs(take, walk)
    if not (swing_s > 0 and step > 0):
        return None
    seen = np.array([math.log(step / cadence / _STEP_PER_CADENCE), math.log(swing_s / _SWING_S)])
    return np.array([_log_density(seen + math.log(v)) for v in _speeds()])


def _log_density(off: Floats) -> float:
    usual = _normal(off, np.zeros(2), np.array(_USUAL_SD))
    ill = _normal(off, np.array(_ILL_OFF), np.array(_ILL_SD))
    return math.log((1 - _ILL_SHARE) * usual + _ILL_SHARE * ill + _TINY)


def _normal(off: Floats, mean: Floats, sd: Floats) -> float:
    z = (off - mean) / sd
    return float(np.exp(-0.5 * (z @ z)) / (2 * math.pi * sd.prod()))


_TINY = 1e-12  # ours; what nobody's gait is like says nothing for a speed
