"""Two recordings of one movement side by side: a picture and a film in step, to hand over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture.outputs.changes import changes, course_of
from posture.outputs.in_step import Kind, kind_of
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.store import Recording, Store, Visit
from posture.types import Activity
from posture.web.access.security import known_id
from posture.web.jobs.runner import Jobs
from posture.web.pages.before_after import AFTER, BEFORE
from posture.web.pages.parts import store_of
from posture.web.pages.report_files import result_file
from posture.web.pages.visit_view import say, when_of
from posture.web.responses import Refused, words_of
from posture.web.visit_results import headline_measures_of

_FILES = {"picture.jpg": "image/jpeg", "film.mp4": "video/mp4"}
_SHOWS: Mapping[Kind, Activity] = {"bend": Activity.FORWARD_BEND, "walk": Activity.WALKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One pair, as the page names it."""

    address: str
    kind: Kind
    name: str


def pairs_of_visit(
    store: Store, visit: Visit, recordings: Sequence[Recording], words: Words
) -> tuple[Shown, ...]:
    """Return the bend before care beside the one after it, where both can be shown."""
    if visit.withheld:
        return ()
    before = [r for r in recordings if r.step == BEFORE]
    after = [r for r in recordings if r.step == AFTER]
    return _pairs(store, before, after, words)


def pairs_of_visits(store: Store, visits: tuple[Visit, Visit], words: Words) -> tuple[Shown, ...]:
    """Return what two visits of one client have both filmed."""
    before, after = visits
    if before.withheld or after.withheld or before.client_id != after.client_id:
        return ()
    found = [
        [r for r in store.recordings.of_visit(visit.id) if r.step != AFTER] for visit in visits
    ]
    return _pairs(store, found[0], found[1], words)


def _pairs(
    store: Store, before: Sequence[Recording], after: Sequence[Recording], words: Words
) -> tuple[Shown, ...]:
    old, new = (_by_kind(store, recordings) for recordings in (before, after))
    return tuple(
        Shown(
            address=f"/pairs/{old[kind].id}/{new[kind].id}",
            kind=kind,
            name=words.term(activity.value),
        )
        for kind, activity in _SHOWS.items()
        if kind in old and kind in new
    )


def _by_kind(store: Store, recordings: Sequence[Recording]) -> dict[Kind, Recording]:
    found: dict[Kind, Recording] = {}
    for recording in recordings:
        kind = kind_of(recording.result or {})
        is_varied = recording.settings.get("variant") not in {None, "none"}
        if kind and not is_varied and _film(store, recording) is not None:
            found.setdefault(kind, recording)
    return found


def _film(store: Store, recording: Recording) -> tuple[str, bool] | None:
    """Return the film of a recording and whether it is drawn on; None where none is kept."""
    if result_file(store, recording.id, "landmarks.npz") is None:
        return None
    clip = store.files.clip(recording.id)
    if clip.is_file():
        return str(clip), False
    drawn = result_file(store, recording.id, "overlay.mp4")
    return None if drawn is None else (str(drawn), True)


async def pair_file(request: Request) -> Response:
    """Return the picture or the film of two recordings in step, made for this one answer."""
    asked = request.path_params
    name = asked["name"]
    if name not in _FILES:
        raise Refused("no_preview", status=HTTPStatus.NOT_FOUND)
    ids = known_id(asked["before"]), known_id(asked["after"])
    wanted = await run_in_threadpool(_wanted, store_of(request), ids, words_of(request))
    jobs: Jobs = request.app.state.jobs
    blur = request.query_params.get("blur") == "1"
    made = await jobs.pair({**wanted, "film": name == "film.mp4", "blur": blur})
    headers = {}
    if "download" in request.query_params:
        headers["Content-Disposition"] = f'attachment; filename="before-after-{name}"'
    return Response(made, media_type=_FILES[name], headers=headers)


def _wanted(store: Store, ids: tuple[str, str], words: Words) -> dict[str, object]:
    """Return what is shown of two recordings and what is written on it."""
    recordings = [store.recordings.get(recording_id) for recording_id in ids]
    visits = [store.visits.get(recording.visit_id) for recording in recordings]
    films = [_film(store, recording) for recording in recordings]
    kinds = {kind_of(recording.result or {}) for recording in recordings}
    if any(visit.withheld for visit in visits) or None in films or len(kinds) > 1 or None in kinds:
        raise Refused("no_preview", status=HTTPStatus.NOT_FOUND)
    is_one = visits[0].id == visits[1].id
    sides = [
        {
            "film": film[0],
            "drawn": film[1],
            "folder": str(store.files.result(recording.id)),
            "name": _name(key, None if is_one else visit, words),
        }
        for key, recording, visit, film in zip(
            ("pages_pair_before", "pages_pair_after"), recordings, visits, films, strict=True
        )
        if film is not None
    ]
    return {"sides": sides, "told": _told(recordings, words)}


def _name(key: str, visit: Visit | None, words: Words) -> str:
    said = say(words, key)
    return said if visit is None else f"{said}  {when_of(visit.started_at, words, with_time=False)}"


def _told(recordings: Sequence[Recording], words: Words) -> list[str]:
    """Say what changed against what measuring again would differ by; changes first."""
    old, new = (headline_measures_of(recording.result or {}) for recording in recordings)
    kind = kind_of(recordings[0].result or {})
    found = [
        change
        for change in changes(old, new)
        if kind is not None and change.is_followed and change.after.activity is _SHOWS[kind]
    ]
    found.sort(key=lambda change: not change.is_beyond)
    return [
        f"{words.of('measures', change.after.name)}  {number(change.before, words)} → "
        f"{number(change.after, words)}  {course_of(change, words)}"
        for change in found
    ]


routes: list[BaseRoute] = [Route("/pairs/{before}/{after}/{name}", pair_file, name="pair")]
