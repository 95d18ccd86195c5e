"""The live check's pages and addresses."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from posture.landmarks.live_pose import import_models
from posture.live.steps import CHECKS, EXTRAS
from posture.store import Client, Store, Visit
from posture.types import Answers
from posture.web.access.security import known_id
from posture.web.live.entry import live_socket
from posture.web.live.session import planned
from posture.web.live.takes import end_take, put_chunk
from posture.web.questionnaire import Questions, needs_doctor_today
from posture.web.responses import Refused, page


async def start_page(request: Request) -> Response:
    """Ask what there is to know before a check."""
    store: Store = request.app.state.store
    clients = await asyncio.to_thread(store.clients.all)
    return page(
        request,
        "live_start.html.j2",
        clients=[{"id": client.id, "name": client.name} for client in clients],
        checks=CHECKS,
        extras=EXTRAS,
        camera=request.app.state.config.camera is not None,
        asked=Questions(),
        told=Answers(),
    )


async def live_page(request: Request) -> Response:
    """Lead somebody through a check."""
    store: Store = request.app.state.store
    visit: Visit = await asyncio.to_thread(store.visits.get, known_id(request.path_params["visit"]))
    if needs_doctor_today(visit.answers):
        raise Refused("pages_stop_today", status=HTTPStatus.CONFLICT)
    client: Client | None = None
    if visit.client_id is not None:
        client = await asyncio.to_thread(store.clients.get, visit.client_id)
    # while the page loads and the camera starts, so does what will look at its pictures
    asyncio.get_running_loop().run_in_executor(None, import_models)
    has_camera = request.app.state.config.camera is not None
    from_server = has_camera and request.query_params.get("source") == "server"
    return page(
        request,
        "live.html.j2",
        visit=visit,
        client_name="" if client is None else client.name,
        source="server" if from_server else "browser",
        steps=[{"id": step.id, "recorded": step.recorded} for step in planned(visit)],
        extras=EXTRAS,
    )


async def leave(request: Request) -> Response:
    """End a session at once; gone already is as good."""
    session = request.app.state.live.get(request.path_params["session"])
    if session is not None:
        await session.end()
    return Response(status_code=HTTPStatus.NO_CONTENT)


_STEP = "/api/live/{session}/steps/{step}"
routes: list[BaseRoute] = [
    Route("/live", start_page, name="live_start"),
    Route("/live/{visit}", live_page, name="live"),
    WebSocketRoute("/ws/live", live_socket, name="live_socket"),
    Route(_STEP + "/chunks/{k}", put_chunk, methods=["POST"], name="live_chunk"),
    Route(_STEP + "/end", end_take, methods=["POST"], name="live_end"),
    Route("/api/live/{session}", leave, methods=["DELETE"], name="live_leave"),
]
