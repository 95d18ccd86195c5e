"""What goes wrong in a live check is one sentence in the page's language, and goes on by itself."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from posture.outputs.words import load_words
from tests.e2e.make import Browsers, Lang, Server, serving

pytestmark = pytest.mark.slow
LANGS = pytest.mark.parametrize("lang", ["en", "ja"])


def web(lang: Lang, key: str) -> str:
    return load_words(lang).of("web", key)


def told(page: Page) -> str:
    """Return what the page says of a trouble, in its pane."""
    expect(page.locator("#pane-trouble")).to_be_visible()
    return page.locator("#trouble-text").text_content() or ""


def sentence(lang: Lang, key: str) -> re.Pattern[str]:
    """Return what stands over the picture, one element a sentence, with or without a space."""
    return re.compile(rf"^{re.escape(web(lang, key))}\s*$".replace("。", r"。\s*"))


@LANGS
def test_a_denied_camera_is_said(browsers: Browsers, server: Server, lang: Lang) -> None:
    page = browsers.page(browsers.launch(allowed=False), lang)

    page.goto(f"{server.address}/live/{server.visit(language=lang)}")

    assert told(page) == web(lang, "page_live_camera_denied")


@LANGS
def test_no_camera_is_said(browsers: Browsers, server: Server, lang: Lang) -> None:
    page = browsers.page(browsers.launch(has_camera=False), lang)

    page.goto(f"{server.address}/live/{server.visit(language=lang)}")

    assert told(page) == web(lang, "page_live_camera_none")


@LANGS
def test_an_unplugged_camera_is_said_and_comes_back(
    browsers: Browsers, server: Server, lang: Lang
) -> None:
    page = browsers.page(browsers.launch(), lang)
    page.goto(f"{server.address}/live/{server.visit(language=lang)}")
    page.click("#start")
    expect(page.locator("body")).to_have_attribute("data-live", "live")
    expect(page.locator("body")).to_have_attribute("data-phase", "choosing")
    page.evaluate(
        """() => {
          const [track] = document.querySelector("#camera").srcObject.getVideoTracks();
          track.stop();
          track.dispatchEvent(new Event("ended")); // as the browser does when it is pulled out
        }"""
    )

    gone = sentence(lang, "page_live_camera_lost")
    expect(page.locator("#sentence")).to_have_text(gone)
    expect(page.locator("#sentence")).not_to_have_text(gone)
    expect(page.locator("body")).to_have_attribute("data-live", "live")
    assert page.evaluate("document.querySelector('#camera').srcObject.active")
    page.click("#leave")


@LANGS
def test_a_killed_server_is_said_and_its_successor_found(
    browsers: Browsers, tmp_path: Path, lang: Lang
) -> None:
    page = browsers.page(browsers.launch(), lang)
    lost, again = (sentence(lang, f"page_live_{key}") for key in ("lost", "restarted"))
    with serving(tmp_path / "data") as first:
        page.goto(f"{first.address}/live/{first.visit(language=lang)}")
        page.click("#start")
        expect(page.locator("body")).to_have_attribute("data-phase", "choosing")
        first.kill()
        expect(page.locator("#sentence")).to_have_text(lost)
        expect(page.locator("body")).to_have_attribute("data-live", "lost")
    browsers.troubles.clear()  # Chromium writes down each socket that finds nobody

    with serving(tmp_path / "data", port=first.port):
        expect(page.locator("body")).to_have_attribute("data-live", "live")
        expect(page.locator("#sentence")).to_have_text(again)
        page.close()  # while there is a server: its socket would find nobody once more
        browsers.troubles.clear()


def test_sessions_too_many_are_told_so_and_take_a_place_that_gets_free(
    browsers: Browsers, server: Server
) -> None:
    most = len(os.sched_getaffinity(0))
    browser = browsers.launch()
    inside = [browsers.page(browser, "en") for _ in range(most)]
    for page in inside:
        page.goto(f"{server.address}/live/{server.visit()}?auto=1")
        expect(page.locator("body")).to_have_attribute("data-live", "live")

    langs: tuple[Lang, ...] = ("en", "ja")
    outside = {lang: browsers.page(browser, lang) for lang in langs}
    for lang, page in outside.items():
        page.goto(f"{server.address}/live/{server.visit(language=lang)}?auto=1")
        assert told(page) == load_words(lang).of("reasons", "live_error_busy")

    for page in inside:
        expect(page.locator("body")).to_have_attribute("data-live", "live")
        page.close()
    outside["en"].click("#trouble-again")
    expect(outside["en"].locator("body")).to_have_attribute("data-live", "live")
