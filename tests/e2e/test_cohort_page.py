"""The page over many clips in a browser: no serious finding of axe, nothing cut off, no request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import ViewportSize

from posture.outputs.cohort import cohort_html
from posture.outputs.cohort_numbers import cohort_of
from posture.outputs.figures import figure_of
from posture.outputs.words import load_words
from tests.cohort_rows import made_rows
from tests.e2e.make import LAPTOP, Browsers, Lang
from tests.e2e.test_axe import serious

pytestmark = pytest.mark.slow
_NARROW: ViewportSize = {"width": 360, "height": 760}


@pytest.fixture(params=["en", "ja"])
def lang(request: pytest.FixtureRequest) -> Lang:
    return request.param  # type: ignore[no-any-return] # pytest's own type says Any


@pytest.fixture
def address(tmp_path: Path, lang: Lang) -> str:
    cohort = cohort_of(made_rows(120))
    jpeg = figure_of(np.full((90, 160, 3), 120, dtype=np.uint8), "standing").jpeg
    page = cohort_html(
        cohort,
        load_words(lang),
        pictures=dict.fromkeys(cohort.outliers[::2], jpeg),
        reports={one.file: f"clips/{one.file}/report.html" for one in cohort.outliers},
    )
    (tmp_path / "batch.html").write_text(page, "utf-8")
    return (tmp_path / "batch.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_serious_to_say(
    browsers: Browsers, address: str, lang: Lang, scheme: str
) -> None:
    page = browsers.page(browsers.launch(), lang, LAPTOP)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")

    assert serious(page) == []
    assert browsers.requests == [address]


@pytest.mark.parametrize("viewport", [_NARROW, LAPTOP], ids=["phone", "laptop"])
def test_nothing_is_cut_off(
    browsers: Browsers, address: str, lang: Lang, viewport: ViewportSize
) -> None:
    page = browsers.page(browsers.launch(), lang, viewport)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
