"""Values as JSON knows them: unknown numbers are null, a reason carries its sentences."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypedDict, cast

from posture.outputs.words import LANGUAGES, sentence
from posture.types import Reason

Record = Mapping[str, Any]  # an object of one of our files, as it was read


class ReasonRecord(TypedDict):
    """Why: a code with its values, and the sentence they make in each language."""

    code: str
    values: dict[str, float | str | None]
    en: str
    ja: str


def plain(value: object, digits: int | None = None) -> Any:  # noqa: ANN401 - anything JSON knows
    """Return settings, versions and results as JSON knows them, rounded to `digits` if given."""
    if isinstance(value, Enum):
        return plain(value.value, digits)
    if isinstance(value, Mapping):
        return {str(key): plain(item, digits) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, digits) for item in value]
    if isinstance(value, float):
        known = number(value)
        return known if known is None or digits is None else round(known, digits)
    return value if isinstance(value, (str, int)) or value is None else str(value)


def written(record: Mapping[str, Any]) -> str:
    """Return an object as the text of a file."""
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def number(value: float | None) -> float | None:
    """Return a number; None where it is unknown or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)


def known(value: float | None) -> float:
    """Read a number that may be unknown."""
    return math.nan if value is None else float(value)


def doubt(value: float | None) -> float:
    """Read an uncertainty; JSON has no word for infinite and says null."""
    return math.inf if value is None else float(value)


def reason_record(reason: Reason) -> ReasonRecord:
    """Write a reason."""
    said = {language: sentence(reason, language) for language in LANGUAGES}
    return cast("ReasonRecord", {"code": reason.code, "values": plain(reason.values), **said})


def reason_or_null(reason: Reason | None) -> ReasonRecord | None:
    """Write a reason where there is one."""
    return None if reason is None else reason_record(reason)


def read_reason(entry: Record) -> Reason:
    """Read a reason as it was before it was said in both languages."""
    values = {name: math.nan if v is None else v for name, v in entry["values"].items()}
    return Reason(entry["code"], values)


def reason_of(entry: Record | None) -> Reason | None:
    """Read a reason where there is one."""
    return None if entry is None else read_reason(entry)


def reasons(entries: Sequence[Record]) -> tuple[Reason, ...]:
    """Read several reasons."""
    return tuple(read_reason(entry) for entry in entries)
