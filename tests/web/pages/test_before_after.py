"""Two bends in one visit: what changed is told, handed over, and kept out of the finding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from posture.outputs.card import HEIGHT, WIDTH, Card, CardRow, card_svg
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.store import Store, open_store
from posture.web.pages.before_after import before_and_after
from posture.web.visit_results import results_of
from tests.web.seeded import done, result_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


DEEPER = {"fingertip_floor_m": 0.2, "fingertip_floor": 0.2}


def test_a_change_beyond_the_error_is_told_and_the_care_named(store: Store) -> None:
    visit = store.visits.add(None, "quick", "en", {"care": ["calf", "hamstrings"]})
    done(store, visit, result_of("bend"), "forward_bend")
    assert before_and_after(visit, store.recordings.of_visit(visit.id), load_words("en")) is None
    done(store, visit, result_of("bend", DEEPER), "forward_bend_after")

    told = before_and_after(visit, store.recordings.of_visit(visit.id), load_words("en"))

    assert told is not None
    assert told.care == "Cared for: Calf · Hamstrings"
    (reach,) = (row for row in told.rows if row.name == "Fingertip-floor distance")
    assert reach.is_beyond
    assert reach.course.startswith("Nearer to the floor by ")
    others = [row for row in told.rows if row.name != reach.name]
    assert others
    assert not any(row.is_beyond for row in others)


def test_the_bend_after_care_does_not_speak_in_the_finding(store: Store) -> None:
    visit = store.visits.add(None, "quick", "en", {})
    done(store, visit, result_of("bend"), "forward_bend")
    alone = results_of(store, visit.id)
    done(store, visit, result_of("bend", DEEPER), "forward_bend_after")

    both = results_of(store, visit.id)

    assert alone is not None
    assert both is not None
    assert both.assessment == alone.assessment


def test_with_red_flags_nothing_is_compared(store: Store) -> None:
    visit = store.visits.add(None, "quick", "en", {}, withheld=True)
    done(store, visit, result_of("bend"), "forward_bend")
    done(store, visit, result_of("bend", DEEPER), "forward_bend_after")

    assert before_and_after(visit, store.recordings.of_visit(visit.id), load_words("en")) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_is_whole_and_harmless(language: Language) -> None:
    row = CardRow(
        name="前屈" * 30, before="14 ± 1 cm", after="9 ± 1 cm", course="<b>", is_beyond=True
    )
    card = Card(
        title="&", who="<script>", date="", care="", rows=(row,), foot="a " * 60, language=language
    )

    drawn = ET.fromstring(card_svg(card))  # noqa: S314 - made here

    assert (drawn.get("width"), drawn.get("height")) == (str(WIDTH), str(HEIGHT))
    texts = [element for element in drawn.iter() if element.tag.endswith("text")]
    assert [element.text for element in texts if element.text == "<script>"]
    assert [e for e in texts if e.get("textLength")]  # what is too long is narrowed
