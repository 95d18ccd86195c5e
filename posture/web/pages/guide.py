"""The user guide, readable inside the app: the Markdown of `docs/guide`, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from posixpath import normpath

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from posture.outputs.words import LANGUAGES, Language
from posture.web.responses import Refused, language_of, page

# In the order in which they are read; each a file of that name in both languages.
CHAPTERS = (
    *("first-visit", "filming", "numbers", "findings"),
    *("privacy", "tablets", "backup", "trouble"),
)
_CONTENTS = "README"  # what a folder shows where the guide is read on the web


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One page of the guide."""

    name: str  # of its file and in its address
    title: str
    html: Markup


def folder() -> Path:
    """Return where the guide lies: in the package, or in a checkout beside it."""
    package = Path(__file__).parents[2]
    packaged = package / "_bundled" / "guide"
    return packaged if packaged.is_dir() else package.parent / "docs" / "guide"


@cache
def chapter(language: Language, name: str, *, within: str = "") -> Chapter:
    """Return one page; `within` begins every anchor, where several pages make one.

    Raises
    ------
    Refused
        There is no such page.
    ValueError
        A link leads out of the guide.
    """
    if name not in (*CHAPTERS, _CONTENTS):
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    try:
        text = (folder() / language / f"{name}.md").read_text("utf-8")
    except FileNotFoundError:
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND) from None
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in _all(tokens):
        if (address := token.attrGet("href")) is not None:
            token.attrSet("href", _address(str(address), language))
        if (address := token.attrGet("src")) is not None:
            token.attrSet("src", _address(str(address), language))
    title = _name_headings(tokens, within)
    _name_rows(tokens)
    html = Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - our own text
    return Chapter(name=name, title=title, html=html)


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as it is where the guide is read on the web."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _address(written: str, language: Language) -> str:
    """Return where in the app a link of the guide leads."""
    path, _, place = written.partition("#")
    at = f"#{place}" if place else ""
    if not path:
        return at
    parts = normpath(f"{language}/{path}").split("/")
    if parts[0] == "pictures":
        return f"/help/{'/'.join(parts)}"
    name = parts[-1].removesuffix(".md")
    if len(parts) != len(("language", "name")) or parts[0] not in LANGUAGES:
        raise ValueError(f"a link leads out of the guide: {written}")
    to = "/help" if name == _CONTENTS else f"/help/{name}"
    return to + at if parts[0] == language else f"/lang/{parts[0]}?next={to}"


def _name_headings(tokens: Sequence[Token], within: str) -> str:
    """Give every heading its anchor; return the first one's words."""
    title = ""
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            title = title or token.content
            before.attrSet("id", within + anchor(token.content))
    return title


def _name_rows(tokens: Sequence[Token]) -> None:
    """Make the first cell of a table's row the row's name."""
    in_body = False
    for place, token in enumerate(tokens):
        in_body = (in_body or token.type == "tbody_open") and token.type != "tbody_close"
        if in_body and token.type == "tr_open":
            opened = tokens[place + 1]
            closed = next(t for t in tokens[place + 1 :] if t.type == "td_close")
            opened.tag = closed.tag = "th"
            opened.attrSet("scope", "row")


def contents_page(request: Request) -> Response:
    """Show what the guide holds."""
    return _shown(request, [chapter(language_of(request), _CONTENTS)])


def chapter_page(request: Request) -> Response:
    """Show one page of the guide."""
    return _shown(request, [chapter(language_of(request), request.path_params["name"])])


def whole_page(request: Request) -> Response:
    """Show the whole guide on one page, to print."""
    language = language_of(request)
    return _shown(request, [chapter(language, name, within=f"{name}-") for name in CHAPTERS])


def _shown(request: Request, shown: Sequence[Chapter]) -> Response:
    language = language_of(request)
    return page(
        request,
        "help.html.j2",
        shown=shown,
        chapters=[chapter(language, name) for name in CHAPTERS],
        whole=len(shown) > 1,
    )


routes: list[BaseRoute] = [
    Route("/help", contents_page, name="help"),
    Route("/help/all", whole_page, name="help_whole"),
    Route("/help/{name}", chapter_page, name="help_chapter"),
    Mount("/help/pictures", StaticFiles(directory=folder() / "pictures", check_dir=False)),
]
