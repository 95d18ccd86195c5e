"""Why nothing in a clip can be measured, in one sentence, and what to film instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posture.measures.framing import cut_off
from posture.measures.take import share_of, span_s_of
from posture.signals.attitude import body_axis_deg, cut_bend, sitting_share, travel_trunks
from posture.types import Bools, Facing, FactKind, Landmarks, Reason, Segment

_PART_SEEN = 0.5  # ours; of the frames; a body whose head or feet are seen less is cut off
_SHOWS_SOMETHING_S = 1.5  # ours; less holds neither a stride nor a pose
_LIES_DEG = 50.0  # ours; shoulders to ankles: bends and squats stay under 40
_UPSIDE_DOWN_DEG = 130.0
_SITS = 0.85  # ours; of the frames, so that squats with a stand between them are none
_GOES_TRUNKS = 1.5  # ours; nobody shifts that far on a chair that stands


def sits(landmarks: Landmarks, frames: tuple[int, int]) -> bool:
    """Return whether the person sits over most of the frames.

    Needs
        Cleaned landmarks over `frames` [start, end).
    Source
        `posture.signals.attitude.sitting_share`.
    """
    return sitting_share(landmarks, frames) >= _SITS


def is_upside_down(landmarks: Landmarks) -> bool:
    """Return whether the person's feet are above the shoulders: a picture the wrong way up.

    Needs
        Cleaned landmarks; the head seen, hips and shoulders under the feet: of somebody whose head
        is out of the picture the model may put the shoulders anywhere.
    Source
        `posture.signals.attitude.body_axis_deg`; in the deepest bend the feet stay below.
    """
    whole = (0, len(landmarks.time_s))
    turned = body_axis_deg(landmarks, whole) > _UPSIDE_DOWN_DEG
    hangs = body_axis_deg(landmarks, whole, upper="hip") > _UPSIDE_DOWN_DEG
    return turned and hangs and _seen(landmarks, "ear") >= _PART_SEEN


def is_headless(landmarks: Landmarks) -> bool:
    """Return whether shoulders seem to be under the feet, and no head is seen that says so.

    Needs
        Cleaned landmarks.
    Source
        As `is_upside_down`; a lifter whose head is over the picture's edge is none.
    """
    whole = (0, len(landmarks.time_s))
    turned = body_axis_deg(landmarks, whole) > _UPSIDE_DOWN_DEG
    return turned and not is_upside_down(landmarks)


def why_nothing(landmarks: Landmarks, segments: Sequence[Segment]) -> Reason:
    """Return why no test was found in a clip.

    Needs
        Cleaned landmarks, not upside down; the segments found in them, none to be measured.
    Source
        Ours: what the clip is like, who is seen, how much of them, how they are held, and from
        where, in this order.
    """
    whole = (0, len(landmarks.time_s))
    clip = _clip_itself(landmarks)
    if clip is not None:
        return clip
    little = _little_seen(landmarks)
    if little is not None:
        return little
    held = _held(landmarks, whole)
    if held is not None:
        return held
    facings = {segment.view.facing for segment in segments}
    is_front = bool(facings) and facings <= {Facing.FRONT, Facing.BACK}
    return Reason("front_view" if is_front else "nothing_to_measure")


def _clip_itself(landmarks: Landmarks) -> Reason | None:
    """Return what the clip itself is like that leaves nothing to find in it, or None."""
    span_s = span_s_of(landmarks.time_s, (0, len(landmarks.time_s)))
    for kind, least_share, told in _LEAVES_NOTHING:
        for fact in landmarks.facts:
            likely = fact.kind is kind and fact.probability >= _MORE_LIKELY_THAN_NOT
            if likely and share_of(fact, span_s) >= least_share:
                return told
    for fact in landmarks.facts:
        if fact.kind is FactKind.COVERED and share_of(fact, span_s) >= _MOSTLY_COVERED:
            return fact.reason  # names what of the body it is
    return None


def _little_seen(landmarks: Landmarks) -> Reason | None:
    """Return what of a person is missing, or that there is none for long enough; or None."""
    trunk, legs = (_seen(landmarks, part) for part in ("shoulder", "ankle"))
    if max(trunk, legs) == 0:
        return Reason("nobody_in_view")
    lasts_s = landmarks.clip.duration_s
    there_s = float(_there(landmarks).mean()) * lasts_s
    if there_s < min(_SHOWS_SOMETHING_S, _PART_SEEN * lasts_s):
        return Reason("followed_too_briefly", {"seconds": there_s})
    if trunk < _PART_SEEN:
        return Reason("only_legs")
    if legs >= _PART_SEEN:
        return None
    whole = (0, len(landmarks.time_s))
    what = cut_off(landmarks, whole, "feet", {"share": legs})
    is_too_near = "farther_m" in what.values
    return Reason("clip_feet_cut_off", what.values) if is_too_near else Reason("clip_feet_not_seen")


_MOSTLY_COVERED = 0.4  # ours; for less there was time to see what the clip shows
# what the clip is like, and of how much of it, for nothing else to be asked; ours. A walk
# backwards is what happens in the clip, however short it is.
_LEAVES_NOTHING = (
    (FactKind.TOO_DARK, 0.5, Reason("clip_too_dark")),
    (FactKind.BLURRED, 0.5, Reason("clip_blurred")),
    (FactKind.BACKWARDS, 0.0, Reason("clip_backwards")),
    (FactKind.SPED_UP, 0.3, Reason("clip_sped_up")),
)
_MORE_LIKELY_THAN_NOT = 0.5


def _held(landmarks: Landmarks, frames: tuple[int, int]) -> Reason | None:
    """Return how a body is held that is in no test's pose, or in a part of one; or None."""
    if body_axis_deg(landmarks, frames) > _LIES_DEG:
        return Reason("lies_or_turned")
    if not sits(landmarks, frames):
        return Reason("bend_without_bottom") if cut_bend(landmarks, frames) else None
    moves = travel_trunks(landmarks, frames) > _GOES_TRUNKS
    return Reason("moves_seated") if moves else Reason("sits")


def _there(landmarks: Landmarks) -> Bools:
    """In which frames anything of the person was seen."""
    return np.asarray(np.isfinite(landmarks.xy_px[..., 0]).any(axis=1))


def _seen(landmarks: Landmarks, part: str) -> float:
    """Share of the frames with the person in which this part of either side was seen."""
    columns = [landmarks.names.index(f"{side}_{part}") for side in ("left", "right")]
    seen: Bools = np.isfinite(landmarks.xy_px[_there(landmarks)][:, columns, 0])
    return float(seen.any(axis=1).mean()) if len(seen) else 0.0
