"""What gives a signal or a measure states its unit, sign, needs and source; no heading is idle."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
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


def said(function: Callable[..., object]) -> dict[str, str]:
    """What stands under each heading of a docstring."""
    lines = [line.strip() for line in (inspect.getdoc(function) or "").splitlines()]
    places = [(lines.index(heading), heading) for heading in HEADINGS if heading in lines]
    ends = [*(at for at, _ in places), len(lines)][1:]
    return {
        heading: " ".join(lines[at + 1 : end]).strip()
        for (at, heading), end in zip(places, ends, strict=True)
    }


def gives_numbers(function: Callable[..., object]) -> bool:
    """Whether a function returns signals or measures, which are read by people."""
    returned = str(inspect.signature(function).return_annotation)
    return re.search(r"\b(Signal|Measure)\b", returned) is not None


def owed(function: Callable[..., object]) -> tuple[str, ...]:
    """The headings that a function owes: what it is handed keeps its own unit and sign."""
    if not gives_numbers(function):
        return ()
    taken = " ".join(str(p.annotation) for p in inspect.signature(function).parameters.values())
    return HEADINGS[2:] if re.search(r"\b(Signal|Measure)\b", taken) else HEADINGS


def test_what_gives_a_signal_or_a_measure_states_unit_sign_needs_and_source() -> None:
    silent = {
        f"{function.__module__}.{function.__name__}": missing
        for function in public_functions()
        if (missing := [heading for heading in owed(function) if not said(function).get(heading)])
    }

    assert silent == {}
    assert sum(gives_numbers(function) for function in public_functions()) > 50


def test_no_heading_stands_without_words() -> None:
    idle = [
        f"{function.__module__}.{function.__name__}: {heading}"
        for function in public_functions()
        for heading, words in said(function).items()
        if not words
    ]

    assert idle == []


def test_a_heading_without_a_word_under_it_is_found() -> None:
    def made() -> None:
        """Give nothing.

        Unit
            Degrees.
        Sign

        """

    assert said(made) == {"Unit": "Degrees.", "Sign": ""}
