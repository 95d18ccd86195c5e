"""What goes wrong with what is kept, one reason each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from posture.errors import PostureError

Known = TypeVar("Known", bound=str)


class StoreTrouble(PostureError):
    """Something asked for is not there, or the database or its disk refuses."""


class Damaged(Exception):
    """A value of the database that this program never writes; `explained` says so of the file."""


def one_of(known: Sequence[Known], kept: str) -> Known:
    """Return what a row holds as one of the words it can hold.

    Raises
    ------
    Damaged
        It is none of them.
    """
    for one in known:
        if one == kept:
            return one
    raise Damaged(f"expected one of {known}")
