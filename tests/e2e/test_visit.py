"""What is typed on the page of a visit is not lost, whichever button saves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from posture.store import open_store
from tests.e2e.make import Browsers, Server, serving
from tests.web.seeded import seeded

pytestmark = pytest.mark.slow


@pytest.fixture
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a visit, and the address of its page."""
    data = tmp_path_factory.mktemp("visit")
    with open_store(data) as store:
        first = seeded(store).first
    with serving(data) as server:
        yield server, f"{server.address}/visits/{first}"


def test_saving_the_exercises_saves_a_comment_that_was_typed_before(
    browsers: Browsers, visit: tuple[Server, str]
) -> None:
    page = opened(browsers, visit[1])
    page.get_by_label("Comment for the client").fill("Stretch daily.")
    first_exercise(page).uncheck()

    page.get_by_role("button", name="Save the choice").click()

    expect(page.get_by_text("The exercises for the report are saved.")).to_be_visible()
    expect(page.get_by_label("Comment for the client")).to_have_value("Stretch daily.")


def test_saving_a_comment_saves_the_exercises_that_were_chosen_before(
    browsers: Browsers, visit: tuple[Server, str]
) -> None:
    page = opened(browsers, visit[1])
    first_exercise(page).uncheck()
    page.get_by_label("Comment for the client").fill("Stretch daily.")

    page.locator("form[action$='/written'] button").click()
    page.wait_for_url("**?kept#written")

    expect(page.get_by_label("Comment for the client")).to_have_value("Stretch daily.")
    page.get_by_text("Choose what goes on the report").click()
    expect(first_exercise(page)).not_to_be_checked()


def test_a_comment_that_is_refused_is_shown_and_the_exercises_are_saved(
    browsers: Browsers, visit: tuple[Server, str]
) -> None:
    page = opened(browsers, visit[1])
    page.get_by_label("Comment for the client").fill("a" * 300)
    first_exercise(page).uncheck()

    page.get_by_role("button", name="Save the choice").click()

    expect(page.get_by_role("alert")).to_contain_text("300")
    expect(page.get_by_label("Comment for the client")).to_have_value("a" * 300)
    page.goto(visit[1])
    page.get_by_text("Choose what goes on the report").click()
    expect(first_exercise(page)).not_to_be_checked()


def opened(browsers: Browsers, address: str) -> Page:
    page = browsers.page(browsers.launch(), "en")
    page.goto(address)
    page.get_by_text("Choose what goes on the report").click()
    return page


def first_exercise(page: Page) -> Locator:
    return page.locator(".choose-care input[type=checkbox]").first
