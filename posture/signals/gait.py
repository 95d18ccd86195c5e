"""Where somebody walks or runs, forwards or backwards, and how quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posture.series import correlation, runs
from posture.signals.course import (
    ActivitySettings,
    Body,
    bodies,
    bridged,
    leg_deg,
    long_enough,
    swing_of,
)
from posture.signals.cycle import strides_of
from posture.signals.events import EventSettings, heel_strikes, toe_offs
from posture.signals.foot import heel_ahead, toe_ahead
from posture.signals.known import known_median, known_percentile
from posture.signals.leg import knee_flexion, segment_inclination
from posture.signals.stepping import backward_spans, bounce, steps_per_min, steps_s, swing_forward
from posture.types import Activity, Bools, Floats, Landmarks, Side

Stretches = list[tuple[int, int]]


def gait_stretches(
    swing: Floats, body: Body, settings: ActivitySettings
) -> tuple[Stretches, Stretches, tuple[Sequence[tuple[int, int]], float]]:
    """Return the stretches of gait: forwards, of short steps alone, and backwards (how surely).

    Legs that swing far are gait; steps too short for that are where feet take turns in being
    lifted onwards, and belong to the gait beside them.
    """
    time_s = body.landmarks.time_s
    trunk = segment_inclination("trunk", body.landmarks, body.forward, body.side).value
    onwards = swing_forward(body.landmarks, body.forward)
    with np.errstate(invalid="ignore"):
        far = swing >= settings.gait_swing_deg
        short = (
            (swing >= settings.short_swing_deg)
            & (np.abs(onwards.value) >= _LIFTED)
            & (np.abs(trunk) <= settings.bend_deg)
        )
    far = bridged(far, time_s, settings.bridge_s)
    either = bridged(far | short, time_s, settings.bridge_s)
    away, chance = backward_spans(onwards, either, settings.backward_s)
    for start, stop in away:
        either &= (time_s < time_s[start] - settings.turn_back_s) | (
            time_s > time_s[stop - 1] + settings.turn_back_s
        )
    found = [
        (stretch, bool(long_enough(_only(far, stretch), time_s, settings.min_gait_s)))
        for stretch in runs(either)
    ]
    shorts = [stretch for stretch, swings in found if not swings]
    return (
        [stretch for stretch, swings in found if swings],
        [(a, b) for a, b in shorts if time_s[b - 1] - time_s[a] >= settings.short_step_s],
        (away, chance),
    )


def steps_too_quick(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings = ActivitySettings()
) -> tuple[tuple[float, float], ...]:
    """Return when legs take turns faster than anybody's: a clip that is sped up.

    Unit
        Seconds, (from, to).
    Needs
        Cleaned landmarks; `forward` as from `forward_sign`.
    Source
        `steps_per_min` and `ActivitySettings.most_steps_per_min`.
    """
    time_s = landmarks.time_s
    found = []
    for body, frames in bodies(landmarks, forward, None):
        if not math.isfinite(body.leg_px):
            continue
        forwards, short, _ = gait_stretches(swing_of(body, settings), body, settings)
        for first, last in (*forwards, *short):
            start, stop = max(first, frames[0]), min(last, frames[1])
            if start < stop and (
                steps_per_min(landmarks, (start, stop), body.leg_px) > settings.most_steps_per_min
            ):
                found.append((float(time_s[start]), float(time_s[stop - 1])))
    return tuple(sorted(set(found)))


def _frames_in(stretches: Sequence[tuple[int, int]], like: Floats | Bools) -> Bools:
    inside = np.zeros(len(like), dtype=bool)
    for start, stop in stretches:
        inside[start:stop] = True
    return inside


def _only(true: Bools, frames: tuple[int, int]) -> Bools:
    return true & _frames_in([frames], true)


_LIFTED = 0.3  # ours; in walks the lifted foot goes forward by 0.4 and over


def backward_steps(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings = ActivitySettings()
) -> tuple[tuple[tuple[float, float], ...], float]:
    """Return when somebody steps backwards, or a clip plays backwards, and how surely.

    Unit
        Seconds, (from, to); probability.
    Needs
        Cleaned landmarks; `forward` as from `forward_sign`.
    Source
        `posture.signals.stepping.backward_spans`. A person who walks backwards and a walk that is
        played backwards look alike, and are not told apart.
    """
    spans: list[tuple[float, float]] = []
    chances = [0.0]
    for body, _ in bodies(landmarks, forward, None):
        swing = swing_of(body, settings)
        *_, (away, chance) = gait_stretches(swing, body, settings)
        walks = long_enough(_frames_in(away, swing), landmarks.time_s, settings.backward_walk_s)
        spans += [(float(landmarks.time_s[a]), float(landmarks.time_s[b - 1])) for a, b in walks]
        chances.append(chance if walks else 0.0)
    return tuple(sorted(set(spans))), max(chances)


def walk_or_run(
    body: Body,
    frames: tuple[int, int],
    settings: ActivitySettings,
    events: EventSettings,
    *,
    strides_asked: bool,
) -> Activity | None:
    """Tell walking from running, and both from legs that swing without alternating.

    By what makes a run: the body flies with the legs apart and sinks as they pass; a foot is on
    the floor for less than half of the time; the swinging knee is bent far. Pace says nothing:
    quick walkers take 140 steps a minute and more, slow runners fewer.
    """
    part = slice(*frames)
    near, far = (leg_deg(body, side)[part] for side in (body.side, body.side.other))
    too_quick = steps_per_min(body.landmarks, frames, body.leg_px) > settings.most_steps_per_min
    if too_quick or not _take_turns(near, far):
        return None  # a clip that is sped up, or legs that go together
    clipped = np.full(len(body.forward), np.nan)
    clipped[part] = body.forward[part]
    shares: list[float] = []
    landed = 0
    for side in (body.side, body.side.other):
        strikes = heel_strikes(heel_ahead(body.landmarks, clipped, side, body.leg_px), events)
        offs = toe_offs(toe_ahead(body.landmarks, clipped, side, body.leg_px), events)
        landed += len(strikes)
        shares += [stride.stance_frac for stride in strides_of(side, strikes, offs)]
        if not _has_feet(body, side, frames):
            landed += len(steps_s(body.landmarks, frames, body.leg_px))
    least = _STEPS_BETWEEN if _begins_and_ends(body, frames) else 1
    if landed < least or (strides_asked and not shares):
        return None  # a step aside is no walk
    up = bounce(body.landmarks, frames, body.leg_px)
    knee = known_percentile(knee_flexion(body.landmarks, body.forward, body.side).value[part], 95)
    odds = [
        _BOUNCE_ODDS * up,
        (settings.run_stance_frac - known_median(np.array(shares))) * _STANCE_ODDS,
        float(np.clip((knee - settings.run_knee_deg) / _KNEE_DEG, -1.0, 1.0)),
    ]
    known = [odd for odd in odds if math.isfinite(odd)]
    if not math.isfinite(odds[0]) and not math.isfinite(odds[1]):
        return None  # neither the body's height nor the feet: legs may swing in a chair
    running = sum(known)
    if abs(running) < _TOLD:
        return None  # points that jump about in the dark are neither
    return Activity.RUNNING if running > 0 else Activity.WALKING


def _begins_and_ends(body: Body, frames: tuple[int, int]) -> bool:
    """Say whether all of it was seen: somebody stood before, and stands after it."""
    time_s = body.landmarks.time_s
    faces = np.flatnonzero(np.isfinite(body.forward))
    inside = faces[(faces >= frames[0]) & (faces < frames[1])]
    run = next((a, b) for a, b in runs(np.isfinite(body.forward)) if a <= inside[0] < b)
    return bool(
        time_s[frames[0]] - time_s[run[0]] > _ALL_SEEN_S
        and time_s[run[1] - 1] - time_s[frames[1] - 1] > _ALL_SEEN_S
    )


_ALL_SEEN_S = 1.0  # ours


_STEPS_BETWEEN = 4  # ours; two steps forward and the feet together again are three landings


def _has_feet(body: Body, side: Side, frames: tuple[int, int]) -> bool:
    heel = body.landmarks.point(f"{side.value}_heel")[slice(*frames), 0]
    return bool(np.isfinite(heel).mean() >= _FEET_SEEN)


_FEET_SEEN = (
    0.5  # ours; of the pictures; with fewer the knees say whether strides follow each other
)


def _take_turns(near: Floats, far: Floats) -> bool:
    """Say whether two legs go against each other; of legs seldom seen both that is taken for so."""
    both = np.isfinite(near) & np.isfinite(far)
    if both.sum() <= _FEWEST:
        return True
    return correlation(near[both], far[both]) <= _ALTERNATING


# Log odds that it is a run, ours: 22 walks and a run, real and rendered, lie beyond 2 by each.
_BOUNCE_ODDS = 5.0  # of the correlation: walks -0.5 to -0.95, runs +0.9


_STANCE_ODDS = 20.0  # of the share: a tenth of the cycle is two log odds


_KNEE_DEG = 8.0  # counts for at most one: a quick walk's knee and a slow run's are alike


_TOLD = 1.0


_FEWEST = 5  # ours; frames with both legs seen, to say whether they alternate


_ALTERNATING = -0.2  # ours; correlation of the two legs, about -0.9 in walking
