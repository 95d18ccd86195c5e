"""Sentences keep to docs/style.md: its own table says which words are not used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
WORDS = TOP / "posture" / "outputs" / "words"
SPOKEN = "en.live.toml"  # recorded: changing one means speaking it again


def avoided() -> list[str]:
    """The first column of the table under "Words"."""
    style = (TOP / "docs" / "style.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \|", style.partition("## Words")[2], re.MULTILINE)
    return [row for row in rows if row not in {"not", "---"}]


def sentences(table: dict[str, object]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, dict):
            yield from sentences(value)
        elif isinstance(value, str):
            yield value


def said() -> dict[str, str]:
    """Every English text that a person reads, under the name of its file."""
    tables = [path for path in sorted(WORDS.glob("en*.toml")) if path.name != SPOKEN]
    found = {
        path.name: "\n".join(sentences(tomllib.loads(path.read_text("utf-8")))) for path in tables
    }
    guide = sorted((TOP / "docs" / "guide" / "en").glob("*.md"))
    return found | {f"guide/{path.name}": path.read_text("utf-8") for path in guide}


def faults(text: str) -> list[str]:
    return [word for word in avoided() if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


def test_no_sentence_uses_a_word_that_the_style_avoids() -> None:
    texts = said()

    assert len(texts) > 25
    assert {name: found for name, text in texts.items() if (found := faults(text))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Filmed at 24 pictures a second.", ["pictures a second"]),
        ("Mend it, or read it anew.", ["anew", "mend"]),
        ("We recommend a renewed look at each frame.", []),
    ],
)
def test_the_table_is_read_and_finds_whole_words_only(text: str, found: list[str]) -> None:
    assert sorted(faults(text)) == sorted(found)
