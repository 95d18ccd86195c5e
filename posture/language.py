"""Which language to speak to whoever sits at this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal


def language_of(
    environment: Mapping[str, str], of_system: Callable[[], str] = str
) -> Literal["en", "ja"]:
    """Return the language of the locale: Japanese where it is, otherwise English.

    `of_system` is asked where the environment names none, as on Windows.
    """
    named = (environment[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(n))
    told = next(named, None) or of_system()
    return "ja" if told.lower().startswith("ja") else "en"
