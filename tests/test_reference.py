"""The page about the public names says what their docstrings say."""

from __future__ import annotations

import posture
from tools import make_reference


def test_the_page_is_made_from_the_docstrings_as_they_are() -> None:
    assert make_reference.PAGE.read_text("utf-8") == make_reference.page()


def test_the_house_names_every_module_and_its_subject() -> None:
    assert make_reference.HOUSE.read_text("utf-8") == make_reference.house()
    nameless = [
        path
        for path in (make_reference.TOP / "posture").rglob("*.py")
        if not path.stem.startswith("__") and len(make_reference.subject(path)) < 10
    ]
    assert nameless == []


def test_every_public_name_is_on_the_page_and_says_something() -> None:
    page = make_reference.page()

    for name in posture.__all__:
        said = page.partition(f"\n### {name}\n")[2].partition("\n###")[0]
        assert len(said.split()) > 3, name
