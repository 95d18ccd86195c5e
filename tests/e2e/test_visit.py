"""What is typed on the page of a visit is not lost, whichever button saves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from posture.store import open_store
from tests.e2e.make import Browsers, serving
from tests.web.seeded import seeded

pytestmark = pytest.mark.slow
TESTS = 3


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[str]]:
    """A server with visits: the addresses of their pages."""
    data = tmp_path_factory.mktemp("visit")
    with open_store(data) as store:
        made = [seeded(store).first for _ in range(2 * TESTS)]  # each may be tried again
    with serving(data) as server:
        yield (f"{server.address}/visits/{one}" for one in made)


@pytest.fixture
def visit(visits: Iterator[str]) -> str:
    """The address of a visit's page that nobody has changed."""
    return next(visits)


def test_saving_the_exercises_saves_a_comment_that_was_typed_before(
    browsers: Browsers, visit: str
) -> None:
    page = opened(browsers, visit)
    page.get_by_label("Comment for the client").fill("Stretch daily.")
    first_exercise(page).uncheck()

    page.get_by_role("button", name="Save the choice").click()

    expect(page.get_by_text("The exercises for the report are saved.")).to_be_visible()
    expect(page.get_by_label("Comment for the client")).to_have_value("Stretch daily.")


def test_saving_a_comment_saves_the_exercises_that_were_chosen_before(
    browsers: Browsers, visit: str
) -> None:
    page = opened(browsers, visit)
    first_exercise(page).uncheck()
    page.get_by_label("Comment for the client").fill("Stretch daily.")

    page.locator("form[action$='/written'] button").click()
    page.wait_for_url("**?kept#written")

    expect(page.get_by_label("Comment for the client")).to_have_value("Stretch daily.")
    page.get_by_text("Choose what goes on the report").click()
    expect(first_exercise(page)).not_to_be_checked()


def test_a_comment_that_is_refused_is_shown_and_the_exercises_are_saved(
    browsers: Browsers, visit: str
) -> None:
    page = opened(browsers, visit)
    page.get_by_label("Comment for the client").fill("a" * 300)
    first_exercise(page).uncheck()

    page.get_by_role("button", name="Save the choice").click()

    expect(page.get_by_role("alert")).to_contain_text("300")
    expect(page.get_by_label("Comment for the client")).to_have_value("a" * 300)
    page.goto(visit)
    page.get_by_text("Choose what goes on the report").click()
    expect(first_exercise(page)).not_to_be_checked()


def opened(browsers: Browsers, address: str) -> Page:
    page = browsers.page(browsers.launch(), "en")
    page.goto(address)
    page.get_by_text("Choose what goes on the report").click()
    return page


def first_exercise(page: Page) -> Locator:
    return page.locator(".choose-care input[type=checkbox]").first
