"""A visit: its page, whose it is, and deleting it."""

from __future__ import annotations

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture.outputs.card import card_svg
from posture.outputs.care_lines import MOST_DOSE, MOST_WHAT, Chosen, care_lines
from posture.outputs.words import Words
from posture.store import Recording, Store, Visit
from posture.store.binned import BIN_DAYS
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.jobs.job_settings import span_of
from posture.web.pages.before_after import before_and_after, card_of
from posture.web.pages.pair import pairs_of_visit
from posture.web.pages.parts import (
    activities,
    check_name,
    figure_of,
    picture_of,
    seen,
    sides,
    store_of,
    typed,
)
from posture.web.pages.report_files import chosen_for, files_of, telling_picture
from posture.web.pages.visit_report import routes as report_routes
from posture.web.pages.visit_view import (
    kept_line,
    outcome_of,
    recording_view,
    say,
    says_otherwise,
    when_of,
)
from posture.web.questionnaire import Questions, answers_from, answers_of, height_of, withholds
from posture.web.responses import Refused, page, words_of
from posture.web.visit_results import SAME_PERSON, VisitResults, results_from

_UNFOLDED = 2  # recordings that are shown at once; of more only what is unfinished (ours)


def visit_page(request: Request) -> Response:
    """Show a visit: what was found, what to do, the numbers, each recording."""
    store, words = store_of(request), words_of(request)
    visit = store.visits.get(known_id(request.path_params["visit"]))
    client = store.clients.get(visit.client_id) if visit.client_id else None
    of_visit = store.recordings.of_visit(visit.id)
    result = results_from(of_visit, visit.answers)
    views = [recording_view(recording, words) for recording in of_visit]
    return page(
        request,
        "visit.html.j2",
        visit=visit,
        client=client,
        who=client.name if client else say(words, "pages_nobody_visit"),
        when=when_of(visit.started_at, words),
        check=check_name(visit, words),
        answers=_answers(visit, words),
        asked=Questions(),
        told=answers_of(visit),
        felt={link.value: felt for link, felt in answers_of(visit).touch.items()},
        outcome=outcome_of(result, words) if result else None,
        plan=_plan(visit, result, words),
        figure=figure_of(result, words) if result else "",
        picture=picture_of(store, result, words) if result and not visit.withheld else None,
        same_person=visit.answers.get(SAME_PERSON) is True,
        change=before_and_after(visit, of_visit, words),
        pairs=pairs_of_visit(store, visit, of_visit, words),
        working=any(r.state in {"queued", "running"} for r in of_visit),
        version="|".join(view.version for view in views),
        previous=_previous(store, visit),
        recordings=views,
        files={r.id: files_of(store, r) for r in of_visit},
        pictured=set()
        if visit.withheld
        else {r.id for r in of_visit if telling_picture(store, r) is not None},
        trim_of=_trim_of,
        corrected={r.id: kept_line(r, words) for r in of_visit},
        clients=store.clients.all(),
        unfolded=_UNFOLDED,
        alone={r.id for r in of_visit if result and says_otherwise(r, result.assessment)},
        bin_days=BIN_DAYS,
        kept="kept" in request.query_params,
        chosen="chosen" in request.query_params,
        activities=activities(words),
        sides=sides(words),
    )


def _plan(visit: Visit, result: VisitResults | None, words: Words) -> dict[str, object]:
    """Return the care plan as the page shows it, and what may be chosen of it."""
    steps, chosen = (result.assessment.care if result else ()), chosen_for(visit)
    return {
        "steps": care_lines(steps, words, chosen),
        "whole": care_lines(steps, words, Chosen()),
        "chosen": chosen,
        "most_what": MOST_WHAT,
        "most_dose": MOST_DOSE,
    }


async def change_visit(request: Request) -> Response:
    """Say whose visit it was."""
    visit_id = known_id(request.path_params["visit"])
    form = await form_of(request)
    client_id = form.get("client") or None
    if client_id is not None:
        known_id(client_id)
    await run_in_threadpool(store_of(request).visits.change, visit_id, client_id=client_id)
    return seen(f"/visits/{visit_id}")


async def change_answers(request: Request) -> Response:
    """Write down what was asked, and withhold the findings where an answer says so."""
    visit_id = known_id(request.path_params["visit"])
    form = await form_of(request)
    store = store_of(request)
    visit = await run_in_threadpool(store.visits.get, visit_id)
    answers = answers_from(form, visit.answers)
    was_asked_for = visit.withheld and not withholds(visit.answers)  # by who made the visit
    withheld = withholds(answers) or was_asked_for
    await run_in_threadpool(store.visits.change, visit_id, answers=answers, withheld=withheld)
    return seen(f"/visits/{visit_id}")


async def change_people(request: Request) -> Response:
    """Say that all recordings of a visit show one person, or that this is not certain."""
    visit_id = known_id(request.path_params["visit"])
    form = await form_of(request)
    store = store_of(request)
    visit = await run_in_threadpool(store.visits.get, visit_id)
    answers = {**visit.answers, SAME_PERSON: form.get("same") == "yes"}
    await run_in_threadpool(store.visits.change, visit_id, answers=answers)
    return seen(f"/visits/{visit_id}")


def recording_picture(request: Request) -> Response:
    """Return the key picture of a recording that tells most; 404 where none was kept."""
    store = store_of(request)
    recording = store.recordings.get(known_id(request.path_params["recording"]))
    picture = telling_picture(store, recording)
    if picture is None:
        raise Refused("no_preview", status=HTTPStatus.NOT_FOUND)
    return Response(picture.jpeg, media_type="image/jpeg")


async def delete_visit(request: Request) -> Response:
    """Delete a visit and everything of it, once the word has been typed."""
    visit_id = known_id(request.path_params["visit"])
    form = await form_of(request)
    typed(form, say(words_of(request), "pages_delete_word"))
    store = store_of(request)
    visit = await run_in_threadpool(store.visits.get, visit_id)
    await run_in_threadpool(store.visits.delete, visit_id)
    return seen(f"/clients/{visit.client_id}?gone" if visit.client_id else "/recordings?gone")


def visit_card(request: Request) -> Response:
    """Return the picture of before and after care."""
    store, words = store_of(request), words_of(request)
    visit = store.visits.get(known_id(request.path_params["visit"]))
    told = before_and_after(visit, store.recordings.of_visit(visit.id), words)
    if told is None:
        raise Refused("not_analysed_yet", status=HTTPStatus.NOT_FOUND)
    client = store.clients.get(visit.client_id) if visit.client_id else None
    card = card_of(
        visit,
        told,
        words,
        name=client.name if client else "",
        date=when_of(visit.started_at, words, with_time=False),
    )
    return Response(card_svg(card), media_type="image/svg+xml")


def _previous(store: Store, visit: Visit) -> Visit | None:
    """Return the client's visit before this one."""
    if visit.client_id is None:
        return None
    earlier = [v for v in store.visits.latest(visit.client_id) if v.started_at < visit.started_at]
    return earlier[0] if earlier else None


def _answers(visit: Visit, words: Words) -> list[str]:
    """Return what was said before the check and matters when its numbers are read."""
    told = []
    pain, height = answers_of(visit).pain, height_of(visit)
    if pain is not None:
        told.append(say(words, "pages_answer_pain", pain=f"{pain:g}"))
    if height is not None:
        told.append(say(words, "pages_answer_height", height=f"{height:g}"))
    return told


def _trim_of(recording: Recording) -> tuple[float, float]:
    """Return from when to when a recording is looked at; 0, 0 = all of it."""
    return span_of(recording.settings.get("trim")) or (0.0, 0.0)


routes: list[BaseRoute] = [
    Route("/visits/{visit}", visit_page, methods=["GET"], name="visit"),
    Route("/visits/{visit}", change_visit, methods=["POST"]),
    Route("/visits/{visit}/answers", change_answers, methods=["POST"]),
    Route("/visits/{visit}/people", change_people, methods=["POST"]),
    Route("/recordings/{recording}/picture.jpg", recording_picture, name="picture"),
    Route("/visits/{visit}/delete", delete_visit, methods=["POST"]),
    *report_routes,
    Route("/visits/{visit}/card.svg", visit_card, name="card"),
]
