"""A server and a browser for every test here; without Chromium there is nothing to test with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from posture.bench_browser import BROWSER, without_hurry
from tests.e2e.make import PATIENCE_S, Browsers, Server, serving

expect.set_options(timeout=1000 * PATIENCE_S)


# Not for the whole session: while it runs, no other test of this process could use asyncio.
@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    if not BROWSER.exists():
        pytest.skip(f"{BROWSER} is not there: pages cannot be tested")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def kept(
    driver: Playwright,  # noqa: ARG001 - it ends after them
) -> Iterator[dict[tuple[str, ...], Browser]]:
    """Browsers that one test after the other opens its pages in."""
    opened: dict[tuple[str, ...], Browser] = {}
    yield opened
    for browser in opened.values():
        browser.close()


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_hurry(BROWSER, tmp_path_factory.mktemp("browser"))


@pytest.fixture
def browsers(
    driver: Playwright, executable: Path, kept: dict[tuple[str, ...], Browser]
) -> Iterator[Browsers]:
    opened = Browsers(driver, executable, kept)
    yield opened
    opened.close()
    assert opened.troubles == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(data_in(tmp_path_factory.mktemp("server"))) as running:
        yield running


def data_in(folder: Path) -> Path:
    return folder / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Camera, voice and browser run in real time: what a busy machine missed may be tried again."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))
