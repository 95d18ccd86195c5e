"""Deleting can be undone; for good is a button of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posture.store import Store
from posture.store.binned import BIN_DAYS
from posture.web.pages.clients import CONSENT_VERSION
from tests.web.make import TestClient
from tests.web.pages.test_pages import quiet_app_in
from tests.web.seeded import Seeded, seeded


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Store, Seeded]]:
    with quiet_app_in(tmp_path) as client:
        store: Store = client.app.state.store  # type: ignore[attr-defined]
        yield client, store, seeded(store)


@pytest.mark.parametrize("kind", ["clients", "visits"])
def test_what_is_deleted_is_put_back_by_a_button(
    own: tuple[TestClient, Store, Seeded], kind: str
) -> None:
    client, store, ids = own
    address = f"/{kind}/{ids.client if kind == 'clients' else ids.second}"
    (recording, *_) = store.recordings.of_visit(ids.second)

    told = client.post(f"{address}/bin")
    assert (told.url.path, told.status_code) == ("/bin", 200)
    assert f"for {BIN_DAYS} days" in told.text
    for gone in (
        address,
        f"/visits/{ids.second}/report",
        f"/recordings/{recording.id}/picture.jpg",
    ):
        assert client.get(gone).status_code == 404
    assert client.get(f"/api/recordings/{recording.id}").status_code == 404
    assert client.get("/").status_code == 200

    back = client.post(f"/bin{address}/back")
    assert (back.url.path, back.status_code) == (address, 200)
    assert "is empty" in client.get("/bin").text


@pytest.mark.parametrize("kind", ["clients", "visits"])
def test_for_good_is_for_what_lies_in_the_bin_only(
    own: tuple[TestClient, Store, Seeded], kind: str
) -> None:
    client, store, ids = own
    address = f"/{kind}/{ids.client if kind == 'clients' else ids.second}"
    client.post(f"/bin{address}/delete")
    assert client.get(address).status_code == 200

    client.post(f"{address}/bin")
    client.post(f"/bin{address}/delete")
    assert client.post(f"/bin{address}/back").status_code == 404
    assert store.bin.all() == ((), ())


def test_the_days_of_the_bin_are_in_the_words_a_client_agrees_to(
    own: tuple[TestClient, Store, Seeded],
) -> None:
    client, _, ids = own
    for language in ("en", "ja"):
        shown = client.get(f"/clients/{ids.client}", headers={"Accept-Language": language}).text
        assert f"{BIN_DAYS} days" in shown or f"{BIN_DAYS}日間" in shown
    assert CONSENT_VERSION == "2026-12"  # the meaning of those words changed with the bin


def test_what_is_not_there_is_called_so(own: tuple[TestClient, Store, Seeded]) -> None:
    client, _, _ = own
    for language, title in (("en", "Page not found"), ("ja", "ページが見つかりません")):
        shown = client.get("/visits/" + "0" * 32, headers={"Accept-Language": language})
        assert f"<h1>{title}</h1>" in shown.text
        refused = client.post("/clients", data={"name": ""}, headers={"Accept-Language": language})
        assert f"<h1>{title}</h1>" not in refused.text
