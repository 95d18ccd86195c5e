"""A link opens one report, on a phone of the network, for an hour, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette

from posture.web.access.shares import SHARED_S, Shares
from tests.web.access.test_auth import (
    PASSWORD,
    Clock,
    app_over,
    lan_app,
    seen_from,
    signed_in,
    stop_the_clock,
    store_of,
)
from tests.web.make import OWN
from tests.web.seeded import STRANGE_NAME, Seeded, seeded

TABLET = ("192.168.1.20", 50001)
PHONE = ("192.168.1.77", 50002)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Starlette, Seeded, Clock]:
    app = lan_app(tmp_path)
    store_of(app).users.add("Ren", PASSWORD, "trainer")
    stop_the_clock(app)
    clock = Clock()
    app.state.admission.shares = Shares(clock)
    return app, seeded(store_of(app)), clock


def link_of(app: Starlette, visit: str) -> str:
    """A trainer shows the code; the address it leads to, without the host."""
    with seen_from(app, TABLET) as tablet:
        signed_in(tablet, "Ren", PASSWORD)
        answer = tablet.post(f"/visits/{visit}/share")
        assert answer.status_code == 200
        assert "<svg" in answer.text
        found = re.search(r"https://[^/<]+(/shared/[\w-]{43})<", answer.text)
        assert found is not None
        assert found[1] not in tablet.get(f"/visits/{visit}/share").text  # shown once
        return found[1]


def status(app: Starlette, address: str) -> int:
    with seen_from(app, PHONE) as phone:
        return int(phone.get(address).status_code)


def test_the_phone_reads_that_report_and_nothing_else(
    made: tuple[Starlette, Seeded, Clock],
) -> None:
    app, ids, _ = made
    link = link_of(app, ids.second)
    with seen_from(app, PHONE) as phone:
        report = phone.get(link)
        assert report.status_code == 200
        assert STRANGE_NAME.split()[0] not in report.text  # escaped
        assert "set-cookie" not in report.headers
        assert report.headers["cache-control"] == "no-store"
        assert "script-src" not in report.headers["content-security-policy"]
        assert re.findall(r'(?:href|src|action)="/[^"]*"', report.text) == []
        for other in (
            "/",
            "/clients",
            f"/visits/{ids.second}",
            f"/visits/{ids.second}/report",
            f"/visits/{ids.second}/share",
            f"/visits/{ids.second}/share/file",
            "/api/queue",
            f"{link}/..",
            f"{link}/share",
        ):
            assert phone.get(other, headers={"Accept": "application/json"}).status_code in {
                401,
                404,
            }, other
        for method in ("POST", "PUT", "DELETE"):
            assert phone.request(method, link).status_code in {403, 405}


def test_it_is_over_after_its_time_and_when_it_is_ended_or_shown_anew(
    made: tuple[Starlette, Seeded, Clock],
) -> None:
    app, ids, clock = made
    link = link_of(app, ids.second)
    clock.now_s += SHARED_S - 1
    assert status(app, link) == 200
    clock.now_s += 1
    assert status(app, link) == 404

    first = link_of(app, ids.second)
    second = link_of(app, ids.second)
    assert (status(app, first), status(app, second)) == (404, 200)
    with seen_from(app, TABLET) as tablet:
        signed_in(tablet, "Ren", PASSWORD)
        ended = tablet.post(f"/visits/{ids.second}/share/end")
        assert "The code has ended" in tablet.get(ended.headers["location"]).text
    assert status(app, second) == 404


def test_a_deleted_visit_is_not_shown_by_its_link(made: tuple[Starlette, Seeded, Clock]) -> None:
    app, ids, clock = made
    link = link_of(app, ids.second)
    store = store_of(app)
    store.bin.put_visit(ids.second, store.visits.get(ids.second).started_at)
    assert status(app, link) == 404
    assert clock.now_s  # it was not over by time


def test_guessing_links_has_to_wait(made: tuple[Starlette, Seeded, Clock]) -> None:
    app, ids, _ = made
    link = link_of(app, ids.second)
    told = [status(app, f"/shared/{'A' * 42}{digit}") for digit in range(6)]
    assert told == [404] * 5 + [429]
    assert status(app, link) == 429


def test_nobody_shares_who_is_not_signed_in_or_what_is_not_there(
    made: tuple[Starlette, Seeded, Clock],
) -> None:
    app, ids, _ = made
    with seen_from(app, PHONE) as phone:
        assert phone.post(f"/visits/{ids.second}/share").status_code == 401
    with seen_from(app, TABLET) as tablet:
        signed_in(tablet, "Ren", PASSWORD)
        assert tablet.post(f"/visits/{ids.empty}/share").status_code == 404
        assert tablet.post(f"/visits/{'0' * 32}/share").status_code == 404


def test_without_a_network_the_report_is_saved_as_one_file(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    ids = seeded(store_of(app))
    with seen_from(app, ("127.0.0.1", 50000), OWN) as laptop:
        shown = laptop.get(f"/visits/{ids.second}/share")
        assert "Save one file" in shown.text
        assert laptop.post(f"/visits/{ids.second}/share").status_code == 409
        assert laptop.get(f"/shared/{'A' * 43}").status_code == 404
        saved = laptop.get(f"/visits/{ids.second}/share/file")
    named = unquote(saved.headers["content-disposition"])
    assert named.startswith("attachment;")
    assert '"Hana" 花子 ' in named  # whose it is,
    assert re.search(r" \d{4}\.html$", named)  # and of which day
    assert saved.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r'(?:href|src)="(?!#|data:)[^"]*"', saved.text) == []
