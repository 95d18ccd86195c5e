"""What several pages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from posture.activities import TESTS
from posture.outputs.body_figure import body_figure_svg
from posture.outputs.first_page import telling_place
from posture.outputs.headline import headline
from posture.outputs.words import Words
from posture.store import Client, Recording, Store, Visit
from posture.types import Facing
from posture.web.pages.report_files import caption_of, facing_of, telling_picture
from posture.web.pages.visit_view import (
    say,
    when_of,
)
from posture.web.responses import Refused
from posture.web.visit_results import VisitResults, results_from

SPANS = ("90", "365", "730", "1825", "none")  # days; ours
DEFAULT_DAYS = "1825"  # ours; as long as records of care are commonly kept in Japan


def store_of(request: Request) -> Store:
    """Return the store of the app."""
    store: Store = request.app.state.store
    return store


def seen(address: str) -> Response:
    """Send the reader on after a change, so that loading again changes nothing again."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def typed(form: Mapping[str, str], wanted: str) -> None:
    """Refuse to delete unless the reader typed what was asked for."""
    if form.get("confirm", "").casefold() != wanted.strip().casefold():
        raise Refused("pages_not_confirmed", wanted=wanted)


def known(value: str | None, known: Sequence[str]) -> str | None:
    """Return a value of a list, or None."""
    return value if value in known else None


def figure_of(result: VisitResults, words: Words) -> Markup:
    """Return the body, its back line coloured by what was found."""
    drawn = body_figure_svg(result.assessment.findings, words, facing_of(result) or Facing.RIGHT)
    return Markup(drawn)  # noqa: S704 - body_figure escapes what it says


def picture_of(store: Store, result: VisitResults, words: Words) -> Mapping[str, str] | None:
    """Return the picture that stands for a visit: of the recording that tells most."""
    kept = [(r, telling_picture(store, r)) for r in result.recordings]
    found = [(r, picture) for r, picture in kept if picture is not None]
    if not found:
        return None
    recording, picture = min(found, key=lambda one: telling_place(one[1]))
    return {
        "address": f"/recordings/{recording.id}/picture.jpg",
        "caption": caption_of(picture, words),
    }


def lines_of(store: Store, visits: Sequence[Visit], words: Words) -> list[dict[str, object]]:
    """Return visits as lines of a list."""
    people = {client.id: client for client in store.clients.all()}
    return [
        line_of(
            v,
            people.get(v.client_id or ""),
            results_from(recordings, v.answers),
            words,
            came_of_it(recordings, words),
        )
        for v in visits
        for recordings in [store.recordings.of_visit(v.id)]
        # a camera that was refused, a check that was left at once: nothing happened
        if recordings or not v.is_live
    ]


def came_of_it(recordings: Sequence[Recording], words: Words) -> str:
    """Say where a visit without any number stands; empty where there are some."""
    if any(r.result is not None for r in recordings):
        return ""
    states = {r.state for r in recordings}
    if states & {"queued", "running"}:
        return say(words, "pages_line_working")
    errors = [r.error for r in recordings if r.error is not None]
    if errors:
        alike = {"nobody_in_view"} >= {error.code for error in errors}
        return say(words, "pages_line_nobody" if alike else "pages_line_failed")
    return say(words, "pages_line_stopped") if states else ""


def line_of(
    visit: Visit,
    client: Client | None,
    result: VisitResults | None,
    words: Words,
    otherwise: str = "",
) -> dict[str, object]:
    """Return a visit as one line of a list; `otherwise` is said where nothing was found."""
    found = otherwise
    if result is not None:
        withheld = say(words, "pages_withheld_title")
        found = withheld if visit.withheld else headline(result.assessment, words)
    return {
        "visit": visit,
        "client": client,
        "when": when_of(visit.started_at, words),
        "check": check_name(visit, words),
        "found": found,
    }


def check_name(visit: Visit, words: Words) -> str:
    """Name a kind of check."""
    return words.tables["web"].get(f"pages_check_{visit.check}", visit.check)


def age_of(band: str | None, words: Words) -> str:
    """Name an age band."""
    return words.tables["web"].get(f"pages_age_{band}", "") if band else ""


def spans(words: Words) -> list[tuple[str, str]]:
    """Return the times to choose from for how long things are kept."""
    return [(span, say(words, f"pages_days_{span}")) for span in SPANS]


def activities(words: Words) -> list[tuple[str, str]]:
    """Return the activities to choose from."""
    rows = [(activity.value, words.term(activity.value)) for activity in TESTS]
    return [("", say(words, "pages_find_out")), *rows]


def sides(words: Words) -> list[tuple[str, str]]:
    """Return the sides to choose from."""
    sides = [(side, words.term(side)) for side in ("left", "right")]
    return [("", say(words, "pages_find_out")), *sides]
