"""What was corrected by hand, in analysis.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

from posture.errors import CannotCorrect
from posture.formats.clip import SideName
from posture.formats.plain import Record
from posture.types import Corrections, EventKind, LeftOut, MovedEvent, Side


class MovedEventRecord(TypedDict):
    """A moment that somebody saw elsewhere; seconds of the clip."""

    kind: Literal["heel_strike", "heel_off", "toe_off", "bend_bottom"]
    side: SideName
    from_s: float
    to_s: float


class LeftOutRecord(TypedDict):
    """A stride or a repetition that nothing is to rest on; seconds of the clip."""

    part: Literal["stride", "repetition"]
    side: SideName
    start_s: float
    end_s: float


class CorrectionsRecord(TypedDict):
    """All that was corrected by hand in one clip."""

    moved: list[MovedEventRecord]
    left_out: list[LeftOutRecord]


def corrections_record(corrections: Corrections) -> CorrectionsRecord:
    """Write corrections."""
    record = {
        "moved": [
            {
                "kind": one.kind.value,
                "side": one.side.value,
                "from_s": float(one.from_s),
                "to_s": float(one.to_s),
            }
            for one in corrections.moved
        ],
        "left_out": [
            {
                "part": one.part,
                "side": one.side.value,
                "start_s": float(one.start_s),
                "end_s": float(one.end_s),
            }
            for one in corrections.left_out
        ],
    }
    return cast("CorrectionsRecord", record)


def read_corrections(record: object) -> Corrections:
    """Read corrections, from whoever wrote them.

    Raises
    ------
    CannotCorrect
        They are not written as they have to be.
    """
    try:
        entries: Mapping[str, Any] = _object(record)
        return Corrections(
            moved=tuple(_moved(_object(entry)) for entry in entries.get("moved", ())),
            left_out=tuple(_left_out(_object(entry)) for entry in entries.get("left_out", ())),
        )
    except (KeyError, TypeError, ValueError) as trouble:
        raise CannotCorrect("corrections_unreadable", why=_one_line(trouble)) from trouble


def _object(entry: object) -> Record:
    if not isinstance(entry, Mapping):
        raise TypeError("expected { ... }")
    return entry


def _moved(entry: Record) -> MovedEvent:
    return MovedEvent(
        kind=EventKind(entry["kind"]),
        side=Side(entry["side"]),
        from_s=_seconds(entry["from_s"]),
        to_s=_seconds(entry["to_s"]),
    )


def _left_out(entry: Record) -> LeftOut:
    return LeftOut(
        part=entry["part"],
        side=Side(entry["side"]),
        start_s=_seconds(entry["start_s"]),
        end_s=_seconds(entry["end_s"]),
    )


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected seconds, got {value!r}")
    return float(value)


def _one_line(trouble: BaseException) -> str:
    return " ".join(str(trouble).split())[:120] or type(trouble).__name__
