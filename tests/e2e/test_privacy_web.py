"""Pages may not ask out, and a trace tells our own address from another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.make import Browsers, serving
from tests.e2e.trace import off_host

pytestmark = pytest.mark.slow


def test_the_policy_holds_a_page_back_from_asking_out(browsers: Browsers, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        page = browsers.page(browsers.launch(), "en")
        page.goto(server.address)

        came = page.evaluate(
            "fetch('http://127.0.0.2:9/').then(() => 'through', (error) => error.name)"
        )

    assert came == "TypeError"
    assert any("Content Security Policy" in told for told in browsers.troubles)
    browsers.troubles.clear()  # they are what was asked for


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ('connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("8.8.8.8")}', 1),
        ('connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}', 0),
        ('connect(5, {sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}', 1),
        ('connect(5, {sa_family=AF_INET6, inet_pton(AF_INET6, "::1", &sin6_addr)}', 0),
        ('sendto(7, "GET", 3, MSG_NOSIGNAL, NULL, 0) = 3', 0),
        ('connect(5, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110)', 0),
    ],
)
def test_an_address_of_another_machine_is_told_from_our_own(call: str, told: int) -> None:
    assert len(off_host(call)) == told
