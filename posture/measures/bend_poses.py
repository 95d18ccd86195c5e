"""When and in which poses a forward bend happens: standing before it, its bottom, its moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.measures.take import Take
from posture.signals.clean import runs
from posture.signals.events import Bend, EventSettings, bends
from posture.signals.frame import floor_px
from posture.signals.trunk import trunk_inclination
from posture.types import Event, EventKind, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class BendSettings:
    """Numbers that shape a bend measure, each with the reason it has."""

    neutral_s: float = 1.5  # ours; as near the bend as a person stands up before it
    min_neutral_s: float = 0.2  # ours; a few frames, for the median to drop one
    upright_deg: float = 25.0  # ours; trunk of somebody standing
    min_depth_deg: float = 35.0  # ours; as in activity recognition
    knee_cheat_deg: float = 10.0  # ours; beyond this hip and back are let off (protocol: straight)
    arms_hang_heights: tuple[float, float] = (0.30, 0.48)  # fingertips at 0.38 H (HK tables), +-
    shown_hz: float = 2.0  # ours; a slow bend holds nothing above
    min_turn_deg: float = 15.0  # ours; a share of less than this is a ratio of errors


@dataclass(frozen=True, slots=True, kw_only=True)
class BendPoses:
    """The two poses that a bend is the change between, in frames."""

    neutral: tuple[int, int]  # half-open, the same person standing
    bottom: tuple[int, int]  # half-open
    floor_y_px: float  # from the standing pose


def find_bend(take: Take, settings: BendSettings | None = None) -> Bend | None:
    """Return the deepest bend of the take, or None.

    Unit
        Frames of the whole clip.
    Sign
        None.
    Needs
        Trunk seen.
    Source
        `posture.signals.events.bends`.
    """
    settings = settings or BendSettings()
    trunk = trunk_inclination(take.landmarks, take.forward, take.near)
    with np.errstate(invalid="ignore"):
        upright = trunk.value[np.abs(trunk.value) < settings.upright_deg]
    level = float(np.percentile(upright, 25)) if len(upright) else 0.0
    found = [
        bend
        for bend in bends(trunk, level, settings.min_depth_deg, EventSettings())
        if bend.start < take.frames[1] and bend.end > take.frames[0]
    ]
    return max(found, key=lambda bend: bend.depth_deg, default=None)


def bend_poses(take: Take, settings: BendSettings | None = None) -> BendPoses | None:
    """Return the standing and the bottom pose of a bend, or None without a standing pose.

    Unit
        Frames of the whole clip.
    Sign
        None.
    Needs
        Upright standing within `neutral_s` before the bend starts or after it ends.
    Source
        Ours.
    """
    settings = settings or BendSettings()
    bend = find_bend(take, settings)
    if bend is None:
        return None
    trunk = trunk_inclination(take.landmarks, take.forward, take.near).value
    time_s = take.landmarks.time_s
    with np.errstate(invalid="ignore"):
        upright = np.abs(trunk) < settings.upright_deg
    before = (time_s >= time_s[bend.start] - settings.neutral_s) & (time_s < time_s[bend.start])
    end_s = time_s[bend.end - 1]
    after = (time_s > end_s) & (time_s <= end_s + settings.neutral_s)
    for side in (before, after):
        stretches = [
            (a, b)
            for a, b in runs(upright & side)
            if b - a > 1 and time_s[b - 1] - time_s[a] >= settings.min_neutral_s
        ]
        if stretches:
            neutral = max(stretches, key=lambda run: run[1] - run[0])
            return BendPoses(
                neutral=neutral,
                bottom=bend.bottom,
                floor_y_px=floor_px(take.landmarks, neutral),
            )
    return None


def bend_events(take: Take, settings: BendSettings | None = None) -> tuple[Event, ...]:
    """Return start, hold and end of the bend; the bottom is the middle of the hold.

    Unit
        Seconds.
    Sign
        None.
    Needs
        Trunk seen.
    Source
        `find_bend`.
    """
    bend = find_bend(take, settings)
    if bend is None or take.is_still:
        return ()
    time_s = take.landmarks.time_s
    middle = (bend.bottom[0] + bend.bottom[1] - 1) // 2
    held_s = float(time_s[bend.bottom[1] - 1] - time_s[bend.bottom[0]])
    return tuple(
        Event(
            kind=kind,
            side=Side.BOTH,
            time_s=float(time_s[frame]),
            sd_s=sd_s,
            segment=take.index,
        )
        for kind, frame, sd_s in (
            (EventKind.BEND_START, bend.start, _EDGE_SD_S),
            (EventKind.BEND_HOLD_START, bend.bottom[0], _EDGE_SD_S),
            (EventKind.BEND_BOTTOM, middle, max(held_s / 4, take.frame_s)),
            (EventKind.BEND_HOLD_END, bend.bottom[1] - 1, _EDGE_SD_S),
            (EventKind.BEND_END, bend.end - 1, _EDGE_SD_S),
        )
    )


_EDGE_SD_S = 0.15  # ours; a slow bend passes the threshold that gradually
