"""What a form or a script of a page sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from posture import received
from posture.web.responses import Refused


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, spaces at the ends taken off; of one sent twice the last.

    Only the plain encoding of a form without files, so no parser of multipart bodies is needed;
    how large a body may be is watched before anything comes here.

    Raises
    ------
    Refused
        It holds letters that nothing can keep.
    """
    body = (await request.body()).decode("utf-8", "replace")
    if not received.can_be_kept(unquote_plus(body)):
        raise Refused("letters_unusable")
    return {name: value.strip() for name, value in parse_qsl(body, keep_blank_values=True)}


async def json_of(request: Request) -> dict[str, object]:
    """Return the object a request brought.

    Raises
    ------
    Refused
        It is not declared as JSON, is none, or is no object.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        raise Refused("web_bad_request", what="Content-Type: application/json")
    try:
        found = received.parsed(await request.body())
    except ValueError as trouble:
        raise Refused("web_bad_request", what="JSON") from trouble
    if not isinstance(found, dict):
        raise Refused("web_bad_request", what="JSON object")
    return found


def text_of(body: Mapping[str, object], name: str, most: int, default: str = "") -> str:
    """Return a text of a body, or refuse what is none."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > most:
        raise Refused("web_bad_request", what=name)
    return value


def own_address(text: str) -> str:
    """Return an address within this server; the start page where it points elsewhere."""
    is_own = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_own and text.isprintable() else "/"
