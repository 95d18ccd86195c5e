"""The app: routes, middleware, what runs while it is up, how troubles are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from posture.errors import PostureError
from posture.store import open_store
from posture.web import preferences
from posture.web.access import auth, lan, users
from posture.web.access.admission import Admission
from posture.web.access.auth import Gate
from posture.web.access.security import Guard, secured
from posture.web.api import openapi
from posture.web.api import routes as api
from posture.web.config import Config
from posture.web.jobs import uploads
from posture.web.jobs.runner import Jobs
from posture.web.live import routes as live
from posture.web.live.session import close_sessions
from posture.web.log_filter import keep_names_out
from posture.web.office import care, correct, data, deleted, share, studio, written
from posture.web.pages import guide, home
from posture.web.responses import Refused, refusal

_HERE = Path(__file__).parent
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "web_not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "web_wrong_method",
}
log = logging.getLogger("posture.web")


def create_app(config: Config) -> Starlette:
    """Return the whole web app over one data directory.

    Raises
    ------
    StoreTrouble
        The data directory or its database cannot be used.
    """
    keep_names_out()
    with ExitStack() as if_refused:
        store = if_refused.enter_context(open_store(config.data_dir))
        admission = Admission(store, config)
        if_refused.pop_all()
    app = Starlette(
        routes=[*_routes(), Mount("/static", StaticFiles(directory=_HERE / "static"))],
        middleware=[Middleware(Guard, config=config), Middleware(Gate)],
        exception_handlers={
            PostureError: _told,
            HTTPException: _not_served,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
        lifespan=_lifespan,
    )
    app.state.config = config
    app.state.store = store
    app.state.jobs = Jobs(store, config)
    app.state.live = {}
    app.state.printing = asyncio.Lock()  # one report at a time
    app.state.stop = None  # what ends the server, where it can be ended from a page
    app.state.admission = admission
    return app


def _routes() -> list[BaseRoute]:
    """Return every route; what stands under /api/v1 without a token comes before what needs one."""
    return [
        *preferences.routes,
        *openapi.routes,
        *uploads.routes,
        *api.routes,
        *home.routes,
        *deleted.routes,
        *care.routes,
        *correct.routes,
        *written.routes,
        *studio.routes,
        *data.routes,
        *share.routes,
        *guide.routes,
        *live.routes,
        *auth.routes,
        *users.routes,
        *lan.routes,
    ]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Run the jobs while the app is up; what was interrupted waits for the next time."""
    with app.state.store:
        try:
            async with app.state.jobs:
                yield
                await close_sessions(app.state.live)
        finally:
            # what runs in a thread may still use the store, and nobody cancels a thread
            await asyncio.get_running_loop().shutdown_default_executor()


async def _told(request: Request, trouble: Exception) -> Response:
    assert isinstance(trouble, PostureError)  # noqa: S101 - registered for it
    return refusal(request, trouble)


async def _not_served(request: Request, trouble: Exception) -> Response:
    """Say what the router has to say: no such page, no such method."""
    assert isinstance(trouble, HTTPException)  # noqa: S101 - registered for it
    code = _SENTENCES.get(HTTPStatus(trouble.status_code), "web_unusable")
    return refusal(request, Refused(code), trouble.status_code, trouble.headers)


async def _gone(request: Request, _trouble: Exception) -> Response:  # noqa: ARG001 - as the others
    """Answer nobody: the line was closed before the request was whole."""
    return secured(Response(status_code=HTTPStatus.BAD_REQUEST))


async def _broken(request: Request, _trouble: Exception) -> Response:
    """Answer what nobody foresaw; the log has the rest, the reader gets none of it."""
    trouble = Refused("web_internal", status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return secured(refusal(request, trouble))
