"""What comes in from outside, checked once: numbers, letters, names, lengths."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

LARGEST = 2**53 - 1  # RFC 8259, 6: whole numbers beyond are not the same everywhere
NAME_BYTES = 255  # of one name in a folder: ext4, APFS; NTFS and HFS+ count no shorter
# What can be said of a person and a clip; beyond these it is a slip of the pen (ours).
HEIGHT_CM = (80.0, 250.0)
BELT_KMH = 25.0
WORST_PAIN = 10.0  # of the scale
SLOWEST, FASTEST = 0.05, 20.0  # a clip's speed: 600 pictures a second shown at 30 are a twentieth
_DEEPEST = 20  # ours; nothing that is sent here nests deeper than four
_JOINERS = "\u200c\u200d"  # part of Persian and Indian words, and of many emoji
# What has a width of its own and shows nothing (Unicode: Hangul fillers, an empty Braille cell).
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Turns round what follows, far beyond the text it stands in (Unicode UAX 9, explicit formatting).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEEN = frozenset("LNPS")  # general categories that put something on the screen
_MOST_DIGITS = 16


def whole(text: str) -> int | None:
    """Return the whole number that a text writes in digits; None where it is none, or too long."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def number(value: object, low: float = -LARGEST, high: float = LARGEST) -> float | None:
    """Return a number within bounds; None for anything else, be it not finite or too long."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN is in no range, and a whole number of 400 digits is compared before it is converted
    return float(value) if low <= value <= high else None


def decimal(text: str) -> float:
    """Return the number that a person typed: a comma counts as a point, full width as any other.

    Raises
    ------
    ValueError
        It is none.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain):
        raise ValueError(f"expected a number, got {text[:20]!r}")
    return float(plain)


def parsed(text: str | bytes) -> object:
    """Return what JSON says.

    Raises
    ------
    ValueError
        It is none; or it holds numbers or letters that cannot be kept, or nests too deep.
    """
    try:
        found = json.loads(text, parse_constant=_refused, parse_float=_float, parse_int=_int)
    except RecursionError as trouble:
        raise ValueError("expected less nesting") from trouble
    _check_letters(found)
    return found


def recalled(stored: str) -> object:
    """Return what a database kept as JSON; what cannot be read of it is None."""
    with suppress(ValueError, RecursionError):
        return json.loads(stored, parse_constant=_nothing)
    with suppress(ValueError, RecursionError):  # a number too long to be read, maybe
        return json.loads(stored, parse_constant=_nothing, parse_int=_nothing)
    return None


def _nothing(_: str) -> None:
    return None


def _refused(told: str) -> object:
    raise ValueError(f"expected a number, got {told[:20]}")


def _float(told: str) -> float:
    found = float(told)
    return found if math.isfinite(found) else _number_refused(told)


def _int(told: str) -> int:
    found = None if len(told) > len(str(-LARGEST)) else int(told)
    return found if found is not None and abs(found) <= LARGEST else _number_refused(told)


def _number_refused(told: str) -> int:
    raise ValueError(f"expected a smaller number, got {told[:20]}")


def _check_letters(found: object) -> None:
    """Refuse texts that nothing can keep, however deep they lie."""
    left: list[tuple[object, int]] = [(found, 0)]
    while left:
        value, depth = left.pop()
        if depth > _DEEPEST:
            raise ValueError("expected less nesting")
        if isinstance(value, str) and not can_be_kept(value):
            raise ValueError("expected letters")
        if isinstance(value, dict):
            left += [(one, depth + 1) for pair in value.items() for one in pair]
        elif isinstance(value, list):
            left += [(one, depth + 1) for one in value]


def can_be_kept(text: str) -> bool:
    """Whether a file, a database and a page can hold a text: no NUL, no half of a letter."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def written(text: str) -> str:
    r"""Return a text as any file holds it: bytes of a name that are no letters as \udce9."""
    return text.encode("utf-8", "backslashreplace").decode()


def readable(value: object) -> object:
    """Return what a page and a program can read of something stored: unusable parts are None."""
    if isinstance(value, dict):
        return {str(readable(name)): readable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [readable(one) for one in value]
    if isinstance(value, str):
        return value if can_be_kept(value) else text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if number(value) is not None else None
    return value


def text(raw: str) -> str:
    """Return a text of several lines without what no eye sees or what turns others round."""
    return "".join(letter for letter in raw if letter in "\n\t" or not _is_unseen(letter))


def line(raw: str) -> str:
    """Return a text as one line, as names are; empty where nothing of it would be seen."""
    short = " ".join(text(" ".join(raw.split())).split())
    inner = short.strip(_JOINERS)
    return inner if any(map(_is_seen, inner)) else ""


def file_name(raw: str) -> str:
    """Return a file's name without folders as a disk takes it; empty where none is left."""
    name = line(re.split(r"[/\\]", raw)[-1])
    stem, dot, suffix = name.rpartition(".")
    room = NAME_BYTES - len(f"{dot}{suffix}".encode())
    return f"{cut(stem, room)}{dot}{suffix}" if stem and room > 0 else cut(name, NAME_BYTES)


def cut(text: str, most_bytes: int) -> str:
    """Return the beginning of a text that takes so many bytes, ending with a whole character."""
    raw = text.encode("utf-8", "surrogateescape")
    if len(raw) <= most_bytes:
        return text
    kept = raw[: max(0, most_bytes)].decode("utf-8", "ignore")
    rest = text[len(kept) :]
    # not between a letter and the marks on it, nor within an emoji made of several
    while kept and rest and (_belongs(rest[0]) or kept[-1] in _JOINERS):
        kept, rest = kept[:-1], kept[-1] + rest
    return kept.rstrip()


def _belongs(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter)[0] == "M"


def _is_unseen(letter: str) -> bool:
    if letter in _JOINERS:
        return False
    # private letters are kept: names in Japan are written with them
    return letter in _TURNING or unicodedata.category(letter) in {"Cc", "Cf", "Cs"}


def _is_seen(letter: str) -> bool:
    return letter not in _BLANKS and (
        unicodedata.category(letter)[0] in _SEEN or unicodedata.category(letter) in {"Co", "Cn"}
    )


def length(declared: Sequence[str], encodings: Sequence[str]) -> int | None:
    """Return how long a body is said to be; None where nothing is said.

    Raises
    ------
    ValueError
        It is said twice or in two ways (RFC 9112, 6.3), or is no number.
    """
    if len(declared) + len(encodings) > 1:
        raise ValueError("expected one length")
    if not declared:
        return None
    size = whole(declared[0])
    if size is None:
        raise ValueError("expected a length in bytes")
    return size
