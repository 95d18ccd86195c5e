"""A recorded video, from the page to the result: the same as the command line says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.clips import analysed
from tests.e2e.compare import by_command_line, finished, page_tells, told
from tests.e2e.make import Browsers, Lang, Server

pytestmark = pytest.mark.slow
CLIP = Path(__file__).parents[2] / "samples" / "forward_bend.mp4"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return by_command_line(CLIP, tmp_path_factory.mktemp("analysed"))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_an_upload_is_told_as_on_the_command_line(
    browsers: Browsers, server: Server, expected: dict[str, Any], lang: Lang
) -> None:
    page = browsers.page(browsers.launch(), lang)
    page.goto(f"{server.address}/recordings")

    page.set_input_files("#files", CLIP)
    page.click("#uploads a.button")
    page.wait_for_url("**/visits/*")
    expect(page.locator(".verdict")).to_be_visible()  # without anybody loading the page anew

    visit = page.url.rpartition("/")[2]
    recordings = finished(server, visit)
    [recording] = recordings
    found = server.json(f"/api/recordings/{recording['id']}/analysis")
    assert found["verdict"]["label"] == "hamstring"
    assert found["clip"]["sha256"] == expected["clip"]["sha256"] == recording["sha256"]
    assert told(found) == told(expected)
    page_tells(page, [analysed(CLIP)], recordings, lang)
