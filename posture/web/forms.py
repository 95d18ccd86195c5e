"""What a form of a page sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from posture.received import can_be_kept
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
    if not can_be_kept(unquote_plus(body)):
        raise Refused("letters_unusable")
    return {name: value.strip() for name, value in parse_qsl(body, keep_blank_values=True)}
