"""The report of a visit: its page, and the same page as PDF."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from posture.outputs.first_page import Cover
from posture.outputs.session_report import SERVED_POLICY, SessionView, session_report_html
from posture.outputs.words import Words
from posture.printing import print_page
from posture.store import Store
from posture.web.access.security import known_id
from posture.web.pages.parts import age_of, store_of
from posture.web.pages.report_files import chosen_for, session_view
from posture.web.pages.visit_view import when_of
from posture.web.responses import attached, words_of
from posture.web.visit_results import results_needed


def visit_report(request: Request) -> Response:
    """Show the report to print or hand over: one page that stands alone."""
    visit_id = known_id(request.path_params["visit"])
    response = HTMLResponse(report_html(request, visit_id, back=f"/visits/{visit_id}"))
    response.headers["Content-Security-Policy"] = f"{SERVED_POLICY}; frame-ancestors 'self'"
    return response


def report_html(request: Request, visit_id: str, *, back: str = "") -> str:
    """Return the report of a visit; without an address to go `back` to it leads nowhere.

    Raises
    ------
    Refused
        Nothing is analysed yet.
    """
    store, words = store_of(request), words_of(request)
    return session_report_html(_view(store, visit_id, words), words, back=back)


async def visit_pdf(request: Request) -> Response:
    """Hand out the report as PDF; one is printed at a time, as a browser takes two cores."""
    words = words_of(request)
    visit_id = known_id(request.path_params.get("visit") or request.path_params.get("id", ""))
    printing: asyncio.Lock = request.app.state.printing
    async with printing:
        return await run_in_threadpool(_pdf, store_of(request), visit_id, words)


def write_pdf(store: Store, visit_id: str, words: Words, pdf: Path) -> SessionView:
    """Print the report of a visit to a file; return what it shows.

    Raises
    ------
    StoreTrouble, Refused, CannotWrite
        No such visit, nothing of it analysed yet, it cannot be printed.
    """
    view = _view(store, visit_id, words)
    with store.files.for_a_moment("report", ".html") as page:
        page.write_text(session_report_html(view, words), "utf-8")
        print_page(page, pdf)
    return view


def _pdf(store: Store, visit_id: str, words: Words) -> Response:
    with store.files.for_a_moment("report", ".pdf") as pdf:
        view = write_pdf(store, visit_id, words, pdf)
        content = pdf.read_bytes()
    return attached(content, f"{_called(view, words)}.pdf", "application/pdf")


def attached_report(request: Request, visit_id: str) -> Response:
    """Hand out the report of a visit as one HTML file that stands alone.

    Raises
    ------
    Refused
        Nothing is analysed yet.
    """
    words = words_of(request)
    view = _view(store_of(request), visit_id, words)
    html = session_report_html(view, words).encode()
    return attached(html, f"{_called(view, words)}.html", "text/html")


def _called(view: SessionView, words: Words) -> str:
    """Name a saved report: whose it is and of which day."""
    day = view.cover.date.rpartition(" ")[0]  # without the time
    return " ".join(filter(None, [view.cover.name, day])) or words.ui("title")


LOGO = "studio_logo"  # among the settings: a small PNG in base 64


def logo_of(store: Store) -> bytes:
    """Return the studio's logo as PNG; empty where there is none."""
    kept = store.settings.get(LOGO)
    try:
        return base64.b64decode(kept, validate=True) if isinstance(kept, str) else b""
    except binascii.Error:
        return b""


def _view(store: Store, visit_id: str, words: Words) -> SessionView:
    """Return what the report of a visit shows."""
    visit = store.visits.get(visit_id)
    result = results_needed(store, visit_id)
    client = store.clients.get(visit.client_id) if visit.client_id else None
    view = session_view(
        store,
        result,
        words,
        cover=Cover(
            name=client.name if client else "",
            date=when_of(visit.started_at, words),
            age_band=age_of(client.age_band, words) if client else "",
            studio=str(store.settings.get("studio_name", "")),
            logo=logo_of(store),
            comment=_in_few_lines(visit.comment),
        ),
        withheld=visit.withheld,
    )
    return replace(view, chosen=chosen_for(visit))


def _in_few_lines(comment: str) -> str:
    """Return a comment as it was written, or as one paragraph where it has too many lines."""
    lines = [line for line in comment.splitlines() if line.strip()]
    return ("\n" if len(lines) <= _MOST_LINES else " ").join(lines)


_MOST_LINES = 4  # ours; more would push the plan off the first page


routes: list[BaseRoute] = [
    Route("/visits/{visit}/report", visit_report, name="report"),
    Route("/visits/{visit}/report.pdf", visit_pdf, name="report_pdf"),
]
