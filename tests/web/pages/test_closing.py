"""The button that closes the program, for who sits at the computer it runs on."""

from __future__ import annotations

import threading
from pathlib import Path

from starlette.applications import Starlette

from posture.web import create_app
from posture.web.config import is_for_devices
from tests.web.make import OWN, TestClient, app_in, config_in

FORM = {"sec-fetch-site": "same-origin", "origin": OWN}
BUTTON = 'action="/settings/close"'


def test_the_button_closes_the_program_once_its_last_page_has_gone_out(tmp_path: Path) -> None:
    over = threading.Event()
    with app_in(tmp_path) as client:
        assert isinstance(client.app, Starlette)
        client.app.state.stop = over.set
        page = client.get("/settings", headers={"accept-language": "en"})
        last = client.post("/settings/close", headers={**FORM, "accept-language": "en"})

        assert BUTTON in page.text
        assert last.status_code == 200
        assert "The program is closed" in last.text
        assert not over.is_set()  # the page's style is fetched yet
        assert over.wait(10)


def test_what_cannot_be_closed_from_a_page_has_no_button(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        page = client.get("/settings")
        refused = client.post("/settings/close", headers=FORM)

    assert BUTTON not in page.text
    assert refused.status_code == 403


def test_a_foreign_page_cannot_close_it(tmp_path: Path) -> None:
    over = threading.Event()
    with app_in(tmp_path) as client:
        assert isinstance(client.app, Starlette)
        client.app.state.stop = over.set
        refused = client.post("/settings/close", headers={"sec-fetch-site": "cross-site"})

    assert refused.status_code == 403
    assert not over.wait(2)


def test_nobody_on_the_network_closes_it(tmp_path: Path) -> None:
    app = create_app(config_in(tmp_path))
    app.state.stop = threading.Event().set
    with TestClient(app, base_url=OWN, client=("192.0.2.7", 50000)) as client:
        refused = client.post("/settings/close", headers=FORM)

    assert refused.status_code == 403


DEVICES = 'action="/settings/devices"'


def test_a_button_has_the_icon_open_it_for_tablets_and_back(tmp_path: Path) -> None:
    over = threading.Event()
    english = {**FORM, "accept-language": "en"}
    with app_in(tmp_path) as client:
        assert isinstance(client.app, Starlette)
        client.app.state.stop = over.set
        data_dir = client.app.state.config.data_dir

        before = client.get("/lan", headers=english)
        last = client.post("/settings/devices", data={"on": "yes"}, headers=english)

        assert DEVICES in before.text
        assert 'value="no"' not in before.text  # nothing to take back yet
        assert "lets tablets and phones in" in last.text
        assert is_for_devices(data_dir)
        assert over.wait(10)
        assert 'value="no"' in client.get("/lan", headers=english).text
        client.post("/settings/devices", data={"on": "no"}, headers=english)
        assert not is_for_devices(data_dir)


def test_nobody_on_the_network_opens_it_for_tablets(tmp_path: Path) -> None:
    app = create_app(config_in(tmp_path))
    app.state.stop = threading.Event().set
    with TestClient(app, base_url=OWN, client=("192.0.2.7", 50000)) as client:
        refused = client.post("/settings/devices", data={"on": "yes"}, headers=FORM)

    assert refused.status_code == 403
    assert not is_for_devices(app.state.config.data_dir)
