"""Which test a stretch of the clip shows: standing, bend, walk, run, lunge, leg raise, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posture.activities import GAITS
from posture.series import runs
from posture.signals.arms import arms_up
from posture.signals.course import (
    ActivitySettings,
    Body,
    bodies,
    bridged,
    long_enough,
    range_about,
    swing_of,
)
from posture.signals.events import Bend, EventSettings, bends
from posture.signals.frame import FrameSettings, view_of
from posture.signals.gait import gait_stretches, walk_or_run
from posture.signals.known import known_median
from posture.signals.leg import knee_flexion, segment_inclination
from posture.signals.lying import lies_facing, raised_leg
from posture.types import Activity, Bools, Floats, Landmarks, Segment, Side, View


def segments_of(
    landmarks: Landmarks,
    forward: Floats,
    *,
    settings: ActivitySettings = ActivitySettings(),
    frame_settings: FrameSettings = FrameSettings(),
    events: EventSettings = EventSettings(),
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
    found: list[tuple[Activity, tuple[int, int]]] = []
    for body, frames in bodies(landmarks, forward, near_side):
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


def _view(
    landmarks: Landmarks,
    forward: Floats,
    frames: tuple[int, int],
    settings: FrameSettings,
    near_side: Side | None,
) -> View:
    view = view_of(landmarks, forward, frames, settings)
    return view if near_side is None else replace(view, near_side=near_side)


def _still_picture(body: Body, settings: ActivitySettings) -> Activity:
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
    body: Body, frames: tuple[int, int], settings: ActivitySettings, events: EventSettings
) -> list[tuple[Activity, tuple[int, int]]]:
    time_s = body.landmarks.time_s
    swing = swing_of(body, settings)
    taken = np.ones(len(time_s), dtype=bool)
    taken[frames[0] : frames[1]] = False
    found: list[tuple[Activity, tuple[int, int]]] = []
    raises, lies = _lying(body, settings)
    forwards, short, (backwards, _) = gait_stretches(swing, body, settings)
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
            activity = kind or walk_or_run(
                body, (start, stop), settings, events, strides_asked=stretches is short
            )
            if activity is None:
                continue
            taken[start:stop] = True
            found.append((activity, (start, stop)))
    found = _grown(found, taken, time_s, settings)
    rest = ~taken & np.isfinite(swing)
    found += [
        (Activity.OTHER, stretch) for stretch in long_enough(rest, time_s, settings.min_still_s)
    ]
    return found


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
        if activity in GAITS:
            while first > 0 and not taken[first - 1] and _near(first - 1, start, time_s, settings):
                first -= 1
            while last < len(taken) and not taken[last] and _near(last, stop - 1, time_s, settings):
                last += 1
            taken[first:last] = True
        grown.append((activity, (first, last)))
    return grown


def _near(frame: int, edge: int, time_s: Floats, settings: ActivitySettings) -> bool:
    return bool(abs(time_s[frame] - time_s[edge]) <= settings.grow_s)


def _bends(
    swing: Floats, body: Body, settings: ActivitySettings, events: EventSettings
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


def _feet_stay(body: Body, bend: Bend, settings: ActivitySettings) -> bool:
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


def _lunges(swing: Floats, body: Body, settings: ActivitySettings) -> list[tuple[int, int]]:
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
    return long_enough(bridged(split, time_s, settings.bridge_s), time_s, settings.min_still_s)


def _lying(
    body: Body, settings: ActivitySettings
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the stretches of lying with a leg raised and held, and those without."""
    time_s = body.landmarks.time_s
    lying = (lies_facing(body.landmarks) != 0) & np.isfinite(body.forward)
    found = long_enough(bridged(lying, time_s, settings.bridge_s), time_s, settings.min_still_s)
    raised = np.zeros(len(time_s), dtype=bool)
    for side in (body.side, body.side.other):
        with np.errstate(invalid="ignore"):
            raised |= raised_leg(body.landmarks, body.forward, side).value >= settings.raise_deg
    held = [
        stretch
        for stretch in found
        if any(
            a < stretch[1] and b > stretch[0]
            for a, b in long_enough(raised & lying, time_s, settings.raise_held_s)
        )
    ]
    return held, [stretch for stretch in found if stretch not in held]


def _still(swing: Floats, body: Body, settings: ActivitySettings) -> list[tuple[int, int]]:
    time_s = body.landmarks.time_s
    trunk = segment_inclination("trunk", body.landmarks, body.forward, body.side).value
    knee = knee_flexion(body.landmarks, body.forward, body.side).value
    leg = segment_inclination("leg", body.landmarks, body.forward, body.side).value
    sway = range_about(trunk, time_s, settings.window_s / 2)
    with np.errstate(invalid="ignore"):
        still = (
            (swing <= settings.still_swing_deg)
            & (np.abs(leg) <= settings.upright_deg)  # not sitting on the floor, legs stretched
            & (sway <= settings.still_trunk_deg)
            & (np.abs(trunk) <= settings.upright_deg)
            & ~(np.abs(knee) > settings.straight_knee_deg)  # a covered one may be straight
        )
    found = long_enough(bridged(still, time_s, settings.bridge_s), time_s, settings.min_still_s)
    return [part for stretch in found for part in _by_arms(body, stretch, settings)]


def _by_arms(
    body: Body, stretch: tuple[int, int], settings: ActivitySettings
) -> list[tuple[int, int]]:
    """Cut a time of standing where an arm goes up or comes down: it is not one posture."""
    time_s = body.landmarks.time_s
    up = arms_up(body.landmarks, body.side)[slice(*stretch)]
    within_s = time_s[slice(*stretch)]
    # flicker of an unsure wrist is neither way: what lasts less than a bridge belongs to the rest
    up = ~bridged(~bridged(up, within_s, settings.bridge_s), within_s, settings.bridge_s)
    if up.all() or not up.any():
        return [stretch]
    parts = sorted([*runs(up), *runs(~up)])
    return [
        (stretch[0] + a, stretch[0] + b)
        for a, b in parts
        if within_s[b - 1] - within_s[a] >= settings.least_part_s
    ]
