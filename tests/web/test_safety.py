"""Every red flag, from the form to the report: what wants a doctor today stops the check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from posture.findings.answers import RED_FLAGS, TODAY
from posture.findings.care import load_plans
from posture.outputs.care_lines import exercise_name
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.store import Store
from tests.web.make import OWN, TestClient, app_without_jobs
from tests.web.seeded import done, result_of

BOTH = pytest.mark.parametrize("flag", RED_FLAGS)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Store]]:
    """An app without its jobs."""
    with app_without_jobs(tmp_path) as made:
        yield made


def asked(client: TestClient, flag: str | None) -> dict[str, Any]:
    """A visit as the form makes it."""
    flags = [] if flag is None else [flag]
    body = {"client": None, "check": "quick", "language": "en", "answers": {"red_flags": flags}}
    answer = client.post("/api/visits", json=body)
    assert answer.status_code == HTTPStatus.CREATED
    made: dict[str, Any] = answer.json()
    return made


@BOTH
def test_the_form_marks_what_stops_it_and_says_what_to_say(
    own: tuple[TestClient, Store], flag: str
) -> None:
    client, _ = own
    form = client.get("/live").text
    (tick,) = re.findall(rf'<input[^>]*value="{flag}"[^>]*>', form)

    assert ("data-today" in tick) is (flag in TODAY)
    for language in LANGUAGES:
        says = load_words(language).of("web", f"page_live_flag_{flag}")
        today = {"en": "today", "ja": "本日中"}[language]
        assert (today in says) is (flag in TODAY)
        assert load_words(language).of("web", "page_live_stop_text") in client.get(
            f"/live?lang={language}"
        ).text.replace("&#34;", '"')


@BOTH
def test_the_live_check_is_not_begun_by_page_or_socket(
    own: tuple[TestClient, Store], flag: str
) -> None:
    client, _ = own
    visit = asked(client, flag)
    assert visit["withheld"] is True

    page = client.get(f"/live/{visit['id']}")
    assert page.status_code == (HTTPStatus.CONFLICT if flag in TODAY else HTTPStatus.OK)
    if flag not in TODAY:
        return
    address = f"{OWN.replace('http', 'ws')}/ws/live?visit={visit['id']}&lang=en"
    with client.websocket_connect(address, headers={"Origin": OWN}) as socket:
        told = socket.receive_json()
        assert told["type"] == "error"
        assert load_words("en").tables["reasons"]["pages_stop_today"] in told["text"]
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def exercises(language: Language) -> set[str]:
    words = load_words(language)
    steps = [exercise for plan in load_plans() for exercise, _ in plan.steps]
    return {exercise_name(exercise.what, words) for exercise in steps}


@pytest.mark.parametrize("language", LANGUAGES)
@BOTH
def test_page_and_report_give_no_finding_and_no_exercise(
    own: tuple[TestClient, Store], flag: str, language: Language
) -> None:
    client, store = own
    visit = asked(client, flag)["id"]
    done(store, store.visits.get(visit), result_of("bend"), "forward_bend")
    words = load_words(language)
    code = "withheld_today" if flag in TODAY else "withheld_red_flag"

    for place in ("report", ""):
        html = client.get(f"/visits/{visit}/{place}?lang={language}".replace("/?", "?")).text
        assert words.tables["reasons"][code] in html
        assert [name for name in exercises(language) if f">{name}<" in html] == []
        assert '<svg class="figure"' not in html
        assert 'class="portrait"' not in html
    said = {"en": "Say to the client", "ja": "お客様には"}[language]
    assert (said in html) is (flag in TODAY)


def test_without_a_flag_all_of_it_is_there(own: tuple[TestClient, Store]) -> None:
    client, store = own
    visit = asked(client, None)["id"]
    done(store, store.visits.get(visit), result_of("bend"), "forward_bend")
    html = client.get(f"/visits/{visit}/report?lang=en").text

    assert [name for name in exercises("en") if f">{name}<" in html]
    assert '<svg class="figure"' in html
    assert client.get(f"/live/{asked(client, None)['id']}").status_code == HTTPStatus.OK
