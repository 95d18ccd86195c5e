"""Correcting by hand in a real browser: by keyboard alone, on a phone, without a film."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

import posture
from posture.results import write_results
from posture.settings import Settings
from tests.e2e.make import LAPTOP, PHONE, Browsers, Lang, Server, serving
from tests.e2e.test_axe import serious
from tests.web.test_correct import POINTS, put, record_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with one analysed walk; the address of the page that corrects it."""
    folder = tmp_path_factory.mktemp("correct")
    made = write_results(posture.analyse(POINTS), POINTS, folder / "made", Settings()).folder
    recording = put(folder / "data", made, record_in(made), "walking")
    with serving(folder / "data") as server:
        yield server, f"{server.address}/recordings/{recording}/correct"


def test_a_moment_is_moved_by_keyboard_alone_and_the_numbers_follow(
    browsers: Browsers, walk: tuple[Server, str]
) -> None:
    _, address = walk
    page = browsers.page(browsers.launch(), "en", LAPTOP)
    page.goto(address)
    expect(page.locator(".curves svg.plot")).to_be_visible()
    move = page.get_by_role("button", name="Move here")
    expect(move).to_be_disabled()

    page.get_by_role("radio", name="heel strike, left").nth(1).press("Space")
    now = page.locator("#now")
    expect(now).to_have_text("1.40 s, frame 43 of 138")  # the frame nearest to 1.386
    page.locator("#frame").press("ArrowRight")
    page.locator("#frame").press("ArrowRight")
    page.get_by_role("button", name="One picture back").press("Enter")
    expect(now).to_have_text("1.43 s, frame 44 of 138")
    move.press("Enter")
    expect(page.locator("#said")).to_contain_text("Not saved yet")
    field = page.get_by_role("textbox", name="heel strike, left").nth(1)
    expect(field).to_have_value("1.433")

    page.get_by_role("button", name="Save and measure again").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    expect(page.get_by_text("measured 1.39 s")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Step time").first
    expect(row).to_contain_text("0.53 s")
    expect(row).to_contain_text("0.55 ±")

    page.get_by_role("button", name="Undo all corrections").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("What the program measured is back")
    expect(page.get_by_text("measured 1.39 s")).to_have_count(0)


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ja", "dark")])
def test_it_fits_a_phone_and_axe_has_nothing_serious_to_say(
    browsers: Browsers, walk: tuple[Server, str], lang: Lang, theme: str
) -> None:
    server, address = walk
    page = browsers.page(browsers.launch(), lang, PHONE)
    page.goto(f"{server.address}/theme/{theme}?next=/")
    page.goto(address)
    expect(page.locator("#frame")).to_be_visible()
    page.locator(".moments input[type=radio]").first.check()

    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
