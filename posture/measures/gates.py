"""What qualifies all the measures of a take after they are taken: arms, pain, rate."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.measures.limits import LOOKED_AT
from posture.measures.quality import GOOD, Grade
from posture.measures.take import Take
from posture.signals.known import known_median
from posture.types import Activity, Floats, Measure, Quality, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Where measures are marked; all ours, with reasons."""

    least_arm_swing_deg: float = 8.0  # shoulder to wrist, walking: rendered and real swing 30 to 50
    arm_seen_frac: float = 0.5  # of the frames; less and nothing is said about the arm
    arm_seen_s: float = 1.0  # a stride; less holds no swing
    pain_up_to: float = 3.0  # of 10; docs/method.md 3.1: more and the bend says little of length
    rate_hz: float = 50.0  # a heel rises in 0.15 s: five pictures at 30 a second say little
    wide_knee_legs: float = 0.26  # body's outline at the knee, standing; see `hidden_knee_grade`


_KNEES = ("knee_flexion", "shank_lean", "knee_bend", "ankle_in_bend")
_FAST = ("heel_rise_rate",)


def qualified(
    take: Take,
    measures: Sequence[Measure],
    *,
    pain: float | None = None,
    settings: GateSettings = GateSettings(),
) -> tuple[Measure, ...]:
    """Return a take's measures, marked with what speaks against trusting them all.

    Missing and marked ones stay as they are: the first reason is the one that was looked into.

    Needs
        The measures of this take; `pain` today, 0 to 10, None where nobody was asked.
    Source
        `GateSettings`.
    """
    found = tuple(measures)
    knees = hidden_knee_grade(take, settings)
    found = _marked(found, knees, _KNEES)
    match take.segment.activity:
        case Activity.WALKING:
            found = _marked(found, _rate_grade(take, settings), _FAST)
            found = _marked(found, arms_grade(take, settings))
        case Activity.FORWARD_BEND:
            found = _marked(found, pain_grade(pain, settings))
        case _:
            pass
    return found


def arms_grade(take: Take, settings: GateSettings = GateSettings()) -> Grade:
    """Return whether the near arm swings in walking, as it does unless it carries or holds.

    Unit
        Degrees, of the line from shoulder to wrist, in the reason.
    Needs
        Near shoulder and wrist in half of the take or more; otherwise nothing is said.
    Source
        Ours. Points do not show a bag or a rail; that the arm does not swing is all they show.
    """
    swing_deg = arm_swing_deg(take, settings)
    if math.isnan(swing_deg) or swing_deg >= settings.least_arm_swing_deg:
        return GOOD
    return _suspect(Reason("arms_did_not_swing", {"swing_deg": swing_deg}))


def arm_swing_deg(take: Take, settings: GateSettings = GateSettings()) -> float:
    """Return over how many degrees the near arm swings.

    Unit
        Degrees, from the twentieth to the last twentieth of the values; NaN where it was not seen.
    Sign
        Never negative.
    Needs
        Near shoulder and wrist.
    Source
        Plane geometry.
    """
    near = take.near.value
    shoulder, wrist = (
        take.landmarks.point(f"{near}_{p}")[take.part] for p in ("shoulder", "wrist")
    )
    line: Floats = wrist - shoulder
    angle = np.degrees(np.arctan2(line[:, 0], line[:, 1]))
    known = np.isfinite(angle)
    lasts_s = float(np.ptp(take.landmarks.time_s[take.part]))
    if known.mean() < settings.arm_seen_frac or lasts_s < settings.arm_seen_s:
        return math.nan
    unwrapped = np.degrees(np.unwrap(np.radians(angle[known])))
    return float(np.ptp(np.percentile(unwrapped, [5, 95])))


def pain_grade(pain: float | None, settings: GateSettings = GateSettings()) -> Grade:
    """Return whether a bend was free of pain, which ends it before any length does.

    Unit
        0 to 10, as asked.
    Needs
        An answer; without one nothing is said.
    Source
        docs/method.md, section 3.1: at most 3 of 10.
    """
    if pain is None or pain <= settings.pain_up_to:
        return GOOD
    return _suspect(Reason("pain_today", {"pain": pain}))


def hidden_knee_grade(take: Take, settings: GateSettings = GateSettings()) -> Grade:
    """Return whether cloth may hide the knee: an outline at its height far wider than a leg.

    Unit
        Leg lengths.
    Needs
        Frames of upright standing with straight legs in the take; otherwise nothing is said.
    Source
        Ours: 15 rendered stills who stand, in shorts, tights, trousers and skirts that end at the
        knee, have at most 0.24; none has cloth that truly hides it.
    """
    if take.segment.activity is not Activity.STANDING:
        return GOOD
    width = knee_width_legs(take)
    if math.isnan(width) or width <= settings.wide_knee_legs:
        return GOOD
    return _suspect(Reason("knee_may_be_hidden"))


def knee_width_legs(take: Take) -> float:
    """Return how wide the body's outline is at the height of the near knee.

    Unit
        Leg lengths, median over the take; NaN where it was not seen.
    Sign
        Never negative.
    Needs
        Outline and near knee.
    Source
        Plane geometry.
    """
    knee = take.landmarks.point(f"{take.near.value}_knee")
    outlines = take.landmarks.outlines
    has = [frame for frame in range(*take.frames) if outlines[frame] is not None]
    widths = []
    for frame in has[:: max(1, len(has) // LOOKED_AT)]:
        outline = take.landmarks.outline_px(frame)
        if outline is not None and np.isfinite(knee[frame]).all():
            widths.append(_width_px(outline, *knee[frame]) / take.leg_px)
    return known_median(np.array(widths))


def _width_px(outline: Floats, x: float, y: float) -> float:
    """Width of the stretch of the outline's inside at height `y` that holds `x`; NaN without."""
    nxt = np.roll(outline, -1, axis=0)
    crosses = (outline[:, 1] - y) * (nxt[:, 1] - y) < 0
    start, end = outline[crosses], nxt[crosses]
    at = start[:, 0] + (y - start[:, 1]) / (end[:, 1] - start[:, 1]) * (end[:, 0] - start[:, 0])
    edges = np.sort(at)
    for left, right in zip(edges[::2], edges[1::2], strict=False):
        if left <= x <= right:
            return float(right - left)
    return math.nan


def _rate_grade(take: Take, settings: GateSettings) -> Grade:
    rate_hz = 1 / take.frame_s if take.frame_s else 0.0
    if rate_hz >= settings.rate_hz:
        return GOOD
    return _suspect(Reason("too_few_frames_for_rates", {"rate_hz": rate_hz}))


def _suspect(reason: Reason) -> Grade:
    return Grade(quality=Quality.SUSPECT, reason=reason)


def _marked(
    measures: Sequence[Measure], grade: Grade, names: Collection[str] | None = None
) -> tuple[Measure, ...]:
    """Mark good measures, of these names or all but counts, with a grade."""
    if grade.quality is Quality.GOOD:
        return tuple(measures)
    return tuple(
        replace(m, quality=grade.quality, reason=grade.reason)
        if m.quality is Quality.GOOD and m.unit != "count" and (names is None or m.name in names)
        else m
        for m in measures
    )
