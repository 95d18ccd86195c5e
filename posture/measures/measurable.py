"""Which stretches of a clip are measured, or the one sentence why none of them can be."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from posture.activities import GAITS, TESTS
from posture.errors import UnusableClip
from posture.measures.limits import QualitySettings
from posture.measures.possible import is_withheld
from posture.measures.refusal import is_headless, is_upside_down, sits, why_nothing
from posture.types import Activity, Facing, Landmarks, Measure, Quality, Reason, Segment


def measurable(
    landmarks: Landmarks,
    segments: Sequence[Segment],
    *,
    wanted: Activity | None = None,
    one_standing: bool = False,
    quality: QualitySettings = QualitySettings(),
) -> tuple[Segment, ...]:
    """Return the segments to measure, or raise with the one sentence that says why there is none.

    In this order: the picture is upside down; nothing of what was `wanted` is in it; nothing that
    can be measured is in it (`why_nothing`); all of it is seen from the front. `one_standing`
    takes all standing for one: where the pelvis is moved on purpose, stillness only breaks.

    Needs
        Cleaned landmarks with the clip's facts, and the segments found in them.
    Source
        Ours. Running alone is no error: there is nothing wrong with the clip, and it is said.

    Raises
    ------
    UnusableClip
        Nothing can be measured.
    """
    if is_upside_down(landmarks):  # a body the wrong way up looks like a bend of 180 deg
        raise UnusableClip("upside_down")
    if is_headless(landmarks):
        raise UnusableClip("clip_head_not_seen")
    found = tuple(_without_seated_gait(segment, landmarks) for segment in segments)
    if one_standing:
        found = _one_standing(found)
    if wanted is not None:
        kept = tuple(segment for segment in found if segment.activity is wanted)
        if not kept:
            raise _not_found(wanted, landmarks, found)
        found = kept
    tests = [segment for segment in found if segment.activity in TESTS]
    if tests:
        _check_view(tests, quality)
    elif not any(segment.activity is Activity.RUNNING for segment in found):
        raise _unusable(why_nothing(landmarks, found))
    return found


def check_something_measured(measures: Sequence[Measure]) -> None:
    """Raise where no number of a clip is given: a clip that is only trouble is an error.

    The sentence says why: what was measured is such as no body has, or the commonest reason of
    all.

    Needs
        All measures of a clip.
    Source
        Definition.

    Raises
    ------
    UnusableClip
        Nothing is left.
    """
    if not measures or any(m.quality is not Quality.MISSING for m in measures):
        return
    if is_withheld(measures):
        raise UnusableClip("clip_impossible")
    reasons = [m.reason for m in measures if m.reason is not None]
    codes = Counter(reason.code for reason in reasons)
    commonest = next(r for r in reasons if r.code == codes.most_common(1)[0][0])
    raise UnusableClip("clip_nothing_measured", because=commonest.code, **commonest.values)


def main_segment(segments: Sequence[Segment]) -> Segment:
    """Return the segment whose view stands for the clip: the longest one that is measured.

    Needs
        At least one segment.
    """
    measured = [s for s in segments if s.activity is not Activity.OTHER] or list(segments)
    return max(measured, key=_frames)


def kept_spans_s(segments: Sequence[Segment], landmarks: Landmarks) -> list[tuple[float, float]]:
    """Return the time spans whose outlines are worth keeping: tests, and the standing about them.

    Unit
        Seconds.
    Needs
        Segments of these landmarks.
    Source
        Ours; a bend's standing pose lies within 1.5 s of it.
    """
    time_s = landmarks.time_s
    return [
        (float(time_s[s.frames[0]]) - _ABOUT_S, float(time_s[s.frames[1] - 1]) + _ABOUT_S)
        for s in segments
        if s.activity in TESTS
    ]


_ABOUT_S = 2.0


def _without_seated_gait(segment: Segment, landmarks: Landmarks) -> Segment:
    """Take back that somebody walks who sits: legs that shake in a wheelchair take no steps."""
    if segment.activity in GAITS and sits(landmarks, segment.frames):
        return replace(segment, activity=Activity.OTHER)
    return segment


def _one_standing(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    standing = [segment for segment in segments if segment.activity is Activity.STANDING]
    if not standing:
        return segments
    longest = max(standing, key=_frames)
    whole = (standing[0].frames[0], standing[-1].frames[1])
    others = [s for s in segments if s.frames[1] <= whole[0] or s.frames[0] >= whole[1]]
    joined = [*others, replace(longest, frames=whole)]
    return tuple(sorted(joined, key=lambda s: s.frames[0]))


def _not_found(wanted: Activity, landmarks: Landmarks, segments: Sequence[Segment]) -> UnusableClip:
    why = why_nothing(landmarks, segments)
    if why.code in _SAYS_MORE:
        return _unusable(why)
    seen = [segment for segment in segments if segment.activity is not Activity.OTHER]
    if not seen:
        return UnusableClip("activity_not_found_at_all", activity=wanted.value)
    longest = max(seen, key=_frames)
    return UnusableClip("activity_not_found", activity=wanted.value, seen=longest.activity.value)


# of these it helps more to be told than that the test was not found
_SAYS_MORE = frozenset(
    {"lies_or_turned", "sits", "moves_seated", "clip_feet_cut_off"}
    | {"clip_backwards", "clip_too_dark", "clip_blurred"}
)


def _unusable(why: Reason) -> UnusableClip:
    return UnusableClip(why.code, **why.values)


def _check_view(segments: Sequence[Segment], settings: QualitySettings) -> None:
    """Refuse a clip in which every test is seen from the front, or nearly so."""
    views = [segment.view for segment in segments]
    if all(view.facing in {Facing.FRONT, Facing.BACK} for view in views):
        raise UnusableClip("front_view")
    turned = [abs(view.yaw_deg) for view in views if math.isfinite(view.yaw_deg)]
    if turned and len(turned) == len(views) and min(turned) > settings.refused_yaw_deg:
        raise UnusableClip("turned_away", yaw_deg=min(turned))


def _frames(segment: Segment) -> int:
    return segment.frames[1] - segment.frames[0]
