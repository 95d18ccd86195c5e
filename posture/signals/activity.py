"""Which test a stretch of the clip shows: standing, bend, walk, run, lunge, leg raise, or none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from posture.footage.parts import only_within, parts_of
from posture.series import about, correlation, runs
from posture.signals.arms import arms_up
from posture.signals.cycle import strides_of
from posture.signals.events import Bend, EventSettings, bends, heel_strikes, toe_offs
from posture.signals.foot import heel_ahead, toe_ahead
from posture.signals.frame import FrameSettings, leg_length_px, view_of
from posture.signals.known import known_median, known_percentile
from posture.signals.leg import knee_flexion, segment_inclination
from posture.signals.lying import lies_facing, raised_leg
from posture.signals.stepping import backward_spans, bounce, steps_per_min, steps_s, swing_forward
from posture.types import Activity, Bools, Floats, Landmarks, Segment, Side, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySettings:
    """What tells one activity from another; all ours, from the clips named."""

    window_s: float = 0.7  # half a slow stride to either side
    gait_swing_deg: float = (
        28.0  # ankle-hip line: walks swing 40 and over, squats and bends under 15
    )
    min_gait_s: float = 1.0  # less holds no stride
    still_swing_deg: float = 6.0  # the same line in quiet standing sways under 2
    upright_deg: float = 25.0  # trunk, and ankle to hip; standing people lean less
    straight_knee_deg: float = 30.0  # standing knees bend less
    still_trunk_deg: float = 6.0  # over the window; sway is under 2
    min_still_s: float = 1.0  # shorter pauses are parts of a movement
    least_part_s: float = 0.5  # of such a time that is cut where the arms go up or come down
    bend_deg: float = 35.0  # trunk over standing; shallower is picking up a thing, or a bow
    bend_knee_deg: float = 45.0  # bent further it is a squat
    bend_knee_share: float = 0.5  # of the trunk's lean; more is picking a thing up, or a set-up
    bend_apart: float = 0.40  # feet, leg lengths, front to back; a sprinter's in the blocks 0.5
    bend_step: float = 0.45  # how far the near foot goes in a bend; a step is 0.6 and more
    lunge_apart: float = 0.35  # feet, leg lengths, front to back
    lunge_shank_deg: float = 10.0  # rear shank forward
    raise_deg: float = 20.0  # thigh off the floor; less is lying, with a knee a little drawn up
    raise_held_s: float = 0.5  # ours; a leg swung up and down is held by nobody
    bridge_s: float = 0.35  # breaks this short belong to the movement around them
    short_swing_deg: float = 9.0  # the same line of short steps, with feet that are lifted forward
    short_step_s: float = 2.0  # and for how long; a single step out of standing is shorter
    grow_s: float = 0.7  # to either side of gait: a step at its end swings too little by itself
    backward_s: float = 0.8  # a step or two; shorter is a foot put back
    backward_walk_s: float = (
        1.6  # three steps and more are a walk; somebody who makes room takes two
    )
    turn_back_s: float = 0.15  # on either side of where a walk turns backwards nothing is clear
    most_steps_per_min: float = 230.0  # sprinters take up to 280, and nobody else over 220
    run_stance_frac: float = 0.53  # of the cycle: walks read 55 and over, runs under 50
    run_knee_deg: float = 75.0  # swing knee: walks 50 to 70, runs 80 and over


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """One side's course through the clip, and what is asked of it."""

    landmarks: Landmarks
    forward: Floats
    side: Side
    leg_px: float


def segments_of(
    landmarks: Landmarks,
    forward: Floats,
    *,
    settings: ActivitySettings | None = None,
    frame_settings: FrameSettings | None = None,
    events: EventSettings | None = None,
    near_side: Side | None = None,
) -> tuple[Segment, ...]:
    """Return the stretches of the clip with one activity, seen from one side.

    Unit
        Frames, half-open.
    Needs
        Cleaned landmarks; `forward` as from `forward_sign`. `near_side` overrules the side that
        facing tells.
    Source
        Ours; the thresholds stand in `ActivitySettings`, each beside what it separates.
    """
    settings = settings or ActivitySettings()
    events = events or EventSettings()
    found: list[tuple[Activity, tuple[int, int]]] = []
    for body, frames in _bodies(landmarks, forward, near_side):
        if len(landmarks.time_s) == 1:
            found.append((_still_picture(body, settings), (0, 1)))
        elif np.isfinite(body.leg_px):
            found += _activities(body, frames, settings, events)
    return tuple(
        Segment(
            activity=activity,
            frames=frames,
            view=_view(landmarks, forward, frames, frame_settings, near_side),
        )
        for activity, frames in sorted(found, key=lambda item: item[1])
    )


def _bodies(
    landmarks: Landmarks, forward: Floats, near_side: Side | None
) -> Iterator[tuple[_Body, tuple[int, int]]]:
    """Yield every stretch over which the person faces one way."""
    # nothing reaches across a cut: each part of the clip is looked at as if it were alone
    alone = [(part, only_within(landmarks, part)) for part in parts_of(landmarks)]
    for (part, own), (sign, side) in product(alone, ((1.0, Side.RIGHT), (-1.0, Side.LEFT))):
        facing = np.full(len(forward), np.nan)
        facing[slice(*part)] = np.where(forward == sign, forward, np.nan)[slice(*part)]
        for start, stop in runs(np.isfinite(facing)):
            body = _Body(
                landmarks=own,
                forward=facing,
                side=near_side or side,
                leg_px=leg_length_px(own, (start, stop), near_side or side),
            )
            yield body, (start, stop)


def _view(
    landmarks: Landmarks,
    forward: Floats,
    frames: tuple[int, int],
    settings: FrameSettings | None,
    near_side: Side | None,
) -> View:
    view = view_of(landmarks, forward, frames, settings)
    return view if near_side is None else replace(view, near_side=near_side)


def _still_picture(body: _Body, settings: ActivitySettings) -> Activity:
    trunk = segment_inclination("trunk", body.landmarks, body.forward, body.side).value[0]
    knee = knee_flexion(body.landmarks, body.forward, body.side).value[0]
    leg = segment_inclination("leg", body.landmarks, body.forward, body.side).value[0]
    limit = min(settings.bend_knee_deg, settings.bend_knee_share * trunk)
    if trunk > settings.bend_deg and not knee > limit:
        return Activity.FORWARD_BEND
    is_folded = abs(knee) > settings.straight_knee_deg or abs(leg) > settings.upright_deg
    is_upright = abs(trunk) < settings.upright_deg and not is_folded
    return Activity.STANDING if is_upright else Activity.OTHER


def _activities(
    body: _Body, frames: tuple[int, int], settings: ActivitySettings, events: EventSettings
) -> list[tuple[Activity, tuple[int, int]]]:
    time_s = body.landmarks.time_s
    swing = _swing(body, settings)
    taken = np.ones(len(time_s), dtype=bool)
    taken[frames[0] : frames[1]] = False
    found: list[tuple[Activity, tuple[int, int]]] = []
    raises, lies = _lying(body, settings)
    forwards, short, (backwards, _) = _gait(swing, body, settings)
    for kind, stretches in (
        (Activity.LEG_RAISE, raises),
        (Activity.OTHER, lies),
        (Activity.OTHER, backwards),
        (None, forwards),
        (Activity.FORWARD_BEND, _bends(swing, body, settings, events)),
        (Activity.WALL_LUNGE, _lunges(swing, body, settings)),
        (None, short),
        (Activity.STANDING, _still(swing, body, settings)),
    ):
        for first, last in stretches:
            # a stretch that goes on over a moment of unknown facing ends there
            start, stop = max(first, frames[0]), min(last, frames[1])
            if start >= stop or taken[start:stop].any():
                continue
            activity = kind or _walk_or_run(
                body, (start, stop), settings, events, strides_asked=stretches is short
            )
            if activity is None:
                continue
            taken[start:stop] = True
            found.append((activity, (start, stop)))
    found = _grown(found, taken, time_s, settings)
    rest = ~taken & np.isfinite(swing)
    found += [
        (Activity.OTHER, stretch) for stretch in _long_enough(rest, time_s, settings.min_still_s)
    ]
    return found


def _swing(body: _Body, settings: ActivitySettings) -> Floats:
    leg = _leg_deg(body, body.side)
    return _range_about(leg, body.landmarks.time_s, settings.window_s)


def _leg_deg(body: _Body, side: Side) -> Floats:
    """Return how far a leg leans; of one cut off at the ankle as its thigh tells."""
    whole = segment_inclination("leg", body.landmarks, body.forward, side).value
    thigh = segment_inclination("thigh", body.landmarks, body.forward, side).value
    faces = np.isfinite(body.forward)
    cut_off = np.isfinite(whole[faces]).mean() < _LEG_SEEN * np.isfinite(thigh[faces]).mean()
    return _LEG_PER_THIGH * thigh if cut_off else whole


_LEG_PER_THIGH = 1.4  # ours; of the swing: 28 to 33 deg where ankle to hip swings by 40 to 45
_LEG_SEEN = 0.7  # ours; of the pictures with a thigh: a far ankle is hidden now and then


Stretches = list[tuple[int, int]]


def _gait(
    swing: Floats, body: _Body, settings: ActivitySettings
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
    far = _bridged(far, time_s, settings.bridge_s)
    either = _bridged(far | short, time_s, settings.bridge_s)
    away, chance = backward_spans(onwards, either, settings.backward_s)
    for start, stop in away:
        either &= (time_s < time_s[start] - settings.turn_back_s) | (
            time_s > time_s[stop - 1] + settings.turn_back_s
        )
    found = [
        (stretch, bool(_long_enough(_only(far, stretch), time_s, settings.min_gait_s)))
        for stretch in runs(either)
    ]
    shorts = [stretch for stretch, swings in found if not swings]
    return (
        [stretch for stretch, swings in found if swings],
        [(a, b) for a, b in shorts if time_s[b - 1] - time_s[a] >= settings.short_step_s],
        (away, chance),
    )


def steps_too_quick(
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings | None = None
) -> tuple[tuple[float, float], ...]:
    """Return when legs take turns faster than anybody's: a clip that is sped up.

    Unit
        Seconds, (from, to).
    Needs
        Cleaned landmarks; `forward` as from `forward_sign`.
    Source
        `steps_per_min` and `ActivitySettings.most_steps_per_min`.
    """
    settings = settings or ActivitySettings()
    time_s = landmarks.time_s
    found = []
    for body, frames in _bodies(landmarks, forward, None):
        if not math.isfinite(body.leg_px):
            continue
        forwards, short, _ = _gait(_swing(body, settings), body, settings)
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
    landmarks: Landmarks, forward: Floats, settings: ActivitySettings | None = None
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
    settings = settings or ActivitySettings()
    spans: list[tuple[float, float]] = []
    chances = [0.0]
    for body, _ in _bodies(landmarks, forward, None):
        swing = _swing(body, settings)
        *_, (away, chance) = _gait(swing, body, settings)
        walks = _long_enough(_frames_in(away, swing), landmarks.time_s, settings.backward_walk_s)
        spans += [(float(landmarks.time_s[a]), float(landmarks.time_s[b - 1])) for a, b in walks]
        chances.append(chance if walks else 0.0)
    return tuple(sorted(set(spans))), max(chances)


def _grown(
    found: Sequence[tuple[Activity, tuple[int, int]]],
    taken: Bools,
    time_s: Floats,
    settings: ActivitySettings,
) -> list[tuple[Activity, tuple[int, int]]]:
    """Give gait the steps at its ends that swing too little by themselves; changes `taken`."""
    grown = []
    for activity, (start, stop) in found:
        first, last = start, stop
        if activity in {Activity.WALKING, Activity.RUNNING}:
            while first > 0 and not taken[first - 1] and _near(first - 1, start, time_s, settings):
                first -= 1
            while last < len(taken) and not taken[last] and _near(last, stop - 1, time_s, settings):
                last += 1
            taken[first:last] = True
        grown.append((activity, (first, last)))
    return grown


def _near(frame: int, edge: int, time_s: Floats, settings: ActivitySettings) -> bool:
    return bool(abs(time_s[frame] - time_s[edge]) <= settings.grow_s)


def _walk_or_run(
    body: _Body,
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
    near, far = (_leg_deg(body, side)[part] for side in (body.side, body.side.other))
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


def _begins_and_ends(body: _Body, frames: tuple[int, int]) -> bool:
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


def _has_feet(body: _Body, side: Side, frames: tuple[int, int]) -> bool:
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


def _bends(
    swing: Floats, body: _Body, settings: ActivitySettings, events: EventSettings
) -> list[tuple[int, int]]:
    trunk = segment_inclination("trunk", body.landmarks, body.forward, body.side)
    knee = knee_flexion(body.landmarks, body.forward, body.side).value
    found = []
    for bend in bends(trunk, _upright_deg(trunk.value, settings), settings.bend_deg, events):
        part = slice(bend.start, bend.end)
        limit = min(settings.bend_knee_deg, settings.bend_knee_share * bend.depth_deg)
        planted = known_median(swing[part]) < settings.gait_swing_deg
        # a covered knee bends as far as anybody knows: what rests on it is missing anyway
        straight = not known_median(knee[slice(*bend.bottom)]) >= limit
        if planted and straight and _feet_stay(body, bend, settings):
            found.append((bend.start, bend.end))
    return found


def _feet_stay(body: _Body, bend: Bend, settings: ActivitySettings) -> bool:
    """Say whether the feet are side by side and keep their place, as far as they are seen."""
    near, far = (
        body.landmarks.point(f"{side.value}_ankle")[:, 0] / body.leg_px
        for side in (body.side, body.side.other)
    )
    apart = known_median(np.abs(far - near)[slice(*bend.bottom)])
    places = near[bend.start : bend.end]
    places = places[np.isfinite(places)]
    went = float(np.ptp(np.percentile(places, [5, 95]))) if len(places) else 0.0
    return not apart > settings.bend_apart and not went > settings.bend_step


def _upright_deg(trunk_deg: Floats, settings: ActivitySettings) -> float:
    with np.errstate(invalid="ignore"):
        upright = trunk_deg[np.abs(trunk_deg) < settings.upright_deg]
    return float(np.percentile(upright, 25)) if len(upright) else 0.0


def _lunges(swing: Floats, body: _Body, settings: ActivitySettings) -> list[tuple[int, int]]:
    near, far = (body.landmarks.point(f"{s.value}_ankle") for s in (body.side, body.side.other))
    apart = body.forward * (far[:, 0] - near[:, 0]) / body.leg_px  # far foot in front
    shank = segment_inclination("shank", body.landmarks, body.forward, body.side).value
    with np.errstate(invalid="ignore"):
        split = (
            (apart >= settings.lunge_apart)
            & (shank >= settings.lunge_shank_deg)
            & (swing <= settings.still_swing_deg)
        )
    time_s = body.landmarks.time_s
    return _long_enough(_bridged(split, time_s, settings.bridge_s), time_s, settings.min_still_s)


def _lying(
    body: _Body, settings: ActivitySettings
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the stretches of lying with a leg raised and held, and those without."""
    time_s = body.landmarks.time_s
    lying = (lies_facing(body.landmarks) != 0) & np.isfinite(body.forward)
    found = _long_enough(_bridged(lying, time_s, settings.bridge_s), time_s, settings.min_still_s)
    raised = np.zeros(len(time_s), dtype=bool)
    for side in (body.side, body.side.other):
        with np.errstate(invalid="ignore"):
            raised |= raised_leg(body.landmarks, body.forward, side).value >= settings.raise_deg
    held = [
        stretch
        for stretch in found
        if any(
            a < stretch[1] and b > stretch[0]
            for a, b in _long_enough(raised & lying, time_s, settings.raise_held_s)
        )
    ]
    return held, [stretch for stretch in found if stretch not in held]


def _still(swing: Floats, body: _Body, settings: ActivitySettings) -> list[tuple[int, int]]:
    time_s = body.landmarks.time_s
    trunk = segment_inclination("trunk", body.landmarks, body.forward, body.side).value
    knee = knee_flexion(body.landmarks, body.forward, body.side).value
    leg = segment_inclination("leg", body.landmarks, body.forward, body.side).value
    sway = _range_about(trunk, time_s, settings.window_s / 2)
    with np.errstate(invalid="ignore"):
        still = (
            (swing <= settings.still_swing_deg)
            & (np.abs(leg) <= settings.upright_deg)  # not sitting on the floor, legs stretched
            & (sway <= settings.still_trunk_deg)
            & (np.abs(trunk) <= settings.upright_deg)
            & ~(np.abs(knee) > settings.straight_knee_deg)  # a covered one may be straight
        )
    found = _long_enough(_bridged(still, time_s, settings.bridge_s), time_s, settings.min_still_s)
    return [part for stretch in found for part in _by_arms(body, stretch, settings)]


def _by_arms(
    body: _Body, stretch: tuple[int, int], settings: ActivitySettings
) -> list[tuple[int, int]]:
    """Cut a time of standing where an arm goes up or comes down: it is not one posture."""
    time_s = body.landmarks.time_s
    up = arms_up(body.landmarks, body.side)[slice(*stretch)]
    within_s = time_s[slice(*stretch)]
    # flicker of an unsure wrist is neither way: what lasts less than a bridge belongs to the rest
    up = ~_bridged(~_bridged(up, within_s, settings.bridge_s), within_s, settings.bridge_s)
    if up.all() or not up.any():
        return [stretch]
    parts = sorted([*runs(up), *runs(~up)])
    return [
        (stretch[0] + a, stretch[0] + b)
        for a, b in parts
        if within_s[b - 1] - within_s[a] >= settings.least_part_s
    ]


def _range_about(values: Floats, time_s: Floats, half_s: float) -> Floats:
    """Largest less smallest known value within `half_s` to either side; NaN where unknown."""
    first, last = about(time_s, half_s)
    ranges = np.full(len(values), np.nan)
    for i in np.flatnonzero(np.isfinite(values)):
        window = values[first[i] : last[i]]
        window = window[np.isfinite(window)]
        ranges[i] = np.ptp(window)
    return ranges


def _bridged(true: Bools, time_s: Floats, longest_s: float) -> Bools:
    filled = true.copy()
    for start, stop in runs(~true):
        inside = start > 0 and stop < len(true)
        if inside and time_s[stop] - time_s[start - 1] <= longest_s:
            filled[start:stop] = True
    return filled


def _long_enough(true: Bools, time_s: Floats, least_s: float) -> list[tuple[int, int]]:
    return [(a, b) for a, b in runs(true) if time_s[b - 1] - time_s[a] >= least_s]
