"""Whether this Python can run the program at all: looked at before anything else is imported.

Written so that older Pythons can read it, and with nothing that has to be installed.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from posture.language import language_of
from posture.pythons import FIRST, LAST

_NEEDED = ("click", "psutil", "numpy")  # without these it cannot even say what else is missing


def check_python() -> None:
    """End the program with one sentence where this Python cannot run it."""
    told = refusal(sys.version_info[:2], os.environ)
    if told is not None:
        sys.stderr.write(f"{told}\n")
        raise SystemExit(1)


def refusal(version: tuple[int, int], environment: Mapping[str, str]) -> str | None:
    """Return why this Python cannot run the program; None where it can."""
    language = language_of(environment, lambda: locale.getlocale()[0] or "")
    values = {
        "version": _written(version),
        "low": _written(FIRST),
        "high": _written(LAST),
        "command": f"uv run --python {_written((3, 12))} posture",
    }
    if not FIRST <= version <= LAST:
        return _sentence("start_python_wrong", language).format(**values)
    if any(find_spec(name) is None for name in _NEEDED):
        return _sentence("start_not_installed", language).format(command="uv run posture")
    return None


def _written(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _sentence(code: str, language: str) -> str:
    """Return a sentence of the words' files; Python 3.10 has nothing that reads TOML."""
    words = Path(__file__).parents[1] / "outputs" / "words" / f"{language}.machine.toml"
    for line in words.read_text("utf-8").splitlines():
        name, _, told = line.partition(" = ")
        if name == code:
            return told.strip().strip('"')
    return code
