"""JSON for the pages' scripts under /api, and the same for other programs under /api/v1."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from posture import received
from posture.formats.assessment import assessment_record
from posture.outputs.words import LANGUAGES
from posture.store import Store
from posture.store.records import AGE_BANDS
from posture.video.kinds import HEAD_BYTES
from posture.web.access.admission import address_of, admission_of
from posture.web.access.security import REPORT_POLICY, is_loopback, known_id
from posture.web.api.curves import curves_of
from posture.web.forms import json_of, text_of
from posture.web.jobs.job_settings import checked
from posture.web.jobs.runner import Jobs
from posture.web.jobs.uploads import media_type, upload
from posture.web.office.data import client_workbook, visit_tables, visit_workbook
from posture.web.pages.visit_report import visit_pdf
from posture.web.questionnaire import height_of, refuse_unreadable, withholds
from posture.web.records import client_json, recording_json, visit_json
from posture.web.responses import Refused, language_of, refusal
from posture.web.visit_results import results_needed

CHECKS = ("recordings", "quick", "stand_bend", "full")
_MOST_VISITS = 500  # ours; a page shows fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """A file of a recording that may be fetched."""

    place: str  # within the recording's folder
    media: str
    attached: bool = True  # saved rather than shown


_FILES: Mapping[str, _Served] = {
    "overlay.mp4": _Served(place="result/overlay.mp4", media="video/mp4", attached=False),
    "overlay.jpg": _Served(place="result/overlay.jpg", media="image/jpeg", attached=False),
    "report.html": _Served(place="result/report.html", media="text/html", attached=False),
    "measures.csv": _Served(place="result/measures.csv", media="text/csv"),
    "analysis.json": _Served(place="result/analysis.json", media="application/json"),
    "signals.npz": _Served(place="result/signals.npz", media="application/octet-stream"),
    "landmarks.npz": _Served(place="result/landmarks.npz", media="application/octet-stream"),
    "clip": _Served(place="clip.bin", media="", attached=False),  # as its first bytes say
}


def _unknown(body: Mapping[str, object], known: set[str]) -> None:
    strange = sorted(body.keys() - known)
    if strange:
        raise Refused("web_bad_request", what=", ".join(name[:40] for name in strange))


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _id(request: Request) -> str:
    return known_id(request.path_params["id"])


async def add_visit(request: Request) -> Response:
    """Begin a visit."""
    body = await json_of(request)
    _unknown(body, {"client", "check", "language", "answers", "withheld"})
    client, answers = body.get("client"), body.get("answers") or {}
    check = text_of(body, "check", 40, "recordings")
    language = text_of(body, "language", 2, language_of(request))
    withheld = body.get("withheld", False)
    faults = [
        name
        for name, is_fine in (
            ("client", client is None or isinstance(client, str)),
            ("check", check in CHECKS),
            ("language", language in LANGUAGES),
            ("answers", isinstance(answers, dict)),
            ("withheld", isinstance(withheld, bool)),
        )
        if not is_fine
    ]
    if faults or not isinstance(answers, dict):
        raise Refused("web_bad_request", what=", ".join(faults))
    refuse_unreadable(answers)
    client_id = known_id(client) if isinstance(client, str) and client else None
    add = partial(_store(request).visits.add, withheld=bool(withheld) or withholds(answers))
    visit = await asyncio.to_thread(add, client_id, check, language, answers)
    if client_id is not None and (height := height_of(visit)) is not None:
        await asyncio.to_thread(_store(request).clients.change, client_id, height_cm=height)
    await _jobs(request).warm()
    return JSONResponse(visit_json(visit, ()), status_code=HTTPStatus.CREATED)


def visit(request: Request) -> Response:
    """Return a visit and how far its recordings are."""
    store, visit_id = _store(request), _id(request)
    return JSONResponse(visit_json(store.visits.get(visit_id), store.recordings.of_visit(visit_id)))


def findings(request: Request) -> Response:
    """Return what the finished recordings of a visit add up to, the objects of session.json."""
    found = results_needed(_store(request), _id(request))
    return JSONResponse(assessment_record(found.assessment))


def visits(request: Request) -> Response:
    """Return the visits, of one client or of all, the newest first."""
    store = _store(request)
    client = request.query_params.get("client")
    found = store.visits.latest(known_id(client) if client else None, limit=_MOST_VISITS)
    return JSONResponse([visit_json(one, store.recordings.of_visit(one.id)) for one in found])


def delete_visit(request: Request) -> Response:
    """Delete a visit with its recordings and files."""
    _store(request).visits.delete(_id(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def clients(request: Request) -> Response:
    """Return the clients."""
    return JSONResponse([client_json(client) for client in _store(request).clients.all()])


async def add_client(request: Request) -> Response:
    """Add a client."""
    body = await json_of(request)
    _unknown(body, {"name", "note", "age_band"})
    name, note = text_of(body, "name", 200), text_of(body, "note", 4000)
    age_band = text_of(body, "age_band", 20) or None
    if age_band is not None and age_band not in AGE_BANDS:
        raise Refused("web_bad_request", what="age_band")
    client = await asyncio.to_thread(_store(request).clients.add, name, note, age_band)
    return JSONResponse(client_json(client), status_code=HTTPStatus.CREATED)


def client(request: Request) -> Response:
    """Return a client."""
    return JSONResponse(client_json(_store(request).clients.get(_id(request))))


def delete_client(request: Request) -> Response:
    """Delete a client with all visits, recordings and files."""
    _store(request).clients.delete(_id(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def recording(request: Request) -> Response:
    """Return a recording: how far it is, what came of it."""
    return JSONResponse(recording_json(_store(request).recordings.get(_id(request))))


def analysis(request: Request) -> Response:
    """Return what an analysis found, the objects of analysis.json."""
    found = _store(request).recordings.get(_id(request)).result
    if found is None:
        raise Refused("not_analysed_yet", status=HTTPStatus.NOT_FOUND)
    return JSONResponse(dict(found))


def delete_recording(request: Request) -> Response:
    """Delete a recording and its files."""
    _store(request).recordings.delete(_id(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def cancel(request: Request) -> Response:
    """Take a recording out of the queue."""
    return JSONResponse(recording_json(await _jobs(request).cancel(_id(request))))


async def again(request: Request) -> Response:
    """Analyse a recording once more, with the settings sent; what is not sent stays as it was."""
    recording_id = _id(request)
    now = await asyncio.to_thread(_store(request).recordings.get, recording_id)
    asked = await json_of(request)
    changed = {name: None for name, value in asked.items() if value in (None, "", "auto")}
    settings = {**now.settings, **changed, **checked(asked)}
    kept = {name: value for name, value in settings.items() if value is not None}
    return JSONResponse(recording_json(await _jobs(request).again(recording_id, kept)))


def queue(request: Request) -> Response:
    """Return what is being analysed and what waits, in order."""
    return JSONResponse([recording_json(one) for one in _store(request).queue.all()])


def curves(request: Request) -> Response:
    """Return the courses over time of an analysis."""
    signals = _folder(request) / "result" / "signals.npz"
    if not signals.is_file():
        raise Refused("not_analysed_yet", status=HTTPStatus.NOT_FOUND)
    return JSONResponse(curves_of(signals))


async def preview(request: Request) -> Response:
    """Return one picture of a recording as JPEG."""
    found = await _jobs(request).preview(_id(request), _at_s(request))
    return Response(found.jpeg, media_type="image/jpeg")


async def people(request: Request) -> Response:
    """Return where people are in one picture of a recording, from left to right."""
    found = await _jobs(request).preview(_id(request), _at_s(request), people=True)
    return JSONResponse(dict(found.told))


def _at_s(request: Request) -> float:
    try:
        at_s = float(request.query_params.get("at", "0"))
    except ValueError:
        at_s = math.nan
    if not 0 <= at_s <= 24 * 3600:
        raise Refused("web_bad_request", what="at")
    return at_s


def file(request: Request) -> Response:
    """Return a file of a recording; `download=1` saves it rather than shows it."""
    served = _FILES.get(request.path_params["name"])
    if served is None:
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    recording = _store(request).recordings.get(_id(request))
    path = _folder(request) / served.place
    if not path.is_file():
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    media = served.media or _media_of(path)
    is_attached = served.attached or request.query_params.get("download") == "1"
    headers = {"Content-Security-Policy": REPORT_POLICY} if media == "text/html" else {}
    return FileResponse(
        path,
        media_type=media,
        headers=headers,
        filename=_download_name(recording.file_name, request.path_params["name"]),
        content_disposition_type="attachment" if is_attached else "inline",
    )


def _folder(request: Request) -> Path:
    """Return the folder of a recording that is there."""
    store = _store(request)
    return store.files.folder(store.recordings.get(_id(request)).id)


def _media_of(path: Path) -> str:
    with path.open("rb") as opened:
        return media_type(opened.read(HEAD_BYTES)) or "application/octet-stream"


def _download_name(clip: str, name: str) -> str:
    own = clip if name == "clip" else f"{Path(clip).stem}-{name}"
    return received.file_name(own)  # its letters may be too many with ours


class TokenGate:
    """Lets nobody through without a valid token."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the token of a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        tries = admission_of(request).tries["token"]
        who, is_here = address_of(request), is_loopback(request)
        if tries.wait_s(who, is_here=is_here) > 0:
            trouble = Refused("web_too_many_tries", status=HTTPStatus.TOO_MANY_REQUESTS)
            await refusal(request, trouble, headers={"Retry-After": "60"})(scope, receive, send)
            return
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.strip():
            if await asyncio.to_thread(_store(request).tokens.check, secret.strip()):
                await self._app(scope, receive, send)
                return
            tries.was_wrong(who, is_here=is_here)
        trouble = Refused("web_token_needed", status=HTTPStatus.UNAUTHORIZED)
        headers = {"WWW-Authenticate": "Bearer"}
        await refusal(request, trouble, headers=headers)(scope, receive, send)


def _routes(prefix: str) -> Sequence[Route]:
    return [
        Route(f"{prefix}/clients", clients, methods=["GET"]),
        Route(f"{prefix}/clients", add_client, methods=["POST"]),
        Route(f"{prefix}/clients/{{id}}", client, methods=["GET"]),
        Route(f"{prefix}/clients/{{id}}", delete_client, methods=["DELETE"]),
        Route(f"{prefix}/visits", visits, methods=["GET"]),
        Route(f"{prefix}/visits", add_visit, methods=["POST"]),
        Route(f"{prefix}/visits/{{id}}", visit, methods=["GET"]),
        Route(f"{prefix}/visits/{{id}}", delete_visit, methods=["DELETE"]),
        Route(f"{prefix}/visits/{{id}}/findings", findings, methods=["GET"]),
        Route(f"{prefix}/visits/{{id}}/report.pdf", visit_pdf, methods=["GET"]),
        Route(f"{prefix}/visits/{{id}}/data.xlsx", visit_workbook, methods=["GET"]),
        Route(f"{prefix}/visits/{{id}}/data.zip", visit_tables, methods=["GET"]),
        Route(f"{prefix}/clients/{{id}}/data.xlsx", client_workbook, methods=["GET"]),
        Route(f"{prefix}/queue", queue, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}", recording, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}", delete_recording, methods=["DELETE"]),
        Route(f"{prefix}/recordings/{{id}}/analysis", analysis, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}/curves", curves, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}/preview", preview, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}/people", people, methods=["GET"]),
        Route(f"{prefix}/recordings/{{id}}/cancel", cancel, methods=["POST"]),
        Route(f"{prefix}/recordings/{{id}}/again", again, methods=["POST"]),
        Route(f"{prefix}/recordings/{{id}}/files/{{name}}", file, methods=["GET"]),
    ]


_FOR_PROGRAMS = [*_routes(""), Route("/uploads", upload, methods=["POST"])]

routes: list[BaseRoute] = [
    Mount("/api/v1", routes=_FOR_PROGRAMS, middleware=[Middleware(TokenGate)]),
    *_routes("/api"),
    Route("/files/{id}/{name}", file, methods=["GET"], name="file"),
]
