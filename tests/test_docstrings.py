"""Every public function in signals/ and measures/ states its unit, sign, needs and source."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import posture.measures
import posture.signals

HEADINGS = ("Unit", "Sign", "Needs", "Source")


def public_functions() -> list[Callable[..., object]]:
    found: list[Callable[..., object]] = []
    for room in (posture.signals, posture.measures):
        for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
            for name, function in inspect.getmembers(importlib.import_module(module.name)):
                # a cached function is no longer a function, but wraps one
                bare = inspect.unwrap(function) if callable(function) else function
                own = inspect.isfunction(bare) and bare.__module__ == module.name
                if own and not name.startswith("_"):
                    found.append(bare)
    return found


def test_the_functions_are_found_at_all() -> None:
    names = {function.__name__ for function in public_functions()}

    assert {"inclination_deg", "heel_strikes", "doubt_rows", "bend_measures"} <= names


def missing_from(function: Callable[..., object]) -> list[str]:
    """Headings that a function's docstring lacks, or has no word under."""
    lines = [line.strip() for line in (inspect.getdoc(function) or "").splitlines()]
    under = {h: lines[lines.index(h) + 1 : lines.index(h) + 2] for h in HEADINGS if h in lines}
    return [heading for heading in HEADINGS if not any(under.get(heading, []))]


def test_every_docstring_has_every_heading_and_words_under_it() -> None:
    found = {f"{f.__module__}.{f.__name__}": missing_from(f) for f in public_functions()}

    assert {name: missing for name, missing in found.items() if missing} == {}


def test_a_heading_without_a_word_under_it_is_missing() -> None:
    def made() -> None:
        """Give nothing.

        Unit
            None.
        Sign

        """

    assert missing_from(made) == ["Sign", "Needs", "Source"]
