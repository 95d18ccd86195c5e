"""The care plan of a visit: which exercises go on the report, and one of the trainer's own."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture import received
from posture.outputs.care_lines import MOST_DOSE, MOST_WHAT
from posture.outputs.words import Words
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.pages.parts import seen, store_of
from posture.web.pages.report_files import CARE_PLAN
from posture.web.responses import Refused, words_of
from posture.web.visit_results import results_needed


async def change_plan(request: Request) -> Response:
    """Keep which exercises go on the report, and the trainer's own."""
    visit_id = known_id(request.path_params["visit"])
    form = await form_of(request)
    words = words_of(request)
    own = {
        "what": _short(form.get("own_what", ""), "own", MOST_WHAT, words),
        "dose": _short(form.get("own_dose", ""), "own_dose", MOST_DOSE, words),
    }
    store = store_of(request)
    visit = await run_in_threadpool(store.visits.get, visit_id)
    result = await run_in_threadpool(results_needed, store, visit_id)
    codes = [step.what.code for step in result.assessment.care]
    plan = {"without": [code for code in codes if code not in form], "own": own}
    answers = {**visit.answers, CARE_PLAN: plan}
    await run_in_threadpool(store.visits.change, visit_id, answers=answers)
    return seen(f"/visits/{visit_id}?chosen#next")


def _short(text: str, name: str, most: int, words: Words) -> str:
    """Return a text as one line, or refuse what is too long for the report."""
    told = received.line(text)
    if len(told) > most:
        called = words.of("care", name)
        raise Refused("care_text_long", name=called, count=len(told), most=most)
    return told


routes: list[BaseRoute] = [Route("/visits/{visit}/care", change_plan, methods=["POST"])]
