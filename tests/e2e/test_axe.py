"""Every page: no serious finding of axe, nothing cut off on a phone, usable by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from posture.store import open_store
from tests.e2e.make import LAPTOP, PHONE, Browsers, Lang, Server, serving
from tests.web.seeded import seeded

pytestmark = pytest.mark.slow
_SERIOUS = {"serious", "critical"}

# What Tab has to come to: one radio button of a group, as browsers do it.
_CONTROLS = """() => {
  const groups = new Set();
  const found = [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0']"
  )].filter((e) => {
    if (e.disabled || !e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.closest("[inert]") || e.tabIndex < 0) return false;
    if (e.type !== "radio") return true;
    const group = [...document.getElementsByName(e.name)].filter((one) => one.form === e.form);
    return group.some((one) => one.checked) ? e.checked : group[0] === e;
  });
  found.forEach((e, place) => { e.dataset.place = place; });
  return found.map((e) => e.outerHTML.slice(0, 120));
}"""
_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const seen = (one) => {
    if (!one) return false;
    const style = getComputedStyle(one);
    const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const box = one.getBoundingClientRect();
    return (drawn || style.boxShadow !== "none") && box.width > 1 && box.height > 1;
  };
  const labels = [...(e.labels ?? [])];
  const near = [e, e.nextElementSibling, e.parentElement, ...labels];
  return {
    place: e.dataset.place ?? null,
    seen: near.some(seen),
    html: e.outerHTML.slice(0, 120),
  };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server with something on each of its pages."""

    server: Server
    pages: Mapping[str, str]  # name -> path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site") / "data"
    store = open_store(data)
    known = seeded(store)
    store.close()
    with serving(data) as server:
        pages = {
            "home": "/",
            "live_start": "/live",
            "live": f"/live/{server.visit('full')}",
            "recordings": "/recordings",
            "recordings_of_visit": f"/recordings?visit={known.nobody}",
            "visit": f"/visits/{known.second}",
            "visit_walk": f"/visits/{known.nobody}",
            "visit_withheld": f"/visits/{known.withheld}",
            "visit_empty": f"/visits/{known.empty}",
            "correct": f"/recordings/{known.walk}/correct",
            "report": f"/visits/{known.second}/report",
            "clients": "/clients",
            "client": f"/clients/{known.client}",
            "compare": f"/compare?a={known.first}&b={known.second}",
            "settings": "/settings",
            "lan": "/lan",
            "help": "/help",
            "help_chapter": "/help/numbers",
            "help_whole": "/help/all",
            "api": "/api/v1/docs",
            "not_found": "/nowhere",
        }
        yield Site(server=server, pages=pages)


def serious(page: Page) -> list[tuple[str, str]]:
    """Return axe's serious and critical findings, each with the element it is about."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        (violation["id"], node["html"][:160])
        for violation in found
        if violation["impact"] in _SERIOUS
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ja", "dark")])
def test_axe_has_nothing_serious_to_say(
    browsers: Browsers, site: Site, lang: Lang, theme: str
) -> None:
    page = browsers.page(browsers.launch(), lang)
    page.goto(f"{site.server.address}/theme/{theme}?next=/")
    found = {}
    for name, path in site.pages.items():
        page.goto(site.server.address + path)
        expect(page.locator("html")).to_have_attribute("lang", lang)
        found[name] = serious(page)

    assert {name: troubles for name, troubles in found.items() if troubles} == {}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_is_cut_off_on_a_phone(browsers: Browsers, site: Site, lang: Lang) -> None:
    page = browsers.page(browsers.launch(), lang, PHONE)
    widths = {}
    for name, path in site.pages.items():
        page.goto(site.server.address + path)
        widths[name] = page.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > PHONE["width"]} == {}


def test_tab_comes_to_every_control_and_shows_where_it_is(browsers: Browsers, site: Site) -> None:
    page = browsers.page(browsers.launch(), "en", LAPTOP)
    missed: dict[str, list[str]] = {}
    unseen: dict[str, list[str]] = {}
    for name, path in site.pages.items():
        if name == "report":
            continue  # a sheet to print: it runs no script and holds no control
        page.goto(site.server.address + path)
        if name == "live":
            expect(page.locator("#start")).to_be_focused()
            page.evaluate("document.activeElement.blur()")
        controls = page.evaluate(_CONTROLS)
        reached: set[str] = set()
        blind: list[str] = []
        for _ in range(2 * len(controls) + 10):
            page.keyboard.press("Tab")
            at = page.evaluate(_FOCUSED)
            if at is None or at["place"] in reached:
                if len(reached) == len(controls):
                    break
                continue
            if at["place"] is not None:
                reached.add(at["place"])
            if not at["seen"]:
                blind.append(at["html"])
        left = [html for place, html in enumerate(controls) if str(place) not in reached]
        missed |= {name: left} if left else {}
        unseen |= {name: blind} if blind else {}

    assert missed == {}
    assert unseen == {}


def test_a_check_is_begun_and_left_by_keyboard_alone(browsers: Browsers, site: Site) -> None:
    page = browsers.page(browsers.launch(), "en")
    page.goto(site.server.address)

    tab_to(page, "a.door[href='/live']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/live")
    tab_to(page, "input[name=check]:checked")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=check][value=full]")).to_be_checked()
    tab_to(page, "#check button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/live/*")
    expect(page.locator("#start")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("body")).to_have_attribute("data-live", "live")
    tab_to(page, "#leave")
    page.keyboard.press("Enter")
    expect(page.locator("#leaving")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/visits/*")


def tab_to(page: Page, control: str) -> None:
    """Press Tab until a control has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(control) => document.activeElement.matches(control)", control):
            return
    raise AssertionError(control)
