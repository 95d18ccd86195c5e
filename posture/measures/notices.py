"""What the reader of a clip's numbers should know about how they came about."""

from __future__ import annotations

from collections.abc import Sequence

from posture.signals.clean import Cleaned
from posture.types import Activity, Notice, Person, Reason, Segment, WalkSeen

_WORTH_SAYING = 0.02  # ours; a share under this changes nothing


def notices(
    cleaned: Cleaned, segments: Sequence[Segment], walks: Sequence[WalkSeen]
) -> tuple[Notice, ...]:
    """Return what to know: others in view, pictures and strides left out, legs put right.

    Needs
        Cleaned landmarks, their segments, and the strides of their walks.
    Source
        Definitions; `_WORTH_SAYING`.
    """
    landmarks = cleaned.landmarks
    return (
        *_others(landmarks.person),
        *_pictures_left_out(landmarks.clip.left_out),
        *_shares("legs_exchanged", float(cleaned.swapped.mean())),
        *_shares("seen_partly", landmarks.person.seen_share, ideal=1.0),
        *_running(segments),
        *_strides_left_out(walks),
    )


def _others(person: Person) -> list[Notice]:
    if person.count_seen <= 1:
        return []
    because = person.chosen_because
    told = {"count": person.count_seen, "number": person.number}
    code = "others_in_view_alike" if "rival" in because.values else "others_in_view"
    message = Reason(code, {**told, "because": because.code, **because.values})
    return [Notice(message=message, what_to_do=Reason("choose_other_person"))]


def _pictures_left_out(count: int) -> list[Notice]:
    return [Notice(message=Reason("pictures_left_out", {"count": count}))] if count else []


def _shares(code: str, share: float, *, ideal: float = 0.0) -> list[Notice]:
    """Say a share that is further from what it should be than is worth leaving unsaid."""
    if abs(share - ideal) <= _WORTH_SAYING:
        return []
    return [Notice(message=Reason(code, {"share": share}))]


def _running(segments: Sequence[Segment]) -> list[Notice]:
    """Say that running is not judged, and that walking is not either where there is none."""
    seen = {s.activity for s in segments}
    if Activity.RUNNING not in seen:
        return []
    beside = Activity.WALKING in seen
    return [Notice(message=Reason("running_seen_beside" if beside else "running_seen"))]


def _strides_left_out(walks: Sequence[WalkSeen]) -> list[Notice]:
    """Say how many strides of the near leg nothing rests on, once for each reason."""
    near = [stride for walk in walks for stride in walk.strides if stride.is_near]
    codes = [stride.left_out.code for stride in near if stride.left_out is not None]
    return [
        Notice(
            message=Reason(
                "strides_left_out",
                {"count": codes.count(code), "all": len(near), "because": code},
            )
        )
        for code in dict.fromkeys(codes)
    ]
