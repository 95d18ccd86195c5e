"""A value that somebody corrected by hand is marked where visits are set beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.store import Store
from tests.web.make import app_in
from tests.web.seeded import done, result_of

NAME = "fingertip_floor_m"


def by_hand(result: dict[str, Any]) -> dict[str, Any]:
    for entry in result["measures"]:
        if entry["name"] == NAME:
            entry["corrected"] = {"measured": entry["value"] + 0.1}
    return result


def two_visits(store: Store, first: dict[str, Any], second: dict[str, Any]) -> tuple[str, str, str]:
    client = store.clients.add("Ann")
    visits = [store.visits.add(client.id, "quick", "en", {}) for _ in range(2)]
    for visit, result in zip(visits, (first, second), strict=True):
        done(store, visit, result)
    return client.id, visits[0].id, visits[1].id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_corrected", [True, False])
def test_trends_and_the_comparison_mark_what_was_corrected(
    tmp_path: Path, language: Language, *, is_corrected: bool
) -> None:
    said = load_words(language).of("web", "pages_by_hand")
    with app_in(tmp_path) as client:
        store: Store = client.app.state.store  # type: ignore[attr-defined]
        plain, other = result_of("bend"), result_of("bend")
        ann, first, second = two_visits(store, plain, by_hand(other) if is_corrected else other)
        headers = {"Accept-Language": language}

        trends = client.get(f"/clients/{ann}", headers=headers).text
        compared = client.get(f"/compare?a={first}&b={second}", headers=headers).text

    assert trends.count("by-hand") == int(is_corrected)  # one dot, of the second visit
    assert ("○" in trends) is is_corrected
    assert compared.count(said) == int(is_corrected)
