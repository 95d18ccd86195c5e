"""When and in which poses a forward bend happens: standing before it, its bottom, its moments."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posture.measures.by_hand import moved_from_s
from posture.measures.take import Take
from posture.series import runs
from posture.signals.arms import ArmPose, arm_pose
from posture.signals.clean import smoothed
from posture.signals.course import ActivitySettings
from posture.signals.events import Bend, EventSettings, bends
from posture.signals.frame import floor_px
from posture.types import Event, EventKind, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class BendSettings:
    """Numbers that shape a bend measure, each with the reason it has."""

    neutral_s: float = 1.5  # ours; as near the bend as a person stands up before it
    min_neutral_s: float = 0.15  # ours; a few frames, for the median to drop one
    # ours; standing that lasts as long is a neutral of its own. One that is shorter is the end of
    # getting there, or the bend's beginning: see `BendPoses.borrowed`
    whole_neutral_s: float = 1.0
    moving_share: float = 0.6  # ours; of the people's spread, for a neutral of no length at all
    upright_deg: float = 25.0  # ours; trunk of somebody standing
    min_depth_deg: float = ActivitySettings().bend_deg
    # ours; the same for a neutral with the arms up, which no shape that was learnt has: the hips of
    # one real fold read 10 deg apart from it and from people's standing
    arms_up_share: float = 0.5
    knee_cheat_deg: float = 10.0  # ours; beyond this hip and back are let off (protocol: straight)
    knee_cheat_chance: float = 0.8  # ours; that the knees are bent further, before it is said
    arms_hang_heights: tuple[float, float] = (0.30, 0.48)  # fingertips at 0.38 H (HK tables), +-
    shown_hz: float = 2.0  # ours; a slow bend holds nothing above
    min_turn_deg: float = 15.0  # ours; a share of less than this is a ratio of errors


@dataclass(frozen=True, slots=True, kw_only=True)
class BendPoses:
    """The two poses that a bend is the change between, in frames."""

    bend: Bend | None  # None = one picture, which has no course
    neutral: tuple[int, int] | None  # half-open, the same person standing; None = was not filmed
    bottom: tuple[int, int]  # half-open
    floor_y_px: float  # from the standing pose, else from the bottom
    borrowed: float = 0.0  # how far the standing is people's and not their own: 0..1

    @property
    def unfinished_deg(self) -> float:
        """What is missing of a bend that was cut off at its bottom."""
        return 0.0 if self.bend is None else self.bend.unfinished_deg


def find_bend(take: Take, settings: BendSettings = BendSettings()) -> Bend | None:
    """Return the deepest bend of the take, or None.

    Unit
        Frames of the whole clip.
    Needs
        Trunk seen.
    Source
        `posture.signals.events.bends`.
    """
    trunk = take.body.inclination("trunk")
    with np.errstate(invalid="ignore"):
        upright = trunk.value[np.abs(trunk.value) < settings.upright_deg]
    level = float(np.percentile(upright, 25)) if len(upright) else 0.0
    found = [
        bend
        for bend in bends(trunk, level, settings.min_depth_deg, EventSettings())
        if bend.start < take.frames[1] and bend.end > take.frames[0]
    ]
    deepest = max(found, key=lambda bend: bend.depth_deg, default=None)
    return None if deepest is None else _as_put(take, deepest, EventSettings())


def _as_put(take: Take, bend: Bend, settings: EventSettings) -> Bend:
    """Return a bend whose hold lies about the bottom that somebody put by hand.

    As everywhere, the hold is where the trunk stays near its place at the bottom.
    """
    at_s = _bottom_by_hand_s(take, bend)
    if at_s is None:
        return bend
    time_s = take.landmarks.time_s
    lean = smoothed(take.body.inclination("trunk").value, time_s, settings.bend_smooth_hz)
    at = int(np.argmin(np.abs(time_s - at_s)))
    with np.errstate(invalid="ignore"):
        near = np.abs(lean - lean[at]) <= settings.bend_bottom_deg
    near[: bend.start] = near[bend.end :] = False
    near[at] = True
    return replace(bend, bottom=next((a, b) for a, b in runs(near) if a <= at < b))


def _middle(bend: Bend) -> int:
    return (bend.bottom[0] + bend.bottom[1] - 1) // 2


def _bottom_by_hand_s(take: Take, bend: Bend) -> float | None:
    time_s = take.landmarks.time_s
    put = (one.to_s for one in take.corrections.of(EventKind.BEND_BOTTOM, Side.BOTH))
    inside = (at_s for at_s in put if time_s[bend.start] <= at_s <= time_s[bend.end - 1])
    return next(inside, None)


def bend_poses(take: Take, settings: BendSettings = BendSettings()) -> BendPoses | None:
    """Return the standing and the bottom pose of a bend, or None where there is no bend.

    Unit
        Frames of the whole clip.
    Needs
        A bend. Upright standing within `neutral_s` before it starts or after it ends is its
        neutral: before, where that lasts `whole_neutral_s`, otherwise the longer of the two.
    Source
        Ours.
    """
    if take.is_still:
        floor_y_px = floor_px(take.landmarks, (0, 1))
        return BendPoses(
            bend=None, neutral=None, bottom=(0, 1), floor_y_px=floor_y_px, borrowed=1.0
        )
    bend = find_bend(take, settings)
    if bend is None:
        return None
    neutral, lasts_s = _neutral(take, bend, settings)
    short = max(0.0, 1.0 - lasts_s / settings.whole_neutral_s)
    borrowed = 1.0 if neutral is None else settings.moving_share * short
    if neutral and arm_pose(take.landmarks, take.near, neutral) is ArmPose.UP:
        borrowed = max(borrowed, settings.arms_up_share)
    return BendPoses(
        bend=bend,
        neutral=neutral,
        bottom=bend.bottom,
        floor_y_px=floor_px(take.landmarks, neutral or bend.bottom),
        borrowed=borrowed,
    )


def _neutral(
    take: Take, bend: Bend, settings: BendSettings
) -> tuple[tuple[int, int] | None, float]:
    """Return the frames of standing beside a bend, and how long they last."""
    trunk = take.body.inclination("trunk").value
    time_s = take.landmarks.time_s
    with np.errstate(invalid="ignore"):
        upright = np.abs(trunk) < settings.upright_deg
    before = (time_s >= time_s[bend.start] - settings.neutral_s) & (time_s < time_s[bend.start])
    end_s = time_s[bend.end - 1]
    after = (time_s > end_s) & (time_s <= end_s + settings.neutral_s)
    longest: tuple[tuple[int, int] | None, float] = (None, 0.0)
    for side in (before, after):
        for start, stop in runs(upright & side):
            lasts_s = float(time_s[stop - 1] - time_s[start])
            if stop - start > 1 and lasts_s >= max(settings.min_neutral_s, longest[1]):
                longest = ((start, stop), lasts_s)
        if longest[1] >= settings.whole_neutral_s:
            break
    return longest


def bend_events(take: Take, poses: BendPoses | None) -> tuple[Event, ...]:
    """Return start, hold and end of the bend; the bottom is the middle of the hold.

    Where the bottom was put by hand, the hold is about it. Its error stays the hold's: within one,
    an eye finds the bottom no better.

    Unit
        Seconds.
    Needs
        Trunk seen.
    Source
        `bend_poses`.
    """
    if poses is None or poses.bend is None:
        return ()
    bend = poses.bend
    time_s = take.landmarks.time_s
    put_s = _bottom_by_hand_s(take, bend)
    bottom_s = float(time_s[_middle(bend)]) if put_s is None else put_s
    held_s = float(time_s[bend.bottom[1] - 1] - time_s[bend.bottom[0]])
    return tuple(
        Event(
            kind=kind,
            side=Side.BOTH,
            time_s=at_s,
            sd_s=sd_s,
            segment=take.index,
            moved_from_s=moved_from_s(take, kind, Side.BOTH, at_s),
        )
        for kind, at_s, sd_s in (
            (EventKind.BEND_START, float(time_s[bend.start]), _EDGE_SD_S),
            (EventKind.BEND_HOLD_START, float(time_s[bend.bottom[0]]), _EDGE_SD_S),
            (EventKind.BEND_BOTTOM, bottom_s, max(held_s / 4, take.frame_s)),
            (EventKind.BEND_HOLD_END, float(time_s[bend.bottom[1] - 1]), _EDGE_SD_S),
            (EventKind.BEND_END, float(time_s[bend.end - 1]), _EDGE_SD_S),
        )
    )


_EDGE_SD_S = 0.15  # ours; a slow bend passes the threshold that gradually
