"""The numbers of a visit or a client for other programs: Excel, and tables over time as a zip."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture.errors import UnusableClip
from posture.exports.bundle import write_bundle
from posture.exports.workbook import write_workbook
from posture.formats.analysis import load_analysis
from posture.store import Store, Visit
from posture.types import Analysis
from posture.web.access.security import known_id
from posture.web.pages.parts import store_of
from posture.web.pages.visit_view import say, when_of
from posture.web.responses import Refused, attached, words_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP = "application/zip"


def visit_workbook(request: Request) -> Response:
    """Hand out all measures of a visit as Excel."""
    store, visit = store_of(request), _visit(request)
    return _sent(request, _analyses(store, [visit]), _named(request, visit), ".xlsx")


def visit_tables(request: Request) -> Response:
    """Hand out the tables of a visit as a zip: measures, every angle over time, points."""
    store, visit = store_of(request), _visit(request)
    return _sent(request, _analyses(store, [visit]), _named(request, visit), ".zip")


def client_workbook(request: Request) -> Response:
    """Hand out all measures of a client over time as Excel."""
    store = store_of(request)
    client = store.clients.get(_id(request, "client"))
    visits = [*reversed(store.visits.latest(client.id, limit=None))]
    return _sent(request, _analyses(store, visits), client.name, ".xlsx")


def _id(request: Request, name: str) -> str:
    return known_id(request.path_params.get(name) or request.path_params.get("id", ""))


def _visit(request: Request) -> Visit:
    return store_of(request).visits.get(_id(request, "visit"))


def _named(request: Request, visit: Visit) -> str:
    """Return what a file about a visit is called: whose it was and when."""
    store, words = store_of(request), words_of(request)
    client = store.clients.get(visit.client_id) if visit.client_id else None
    who = client.name if client else say(words, "pages_nobody_visit")
    return f"{who} {when_of(visit.started_at, words, with_time=False)}"


def _analyses(store: Store, visits: Sequence[Visit]) -> Mapping[str, Analysis]:
    """Return the analyses of visits whose files are kept, by day and step, in order of time.

    Raises
    ------
    Refused
        Nothing is analysed yet, or no file of it was kept.
    """
    found: dict[str, Analysis] = {}
    for visit in visits:
        day = f"{visit.started_at.astimezone():%Y-%m-%d_%H%M}"
        for recording in store.recordings.of_visit(visit.id):
            if recording.result is None:
                continue
            name = f"{day}_{re.sub(r'[^A-Za-z0-9_]', '_', recording.step)}"
            alike = sum(one == name or one.startswith(f"{name}_") for one in found)
            with suppress(UnusableClip):  # its points were not kept
                analysis = load_analysis(store.files.result(recording.id))
                found[f"{name}_{alike + 1}" if alike else name] = analysis
    if not found:
        raise Refused("not_analysed_yet", status=HTTPStatus.NOT_FOUND)
    return found


def _sent(request: Request, analyses: Mapping[str, Analysis], name: str, suffix: str) -> Response:
    store, words = store_of(request), words_of(request)
    with store.files.for_a_moment("export", suffix) as path:
        if suffix == ".zip":
            write_bundle(analyses, path)
        else:
            write_workbook(analyses, path, words)
        content = path.read_bytes()
    return attached(content, f"{name}{suffix}", _ZIP if suffix == ".zip" else XLSX)


routes: list[BaseRoute] = [
    Route("/visits/{visit}/data.xlsx", visit_workbook, name="visit_workbook"),
    Route("/visits/{visit}/data.zip", visit_tables, name="visit_tables"),
    Route("/clients/{client}/data.xlsx", client_workbook, name="client_workbook"),
]
