"""The report of a visit as PDF: whole, small, one at a time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

import pytest

from posture import printing
from posture.web.office.written import MOST_COMMENT
from posture.web.pages import visit_report
from tests.web.make import TestClient
from tests.web.seeded import Seeded, seeded_app

Web = tuple[TestClient, Seeded]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Web]:
    with seeded_app(tmp_path) as made:
        yield made


def printed(page: Path, out: Path) -> None:
    out.write_bytes(b"%PDF-" + page.read_bytes()[:15])


def test_the_pdf_is_handed_out_under_the_clients_name_and_nothing_of_it_stays(
    own: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_report, "print_page", printed)
    client, ids = own

    answer = client.get(f"/visits/{ids.second}/report.pdf")

    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"] == "application/pdf"
    named = unquote(answer.headers["content-disposition"])
    assert named.startswith("attachment; filename*=utf-8''<script>alert(1)< script>")
    assert re.search(r"花子 \d{1,2} \w+ \d{4}\.pdf$", named)
    assert answer.content == b"%PDF-<!doctype html>"
    assert not [*tmp_path.rglob("report.*")]


def test_without_a_browser_the_pdf_is_refused_in_one_sentence(
    own: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "browser", lambda: None)
    client, ids = own

    answer = client.get(f"/visits/{ids.second}/report.pdf", headers={"Accept-Language": "ja"})

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "POSTURE_BROWSER" in answer.text
    assert client.get(f"/visits/{ids.empty}/report.pdf").status_code == HTTPStatus.NOT_FOUND


def test_one_report_is_printed_at_a_time(own: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    client, ids = own
    running: list[int] = []
    most: list[int] = []

    def slow(page: Path, out: Path) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.2)
        running.pop()
        printed(page, out)

    monkeypatch.setattr(visit_report, "print_page", slow)
    with client:  # one event loop for all
        asking = [
            threading.Thread(target=client.get, args=(f"/visits/{ids.second}/report.pdf",))
            for _ in range(3)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()

    assert most == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pdf_has_its_fonts_and_is_small(
    own: Web, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if printing.browser({}) is None:
        pytest.skip("no Chromium, Chrome, Edge or Brave on this machine")
    # without the font it has as many pages, of boxes
    monkeypatch.setattr(printing, "has_japanese_font", lambda: True)
    client, ids = own
    wide = "あ" if language == "ja" else "ab cd "
    comment = (wide * MOST_COMMENT)[:MOST_COMMENT]
    assert client.post(
        f"/visits/{ids.second}/written", data={"comment": comment, "note": "", "written": "0"}
    ).is_success

    answer = client.get(f"/visits/{ids.second}/report.pdf?lang={language}")

    assert answer.content[:5] == b"%PDF-"
    assert len(answer.content) < 3e6
    assert 1 <= len(re.findall(rb"/Type */Page\b", answer.content)) <= 4
    assert re.search(rb"/FontFile|/Subtype\s*/Type3", answer.content)
