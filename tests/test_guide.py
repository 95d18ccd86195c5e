"""The user guide and both READMEs: nothing is left out of them, and no link leads nowhere."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.web.pages.guide import CHAPTERS, anchor

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "guide"
READMES = {"en": ROOT / "README.md", "ja": ROOT / "README.ja.md"}
LARGEST = 150_000  # bytes of a picture
PAGES = [*READMES.values(), *sorted(GUIDE.glob("*/*.md"))]


@cache
def tokens_of(page: Path) -> tuple[Token, ...]:
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        found += [token, *(token.children or ())]
    return tuple(found)


def links_of(page: Path) -> list[str]:
    """Where the links and pictures of a page lead."""
    found = (token.attrGet("href") or token.attrGet("src") for token in tokens_of(page))
    return [str(address) for address in found if address]


def anchors_of(page: Path) -> set[str]:
    tokens = tokens_of(page)
    return {
        anchor(inside.content)
        for before, inside in pairwise(tokens)
        if before.type == "heading_open"
    }


def rows_of(language: Language, name: str) -> set[str]:
    """The first cells of every table of a page."""
    tokens = tokens_of(GUIDE / language / f"{name}.md")
    return {
        tokens[place + 2].content for place, token in enumerate(tokens) if token.type == "tr_open"
    }


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_has_its_row(language: Language) -> None:
    names = set(load_words(language).tables["measures"].values())

    assert names - rows_of(language, "numbers") == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["levels", "links"])
def test_every_level_and_every_link_has_its_row(language: Language, table: str) -> None:
    names = set(load_words(language).tables[table].values())

    assert names - rows_of(language, "findings") == set()


PARTS = ("hamstring", "calf", "back", "next_", "beside_")  # what stands within a headline


def begun(headline: str) -> str:
    """A headline up to its first stop, without probabilities; what is filled in is an ellipsis."""
    text = re.sub(r"\s*\([^()]*\{[^()]*\)", "", headline)
    return re.split(r"[;。]", re.sub(r"\{[^}]*\}", "…", text))[0].strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_headline_has_its_row(language: Language) -> None:
    said = load_words(language).tables["headline"]
    rows = [begun(row) for row in rows_of(language, "findings")]
    patterns = {
        key: re.escape(begun(text)).replace("…", ".+")
        for key, text in said.items()
        if key == "back_line" or not key.startswith(PARTS)
    }
    lost = [key for key, one in patterns.items() if not any(re.fullmatch(one, r) for r in rows)]

    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_is_there_and_in_the_contents(language: Language) -> None:
    written = {path.stem for path in (GUIDE / language).iterdir()}

    assert written == {"README", *CHAPTERS}
    assert {f"{name}.md" for name in CHAPTERS} <= {*links_of(GUIDE / language / "README.md")}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for address in links_of(page):
        path, _, place = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_file() or (place and place not in anchors_of(target)):
            lost.append(address)

    assert lost == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_both_languages_tell_the_same(name: str) -> None:
    """As many headings and as many rows: neither says what the other leaves out."""

    def shape(language: Language) -> list[str]:
        kept = {"heading_open", "tr_open", "image", "fence"}
        tokens = tokens_of(GUIDE / language / f"{name}.md")
        return [token.type + token.tag for token in tokens if token.type in kept]

    assert shape("en") == shape("ja")


def test_pictures_are_small_and_all_are_shown() -> None:
    pictures = [path for path in (GUIDE / "pictures").iterdir() if path.is_file()]
    shown = {Path(address).name for page in PAGES for address in links_of(page)}

    assert {
        path.name: path.stat().st_size for path in pictures if path.stat().st_size > LARGEST
    } == {}
    assert {path.name for path in pictures} - shown == set()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_pages_promise_nothing_that_a_screening_cannot(page: Path) -> None:
    text = page.read_text("utf-8").lower()

    assert re.findall(r"\b(?:causes?|caused|cures?|cured|heals?|healed)\b", text) == []
    assert re.findall(r"異常が|治り|治る|治す|矯正|歪み", text) == []
    assert [line for line in text.splitlines() if "診断" in line and "ありません" not in line] == []


@pytest.mark.parametrize("page", [page for page in PAGES if "ja" in relative(page)], ids=relative)
def test_japanese_is_not_broken_within_a_sentence(page: Path) -> None:
    """A line break would show as a space."""
    broken = [
        token.content
        for token in tokens_of(page)
        if token.type == "inline" and any(c.type == "softbreak" for c in token.children or ())
    ]

    assert broken == []
