"""The pages: home, recordings, settings; those of visits and clients are beside it."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import partial
from http import HTTPStatus
from threading import Timer

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from posture import leftovers
from posture.distribution import version_here
from posture.errors import PostureError
from posture.outputs.logo import LOGO_BYTES
from posture.received import line
from posture.store import backup
from posture.video.kinds import PICKED
from posture.web.access.auth import change_passcode as passcode_changed
from posture.web.access.security import known_id, may_stop
from posture.web.config import set_for_devices
from posture.web.forms import form_of
from posture.web.pages.clients import routes as client_routes
from posture.web.pages.pair import routes as pair_routes
from posture.web.pages.parts import (
    DEFAULT_DAYS,
    SPANS,
    activities,
    known,
    lines_of,
    seen,
    sides,
    spans,
    store_of,
)
from posture.web.pages.visit_report import logo_of
from posture.web.pages.visit_view import (
    when_of,
)
from posture.web.pages.visits import routes as visit_routes
from posture.web.questionnaire import known_of
from posture.web.responses import Refused, page, status_of, words_of

_LATEST = 8  # visits on the home page; ours
_CLOSE_S = 1.0  # ours; a browser on the same machine takes a tenth
_EARLIER = 30  # visits under the uploads; ours


def home(request: Request) -> Response:
    """Show the three ways in, and what was done last."""
    store = store_of(request)
    return page(
        request,
        "home.html.j2",
        visits=lines_of(store, store.visits.latest(limit=_LATEST), words_of(request)),
        waiting=len(store.queue.all()),
    )


def recordings(request: Request) -> Response:
    """Show where videos are dropped, the queue, and earlier visits."""
    store, words = store_of(request), words_of(request)
    visit_id = request.query_params.get("visit", "")
    visit = store.visits.get(known_id(visit_id)) if visit_id else None
    chosen = visit.client_id if visit else request.query_params.get("client", "")
    return page(
        request,
        "recordings.html.j2",
        clients=store.clients.all(),
        chosen=chosen,
        visit=visit,
        visit_when=when_of(visit.started_at, words) if visit else "",
        activities=activities(words),
        sides=sides(words),
        visits=lines_of(store, store.visits.latest(limit=_EARLIER), words),
        picked=PICKED,
    )


def known_answers(request: Request) -> Response:
    """Return what is known of a client, for a form that is about to be filled in."""
    store = store_of(request)
    client = store.clients.get(known_id(request.path_params["client"]))
    return JSONResponse(known_of(store, client))


def settings(request: Request, refused: PostureError | None = None) -> Response:
    """Show what can be set for everybody at this computer."""
    store, words = store_of(request), words_of(request)
    config = request.app.state.config
    return page(
        request,
        "settings.html.j2",
        status=status_of(refused) if refused else HTTPStatus.OK,
        saved="saved" in request.query_params,
        recovered="recovered" in request.query_params,
        recoverable=store.settings.has_recovery(),
        refused=words.sentence(refused.reason) if refused else "",
        has_logo=bool(logo_of(store)),
        logo_bytes=LOGO_BYTES,
        studio_name=store.settings.get("studio_name", ""),
        default_days=str(store.settings.get("retention_days", DEFAULT_DAYS)),
        spans=spans(words),
        locked=store.settings.has_passcode(),
        free_gb=round(shutil.disk_usage(config.data_dir).free / 1e9, 1),
        tokens=[
            {
                "name": token.name,
                "used": when_of(token.last_used_at, words) if token.last_used_at else "",
            }
            for token in store.tokens.all()
        ],
        version=version_here(),
        can_stop=may_stop(request),
    )


async def close_program(request: Request) -> Response:
    """End the server; the page that answers is the last one."""
    return _closed(request, "pages_closed_text")


async def switch_devices(request: Request) -> Response:
    """Have the icon open the program for tablets and phones, or no longer, and end it."""
    if not may_stop(request):
        raise Refused("web_cannot_close", status=HTTPStatus.FORBIDDEN)
    on = (await form_of(request)).get("on") == "yes"
    data_dir = request.app.state.config.data_dir
    await run_in_threadpool(partial(set_for_devices, data_dir, on=on))
    return _closed(request, "lan_closed_on" if on else "lan_closed_off")


def _closed(request: Request, says: str) -> Response:
    if not may_stop(request):
        raise Refused("web_cannot_close", status=HTTPStatus.FORBIDDEN)
    answer = page(request, "closed.html.j2", says=says)
    # its style is still to be fetched
    answer.background = BackgroundTask(Timer(_CLOSE_S, request.app.state.stop).start)
    return answer


def save_backup(request: Request) -> Response:
    """Hand out everything that is kept as one file, which `posture restore` puts back."""
    store, config = store_of(request), request.app.state.config
    path = leftovers.hidden(store.files.passing, "backup", ".zip")
    try:
        whole = backup(config.data_dir, path)
    except PostureError as trouble:
        return settings(request, trouble)
    return FileResponse(
        whole,
        media_type="application/zip",
        filename=f"posture-{datetime.now().astimezone():%Y-%m-%d}.zip",
        background=BackgroundTask(whole.unlink, missing_ok=True),
    )


async def change_settings(request: Request) -> Response:
    """Keep the name of the studio and how long things are kept unless said otherwise."""
    form, store = await form_of(request), store_of(request)
    days = known(form.get("retention"), SPANS) or DEFAULT_DAYS
    await run_in_threadpool(
        store.settings.set, "studio_name", line(form.get("studio_name", ""))[:80]
    )
    await run_in_threadpool(store.settings.set, "retention_days", days)
    return seen("/settings?saved")


async def change_passcode(request: Request) -> Response:
    """Set, change or take away the passcode; who changes it knows the old one."""
    form = await form_of(request)

    def told(code: str) -> Response:
        if not code:
            return seen("/settings?saved")
        return page(request, "recovery.html.j2", code=code)

    try:
        return await passcode_changed(request, form.get("old", ""), form.get("new", ""), told)
    except PostureError as trouble:
        return await run_in_threadpool(settings, request, trouble)


routes: list[BaseRoute] = [
    Route("/", home, name="home"),
    Route("/recordings", recordings, name="recordings"),
    Route("/clients/{client}/known", known_answers, methods=["GET"], name="known"),
    Route("/settings", settings, methods=["GET"], name="settings"),
    Route("/settings", change_settings, methods=["POST"]),
    Route("/settings/close", close_program, methods=["POST"]),
    Route("/settings/devices", switch_devices, methods=["POST"]),
    Route("/settings/backup", save_backup, methods=["POST"], name="backup"),
    Route("/settings/passcode", change_passcode, methods=["POST"]),
    *visit_routes,
    *pair_routes,
    *client_routes,
]
