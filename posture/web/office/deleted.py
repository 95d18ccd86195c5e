"""The bin: what was deleted, put back or deleted for good."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture.store.binned import BIN_DAYS
from posture.web.access.security import known_id
from posture.web.pages.parts import check_name, seen, store_of
from posture.web.pages.visit_view import say, when_of
from posture.web.responses import page, words_of


def bin_page(request: Request) -> Response:
    """List what lies in the bin, and how long it still does."""
    store, words = store_of(request), words_of(request)
    people, visits = store.bin.all()
    names = {client.id: client.name for client in store.clients.all()}
    nobody = say(words, "pages_nobody_visit")
    rows = [
        {"kind": "clients", "id": one.id, "name": one.name, "days": _days_left(one.deleted_at)}
        for one in people
    ]
    for one in visits:
        whose = names.get(one.client_id or "", nobody)
        told = f"{whose} · {when_of(one.started_at, words)} · {check_name(one, words)}"
        left = _days_left(one.deleted_at)
        rows.append({"kind": "visits", "id": one.id, "name": told, "days": left})
    return page(
        request,
        "bin.html.j2",
        rows=rows,
        days=BIN_DAYS,
        deleted="deleted" in request.query_params,
    )


def _days_left(since: datetime | None) -> int:
    passed = (datetime.now(UTC) - (since or datetime.now(UTC))).total_seconds() / 86400
    return max(1, math.ceil(BIN_DAYS - max(0.0, passed)))


async def bin_client(request: Request) -> Response:
    """Put a client into the bin."""
    put = store_of(request).bin.put_client
    await run_in_threadpool(put, known_id(request.path_params["client"]), datetime.now(UTC))
    return seen("/bin?deleted")


async def bin_visit(request: Request) -> Response:
    """Put a visit into the bin."""
    put = store_of(request).bin.put_visit
    await run_in_threadpool(put, known_id(request.path_params["visit"]), datetime.now(UTC))
    return seen("/bin?deleted")


async def put_back_client(request: Request) -> Response:
    """Put a client back."""
    client_id = known_id(request.path_params["client"])
    await run_in_threadpool(store_of(request).bin.put_back_client, client_id)
    return seen(f"/clients/{client_id}")


async def put_back_visit(request: Request) -> Response:
    """Put a visit back."""
    visit_id = known_id(request.path_params["visit"])
    await run_in_threadpool(store_of(request).bin.put_back_visit, visit_id)
    return seen(f"/visits/{visit_id}")


async def empty_client(request: Request) -> Response:
    """Delete a client of the bin for good; others are not touched from here."""
    client_id, store = known_id(request.path_params["client"]), store_of(request)
    people, _ = await run_in_threadpool(store.bin.all)
    if client_id in {one.id for one in people}:
        await run_in_threadpool(store.clients.delete, client_id)
    return seen("/bin?gone")


async def empty_visit(request: Request) -> Response:
    """Delete a visit of the bin for good; others are not touched from here."""
    visit_id, store = known_id(request.path_params["visit"]), store_of(request)
    _, visits = await run_in_threadpool(store.bin.all)
    if visit_id in {one.id for one in visits}:
        await run_in_threadpool(store.visits.delete, visit_id)
    return seen("/bin?gone")


routes: list[BaseRoute] = [
    Route("/bin", bin_page, methods=["GET"], name="bin"),
    Route("/clients/{client}/bin", bin_client, methods=["POST"]),
    Route("/visits/{visit}/bin", bin_visit, methods=["POST"]),
    Route("/bin/clients/{client}/back", put_back_client, methods=["POST"]),
    Route("/bin/visits/{visit}/back", put_back_visit, methods=["POST"]),
    Route("/bin/clients/{client}/delete", empty_client, methods=["POST"]),
    Route("/bin/visits/{visit}/delete", empty_visit, methods=["POST"]),
]
