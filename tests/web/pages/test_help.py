"""The user guide inside the app: in both languages, whole, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.web.pages.guide import CHAPTERS, chapter, folder
from tests.web.make import TestClient, app_in

PATHS = ["/help", *(f"/help/{name}" for name in CHAPTERS), "/help/all"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with app_in(tmp_path_factory.mktemp("help")) as running:
        yield running


def shown(client: TestClient, path: str, language: Language) -> str:
    client.cookies.clear()  # a link to the other language leaves its choice
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == HTTPStatus.OK, path
    html: str = answer.text
    return html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_leads_to_help(client: TestClient, language: Language) -> None:
    says = {"en": "Help", "ja": "使い方"}[language]

    assert f'<a href="/help">{says}</a>' in shown(client, "/", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_opens_in_the_language_asked_for(
    client: TestClient, path: str, language: Language
) -> None:
    html = shown(client, path, language)

    assert f'<html lang="{language}"' in html
    assert load_words(language).ui("not_a_diagnosis") in html
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []
    assert re.findall(r"(?:src|href)=\"(?!/|#)", html) == []  # nothing from another host


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_and_picture_is_there(client: TestClient, language: Language) -> None:
    asked: set[str] = set()
    for path in PATHS:
        html = shown(client, path, language)
        asked |= {*re.findall(r'(?:src|href)="(/(?:help|lang)[^"]*)"', html)}
    lost = []
    for address in sorted(asked):
        path, _, place = address.partition("#")
        answer = client.get(path, headers={"Accept-Language": language})
        if answer.status_code != HTTPStatus.OK or (place and f'id="{place}"' not in answer.text):
            lost.append(address)

    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_guide_is_one_page_without_doubled_anchors(
    client: TestClient, language: Language
) -> None:
    html = shown(client, "/help/all", language)
    anchors = re.findall(r'\sid="([^"]+)"', html)

    assert len(anchors) == len({*anchors})
    assert [name for name in CHAPTERS if chapter(language, name).title not in html] == []


@pytest.mark.parametrize(
    "path", ["/help/nothing", "/help/..%2f..%2fhouse", "/help/pictures/no.webp"]
)
def test_what_is_not_in_the_guide_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND


def test_the_whole_guide_has_a_button_that_prints_it(client: TestClient) -> None:
    html = shown(client, "/help/all", "en")

    assert '<button type="button" id="print">' in html
    assert '<script type="module" src="/static/print.js">' in html


def test_a_row_is_named_by_its_first_cell() -> None:
    html = chapter("en", "numbers").html

    assert '<th scope="row">Hip hinge (pelvis on thigh)</th>' in html


def test_without_the_guide_the_app_still_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posture.web.pages.guide.folder", lambda: tmp_path)
    chapter.cache_clear()
    try:
        with app_in(tmp_path) as running:
            assert running.get("/help").status_code == HTTPStatus.NOT_FOUND
            assert running.get("/").status_code == HTTPStatus.OK
    finally:
        chapter.cache_clear()


def test_the_guide_lies_in_a_checkout_or_in_the_package() -> None:
    assert (folder() / "en" / "README.md").is_file()
