"""The code that takes a forgotten passcode away: told once, used once, not guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from posture.store import open_store
from tests.web.make import TestClient, app_in

pytestmark = pytest.mark.usefixtures("quick_hash")

PASSCODE = "2468"
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){3}")


def code_for(client: TestClient, passcode: str = PASSCODE, old: str = "") -> str:
    answer = client.post("/settings/passcode", data={"old": old, "new": passcode})
    found = _CODE.search(answer.text)
    assert found is not None
    return found[0]


def locked_out(client: TestClient) -> None:
    client.post("/logout")
    assert client.get("/clients").status_code == 401


def test_the_code_takes_the_passcode_away_and_works_once(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        code = code_for(client)
        assert code not in client.get("/settings").text
        locked_out(client)
        typed = code.lower().replace("-", " ").replace("0", "o")
        answer = client.post("/lock/recover", data={"code": typed}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings?recovered#lock")
        assert client.get("/clients").status_code == 200

        fresh = code_for(client, "1357")
        locked_out(client)
        assert client.post("/lock/recover", data={"code": code}).status_code == 403
        assert client.post("/lock/recover", data={"code": fresh}).status_code == 200


def test_a_code_is_void_once_the_passcode_was_changed_or_removed(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        code = code_for(client)
        code_for(client, "1357", old=PASSCODE)
        locked_out(client)
        assert client.post("/lock/recover", data={"code": code}).status_code == 403
        assert client.get("/clients").status_code == 401


def test_guessing_codes_has_to_wait_and_the_passcode_still_opens(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        code = code_for(client)
        locked_out(client)
        wrong = [client.post("/lock/recover", data={"code": "0" * 20}) for _ in range(6)]
        assert [answer.status_code for answer in wrong] == [403] * 5 + [429]
        assert client.post("/lock/recover", data={"code": code}).status_code == 429
        assert client.post("/lock", data={"passcode": PASSCODE}).status_code == 200


@pytest.mark.parametrize("code", ["", "-", "\u3000", "a" * 5000])
def test_nothing_that_is_no_code_opens(tmp_path: Path, code: str) -> None:
    with app_in(tmp_path) as client:
        code_for(client)
        locked_out(client)
        assert client.post("/lock/recover", data={"code": code}).status_code == 403


def test_the_code_is_kept_as_a_hash_only(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        code = store.settings.set_passcode(PASSCODE)
        kept = str(store.settings.get("recovery"))
        assert kept.startswith("$argon2id$")
        assert code.replace("-", "") not in kept
        assert not store.settings.recover("")
        assert store.settings.set_passcode(None) == ""
        assert not store.settings.recover(code)
        assert not store.settings.has_recovery()


def test_the_locked_page_offers_the_code_only_where_there_is_one(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        code_for(client)
        client.app.state.store.settings.set("recovery", None)  # type: ignore[attr-defined]
        assert "Save the passcode once more" in client.get("/settings").text
        locked_out(client)
        assert "/lock/recover" not in client.get("/lock").text
