"""Correcting by hand on the page: numbers follow, two tabs, bad input, undo; a real worker."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

import posture
from posture.results import write_results
from posture.settings import Settings
from posture.store import Recording, Store, open_store
from posture.types import Activity
from posture.web.visit_results import results_of
from tests.make import BY_POINTS, filmed
from tests.measures.test_trials import DEEP, SHALLOW, bent
from tests.outputs.make import Showing, as_the_only_one
from tests.stick import BENT
from tests.web.make import OWN, TestClient, app_in
from tests.web.seeded import done, result_of

POINTS = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
PAGE = {"Origin": OWN, "Accept": "text/html"}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    analysis = posture.analyse(POINTS)
    return write_results(analysis, POINTS, tmp_path_factory.mktemp("walked"), Settings()).folder


def put(data: Path, folder: Path | None, record: dict[str, Any], step: str) -> str:
    """Add an analysed recording where no app runs, whose queue would take it; return its id."""
    with open_store(data) as store:
        visit = store.visits.add(None, "recordings", "en", {})
        recording = done(store, visit, record, step)
        if folder is not None:
            shutil.copytree(folder, store.files.folder(recording) / "result")
    return recording


def record_in(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "analysis.json").read_text("utf-8"))
    return record


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


@pytest.fixture
def own(walked: Path, tmp_path: Path) -> Iterator[tuple[TestClient, Store, str]]:
    """An app with one walk; the id of its recording."""
    recording = put(tmp_path / "data", walked, record_in(walked), "walking")
    with app_in(tmp_path) as client:
        yield client, store_of(client), recording


def form_on(page: str) -> dict[str, str]:
    """What the page's form sends where nobody touched it."""
    found = dict(re.findall(r'name="(seen|at_\d+)" value="([^"]*)"', page))
    found |= dict.fromkeys(re.findall(r'name="(out_\d+)" checked', page), "on")
    return found


def shown(client: TestClient, recording: str) -> str:
    answer = client.get(f"/recordings/{recording}/correct", headers=PAGE)
    assert answer.status_code == HTTPStatus.OK
    return str(answer.text)


def send(client: TestClient, recording: str, form: dict[str, str]) -> Any:  # noqa: ANN401 - httpx's
    address = f"/recordings/{recording}/correct"
    return client.post(address, data=form, headers=PAGE, follow_redirects=False)


def place_of(page: str, name: str, number: int) -> str:
    """The field of a moment, such as the second left heel strike."""
    rows = re.findall(r'name="(at_\d+)" value="[^"]*" aria-label="([^:]*):', page)
    return str([field for field, told in rows if told == name][number])


def value(recording: Recording, name: str, side: str) -> float:
    record: Any = recording.result
    (found,) = (m["value"] for m in record["measures"] if (m["name"], m["side"]) == (name, side))
    return float(found)


def test_a_moved_moment_moves_the_numbers_the_findings_and_the_files(
    own: tuple[TestClient, Store, str],
) -> None:
    client, store, recording = own
    before = store.recordings.get(recording)
    page = shown(client, recording)
    form = form_on(page)
    field = place_of(page, "heel strike, left", 1)
    form[field] = f"{float(form[field]) + 0.1:.3f}"

    answer = send(client, recording, form)
    after = store.recordings.get(recording)

    assert answer.headers["location"].endswith("/correct?done")
    change_s = value(after, "step_time", "left") - value(before, "step_time", "left")
    assert change_s == pytest.approx(0.1 / 3, abs=1e-3)
    assert after.measured == before.result
    result = store.files.folder(recording) / "result"
    assert json.loads((result / "analysis.json").read_text("utf-8")) == after.result
    told = shown(client, recording)
    assert "measured 1.39 s" in told
    assert "Last corrected" in told
    visit = client.get(f"/visits/{after.visit_id}", headers=PAGE).text
    assert "Corrected by hand: heel strike (left) moved from 1.39 to 1.49 s." in visit
    assert "corrected by hand, measured" in visit
    report = client.get(f"/visits/{after.visit_id}/report", headers=PAGE).text
    assert "orrected by hand" in report
    judged = results_of(store, after.visit_id)
    assert judged is not None
    assert {m.value for m in judged.all_measures if m.name == "step_time"} == {
        value(after, "step_time", side) for side in ("left", "right")
    }

    # and back, to the letter
    undo = send(client, recording, {"seen": form_on(told)["seen"], "undo": "1"})
    assert undo.headers["location"].endswith("/correct?undone")
    assert store.recordings.get(recording) == before
    assert "orrected by hand" not in client.get(f"/visits/{after.visit_id}", headers=PAGE).text


def test_a_form_that_nobody_touched_corrects_nothing(own: tuple[TestClient, Store, str]) -> None:
    client, store, recording = own
    before = store.recordings.get(recording)

    answer = send(client, recording, form_on(shown(client, recording)))

    assert answer.headers["location"].endswith("/correct?undone")
    assert store.recordings.get(recording) == before


def test_a_stride_stays_left_out_until_its_tick_is_taken_away(
    own: tuple[TestClient, Store, str],
) -> None:
    client, store, recording = own
    before = store.recordings.get(recording)
    send(client, recording, {**form_on(shown(client, recording)), "out_2": "on"})
    once = store.recordings.get(recording)
    assert value(once, "strides", "left") == value(before, "strides", "left") - 1

    page = shown(client, recording)
    again = form_on(page)
    assert again["out_2"] == "on"
    field = place_of(page, "toe-off, right", 1)
    send(client, recording, {**again, field: f"{float(again[field]) + 0.05:.3f}"})
    twice = store.recordings.get(recording)
    assert value(twice, "strides", "left") == value(once, "strides", "left")
    assert value(twice, "stance_share", "right") != value(once, "stance_share", "right")

    without = {k: v for k, v in form_on(shown(client, recording)).items() if k != "out_2"}
    send(client, recording, without)
    assert value(store.recordings.get(recording), "strides", "left") == 3


def test_the_second_of_two_tabs_is_told_and_nothing_is_lost(
    own: tuple[TestClient, Store, str],
) -> None:
    client, store, recording = own
    page = shown(client, recording)
    form = form_on(page)
    field = place_of(page, "heel strike, right", 0)
    send(client, recording, {**form, field: f"{float(form[field]) + 0.033:.3f}"})
    first = store.recordings.get(recording)

    late = send(client, recording, {**form, "out_0": "on"})

    assert late.status_code == HTTPStatus.CONFLICT
    assert "nothing of yours was saved" in late.text
    assert form_on(late.text)["seen"] == first.version  # what is here now is shown
    assert store.recordings.get(recording) == first


@pytest.mark.parametrize(
    ("name", "number", "typed", "says"),
    [
        ("heel strike, left", 1, "2.300", "past the moment before or after it"),
        ("heel strike, left", 1, "99", "outside the clip"),
        ("heel strike, left", 1, "soon", "is no time"),
        ("heel strike, left", 1, "nan", "is no time"),
        ("heel strike, left", 1, "1_5", "is no time"),
        ("heel strike, left", 1, "９９．５", "outside the clip"),  # noqa: RUF001 - full width
        ("heel strike, left", 1, "", "is no time"),
        ("heel strike, left", 1, "<b>1</b>", "is no time"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_and_what_was_typed_stays(
    own: tuple[TestClient, Store, str], name: str, number: int, typed: str, says: str
) -> None:
    client, store, recording = own
    before = store.recordings.get(recording)
    page = shown(client, recording)
    other = place_of(page, "toe-off, left", 0)
    form = {**form_on(page), place_of(page, name, number): typed, other: "1.050", "out_1": "on"}

    answer = send(client, recording, form)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert says in answer.text
    assert "<b>" not in answer.text
    kept = form_on(answer.text)
    assert (kept[other], kept["out_1"]) == ("1.050", "on")
    assert store.recordings.get(recording) == before


def test_all_strides_of_a_leg_cannot_be_left_out(own: tuple[TestClient, Store, str]) -> None:
    client, store, recording = own
    before = store.recordings.get(recording)
    every = {f"out_{number}": "on" for number in range(6)}

    answer = send(client, recording, {**form_on(shown(client, recording)), **every})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "keep at least one" in answer.text
    assert store.recordings.get(recording) == before


def test_without_its_points_a_recording_is_not_corrected(
    own: tuple[TestClient, Store, str],
) -> None:
    client, store, recording = own
    (store.files.folder(recording) / "result" / "landmarks.npz").unlink()
    form = {**form_on(shown(client, recording)), "out_0": "on"}

    answer = send(client, recording, form)

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "body points of this recording were not kept" in answer.text


def test_a_bend_left_out_is_judged_no_more(tmp_path: Path) -> None:
    landmarks = as_the_only_one(filmed(bent(BENT, DEEP, SHALLOW)))
    settings = Settings(frame=BY_POINTS)
    found = posture.analyse_landmarks(landmarks, settings)
    folder = write_results(found, Path("landmarks.npz"), tmp_path / "made", settings).folder
    recording = put(tmp_path / "data", folder, record_in(folder), "forward_bend")
    with app_in(tmp_path) as client:
        page = shown(client, recording)
        assert page.count('type="checkbox" name="out_') == 3

        send(client, recording, {**form_on(page), "out_1": "on"})
        store = store_of(client)
        after = results_of(store, store.recordings.get(recording).visit_id)

    assert after is not None
    reasons = [
        m.reason.code
        for m in after.all_measures
        if m.activity is Activity.FORWARD_BEND and m.reason is not None
    ]
    assert "left_out_by_hand" in reasons


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_it_is_said_in_both_languages(own: tuple[TestClient, Store, str], lang: str) -> None:
    client, _, recording = own
    client.cookies.set("lang", lang)
    page = shown(client, recording)

    assert ("Move here" in page) == (lang == "en")
    assert ("ここへ動かす" in page) == (lang == "ja")


def test_nothing_to_correct_is_said(tmp_path: Path) -> None:
    empty = put(tmp_path / "data", None, {"measures": [], "segments": []}, "standing")
    with app_in(tmp_path) as client:
        visit = store_of(client).recordings.get(empty).visit_id

        assert "There is nothing to correct" in shown(client, empty)
        assert f"/recordings/{empty}/correct" not in client.get(f"/visits/{visit}").text


@pytest.mark.parametrize(
    ("showing", "is_offered"), [("walk", True), ("bend", True), ("stand", False)]
)
def test_only_a_recording_with_something_to_correct_leads_here(
    tmp_path: Path, showing: Showing, *, is_offered: bool
) -> None:
    recording = put(tmp_path / "data", None, result_of(showing), "auto")
    with app_in(tmp_path) as client:
        visit = store_of(client).recordings.get(recording).visit_id
        said = client.get(f"/visits/{visit}", headers=PAGE).text

    assert (f"/recordings/{recording}/correct" in said) is is_offered
