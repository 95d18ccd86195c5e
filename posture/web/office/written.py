"""What a trainer writes about a visit: a comment that prints, and a note that never does."""

from __future__ import annotations

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture import received
from posture.errors import PostureError
from posture.store import StoreTrouble
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.pages.parts import seen, store_of
from posture.web.responses import Refused, page, words_of

MOST_COMMENT = 200  # letters; ours: with eight exercises the first page has room for four lines
MOST_NOTE = 5000  # ours; two pages


async def write(request: Request) -> Response:
    """Keep comment and note; where they cannot be kept, they come back as they were typed."""
    visit_id = known_id(request.path_params["visit"])
    form, store = await form_of(request), store_of(request)
    comment, note = (received.text(form.get(name, "")) for name in ("comment", "note"))
    before = received.whole(form.get("written", "0"))
    visit = await run_in_threadpool(store.visits.get, visit_id)
    try:
        _refuse_long("written_comment_long", comment, MOST_COMMENT)
        _refuse_long("written_note_long", note, MOST_NOTE)
        await run_in_threadpool(store.visits.write, visit_id, comment, note, before or 0)
    except PostureError as trouble:
        if not isinstance(trouble, Refused) and trouble.reason.code != "visit_written_meanwhile":
            raise
        visit = await run_in_threadpool(store.visits.get, visit_id)
        is_second = isinstance(trouble, StoreTrouble)
        return page(
            request,
            "written.html.j2",
            status=HTTPStatus.CONFLICT if is_second else HTTPStatus.BAD_REQUEST,
            told=words_of(request).sentence(trouble.reason),
            visit=visit,
            is_second=is_second,
            # who was told what others wrote may write over it
            written=visit.written if is_second else before,
            comment=comment,
            note=note,
        )
    return seen(f"/visits/{visit_id}?kept#written")


def _refuse_long(code: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Refused(code, count=len(text), most=most)


routes: list[BaseRoute] = [Route("/visits/{visit}/written", write, methods=["POST"])]
