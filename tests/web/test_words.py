from __future__ import annotations

import re
from pathlib import Path

import pytest

import posture
from posture.outputs.words import LANGUAGES, Language, load_words

WEB = Path(posture.__file__).parent / "web"
CODE = Path(posture.__file__).parent
ASKED = re.compile(r"""\bt\(\s*["'](\w+)["']\s*[,)]""")
# Keys that are put together: how they begin, and where.
PUT_TOGETHER = ("web_theme_", "web_api_", "web_nav_")


def keys_asked() -> dict[str, str]:
    """Every key that a template or a script asks for, and a file that does."""
    files = [*(WEB / "templates").rglob("*.j2"), *(WEB / "static").rglob("*.js")]
    return {
        key: str(path.relative_to(WEB))
        for path in files
        for key in ASKED.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_a_page_asks_for_has_its_words(language: Language) -> None:
    there = load_words(language).tables["web"]

    assert {k: file for k, file in keys_asked().items() if k not in there} == {}


def test_none_of_the_words_of_the_frame_is_left_over() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for path in sorted(CODE.rglob("*"))
        if path.suffix in {".py", ".j2", ".js"}
    )
    web = load_words("en").tables["web"]

    assert [
        key
        for key in web
        if key.startswith("web_") and not key.startswith(PUT_TOGETHER) and f'"{key}"' not in sources
    ] == []
