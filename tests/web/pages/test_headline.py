"""What is noted as not judged never stands for the client: headline, rows, trends, comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posture.formats.measures import measures_of
from posture.outputs.words import load_words
from posture.store import Store, open_store
from posture.types import Activity, Quality
from posture.web.pages.before_after import before_and_after
from posture.web.pages.visit_view import outcome_of, recording_view
from posture.web.visit_results import VisitResults, results_of
from tests.web.seeded import done, result_of

TWO_PEOPLE = {
    "kind": "two_people",
    "reason": {"code": "fact_two_people", "values": {"count": 2, "number": 1}},
    "spans_s": [[0.0, 5.0]],
    "probability": 0.95,
    "what_to_do": None,
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def noted_as_running(result: dict[str, Any]) -> dict[str, Any]:
    note = {
        "code": "running_seen",
        "message": {"code": "running_seen", "values": {}},
        "what_to_do": None,
    }
    return result | {"warnings": [*result["warnings"], note]}


def visited(store: Store, *results: dict[str, Any]) -> VisitResults:
    visit = store.visits.add(None, "recordings", "en", {})
    for result in results:
        done(store, visit, result)
    found = results_of(store, visit.id)
    assert found is not None
    return found


def rows_of(store: Store) -> set[str]:
    words = load_words("en")
    (visit,) = store.visits.latest()
    (recording,) = store.recordings.of_visit(visit.id)
    return {row.name for group in recording_view(recording, words).groups for row in group.rows}


def names(found: VisitResults) -> set[str]:
    return {row.name for row in outcome_of(found, load_words("en")).numbers.rows}


def test_a_walk_gives_headline_numbers_and_rows(store: Store) -> None:
    found = visited(store, result_of("walk"))

    assert "Ankle dorsiflexion, peak" in names(found)
    assert "Ankle dorsiflexion, peak" in rows_of(store)


def test_a_clip_noted_as_running_gives_neither(store: Store) -> None:
    found = visited(store, noted_as_running(result_of("walk")))

    assert names(found) == set()
    assert rows_of(store) == set()


def test_beside_it_the_other_clips_of_the_visit_speak_alone(store: Store) -> None:
    walk = result_of("walk")
    alone = visited(store, walk)
    wrong = noted_as_running(result_of("walk", {"peak_dorsiflexion": 2.0}))

    both = visited(store, wrong, walk)

    words = load_words("en")
    assert [(r.name, r.told) for r in outcome_of(both, words).numbers.rows] == [
        (r.name, r.told) for r in outcome_of(alone, words).numbers.rows
    ]
    assert [f.probability for f in both.assessment.findings] == [
        f.probability for f in alone.assessment.findings
    ]


def test_every_measure_still_has_its_time(store: Store) -> None:
    found = visited(store, noted_as_running(result_of("all")), result_of("walk"))

    assert len(found.spans_s) == len(found.measures)


def test_what_an_earlier_version_stored_and_no_body_does_is_not_shown(store: Store) -> None:
    old = result_of("walk")
    for entry in old["measures"]:
        if entry["name"] == "double_support_share":
            entry["value"] = -0.26

    found = visited(store, old)

    shares = [m for m in found.all_measures if m.name == "double_support_share"]
    assert {m.quality for m in shares} == {Quality.MISSING}
    assert "Double support, share of the cycle" not in rows_of(store)


def test_a_measure_that_no_longer_exists_is_left_as_it_was_stored() -> None:
    old = result_of("stand")
    old["measures"] = [old["measures"][0] | {"name": "given_up_since"}]

    (found,) = measures_of(old)

    assert (found.name, found.activity) == ("given_up_since", Activity.STANDING)


def test_a_clip_of_two_people_is_shown_and_stands_for_nobody(store: Store) -> None:
    found = visited(store, result_of("walk") | {"facts": [TWO_PEOPLE]})

    assert found.headline_measures == ()
    assert names(found) == set()
    assert "Ankle dorsiflexion, peak" in rows_of(store)


def test_a_bend_of_two_people_is_not_compared(store: Store) -> None:
    visit = store.visits.add(None, "quick", "en", {})
    done(store, visit, result_of("bend") | {"facts": [TWO_PEOPLE]}, "forward_bend")
    done(store, visit, result_of("bend"), "forward_bend_after")

    assert before_and_after(visit, store.recordings.of_visit(visit.id), load_words("en")) is None
