"""A whole live check: somebody raises a hand, is led through it, and reads the result.

Nothing is pressed after Start. What is said in the end is what the command line says of the files
that were recorded.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.camera import FULL, write_camera
from tests.e2e.compare import by_pipeline, finished, page_tells, record_of, saved, told
from tests.e2e.make import CHECK_S, Browsers, Lang, Server

pytestmark = pytest.mark.slow
STEPS = ["standing", "standing2", "forward_bend", "walking"]


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


@pytest.mark.timeout(900)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_check_leads_from_start_to_the_result_by_itself(
    browsers: Browsers,
    server: Server,
    tmp_path: Path,
    lang: Lang,
) -> None:
    browser = browsers.launch(write_camera(tmp_path / "camera.mjpeg", FULL))
    page = browsers.page(browser, lang)
    client = consenting_client(page, server, f"Hana {lang}")

    page.locator(f"a[href='/live?client={client}']").click()
    page.check("input[name=check][value=full]")
    page.locator("#check button[type=submit]").click()
    page.click("#start")
    page.wait_for_url("**/visits/*", timeout=1000 * CHECK_S)

    visit = page.url.rpartition("/")[2]
    recordings = finished(server, visit)
    assert [recording["step"] for recording in recordings] == STEPS
    analyses = [by_pipeline(saved(server, r, tmp_path), r) for r in recordings]
    for recording, analysis in zip(recordings, analyses, strict=True):
        found = server.json(f"/api/recordings/{recording['id']}/analysis")
        assert told(found) == told(record_of(analysis)), recording["step"]
        if recording["step"] == "forward_bend":
            (hamstring,) = (f for f in found["findings"] if f["link"] == "hamstring")
            assert hamstring["level"] in {"possible", "suggested"}
            assert hamstring["probability"] > 0.7
    page_tells(page, analyses, recordings, lang)
    assert server.json(f"/api/visits/{visit}")["client"] == client
