"""The care plan of a visit: drawings, what goes on the report, an exercise of the trainer's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posture.outputs.care_lines import MOST_DOSE, MOST_WHAT
from posture.outputs.words import load_words
from posture.store import Store
from tests.web.make import TestClient
from tests.web.pages.test_pages import quiet_app_in
from tests.web.seeded import Seeded, seeded

EN = load_words("en")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Store, Seeded]]:
    with quiet_app_in(tmp_path) as client:
        store: Store = client.app.state.store  # type: ignore[attr-defined]
        yield client, store, seeded(store)


def test_what_is_not_ticked_leaves_the_report_and_what_was_written_is_on_it(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, store, ids = own
    asked = {"care_sole_roll": "on", "own_what": "Sit <tall>", "own_dose": "twice a day"}

    before = client.get(f"/visits/{ids.first}/report").text
    client.post(f"/visits/{ids.first}/care", data=asked)
    after = client.get(f"/visits/{ids.first}/report").text

    stretch = "hinge at the hips with a long back"
    assert stretch in before
    assert stretch not in after
    assert "Roll the sole slowly" in after
    assert "Sit &lt;tall&gt;" in after
    assert "twice a day" in after
    assert store.visits.get(ids.first).answers["pain"] == 3  # what was asked stays


def test_answers_that_are_changed_later_leave_the_plan_as_it_was_chosen(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, _, ids = own
    client.post(f"/visits/{ids.first}/care", data={"own_what": "Sit tall"})
    client.post(f"/visits/{ids.first}/answers", data={"pain": "2"})

    assert "Sit tall" in client.get(f"/visits/{ids.first}/report").text


@pytest.mark.parametrize(("name", "most"), [("own_what", MOST_WHAT), ("own_dose", MOST_DOSE)])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_too_long_is_refused_with_how_long_it_may_be(
    own: tuple[TestClient, Store, Seeded], name: str, most: int, language: str
) -> None:
    client, store, ids = own
    kept = dict(store.visits.get(ids.first).answers)

    told = client.post(
        f"/visits/{ids.first}/care",
        data={"own_what": "x", name: "あ" * 50_000},
        headers={"Accept-Language": language},
    )

    assert told.status_code == 400
    assert "50000" in told.text
    assert str(most) in told.text
    assert dict(store.visits.get(ids.first).answers) == kept


def test_as_many_letters_as_are_said_to_fit_do(own: tuple[TestClient, Store, Seeded]) -> None:
    client, _, ids = own
    longest = "あ" * MOST_WHAT
    client.post(f"/visits/{ids.first}/care", data={"own_what": longest})

    assert longest in client.get(f"/visits/{ids.first}/report").text


def test_a_visit_without_a_result_has_no_plan_to_choose_from(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, _, ids = own

    assert client.post(f"/visits/{ids.empty}/care", data={}).status_code == 404


def test_the_page_shows_each_exercise_with_its_drawing_and_a_timer_where_it_is_held(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, _, ids = own

    shown = client.get(f"/visits/{ids.first}").text
    report = client.get(f"/visits/{ids.first}/report").text

    assert shown.count('class="exercise"') >= 5
    assert 'data-seconds="30"' in shown
    assert 'data-seconds="30"' in report
    assert shown.count(EN.of("care", "common")) == 1
    assert report.count(EN.of("care", "common")) == 1


def test_the_page_says_that_the_choice_is_saved_once_it_is(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, _, ids = own
    before = client.get(f"/visits/{ids.first}").text

    after = client.post(f"/visits/{ids.first}/care", data={}).text

    assert EN.of("care", "saved") not in before
    assert EN.of("care", "saved") in after
