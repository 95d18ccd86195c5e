"""What a live session and its page say to each other, as JSON; the protocol is in docs/live.md."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posture import received
from posture.landmarks.mediapipe import Pose
from posture.live.body import Body
from posture.live.coach import MARKS, Mark, State
from posture.live.framing import code_of
from posture.live.leader import Answer
from posture.live.numbers import LiveNumber
from posture.live.parts import MAX_CHUNK_BYTES
from posture.live.steps import Step
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.types import Activity, Floats, Measure, Reason, Side, Unit

VERSION = 1
MAX_FRAME_BYTES = 512 * 1024
MAX_TEXT_BYTES = 4096
WINDOW = 3  # frames under way: encoding, on the wire, in the model
HEADER = struct.Struct("<2sBBId")  # "PA", version, flags, number, time of capture in ms
_MAGIC = b"PA"
_LATEST_MS = 1e12
_FASTEST_FPS = 1000.0

# Pairs of landmarks that are drawn as lines.
EDGES = (
    *((7, 0), (8, 0), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (15, 19), (16, 20)),
    *((11, 23), (12, 24), (23, 24), (23, 25), (25, 27), (24, 26), (26, 28)),
    *((27, 29), (29, 31), (27, 31), (28, 30), (30, 32), (28, 32)),
)
# Where a standing body should be, shares of the picture; the middle of what framing lets pass.
GHOST = {"x": 0.5, "top": 0.12, "bottom": 0.93}

Message = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as it came in."""

    number: int
    time_ms: float
    jpeg: bytes


class BadMessage(Exception):
    """A message that cannot be read; `code` goes back to the page."""

    def __init__(self, *, code: str, number: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.number = number


def read_frame(data: bytes) -> Frame:
    """Return a binary message as a frame.

    Raises
    ------
    BadMessage
        Not one of ours, or with a time that is none.
    """
    if len(data) < HEADER.size:
        raise BadMessage(code="bad_header")
    magic, version, _, number, time_ms = HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise BadMessage(code="bad_header")
    # NaN is in no range, so it is refused as well
    if version != VERSION or not 0 <= time_ms < _LATEST_MS:
        raise BadMessage(code="bad_header", number=number)
    if len(data) > MAX_FRAME_BYTES:
        raise BadMessage(code="bad_frame", number=number)
    return Frame(number=number, time_ms=time_ms, jpeg=data[HEADER.size :])


def packed(number: int, time_ms: float, jpeg: bytes) -> bytes:
    """Return a frame as it goes to the page when the camera is at the server."""
    return HEADER.pack(_MAGIC, VERSION, 0, number, time_ms) + jpeg


def read_text(text: str) -> Mapping[str, object]:
    """Return a text message.

    Raises
    ------
    BadMessage
        Too long, or not a JSON object.
    """
    if len(text) > MAX_TEXT_BYTES:
        raise BadMessage(code="bad_message")
    try:
        told = received.parsed(text)
    except ValueError as trouble:
        raise BadMessage(code="bad_message") from trouble
    if not isinstance(told, dict):
        raise BadMessage(code="bad_message")
    return told


def read_mark(told: Mapping[str, object]) -> tuple[Mark, float, float]:
    """Return what was pressed, and where.

    Raises
    ------
    BadMessage
        Nothing that is known, or outside of the picture.
    """
    for mark in MARKS:
        if told.get("what") == mark:
            x, y = (received.number(told.get(axis, 0.5), 0.0, 1.0) for axis in ("x", "y"))
            if x is None or y is None:
                break
            return mark, x, y
    raise BadMessage(code="bad_mark")


def read_care(told: Mapping[str, object]) -> list[str] | None:
    """Return what the trainer cared for between two bends, where the mark says so."""
    care = told.get("care")
    if not isinstance(care, list):
        return None
    return [link for link in CARED_FOR if link in care]


CARED_FOR = ("sole", "calf", "hamstrings", "back")


def read_fps(told: Mapping[str, object]) -> float | None:
    """Return the rate that a page's camera delivers, where it says so."""
    return received.number(told.get("camera_fps"), 0.0, _FASTEST_FPS)


def dumped(message: Mapping[str, object]) -> str:
    """Return a message as text."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def ready(
    *,
    session: str,
    resumed: bool,
    words: Words,
    model: str,
    source: str,
    steps: Sequence[Mapping[str, object]],
) -> Message:
    """Return the first message of a session."""
    return {
        "type": "ready",
        "v": VERSION,
        "session": session,
        "resumed": resumed,
        "lang": words.language,
        "model": model,
        "source": source,
        "window": WINDOW,
        "max_frame": MAX_FRAME_BYTES,
        "max_chunk": MAX_CHUNK_BYTES,
        "steps": [*steps],
        "edges": [[*edge] for edge in EDGES],
        "ghost": GHOST,
    }


_ERRORS: Mapping[str, Reason] = {
    "busy": Reason("live_error_busy"),
    "no_such_visit": Reason("live_error_no_such_visit"),
    "bad_header": Reason("live_error_bad_header"),
    "bad_frame": Reason("live_error_bad_frame"),
    "bad_message": Reason("live_error_bad_message"),
    "bad_mark": Reason("live_error_bad_mark"),
    "internal": Reason("live_error_internal"),
    "no_model": Reason("live_error_no_model"),
    "no_camera": Reason("live_error_no_camera"),
    "camera_lost": Reason("live_error_camera_lost"),
    "not_recorded": Reason("live_error_not_recorded"),
    "not_saved": Reason("live_error_not_saved"),
    "not_begun": Reason("live_error_not_begun"),
    "idle": Reason("live_error_idle"),
}


def error(code: str, words: Words, seq: int | None = None, why: Reason | None = None) -> Message:
    """Return that something went wrong, with one sentence, and one more that says why."""
    sentences = [words.sentence(reason) for reason in (_ERRORS[code], why) if reason is not None]
    gap = "" if words.language == "ja" else " "
    told: Message = {"type": "error", "code": code, "text": gap.join(sentences)}
    return told if seq is None else {**told, "seq": seq}


def result(seq: int, time_ms: float, answer: Answer, words: Words, *, dropped: int) -> Message:
    """Return what one frame came to."""
    width_px, height_px = answer.size_px
    body = answer.state.body
    return {
        "type": "result",
        "seq": seq,
        "t": time_ms,
        "w": width_px,
        "h": height_px,
        "lm": _landmarks(answer.pose, answer.size_px),
        "outline": _shares(answer.outline, answer.size_px),
        "m": _angles(body),
        "near": None if body is None else body.near.value,
        "dropped": dropped,
        "ms": {"dec": round(answer.decode_ms, 1), "inf": round(answer.pose_ms, 1)},
        "coach": coach(answer.state, words),
    }


def coach(state: State, words: Words) -> Message:
    """Return what the coach says and wants."""
    problem = state.problem
    return {
        "step": None if state.step is None else state.step.id,
        "index": state.index,
        "of": len(state.steps),
        "take": state.take,
        "phase": state.phase,
        "say": state.say,
        "say_id": state.say_id,
        "tone": state.tone,
        "tone_id": state.tone_id,
        "count": state.count,
        "ring": None if state.ring is None else round(state.ring, 3),
        "problem": None
        if problem is None
        else {"code": code_of(problem), "text": words.sentence(problem)},
        "recording": state.recording,
        "dropped_take": state.dropped_take,
        "numbers": [_told(shown, words) for shown in state.numbers],
        "steps": [step_row(step, now) for step, now in state.steps],
    }


def step_row(step: Step, state: str = "todo") -> Message:
    """Return a step as the page lists it."""
    return {"id": step.id, "recorded": step.recorded, "state": state}


def _told(shown: LiveNumber, words: Words) -> Message:
    sd = shown.sd
    return {
        "key": shown.key,
        "text": _written(shown.value, shown.unit, words),
        "error": "" if sd is None else "± " + _written(sd, shown.unit, words),
    }


def _written(value: float, unit: Unit, words: Words) -> str:
    """Write a value as every number of the program is written, without decimals."""
    as_measure = Measure(
        name="live",
        activity=Activity.OTHER,
        side=Side.BOTH,
        value=value,
        unit=unit,
        spread={"live": 1.0},  # coarse: a decimal would say more than is known
    )
    return number(as_measure, words, with_error=False)


def _landmarks(pose: Pose | None, size_px: tuple[int, int]) -> list[list[float]] | None:
    if pose is None:
        return None
    width, height = size_px
    return [
        [round(x / width, 4), round(y / height, 4), round(z, 3), round(seen, 2)]
        for (x, y), (_, _, z), seen in zip(
            pose.xy_px.tolist(), pose.world_m.tolist(), pose.visibility.tolist(), strict=True
        )
    ]


def _shares(outline: Floats | None, size_px: tuple[int, int]) -> list[list[float]] | None:
    if outline is None:
        return None
    width, height = size_px
    return [[round(x / width, 4), round(y / height, 4)] for x, y in outline.tolist()]


def _angles(body: Body | None) -> Message:
    if body is None:
        return {"trunk_deg": None, "hip_deg": None, "knee_deg": None}
    angles = {"trunk_deg": body.trunk_deg, "hip_deg": body.hips_deg, "knee_deg": body.knee_deg}
    return {key: round(deg, 1) if math.isfinite(deg) else None for key, deg in angles.items()}
