"""A report for the client's phone: by a QR code in the same network, or as one file to send."""

from __future__ import annotations

import math
import re
from functools import partial
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from posture.errors import PostureError
from posture.web.access.admission import admission_of, visitor_of
from posture.web.access.lan import qr_svg, shared_link
from posture.web.access.security import REPORT_POLICY, known_id
from posture.web.access.shares import SHARED_S
from posture.web.pages.parts import seen, store_of
from posture.web.pages.visit_report import attached_report, report_html
from posture.web.responses import Refused, page
from posture.web.visit_results import results_needed

_CODE = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base 64


def open_share(request: Request) -> Response:
    """Make a link and show it as a QR code, this once."""
    visit_id = known_id(request.path_params["visit"])
    if not request.app.state.config.lan:
        raise Refused("share_needs_lan", status=HTTPStatus.CONFLICT)
    results_needed(store_of(request), visit_id)  # refused where there is nothing to show
    made_by = visitor_of(request).user
    return share_page(request, code=admission_of(request).shares.make(visit_id, made_by))


def end_share(request: Request) -> Response:
    """End the links to a report at once."""
    visit_id = known_id(request.path_params["visit"])
    admission_of(request).shares.end(visit_id)
    return seen(f"/visits/{visit_id}/share?ended")


def save_file(request: Request) -> Response:
    """Hand out the report as one file that stands alone."""
    response = attached_report(request, known_id(request.path_params["visit"]))
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


async def shared(request: Request) -> Response:
    """Show the report that a link opens, and nothing else; wrong links have to wait."""
    code = request.path_params["code"]
    admission = admission_of(request)
    if not admission.config.lan or not _CODE.fullmatch(code):
        raise Refused("share_over", status=HTTPStatus.NOT_FOUND)
    found = await admission.tried("share", request, partial(admission.shares.find, code))
    if found is None:
        raise Refused("share_over", status=HTTPStatus.NOT_FOUND)
    try:
        html = await run_in_threadpool(report_html, request, found.visit_id)
    except PostureError as trouble:  # deleted since: the link does not tell what was there
        raise Refused("share_over", status=HTTPStatus.NOT_FOUND) from trouble
    response = HTMLResponse(html)
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def share_page(request: Request, *, code: str = "") -> Response:
    """Show how a report comes to a phone, and whether a link to it is open."""
    visit = store_of(request).visits.get(known_id(request.path_params["visit"]))
    link = shared_link(request, code) if code else ""
    return page(
        request,
        "share.html.j2",
        visit=visit,
        is_lan=request.app.state.config.lan,
        link=link,
        link_qr=qr_svg(link) if link else "",
        minutes=int(SHARED_S / 60),
        minutes_left=math.ceil(admission_of(request).shares.left_s(visit.id) / 60),
        ended="ended" in request.query_params,
    )


routes: list[BaseRoute] = [
    Route("/visits/{visit}/share", share_page, methods=["GET"], name="share"),
    Route("/visits/{visit}/share", open_share, methods=["POST"]),
    Route("/visits/{visit}/share/end", end_share, methods=["POST"]),
    Route("/visits/{visit}/share/file", save_file, methods=["GET"]),
    Route("/shared/{code}", shared, methods=["GET"]),
]
