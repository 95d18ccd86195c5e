"""What the log says of a failure: of what kind and where, never a value of a person."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from posture.errors import PostureError

_OURS = "posture.web"
# Of theirs the first line is kept: in further ones an exception may speak in its own words.
_LOGGERS = (_OURS, "uvicorn.error", "asyncio")


def brief(trouble: BaseException) -> str:
    """Name a failure in a word or two."""
    if isinstance(trouble, PostureError):
        return trouble.reason.code
    if isinstance(trouble, OSError) and trouble.strerror:
        return trouble.strerror
    return type(trouble).__name__


def where(trouble: BaseException) -> str:
    """Return a traceback without what the exceptions say: that may be an answer, a name, a note."""
    told = [
        "".join([*traceback.format_tb(one.__traceback__), brief(one)])
        for one in reversed([*_chained(trouble)])
    ]
    return "\n".join(["Traceback (most recent call last):", "\nwhich led to\n".join(told)])


def _chained(trouble: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it; a chain may run in a circle."""
    met: list[BaseException] = []
    one: BaseException | None = trouble
    while one is not None and not any(one is other for other in met):
        met.append(one)
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


class _Nameless(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != _OURS:
            record.msg, record.args = record.getMessage().partition("\n")[0], ()
        if record.exc_info:
            trouble = record.exc_info[1]
            record.exc_text = None if trouble is None else where(trouble)
            record.exc_info = None
        return True


_NAMELESS = _Nameless()


def keep_names_out() -> None:
    """Have every traceback in the log of this server written by `where`."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_NAMELESS)
