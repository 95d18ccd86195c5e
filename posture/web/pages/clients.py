"""Clients: who they are, what they agreed to, how they change, two visits side by side."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from posture import leftovers, received
from posture.errors import PostureError
from posture.outputs.changes import Change, Key, by_hand, changes, course_of
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.store import Client, Keep, Store
from posture.store.binned import BIN_DAYS
from posture.store.records import AGE_BANDS
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.jobs.job_settings import checked
from posture.web.pages.pair import pairs_of_visits
from posture.web.pages.parts import (
    DEFAULT_DAYS,
    SPANS,
    age_of,
    figure_of,
    known,
    line_of,
    picture_of,
    seen,
    spans,
    store_of,
    typed,
)
from posture.web.pages.trends import Trend, trends
from posture.web.pages.visit_view import (
    outcome_of,
    say,
    when_of,
)
from posture.web.responses import Refused, page, words_of
from posture.web.visit_results import results_of

CONSENT_VERSION = "2026-12"  # changes with the meaning of pages_consent_text_*
KEEPS: Mapping[str, Keep] = {"video": "video", "pictures": "pictures", "numbers": "numbers"}


def clients(request: Request) -> Response:
    """List the clients."""
    return _clients_page(request, {}, ())


def _clients_page(
    request: Request, form: Mapping[str, str], namesakes: Sequence[Client]
) -> Response:
    store, words = store_of(request), words_of(request)
    rows = []
    for client in store.clients.all():
        visits = store.visits.latest(client.id)
        last = when_of(visits[0].started_at, words, with_time=False) if visits else ""
        age = age_of(client.age_band, words)
        rows.append({"client": client, "age": age, "count": len(visits), "last": last})
    return page(
        request,
        "clients.html.j2",
        status=HTTPStatus.CONFLICT if namesakes else HTTPStatus.OK,
        rows=rows,
        ages=_ages(words),
        form=form,
        namesakes=[
            {"client": one, "since": when_of(one.created_at, words, with_time=False)}
            for one in namesakes
        ],
    )


async def add_client(request: Request) -> Response:
    """Add a client."""
    form, store = await form_of(request), store_of(request)
    namesakes = await run_in_threadpool(_namesakes, store, form.get("name", ""))
    if namesakes and form.get("sure") != "yes":
        return await run_in_threadpool(_clients_page, request, form, namesakes)
    add = partial(
        store.clients.add,
        form.get("name", ""),
        form.get("note", ""),
        known(form.get("age_band"), AGE_BANDS),
        reading=form.get("reading", ""),
        height_cm=_height(form),
    )
    client = await run_in_threadpool(add)
    return seen(f"/clients/{client.id}")


def _namesakes(store: Store, name: str) -> tuple[Client, ...]:
    """Return the clients of the same name: spaces, width and large letters make no other one."""
    wanted = _plain(name)
    return tuple(one for one in store.clients.all() if wanted and _plain(one.name) == wanted)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _height(form: Mapping[str, str]) -> float | None:
    """Return the height of a form in cm; refuse what nobody is tall."""
    told = form.get("height_cm", "")
    if not told:
        return None
    try:
        return received.number(checked({"height_cm": received.decimal(told)}).get("height_cm"))
    except ValueError as trouble:
        raise Refused("web_bad_request", what="height_cm") from trouble


def client_page(
    request: Request, refused: PostureError | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Show a client: progress, visits, consent, their data."""
    store, words = store_of(request), words_of(request)
    client = store.clients.get(known_id(request.path_params["client"]))
    visits = store.visits.latest(client.id)
    of_visits = {visit.id: results_of(store, visit.id) for visit in visits}
    courses = trends(
        [
            (visit.id, visit.started_at, result.headline_measures)
            for visit in reversed(visits)
            if (result := of_visits[visit.id]) is not None
        ]
    )
    return page(
        request,
        "client.html.j2",
        status=status,
        client=client,
        age=age_of(client.age_band, words),
        since=when_of(client.created_at, words, with_time=False),
        consented=when_of(client.consent_at, words, with_time=False) if client.consent_at else "",
        trends=[_trend(trend, words) for trend in courses],
        visits=[line_of(v, None, of_visits[v.id], words) for v in visits],
        ages=_ages(words),
        spans=spans(words),
        bin_days=BIN_DAYS,
        known_days={int(span) if span.isdecimal() else span for span in SPANS},
        default_days=str(store.settings.get("retention_days", DEFAULT_DAYS)),
        refused=words.sentence(refused.reason) if refused else "",
    )


async def change_client(request: Request) -> Response:
    """Change what is written about a client."""
    client_id = known_id(request.path_params["client"])
    form = await form_of(request)
    await run_in_threadpool(
        store_of(request).clients.change,
        client_id,
        name=form.get("name", ""),
        note=form.get("note", ""),
        age_band=known(form.get("age_band"), AGE_BANDS),
        reading=form.get("reading", ""),
        height_cm=_height(form),
    )
    return seen(f"/clients/{client_id}")


async def consent(request: Request) -> Response:
    """Write down what a client agreed to; what they no longer want kept goes at once."""
    client_id = known_id(request.path_params["client"])
    form = await form_of(request)
    keep, days = KEEPS.get(form.get("keep", "")), known(form.get("retention"), SPANS)
    if form.get("agreed") != "yes" or keep is None or days is None:
        raise Refused("pages_consent_incomplete")
    await run_in_threadpool(
        _agreed, store_of(request), client_id, keep, None if days == "none" else int(days)
    )
    return seen(f"/clients/{client_id}#consent")


def _agreed(store: Store, client_id: str, keep: Keep, days: int | None) -> None:
    store.clients.consent(client_id, keep, CONSENT_VERSION, days)
    for visit in store.visits.latest(client_id):
        for recording in store.recordings.of_visit(visit.id):
            if recording.state == "done":
                store.recordings.apply_keep(recording.id)


async def delete_client(request: Request) -> Response:
    """Delete a client and everything of theirs, once the name has been typed."""
    client_id = known_id(request.path_params["client"])
    form = await form_of(request)
    store = store_of(request)
    client = await run_in_threadpool(store.clients.get, client_id)
    try:
        typed(form, client.name)
    except Refused as trouble:
        return await run_in_threadpool(client_page, request, trouble, trouble.status)
    await run_in_threadpool(store.clients.delete, client_id)
    return seen("/clients?gone")


def export_client(request: Request) -> Response:
    """Hand out everything about a client as one zip."""
    store = store_of(request)
    client = store.clients.get(known_id(request.path_params["client"]))
    path = leftovers.hidden(store.files.passing, "export", ".zip")
    whole = store.clients.export(client.id, path)
    return FileResponse(
        whole,
        media_type="application/zip",
        filename=f"{client.name}.zip",
        background=BackgroundTask(whole.unlink, missing_ok=True),
    )


def _trend(trend: Trend, words: Words) -> dict[str, object]:
    name, _, side = trend.key
    shown = [trend.points[0], *trend.points[-1:]] if trend.change else [trend.points[0]]
    corrected = [when_of(p.when, words, with_time=False) for p in trend.points if p.is_by_hand]
    return {
        "trend": trend,
        "name": words.of("measures", name),
        "side": "" if side.value == "both" else words.term(side.value),
        "shown": [number(point.measure, words) for point in shown],
        "is_beyond": trend.change is not None and trend.change.is_beyond,
        "told": course_of(trend.change, words) if trend.change else "",
        "by_hand": say(words, "pages_trend_by_hand", when=", ".join(corrected))
        if corrected
        else "",
    }


def _ages(words: Words) -> list[tuple[str, str]]:
    rows = [(band, say(words, f"pages_age_{band}")) for band in AGE_BANDS]
    return [("", say(words, "pages_age_none")), *rows]


def compare(request: Request) -> Response:
    """Show two visits side by side, each difference against what measuring twice gives."""
    store, words = store_of(request), words_of(request)
    asked = request.query_params
    ids = [asked[name] for name in ("a", "b") if name in asked] or asked.getlist("v")
    chosen = sorted(
        (store.visits.get(known_id(visit_id)) for visit_id in dict.fromkeys(ids)),
        key=lambda visit: visit.started_at,
    )
    if len(chosen) < 2:  # noqa: PLR2004 - two sides
        raise Refused("pages_compare_two")
    pair = (chosen[0], chosen[-1])
    results = [results_of(store, visit.id) for visit in pair]
    before, after = results
    found = changes(before.headline_measures, after.headline_measures) if before and after else ()
    hands = [by_hand(result.headline_measures) if result else frozenset() for result in results]
    client_id = pair[0].client_id
    return page(
        request,
        "compare.html.j2",
        client=store.clients.get(client_id) if client_id else None,
        different=client_id != pair[1].client_id,
        sides=[
            {
                "visit": visit,
                "when": when_of(visit.started_at, words),
                "withheld": visit.withheld,
                "outcome": outcome_of(result, words) if result else None,
                "figure": figure_of(result, words) if result else "",
                "picture": picture_of(store, result, words)
                if result and not visit.withheld
                else None,
            }
            for visit, result in zip(pair, results, strict=True)
        ],
        pairs=pairs_of_visits(store, pair, words),
        rows=[_change(change, hands, words) for change in found],
        followed=sum(change.is_followed for change in found),
        beyond=sum(change.is_beyond for change in found),
    )


def _change(change: Change, hands: Sequence[frozenset[Key]], words: Words) -> dict[str, object]:
    key = (change.after.name, change.after.activity, change.side)
    return {
        "name": words.of("measures", change.after.name),
        "side": _side(change, words),
        "before": number(change.before, words),
        "after": number(change.after, words),
        "by_hand": [key in hand for hand in hands],
        "is_beyond": change.is_beyond,
        "says": course_of(change, words),
    }


def _side(change: Change, words: Words) -> str:
    return "" if change.side.value == "both" else words.term(change.side.value)


routes: list[BaseRoute] = [
    Route("/clients", clients, methods=["GET"], name="clients"),
    Route("/clients", add_client, methods=["POST"]),
    Route("/clients/{client}", client_page, methods=["GET"], name="client"),
    Route("/clients/{client}", change_client, methods=["POST"]),
    Route("/clients/{client}/consent", consent, methods=["POST"]),
    Route("/clients/{client}/delete", delete_client, methods=["POST"]),
    Route("/clients/{client}/export", export_client, name="export"),
    Route("/compare", compare, name="compare"),
]
