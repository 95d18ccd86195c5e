"""Whether two results are the same to the digit; an unknown number is the same as another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401 - any
    """Yield where two results differ."""
    mine, theirs = _parts(one), _parts(other)
    if type(one) is not type(other) and not isinstance(one, (float, Mapping)):
        yield f"{place}: {type(one).__name__} and {type(other).__name__}"
    elif mine is None or theirs is None:
        if not _is_same(one, other):
            yield f"{place}: {one!r} and {other!r}"
    elif [*mine] != [*theirs]:
        yield f"{place}: {[*mine]} and {[*theirs]}"
    else:
        for name, value in mine.items():
            yield from differences(value, theirs[name], f"{place}.{name}")


def _parts(value: Any) -> Mapping[Any, Any] | None:  # noqa: ANN401 - any
    """What something is made of; None where it is one value."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, (list, tuple)):
        return dict(enumerate(value))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any
    if isinstance(one, np.ndarray):
        is_alike = one.dtype == other.dtype and one.shape == other.shape
        return is_alike and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 - NaN
