"""Correcting a recording by hand: its moments, and which strides and repetitions count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture import received
from posture.activities import REPEATED
from posture.errors import CannotCorrect, PostureError
from posture.formats.corrections import corrections_record, read_corrections
from posture.formats.measures import measures_of
from posture.formats.plain import Record, reason_of
from posture.formats.signals import load_signals
from posture.measures.by_hand import LEFT_OUT
from posture.outputs.numbers import number
from posture.outputs.tables import uncorrected_number
from posture.outputs.words import Words
from posture.store import Recording, Store, StoreTrouble
from posture.types import (
    MOVABLE,
    Activity,
    Corrections,
    EventKind,
    LeftOut,
    MovedEvent,
    Part,
    Side,
)
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.jobs.runner import Jobs
from posture.web.pages.parts import seen, store_of
from posture.web.pages.report_files import result_file, telling_picture
from posture.web.pages.visit_view import kept_line, recording_view, say
from posture.web.responses import page, status_of, words_of

_MARKS = {
    EventKind.HEEL_STRIKE: "▼",
    EventKind.HEEL_OFF: "△",
    EventKind.TOE_OFF: "▲",
    EventKind.BEND_BOTTOM: "◆",
}
_SAME_S = 5e-4  # half of the last digit that a page shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment as the page lists it."""

    kind: EventKind
    side: Side
    at_s: float
    measured_s: float
    name: str
    mark: str
    typed: str  # what its field holds

    @property
    def is_moved(self) -> bool:
        """Whether somebody moved it."""
        return self.at_s != self.measured_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stride or a repetition as the page lists it."""

    part: Part
    side: Side
    start_s: float
    end_s: float
    name: str
    is_out: bool  # by hand
    reason: str  # why the program left it out; empty where it did not


def moments_of(result: Record, words: Words) -> list[Moment]:
    """Return the moments of a recording that can be moved, in the order of the clip."""
    found = []
    for entry in result.get("events", ()):
        kind, side = EventKind(entry["kind"]), Side(entry["side"])
        if kind not in MOVABLE or entry["time_s"] is None:
            continue
        name = words.term(f"moment_{kind.value}")
        found.append(
            Moment(
                kind=kind,
                side=side,
                at_s=entry["time_s"],
                measured_s=entry.get("moved_from_s", entry["time_s"]),
                name=name
                if side is Side.BOTH
                else say(words, "correct_named", name=name, leg=words.term(side.value)),
                mark=_MARKS[kind],
                typed=f"{entry['time_s']:.3f}",
            )
        )
    return found


def pieces_of(result: Record, words: Words) -> list[Piece]:
    """Return the strides and repetitions of a recording, in the order of the clip."""
    corrections = read_corrections(result.get("corrections", {}))
    found = []
    for walk in result.get("walks", ()):
        for entry in walk["strides"]:
            side, span = Side(entry["side"]), (entry["start_s"], entry["end_s"])
            reason = reason_of(entry["reason"])
            is_out = reason is not None and reason.code == LEFT_OUT.code
            leg = words.term(side.value)
            found.append(
                Piece(
                    part="stride",
                    side=side,
                    start_s=span[0],
                    end_s=span[1],
                    name=say(words, "correct_stride", leg=leg, start_s=span[0], end_s=span[1]),
                    is_out=is_out,
                    reason="" if reason is None or is_out else words.sentence(reason),
                )
            )
    for entry in result.get("segments", ()):
        activity, span = Activity(entry["activity"]), (entry["start_s"], entry["end_s"])
        if activity not in REPEATED or not span[0] < span[1]:
            continue
        told = words.term(activity.value)
        found.append(
            Piece(
                part="repetition",
                side=Side.BOTH,
                start_s=span[0],
                end_s=span[1],
                name=say(
                    words, "correct_repetition", activity=told, start_s=span[0], end_s=span[1]
                ),
                is_out=corrections.leaves_out("repetition", Side.BOTH, *span),
                reason="",
            )
        )
    return sorted(found, key=lambda piece: piece.start_s)


async def correct_page(request: Request) -> Response:
    """Show the moments, strides and repetitions of a recording, to be corrected."""
    recording_id = known_id(request.path_params["recording"])
    recording = await run_in_threadpool(store_of(request).recordings.get, recording_id)
    jobs: Jobs = request.app.state.jobs
    await jobs.warm()  # what is saved is measured in a second, not in three
    return await run_in_threadpool(_shown, request, recording)


def _shown(
    request: Request,
    recording: Recording,
    *,
    typed: Mapping[str, str] | None = None,
    trouble: PostureError | None = None,
) -> Response:
    store, words = store_of(request), words_of(request)
    result = recording.result or {}
    return page(
        request,
        "correct.html.j2",
        status=HTTPStatus.OK if trouble is None else status_of(trouble),
        recording=recording,
        view=recording_view(recording, words),
        moments=moments_of(result, words),
        pieces=pieces_of(result, words),
        typed=typed or {},
        trouble=words.sentence(trouble.reason) if trouble is not None else "",
        changed=_changed(result, words),
        kept=kept_line(recording, words),
        times=_times(store, recording),
        film=result_file(store, recording.id, "overlay.mp4") is not None,
        pictured=telling_picture(store, recording) is not None,
        curves=result_file(store, recording.id, "signals.npz") is not None,
        said=next((key for key in ("done", "undone") if key in request.query_params), ""),
    )


def _changed(result: Record, words: Words) -> list[dict[str, str]]:
    return [
        {
            "name": words.of("measures", measure.name),
            "side": "" if measure.side is Side.BOTH else words.term(measure.side.value),
            "was": uncorrected_number(measure, words),
            "is": number(measure, words),
        }
        for measure in measures_of(result)
        if measure.uncorrected is not None
    ]


def _times(store: Store, recording: Recording) -> Markup:
    """Return when the frames of a recording are shown, as JSON; empty where nothing is kept."""
    signals = result_file(store, recording.id, "signals.npz")
    found = load_signals(signals) if signals is not None else ()
    times = found[0].time_s if found else ()
    told = ",".join(f"{float(time_s):.4f}" for time_s in times)
    return Markup(f"[{told}]")  # noqa: S704 - numbers only


async def save(request: Request) -> Response:
    """Keep what was corrected, and measure the recording again with it."""
    recording_id = known_id(request.path_params["recording"])
    store = store_of(request)
    form = await form_of(request)
    recording = await run_in_threadpool(store.recordings.get, recording_id)
    here = f"/recordings/{recording_id}/correct"
    try:
        _check_current(recording, form)
        if "undo" in form:
            asked = Corrections()
        else:
            asked = asked_for(recording.result or {}, form, words_of(request))
        if not asked:
            await run_in_threadpool(store.corrected.undo, recording_id, form.get("seen", ""))
            return seen(f"{here}?undone")
        jobs: Jobs = request.app.state.jobs
        visitor = request.state.visitor
        by = visitor.user.name if visitor is not None and visitor.user is not None else ""
        record: Mapping[str, object] = {**corrections_record(asked)}
        await jobs.corrected(recording_id, form.get("seen", ""), record, by)
        await run_in_threadpool(store.recordings.apply_keep, recording_id)
    except (CannotCorrect, StoreTrouble) as trouble:
        again = await run_in_threadpool(store.recordings.get, recording_id)
        typed = {} if trouble.reason.code == "correct_changed_meanwhile" else form
        return await run_in_threadpool(
            partial(_shown, request, again, typed=typed, trouble=trouble)
        )
    return seen(f"{here}?done")


def _check_current(recording: Recording, form: Mapping[str, str]) -> None:
    """Refuse a form that was filled in before somebody else changed the recording."""
    if recording.state in {"queued", "running"} or recording.version != form.get("seen", ""):
        raise StoreTrouble("correct_changed_meanwhile")


def asked_for(result: Record, form: Mapping[str, str], words: Words) -> Corrections:
    """Return what a form asks for: what it does not touch stays as it is.

    Raises
    ------
    CannotCorrect
        A time is none.
    """
    moved = []
    for place, moment in enumerate(moments_of(result, words)):
        typed = form.get(f"at_{place}", moment.typed)
        at_s = moment.at_s if typed == moment.typed else _seconds(typed)
        if abs(at_s - moment.measured_s) > _SAME_S:
            moved.append(
                MovedEvent(kind=moment.kind, side=moment.side, from_s=moment.measured_s, to_s=at_s)
            )
    left_out = [
        LeftOut(part=piece.part, side=piece.side, start_s=piece.start_s, end_s=piece.end_s)
        for place, piece in enumerate(pieces_of(result, words))
        if f"out_{place}" in form
    ]
    return Corrections(moved=tuple(moved), left_out=tuple(left_out))


def _seconds(typed: str) -> float:
    try:
        found = received.decimal(typed)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise CannotCorrect("correct_no_time", typed=typed[:20])
    return found


routes: list[BaseRoute] = [
    Route("/recordings/{recording}/correct", correct_page, methods=["GET"], name="correct"),
    Route("/recordings/{recording}/correct", save, methods=["POST"]),
]
