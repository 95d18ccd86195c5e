"""Every key that a page asks for is said in both languages, and none is said for nothing."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.web.pages.visit_view import IN_THE_APP

PACKAGE = Path(__file__).parents[2] / "posture"
WEB = PACKAGE / "web"


def texts(*patterns: str) -> dict[str, str]:
    found = [path for pattern in patterns for path in sorted(PACKAGE.glob(pattern))]
    return {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in found}


@cache
def everything() -> str:
    return "\n".join(texts("**/*.py", "**/*.j2", "web/static/**/*.js").values())


def asked(text: str) -> set[str]:
    """Whole keys handed to `t`; a key put together of parts is a family, see below."""
    return set(re.findall(r"""\bt\(\s*["'](\w+)["']\s*[,)]""", text))


def families(text: str) -> set[str]:
    """Beginnings of keys that are put together: t("pages_age_" ~ band), f"pages_age_{band}"."""
    joined = re.findall(r"""["'`]([a-z]+_\w*_)["'`]""", text)
    return {*joined, *re.findall(r"""["'`]([a-z]+_(?:\w*_)?)\$?\{""", text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_asks_for_is_said(language: Language) -> None:
    there = set(load_words(language).tables["web"])
    pages = texts("web/templates/*.j2", "web/static/**/*.js")

    missing = {place: asked(text) - there for place, text in pages.items()}

    assert len(pages) > 30
    assert {place: keys for place, keys in missing.items() if keys} == {}


def test_both_languages_say_the_same_keys() -> None:
    english, japanese = (set(load_words(language).tables["web"]) for language in LANGUAGES)

    assert english ^ japanese == set()


def test_nothing_is_said_that_no_page_asks_for() -> None:
    source = everything()
    named = set(re.findall(r"\w+", source))
    begun = tuple(families(source) - {"pages_js_"})  # handed to scripts as a whole
    left_over = {
        key
        for key in load_words("en").tables["web"]
        if key not in named and not key.startswith(begun)
    }

    assert left_over == set()


def test_scripts_get_the_words_that_they_use() -> None:
    """A page hands its scripts only the keys that begin as its template says."""
    for name in ("upload", "visit", "waiting", "curves", "pages"):
        used = asked((WEB / "static" / f"{name}.js").read_text("utf-8"))

        assert {key for key in used if not key.startswith("pages_js_")} == set()


# Said to programs, in the terminal, or to whoever may have to open one: never on a page as it is.
_NOT_ON_PAGES = {
    "web_token_needed",  # to a program
    "serve_port_taken",  # before there is a page
    "serve_already",  # as above
    "lan_needs_tls",  # as above
    "web_api_get_analysis",  # for those who write programs
    "live_error_no_model",  # the program is broken: no button could mend it
}
_COMMAND = re.compile(r"\./start|`?posture(?:-results)? [a-z]+`|posture-results|serve --lan")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_names_a_command_of_the_terminal(language: Language) -> None:
    files = ("lan", "live", "liveserver", "page_live", "pages", "web")
    said = {
        key: text
        for name in files
        for table in tomllib.loads(
            (PACKAGE / f"outputs/words/{language}.{name}.toml").read_text("utf-8")
        ).values()
        for key, text in table.items()
        if isinstance(text, str) and key not in _NOT_ON_PAGES
    }
    pages = texts("web/templates/*.j2")
    reasons = tomllib.loads((PACKAGE / f"outputs/words/{language}.toml").read_text("utf-8"))
    options = {key for key, text in reasons["reasons"].items() if re.search("`--[a-z]", text)}

    assert len(said) > 300
    assert options <= IN_THE_APP.keys()  # a visit's page says them as well
    assert [key for key, text in said.items() if _COMMAND.search(text)] == []
    assert [place for place, text in pages.items() if _COMMAND.search(text)] == []
