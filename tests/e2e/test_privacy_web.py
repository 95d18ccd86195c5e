"""Nothing leaves the machine in a live check and an upload: neither page nor server asks out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.e2e.camera import QUICK, write_camera
from tests.e2e.compare import finished
from tests.e2e.make import CHECK_S, Browsers, is_off_host, serving

pytestmark = pytest.mark.slow
CLIP = Path(__file__).parents[2] / "samples" / "standing.mp4"
CALLS = "connect,sendto,sendmsg,sendmmsg"
_INTERNET = re.compile(r"AF_INET6?\b|sin6?_addr|inet_addr|inet_pton")
_OURSELVES = re.compile(r'inet_addr\("127\.\d+\.\d+\.\d+"\)|inet_pton\(AF_INET6, "::1"')


def off_host(calls: str) -> list[str]:
    """Return the traced calls that name an address of another machine."""
    named = [line for line in calls.splitlines() if _INTERNET.search(line)]
    return [line for line in named if not _OURSELVES.search(line)]


@pytest.mark.timeout(900)
def test_no_socket_and_no_request_goes_off_host(browsers: Browsers, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: sockets cannot be traced")
    log = tmp_path / "trace.log"
    # only these calls stop the server, so that it stays as quick as it is
    under = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(log)]
    camera = write_camera(tmp_path / "camera.mjpeg", QUICK)
    with serving(tmp_path / "data", under=under) as server:
        page = browsers.page(browsers.launch(camera), "en")
        policies: list[str] = []
        page.on("response", lambda answer: policies.append(_policy(answer.request)))

        page.goto(f"{server.address}/live")
        page.check("input[name=check][value=quick]")
        page.locator("#check button[type=submit]").click()
        page.click("#start")
        page.wait_for_url("**/visits/*", timeout=1000 * CHECK_S)
        visit = page.url.rpartition("/")[2]
        page.locator(f"a[href='/recordings?visit={visit}']").click()
        page.set_input_files("#files", CLIP)
        page.click("#uploads a.button")
        page.wait_for_url("**/visits/*")
        expect(page.locator(".recording[data-state=done]")).to_have_count(2)
        assert {r["step"] for r in finished(server, visit)} == {"forward_bend", "auto"}

    assert len(browsers.requests) > 50  # pages, scripts, sounds, chunks, the socket
    assert [url for url in browsers.requests if is_off_host(url)] == []
    assert [policy for policy in policies if "default-src 'self'" not in policy] == []
    calls = log.read_text("utf-8", errors="replace")
    assert "sendto(" in calls  # it was traced
    assert off_host(calls) == []


def _policy(request: Request) -> str:
    """Return the policy that came with a document; other files need none."""
    if request.resource_type != "document":
        return "default-src 'self'"
    answer = request.response()
    return answer.headers.get("content-security-policy", "") if answer else ""


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
