"""Whether the picture is stretched: a body's widths against its heights."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from posture.series import correlation
from posture.signals.frame import FrameSettings, view_of
from posture.signals.geometry import distance_px
from posture.signals.known import known_median
from posture.types import Bools, Fact, FactKind, Floats, Landmarks, Reason

# What bodies are like from the side, as logarithms; ours, 40 rendered and 12 filmed clips.
# Each is what is seen divided by what is usual, with how much people (and the model) differ.
_HEAD = 0.126  # width of the top tenth of the outline, over its height, standing
_HEAD_SD = 0.09
_HEAD_WIDE_SD = 0.22  # hair makes it wider, nothing narrower
_HEAD_WIDEST = 0.6  # more is an arm over the head
_FOOT = 0.256  # heel to toe joint over the leg's length
_FOOT_SD = 0.09
_FOOT_WIDE_SD = 0.13  # shoes
_FACE = 0.101  # ear to nose over the leg's length
_FACE_SD = 0.16  # a turned head
_FACE_WIDE_SD = 0.2
_TRUNK = 0.88  # shoulder to hip, bent over upright: a bent spine is shorter
_TRUNK_SD = 0.09
_TRUNK_TURNS_DEG = 50.0  # as far as it has to lean for that
_SHANK = 1.08  # the same of the shank in walking, as far as it turns
_SHANK_SD = 0.075
_SHANK_TURNS_DEG = 38.0
_MOST_SDS = 2.5  # one of them counts for no more
_SURE_SDS = 2.85  # all together: as likely as not; none of 50 true pictures is at 2.6
_SHARP_SDS = 0.25
_LEAST = 0.1  # less changes angles by under 3 deg
_LEAST_PICTURES = 8


def stretched_facts(landmarks: Landmarks, forward: Floats) -> tuple[Fact, ...]:
    """Return the fact that the picture is wider or narrower than the scene, where it is.

    Needs
        Cleaned landmarks; somebody who stands, walks or bends. What is not seen says nothing.
    Source
        Ours, the constants above: five proportions that mix widths and heights, each with its
        spread over people; yaw is taken off.
    """
    stretch, sd = stretch_of(landmarks, forward)
    if not math.isfinite(stretch) or abs(stretch) < _LEAST:
        return ()
    over = (abs(stretch) / sd - _SURE_SDS) / _SHARP_SDS
    probability = 1 / (1 + math.exp(-min(max(over, -50.0), 50.0)))
    if probability < _SAID:
        return ()
    return (
        Fact(
            kind=FactKind.STRETCHED,
            reason=Reason("fact_stretched"),
            spans_s=((float(landmarks.time_s[0]), float(landmarks.time_s[-1])),),
            probability=probability,
            what_to_do=Reason("fact_stretched_todo"),
        ),
    )


_SAID = 0.5


def stretch_of(landmarks: Landmarks, forward: Floats) -> tuple[float, float]:
    """Return how much wider the picture is than the scene, and how unsure that is.

    Unit
        Natural logarithm of width over height; both NaN where nothing tells.
    Sign
        Positive for a picture that is too wide.
    Needs
        As `stretched_facts`.
    Source
        Weighted mean of what each proportion says.
    """
    facing = np.flatnonzero(np.isfinite(forward))
    if len(facing) < _LEAST_PICTURES:
        return math.nan, math.nan
    view = view_of(landmarks, forward, (int(facing[0]), int(facing[-1]) + 1), FrameSettings())
    yaw = view.yaw_deg if math.isfinite(view.yaw_deg) else 0.0
    if abs(yaw) > _LARGEST_YAW_DEG:
        return math.nan, math.nan
    told = list(_signs(landmarks, forward, math.cos(math.radians(yaw))))
    if len(told) < _FEWEST:
        return math.nan, math.nan
    off, sds = (np.array(column) for column in zip(*told, strict=True))
    bounded = np.clip(off, -_MOST_SDS * sds, _MOST_SDS * sds)
    weight = 1 / sds**2
    return float((bounded * weight).sum() / weight.sum()), float(weight.sum() ** -0.5)


_LARGEST_YAW_DEG = 35.0
_FEWEST = 2  # signs; one alone is somebody's build


def _signs(landmarks: Landmarks, forward: Floats, narrowed: float) -> Iterator[tuple[float, float]]:
    """Yield what each proportion says of the stretch, and its spread."""
    near = "right" if known_median(forward) > 0 else "left"
    shoulder, hip, knee, ankle, heel, toe, ear, wrist = (
        landmarks.point(f"{near}_{part}")
        for part in ("shoulder", "hip", "knee", "ankle", "heel", "foot_index", "ear", "wrist")
    )
    legs = distance_px(hip, knee) + distance_px(knee, ankle)
    if np.isfinite(legs).sum() < _LEAST_PICTURES:
        return
    leg_px = float(np.nanpercentile(legs, 90))
    if leg_px <= 0:  # points that are all in one place, as no body has them
        return
    stands = _upright(shoulder, ankle)
    with np.errstate(invalid="ignore"):
        hangs = stands & (wrist[:, 1] > shoulder[:, 1])
        flat = np.abs(toe[:, 1] - heel[:, 1]) < _FLAT * np.abs(toe[:, 0] - heel[:, 0])
    head = _head_width(landmarks, hangs)
    if head > 0 and (off := math.log(head / _HEAD)) < _HEAD_WIDEST:
        yield off, _HEAD_SD if off < 0 else _HEAD_WIDE_SD
    foot = known_median(np.abs(toe - heel)[flat, 0]) / (leg_px * narrowed)
    has_foot = foot > 0 and int(flat.sum()) >= _LEAST_PICTURES
    if has_foot:
        off = math.log(foot / _FOOT)
        yield off, _FOOT_SD if off < 0 else _FOOT_WIDE_SD
    face = known_median(np.abs(landmarks.point("nose") - ear)[stands, 0]) / leg_px
    if face > 0:
        off = math.log(face / _FACE)
        yield off, _FACE_SD if off < 0 else _FACE_WIDE_SD
    straight = distance_px(hip, ankle) > _STRAIGHT * legs  # who squats turns out of the plane
    bends = np.where(straight[:, None], shoulder - hip, np.nan)
    walks = _alternate(landmarks)
    for line, usual, sd, turns in (
        (bends, _TRUNK, _TRUNK_SD, _TRUNK_TURNS_DEG),
        (knee - ankle, _SHANK, _SHANK_SD, _SHANK_TURNS_DEG),
    ):
        longer = _longer_across(line, turns, _LEAST_PICTURES)
        if longer > 0 and has_foot and (line is bends or walks):
            yield math.log(longer / (usual * narrowed)), sd


_FLAT = 0.3


_STRAIGHT = 0.95  # of the leg's length from hip to ankle: a knee under about 35 deg


def _alternate(landmarks: Landmarks) -> bool:
    """Whether one shank swings forward while the other goes back, as in walking."""
    leans = []
    for side in ("left", "right"):
        line = landmarks.point(f"{side}_knee") - landmarks.point(f"{side}_ankle")
        leans.append(np.arctan2(line[:, 0], -line[:, 1]))
    known = np.isfinite(leans[0]) & np.isfinite(leans[1])
    if known.sum() < _FEWEST_PICTURES:
        return False
    return correlation(leans[0][known], leans[1][known]) < _ALTERNATING


_FEWEST_PICTURES = 8
_ALTERNATING = 0.0  # ours; correlation in 20 walks -0.2 to -0.7, in squats near 1


def _upright(shoulder: Floats, ankle: Floats) -> Bools:
    line = shoulder - ankle
    with np.errstate(invalid="ignore"):
        upright: Bools = np.abs(line[:, 0]) < _LEAN * -line[:, 1]
    return upright


_LEAN = 0.25


def _head_width(landmarks: Landmarks, frames: Bools) -> float:
    """Width of the top tenth of the outline over its height, median of some pictures."""
    shares = []
    has = np.array([outline is not None for outline in landmarks.outlines], dtype=bool)
    chosen = np.flatnonzero(frames & has)
    for frame in chosen[:: max(1, len(chosen) // _LOOKED_AT)].tolist():
        outline = landmarks.outline_px(frame)
        if outline is not None:
            x, y = outline.T
            tall = float(np.ptp(y))
            head = x[y < y.min() + 0.1 * tall]
            shares.append(float(np.ptp(head)) / tall)
    return float(np.median(shares)) if shares else math.nan


_LOOKED_AT = 24


def _longer_across(line: Floats, turns_deg: float, least: int) -> float:
    """How much longer a bone looks across than upwards, by the stretch that makes it most even."""
    known = line[np.isfinite(line[:, 0])]
    if len(known) < least:
        return math.nan
    angle = np.degrees(np.arctan2(np.abs(known[:, 0]), np.abs(known[:, 1])))
    if float(np.ptp(np.percentile(angle, [5, 95]))) < turns_deg:
        return math.nan
    stretch = np.linspace(0.5, 1.9, 141)
    lengths = np.hypot(known[:, :1] / stretch, known[:, 1:])
    return float(stretch[np.log(lengths).std(axis=0).argmin()])
