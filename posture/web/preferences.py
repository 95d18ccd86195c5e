"""What a reader chooses for every page: language and brightness, kept in a cookie."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from posture.outputs.words import LANGUAGES
from posture.web.forms import own_address
from posture.web.responses import THEMES, Refused

_YEAR_S = 365 * 24 * 3600


def choose_language(request: Request) -> Response:
    """Remember the language and go back to where the reader was."""
    return _remembered(request, "lang", LANGUAGES)


def choose_theme(request: Request) -> Response:
    """Remember the brightness and go back to where the reader was."""
    return _remembered(request, "theme", ("auto", *THEMES))


def _remembered(request: Request, name: str, known: tuple[str, ...]) -> Response:
    chosen = request.path_params["choice"]
    if chosen not in known:
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    back = own_address(request.query_params.get("next", "/"))
    response = RedirectResponse(back, status_code=HTTPStatus.SEE_OTHER)
    secure = request.app.state.config.secure
    response.set_cookie(name, chosen, max_age=_YEAR_S, samesite="lax", secure=secure, httponly=True)
    return response


routes: list[BaseRoute] = [
    Route("/lang/{choice}", choose_language, name="lang"),
    Route("/theme/{choice}", choose_theme, name="theme"),
]
