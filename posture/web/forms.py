"""What a form of a page sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, spaces at the ends taken off; of one sent twice the last.

    Only the plain encoding of a form without files, so no parser of multipart bodies is needed;
    how large a body may be is watched before anything comes here.
    """
    body = (await request.body()).decode("utf-8", "replace")
    return {name: value.strip() for name, value in parse_qsl(body, keep_blank_values=True)}
