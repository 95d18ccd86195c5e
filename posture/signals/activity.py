"""Which test a stretch of the clip shows: standing, bend, walk, run, lunge, leg raise, or none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posture.signals.clean import runs
from posture.signals.events import EventSettings, bends, heel_strikes, toe_offs
from posture.signals.foot import heel_ahead, toe_ahead
from posture.signals.frame import FrameSettings, leg_length_px, view_of
from posture.signals.leg import knee_flexion, leg_inclination, shank_inclination
from posture.signals.lying import lies_facing, raised_leg
from posture.signals.trunk import trunk_inclination
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
    bend_deg: float = 35.0  # trunk over standing; shallower is picking up a thing, or a bow
    bend_knee_deg: float = 45.0  # bent further it is a squat
    lunge_apart: float = 0.35  # feet, leg lengths, front to back
    lunge_shank_deg: float = 10.0  # rear shank forward
    raise_deg: float = 20.0  # thigh off the floor; less is lying, with a knee a little drawn up
    raise_held_s: float = 0.5  # ours; a leg swung up and down is held by nobody
    bridge_s: float = 0.35  # breaks this short belong to the movement around them
    run_steps_per_min: float = 150.0  # hardly anybody walks as fast or runs as slowly
    run_knee_deg: float = 75.0  # swing knee: walks 50 to 70, runs 80 and over
    run_stance_frac: float = 0.55  # of the cycle: walks 58 and over, runs under 50


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
    Sign
        None.
    Needs
        Cleaned landmarks; `forward` as from `forward_sign`. `near_side` overrules the side that
        facing tells.
    Source
        Ours; the thresholds stand in `ActivitySettings`, each beside what it separates.
    """
    settings = settings or ActivitySettings()
    events = events or EventSettings()
    found: list[tuple[Activity, tuple[int, int]]] = []
    for sign, side in ((1.0, Side.RIGHT), (-1.0, Side.LEFT)):
        facing = np.where(forward == sign, forward, np.nan)
        for start, stop in runs(np.isfinite(facing)):
            body = _Body(
                landmarks=landmarks,
                forward=facing,
                side=near_side or side,
                leg_px=leg_length_px(landmarks, (start, stop), near_side or side),
            )
            if len(landmarks.time_s) == 1:
                found.append((_still_picture(body, settings), (0, 1)))
            elif np.isfinite(body.leg_px):
                found += _activities(body, (start, stop), settings, events)
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
    settings: FrameSettings | None,
    near_side: Side | None,
) -> View:
    view = view_of(landmarks, forward, frames, settings)
    return view if near_side is None else replace(view, near_side=near_side)


def _still_picture(body: _Body, settings: ActivitySettings) -> Activity:
    trunk = trunk_inclination(body.landmarks, body.forward, body.side).value[0]
    knee = knee_flexion(body.landmarks, body.forward, body.side).value[0]
    leg = leg_inclination(body.landmarks, body.forward, body.side).value[0]
    if trunk > settings.bend_deg and not knee > settings.bend_knee_deg:
        return Activity.FORWARD_BEND
    is_folded = abs(knee) > settings.straight_knee_deg or abs(leg) > settings.upright_deg
    is_upright = abs(trunk) < settings.upright_deg and not is_folded
    return Activity.STANDING if is_upright else Activity.OTHER


def _activities(
    body: _Body, frames: tuple[int, int], settings: ActivitySettings, events: EventSettings
) -> list[tuple[Activity, tuple[int, int]]]:
    time_s = body.landmarks.time_s
    swing = _range_about(
        leg_inclination(body.landmarks, body.forward, body.side).value, time_s, settings.window_s
    )
    taken = np.ones(len(time_s), dtype=bool)
    taken[frames[0] : frames[1]] = False
    found: list[tuple[Activity, tuple[int, int]]] = []
    raises, lies = _lying(body, settings)
    for kind, stretches in (
        (Activity.LEG_RAISE, raises),
        (Activity.OTHER, lies),
        (None, _gait(swing, body, settings)),
        (Activity.FORWARD_BEND, _bends(swing, body, settings, events)),
        (Activity.WALL_LUNGE, _lunges(swing, body, settings)),
        (Activity.STANDING, _still(swing, body, settings)),
    ):
        for start, stop in stretches:
            if taken[start:stop].any():
                continue
            activity = kind or _walk_or_run(body, (start, stop), settings, events)
            if activity is None:
                continue
            taken[start:stop] = True
            found.append((activity, (start, stop)))
    rest = ~taken & np.isfinite(swing)
    found += [
        (Activity.OTHER, stretch) for stretch in _long_enough(rest, time_s, settings.min_still_s)
    ]
    return found


def _gait(swing: Floats, body: _Body, settings: ActivitySettings) -> list[tuple[int, int]]:
    with np.errstate(invalid="ignore"):
        swinging = swing >= settings.gait_swing_deg
    joined = _bridged(swinging, body.landmarks.time_s, settings.bridge_s)
    return _long_enough(joined, body.landmarks.time_s, settings.min_gait_s)


def _walk_or_run(
    body: _Body, frames: tuple[int, int], settings: ActivitySettings, events: EventSettings
) -> Activity | None:
    """Tell walking from running, and both from legs that swing without alternating."""
    part = slice(*frames)
    near, far = (
        leg_inclination(body.landmarks, body.forward, side).value[part]
        for side in (body.side, body.side.other)
    )
    both = np.isfinite(near) & np.isfinite(far)
    if both.sum() > _FEWEST and np.corrcoef(near[both], far[both])[0, 1] > _ALTERNATING:
        return None
    clipped = np.full(len(body.forward), np.nan)
    clipped[part] = body.forward[part]
    strikes = heel_strikes(heel_ahead(body.landmarks, clipped, body.side, body.leg_px), events)
    offs = toe_offs(toe_ahead(body.landmarks, clipped, body.side, body.leg_px), events)
    if not len(strikes):
        return None
    knee = knee_flexion(body.landmarks, body.forward, body.side).value[part]
    runs_by_knee = float(np.nanpercentile(knee, 95)) > settings.run_knee_deg
    if len(strikes) < _ONE_STRIDE:
        return Activity.RUNNING if runs_by_knee else Activity.WALKING
    stride_s = float(np.median(np.diff(strikes)))
    stance = [offs[offs > s].min() - s for s in strikes if (offs > s).any()]
    runs_by_stance = bool(stance) and (
        float(np.median(stance)) / stride_s < settings.run_stance_frac
    )
    # the pace alone decides: from the side a hidden far leg blurs knee and stance, never the pace
    runs_by_pace = 120 / stride_s > settings.run_steps_per_min
    running = runs_by_pace or (runs_by_knee and runs_by_stance)
    return Activity.RUNNING if running else Activity.WALKING


_ONE_STRIDE = 2  # strikes
_FEWEST = 5  # ours; frames with both legs seen, to say whether they alternate
_ALTERNATING = -0.2  # ours; correlation of the two legs, about -0.9 in walking


def _bends(
    swing: Floats, body: _Body, settings: ActivitySettings, events: EventSettings
) -> list[tuple[int, int]]:
    trunk = trunk_inclination(body.landmarks, body.forward, body.side)
    knee = knee_flexion(body.landmarks, body.forward, body.side).value
    found = []
    for bend in bends(trunk, _upright_deg(trunk.value, settings), settings.bend_deg, events):
        part = slice(bend.start, bend.end)
        with np.errstate(invalid="ignore"):
            planted = np.nanmedian(swing[part]) < settings.gait_swing_deg
            straight = np.nanmedian(knee[slice(*bend.bottom)]) < settings.bend_knee_deg
        if planted and straight:
            found.append((bend.start, bend.end))
    return found


def _upright_deg(trunk_deg: Floats, settings: ActivitySettings) -> float:
    with np.errstate(invalid="ignore"):
        upright = trunk_deg[np.abs(trunk_deg) < settings.upright_deg]
    return float(np.percentile(upright, 25)) if len(upright) else 0.0


def _lunges(swing: Floats, body: _Body, settings: ActivitySettings) -> list[tuple[int, int]]:
    near, far = (body.landmarks.point(f"{s.value}_ankle") for s in (body.side, body.side.other))
    apart = body.forward * (far[:, 0] - near[:, 0]) / body.leg_px  # far foot in front
    shank = shank_inclination(body.landmarks, body.forward, body.side).value
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
    trunk = trunk_inclination(body.landmarks, body.forward, body.side).value
    knee = knee_flexion(body.landmarks, body.forward, body.side).value
    leg = leg_inclination(body.landmarks, body.forward, body.side).value
    sway = _range_about(trunk, time_s, settings.window_s / 2)
    with np.errstate(invalid="ignore"):
        still = (
            (swing <= settings.still_swing_deg)
            & (np.abs(leg) <= settings.upright_deg)  # not sitting on the floor, legs stretched
            & (sway <= settings.still_trunk_deg)
            & (np.abs(trunk) <= settings.upright_deg)
            & (np.abs(knee) <= settings.straight_knee_deg)
        )
    return _long_enough(_bridged(still, time_s, settings.bridge_s), time_s, settings.min_still_s)


def _range_about(values: Floats, time_s: Floats, half_s: float) -> Floats:
    """Largest less smallest known value within `half_s` to either side; NaN where unknown."""
    first = np.searchsorted(time_s, time_s - half_s, side="left")
    last = np.searchsorted(time_s, time_s + half_s, side="right")
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
