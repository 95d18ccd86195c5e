"""What goes back to a browser or a program: pages, JSON, and refusals in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from posture import received
from posture.errors import BadSettings, CannotWrite, MissingLibrary, ModelTrouble, PostureError
from posture.outputs.whole import whole
from posture.outputs.words import LANGUAGES, Language, Words, load_words, sentence
from posture.types import Reason

THEMES = ("light", "dark")
_STATUS = {
    "database_locked": HTTPStatus.SERVICE_UNAVAILABLE,
    "database_newer": HTTPStatus.SERVICE_UNAVAILABLE,
    "open_elsewhere": HTTPStatus.SERVICE_UNAVAILABLE,
    "database_damaged": HTTPStatus.INTERNAL_SERVER_ERROR,
    "database_refuses": HTTPStatus.INTERNAL_SERVER_ERROR,
    "store_not_writable": HTTPStatus.INTERNAL_SERVER_ERROR,
    "print_no_browser": HTTPStatus.SERVICE_UNAVAILABLE,
    "print_no_japanese_font": HTTPStatus.SERVICE_UNAVAILABLE,
    "print_no_japanese_letters": HTTPStatus.SERVICE_UNAVAILABLE,
    "traces_left": HTTPStatus.INTERNAL_SERVER_ERROR,
    "disk_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "correct_changed_meanwhile": HTTPStatus.CONFLICT,
    "no_such_client": HTTPStatus.NOT_FOUND,
    "no_such_visit": HTTPStatus.NOT_FOUND,
    "no_such_recording": HTTPStatus.NOT_FOUND,
}


class Refused(PostureError):
    """A request that is not granted, with the HTTP status that says so."""

    def __init__(
        self, code: str, *, status: int = HTTPStatus.BAD_REQUEST, **values: float | str
    ) -> None:
        super().__init__(code, **values)
        self.status = int(status)


def language_of(request: HTTPConnection) -> Language:
    """Return the language asked for: by address, by an earlier choice, by the browser."""
    for asked in (request.query_params.get("lang"), request.cookies.get("lang")):
        for language in LANGUAGES:
            if asked == language:
                return language
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "ja" if first.startswith("ja") else "en"


def words_of(request: HTTPConnection) -> Words:
    """Return the words in the language of a request."""
    return load_words(language_of(request))


def translator(words: Words) -> Callable[..., str]:
    """Return `t(key, **values)`, which says an entry of the table `web`."""

    def t(key: str, **values: object) -> str:
        return words.of("web", key).format(**values)

    return t


def words_json(words: Words, *prefixes: str) -> Markup:
    """Return what a page's script says, as a block of data for `<script type=application/json>`."""
    said = {k: v for k, v in words.tables.get("web", {}).items() if k.startswith(prefixes)}
    return data_json(said)


def data_json(value: object) -> Markup:
    """Return a value as JSON that cannot end the `<script>` it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that HTML knows is escaped


def marked(text: str) -> Markup:
    """Return a sentence with what stands in backticks set as code."""
    parts = [Markup("{}").format(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def page(
    request: Request, name: str, status: int = HTTPStatus.OK, **values: object
) -> HTMLResponse:
    """Return a page; its template knows `values`, t, words, lang, here and what is below."""
    words = words_of(request)
    theme = request.cookies.get("theme", "")
    html = (
        _environment()
        .get_template(name)
        .render(
            request=request,
            config=request.app.state.config,
            words=words,
            lang=words.language,
            theme=theme if theme in THEMES else "auto",
            here=_here(request),
            t=translator(words),
            words_json=lambda *prefixes: words_json(words, *prefixes),
            data_json=data_json,
            marked=marked,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("posture.web", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["whole"] = whole
    return made


def _here(request: Request) -> str:
    """Return the page's own address without a host, to come back to."""
    kept = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "lang"])
    return f"{request.url.path}?{kept}" if kept else request.url.path


def attached(content: bytes, name: str, media_type: str) -> Response:
    """Hand out a file by its name; no letter of that is a folder."""
    called = received.file_name(name.replace("/", " ").replace("\\", " "))
    header = FileResponse("", filename=called).headers["content-disposition"]
    return Response(content, media_type=media_type, headers={"Content-Disposition": header})


def wants_json(request: HTTPConnection) -> bool:
    """Whether a program asks rather than a person."""
    accepted = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or (
        "application/json" in accepted and "text/html" not in accepted
    )


def reason_json(reason: Reason) -> dict[str, object]:
    """Return a reason as programs read it, in both languages."""
    said: dict[str, object] = {language: sentence(reason, language) for language in LANGUAGES}
    return {"code": reason.code, **said}


def refusal(
    request: Request,
    trouble: PostureError,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return what went wrong as one sentence: a page for a person, JSON for a program."""
    status = status_of(trouble) if status is None else status
    if wants_json(request):
        body = {"error": reason_json(trouble.reason)}
        return JSONResponse(body, status_code=status, headers=dict(headers or {}))
    told = words_of(request).sentence(trouble.reason)
    response = page(request, "error.html.j2", status=status, told=told, status_code=status)
    response.headers.update(headers or {})
    return response


def status_of(trouble: PostureError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(trouble, Refused):
        return trouble.status
    is_ours = isinstance(trouble, (BadSettings, CannotWrite, MissingLibrary, ModelTrouble))
    usual = HTTPStatus.INTERNAL_SERVER_ERROR if is_ours else HTTPStatus.BAD_REQUEST
    return int(_STATUS.get(trouble.reason.code, usual))
