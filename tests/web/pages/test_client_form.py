"""What is known of a client is asked once: height, flags, how the name is read, and who it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posture.store import Store
from posture.web.questionnaire import Questions
from tests.web.make import TestClient, app_in


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Store]]:
    with app_in(tmp_path) as client:
        yield client, client.app.state.store  # type: ignore[attr-defined]


def test_a_second_client_of_the_same_name_is_asked_about(own: tuple[TestClient, Store]) -> None:
    client, store = own
    client.post("/clients", data={"name": "山田 太郎", "note": "Tuesdays"})
    again = client.post("/clients", data={"name": "山田\u3000太郎", "height_cm": "171"})
    assert (again.status_code, len(store.clients.all())) == (409, 1)
    assert "Tuesdays" in again.text
    assert 'value="171"' in again.text  # nothing typed is lost
    sure = client.post("/clients", data={"name": "山田 太郎", "sure": "yes"})
    assert (sure.status_code, len(store.clients.all())) == (200, 2)


def test_clients_are_sorted_by_how_their_names_are_read(own: tuple[TestClient, Store]) -> None:
    _, store = own
    for name, reading in [
        ("渡辺", "ワタナベ"),
        ("阿部", "あべ"),
        ("加藤", "カトウ"),
        ("井上", "いのうえ"),
    ]:
        store.clients.add(name, reading=reading)
    assert [one.name for one in store.clients.all()] == ["阿部", "井上", "加藤", "渡辺"]


def test_height_and_reading_are_kept_and_can_be_changed(own: tuple[TestClient, Store]) -> None:
    client, store = own
    made = client.post("/clients", data={"name": "Ann", "reading": "アン", "height_cm": "171.5"})
    (ann,) = store.clients.all()
    assert (ann.reading, ann.height_cm) == ("アン", 171.5)
    assert "171.5" in made.text
    client.post(f"/clients/{ann.id}", data={"name": "Ann", "height_cm": ""})
    assert store.clients.get(ann.id).height_cm is None
    for wrong in ("17", "900", "nan", "tall"):
        refused = client.post(f"/clients/{ann.id}", data={"name": "Ann", "height_cm": wrong})
        assert refused.status_code == 400, wrong


def test_the_next_visit_begins_with_what_was_said_at_the_last(
    own: tuple[TestClient, Store],
) -> None:
    client, store = own
    ann = store.clients.add("Ann")
    asked = Questions()
    lasting = next(code for code in asked.red_flags if code not in asked.today)
    answers = {"height_cm": 168, "red_flags": [lasting, asked.today[0]], "age": 44}
    body = {"client": ann.id, "check": "quick", "language": "en", "answers": answers}
    assert client.post("/api/visits", json=body).status_code == 201
    assert store.clients.get(ann.id).height_cm == 168

    known = client.get(f"/clients/{ann.id}/known")
    assert known.json() == {"height_cm": 168, "age": 44, "ticked": [f"red_flags.{lasting}"]}
    store.bin.put_client(ann.id, ann.created_at)
    assert client.get(f"/clients/{ann.id}/known").status_code == 404


def test_what_clients_said_is_in_no_form_before_one_is_chosen(
    own: tuple[TestClient, Store],
) -> None:
    client, store = own
    ann, ben = store.clients.add("Ann"), store.clients.add("Ben")
    client.post(f"/clients/{ben.id}", data={"name": "Ben", "height_cm": "183.5"})
    answers = {"height_cm": 168.5, "conditions": [Questions().conditions[0]], "age": 44}
    body = {"client": ann.id, "check": "quick", "language": "en", "answers": answers}
    assert client.post("/api/visits", json=body).status_code == 201
    for path in ("/live", f"/live?client={ben.id}", "/recordings"):
        html = client.get(path).text
        assert ann.id in html, path  # among those to choose from
        assert "168.5" not in html, path
    assert client.get(f"/clients/{ben.id}/known").json() == {"height_cm": 183.5}
    assert client.get("/clients/x/known").status_code == 404
