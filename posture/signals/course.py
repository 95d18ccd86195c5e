"""One side's course through a clip, and what tells one activity from another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from posture.footage.parts import only_within, parts_of
from posture.series import about, runs
from posture.signals.frame import leg_length_px
from posture.signals.leg import segment_inclination
from posture.types import Bools, Floats, Landmarks, Side


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
class Body:
    """One side's course through the clip, and what is asked of it."""

    landmarks: Landmarks
    forward: Floats
    side: Side
    leg_px: float


def bodies(
    landmarks: Landmarks, forward: Floats, near_side: Side | None
) -> Iterator[tuple[Body, tuple[int, int]]]:
    """Yield every stretch over which the person faces one way."""
    # nothing reaches across a cut: each part of the clip is looked at as if it were alone
    alone = [(part, only_within(landmarks, part)) for part in parts_of(landmarks)]
    for (part, own), (sign, side) in product(alone, ((1.0, Side.RIGHT), (-1.0, Side.LEFT))):
        facing = np.full(len(forward), np.nan)
        facing[slice(*part)] = np.where(forward == sign, forward, np.nan)[slice(*part)]
        for start, stop in runs(np.isfinite(facing)):
            body = Body(
                landmarks=own,
                forward=facing,
                side=near_side or side,
                leg_px=leg_length_px(own, (start, stop), near_side or side),
            )
            yield body, (start, stop)


def swing_of(body: Body, settings: ActivitySettings) -> Floats:
    """Return over how many degrees the near leg swings about each moment."""
    leg = leg_deg(body, body.side)
    return range_about(leg, body.landmarks.time_s, settings.window_s)


def leg_deg(body: Body, side: Side) -> Floats:
    """Return how far a leg leans; of one cut off at the ankle as its thigh tells."""
    whole = segment_inclination("leg", body.landmarks, body.forward, side).value
    thigh = segment_inclination("thigh", body.landmarks, body.forward, side).value
    faces = np.isfinite(body.forward)
    cut_off = np.isfinite(whole[faces]).mean() < _LEG_SEEN * np.isfinite(thigh[faces]).mean()
    return _LEG_PER_THIGH * thigh if cut_off else whole


_LEG_PER_THIGH = 1.4  # ours; of the swing: 28 to 33 deg where ankle to hip swings by 40 to 45


_LEG_SEEN = 0.7  # ours; of the pictures with a thigh: a far ankle is hidden now and then


def range_about(values: Floats, time_s: Floats, half_s: float) -> Floats:
    """Largest less smallest known value within `half_s` to either side; NaN where unknown."""
    first, last = about(time_s, half_s)
    ranges = np.full(len(values), np.nan)
    for i in np.flatnonzero(np.isfinite(values)):
        window = values[first[i] : last[i]]
        window = window[np.isfinite(window)]
        ranges[i] = np.ptp(window)
    return ranges


def bridged(true: Bools, time_s: Floats, longest_s: float) -> Bools:
    """Return what holds with breaks filled in that are no longer than this."""
    filled = true.copy()
    for start, stop in runs(~true):
        inside = start > 0 and stop < len(true)
        if inside and time_s[stop] - time_s[start - 1] <= longest_s:
            filled[start:stop] = True
    return filled


def long_enough(true: Bools, time_s: Floats, least_s: float) -> list[tuple[int, int]]:
    """Return the stretches over which something holds for as long as this."""
    return [(a, b) for a, b in runs(true) if time_s[b - 1] - time_s[a] >= least_s]
