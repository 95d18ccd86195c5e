"""A whole live check: somebody raises a hand, is led through it, and reads the result.

Nothing is pressed after Start. What is said in the end is what the command line says of the files
that were recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.camera import FULL, QUICK, STAND_BEND, Part, write_camera
from tests.e2e.compare import by_pipeline, finished, page_tells, record_of, saved, told
from tests.e2e.make import AT_LENGTH, Browsers, Lang, Server

pytestmark = pytest.mark.slow


def consenting_client(page: Page, server: Server, name: str) -> str:
    """Write down somebody who wants their videos kept; leaves their page open."""
    page.goto(f"{server.address}/clients")
    page.fill("#name", name)
    page.locator("form", has=page.locator("#name")).locator("button[type=submit]").click()
    page.wait_for_url("**/clients/*")
    page.check("input[name=keep][value=video]")
    page.check("input[name=agreed]")
    page.locator("form[action$=consent] button[type=submit]").click()
    expect(page.locator("section[aria-labelledby=consent] strong").first).to_be_visible()
    return page.url.partition("#")[0].rpartition("/")[2]


# The long ones ask for a machine to themselves, which a gate of two cores is not.
CHECKS = [pytest.param("quick", "en", QUICK, ["forward_bend"], id="quick-en")]
if AT_LENGTH:
    CHECKS += [
        pytest.param(
            "stand_bend",
            "ja",
            STAND_BEND,
            ["standing", "standing2", "forward_bend"],
            id="stand_bend-ja",
        ),
        pytest.param(
            "full",
            "en",
            FULL,
            ["standing", "standing2", "forward_bend", "walking"],
            id="full-en",
        ),
    ]


@pytest.mark.parametrize(("check", "lang", "films", "steps"), CHECKS)
def test_a_check_leads_from_start_to_the_result_by_itself(
    browsers: Browsers,
    server: Server,
    tmp_path: Path,
    check: str,
    lang: Lang,
    films: Sequence[Part],
    steps: list[str],
) -> None:
    browser = browsers.launch(write_camera(tmp_path / "camera.mjpeg", films))
    page = browsers.page(browser, lang)
    client = consenting_client(page, server, f"{check} {lang}")

    page.locator(f"a[href='/live?client={client}']").click()
    page.check(f"input[name=check][value={check}]")
    page.locator("#check button[type=submit]").click()
    page.click("#start")
    page.wait_for_url("**/visits/*")

    visit = page.url.rpartition("/")[2]
    recordings = finished(server, visit)
    assert [recording["step"] for recording in recordings] == steps
    analyses = [by_pipeline(saved(server, r, tmp_path), r) for r in recordings]
    for recording, analysis in zip(recordings, analyses, strict=True):
        found = server.json(f"/api/recordings/{recording['id']}/analysis")
        assert told(found) == told(record_of(analysis)), recording["step"]
        if recording["step"] == "forward_bend":
            assert found["verdict"]["label"] == "hamstring"
    page_tells(page, analyses, recordings, lang)
    assert server.json(f"/api/visits/{visit}")["client"] == client
