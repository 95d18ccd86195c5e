"""The studio's logo, at the top of every report."""

from __future__ import annotations

import base64
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from posture.web.jobs.runner import Jobs
from posture.web.pages.parts import seen, store_of
from posture.web.pages.visit_report import LOGO, logo_of
from posture.web.responses import Refused


async def keep_logo(request: Request) -> Response:
    """Keep a PNG or JPEG, made small, as the logo; the one before stays where it cannot be."""
    jobs: Jobs = request.app.state.jobs
    small = await jobs.logo(await request.body())
    kept = base64.b64encode(small).decode("ascii")
    await run_in_threadpool(store_of(request).settings.set, LOGO, kept)
    return JSONResponse({}, status_code=HTTPStatus.CREATED)


def show_logo(request: Request) -> Response:
    """Return the logo."""
    logo = logo_of(store_of(request))
    if not logo:
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    return Response(logo, media_type="image/png")


async def remove_logo(request: Request) -> Response:
    """Remove the logo; reports have the studio's name alone."""
    await run_in_threadpool(store_of(request).settings.set, LOGO, None)
    return seen("/settings?saved#studio")


routes: list[BaseRoute] = [
    Route("/settings/logo", keep_logo, methods=["POST"]),
    Route("/settings/logo.png", show_logo, methods=["GET"], name="logo"),
    Route("/settings/logo/remove", remove_logo, methods=["POST"]),
]
